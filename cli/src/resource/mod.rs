//! The objects that a command works on: named on the command line, selected, or read from files.

mod arguments;
mod files;
mod together;
mod watch;

pub use arguments::{Selection, Target, refuse_mixture, targets};
pub use files::{is_url, matches_glob, read_source, sources};
pub use together::{Place, in_order};
pub use watch::{Event, watch_object};

use crate::{
    client::{Client, Request, encode},
    error::{Error, Result},
    flags::FileArgs,
    mapper::Mapping,
    session::Session,
    strict::{self, Shape},
};
use http::Method;
use knarr_api::{json::type_name, kinds, meta, quote::quote};
use serde_json::Value;

/// One object and where it comes from.
#[derive(Clone, Debug)]
pub struct Info {
    pub mapping: Mapping,
    /// Empty for an object of the whole cluster.
    pub namespace: String,
    pub name: String,
    /// The file, URL or `STDIN`; empty for an object of the server.
    pub source: String,
    pub object: Value,
}

impl Info {
    /// The path of the object on the server.
    pub fn path(&self) -> String {
        self.mapping.path(&self.namespace, &self.name)
    }

    /// As [`Info::path`], for an object of a manifest. One without a name is refused: its path is that of all objects of
    /// its kind, of which a deletion would leave none.
    pub fn named_path(&self) -> Result<String> {
        match self.name.is_empty() {
            true => Err(Error::message("resource name may not be empty")),
            false => Ok(self.path()),
        }
    }

    /// The object's name in messages: `deployment.apps/web`.
    pub fn title(&self) -> String {
        let name = match self.name.as_str() {
            "" => "<unknown>",
            name => name,
        };
        format!("{}/{name}", self.mapping.kind_prefix())
    }

    /// Reads the object from the server.
    pub async fn fetch(&self, client: &Client) -> Result<Value> {
        fetch(client, Request::get(self.named_path()?), &self.namespace).await
    }

