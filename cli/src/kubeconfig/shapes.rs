//! What a kubeconfig's fields are, and what client-go says of a file that is something else.

use crate::strict::{self, Field, Shape};
use knarr_api::{json, quote::quote};
use serde_json::Value;
use std::collections::HashSet;

const STRINGS: Shape = Shape::List(&Shape::String);
const EXTENSIONS: Shape = Shape::List(&Shape::Struct(
    "v1.NamedExtension",
    &[("name", Shape::String), ("extension", Shape::Any)],
));
const CLUSTER: Shape = Shape::Struct(
    "v1.Cluster",
    &[
        ("server", Shape::String),
        ("tls-server-name", Shape::String),
        ("insecure-skip-tls-verify", Shape::Bool),
        ("certificate-authority", Shape::String),
        ("certificate-authority-data", Shape::Bytes),
        ("proxy-url", Shape::String),
        ("disable-compression", Shape::Bool),
        ("extensions", EXTENSIONS),
    ],
);
const EXEC: Shape = Shape::Struct(
    "v1.ExecConfig",
    &[
        ("command", Shape::String),
        ("args", STRINGS),
        (
            "env",
            Shape::List(&Shape::Struct(
                "v1.ExecEnvVar",
                &[("name", Shape::String), ("value", Shape::String)],
            )),
        ),
        ("apiVersion", Shape::String),
        ("installHint", Shape::String),
        ("provideClusterInfo", Shape::Bool),
        ("interactiveMode", Shape::Named("v1.ExecInteractiveMode")),
    ],
);
const USER: Shape = Shape::Struct(
    "v1.AuthInfo",
    &[
        ("client-certificate", Shape::String),
        ("client-certificate-data", Shape::Bytes),
        ("client-key", Shape::String),
        ("client-key-data", Shape::Bytes),
        ("token", Shape::String),
        ("tokenFile", Shape::String),
        ("as", Shape::String),
        ("as-uid", Shape::String),
        ("as-groups", STRINGS),
        ("as-user-extra", Shape::Map(&STRINGS)),
        ("username", Shape::String),
        ("password", Shape::String),
        (
            "auth-provider",
            Shape::Pointer(&Shape::Struct(
                "v1.AuthProviderConfig",
                &[
                    ("name", Shape::String),
                    ("config", Shape::Map(&Shape::String)),
                ],
            )),
        ),
        ("exec", Shape::Pointer(&EXEC)),
        ("extensions", EXTENSIONS),
    ],
);
const CONTEXT: Shape = Shape::Struct(
    "v1.Context",
    &[
        ("cluster", Shape::String),
        ("user", Shape::String),
        ("namespace", Shape::String),
        ("extensions", EXTENSIONS),
    ],
);
const CONFIG: &[Field] = &[
    ("kind", Shape::String),
    ("apiVersion", Shape::String),
    (
        "preferences",
        Shape::Struct(
            "v1.Preferences",
            &[("colors", Shape::Bool), ("extensions", EXTENSIONS)],
        ),
    ),
    (
        "clusters",
        Shape::List(&Shape::Struct(
            "v1.NamedCluster",
            &[("name", Shape::String), ("cluster", CLUSTER)],
        )),
    ),
    (
        "users",
        Shape::List(&Shape::Struct(
            "v1.NamedAuthInfo",
            &[("name", Shape::String), ("user", USER)],
        )),
    ),
    (
        "contexts",
        Shape::List(&Shape::Struct(
            "v1.NamedContext",
            &[("name", Shape::String), ("context", CONTEXT)],
        )),
    ),
    ("current-context", Shape::String),
    ("extensions", EXTENSIONS),
];

