//! Namespaces, config maps and secrets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::errors::Errors;
use super::metadata::{self, METADATA, standard_finalizer, texts};
use super::names::{is_config_map_key, is_qualified_name};
use super::path::Path;
use super::pod::SPEC;
use crate::walk::Walk;

/// The most that a config map or a secret can hold, in bytes.
const DATA_MAX: usize = 1024 * 1024;

const IMMUTABLE: &str = "field is immutable when `immutable` is set";

const REDACTED: &str = "<secret contents redacted>";

/// `ValidateNamespace`.
pub(super) fn namespace(object: &Value, out: &mut Errors) {
    let path = SPEC.child("finalizers");
    for finalizer in texts(&object["spec"], "finalizers") {
        out.invalid_each(&path, finalizer, is_qualified_name(finalizer));
        standard_finalizer(finalizer, &path, out);
    }
}

/// `ValidateNamespaceStatusUpdate`: the phase says whether the namespace is being deleted.
pub(super) fn namespace_status(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let (phase, path) = (new["status"].text("phase"), Path::new("status"));
    let path = path.child("Phase");
    match (new["metadata"].has("deletionTimestamp"), phase) {
        (false, "Active") | (true, "Terminating") => {}
        (false, _) => out.invalid(
            &path,
            phase,
            "may only be 'Active' if `deletionTimestamp` is empty",
        ),
        (true, _) => out.invalid(
            &path,
            phase,
            "may only be 'Terminating' if `deletionTimestamp` is not empty",
        ),
    }
}

/// The size of a base64 text once decoded.
fn decoded_size(value: &Value) -> usize {
    let text = value.as_str().unwrap_or_default();
    (text.len() / 4 * 3).saturating_sub(text.bytes().rev().take_while(|byte| *byte == b'=').count())
}

/// `ValidateConfigMap`.
pub(super) fn config_map(object: &Value, out: &mut Errors) {
    let mut size = 0;
    let (data, binary) = (Path::new("data"), Path::new("binaryData"));
    for (key, value) in object.map("data").into_iter().flatten() {
        out.invalid_each(&data.key(key), key, is_config_map_key(key));
        if object["binaryData"].has(key) {
            out.invalid(
                &data.key(key),
                key.as_str(),
                "duplicate of key present in binaryData",
            );
        }
        size += value.as_str().map_or(0, str::len);
    }
    for (key, value) in object.map("binaryData").into_iter().flatten() {
        out.invalid_each(&binary.key(key), key, is_config_map_key(key));
        size += decoded_size(value);
    }
    if size > DATA_MAX {
        out.too_long(&Path::new(""), DATA_MAX);
    }
}

/// What an object that is marked immutable must keep.
fn unchanged(new: &Value, old: &Value, fields: &[&'static str], out: &mut Errors) {
    if !old.flag("immutable") {
        return;
    }
    if !new.flag("immutable") {
        out.forbidden(&Path::new("immutable"), IMMUTABLE);
    }
    for field in fields {
        if !super::errors::same(&new[*field], &old[*field]) {
            out.forbidden(&Path::new(field), IMMUTABLE);
        }
    }
}

pub(super) fn update_config_map(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    unchanged(new, old, &["data", "binaryData"], out);
    config_map(new, out);
}

/// `ValidateSecret`: keys, size, and what the type asks for.
pub(super) fn secret(object: &Value, out: &mut Errors) {
    let path = Path::new("data");
    let mut size = 0;
    for (key, value) in object.map("data").into_iter().flatten() {
        out.invalid_each(&path.key(key), key, is_config_map_key(key));
        size += decoded_size(value);
    }
    if size > DATA_MAX {
        out.too_long(&path, DATA_MAX);
    }
    let data = &object["data"];
    let mut need = |key: &'static str| {
        if !data.has(key) {
            out.required(&path.key(key), "");
        }
    };
    match object.text("type") {
        "kubernetes.io/service-account-token" => {
            const ACCOUNT: &str = "kubernetes.io/service-account.name";
            if object["metadata"]["annotations"].text(ACCOUNT).is_empty() {
                out.required(&METADATA.child("annotations").key(ACCOUNT), "");
            }
        }
        "kubernetes.io/dockercfg" => docker_config(data, ".dockercfg", out),
        "kubernetes.io/dockerconfigjson" => docker_config(data, ".dockerconfigjson", out),
        "kubernetes.io/basic-auth" if !data.has("username") && !data.has("password") => {
            need("username");
            need("password");
        }
        "kubernetes.io/ssh-auth" if data.text("ssh-privatekey").is_empty() => {
            out.required(&path.key("ssh-privatekey"), "");
        }
        "kubernetes.io/tls" => {
            need("tls.crt");
            need("tls.key");
        }
        _ => {}
    }
}

fn docker_config(data: &Value, key: &'static str, out: &mut Errors) {
    let path = Path::new("data");
    let Some(text) = data.opt_text(key) else {
        return out.required(&path.key(key), "");
    };
    let bytes = STANDARD.decode(text).unwrap_or_default();
    let reason = match crate::json::from_slice(&bytes) {
        Ok(Value::Object(_) | Value::Null) => return,
        Ok(other) => format!(
            "json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
            crate::json::type_name(&other)
        ),
        Err(reason) => reason,
    };
    out.invalid(&path.key(key), REDACTED, reason);
}

pub(super) fn update_secret(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    if new.text("type") != old.text("type") {
        out.invalid(
            &Path::new("type"),
            new.text("type"),
            super::errors::IS_IMMUTABLE,
        );
    }
    unchanged(new, old, &["data"], out);
    secret(new, out);
}
