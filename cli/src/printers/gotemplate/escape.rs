//! The escaping functions of templates: `html`, `js` and `urlquery`.

use super::{
    format::{next_rune, sprint},
    functions::Answer,
    value::{Data, Value},
};
use knarr_api::quote::is_printable;

pub fn html<'v>(arguments: &[Value<'v>]) -> Answer<'v> {
    let mut out = Vec::new();
    for byte in printed(arguments) {
        match byte {
            b'\0' => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            _ => out.push(byte),
        }
    }
    Ok(Value::text(out))
}

pub fn js<'v>(arguments: &[Value<'v>]) -> Answer<'v> {
    let text = printed(arguments);
    let mut rest = text.as_slice();
    let mut out = Vec::new();
    while let Some((rune, length)) = next_rune(rest) {
        match rune {
            Some(c @ ('\\' | '\'' | '"')) => out.extend_from_slice(&[b'\\', c as u8]),
            Some(c)
                if c < ' '
                    || matches!(c, '<' | '>' | '&' | '=')
                    || !c.is_ascii() && !is_printable(c) =>
            {
                out.extend_from_slice(format!("\\u{:04X}", c as u32).as_bytes());
            }
            _ => out.extend_from_slice(&rest[..length]),
        }
        rest = &rest[length..];
    }
    Ok(Value::text(out))
}

/// Go's `url.QueryEscape`.
pub fn urlquery<'v>(arguments: &[Value<'v>]) -> Answer<'v> {
    let mut out = Vec::new();
    for byte in printed(arguments) {
        match byte {
            b' ' => out.push(b'+'),
            b'-' | b'_' | b'.' | b'~' => out.push(byte),
            _ if byte.is_ascii_alphanumeric() => out.push(byte),
            _ => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    Ok(Value::text(out))
}

/// The arguments as `print` prints them, but a nil as an action does.
fn printed(arguments: &[Value<'_>]) -> Vec<u8> {
    let arguments: Vec<Value<'_>> = arguments
        .iter()
        .map(|argument| match argument.data {
            Data::Nil => Value::text("<no value>"),
            _ => argument.clone(),
        })
        .collect();
    sprint(&arguments)
}