    /// Creates the object; `query` may hold a dry run and a field manager.
    pub async fn create(
        &self,
        client: &Client,
        query: Vec<(&'static str, String)>,
    ) -> Result<Value> {
        let path = self.mapping.path(&self.namespace, "");
        client
            .send(
                Request::new(Method::POST, path)
                    .queries(query)
                    .json(&self.object),
            )
            .await
    }

    /// Sends a patch for the object.
    pub async fn patch(
        &self,
        client: &Client,
        content_type: &'static str,
        patch: &Value,
        query: Vec<(&'static str, String)>,
    ) -> Result<Value> {
        let request = Request::new(Method::PATCH, self.named_path()?).queries(query);
        client
            .send(request.body(content_type, patch.to_string().into_bytes()))
            .await
    }

    /// Takes what the server answered as the object's new state.
    pub fn refresh(&mut self, object: Value) {
        if !meta::name(&object).is_empty() {
            self.name = meta::name(&object).to_owned();
        }
        self.object = object;
    }
}

/// Reads one object. When its whole namespace is missing, that is what the error names, as upstream's `Info.Get` does.
pub async fn fetch(client: &Client, request: Request, namespace: &str) -> Result<Value> {
    let accept = request.accept;
    match client.send(request).await {
        Err(error) if error.is_not_found() && !matches!(namespace, "" | "default") => {
            let path = format!("/api/v1/namespaces/{}", encode(namespace));
            match client.send(Request::get(path).accept(accept)).await {
                Err(missing) if missing.is_not_found() => Err(missing),
                _ => Err(error),
            }
        }
        answer => answer,
    }
}

/// What a manifest holds, document by document, and what was wrong with it.
#[derive(Default)]
pub struct Loaded {
    pub infos: Vec<Info>,
    pub errors: Vec<Error>,
}

/// Reads the objects of files, folders, URLs and standard input. Objects without a namespace get the session's.
pub async fn from_files(session: &Session, files: &FileArgs) -> Result<Loaded> {
    load(session, files, false).await
}

/// The objects of files for a command that asks no server: they stay as they are written.
pub async fn local_files(files: &FileArgs) -> Result<Loaded> {
    let mut loaded = Loaded::default();
    for source in sources(files)? {
        let text = read_source(&source).await?;
        let source = files::shown(&source);
        for document in files::documents(source, &text) {
            let objects = document.map(flatten).and_then(|objects| {
                let decoded = objects.into_iter().map(|object| decoded(object, source));
                decoded.collect::<Result<Vec<Value>>>()
            });
            match objects {
                Ok(objects) => loaded.infos.extend(objects.into_iter().map(|object| Info {
                    mapping: Mapping::guessed(meta::api_version(&object), meta::kind(&object)),
                    namespace: meta::namespace(&object).to_owned(),
                    name: meta::name(&object).to_owned(),
                    source: source.to_owned(),
                    object,
                })),
                Err(error) => loaded.errors.push(error),
            }
        }
    }
    Ok(loaded)
}

/// What the type has that objects of files are read into before anybody is asked what they are.
const METADATA: Shape = Shape::Struct(
    "v1.ObjectMeta",
    &[
        ("name", Shape::String),
        ("namespace", Shape::String),
        ("labels", Shape::Map(&Shape::String)),
        ("annotations", Shape::Map(&Shape::String)),
    ],
);

/// Refuses an object of the file `source` that could not be read as one.
fn decoded(object: Value, source: &str) -> Result<Value> {
    let shape = Shape::Struct("metadataOnlyObject", &[("metadata", METADATA)]);
    match strict::check(&object, "", &shape) {
        Ok(()) => Ok(object),
        Err(why) => Err(Error::message(format!(
            "unable to decode {}: {why}",
            quote(source)
        ))),
    }
}

/// As [`from_files`], for objects that are to be sent: what has no kind or version is refused as invalid.
pub async fn manifests(session: &Session, files: &FileArgs) -> Result<Loaded> {
    load(session, files, true).await
}

async fn load(session: &Session, files: &FileArgs, validates: bool) -> Result<Loaded> {
    let mut loaded = Loaded::default();
    for source in sources(files)? {
        let text = read_source(&source).await?;
        let source = files::shown(&source);
        session
            .manifest
            .get_or_init(|| (source.to_owned(), validates));
        for document in files::documents(source, &text) {
            match document {
                Ok(object) => match validates.then(|| untyped(source, &object)).flatten() {
                    Some(error) => loaded.errors.push(error),
                    None => add_document(session, &mut loaded, source, object).await?,
                },
                Err(error) => {
                    loaded.errors.push(error);
                    break;
                }
            }
        }
    }
    Ok(loaded)
}

/// What is wrong with an object that does not say what it is.
pub fn missing_type(object: &Value) -> Option<String> {
    if !object.is_object() {
        return Some("invalid object to validate".to_owned());
    }
    let faults: Vec<&str> = [
        ("apiVersion", "apiVersion not set"),
        ("kind", "kind not set"),
    ]
    .into_iter()
    .filter(|(field, _)| object[*field].as_str().is_none_or(str::is_empty))
    .map(|(_, fault)| fault)
    .collect();
    match faults.as_slice() {
        [] => None,
        [fault] => Some((*fault).to_owned()),
        faults => Some(format!("[{}]", faults.join(", "))),
    }
}

/// The refusal of an object that does not say what it is.
fn untyped(source: &str, object: &Value) -> Option<Error> {
    let text = missing_type(object)?;
    Some(Error::message(format!(
        "error validating {}: error validating data: {text}; if you choose to ignore these errors, turn validation \
         off with --validate=false",
        quote(source)
    )))
}

async fn add_document(
    session: &Session,
    loaded: &mut Loaded,
    source: &str,
    object: Value,
) -> Result<()> {
    for object in flatten(object) {
        match info_of(session, source, object).await {
            Ok(info) => loaded.infos.push(info),
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(error) => loaded.errors.push(error),
        }
    }
    Ok(())
}

/// The items of a list; any other object stands for itself.
pub fn flatten(mut object: Value) -> Vec<Value> {
    let is_list = meta::kind(&object).ends_with("List") && object["items"].is_array();
    if !is_list {
        return vec![object];
    }
    let list_kind = meta::kind(&object).to_owned();
    let api_version = meta::api_version(&object).to_owned();
    let items = match object["items"].take() {
        Value::Array(items) => items,
        _ => Vec::new(),
    };
    items
        .into_iter()
        .map(
            |item| match item["kind"].is_string() || list_kind == "List" {
                true => item,
                false => {
                    // The items of a typed list leave out what the list says already.
                    let mut whole = serde_json::Map::new();
                    whole.insert("apiVersion".into(), api_version.clone().into());
                    whole.insert("kind".into(), list_kind.trim_end_matches("List").into());
                    if let Value::Object(fields) = item {
                        whole.extend(fields);
                    }
                    Value::Object(whole)
                }
            },
        )
        .collect()
}

/// Finds the resource of an object that was read from `source`, and its namespace.
pub async fn info_of(session: &Session, source: &str, mut object: Value) -> Result<Info> {
    let (api_version, kind) = (
        meta::api_version(&object).to_owned(),
        meta::kind(&object).to_owned(),
    );
    if !object.is_object() {
        return Err(Error::message(format!(
            "unable to decode {}: json: cannot unmarshal {} into Go value of type unstructured.detector",
            quote(source),
            type_name(&object)
        )));
    }
    if kind.is_empty() || api_version.is_empty() {
        let missing = if kind.is_empty() {
            "Kind"
        } else {
            "apiVersion"
        };
        return Err(Error::message(format!(
            "unable to decode {}: Object '{missing}' is missing in '{object}'",
            quote(source)
        )));
    }
    if session.client()?.reads_into_types() {
        refuse_unknown_type(source, &object)?;
    }
    let mapping = session.mapper()?.kind(&api_version, &kind).await.map_err(|error| match error {
        Error::Message(text) if text.starts_with("no matches") => Error::Message(format!(
            "resource mapping not found for name: {} namespace: {} from {}: {text}\nensure CRDs are installed first",
            quote(meta::name(&object)),
            quote(meta::namespace(&object)),
            quote(source),
        )),
        other => other,
    })?;
    let mut namespace = meta::namespace(&object).to_owned();
    if !mapping.namespaced {
        namespace.clear();
    } else if namespace.is_empty() {
        namespace = session.namespace()?.to_owned();
        meta::set_namespace(&mut object, &namespace);
    } else if session.enforces_namespace() && namespace != session.namespace()? {
        let (given, wanted) = (quote(&namespace), quote(session.namespace()?));
        return Err(Error::message(format!(
            "the namespace from the provided object {given} does not match the namespace {wanted}. You must pass \
             '--namespace={namespace}' to perform this operation."
        )));
    }
    Ok(Info {
        name: meta::name(&object).to_owned(),
        namespace,
        mapping,
        source: source.to_owned(),
        object,
    })
}

/// Refuses what Go has no type for, where upstream reads into Go's types.
pub fn refuse_unknown_type(source: &str, object: &Value) -> Result<()> {
    let (api_version, kind) = (meta::api_version(object), meta::kind(object));
    let (group, version) = kinds::split_api_version(api_version);
    match kinds::by_kind(group, version, kind) {
        Some(_) => Ok(()),
        None => Err(Error::message(format!(
            "unable to decode {}: no kind {} is registered for version {} in scheme \"pkg/scheme/scheme.go:28\"",
            quote(source),
            quote(kind),
            quote(api_version)
        ))),
    }
}

/// As [`info_of`], for an object that a command made: the path alone says its namespace, unless the user gave it.
pub async fn info_of_made(session: &Session, object: Value) -> Result<Info> {
    let mut info = info_of(session, "", object).await?;
    if !session.enforces_namespace()
        && let Some(metadata) = info.object["metadata"].as_object_mut()
    {
        metadata.shift_remove("namespace");
    }
    Ok(info)
}

/// Lists a collection in chunks of `chunk` objects (0: all at once); the answer is one list.
pub async fn list(client: &Client, request: Request, chunk: i64) -> Result<Value> {
    let request = match chunk > 0 {
        true => request.query("limit", chunk.to_string()),
        false => request,
    };
    let first = client.page(request.clone()).await;
    let first = first.map_err(|error| refused_list(error, &request))?;
    client.pages(first).await
}

/// Says which list the server refused, and with which selectors.
fn refused_list(error: Error, request: &Request) -> Error {
    let Error::Status(mut status) = error else {
        return error;
    };
    if !matches!(status.reason.as_ref(), "BadRequest" | "NotFound") {
        return Error::Status(status);
    }
    let parameter = |wanted: &str| {
        let found = request.query.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let (labels, fields) = (parameter("labelSelector"), parameter("fieldSelector"));
    let subject = quote(&resource_of_path(&request.path));
    status.message = if labels.is_empty() && fields.is_empty() {
        format!("Unable to list {subject}: {}", status.message)
    } else {
        format!(
            "Unable to find {subject} that match label selector {}, field selector {}: {}",
            quote(labels),
            quote(fields),
            status.message
        )
    };
    Error::Status(status)
}

/// `/api/v1/namespaces/a/pods` becomes `/v1, Resource=pods`.
fn resource_of_path(path: &str) -> String {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let resource = parts.last().copied().unwrap_or_default();
    match parts.as_slice() {
        ["api", version, ..] => format!("/{version}, Resource={resource}"),
        ["apis", group, version, ..] => format!("{group}/{version}, Resource={resource}"),
        _ => resource.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_whose_metadata_is_a_text_is_refused() {
        let refused = decoded(json!({"kind": "Pod", "metadata": "a"}), "x.yaml");
        assert_eq!(
            refused.expect_err("it has no labels").to_string(),
            "unable to decode \"x.yaml\": json: cannot unmarshal string into Go struct field \
             metadataOnlyObject.metadata of type v1.ObjectMeta"
        );
        assert!(decoded(json!({"kind": "Pod", "metadata": null}), "x.yaml").is_ok());
    }

    #[test]
    fn an_object_without_a_name_has_no_path_of_its_own() {
        let mut info = Info {
            mapping: Mapping::guessed("v1", "ConfigMap"),
            namespace: "a".into(),
            name: String::new(),
            source: "x.yaml".into(),
            object: Value::Null,
        };
        assert_eq!(
            info.named_path().expect_err("it names all").to_string(),
            "resource name may not be empty"
        );
        assert_eq!(info.title(), "configmap/<unknown>");
        info.name = "b".into();
        let path = info.named_path().expect("it is one");
        assert_eq!(path, "/api/v1/namespaces/a/configmaps/b");
    }

    #[test]
    fn the_items_of_a_list_are_whole_objects() {
        let list =
            json!({"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": {"name": "a"}}]});
        assert_eq!(
            flatten(list),
            [json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}})]
        );
        let mixed = json!({"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Secret"}]});
        assert_eq!(
            flatten(mixed),
            [json!({"apiVersion": "v1", "kind": "Secret"})]
        );
        let single = json!({"apiVersion": "v1", "kind": "Pod"});
        assert_eq!(flatten(single.clone()), [single]);
    }
}
