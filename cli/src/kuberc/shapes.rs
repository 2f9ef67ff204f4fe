//! What the fields of preferences are.

use crate::strict::{self, Shape};
use serde_json::Value;

const STRINGS: Shape = Shape::List(&Shape::String);
const OPTIONS: Shape = Shape::List(&Shape::Struct(
    "CommandOptionDefault",
    &[("name", Shape::String), ("default", Shape::String)],
));
const DEFAULTS: Shape = Shape::List(&Shape::Struct(
    "CommandDefaults",
    &[
        ("command", Shape::String),
        ("options", OPTIONS),
        ("flags", OPTIONS),
    ],
));
const ALIASES: Shape = Shape::List(&Shape::Struct(
    "AliasOverride",
    &[
        ("name", Shape::String),
        ("command", Shape::String),
        ("prependArgs", STRINGS),
        ("appendArgs", STRINGS),
        ("options", OPTIONS),
        ("flags", OPTIONS),
    ],
));
const ALLOWLIST: Shape = Shape::List(&Shape::Struct(
    "AllowlistEntry",
    &[("name", Shape::String), ("command", Shape::String)],
));

/// Whether every field of a preference holds what it should. v1alpha1 calls the defaults overrides.
pub fn fits(preference: &Value, version: &str) -> bool {
    let defaults = match version {
        "v1alpha1" => "overrides",
        _ => "defaults",
    };
    [
        (defaults, DEFAULTS),
        ("aliases", ALIASES),
        ("credentialPluginPolicy", Shape::String),
        ("credentialPluginAllowlist", ALLOWLIST),
    ]
    .iter()
    .all(|(field, shape)| strict::check(&preference[*field], "Preference", shape).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_is_a_list() {
        assert!(fits(
            &json!({"aliases": [{"name": "a", "x": 1}]}),
            "v1beta1"
        ));
        assert!(!fits(&json!({"aliases": "a"}), "v1beta1"));
        assert!(!fits(&json!({"defaults": [{"command": 5}]}), "v1beta1"));
        assert!(fits(&json!({"defaults": 5}), "v1alpha1"));
    }
}
