//! Debugging profiles (KEP-1441): what a debugging container may do, and what of a copied pod is kept.

use super::{Args, container_mut};
use crate::error::{Error, Result};
use serde_json::{Map, Value, json};

/// How far a debugging container reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    Legacy,
    General,
    Baseline,
    Restricted,
    NetAdmin,
    SysAdmin,
}

/// What the debugging container is put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A running pod.
    Ephemeral,
    Copy,
    /// A pod of its own on a node.
    Node,
}

impl Profile {
    pub fn parse(name: &str) -> Result<Self> {
        Ok(match name {
            "legacy" => Profile::Legacy,
            "general" => Profile::General,
            "baseline" => Profile::Baseline,
            "restricted" => Profile::Restricted,
            "netadmin" => Profile::NetAdmin,
            "sysadmin" => Profile::SysAdmin,
            name => return Err(Error::message(format!("unknown profile: {name}"))),
        })
    }

    /// Gives the pod and the debugging container in it the rights of the profile.
    pub fn apply(self, pod: &mut Value, container: &str, style: Style, args: &Args) {
        if let Some(container) = container_mut(pod, container) {
            self.grant(container, style);
        }
        match style {
            Style::Node => self.reach_host(pod, container),
            Style::Copy => self.strip(pod, args),
            Style::Ephemeral => {}
        }
    }

    fn grant(self, container: &mut Map<String, Value>, style: Style) {
        match self {
            Profile::Legacy => {}
            Profile::General if style == Style::Node => {
                container.shift_remove("securityContext");
            }
            Profile::General => add_capabilities(container, &["SYS_PTRACE"]),
            Profile::Baseline => {
                container.shift_remove("securityContext");
            }
            Profile::NetAdmin => add_capabilities(container, &["NET_ADMIN", "NET_RAW"]),
            Profile::SysAdmin => {
                entry(container, "securityContext").insert("privileged".into(), true.into());
            }
            Profile::Restricted => {
                let context = json!({
                    "capabilities": {"drop": ["ALL"]},
                    "runAsNonRoot": true,
                    "allowPrivilegeEscalation": false,
                    "seccompProfile": {"type": "RuntimeDefault"},
                });
                container.insert("securityContext".into(), context);
            }
        }
    }

    fn reach_host(self, pod: &mut Value, container: &str) {
        if matches!(self, Profile::Baseline | Profile::Restricted) {
            return;
        }
        for field in ["hostNetwork", "hostPID", "hostIPC"] {
            pod["spec"][field] = true.into();
        }
        if self == Profile::NetAdmin {
            return;
        }
        pod["spec"]["volumes"] = json!([{"name": "host-root", "hostPath": {"path": "/"}}]);
        if let Some(container) = container_mut(pod, container) {
            let mount = json!([{"name": "host-root", "mountPath": "/host"}]);
            container.insert("volumeMounts".into(), mount);
        }
    }

    /// Takes out of a copied pod what the flags do not keep. The oldest profile knows only of labels.
    fn strip(self, pod: &mut Value, args: &Args) {
        let legacy = self == Profile::Legacy;
        let metadata = [
            ("labels", args.keep_labels && !legacy),
            ("annotations", args.keep_annotations || legacy),
        ];
        remove(&mut pod["metadata"], &metadata);
        if legacy {
            return;
        }
        let probes = [
            ("livenessProbe", args.keep_liveness),
            ("readinessProbe", args.keep_readiness),
            ("startupProbe", args.keep_startup),
        ];
        let spec = &mut pod["spec"];
        for container in spec["containers"].as_array_mut().into_iter().flatten() {
            remove(container, &probes);
        }
        remove(spec, &[("initContainers", args.keep_init_containers)]);
        if spec["shareProcessNamespace"].is_null() {
            spec["shareProcessNamespace"] = true.into();
        }
    }
}

/// Removes the fields that are not kept.
fn remove(object: &mut Value, fields: &[(&str, bool)]) {
    if let Some(object) = object.as_object_mut() {
        for (field, _) in fields.iter().filter(|(_, kept)| !kept) {
            object.shift_remove(*field);
        }
    }
}

/// The object under a key, made if it is not there.
fn entry<'a>(object: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let value = object.entry(key).or_insert(Value::Null);
    if !value.is_object() {
        *value = json!({});
    }
    value.as_object_mut().expect("it was made an object above")
}

fn add_capabilities(container: &mut Map<String, Value>, names: &[&str]) {
    let capabilities = entry(entry(container, "securityContext"), "capabilities");
    let added = capabilities.get("add").and_then(Value::as_array);
    let mut all = added.cloned().unwrap_or_default();
    all.extend(names.iter().map(|name| Value::from(*name)));
    capabilities.insert("add".into(), all.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(words: &[&str]) -> Args {
        let command = <Args as clap::Args>::augment_args(clap::Command::new("debug"));
        let matches =
            crate::flags::as_pflag(command).get_matches_from([&["debug"], words].concat());
        <Args as clap::FromArgMatches>::from_arg_matches(&matches).expect("the words are right")
    }

    fn pod() -> Value {
        json!({"metadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}}, "spec": {"containers": [
            {"name": "d", "livenessProbe": {}, "securityContext": {"runAsUser": 5}}]}})
    }

    fn applied(profile: Profile, style: Style, words: &[&str]) -> Value {
        let mut pod = pod();
        profile.apply(&mut pod, "d", style, &args(words));
        pod
    }

    #[test]
    fn a_profile_gives_what_it_names() {
        let general = applied(Profile::General, Style::Ephemeral, &[]);
        assert_eq!(
            general["spec"]["containers"][0]["securityContext"],
            json!({"runAsUser": 5, "capabilities": {"add": ["SYS_PTRACE"]}})
        );
        let baseline = applied(Profile::Baseline, Style::Copy, &[]);
        assert!(baseline["spec"]["containers"][0]["securityContext"].is_null());
        let sysadmin = applied(Profile::SysAdmin, Style::Node, &[]);
        assert_eq!(
            sysadmin["spec"]["containers"][0]["securityContext"]["privileged"],
            true
        );
        assert_eq!(sysadmin["spec"]["hostPID"], true);
        assert!(Profile::parse("foo").is_err());
    }

    #[test]
    fn a_copy_keeps_what_the_flags_say() {
        let bare = applied(Profile::General, Style::Copy, &[]);
        assert_eq!(bare["metadata"], json!({}));
        assert!(bare["spec"]["containers"][0]["livenessProbe"].is_null());
        assert_eq!(bare["spec"]["shareProcessNamespace"], true);
        let kept = applied(
            Profile::General,
            Style::Copy,
            &["--keep-labels", "--keep-liveness"],
        );
        assert_eq!(kept["metadata"], json!({"labels": {"a": "b"}}));
        assert!(kept["spec"]["containers"][0]["livenessProbe"].is_object());
        let legacy = applied(Profile::Legacy, Style::Copy, &["--keep-labels"]);
        assert_eq!(legacy["metadata"], json!({"annotations": {"c": "d"}}));
        assert!(legacy["spec"]["shareProcessNamespace"].is_null());
    }
}
