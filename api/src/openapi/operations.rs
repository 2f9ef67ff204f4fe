//! The operations of a kind, in the terms that both versions of OpenAPI share.

use super::parameters::{self, Parameter};
use crate::kinds::{self, Kind, Subresource};

/// A path with its operations.
#[derive(Debug)]
pub(super) struct Path {
    pub path: String,
    /// `namespace`, `name`, `path`: what stands in braces in the path.
    pub path_parameters: Vec<&'static str>,
    pub operations: Vec<Operation>,
}

/// One method on a path.
#[derive(Debug)]
pub(super) struct Operation {
    /// In lower case: `get`, `put`, `post`, `delete`, `patch`.
    pub method: &'static str,
    pub id: String,
    /// `x-kubernetes-action`.
    pub action: &'static str,
    pub description: String,
    pub tag: String,
    pub parameters: &'static [Parameter],
    pub body: Option<Body>,
    /// Status code and definition of the answer; a plain text without one.
    pub responses: Vec<(u16, Option<String>)>,
    /// Group, version and kind.
    pub gvk: (&'static str, &'static str, &'static str),
}

#[derive(Debug)]
pub(super) struct Body {
    pub definition: String,
    pub required: bool,
    /// The media types of a patch; any type that objects have without.
    pub patch: bool,
}

/// The media types of answers.
pub(super) const PRODUCES: &[&str] = &["application/json", "application/yaml"];
/// The media types that a list that is watched has.
pub(super) const PRODUCES_WATCH: &[&str] = &[
    "application/json",
    "application/yaml",
    "application/json;stream=watch",
];
/// The media types of patches.
pub(super) const PATCHES: &[&str] = &[
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
];

const STATUS: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.Status";
const DELETE_OPTIONS: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";
const PATCH: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";

/// Every path of a kind.
pub(super) fn paths(kind: &Kind) -> Vec<Path> {
    let base = format!("/{}", super::path_of(kind.group, kind.version));
    let mut paths = Vec::new();
    let (collection, in_collection, in_object) = match kind.namespaced {
        true => {
            let id = format!("list{}ForAllNamespaces", stem(kind, "", kind.kind));
            let lists = kind
                .has_verb("list")
                .then(|| operation(kind, "get", "list", id));
            push(
                &mut paths,
                format!("{base}/{}", kind.plural),
                &[],
                lists.into_iter().collect(),
            );
            let collection = format!("{base}/namespaces/{{namespace}}/{}", kind.plural);
            (collection, &["namespace"][..], &["name", "namespace"][..])
        }
        false => (format!("{base}/{}", kind.plural), &[][..], &["name"][..]),
    };
    let object = format!("{collection}/{{name}}");
    push(
        &mut paths,
        collection,
        in_collection,
        collection_operations(kind),
    );
    push(
        &mut paths,
        object.clone(),
        in_object,
        object_operations(kind),
    );
    for subresource in kind.subresources {
        push_subresource(&mut paths, kind, subresource, &object, in_object);
    }
    paths
}

/// The definition of a list of the kind.
pub(super) fn list_definition(kind: &Kind) -> String {
    format!("{}List", kind.definition)
}

/// A group as it is part of an operation's id: `core`, `apps`, `rbacAuthorization`.
pub(super) fn group_tag(group: &str) -> String {
    if group.is_empty() {
        return "core".to_owned();
    }
    let mut tag = String::new();
    for (index, part) in group.trim_end_matches(".k8s.io").split('.').enumerate() {
        tag.push_str(&if index == 0 {
            part.to_owned()
        } else {
            capitalized(part)
        });
    }
    tag
}

fn push(
    paths: &mut Vec<Path>,
    path: String,
    path_parameters: &[&'static str],
    operations: Vec<Operation>,
) {
    if !operations.is_empty() {
        paths.push(Path {
            path,
            path_parameters: path_parameters.to_vec(),
            operations,
        });
    }
}

/// The path of a subresource; a proxy has one more, with the path that is asked for behind it.
fn push_subresource(
    paths: &mut Vec<Path>,
    kind: &Kind,
    subresource: &Subresource,
    object: &str,
    in_object: &[&'static str],
) {
    let operations = || subresource_operations(kind, subresource);
    let path = format!("{object}/{}", subresource.name);
    push(paths, path.clone(), in_object, operations());
    if subresource.name == "proxy" {
        let mut operations = operations();
        operations
            .iter_mut()
            .for_each(|operation| operation.id.push_str("WithPath"));
        push(
            paths,
            format!("{path}/{{path}}"),
            &[in_object, &["path"]].concat(),
            operations,
        );
    }
}

fn collection_operations(kind: &Kind) -> Vec<Operation> {
    let scoped = stem(kind, scope(kind), kind.kind);
    let mut operations = Vec::new();
    if kind.has_verb("list") {
        operations.push(operation(kind, "get", "list", format!("list{scoped}")));
    }
    if kind.has_verb("create") {
        operations.push(operation(kind, "post", "post", format!("create{scoped}")));
    }
    if kind.has_verb("deletecollection") {
        let id = format!(
            "delete{}",
            stem(kind, &format!("Collection{}", scope(kind)), kind.kind)
        );
        operations.push(operation(kind, "delete", "deletecollection", id));
    }
    operations
}

fn object_operations(kind: &Kind) -> Vec<Operation> {
    let scoped = stem(kind, scope(kind), kind.kind);
    let verbs = [
        ("get", "get", "get", "read"),
        ("update", "put", "put", "replace"),
        ("patch", "patch", "patch", "patch"),
        ("delete", "delete", "delete", "delete"),
    ];
    verbs
        .into_iter()
        .filter(|(verb, ..)| kind.has_verb(verb))
        .map(|(_, method, action, prefix)| {
            operation(kind, method, action, format!("{prefix}{scoped}"))
        })
        .collect()
}

fn operation(kind: &Kind, method: &'static str, action: &'static str, id: String) -> Operation {
    let (phrase, parameters) = match action {
        "list" => ("list or watch objects of kind", parameters::LIST),
        "post" => ("create a", parameters::WRITE),
        "put" => ("replace the specified", parameters::WRITE),
        "patch" => ("partially update the specified", parameters::PATCH),
        "delete" => ("delete a", parameters::DELETE),
        "deletecollection" => ("delete collection of", parameters::DELETE_COLLECTION),
        _ => ("read the specified", parameters::NONE),
    };
    let (body, required) = match action {
        "post" | "put" => (Some(kind.definition), true),
        "patch" => (Some(PATCH), true),
        "delete" | "deletecollection" => (Some(DELETE_OPTIONS), false),
        _ => (None, false),
    };
    let answer = match action {
        "list" => list_definition(kind),
        "delete" | "deletecollection" => STATUS.to_owned(),
        _ => kind.definition.to_owned(),
    };
    let codes: &[u16] = match action {
        "post" => &[200, 201, 202],
        "put" | "patch" => &[200, 201],
        "delete" => &[200, 202],
        _ => &[200],
    };
    Operation {
        method,
        id,
        action,
        description: format!("{phrase} {}", kind.kind),
        tag: tag(kind),
        parameters,
        body: body.map(|name| Body {
            definition: name.to_owned(),
            required,
            patch: name == PATCH,
        }),
        responses: codes
            .iter()
            .map(|code| (*code, Some(answer.clone())))
            .collect(),
        gvk: (kind.group, kind.version, kind.kind),
    }
}

fn subresource_operations(kind: &Kind, subresource: &Subresource) -> Vec<Operation> {
    let connect = subresource.kind.ends_with("Options");
    let verbs = [
        ("get", "get", "get", "read"),
        ("update", "put", "put", "replace"),
        ("patch", "patch", "patch", "patch"),
        ("create", "post", "post", "create"),
        ("delete", "delete", "delete", "delete"),
    ];
    verbs
        .into_iter()
        .filter(|(verb, ..)| subresource.verbs.contains(verb))
        .map(|(_, method, action, prefix)| match connect {
            true => connect_operation(kind, subresource, method),
            false => value_operation(kind, subresource, method, action, prefix),
        })
        .collect()
}

/// An operation on a subresource that is a value: `status`, `scale`, `binding`, `log`.
fn value_operation(
    kind: &Kind,
    subresource: &Subresource,
    method: &'static str,
    action: &'static str,
    prefix: &str,
) -> Operation {
    let gvk = (subresource.group, subresource.version, subresource.kind);
    let own_kind = gvk == (kind.group, kind.version, kind.kind);
    let definition = match own_kind {
        true => kind.definition.to_owned(),
        false => definition_of(subresource),
    };
    let id = format!(
        "{prefix}{}{}",
        stem(kind, scope(kind), kind.kind),
        capitalized(subresource.name)
    );
    let mut operation = operation(kind, method, action, id);
    let verb = operation.description.split(' ').next().unwrap_or_default();
    operation.description = format!("{verb} {} of the specified {}", subresource.name, kind.kind);
    operation.gvk = gvk;
    if let Some(body) = operation
        .body
        .as_mut()
        .filter(|body| !body.patch && body.required)
    {
        body.definition.clone_from(&definition);
    }
    for (_, response) in &mut operation.responses {
        *response = Some(definition.clone()).filter(|_| subresource.name != "log");
    }
    if subresource.name == "log" {
        operation.parameters = parameters::LOG;
    }
    operation
}

/// An operation that opens a stream.
fn connect_operation(kind: &Kind, subresource: &Subresource, method: &'static str) -> Operation {
    let verb = method.to_uppercase();
    let scope = format!("{}{}", capitalized(method), scope(kind));
    let id = format!(
        "connect{}{}",
        stem(kind, &scope, kind.kind),
        capitalized(subresource.name)
    );
    Operation {
        method,
        id,
        action: "connect",
        description: format!(
            "connect {verb} requests to {} of {}",
            subresource.name, kind.kind
        ),
        tag: tag(kind),
        parameters: match subresource.name {
            "exec" => parameters::EXEC,
            "attach" => parameters::ATTACH,
            "portforward" => parameters::PORT_FORWARD,
            _ => parameters::PROXY,
        },
        body: None,
        responses: vec![(200, None)],
        gvk: (subresource.group, subresource.version, subresource.kind),
    }
}

/// The definition of a subresource's own kind; one that has a row may be named by it.
fn definition_of(subresource: &Subresource) -> String {
    match kinds::by_kind(subresource.group, subresource.version, subresource.kind) {
        Some(row) => row.definition.to_owned(),
        None => {
            crate::schema::definition_name(subresource.group, subresource.version, subresource.kind)
        }
    }
}

fn tag(kind: &Kind) -> String {
    format!("{}_{}", group_tag(kind.group), kind.version)
}

/// The part of an operation's id that all methods share: `AppsV1NamespacedDeployment`.
fn stem(kind: &Kind, scope: &str, name: &str) -> String {
    format!(
        "{}{}{scope}{name}",
        capitalized(&group_tag(kind.group)),
        capitalized(kind.version)
    )
}

fn scope(kind: &Kind) -> &'static str {
    if kind.namespaced { "Namespaced" } else { "" }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        .unwrap_or_default()
}
