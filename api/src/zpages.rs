//! `/statusz` and `/flagz`, which every component has: since when it runs and as which version, and with which flags; as
//! text for people and as an object of `config.k8s.io` for programs (KEP-4827, KEP-4828). Who may see them is decided
//! by who serves them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::accept::{Clause, clauses};
use crate::status::Status;
use crate::{version, yaml};

/// The flags of a process by their names, without dashes.
pub type Flags = BTreeMap<String, String>;

/// The paths of the two.
pub const STATUSZ: &str = "/statusz";
pub const FLAGZ: &str = "/flagz";

/// The version whose API every component has.
const EMULATED: &str = "1.36";
const GROUP: &str = "config.k8s.io";
const CURRENT: &str = "v1beta1";
const DEPRECATED: &str = "v1alpha1";
/// What can be asked for, in the words and the order of a refusal.
const SERVED: &[&str] = &["application/json", "application/yaml", "text/plain"];
/// Paths that help nobody who looks for a fault.
const NOT_FOR_DEBUGGING: &[&str] = &["/.well-known", "/api", "/apis", "/openapi", "/openid"];

/// What `/statusz` tells.
pub struct State<'a> {
    /// Upstream's name of the component.
    pub component: &'a str,
    pub started: Timestamp,
    pub now: Timestamp,
    /// What the component answers; only the first folder of each path is told.
    pub paths: Vec<&'a str>,
}

/// The time that it is.
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A time that is told in seconds since the Unix epoch.
pub fn time(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_second(seconds as i64).ok()
}

/// An answer, and what its header `Warning` says.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub content_type: &'static str,
    pub body: String,
    pub warning: Option<&'static str>,
}

/// The form that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Json(&'static str),
    Yaml(&'static str),
}

/// The answer of `/statusz`; 406 for a form that it does not have.
pub fn statusz(accept: &str, state: &State<'_>) -> Result<Answer, Status> {
    let folders = folders(&state.paths);
    let seconds = state.now.duration_since(state.started).as_secs().max(0);
    let form = negotiate(accept, "Statusz")?;
    let deprecated = r#"299 - "This version of the statusz endpoint is deprecated. Please use a newer version.""#;
    Ok(answer(form, deprecated, |version| match version {
        None => Body::Text(status_text(state, seconds, &folders)),
        Some(version) => Body::Object(json!({
            "kind": "Statusz",
            "apiVersion": format!("{GROUP}/{version}"),
            "metadata": {"name": state.component},
            "startTime": state.started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "uptimeSeconds": seconds,
            "goVersion": "",
            "binaryVersion": claimed(),
            "emulationVersion": EMULATED,
            "paths": folders,
        })),
    }))
}

/// The answer of `/flagz`; 406 for a form that it does not have.
pub fn flagz(accept: &str, component: &str, flags: &Flags) -> Result<Answer, Status> {
    let form = negotiate(accept, "Flagz")?;
    let deprecated =
        r#"299 - "This version of the flagz endpoint is deprecated. Please use a newer version.""#;
    Ok(answer(form, deprecated, |version| match version {
        None => {
            let mut text = head(component, "flagz");
            for (name, value) in flags {
                // Writing to a string does not fail.
                let _ = writeln!(text, "{name}={value}");
            }
            Body::Text(text)
        }
        Some(version) => Body::Object(json!({
            "kind": "Flagz",
            "apiVersion": format!("{GROUP}/{version}"),
            "metadata": {"name": component},
            "flags": flags,
        })),
    }))
}

enum Body {
    Text(String),
    Object(Value),
}

fn answer(
    form: Form,
    deprecated: &'static str,
    body: impl Fn(Option<&'static str>) -> Body,
) -> Answer {
    let (content_type, version) = match form {
        Form::Text => ("text/plain; charset=utf-8", None),
        Form::Json(version) => ("application/json", Some(version)),
        Form::Yaml(version) => ("application/yaml", Some(version)),
    };
    let body = match body(version) {
        Body::Text(text) => text,
        Body::Object(object) if matches!(form, Form::Yaml(_)) => yaml::to_string(&object),
        Body::Object(object) => format!("{object}\n"),
    };
    Answer {
        content_type,
        body,
        warning: (version == Some(DEPRECATED)).then_some(deprecated),
    }
}

/// Objects are told only to who names their kind and version; text to everybody else that takes it.
fn negotiate(accept: &str, kind: &str) -> Result<Form, Status> {
    if accept.trim().is_empty() {
        return Ok(Form::Text);
    }
    let wanted = clauses(accept);
    let form = wanted.iter().find_map(|clause| form(clause, kind));
    form.ok_or_else(|| Status::not_acceptable(SERVED))
}

fn form(clause: &Clause<'_>, kind: &str) -> Option<Form> {
    let matches = |served: &str| match clause.media_type {
        "*/*" => true,
        wanted => match wanted.strip_suffix("/*") {
            Some(of) => served.split('/').next() == Some(of),
            None => wanted == served,
        },
    };
    let named = ["g", "v", "as"].map(|name| clause.get(name));
    if named == [None; 3] {
        return matches("text/plain").then_some(Form::Text);
    }
    let version = [CURRENT, DEPRECATED]
        .into_iter()
        .find(|version| named == [Some(GROUP), Some(version), Some(kind)])?;
    if matches("application/json") {
        return Some(Form::Json(version));
    }
    matches("application/yaml").then_some(Form::Yaml(version))
}

fn head(component: &str, page: &str) -> String {
    format!(
        "\n{component} {page}\nWarning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.\n"
    )
}

/// As these pages say it.
fn claimed() -> &'static str {
    version::COMPONENT.trim_start_matches('v')
}

