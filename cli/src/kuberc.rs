//! The user's own preferences (KEP-3104): aliases, defaults of flags and which credential plugins may run, from the file
//! that `--kuberc` or `KUBERC` names, or `~/.kube/kuberc`.

mod policy;
mod shapes;

pub use policy::PluginPolicy;

use crate::{
    commands,
    error::{Error, Result, go_words},
    flags::{self, GlobalArgs, words},
    session::{error_line, error_text},
};
use clap::{Args, Command};
use knarr_api::{quote::quote, yaml};
use serde_json::Value;
use std::{
    collections::HashSet,
    ffi::OsString,
    path::{Path, PathBuf},
};

const GROUP: &str = "kubectl.config.k8s.io/";

fn refused(text: String) -> Error {
    Error::Verbatim(format!("error occurred while applying preferences {text}"))
}

/// The command line as the preferences make it, and which plugins may run.
pub fn apply(args: &[OsString]) -> Result<(Vec<OsString>, PluginPolicy)> {
    let Some(preference) = load(args)? else {
        return Ok((args.to_vec(), PluginPolicy::default()));
    };
    check(&preference)?;
    let policy = PluginPolicy::from_preference(&preference).map_err(refused)?;
    let (args, alias) = with_alias(args, &preference)?;
    let args = with_defaults(args, alias.as_deref(), &preference)?;
    Ok((args, policy))
}

/// Whether the environment takes `kubectl kuberc` away.
pub fn is_gone() -> bool {
    std::env::var("KUBECTL_KUBERC").is_ok_and(|value| flags::parse_bool(&value) == Ok(false))
}

/// The file to read, and whether the user named it; `None` when preferences are switched off.
pub fn file(flag: Option<&str>) -> Result<Option<(PathBuf, bool)>> {
    let variable = std::env::var("KUBERC").unwrap_or_default();
    let off = is_gone();
    match flag.filter(|path| !path.is_empty()) {
        Some(_) if variable == "off" => Err(refused(
            "kuberc error disabling kuberc via KUBERC=off and passing kuberc flag are mutually exclusive".to_owned(),
        )),
        _ if off || variable == "off" => Ok(None),
        Some(path) => Ok(Some((path.into(), true))),
        None if !variable.is_empty() => Ok(Some((variable.into(), true))),
        None => Ok(Some((dirs::home_dir().unwrap_or_default().join(".kube/kuberc"), false))),
    }
}

fn flag_of(args: &[OsString]) -> Option<String> {
    let mut words = args
        .iter()
        .map(|word| word.to_string_lossy())
        .take_while(|word| word != "--");
    while let Some(word) = words.next() {
        if word == "--kuberc" {
            return Some(words.next().unwrap_or_default().into());
        }
        if let Some(path) = word.strip_prefix("--kuberc=") {
            return Some(path.to_owned());
        }
    }
    None
}

fn load(args: &[OsString]) -> Result<Option<Value>> {
    let flag = flag_of(args);
    if flag.as_deref() == Some("") {
        return Err(refused("kuberc file is not found".to_owned()));
    }
    let Some((path, named)) = file(flag.as_deref())? else {
        return Ok(None);
    };
    let shown = path.display();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if named => {
            let step = match error.kind() {
                std::io::ErrorKind::IsADirectory => "read",
                _ => "open",
            };
            let why = go_words(&error);
            return Err(refused(format!(
                "kuberc error kuberc: {step} {shown}: {why}"
            )));
        }
        Err(_) => return Ok(None),
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    match preference_of(&text) {
        Some(preference) => {
            let unknown = unknown_fields(&preference);
            if !unknown.is_empty() {
                // Upstream ends this line with nothing.
                error_text(&format!(
                    "kuberc: ignoring strict decoding error in {shown}: strict decoding error: {}",
                    unknown.join(", ")
                ));
            }
            Ok(Some(preference))
        }
        None => {
            let why = format!("no valid preferences found in {shown}, use --v=5 to see details");
            if named {
                return Err(refused(format!("kuberc error kuberc: {why}")));
            }
            // Upstream ends this line with nothing, either.
            error_text(&format!(
                "kuberc: no preferences loaded from {shown}: {why}"
            ));
            Ok(None)
        }
    }
}

