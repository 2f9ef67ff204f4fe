//! Custom resource definitions.

use serde_json::{Value, json};

use super::admission::service_port;
use super::set::{absent, always, child, unset};
use crate::walk::Walk;

pub(super) fn custom_resource_definition(object: &mut Value) {
    let spec = always(object, "spec");
    let names = always(spec, "names");
    let kind = names.text("kind").to_owned();
    unset(names, "singular", kind.to_lowercase());
    if !kind.is_empty() {
        unset(names, "listKind", format!("{kind}List"));
    }
    absent(spec, "conversion", json!({"strategy": "None"}));
    let webhook = child(spec, "conversion").and_then(|conversion| child(conversion, "webhook"));
    if let Some(config) = webhook.and_then(|webhook| child(webhook, "clientConfig")) {
        service_port(config);
    }
    let stored = spec
        .list("versions")
        .iter()
        .find(|version| version.flag("storage"));
    let stored = stored
        .map(|version| json!([version.text("name")]))
        .unwrap_or_else(|| json!([]));
    // Unknown fields are pruned unless said otherwise: to say so is to say nothing.
    if spec["preserveUnknownFields"] == false
        && let Some(spec) = spec.as_object_mut()
    {
        spec.shift_remove("preserveUnknownFields");
    }
    let status = always(object, "status");
    unset(status, "storedVersions", stored);
    absent(status, "conditions", Value::Null);
    let accepted = always(status, "acceptedNames");
    absent(accepted, "plural", "");
    absent(accepted, "kind", "");
}
