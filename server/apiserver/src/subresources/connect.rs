//! Admission of connections: what exec, attach, portforward and proxy ask for, as the options object of upstream.

use knarr_api::status::Status;
use serde_json::{Map, Value, json};

use crate::admission::{self, Operation};
use crate::call::Call;
use crate::request::info::{is_true, pairs};

/// The fields of an options object.
type Fields = &'static [(&'static str, Field)];

/// Plural, subresource, kind of the options, and their fields: a flag, a text or a list.
const OPTIONS: &[(&str, &str, &str, Fields)] = &[
    (
        "nodes",
        "proxy",
        "NodeProxyOptions",
        &[("path", Field::Path)],
    ),
    ("pods", "attach", "PodAttachOptions", STREAMS),
    ("pods", "exec", "PodExecOptions", EXEC),
    (
        "pods",
        "portforward",
        "PodPortForwardOptions",
        &[("ports", Field::Numbers)],
    ),
    ("pods", "proxy", "PodProxyOptions", &[("path", Field::Path)]),
    (
        "services",
        "proxy",
        "ServiceProxyOptions",
        &[("path", Field::Path)],
    ),
];

const STREAMS: Fields = &[
    ("stdin", Field::Flag),
    ("stdout", Field::Flag),
    ("stderr", Field::Flag),
    ("tty", Field::Flag),
    ("container", Field::Text),
];
const EXEC: Fields = &[
    ("stdin", Field::Flag),
    ("stdout", Field::Flag),
    ("stderr", Field::Flag),
    ("tty", Field::Flag),
    ("container", Field::Text),
    ("command", Field::Texts),
];

#[derive(Clone, Copy, PartialEq)]
enum Field {
    Flag,
    Text,
    Texts,
    Numbers,
    /// What follows the subresource in the path.
    Path,
}

/// Asks admission whether the connection may be made, and takes over what it changes of the options.
pub async fn admit(call: &mut Call) -> Result<(), Status> {
    let row = OPTIONS.iter().find(|(plural, subresource, _, _)| {
        call.kind.group.is_empty()
            && *plural == call.kind.plural
            && *subresource == call.info.subresource
    });
    let Some((_, _, kind, fields)) = row else {
        return Ok(());
    };
    let mut options = read(kind, fields, &call.query, &call.info.rest);
    let asked = options.clone();
    admission::unstored(call, Operation::Connect, None, &mut options).await?;
    if options != asked && !fields.iter().any(|(_, field)| *field == Field::Path) {
        call.query = render(fields, &options);
    }
    Ok(())
}

fn read(kind: &str, fields: Fields, query: &str, rest: &str) -> Value {
    let mut object = Map::new();
    object.insert("kind".to_owned(), kind.into());
    object.insert("apiVersion".to_owned(), "v1".into());
    for (name, field) in fields {
        let values = || {
            pairs(query)
                .filter(|(key, _)| key == name)
                .map(|(_, value)| value)
        };
        let value = match field {
            Field::Flag => values()
                .next()
                .filter(|text| is_true(text))
                .map(|_| json!(true)),
            Field::Text => values().next().map(|text| json!(text)),
            Field::Texts => Some(values().map(|text| json!(text)).collect()),
            Field::Numbers => Some(
                values()
                    .flat_map(|text| {
                        let numbers = text.split(',').filter_map(|one| one.parse::<u16>().ok());
                        numbers.collect::<Vec<_>>()
                    })
                    .map(|port| json!(port))
                    .collect(),
            ),
            Field::Path => Some(json!(format!("/{rest}"))),
        };
        if let Some(value) = value.filter(|value| !value.as_array().is_some_and(Vec::is_empty)) {
            object.insert((*name).to_owned(), value);
        }
    }
    Value::Object(object)
}

/// The options as a query again.
fn render(fields: Fields, options: &Value) -> String {
    let mut query: Vec<String> = Vec::new();
    for (name, _) in fields {
        let values = match &options[*name] {
            Value::Array(all) => all.clone(),
            Value::Null | Value::Bool(false) => continue,
            one => vec![one.clone()],
        };
        for value in values {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            query.push(format!("{name}={}", encoded(&text)));
        }
    }
    query.join("&")
}

fn encoded(text: &str) -> String {
    let mut query = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            query.push(char::from(byte));
        } else {
            query.push_str(&format!("%{byte:02X}"));
        }
    }
    query
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_of_an_exec() {
        let query = "command=sh&command=-c&container=a&stdin=true&tty=false";
        let options = read("PodExecOptions", EXEC, query, "");
        assert_eq!(
            options,
            json!({"kind": "PodExecOptions", "apiVersion": "v1", "stdin": true,
                "container": "a", "command": ["sh", "-c"]})
        );
        assert_eq!(
            render(EXEC, &options),
            "stdin=true&container=a&command=sh&command=-c"
        );
    }

    #[test]
    fn texts_are_escaped_again() {
        assert_eq!(
            render(EXEC, &json!({"command": ["a b&c"]})),
            "command=a%20b%26c"
        );
    }
}