/// The first document of a version that is known, in the form of v1beta1.
fn preference_of(text: &str) -> Option<Value> {
    let mut documents = yaml::documents(text).into_iter().filter_map(Result::ok);
    documents.find_map(|mut document| {
        let version = document["apiVersion"]
            .as_str()?
            .strip_prefix(GROUP)?
            .to_owned();
        if document["kind"] != "Preference" || !shapes::fits(&document, &version) {
            return None;
        }
        match version.as_str() {
            "v1beta1" => Some(document),
            "v1alpha1" => {
                document["defaults"] = document["overrides"].take();
                for list in ["defaults", "aliases"] {
                    for entry in document[list].as_array_mut().into_iter().flatten() {
                        entry["options"] = entry["flags"].take();
                    }
                }
                Some(document)
            }
            _ => None,
        }
    })
}

const FIELDS: &[&str] = &[
    "aliases",
    "apiVersion",
    "credentialPluginAllowlist",
    "credentialPluginPolicy",
    "defaults",
    "kind",
];
const ALIAS_FIELDS: &[&str] = &["appendArgs", "command", "name", "options", "prependArgs"];

/// What a preference has that no preference has, in Go's words.
fn unknown_fields(preference: &Value) -> Vec<String> {
    let mut unknown = Vec::new();
    note_unknown(&mut unknown, preference, "", FIELDS);
    for (list, fields) in [
        ("aliases", ALIAS_FIELDS),
        ("credentialPluginAllowlist", &["command", "name"]),
        ("defaults", &["command", "options"]),
    ] {
        for (index, entry) in entries(preference, list).enumerate() {
            let path = format!("{list}[{index}].");
            note_unknown(&mut unknown, entry, &path, fields);
            for (index, option) in entries(entry, "options").enumerate() {
                let path = format!("{path}options[{index}].");
                note_unknown(&mut unknown, option, &path, &["default", "name"]);
            }
        }
    }
    unknown.sort();
    unknown
}

fn note_unknown(unknown: &mut Vec<String>, value: &Value, path: &str, known: &[&str]) {
    let fields = value.as_object().into_iter().flatten();
    let fields =
        fields.filter(|(field, value)| !known.contains(&field.as_str()) && !value.is_null());
    unknown.extend(fields.map(|(field, _)| format!("unknown field \"{path}{field}\"")));
}

fn entries<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value[field].as_array().into_iter().flatten()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn check(preference: &Value) -> Result<()> {
    let mut names: Vec<&str> = Vec::new();
    for alias in entries(preference, "aliases") {
        let name = text(alias, "name");
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphabetic()) {
            return Err(refused(
                "invalid alias name, can only include alphabetical characters".to_owned(),
            ));
        }
        if names.contains(&name) {
            return Err(refused(format!("duplicate alias name {name}")));
        }
        names.push(name);
    }
    let owners = entries(preference, "aliases").chain(entries(preference, "defaults"));
    for option in owners.flat_map(|owner| entries(owner, "options")) {
        let name = text(option, "name");
        if name.starts_with('-') {
            return Err(refused(format!(
                "flag name {name} should be in long form without dashes"
            )));
        }
    }
    Ok(())
}

/// The command that some words name, and how many of them it takes.
fn find_command(words: &[&str]) -> Option<(Command, usize)> {
    let entry = commands::find(words.first()?)?;
    let mut command = flags::as_pflag(entry.build());
    let mut taken = 1;
    while let Some(inner) = words
        .get(taken)
        .and_then(|word| command.find_subcommand(word))
    {
        command = inner.clone();
        taken += 1;
    }
    Some((command, taken))
}

/// The long names of the flags that the user gave.
fn given(commands: &[&Command], args: &[OsString]) -> HashSet<String> {
    let parsed = words::parse(commands, args);
    let flags = parsed
        .words
        .iter()
        .take_while(|word| *word != "--")
        .filter_map(|word| word.to_str()?.strip_prefix("--"));
    flags
        .filter_map(|flag| flag.split('=').next())
        .map(str::to_owned)
        .collect()
}