fn status_text(state: &State<'_>, seconds: i64, folders: &BTreeSet<String>) -> String {
    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
    format!(
        "{}\nStarted: {}\nUp: {} hr {:02} min {:02} sec\nGo version: \nBinary version: {}\nEmulation version: {}\nPaths: {}\n",
        head(state.component, "statusz"),
        state.started.strftime("%a %b %e %H:%M:%S UTC %Y"),
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        claimed(),
        EMULATED,
        folders.join(" "),
    )
}

/// The first folder of each path that helps to look for faults.
fn folders(paths: &[&str]) -> BTreeSet<String> {
    let first = paths.iter().filter_map(|path| path.split('/').nth(1));
    first
        .filter(|name| !name.is_empty())
        .map(|name| format!("/{name}"))
        .filter(|folder| !NOT_FOR_DEBUGGING.contains(&folder.as_str()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State<'static> {
        State {
            component: "apiserver",
            started: "2026-01-02T03:04:05Z".parse().unwrap(),
            now: "2026-01-02T04:05:11.5Z".parse().unwrap(),
            paths: vec!["/", "/api/v1", "/readyz", "/livez/etcd", "/livez"],
        }
    }

    #[test]
    fn people_get_text() {
        let expected = "
apiserver statusz
Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.

Started: Fri Jan  2 03:04:05 UTC 2026
Up: 1 hr 01 min 06 sec
Go version: 
Binary version: 1.36.0+knarr
Emulation version: 1.36
Paths: /livez /readyz
";
        for accept in [
            "",
            " ",
            "*/*",
            "text/plain",
            "text/*",
            "application/json;v=foo;g=config.k8s.io;as=Statusz,*/*",
        ] {
            let answer = statusz(accept, &state()).unwrap();
            assert_eq!(answer.body, expected, "{accept}");
            assert_eq!(answer.content_type, "text/plain; charset=utf-8");
        }
    }

    #[test]
    fn programs_get_the_object_that_they_name() {
        let accept = "application/json;v=v1beta1;g=config.k8s.io;as=Statusz";
        let answer = statusz(accept, &state()).unwrap();
        let value: Value = serde_json::from_str(&answer.body).unwrap();
        let expected = json!({"kind": "Statusz", "apiVersion": "config.k8s.io/v1beta1",
            "metadata": {"name": "apiserver"}, "startTime": "2026-01-02T03:04:05Z", "uptimeSeconds": 3666,
            "goVersion": "", "binaryVersion": "1.36.0+knarr", "emulationVersion": "1.36",
            "paths": ["/livez", "/readyz"]});
        assert_eq!((value, answer.warning), (expected, None));
        let flags = Flags::from([("secure-port".into(), "6443".into())]);
        let accept = "application/yaml;v=v1alpha1;g=config.k8s.io;as=Flagz";
        let answer = flagz(accept, "apiserver", &flags).unwrap();
        let expected = "apiVersion: config.k8s.io/v1alpha1\nflags:\n  secure-port: \"6443\"\nkind: Flagz\nmetadata:\n  name: apiserver\n";
        assert_eq!(answer.body, expected);
        let warning = r#"299 - "This version of the flagz endpoint is deprecated. Please use a newer version.""#;
        assert_eq!(answer.warning, Some(warning));
    }

    #[test]
    fn flags_stand_in_order() {
        let flags = Flags::from([
            ("v".into(), "2".into()),
            ("bind-address".into(), "::".into()),
        ]);
        let text = flagz("", "kubelet", &flags).unwrap().body;
        assert!(text.starts_with("\nkubelet flagz\nWarning: "), "{text}");
        assert!(text.ends_with("only.\nbind-address=::\nv=2\n"), "{text}");
    }

    #[test]
    fn other_forms_are_refused() {
        for accept in [
            "application/xml",
            "application/json",
            "application/json;v=v1beta1;g=config.k8s.io",
            "application/json;v=v1beta1;g=config.k8s.io;as=Statusz",
            "text/plain;v=v1beta1;g=config.k8s.io;as=Flagz",
        ] {
            let refused = flagz(accept, "kubelet", &Flags::new()).unwrap_err();
            let message = "only the following media types are accepted: application/json, application/yaml, text/plain";
            assert_eq!(
                (refused.code, refused.message.as_str()),
                (406, message),
                "{accept}"
            );
        }
    }
}
