//! The ingress of `extensions/v1beta1` and `networking.k8s.io/v1beta1`: a backend was a service's name and port.

use serde_json::{Map, Value, json};

use super::{ConvertError, items, rename};

pub(super) fn ingress_to_stored(object: &mut Value) -> Result<(), ConvertError> {
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
        rename(spec, "backend", "defaultBackend");
        if let Some(backend) = spec.get_mut("defaultBackend") {
            backend_to_stored(backend);
        }
    }
    for_each_path(object, |path| {
        if path.get("pathType").is_none_or(Value::is_null) {
            path.insert("pathType".into(), json!("ImplementationSpecific"));
        }
        if let Some(backend) = path.get_mut("backend") {
            backend_to_stored(backend);
        }
    });
    Ok(())
}

pub(super) fn ingress_from_stored(object: &mut Value) {
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
        rename(spec, "defaultBackend", "backend");
        if let Some(backend) = spec.get_mut("backend") {
            backend_from_stored(backend);
        }
    }
    for_each_path(object, |path| {
        if let Some(backend) = path.get_mut("backend") {
            backend_from_stored(backend);
        }
    });
}

fn for_each_path(object: &mut Value, mut change: impl FnMut(&mut Map<String, Value>)) {
    for rule in items(object, "/spec/rules") {
        let paths = rule
            .get_mut("http")
            .and_then(|http| http.get_mut("paths"))
            .and_then(Value::as_array_mut);
        for path in paths.into_iter().flatten().filter_map(Value::as_object_mut) {
            change(path);
        }
    }
}

fn backend_to_stored(backend: &mut Value) {
    let Some(fields) = backend.as_object_mut() else {
        return;
    };
    let name = fields.shift_remove("serviceName");
    let port = fields.shift_remove("servicePort");
    if name.is_none() && port.is_none() {
        return;
    }
    let port = match port {
        Some(Value::Number(number)) => json!({ "number": number }),
        Some(Value::String(name)) => json!({ "name": name }),
        _ => json!({}),
    };
    fields.insert(
        "service".into(),
        json!({ "name": name.unwrap_or_else(|| json!("")), "port": port }),
    );
}

fn backend_from_stored(backend: &mut Value) {
    let Some(fields) = backend.as_object_mut() else {
        return;
    };
    let Some(service) = fields.shift_remove("service") else {
        return;
    };
    let port = &service["port"];
    let port = match &port["name"] {
        Value::String(name) if !name.is_empty() => json!(name),
        _ => json!(port["number"].as_i64().unwrap_or(0)),
    };
    fields.insert("serviceName".into(), service["name"].clone());
    fields.insert("servicePort".into(), port);
}