/// Refuses what client-go does not decode into its kubeconfig, in its words.
pub fn check(value: &Value) -> Result<(), String> {
    if !value.is_object() {
        return Err(json::unversioned(value));
    }
    let (kind, version) = (&value["kind"], &value["apiVersion"]);
    let known = |found: &Value, known: &str| {
        found
            .as_str()
            .is_none_or(|text| text.is_empty() || text == known)
    };
    if !known(kind, "Config") || !known(version, "v1") {
        let text = |found: &Value, default: &str| match found.as_str() {
            None | Some("") => quote(default),
            Some(text) => quote(text),
        };
        return Err(format!(
            "no kind {} is registered for version {} in scheme \"k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50\"",
            text(kind, "Config"),
            text(version, "v1")
        ));
    }
    strict::check(value, "Config", &Shape::Struct("v1.Config", CONFIG))?;
    for (list, body, go_name, shape) in [
        ("clusters", "cluster", "Cluster", &CLUSTER),
        ("users", "user", "AuthInfo", &USER),
        ("contexts", "context", "Context", &CONTEXT),
    ] {
        let entries = value[list]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        if let Some(name) = twice(entries) {
            let shown: Vec<String> = entries
                .iter()
                .map(|entry| {
                    let name = entry["name"].as_str().unwrap_or_default();
                    format!("{{{name} {}}}", go_struct(&entry[body], shape))
                })
                .collect();
            return Err(format!(
                "error converting *[]Named{go_name} into *map[string]*api.{go_name}: duplicate name {} in list: [{}]",
                quote(name),
                shown.join(" ")
            ));
        }
    }
    Ok(())
}

/// The first name that occurs again.
fn twice(entries: &[Value]) -> Option<&str> {
    let mut seen = HashSet::new();
    let names = entries
        .iter()
        .map(|entry| entry["name"].as_str().unwrap_or_default());
    names.into_iter().find(|name| !seen.insert(*name))
}

/// A value as Go's `%v` prints the struct that it is decoded into; where Go prints an address, it is left out.
fn go_struct(value: &Value, shape: &Shape) -> String {
    match shape {
        Shape::Pointer(_) if value.is_null() => "<nil>".to_owned(),
        Shape::Pointer(inner) => go_struct(value, inner),
        Shape::Struct(_, fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, shape)| go_struct(&value[*name], shape))
                .collect();
            format!("{{{}}}", fields.join(" "))
        }
        Shape::List(item) => {
            let items = value.as_array().into_iter().flatten();
            let items: Vec<String> = items.map(|value| go_struct(value, item)).collect();
            format!("[{}]", items.join(" "))
        }
        Shape::Map(_) => match value {
            Value::Null => "map[]".to_owned(),
            value => knarr_api::quote::go_value(value),
        },
        Shape::Bytes => {
            use base64::{Engine, engine::general_purpose::STANDARD};
            let bytes = STANDARD.decode(value.as_str().unwrap_or_default());
            let bytes: Vec<String> = bytes
                .unwrap_or_default()
                .iter()
                .map(u8::to_string)
                .collect();
            format!("[{}]", bytes.join(" "))
        }
        Shape::Bool => value.as_bool().unwrap_or_default().to_string(),
        _ => value.as_str().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_no_kubeconfig_is_refused_in_client_gos_words() {
        for (value, want) in [
            (
                json!({"kind": "Pod", "apiVersion": "v1"}),
                "no kind \"Pod\" is registered for version \"v1\" in scheme \"k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50\"",
            ),
            (
                json!({"clusters": "x"}),
                "json: cannot unmarshal string into Go struct field Config.clusters of type []v1.NamedCluster",
            ),
            (
                json!({"clusters": [{"cluster": {"server": 5}}]}),
                "json: cannot unmarshal number into Go struct field Cluster.clusters.cluster.server of type string",
            ),
            (
                json!({"users": [{"user": {"client-key-data": "***"}}]}),
                "illegal base64 data at input byte 0",
            ),
            (
                json!({"clusters": [{"name": "c", "cluster": {"server": "a"}}, {"name": "c", "cluster": {"server": "b"}}]}),
                "error converting *[]NamedCluster into *map[string]*api.Cluster: duplicate name \"c\" in list: [{c {a  false  []  false []}} {c {b  false  []  false []}}]",
            ),
        ] {
            assert_eq!(check(&value).expect_err("it is refused"), want);
        }
        assert_eq!(
            check(&json!({"x-note": 1, "Users": "no", "users": [{"name": "u", "user": {"z": 1}}]})),
            Ok(())
        );
    }
}
