//! `--append-hash`: a name that changes with the content (`k8s.io/kubectl/pkg/util/hash`).

use knarr_api::{meta, quote::go_json};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

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
    let digest = Sha256::digest(go_json(&content).as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    // Letters that could make words are replaced.
    hex.chars()
        .take(10)
        .map(|c| match c {
            '0' => 'g',
            '1' => 'h',
            '3' => 'k',
            'a' => 'm',
            'e' => 't',
            c => c,
        })
        .collect()
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
