//! `kubectl set env`: environment variables of containers, set, removed, taken from config maps and secrets, listed.

use super::{ChangeArgs, Report, pod_spec::containers_mut, pod_spec::pod_spec_mut};
use crate::{
    client::Request,
    error::{Error, Result},
    resource::{self, Info},
    session::{Session, errln, outln},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use knarr_api::{
    meta,
    quantity::{Format, Quantity},
    quote::quote,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

const KEY_RULE: &str = "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or \
                        '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', \
                        regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')";

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The resources, then KEY=VALUE and KEY-
    words: Vec<String>,
    #[command(flatten)]
    change: ChangeArgs,
    /// The names of containers in the selected pod templates to change - may use wildcards
    #[arg(short = 'c', long, default_value = "*")]
    containers: String,
    /// Specify a key-value pair for an environment variable to set into each container.
    #[arg(short = 'e', long)]
    env: Vec<String>,
    /// The name of a resource from which to inject environment variables
    #[arg(long)]
    from: Option<String>,
    /// Comma-separated list of keys to import from specified resource
    #[arg(long, value_delimiter = ',')]
    keys: Vec<String>,
    /// If true, display the environment and any changes in the standard format. this flag will removed when we have kubectl view env.
    #[arg(long)]
    list: bool,
    /// If true, allow environment to be overwritten, otherwise reject updates that overwrite existing environment.
    #[arg(long, action = clap::ArgAction::Set, default_value = "true")]
    overwrite: bool,
    /// Prefix to append to variable names
    #[arg(long)]
    prefix: Option<String>,
    /// If true, show secret or configmap references when listing variables
    #[arg(long)]
    resolve: bool,
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.
    #[arg(short = 'l', long)]
    selector: Option<String>,
}

/// Variables to set (each a value of `EnvVar`), and names to remove.
#[derive(Debug, Default, PartialEq, Eq)]
struct Changes {
    set: Vec<Value>,
    remove: Vec<String>,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let plan = args.change.plan()?;
    let selector = args.selector.as_deref();
    let (resources, words) = split(&args.words)?;
    args.change.check(&plan, selector)?;
    if resources.is_empty() && args.change.files.is_empty() {
        return Err(Error::message(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    if args.list
        && args
            .change
            .print
            .output
            .as_deref()
            .is_some_and(|output| !output.is_empty())
    {
        return Err(Error::message(
            "--list and --output may not be specified together",
        ));
    }
    let from = args.from.as_deref().unwrap_or_default();
    if !args.keys.is_empty() && from.is_empty() {
        return Err(Error::message(
            "when specifying --keys, a configmap or secret must be provided with --from",
        ));
    }
    let mut changes = Changes::parse(&[args.env.clone(), words].concat())?;
    if !from.is_empty() {
        changes
            .set
            .extend(imported(session, from, &args.keys).await?);
    }
    if let Some(prefix) = args.prefix.as_deref() {
        for variable in &mut changes.set {
            let name = variable["name"].as_str().unwrap_or_default();
            variable["name"] = format!("{prefix}{name}").into();
        }
    }
    // Names are not even looked at where no server is asked.
    let named = if args.change.local {
        &[]
    } else {
        &resources[..]
    };
    let infos = args.change.find(session, named, selector).await?;
    if args.list {
        return list(session, &args, infos, &changes).await;
    }
    let failed = "failed to patch env update to pod template: ";
    let errors = args
        .change
        .apply(
            session,
            plan,
            infos,
            Report::of("env updated", failed),
            |object| update(session, &args, object, &changes).map(drop),
        )
        .await?;
    Error::all(errors)
}

/// The resources, then the changes.
fn split(words: &[String]) -> Result<(Vec<String>, Vec<String>)> {
    let (mut resources, mut changes) = (Vec::new(), Vec::new());
    for word in words {
        let is_change = word.find('=').is_some_and(|place| place > 0) || word.ends_with('-');
        match (is_change, changes.is_empty()) {
            (true, _) => changes.push(word.clone()),
            (false, true) => resources.push(word.clone()),
            (false, false) => {
                return Err(Error::message(format!(
                    "all resources must be specified before environment changes: {}",
                    words.join(" ")
                )));
            }
        }
    }
    Ok((resources, changes))
}

impl Changes {
    fn parse(words: &[String]) -> Result<Self> {
        let mut changes = Changes::default();
        for word in words {
            if word == "-" {
                let text = std::io::read_to_string(std::io::stdin())?;
                for line in text.lines() {
                    let line = line.trim_start();
                    if !line.is_empty() && !line.starts_with('#') && line.contains('=') {
                        changes.add(line)?;
                    }
                }
            } else if word.contains('=') {
                changes.add(word)?;
            } else if let Some(name) = word.strip_suffix('-') {
                changes.remove.push(name.to_owned());
            } else {
                return Err(Error::message(format!(
                    "unknown environment variable: {word}"
                )));
            }
        }
        let names: BTreeSet<&str> = changes
            .set
            .iter()
            .filter_map(|one| one["name"].as_str())
            .collect();
        if changes
            .remove
            .iter()
            .any(|name| names.contains(name.as_str()))
        {
            return Err(Error::message(
                "can not both modify and remove the same environment variable in the same command",
            ));
        }
        Ok(changes)
    }

    fn add(&mut self, pair: &str) -> Result<()> {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || "-._".contains(c));
        let rest = name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
        if !begins || !rest {
            return Err(Error::message(format!(
                "{} is not a valid key name: {KEY_RULE}",
                quote(name)
            )));
        }
        self.set.push(json!({"name": name, "value": value}));
        Ok(())
    }
}

/// References to the keys of a config map or secret.
async fn imported(session: &Session, from: &str, keys: &[String]) -> Result<Vec<Value>> {
    let mut variables = Vec::new();
    for target in resource::targets(session, &[from.to_owned()]).await? {
        for info in target.infos(session, &Default::default()).await? {
            let reference = match info.mapping.kind.as_str() {
                "Secret" => "secretKeyRef",
                "ConfigMap" => "configMapKeyRef",
                _ => return Err(Error::message("unsupported resource specified in --from")),
            };
            let data = info.object["data"].as_object().into_iter().flatten();
            let mut names: Vec<&String> = data.map(|(key, _)| key).collect();
            names.sort();
            for key in names {
                if keys.is_empty() || keys.contains(key) {
                    let name = variable_name(key);
                    if name != *key {
                        errln!(session, "Warning: key {key} transferred to {name}");
                    }
                    variables.push(json!({"name": name,
                        "valueFrom": {reference: {"name": info.name, "key": key}}}));
                }
            }
        }
    }
    Ok(variables)
}

fn variable_name(key: &str) -> String {
    key.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect()
}

/// Changes the containers of an object; returns the names of those that are meant and their variables.
fn update(
    session: &Session,
    args: &Args,
    object: &mut Value,
    changes: &Changes,
) -> Result<Vec<(String, Vec<Value>)>> {
    let title = format!("{}/{}", meta::kind(object), meta::name(object));
    let mut found = Vec::new();
    for container in containers_mut(pod_spec_mut(object)?, &args.containers) {
        let existing = container["env"].as_array().cloned().unwrap_or_default();
        if !args.overwrite {
            refuse_overwrites(&existing, &changes.set)?;
        }
        let updated = merged(&existing, changes);
        if updated != existing {
            container["env"] = updated.clone().into();
        }
        found.push((
            container["name"].as_str().unwrap_or_default().to_owned(),
            updated,
        ));
    }
    if found.is_empty() {
        errln!(
            session,
            "Warning: {title} does not have any containers matching {}",
            quote(&args.containers)
        );
    }
    Ok(found)
}

fn refuse_overwrites(existing: &[Value], wanted: &[Value]) -> Result<()> {
    for variable in wanted {
        let current = existing.iter().find(|one| one["name"] == variable["name"]);
        let value = |one: &Value| one["value"].as_str().unwrap_or_default().to_owned();
        if let Some(current) = current.filter(|current| value(current) != value(variable)) {
            return Err(Error::message(format!(
                "'{}' already has a value ({}), and --overwrite is false",
                current["name"].as_str().unwrap_or_default(),
                value(current)
            )));
        }
    }
    Ok(())
}

/// The variables in their order, replaced or left out, and the new ones behind them.
fn merged(existing: &[Value], changes: &Changes) -> Vec<Value> {
    let mut covered: BTreeSet<&str> = changes.remove.iter().map(String::as_str).collect();
    let mut variables = Vec::new();
    for variable in existing {
        let name = variable["name"].as_str().unwrap_or_default();
        if covered.contains(name) {
            continue;
        }
        match changes.set.iter().find(|one| one["name"] == name) {
            Some(newer) => {
                covered.insert(name);
                variables.push(newer.clone());
            }
            None => variables.push(variable.clone()),
        }
    }
    for variable in &changes.set {
        if covered.insert(variable["name"].as_str().unwrap_or_default()) {
            variables.push(variable.clone());
        }
    }
    variables
}

async fn list(session: &Session, args: &Args, infos: Vec<Info>, changes: &Changes) -> Result<()> {
    let mut store = HashMap::new();
    for mut info in infos {
        let kind = info.mapping.kind.clone();
        // What can't be listed has been said; upstream goes on, too.
        let containers = update(session, args, &mut info.object, changes).unwrap_or_default();
        for (container, variables) in containers {
            let spec = pod_spec_mut(&mut info.object)?;
            let resources = containers_mut(spec, &container)
                .next()
                .map_or(Value::Null, |container| container["resources"].clone());
            outln!(session, "# {kind} {}, container {container}", info.name)?;
            let mut faults: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for variable in &variables {
                let name = variable["name"].as_str().unwrap_or_default();
                let Some(from) = variable.get("valueFrom") else {
                    let value = variable["value"].as_str().unwrap_or_default();
                    outln!(session, "{name}={value}")?;
                    continue;
                };
                if args.resolve {
                    match resolved(session, &mut store, &info, &resources, from).await {
                        Ok(value) => {
                            outln!(session, "{name}={value}")?;
                            continue;
                        }
                        Err(error) => faults
                            .entry(error.to_string())
                            .or_default()
                            .push(name.to_owned()),
                    }
                }
                outln!(session, "# {name} from {}", described(from))?;
            }
            for (fault, mut names) in faults {
                names.sort();
                errln!(
                    session,
                    "error retrieving reference for {}: {fault}",
                    names.join(", ")
                );
            }
        }
    }
    Ok(())
}

/// Where a value comes from, in words.
fn described(from: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if let Some(key) = from.get("configMapKeyRef") {
        return format!(
            "configmap {}, key {}",
            text(&key["name"]),
            text(&key["key"])
        );
    }
    if let Some(key) = from.get("secretKeyRef") {
        return format!("secret {}, key {}", text(&key["name"]), text(&key["key"]));
    }
    if let Some(field) = from.get("fieldRef") {
        return format!("field path {}", text(&field["fieldPath"]));
    }
    match from.get("resourceFieldRef") {
        Some(field) => {
            let container = match text(&field["containerName"]) {
                name if name.is_empty() => name,
                name => format!("{name}/"),
            };
            format!("resource field {container}{}", text(&field["resource"]))
        }
        None => "invalid valueFrom".to_owned(),
    }
}

async fn resolved(
    session: &Session,
    store: &mut HashMap<String, Value>,
    info: &Info,
    resources: &Value,
    from: &Value,
) -> Result<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for (field, plural) in [
        ("configMapKeyRef", "configmaps"),
        ("secretKeyRef", "secrets"),
    ] {
        let Some(reference) = from.get(field) else {
            continue;
        };
        let (name, key) = (text(&reference["name"]), text(&reference["key"]));
        let mapping = session.mapper()?.resource(plural).await?;
        let path = mapping.path(&info.namespace, &name);
        if !store.contains_key(&path) {
            let object = session
                .client()?
                .send(Request::get(path.as_str()).typed())
                .await?;
            store.insert(path.clone(), object);
        }
        let value = store[&path]["data"][&key].as_str().ok_or_else(|| {
            let kind = plural.trim_end_matches('s');
            Error::message(format!("key {key} not found in {kind} {name}"))
        })?;
        return Ok(match plural {
            "secrets" => {
                String::from_utf8_lossy(&STANDARD.decode(value).unwrap_or_default()).into_owned()
            }
            _ => value.to_owned(),
        });
    }
    if let Some(field) = from.get("fieldRef") {
        let path = text(&field["fieldPath"]);
        return match path.as_str() {
            "metadata.name" | "metadata.namespace" | "metadata.uid" => {
                Ok(meta::string(&info.object, path.trim_start_matches("metadata.")).to_owned())
            }
            _ => Err(Error::message(format!("unsupported fieldPath: {path}"))),
        };
    }
    match from.get("resourceFieldRef") {
        Some(field) => resource_amount(resources, field),
        None => Err(Error::message("invalid valueFrom")),
    }
}

/// What a container requests or may use at most, in units of the divisor, rounded up; nothing is 0.
fn resource_amount(resources: &Value, field: &Value) -> Result<String> {
    let path = field["resource"].as_str().unwrap_or_default();
    let quantity = |value: &Value| {
        Quantity::from_value(value)
            .ok()
            .filter(|one| !one.is_zero())
    };
    let (bound, name) = path.split_once('.').unwrap_or_default();
    let units: fn(Quantity) -> i64 = match (bound, name) {
        ("limits" | "requests", "cpu") => Quantity::milli_value,
        ("limits" | "requests", "memory" | "ephemeral-storage") => Quantity::value,
        _ => {
            return Err(Error::message(format!(
                "unsupported container resource : {path}"
            )));
        }
    };
    let one = Quantity::from_units(1, Format::DecimalSi);
    let amount = quantity(&resources[bound][name]).map_or(0, units);
    let divisor = units(quantity(&field["divisor"]).unwrap_or(one)).max(1);
    Ok((amount / divisor + i64::from(amount % divisor > 0)).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn variables_keep_their_places() {
        let changes = Changes::parse(&words("B=2 D=4 A-")).expect("valid");
        let existing = [
            json!({"name": "A", "value": "1"}),
            json!({"name": "B", "value": "1"}),
            json!({"name": "C"}),
        ];
        assert_eq!(
            Value::from(merged(&existing, &changes)),
            json!([{"name": "B", "value": "2"}, {"name": "C"}, {"name": "D", "value": "4"}])
        );
    }

    #[test]
    fn a_resource_is_counted_in_its_divisor_and_rounded_up() {
        let resources = json!({"limits": {"cpu": "1500m", "memory": "1Gi"}});
        for (path, divisor, want) in [
            ("limits.cpu", "0", "2"),
            ("limits.cpu", "1m", "1500"),
            ("limits.memory", "1Mi", "1024"),
            ("requests.cpu", "0", "0"),
        ] {
            let field = json!({"resource": path, "divisor": divisor});
            assert_eq!(resource_amount(&resources, &field).expect(path), want);
        }
        assert!(resource_amount(&resources, &json!({"resource": "limits.foo"})).is_err());
    }

    #[test]
    fn a_variable_is_not_set_and_removed() {
        assert!(Changes::parse(&words("A=1 A-")).is_err());
        assert!(Changes::parse(&words("1A=1")).is_err());
        assert!(split(&words("deploy/web A=1 pod/x")).is_err());
    }
}
