//! `kubectl config set` and `unset`: single properties by their path.

use super::{exactly, for_change};
use crate::{
    error::{Error, Result},
    kubeconfig::{Kubeconfig, Section},
    session::{Session, outln},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

#[derive(clap::Args, Clone, Debug)]
pub struct SetArgs {
    /// PROPERTY_NAME PROPERTY_VALUE
    words: Vec<String>,
    /// When writing a []byte PROPERTY_VALUE, write the given string directly without base64 decoding.
    #[arg(long)]
    set_raw_bytes: bool,
}

#[derive(clap::Args, Clone, Debug)]
pub struct UnsetArgs {
    /// PROPERTY_NAME
    words: Vec<String>,
}

/// A property's place.
enum Place<'a> {
    CurrentContext,
    /// All entries of one kind.
    Section(Section),
    Entry {
        section: Section,
        name: &'a str,
        field: Option<&'a str>,
    },
}

fn place(property: &str) -> Result<Place<'_>> {
    if property == "current-context" {
        return Ok(Place::CurrentContext);
    }
    let wrong = || Error::message(format!("unable to parse {property} after [] at api.Config"));
    let parts = property.split_once('.');
    let section = match parts.map_or(property, |(list, _)| list) {
        "clusters" => Section::Clusters,
        "contexts" => Section::Contexts,
        "users" => Section::Users,
        _ => return Err(wrong()),
    };
    let Some((_, rest)) = parts else {
        return Ok(Place::Section(section));
    };
    // A name may hold dots, so the field is what stands behind the last one, if there is such a field.
    let (name, field) = match rest.rsplit_once('.') {
        Some((name, field)) if is_field(section, field) => (name, Some(field)),
        _ => (rest, None),
    };
    Ok(Place::Entry {
        section,
        name,
        field,
    })
}

fn is_field(section: Section, field: &str) -> bool {
    let fields: &[&str] = match section {
        Section::Clusters => &[
            "server",
            "tls-server-name",
            "insecure-skip-tls-verify",
            "certificate-authority",
            "certificate-authority-data",
            "proxy-url",
            "disable-compression",
        ],
        Section::Contexts => &["cluster", "user", "namespace"],
        Section::Users => &[
            "client-certificate",
            "client-certificate-data",
            "client-key",
            "client-key-data",
            "token",
            "tokenFile",
            "as",
            "as-uid",
            "username",
            "password",
        ],
    };
    fields.contains(&field)
}

pub async fn set(session: &Session, args: SetArgs) -> Result<()> {
    let [property, value] = exactly(session, &args.words, "set")?;
    if value.is_empty() {
        return Err(Error::message("you cannot use set to unset a property"));
    }
    if property.is_empty() {
        return Err(Error::message("you must specify a property"));
    }
    let (mut config, before) = for_change(session)?;
    match place(&property)? {
        Place::CurrentContext => config.set_current_context(&value),
        Place::Section(_) | Place::Entry { field: None, .. } => {
            return Err(Error::message(format!(
                "unable to parse {property} after [] at api.Config"
            )));
        }
        Place::Entry {
            section,
            name,
            field: Some(field),
        } => {
            let mut body = config
                .get(section, name)
                .cloned()
                .unwrap_or_else(|| fresh(section));
            set_field(&mut body, section, field, &value, args.set_raw_bytes)?;
            config.set(section, name, body);
        }
    }
    config.save(&before)?;
    outln!(session, "Property \"{property}\" set.")
}

fn fresh(section: Section) -> Value {
    match section {
        Section::Clusters => json!({"server": ""}),
        Section::Contexts => json!({"cluster": "", "user": ""}),
        Section::Users => json!({}),
    }
}

fn set_field(
    body: &mut Value,
    section: Section,
    field: &str,
    value: &str,
    raw: bool,
) -> Result<()> {
    let set = match field {
        "insecure-skip-tls-verify" | "disable-compression" => {
            match crate::flags::parse_bool(value).map_err(Error::message)? {
                true => Value::Bool(true),
                false => Value::Null,
            }
        }
        field if field.ends_with("-data") && raw => STANDARD.encode(value).into(),
        field if field.ends_with("-data") => {
            if let Some(at) = knarr_api::base64::fault(value.as_bytes()) {
                return Err(Error::message(format!(
                    "error decoding input value: illegal base64 data at input byte {at}"
                )));
            }
            value.into()
        }
        _ => value.into(),
    };
    match set {
        Value::Null => unset_field(body, section, field),
        set => body[field] = set,
    }
    Ok(())
}

/// Some fields are written even when they are empty.
fn unset_field(body: &mut Value, section: Section, field: &str) {
    if fresh(section).get(field).is_some() {
        body[field] = "".into();
    } else if let Some(map) = body.as_object_mut() {
        map.shift_remove(field);
    }
}

pub async fn unset(session: &Session, args: UnsetArgs) -> Result<()> {
    let [property] = exactly(session, &args.words, "unset")?;
    if property.is_empty() {
        return Err(Error::message("you must specify a property"));
    }
    let (mut config, before) = for_change(session)?;
    match place(&property)? {
        Place::Section(section) => {
            for name in config.names(section) {
                config.remove(section, &name);
            }
        }
        Place::CurrentContext => config.set_current_context(""),
        Place::Entry {
            section,
            name,
            field,
        } => unset_entry(&mut config, section, name, field)?,
    }
    config.save(&before)?;
    outln!(session, "Property \"{property}\" unset.")
}

fn unset_entry(
    config: &mut Kubeconfig,
    section: Section,
    name: &str,
    field: Option<&str>,
) -> Result<()> {
    match (field, config.get(section, name).cloned()) {
        (None, _) => drop(config.remove(section, name)),
        (Some(field), Some(mut body)) => {
            unset_field(&mut body, section, field);
            config.set(section, name, body);
        }
        (Some(_), None) => {
            return Err(Error::message(format!(
                "current map key `{name}` is invalid"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_is_an_entry_a_field_of_it_or_all_entries() {
        assert!(matches!(
            place("current-context"),
            Ok(Place::CurrentContext)
        ));
        assert!(matches!(place("users"), Ok(Place::Section(Section::Users))));
        let whole = place("clusters.10.0.0.1");
        assert!(matches!(
            whole,
            Ok(Place::Entry {
                name: "10.0.0.1",
                field: None,
                ..
            })
        ));
        let field = place("clusters.10.0.0.1.server");
        assert!(matches!(
            field,
            Ok(Place::Entry {
                name: "10.0.0.1",
                field: Some("server"),
                ..
            })
        ));
        let wrong = place("foo.bar")
            .map(drop)
            .expect_err("there is no such list");
        assert_eq!(
            wrong.to_string(),
            "unable to parse foo.bar after [] at api.Config"
        );
    }
}