/// `--name=value` for each option that the user did not give.
fn options(
    owner: &Value,
    command: &Command,
    args: &[OsString],
    unknown: &dyn Fn(&str) -> String,
) -> Result<Vec<OsString>> {
    let root = GlobalArgs::augment_args(Command::new("kubectl"));
    let given = given(&[command, &root], args);
    let mut words = Vec::new();
    for option in entries(owner, "options") {
        let name = text(option, "name");
        let mut known = command.get_arguments().chain(root.get_arguments());
        if !known.any(|flag| flag.get_long() == Some(name)) {
            return Err(refused(unknown(name)));
        }
        if !given.contains(name) {
            words.push(format!("--{name}={}", text(option, "default")).into());
        }
    }
    Ok(words)
}

/// The index of the command's name.
fn position(args: &[OsString]) -> Option<usize> {
    let root = GlobalArgs::augment_args(Command::new("kubectl"));
    words::next_command(&[&root], args.get(1..)?).map(|index| index + 1)
}

/// The command line with what an alias stands for, and the alias.
fn with_alias(args: &[OsString], preference: &Value) -> Result<(Vec<OsString>, Option<String>)> {
    let Some(at) = position(args) else {
        return Ok((args.to_vec(), None));
    };
    let name = args[at].to_string_lossy().into_owned();
    let alias = entries(preference, "aliases").find(|alias| text(alias, "name") == name);
    let Some(alias) = alias.filter(|_| commands::find(&name).is_none()) else {
        return Ok((args.to_vec(), None));
    };
    let command = text(alias, "command");
    let words: Vec<&str> = command.split_whitespace().collect();
    let Some((found, taken)) = find_command(&words) else {
        return Err(refused(format!(
            "command {} not found to set alias {}: [{command}]",
            quote(command),
            quote(&name)
        )));
    };
    let program = args[0].to_string_lossy();
    let unknown = |flag: &str| format!("invalid alias flag {flag} in alias {program}");
    let list = |field: &str| -> Vec<OsString> {
        entries(alias, field)
            .filter_map(Value::as_str)
            .map(Into::into)
            .collect()
    };
    let mut expanded = args[..at].to_vec();
    expanded.extend(words[..taken].iter().map(Into::into));
    expanded.extend(options(alias, &found, args, &unknown)?);
    expanded.extend(list("prependArgs"));
    expanded.extend_from_slice(&args[at + 1..]);
    expanded.extend(list("appendArgs"));
    Ok((expanded, Some(name)))
}

/// Puts the defaults of the command behind its name, before what the user gave. An alias is a command of its own, which
/// has no defaults but those that are told with it.
fn with_defaults(
    args: Vec<OsString>,
    alias: Option<&str>,
    preference: &Value,
) -> Result<Vec<OsString>> {
    let Some(at) = position(&args) else {
        return Ok(args);
    };
    let shown: Vec<String> = args[at..]
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let words: Vec<&str> = shown.iter().map(String::as_str).collect();
    let Some((command, taken)) = find_command(&words) else {
        return Ok(args);
    };
    let mut added = Vec::new();
    for default in entries(preference, "defaults") {
        let name = text(default, "command");
        let parts: Vec<&str> = name.split_whitespace().collect();
        if parts.is_empty() {
            continue;
        }
        if let Some(alias) = alias.filter(|alias| parts[0] == *alias) {
            return Err(refused(format!("alias {alias} can not be overridden")));
        }
        let Some((wanted, _)) = find_command(&parts) else {
            error_line(&format!(
                "Warning: command {} not found to set kuberc override",
                quote(name)
            ));
            continue;
        };
        if wanted.get_name() == command.get_name() && alias.is_none() {
            let unknown = |flag: &str| format!("invalid flag {flag} for command {name}");
            added.extend(options(default, &command, &args, &unknown)?);
        }
    }
    let mut args = args;
    args.splice(at + taken..at + taken, added);
    Ok(args)
}

/// An empty file of preferences.
pub fn empty() -> Value {
    serde_json::json!({
        "kind": "Preference", "apiVersion": format!("{GROUP}v1beta1"), "defaults": null, "aliases": null,
    })
}

