//! OpenAPI version 3: an index, and a document for each group and version (KEP-2896).

use crate::version;
use std::{fmt::Write, sync::LazyLock};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    TITLE,
    custom::{self, Custom},
    endpoints,
    operations::{self, Operation, Path},
    parameters::Parameter,
    path_of, schemas,
    v2::{mark, path_description, reason},
};
use crate::{
    kinds::{self, Kind, Served},
    schema,
};

/// The answer of `/openapi/v3` when all is served: for each group and version the address of its document, with a hash by which clients
/// keep it for good. The first call makes every document to hash it.
pub fn v3_index() -> &'static Value {
    static INDEX: LazyLock<Value> = LazyLock::new(index);
    &INDEX
}

fn index() -> Value {
    let definitions = schema::all_definitions();
    let mut paths = Map::new();
    for (group, versions) in kinds::groups() {
        for version in versions {
            let document = of_version(&definitions, &rows(&Served::default(), group, version));
            paths.insert(
                path_of(group, version),
                entry(&path_of(group, version), &document),
            );
        }
    }
    for path in endpoints::apart(&Served::default()) {
        let address = path.path.trim_matches('/').to_owned();
        let document = document(&definitions, &[], &[path]);
        paths.insert(address.clone(), entry(&address, &document));
    }
    paths.sort_keys();
    json!({ "paths": paths })
}

/// Where a document is, as the index tells it.
fn entry(path: &str, document: &Value) -> Value {
    let hash = hash(document);
    json!({ "serverRelativeURL": format!("/openapi/v3/{path}?hash={hash}") })
}

/// The document of what belongs to no version, such as `apis` or `apis/batch` or `version`; `None` if there is none.
pub fn v3_apart(served: &Served, address: &str) -> Option<Value> {
    let mut paths = endpoints::apart(served);
    let path = paths.find(|path| path.path.trim_matches('/') == address)?;
    Some(document(&schema::all_definitions(), &[], &[path]))
}

/// The document of a group (empty for the core group) and version, and its hash; `None` if it is not served.
pub fn v3(served: &Served, group: &str, version: &str) -> Option<(Value, String)> {
    let rows = rows(served, group, version);
    if rows.is_empty() {
        return None;
    }
    let document = of_version(&schema::all_definitions(), &rows);
    let hash = hash(&document);
    Some((document, hash))
}

fn hash(document: &Value) -> String {
    let mut hash = String::new();
    for byte in Sha256::digest(document.to_string()) {
        // Writing to a string does not fail.
        let _ = write!(hash, "{byte:02X}");
    }
    hash
}

/// The document of a group and version that custom resources are in; `None` if there is none.
pub fn v3_with(
    served: &Served,
    group: &str,
    version: &str,
    custom: &[Custom<'_>],
) -> Option<Value> {
    let own = |one: &&Custom<'_>| one.kind.group == group && one.kind.version == version;
    let own: Vec<&Custom<'_>> = custom.iter().filter(own).collect();
    if own.is_empty() {
        return v3(served, group, version).map(|(document, _)| document);
    }
    let mut rows = rows(served, group, version);
    let mut definitions = match rows.is_empty() {
        true => custom::shared_definitions().clone(),
        false => schema::all_definitions(),
    };
    for one in own {
        definitions.insert(
            one.kind.definition.to_owned(),
            custom::definition(one, false),
        );
        rows.push(one.kind);
    }
    Some(of_version(&definitions, &rows))
}

fn rows(served: &Served, group: &str, version: &str) -> Vec<&'static Kind> {
    let of_version = |kind: &&Kind| kind.group == group && kind.version == version;
    served.kinds().filter(of_version).collect()
}

/// The document of these rows, which are of one group and version.
fn of_version(definitions: &Map<String, Value>, rows: &[&'static Kind]) -> Value {
    let mut paths: Vec<Path> = rows.iter().copied().flat_map(operations::paths).collect();
    let custom: Vec<&'static Kind> = rows.iter().copied().filter(|row| row.custom).collect();
    let builtin = rows.iter().find(|row| !row.custom);
    paths.extend(builtin.map(|row| endpoints::of_version(row.group, row.version)));
    document(definitions, &custom, &paths)
}

fn document(definitions: &Map<String, Value>, custom: &[&'static Kind], paths: &[Path]) -> Value {
    let mut schemas = schemas::definitions(definitions, schemas::roots(paths), custom);
    for (name, schema) in &mut schemas {
        to_v3(schema);
        correct(name, schema);
    }
    json!({
        "openapi": "3.0.0",
        "info": { "title": TITLE, "version": version::KUBERNETES },
        "paths": paths.iter().map(|path| (path.path.clone(), path_item(path))).collect::<Map<_, _>>(),
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "BearerToken": {
                    "type": "apiKey",
                    "description": "Bearer Token authentication",
                    "name": "authorization",
                    "in": "header",
                },
            },
        },
    })
}

