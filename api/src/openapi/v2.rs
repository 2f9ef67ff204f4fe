//! OpenAPI version 2 (Swagger): one document for the whole server.

use crate::version;
use serde_json::{Map, Value, json};

use super::custom::{self, Custom};
use super::{
    TITLE, endpoints, gnostic,
    operations::{self, Operation, Path},
    parameters::{self, Parameter},
    schemas,
};
use crate::kinds::{Kind, Served};
use crate::schema;

/// The document as JSON, with the custom resources that are served.
pub fn v2(served: &Served, custom: &[Custom<'_>]) -> Value {
    let rows: Vec<&'static Kind> = custom.iter().map(|one| one.kind).collect();
    let kinds = served.kinds().chain(rows.iter().copied());
    let mut paths: Vec<Path> = kinds.flat_map(operations::paths).collect();
    paths.extend(endpoints::all(served));
    let mut all = schema::all_definitions();
    let own = custom.iter().map(|one| {
        (
            one.kind.definition.to_owned(),
            custom::definition(one, true),
        )
    });
    all.extend(own);
    let mut definitions = schemas::definitions(&all, schemas::roots(&paths), &rows);
    definitions.values_mut().for_each(drop_defaults);
    json!({
        "swagger": "2.0",
        "info": { "title": TITLE, "version": version::KUBERNETES },
        "paths": paths.iter().map(|path| (path.path.clone(), path_item(path))).collect::<Map<_, _>>(),
        "definitions": definitions,
        "parameters": shared_parameters(),
        "security": [{ "BearerToken": [] }],
        "securityDefinitions": {
            "BearerToken": {
                "description": "Bearer Token authentication",
                "in": "header",
                "name": "authorization",
                "type": "apiKey",
            },
        },
    })
}

/// The document in the protobuf form of gnostic, `openapi.v2.Document`.
pub fn v2_protobuf(document: &Value) -> Vec<u8> {
    gnostic::document(document)
}

/// Version 2 tells no defaults.
fn drop_defaults(definition: &mut Value) {
    let properties = definition.get_mut("properties");
    let properties = properties.and_then(Value::as_object_mut);
    for schema in properties.into_iter().flat_map(Map::values_mut) {
        if let Some(schema) = schema.as_object_mut() {
            schema.shift_remove("default");
        }
    }
}

fn path_item(path: &Path) -> Value {
    let mut item: Map<String, Value> = path
        .operations
        .iter()
        .map(|operation| (operation.method.to_owned(), rendered(operation)))
        .collect();
    let mut parameters: Vec<(&str, Value)> = path
        .path_parameters
        .iter()
        .map(|name| (*name, path_parameter(name)))
        .chain(in_query(&path.parameters))
        .collect();
    parameters.sort_by_key(|(name, _)| *name);
    if !parameters.is_empty() {
        item.insert(
            "parameters".into(),
            parameters.into_iter().map(|(_, value)| value).collect(),
        );
    }
    Value::Object(item)
}

/// Query parameters as they stand in a list, with their names.
fn in_query(parameters: &[&'static Parameter]) -> impl Iterator<Item = (&'static str, Value)> {
    parameters.iter().map(|parameter| {
        let value = match parameter.inline {
            true => query_parameter(parameter),
            false => reference(parameter.name),
        };
        (parameter.name, value)
    })
}

fn rendered(operation: &Operation) -> Value {
    let body = operation.body.as_ref().map(|body| {
        json!({
            "in": "body",
            "name": "body",
            "required": body.required,
            "schema": { "$ref": format!("#/definitions/{}", body.definition) },
        })
    });
    let query = in_query(&operation.parameters).map(|(_, value)| value);
    let mut rendered = json!({
        "description": operation.description,
        "operationId": operation.id,
        "parameters": body.into_iter().chain(query).collect::<Vec<_>>(),
        "produces": operation.produces,
        "responses": responses(operation),
        "schemes": ["https"],
        "tags": [operation.tag],
    });
    if !operation.consumes.is_empty() {
        rendered["consumes"] = json!(operation.consumes);
    }
    mark(operation, &mut rendered);
    rendered
}

/// Says what an operation does to which kind.
pub(super) fn mark(operation: &Operation, rendered: &mut Value) {
    if let Some(on) = &operation.on {
        let (group, version, kind) = on.gvk;
        rendered["x-kubernetes-action"] = on.action.into();
        rendered["x-kubernetes-group-version-kind"] =
            json!({ "group": group, "kind": kind, "version": version });
    }
}

fn responses(operation: &Operation) -> Value {
    let mut responses = Map::new();
    for (code, definition) in &operation.responses {
        let schema = match definition {
            Some(definition) => json!({ "$ref": format!("#/definitions/{definition}") }),
            None => json!({ "type": "string" }),
        };
        responses.insert(
            code.to_string(),
            json!({ "description": reason(*code), "schema": schema }),
        );
    }
    responses.insert("401".into(), json!({ "description": reason(401) }));
    Value::Object(responses)
}

/// The description of a status code.
pub(super) fn reason(code: u16) -> &'static str {
    match code {
        201 => "Created",
        202 => "Accepted",
        401 => "Unauthorized",
        _ => "OK",
    }
}

/// What a parameter in a path is.
pub(super) fn path_description(name: &str) -> &'static str {
    match name {
        "namespace" => "object name and auth scope, such as for teams and projects",
        "name" => "name of the object",
        _ => "path to the resource",
    }
}

fn path_parameter(name: &str) -> Value {
    json!({
        "description": path_description(name),
        "in": "path",
        "name": name,
        "required": true,
        "type": "string",
        "uniqueItems": true,
    })
}

fn query_parameter(parameter: &Parameter) -> Value {
    json!({
        "description": parameter.description,
        "in": "query",
        "name": parameter.name,
        "type": parameter.type_,
        "uniqueItems": true,
    })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/parameters/{name}") })
}

fn shared_parameters() -> Map<String, Value> {
    parameters::ALL
        .iter()
        .flat_map(|list| list.iter())
        .filter(|parameter| !parameter.inline)
        .map(|parameter| (parameter.name.to_owned(), query_parameter(parameter)))
        .collect()
}
