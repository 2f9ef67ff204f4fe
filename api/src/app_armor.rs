//! Pods that name their AppArmor profiles in annotations, as they did before there were fields (KEP-24): what a new pod
//! says there goes into the fields, and the client is told.

use serde_json::{Value, json};

use crate::walk::Walk;

/// Before the name of a container.
pub(crate) const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";
pub(crate) const DEPRECATED: &str =
    "deprecated since v1.30; use the \"appArmorProfile\" field instead";

const CONTAINERS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];
const PATH_MAX: usize = 4095;

/// What an annotation of a container comes to.
struct Asked {
    list: &'static str,
    index: usize,
    key: String,
    /// The field that says the same; none, if there is none, or if it would be wrong.
    profile: Option<Value>,
}

/// Makes fields of annotations, where a container has none of its own and the pod's is another.
pub fn adopt(pod: &mut Value) {
    for asked in asked(pod) {
        if let Some(profile) = asked.profile
            && profile != pod["spec"]["securityContext"]["appArmorProfile"]
        {
            let container = &mut pod["spec"][asked.list][asked.index];
            container["securityContext"]["appArmorProfile"] = profile;
        }
    }
}

/// What is to be told of a new pod before [`adopt`] changes it.
pub fn warnings(pod: &Value) -> Vec<String> {
    let common = &pod["spec"]["securityContext"]["appArmorProfile"];
    let told = asked(pod).into_iter().filter(|asked| {
        let profile = asked.profile.as_ref();
        profile.is_none_or(|profile| profile != common)
    });
    told.map(|asked| format!("metadata.annotations[{}]: {DEPRECATED}", asked.key))
        .collect()
}

fn asked(pod: &Value) -> Vec<Asked> {
    let spec = &pod["spec"];
    let annotations = &pod["metadata"]["annotations"];
    if spec["os"].text("name") == "windows" || annotations.len() == 0 {
        return Vec::new();
    }
    let mut found = Vec::new();
    for list in CONTAINERS {
        for (index, container) in spec.list(list).iter().enumerate() {
            let key = format!("{ANNOTATION}{}", container.text("name"));
            if let Some(text) = annotations.opt_text(&key)
                && !container["securityContext"].has("appArmorProfile")
            {
                let profile = field(text);
                found.push(Asked {
                    list,
                    index,
                    key,
                    profile,
                });
            }
        }
    }
    found
}

fn field(annotation: &str) -> Option<Value> {
    match annotation {
        "runtime/default" => Some(json!({"type": "RuntimeDefault"})),
        "unconfined" => Some(json!({"type": "Unconfined"})),
        other => {
            let file = other.strip_prefix("localhost/")?;
            let valid = !file.is_empty() && file.trim() == file && file.len() <= PATH_MAX;
            valid.then(|| json!({"type": "Localhost", "localhostProfile": file}))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(profiles: &[(&str, &str)], spec: Value) -> Value {
        let annotations = profiles
            .iter()
            .map(|(name, profile)| (format!("{ANNOTATION}{name}"), json!(profile)));
        let annotations: serde_json::Map<String, Value> = annotations.collect();
        json!({"metadata": {"annotations": annotations}, "spec": spec})
    }

    fn adopted(mut pod: Value) -> Value {
        adopt(&mut pod);
        pod["spec"].take()
    }

    fn told(name: &str) -> String {
        format!(
            "metadata.annotations[{ANNOTATION}{name}]: deprecated since v1.30; use the \"appArmorProfile\" field instead"
        )
    }

    #[test]
    fn annotations_become_fields() {
        let given = pod(
            &[
                ("a", "runtime/default"),
                ("b", "localhost/x/y"),
                ("i", "unconfined"),
            ],
            json!({"containers": [{"name": "a"}, {"name": "b", "securityContext": {"runAsUser": 1}}],
                "initContainers": [{"name": "i"}]}),
        );
        assert_eq!(warnings(&given), [told("i"), told("a"), told("b")]);
        let spec = adopted(given);
        assert_eq!(
            spec["containers"][0]["securityContext"],
            json!({"appArmorProfile": {"type": "RuntimeDefault"}})
        );
        assert_eq!(
            spec["containers"][1]["securityContext"],
            json!({"runAsUser": 1, "appArmorProfile": {"type": "Localhost", "localhostProfile": "x/y"}})
        );
        assert_eq!(
            spec["initContainers"][0]["securityContext"]["appArmorProfile"]["type"],
            "Unconfined"
        );
    }

    #[test]
    fn what_is_there_stays_and_what_is_wrong_is_left() {
        let own = json!({"containers": [{"name": "a", "securityContext": {"appArmorProfile": {"type": "Unconfined"}}}]});
        let given = pod(&[("a", "runtime/default")], own.clone());
        assert_eq!(warnings(&given), [""; 0]);
        assert_eq!(adopted(given), own);
        let common = json!({"securityContext": {"appArmorProfile": {"type": "RuntimeDefault"}}, "containers": [{"name": "a"}]});
        let given = pod(&[("a", "runtime/default")], common.clone());
        assert_eq!(warnings(&given), [""; 0]);
        assert_eq!(adopted(given), common);
        let bare = json!({"containers": [{"name": "a"}]});
        for wrong in ["localhost/", "x", "localhost/ x"] {
            let given = pod(&[("a", wrong)], bare.clone());
            assert_eq!(warnings(&given), [told("a")], "{wrong}");
            assert_eq!(adopted(given), bare, "{wrong}");
        }
        let windows = json!({"os": {"name": "windows"}, "containers": [{"name": "a"}]});
        assert_eq!(
            adopted(pod(&[("a", "unconfined")], windows.clone())),
            windows
        );
    }
}