/// Version 3 keeps schemas elsewhere and allows nothing beside a `$ref`.
fn to_v3(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(to_v3);
            let target = fields
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|target| target.rsplit('/').next());
            let Some(target) =
                target.map(|name| json!({ "$ref": format!("#/components/schemas/{name}") }))
            else {
                return;
            };
            if fields.len() == 1 {
                *schema = target;
            } else {
                fields.shift_remove("$ref");
                fields.insert("allOf".into(), json!([target]));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(to_v3),
        _ => {}
    }
}

/// The definitions that only version 3 can state as they are.
fn correct(name: &str, schema: &mut Value) {
    let one_of = match name {
        "io.k8s.apimachinery.pkg.api.resource.Quantity" => {
            json!([{"type": "string"}, {"type": "number"}])
        }
        "io.k8s.apimachinery.pkg.util.intstr.IntOrString" => {
            json!([{"type": "integer"}, {"type": "string"}])
        }
        _ => return,
    };
    if let Some(fields) = schema.as_object_mut() {
        fields.shift_remove("type");
        fields.insert("oneOf".into(), one_of);
    }
}

fn path_item(path: &Path) -> Value {
    let mut item: Map<String, Value> = path
        .operations
        .iter()
        .map(|operation| (operation.method.to_owned(), rendered(operation)))
        .collect();
    let in_path = path.path_parameters.iter().map(|name| {
        let parameter = json!({
            "name": name,
            "in": "path",
            "description": path_description(name),
            "required": true,
            "schema": { "type": "string", "uniqueItems": true },
        });
        (*name, parameter)
    });
    let in_query = path.parameters.iter();
    let in_query = in_query.map(|parameter| (parameter.name, query_parameter(parameter)));
    let mut parameters: Vec<(&str, Value)> = in_path.chain(in_query).collect();
    parameters.sort_by_key(|(name, _)| *name);
    if !parameters.is_empty() {
        let parameters = parameters.into_iter().map(|(_, value)| value);
        item.insert("parameters".into(), parameters.collect());
    }
    Value::Object(item)
}

fn rendered(operation: &Operation) -> Value {
    let mut rendered = json!({
        "tags": [operation.tag],
        "description": operation.description,
        "operationId": operation.id,
        "responses": responses(operation),
    });
    mark(operation, &mut rendered);
    let query = operation.parameters.iter();
    let query: Vec<Value> = query.map(|parameter| query_parameter(parameter)).collect();
    if !query.is_empty() {
        rendered["parameters"] = query.into();
    }
    if let Some(body) = &operation.body {
        let content = content(operation.consumes, &body.definition);
        rendered["requestBody"] = json!({ "content": content, "required": body.required });
    }
    rendered
}

fn responses(operation: &Operation) -> Value {
    let mut responses = Map::new();
    for (code, definition) in &operation.responses {
        let content = match definition {
            Some(definition) => content(operation.produces, definition),
            None => each(
                operation.produces,
                &json!({ "schema": { "type": "string" } }),
            ),
        };
        responses.insert(
            code.to_string(),
            json!({ "description": reason(*code), "content": content }),
        );
    }
    responses.insert("401".into(), json!({ "description": reason(401) }));
    Value::Object(responses)
}

fn content(types: &[&str], definition: &str) -> Value {
    let schema = json!({ "schema": { "$ref": format!("#/components/schemas/{definition}") } });
    each(types, &schema)
}

/// The same for each of these media types.
fn each(types: &[&str], value: &Value) -> Value {
    let each = types.iter();
    let each = each.map(|media_type| ((*media_type).to_owned(), value.clone()));
    each.collect::<Map<_, _>>().into()
}

fn query_parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "in": "query",
        "description": parameter.description,
        "schema": { "type": parameter.type_, "uniqueItems": true },
    })
}
