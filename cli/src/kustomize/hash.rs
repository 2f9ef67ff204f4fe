//! The suffix of generated names: a hash of the content, as kustomize spells it.

use knarr_api::{meta, quote::go_json};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// The ten characters that are put behind a generated object's name.
pub fn suffix(object: &Value) -> String {
    let field = |name: &str| match &object[name] {
        Value::Null => json!(""),
        other => other.clone(),
    };
    let mut hashed = Map::new();
    match meta::kind(object) {
        kind @ ("ConfigMap" | "Secret") => {
            if object["binaryData"].is_object() && kind == "ConfigMap" {
                hashed.insert("binaryData".to_owned(), object["binaryData"].clone());
            }
            hashed.insert("data".to_owned(), field("data"));
            hashed.insert("kind".to_owned(), json!(kind));
            // kustomize looks for a field called `metadata/name`, which nobody has.
            hashed.insert("name".to_owned(), json!(""));
            if kind == "Secret" {
                if object["stringData"].is_object() {
                    hashed.insert("stringData".to_owned(), object["stringData"].clone());
                }
                hashed.insert("type".to_owned(), field("type"));
            }
        }
        _ => hashed = object.as_object().cloned().unwrap_or_default(),
    }
    letters(go_json(&Value::Object(hashed)).as_bytes())
}

/// The end of a name that tells the content.
pub fn letters(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    // Letters that could make words, and digits that look like letters, are replaced.
    hex.chars()
        .take(10)
        .map(|c| match c {
            '0' => 'g',
            '1' => 'h',
            '3' => 'k',
            'a' => 'm',
            'e' => 't',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_is_kustomizes() {
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"},
                            "data": {"z": "y", "a": "b"}});
        assert_eq!(suffix(&object), "422t99thhh");
    }
}
