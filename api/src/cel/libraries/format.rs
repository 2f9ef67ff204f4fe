//! Named formats: `format.dns1123Label().validate(name)` gives what is wrong, as an optional list.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::url::Url;
use super::{Outcome, Row, function, method, mismatch};
use crate::cel::value::Value;
use crate::quote::quote;
use crate::validation::names;

pub const ROWS: &[Row] = &[
    function(
        "format.named",
        "string -> optional(kubernetes.NamedFormat)",
        named,
    ),
    function(
        "format.dns1123Label",
        " -> kubernetes.NamedFormat",
        dns1123_label,
    ),
    function(
        "format.dns1123Subdomain",
        " -> kubernetes.NamedFormat",
        dns1123_subdomain,
    ),
    function(
        "format.dns1035Label",
        " -> kubernetes.NamedFormat",
        dns1035_label,
    ),
    function(
        "format.dns1123LabelPrefix",
        " -> kubernetes.NamedFormat",
        dns1123_label_prefix,
    ),
    function(
        "format.dns1123SubdomainPrefix",
        " -> kubernetes.NamedFormat",
        dns1123_subdomain_prefix,
    ),
    function(
        "format.dns1035LabelPrefix",
        " -> kubernetes.NamedFormat",
        dns1035_label_prefix,
    ),
    function(
        "format.qualifiedName",
        " -> kubernetes.NamedFormat",
        qualified_name,
    ),
    function(
        "format.labelValue",
        " -> kubernetes.NamedFormat",
        label_value,
    ),
    function("format.uri", " -> kubernetes.NamedFormat", uri),
    function("format.uuid", " -> kubernetes.NamedFormat", uuid),
    function("format.byte", " -> kubernetes.NamedFormat", byte),
    function("format.date", " -> kubernetes.NamedFormat", date),
    function("format.datetime", " -> kubernetes.NamedFormat", datetime),
    method(
        "validate",
        "kubernetes.NamedFormat, string -> optional(list(string))",
        validate,
    ),
];

/// The formats that have a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedFormat {
    Dns1123Label,
    Dns1123Subdomain,
    Dns1035Label,
    Dns1123LabelPrefix,
    Dns1123SubdomainPrefix,
    Dns1035LabelPrefix,
    QualifiedName,
    LabelValue,
    Uri,
    Uuid,
    Byte,
    Date,
    Datetime,
}

const NAMES: &[(&str, NamedFormat)] = &[
    ("dns1123Label", NamedFormat::Dns1123Label),
    ("dns1123Subdomain", NamedFormat::Dns1123Subdomain),
    ("dns1035Label", NamedFormat::Dns1035Label),
    ("dns1123LabelPrefix", NamedFormat::Dns1123LabelPrefix),
    (
        "dns1123SubdomainPrefix",
        NamedFormat::Dns1123SubdomainPrefix,
    ),
    ("dns1035LabelPrefix", NamedFormat::Dns1035LabelPrefix),
    ("qualifiedName", NamedFormat::QualifiedName),
    ("labelValue", NamedFormat::LabelValue),
    ("uri", NamedFormat::Uri),
    ("uuid", NamedFormat::Uuid),
    ("byte", NamedFormat::Byte),
    ("date", NamedFormat::Date),
    ("datetime", NamedFormat::Datetime),
];

impl NamedFormat {
    /// How long the expression is taken to be that texts are held against.
    pub fn regex_size(self) -> u64 {
        match self {
            Self::Dns1123Label | Self::Dns1123LabelPrefix => 30,
            Self::Dns1035Label | Self::Dns1035LabelPrefix => 30,
            Self::Dns1123Subdomain | Self::Dns1123SubdomainPrefix | Self::QualifiedName => 60,
            Self::LabelValue => 40,
            Self::Uri => 1103,
            Self::Uuid => 70,
            Self::Byte => 84,
            Self::Date | Self::Datetime => 71,
        }
    }

