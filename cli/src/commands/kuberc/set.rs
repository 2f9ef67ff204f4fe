//! `kubectl kuberc set`: a default, an alias, or the policy of credential plugins.

use super::{path, write};
use crate::{
    error::{Error, Result},
    kuberc,
    session::Session,
};
use knarr_api::quote::quote;
use serde_json::{Map, Value, json};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// What upstream takes, and does nothing with.
    #[arg(hide = true)]
    words: Vec<String>,
    /// Allowlist entry the form field=value (can be specified multiple times)
    #[arg(long, value_delimiter = ',')]
    allowlist_entry: Vec<String>,
    /// Argument to append to the command (can be specified multiple times, for aliases only)
    #[arg(long)]
    appendarg: Vec<String>,
    /// Command to configure (e.g., 'get', 'create', 'set env')
    #[arg(long)]
    command: Option<String>,
    /// Alias name (required for --section=aliases)
    #[arg(long)]
    name: Option<String>,
    /// Flag option in the form flag=value (can be specified multiple times)
    #[arg(long)]
    option: Vec<String>,
    /// Allow overwriting existing entries
    #[arg(long)]
    overwrite: bool,
    /// Plugin policy to use for exec credential plugins, must be one of 'AllowAll', 'DenyAll' or 'Allowlist'
    #[arg(long)]
    policy: Option<String>,
    /// Argument to prepend to the command (can be specified multiple times, for aliases only)
    #[arg(long)]
    prependarg: Vec<String>,
    /// Section to modify: 'defaults', 'aliases', or 'credentialplugin'
    #[arg(long, required = true)]
    section: String,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    check(&args)?;
    let path = path(session)?;
    let mut preference = kuberc::read(&path)?.unwrap_or_else(kuberc::empty);
    match args.section.as_str() {
        "credentialplugin" => set_policy(&args, &mut preference)?,
        "aliases" => set_alias(&args, &mut preference)?,
        _ => set_default(&args, &mut preference)?,
    }
    write(session, &path, &preference)
}

fn given(flag: &Option<String>) -> &str {
    flag.as_deref().unwrap_or_default()
}

fn check(args: &Args) -> Result<()> {
    let wrong = |text: String| Err(Error::Message(text));
    if !matches!(
        args.section.as_str(),
        "defaults" | "aliases" | "credentialplugin"
    ) {
        return wrong(format!(
            "--section must be \"defaults\", \"aliases\", or \"credentialplugin\", got: {}",
            args.section
        ));
    }
    if args.section == "credentialplugin" {
        return match given(&args.policy) {
            "" => wrong("--policy is required when --section=credentialplugin".to_owned()),
            "AllowAll" | "DenyAll" if !args.allowlist_entry.is_empty() => wrong(
                "--allowlist-entry may only be used when --section=credentialplugin and --policy=Allowlist"
                    .to_owned(),
            ),
            "Allowlist" if args.allowlist_entry.is_empty() => wrong(
                "--allowlist-entry is required when --section=credentialplugin and --policy=Allowlist"
                    .to_owned(),
            ),
            "AllowAll" | "DenyAll" | "Allowlist" => Ok(()),
            other => wrong(format!(
                " --policy must be  \"AllowAll\", \"DenyAll\", or \"Allowlist\", got: {other}"
            )),
        };
    }
    if args.section == "aliases" && given(&args.name).is_empty() {
        return wrong("--name is required when --section=aliases".to_owned());
    }
    let words = args.prependarg.len() + args.appendarg.len();
    if args.section == "defaults" && args.name.is_some() {
        return wrong("--name should not be specified when --section=defaults".to_owned());
    }
    if args.section == "defaults" && words > 0 {
        return wrong(
            "--prependarg and --appendarg are only valid for --section=aliases".to_owned(),
        );
    }
    if given(&args.command).is_empty() {
        return wrong(
            "--command is required when --section=aliases or --section=defaults".to_owned(),
        );
    }
    Ok(())
}

fn options(args: &Args) -> Result<Vec<Value>> {
    args.option
        .iter()
        .map(|option| match option.split_once('=') {
            Some((name, value)) => Ok(json!({"name": name, "default": value})),
            None => Err(Error::message(format!(
                "invalid option format {}, expected flag=value",
                quote(option)
            ))),
        })
        .collect()
}

/// Puts an entry in the place of the one that `is_same`, or behind all others.
fn put(
    list: &mut Value,
    entry: Value,
    overwrite: bool,
    is_same: impl Fn(&Value) -> bool,
    what: &str,
) -> Result<()> {
    if !list.is_array() {
        *list = json!([]);
    }
    let entries = list.as_array_mut().map(std::mem::take).unwrap_or_default();
    let mut entries = entries;
    match entries.iter().position(is_same) {
        Some(_) if !overwrite => {
            return Err(Error::message(format!(
                "{what}, use --overwrite to replace"
            )));
        }
        Some(index) => entries[index] = entry,
        None => entries.push(entry),
    }
    *list = entries.into();
    Ok(())
}

fn set_default(args: &Args, preference: &mut Value) -> Result<()> {
    let command = given(&args.command);
    let mut entry = json!({"command": command});
    let options = options(args)?;
    if !options.is_empty() {
        entry["options"] = options.into();
    }
    let what = format!("defaults for command {} already exist", quote(command));
    let same = |entry: &Value| entry["command"] == command;
    put(
        &mut preference["defaults"],
        entry,
        args.overwrite,
        same,
        &what,
    )
}

fn set_alias(args: &Args, preference: &mut Value) -> Result<()> {
    let name = given(&args.name);
    let mut entry = Map::new();
    entry.insert("name".to_owned(), name.into());
    entry.insert("command".to_owned(), given(&args.command).into());
    for (field, words) in [
        ("prependArgs", &args.prependarg),
        ("appendArgs", &args.appendarg),
    ] {
        if !words.is_empty() {
            entry.insert(field.to_owned(), json!(words));
        }
    }
    let options = options(args)?;
    if !options.is_empty() {
        entry.insert("options".to_owned(), options.into());
    }
    let what = format!("alias {} already exists", quote(name));
    let same = |entry: &Value| entry["name"] == name;
    put(
        &mut preference["aliases"],
        Value::Object(entry),
        args.overwrite,
        same,
        &what,
    )
}

fn set_policy(args: &Args, preference: &mut Value) -> Result<()> {
    let mut list = Vec::new();
    for entry in &args.allowlist_entry {
        match entry.split_once('=') {
            Some(("command", command)) => list.push(json!({"command": command})),
            Some(("name", _)) => {
                return Err(Error::message(
                    "allowlist entry field \"name\" is deprecated, use \"command\" instead",
                ));
            }
            Some((field, _)) => {
                return Err(Error::message(format!(
                    "unrecognized allowlist entry field: {}",
                    quote(field)
                )));
            }
            None => {
                return Err(Error::message(format!(
                    "improperly formatted allowlist entry: {}",
                    quote(entry)
                )));
            }
        }
    }
    preference["credentialPluginPolicy"] = given(&args.policy).into();
    if list.is_empty() {
        if let Some(fields) = preference.as_object_mut() {
            fields.shift_remove("credentialPluginAllowlist");
        }
    } else {
        preference["credentialPluginAllowlist"] = list.into();
    }
    Ok(())
}
