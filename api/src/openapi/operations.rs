//! The operations of a kind, in the terms that both versions of OpenAPI share.

use super::parameters::{self, Parameter};
use crate::kinds::{self, Kind, Subresource};

/// A path with its operations.
#[derive(Debug)]
pub(super) struct Path {
    pub path: String,
    /// `namespace`, `name`, `path`: what stands in braces in the path.
    pub path_parameters: Vec<&'static str>,
    /// The query parameters that all operations have: they stand with the path, as kube-openapi puts them.
    pub parameters: Vec<&'static Parameter>,
    pub operations: Vec<Operation>,
}

/// One method on a path.
#[derive(Debug)]
pub(super) struct Operation {
    /// In lower case: `get`, `put`, `post`, `delete`, `patch`, `head`, `options`.
    pub method: &'static str,
    pub id: String,
    pub description: String,
    pub tag: String,
    pub parameters: Vec<&'static Parameter>,
    pub consumes: &'static [&'static str],
    pub produces: &'static [&'static str],
    pub body: Option<Body>,
    /// Status code and definition of the answer; a plain text without one.
    pub responses: Vec<(u16, Option<String>)>,
    /// What it does to which kind; nothing where there is no kind.
    pub on: Option<On>,
}

/// What an operation does to which kind.
#[derive(Debug)]
pub(super) struct On {
    /// `x-kubernetes-action`.
    pub action: &'static str,
    /// Group, version and kind: `x-kubernetes-group-version-kind`.
    pub gvk: (&'static str, &'static str, &'static str),
}

#[derive(Debug)]
pub(super) struct Body {
    pub definition: String,
    pub required: bool,
}

const ANY: &[&str] = &["*/*"];
/// The media types of answers.
pub(super) const PRODUCES: &[&str] = &[
    "application/json",
    "application/yaml",
    "application/vnd.kubernetes.protobuf",
];
/// The media types of lists and watches.
const PRODUCES_WATCH: &[&str] = &[
    "application/json",
    "application/yaml",
    "application/vnd.kubernetes.protobuf",
    "application/json;stream=watch",
    "application/vnd.kubernetes.protobuf;stream=watch",
];
const PRODUCES_LOG: &[&str] = &[
    "text/plain",
    "application/json",
    "application/yaml",
    "application/vnd.kubernetes.protobuf",
];
/// The media types of patches.
const PATCHES: &[&str] = &[
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
];
/// The media types of custom resources, in both directions.
const CUSTOM: &[&str] = &["application/json", "application/yaml"];
const CUSTOM_PATCHES: &[&str] = &[
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/apply-patch+yaml",
];

const STATUS: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.Status";
const DELETE_OPTIONS: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";
const PATCH: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";
const WATCH_EVENT: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent";

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
    if kind.has_verb("watch") && !kind.custom {
        push_watches(&mut paths, kind);
    }
    paths
}

/// The paths below `/watch/`, deprecated since 1.11. Custom resources never had them in the documents.
fn push_watches(paths: &mut Vec<Path>, kind: &Kind) {
    let base = format!("/{}/watch", super::path_of(kind.group, kind.version));
    let stem = stem(kind, scope(kind), kind.kind);
    let (collection, in_collection, in_object) = match kind.namespaced {
        true => {
            let id = format!(
                "watch{}ListForAllNamespaces",
                self::stem(kind, "", kind.kind)
            );
            push(
                paths,
                format!("{base}/{}", kind.plural),
                &[],
                vec![operation(kind, "get", "watchlist", id)],
            );
            let collection = format!("{base}/namespaces/{{namespace}}/{}", kind.plural);
            (collection, &["namespace"][..], &["name", "namespace"][..])
        }
        false => (format!("{base}/{}", kind.plural), &[][..], &["name"][..]),
    };
    let all = operation(kind, "get", "watchlist", format!("watch{stem}List"));
    let one = operation(kind, "get", "watch", format!("watch{stem}"));
    let object = format!("{collection}/{{name}}");
    push(paths, collection, in_collection, vec![all]);
    if kind.has_verb("get") {
        push(paths, object, in_object, vec![one]);
    }
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
        paths.push(Path::new(path, path_parameters, operations));
    }
}

impl Path {
    pub(super) fn new(
        path: String,
        path_parameters: &[&'static str],
        mut operations: Vec<Operation>,
    ) -> Self {
        let in_all = |parameter: &&Parameter| {
            operations
                .iter()
                .all(|operation| operation.parameters.contains(parameter))
        };
        let first = operations.first().into_iter();
        let parameters: Vec<&'static Parameter> = first
            .flat_map(|operation| operation.parameters.iter().copied())
            .filter(in_all)
            .collect();
        for operation in &mut operations {
            operation
                .parameters
                .retain(|parameter| !parameters.contains(parameter));
        }
        Self {
            path,
            path_parameters: path_parameters.to_vec(),
            parameters,
            operations,
        }
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
        "watch" => ("watch changes to an object of kind", parameters::LIST),
        "watchlist" => ("watch changes to objects of kind", parameters::LIST),
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
        "watch" | "watchlist" => WATCH_EVENT.to_owned(),
        "delete" if kind.returns_deleted() => kind.definition.to_owned(),
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
        description: format!("{phrase} {}", kind.kind),
        tag: tag(kind),
        parameters: parameters.iter().chain([&parameters::PRETTY]).collect(),
        consumes: match action {
            "patch" if kind.custom => CUSTOM_PATCHES,
            "patch" => PATCHES,
            _ if kind.custom => CUSTOM,
            _ => ANY,
        },
        produces: match action {
            _ if kind.custom => CUSTOM,
            "list" | "watch" | "watchlist" => PRODUCES_WATCH,
            _ => PRODUCES,
        },
        body: body.map(|name| Body {
            definition: name.to_owned(),
            required,
        }),
        responses: codes
            .iter()
            .map(|code| (*code, Some(answer.clone())))
            .collect(),
        on: Some(On {
            action,
            gvk: (kind.group, kind.version, kind.kind),
        }),
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
    let mut operations: Vec<Operation> = verbs
        .into_iter()
        .filter(|(verb, ..)| subresource.verbs.contains(verb))
        .map(|(_, method, action, prefix)| match connect {
            true => connect_operation(kind, subresource, method),
            false => value_operation(kind, subresource, method, action, prefix),
        })
        .collect();
    if subresource.name == "proxy" {
        // A proxy passes on every method; these two have no verb of their own.
        let more = ["head", "options"];
        operations.extend(more.map(|method| connect_operation(kind, subresource, method)));
    }
    operations
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
    operation.on = Some(On { action, gvk });
    if let Some(body) = operation
        .body
        .as_mut()
        .filter(|body| action != "patch" && body.required)
    {
        body.definition.clone_from(&definition);
    }
    for (_, response) in &mut operation.responses {
        *response = Some(definition.clone()).filter(|_| subresource.name != "log");
    }
    if subresource.name == "log" {
        operation.parameters = parameters::LOG
            .iter()
            .chain([&parameters::PRETTY])
            .collect();
        operation.produces = PRODUCES_LOG;
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
        }
        .iter()
        .collect(),
        consumes: ANY,
        produces: ANY,
        body: None,
        responses: vec![(200, None)],
        on: Some(On {
            action: "connect",
            gvk: (subresource.group, subresource.version, subresource.kind),
        }),
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

pub(super) fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        .unwrap_or_default()
}