/// The preferences of a file, for the commands that show and change it.
pub fn read(path: &Path) -> Result<Option<Value>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(preference_of(&text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::message(format!("open {}: {error}", path.display()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_are_named() {
        let preference = preference_of(
            "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\nzoo: 1\ndefaults:\n- command: get\n  nope: 1\n  \
             options: [{name: output, default: name, x: y}]\n",
        );
        assert_eq!(
            unknown_fields(&preference.expect("it is one")),
            [
                "unknown field \"defaults[0].nope\"",
                "unknown field \"defaults[0].options[0].x\"",
                "unknown field \"zoo\"",
            ]
        );
    }
    use serde_json::json;

    #[test]
    fn a_letter_in_a_value_gives_no_flag() {
        let (get, _) = find_command(&["get"]).expect("there is get");
        let flags = |line: &str| given(&[&get], &words(line));
        assert!(!flags("kubectl get pods -lo=w").contains("output"));
        assert!(!flags("kubectl get pods -l -o").contains("output"));
        assert!(flags("kubectl get pods -Aowide").contains("output"));
        assert!(!flags("kubectl get -- -o").contains("output"));
    }

    fn words(text: &str) -> Vec<OsString> {
        text.split(' ').map(Into::into).collect()
    }

    #[test]
    fn an_alias_stands_for_a_command_with_flags_and_words() {
        let preference = json!({"aliases": [{"name": "getn", "command": "get", "prependArgs": ["nodes"],
            "appendArgs": ["x"], "options": [{"name": "output", "default": "wide"}]}]});
        let expand = |line: &str| {
            let (words, _) = with_alias(&words(line), &preference).expect("it is right");
            words
        };
        assert_eq!(
            expand("kubectl -n a getn b"),
            words("kubectl -n a get --output=wide nodes b x")
        );
        assert_eq!(
            expand("kubectl getn -ojson"),
            words("kubectl get nodes -ojson x")
        );
        assert_eq!(expand("kubectl get pods"), words("kubectl get pods"));
    }

    #[test]
    fn an_alias_has_no_defaults_but_its_own() {
        let preference = json!({
            "aliases": [{"name": "g", "command": "get"}],
            "defaults": [{"command": "get", "options": [{"name": "output", "default": "name"}]}]});
        let (line, alias) = with_alias(&words("kubectl g ns"), &preference).expect("it is right");
        assert_eq!(alias.as_deref(), Some("g"));
        let line = with_defaults(line, alias.as_deref(), &preference);
        assert_eq!(line.expect("it is right"), words("kubectl get ns"));
        let own = json!({"defaults": [{"command": "g", "options": []}]});
        let refused = with_defaults(words("kubectl get ns"), Some("g"), &own);
        assert_eq!(
            refused.expect_err("it is an alias").to_string(),
            "error occurred while applying preferences alias g can not be overridden"
        );
    }

    #[test]
    fn defaults_give_way_to_what_the_user_says() {
        let preference = json!({"defaults": [
            {"command": "create deployment", "options": [{"name": "replicas", "default": "2"}]},
            {"command": "delete", "options": [{"name": "interactive", "default": "true"}]}]});
        let with = |line: &str| with_defaults(words(line), None, &preference).expect("it is right");
        assert_eq!(
            with("kubectl create deployment x"),
            words("kubectl create deployment --replicas=2 x")
        );
        assert_eq!(
            with("kubectl create deployment x -r 1"),
            words("kubectl create deployment x -r 1")
        );
        assert_eq!(
            with("kubectl delete pod x"),
            words("kubectl delete --interactive=true pod x")
        );
    }

    #[test]
    fn the_older_version_is_read_too() {
        let old = "apiVersion: kubectl.config.k8s.io/v1alpha1\nkind: Preference\noverrides:\n- command: get\n  flags:\n  - \
                   {name: output, default: wide}\n";
        let preference = preference_of(old).expect("it is known");
        assert_eq!(preference["defaults"][0]["options"][0]["name"], "output");
        assert!(preference_of("kind: Preference").is_none());
    }
}
