//! OpenAPI version 2 (Swagger): one document for the whole server.

use crate::version;
use serde_json::{Map, Value, json};

use super::custom::{self, Custom};
use super::{
    TITLE, gnostic,
    operations::{self, Operation, PATCHES, PRODUCES, PRODUCES_WATCH, Path},
    parameters::{self, Parameter},
    schemas,
};
use crate::kinds::{Kind, Served};
use crate::schema;

/// The document as JSON, with the custom resources that are served.
pub fn v2(served: &Served, custom: &[Custom<'_>]) -> Value {
    let rows: Vec<&'static Kind> = custom.iter().map(|one| one.kind).collect();
    let kinds = served.kinds().chain(rows.iter().copied());
    let paths: Vec<Path> = kinds.flat_map(operations::paths).collect();
    let mut all = schema::all_definitions();
    let own = custom.iter().map(|one| {
        (
            one.kind.definition.to_owned(),
            custom::definition(one, true),
        )
    });
    all.extend(own);
    let definitions = schemas::definitions(&all, schemas::roots(&paths), &rows);
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

fn path_item(path: &Path) -> Value {
    let mut item: Map<String, Value> = path
        .operations
        .iter()
        .map(|operation| (operation.method.to_owned(), rendered(operation)))
        .collect();
    let in_path = path.path_parameters.iter().map(|name| path_parameter(name));
    item.insert(
        "parameters".into(),
        in_path.chain([reference("pretty")]).collect(),
    );
    Value::Object(item)
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
    let query = operation
        .parameters
        .iter()
        .map(|parameter| match parameter.inline {
            true => query_parameter(parameter),
            false => reference(parameter.name),
        });
    let (group, version, kind) = operation.gvk;
    let is_patch = operation.body.as_ref().is_some_and(|body| body.patch);
    json!({
        "consumes": if is_patch { PATCHES } else { &["*/*"] },
        "description": operation.description,
        "operationId": operation.id,
        "parameters": body.into_iter().chain(query).collect::<Vec<_>>(),
        "produces": produces(operation),
        "responses": responses(operation),
        "schemes": ["https"],
        "tags": [operation.tag],
        "x-kubernetes-action": operation.action,
        "x-kubernetes-group-version-kind": { "group": group, "kind": kind, "version": version },
    })
}

fn produces(operation: &Operation) -> &'static [&'static str] {
    match operation.action {
        "list" => PRODUCES_WATCH,
        "connect" => &["*/*"],
        _ => PRODUCES,
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

pub(super) const PRETTY: &str = "If 'true', then the output is pretty printed.";

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
    let mut shared: Map<String, Value> = parameters::ALL
        .iter()
        .flat_map(|list| list.iter())
        .filter(|parameter| !parameter.inline)
        .map(|parameter| (parameter.name.to_owned(), query_parameter(parameter)))
        .collect();
    shared.insert(
        "pretty".into(),
        json!({"description": PRETTY, "in": "query", "name": "pretty", "type": "string", "uniqueItems": true}),
    );
    shared
}
