//! Which credential plugins may run (client-go's `plugin/pkg/client/auth/exec`).

use crate::{commands::plugin::look_up, path::clean};
use knarr_api::quote::quote;
use serde_json::Value;
use std::path::Path;

/// Which credential plugins may run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PluginPolicy {
    #[default]
    AllowAll,
    DenyAll,
    /// These programs only: a path, or a name that is looked for as a shell does.
    Allowlist(Vec<String>),
}

impl PluginPolicy {
    /// The policy of a preference; the error is what client-go says of one that makes no sense.
    pub fn from_preference(preference: &Value) -> Result<Self, String> {
        let list = &preference["credentialPluginAllowlist"];
        match preference["credentialPluginPolicy"]
            .as_str()
            .unwrap_or_default()
        {
            policy @ ("" | "AllowAll" | "DenyAll") if !list.is_null() => Err(format!(
                "misconfigured credential plugin allowlist: plugin policy is {} but allowlist is non-nil",
                quote(policy)
            )),
            "" | "AllowAll" => Ok(PluginPolicy::AllowAll),
            "DenyAll" => Ok(PluginPolicy::DenyAll),
            "Allowlist" => allowlist(list).map(PluginPolicy::Allowlist),
            other => Err(format!("unknown plugin policy: {}", quote(other))),
        }
    }

    /// Refuses a plugin that must not run.
    pub fn check(&self, program: &str) -> Result<(), String> {
        let cleaned = clean(program);
        let program = cleaned.as_str();
        let allowed = match self {
            PluginPolicy::AllowAll => return Ok(()),
            PluginPolicy::DenyAll => {
                return Err(format!(
                    "plugin {} not allowed: policy set to \"DenyAll\"",
                    quote(program)
                ));
            }
            PluginPolicy::Allowlist(allowed) => allowed,
        };
        if allowed.iter().any(|entry| entry == program) {
            return Ok(());
        }
        let Some(path) = look_up(program) else {
            let why = match program.contains('/') {
                true => format!("stat {program}: no such file or directory"),
                false => "executable file not found in $PATH".to_owned(),
            };
            let program = quote(program);
            return Err(format!(
                "plugin path {program} cannot be resolved for credential plugin allowlist check: exec: {program}: {why}"
            ));
        };
        let fits =
            |entry: &String| Path::new(entry) == path || look_up(entry).as_ref() == Some(&path);
        match allowed.iter().any(fits) {
            true => Ok(()),
            false => Err(format!(
                "plugin path {} is not permitted by the credential plugin allowlist",
                quote(&path.to_string_lossy())
            )),
        }
    }
}

/// The programs of an allowlist. A mistake in it is refused rather than passed over: it is there for safety.
fn allowlist(list: &Value) -> Result<Vec<String>, String> {
    let set = "credential plugin policy set to \"Allowlist\", but allowlist is";
    let entries = match list.as_array().map(Vec::as_slice) {
        None => return Err(format!("{set} unspecified")),
        Some([]) => return Err(format!("{set} empty; use \"DenyAll\" policy instead")),
        Some(entries) => entries,
    };
    let mut programs = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let program = entry["command"].as_str().or(entry["name"].as_str());
        let Some(program) = program.filter(|program| !program.is_empty()) else {
            return Err(format!(
                "misconfigured credential plugin allowlist: empty allowlist entry #{}",
                index + 1
            ));
        };
        let cleaned = clean(program);
        if cleaned != program {
            return Err(format!(
                "non-normalized file path: {} vs {}",
                quote(program),
                quote(&cleaned)
            ));
        }
        programs.push(program.to_owned());
    }
    Ok(programs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn policy(preference: Value) -> Result<PluginPolicy, String> {
        PluginPolicy::from_preference(&preference)
    }

    #[test]
    fn a_policy_refuses_plugins() {
        let deny = policy(json!({"credentialPluginPolicy": "DenyAll"})).expect("it is right");
        assert_eq!(
            deny.check("p").expect_err("it is refused"),
            "plugin \"p\" not allowed: policy set to \"DenyAll\""
        );
        assert!(PluginPolicy::default().check("p").is_ok());
    }

    #[test]
    fn what_is_on_the_list_may_run_even_before_it_is_installed() {
        let list = json!({"credentialPluginPolicy": "Allowlist", "credentialPluginAllowlist": [{"name": "no-such-p"}]});
        let list = policy(list).expect("it is right");
        assert_eq!(list.check("no-such-p"), Ok(()));
        assert_eq!(
            list.check("no-such-q").expect_err("it is refused"),
            "plugin path \"no-such-q\" cannot be resolved for credential plugin allowlist check: exec: \"no-such-q\": \
             executable file not found in $PATH"
        );
        assert_eq!(
            list.check("/bin/sh").expect_err("it is refused"),
            "plugin path \"/bin/sh\" is not permitted by the credential plugin allowlist"
        );
    }

    #[test]
    fn mistakes_in_a_policy_are_refused() {
        for (list, want) in [
            (
                Value::Null,
                "credential plugin policy set to \"Allowlist\", but allowlist is unspecified",
            ),
            (
                json!([]),
                "credential plugin policy set to \"Allowlist\", but allowlist is empty; use \"DenyAll\" policy instead",
            ),
            (
                json!([{}]),
                "misconfigured credential plugin allowlist: empty allowlist entry #1",
            ),
            (
                json!([{"name": "./a"}]),
                "non-normalized file path: \"./a\" vs \"a\"",
            ),
            (
                json!([{"command": "/usr/bin/../bin/a"}]),
                "non-normalized file path: \"/usr/bin/../bin/a\" vs \"/usr/bin/a\"",
            ),
        ] {
            let found = policy(
                json!({"credentialPluginPolicy": "Allowlist", "credentialPluginAllowlist": list}),
            );
            assert_eq!(found.expect_err("it is refused"), want);
        }
        assert!(policy(json!({"credentialPluginPolicy": "Bogus"})).is_err());
    }
}