    fn faults(self, text: &str) -> names::Reasons {
        // A name that will be completed may end in a dash.
        let completed = || match text.strip_suffix('-') {
            Some(rest) => format!("{rest}a"),
            None => text.to_owned(),
        };
        let unless = |valid: bool, why: &'static str| {
            if valid { Vec::new() } else { vec![why.into()] }
        };
        match self {
            Self::Dns1123Label => names::is_dns1123_label(text),
            Self::Dns1123Subdomain => names::is_dns1123_subdomain(text),
            Self::Dns1035Label => names::is_dns1035_label(text),
            Self::Dns1123LabelPrefix => names::is_dns1123_label(&completed()),
            Self::Dns1123SubdomainPrefix => names::is_dns1123_subdomain(&completed()),
            Self::Dns1035LabelPrefix => names::is_dns1035_label(&completed()),
            Self::QualifiedName => names::is_qualified_name(text),
            Self::LabelValue => names::is_label_value(text),
            Self::Uri => match Url::parse(text) {
                Some(_) => Vec::new(),
                None => {
                    let why = format!("parse {}: invalid URI for request", quote(text));
                    vec![why.into()]
                }
            },
            Self::Uuid => unless(is_uuid(text), "does not match the UUID format"),
            Self::Byte => unless(STANDARD.decode(text).is_ok(), "invalid base64"),
            Self::Date => unless(text.parse::<jiff::civil::Date>().is_ok(), "invalid date"),
            Self::Datetime => unless(text.parse::<jiff::Timestamp>().is_ok(), "invalid datetime"),
        }
    }
}

fn is_uuid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = text.split('-').collect();
    let hexadecimal = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    if parts.len() == 1 {
        return text.len() == 32 && hexadecimal(text);
    }
    parts.len() == lengths.len()
        && parts
            .iter()
            .zip(lengths)
            .all(|(part, length)| part.len() == length && hexadecimal(part))
}

fn named(args: &[Value]) -> Outcome {
    let [Value::String(name)] = args else {
        return mismatch();
    };
    let found = NAMES.iter().find(|(known, _)| *known == &**name);
    Ok(Value::Optional(
        found.map(|(_, format)| Arc::new(Value::Format(*format))),
    ))
}

fn dns1123_label(_: &[Value]) -> Outcome {
    Ok(Value::Format(NamedFormat::Dns1123Label))
}

fn dns1123_subdomain(_: &[Value]) -> Outcome {
    Ok(Value::Format(NamedFormat::Dns1123Subdomain))
}

fn dns1035_label(_: &[Value]) -> Outcome {
    Ok(Value::Format(NamedFormat::Dns1035Label))
}

fn dns1123_label_prefix(_: &[Value]) -> Outcome {
    Ok(Value::Format(NamedFormat::Dns1123LabelPrefix))
}

fn dns1123_subdomain_prefix(_: &[Value]) -> Outcome {
    Ok(Value::Format(NamedFormat::Dns1123SubdomainPrefix))
}

fn dns1035_label_prefix(_: &[Value]) -> Outcome {
    Ok(Value::Format(NamedFormat::Dns1035LabelPrefix))
}

fn qualified_name(_: &[Value]) -> Outcome {
    Ok(Value::Format(NamedFormat::QualifiedName))
}

fn label_value(_: &[Value]) -> Outcome {
    Ok(Value::Format(NamedFormat::LabelValue))
}

fn uri(_: &[Value]) -> Outcome {
    Ok(Value::Format(NamedFormat::Uri))
}

fn uuid(_: &[Value]) -> Outcome {
    Ok(Value::Format(NamedFormat::Uuid))
}

fn byte(_: &[Value]) -> Outcome {
    Ok(Value::Format(NamedFormat::Byte))
}

fn date(_: &[Value]) -> Outcome {
    Ok(Value::Format(NamedFormat::Date))
}

fn datetime(_: &[Value]) -> Outcome {
    Ok(Value::Format(NamedFormat::Datetime))
}

fn validate(args: &[Value]) -> Outcome {
    let [Value::Format(format), Value::String(text)] = args else {
        return mismatch();
    };
    let faults = format.faults(text);
    if faults.is_empty() {
        return Ok(Value::Optional(None));
    }
    let faults = faults
        .into_iter()
        .map(|fault| Value::from(&*fault))
        .collect();
    Ok(Value::Optional(Some(Arc::new(Value::list(faults)))))
}
