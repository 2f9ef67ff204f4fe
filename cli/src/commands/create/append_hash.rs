//! `--append-hash`: a name that changes with the content (`k8s.io/kubectl/pkg/util/hash`).

use knarr_api::{meta, quote::go_json};
use serde_json::{Value, json};

use crate::kustomize::hash;

/// Puts the hash of what a config map or a secret holds behind its name.
pub fn append(object: &mut Value) {
    let name = format!("{}-{}", meta::name(object), of(object));
    meta::set(object, "name", name);
}

fn of(object: &Value) -> String {
    let field = |name: &str, empty: Value| match object[name].is_null() {
        true => empty,
        false => object[name].clone(),
    };
    let name = meta::name(object);
    // The order of the fields is that of their names, as Go writes a map.
    let content = match meta::kind(object) {
        "Secret" => json!({
            "data": field("data", Value::Null), "kind": "Secret", "name": name, "type": field("type", "".into()),
        }),
        kind => {
            let mut content = json!({});
            if !object["binaryData"].is_null() {
                content["binaryData"] = crate::printers::sorted(&object["binaryData"]);
            }
            content["data"] = field("data", "".into());
            content["kind"] = kind.into();
            content["name"] = name.into();
            content
        }
    };
    hash::letters(go_json(&content).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_one_that_kubectl_appends() {
        let mut map = json!({"kind": "ConfigMap", "metadata": {"name": "c6"}, "data": {"a": "b"}});
        append(&mut map);
        assert_eq!(meta::name(&map), "c6-m5d4bc9dtc");
        let mut secret =
            json!({"kind": "Secret", "metadata": {"name": "s1"}, "data": {"a": "Yg=="}});
        append(&mut secret);
        assert_eq!(meta::name(&secret), "s1-6c2f4hf6dh");
    }
}
