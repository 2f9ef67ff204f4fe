//! URLs. A URL is absolute, or an absolute path, as Kubernetes' library wants it.

use super::{Outcome, Row, failure, function, method, mismatch};
use crate::cel::value::{Key, Value};

pub const ROWS: &[Row] = &[
    function("url", "string -> kubernetes.URL", parse),
    function("isURL", "string -> bool", is_url),
    method("getScheme", "kubernetes.URL -> string", scheme),
    method("getHost", "kubernetes.URL -> string", host),
    method("getHostname", "kubernetes.URL -> string", hostname),
    method("getPort", "kubernetes.URL -> string", port),
    method("getEscapedPath", "kubernetes.URL -> string", escaped_path),
    method(
        "getQuery",
        "kubernetes.URL -> map(string, list(string))",
        query,
    ),
];

/// A URL in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    pub text: String,
    scheme: String,
    /// With the port.
    host: String,
    path: String,
    query: String,
}

impl Url {
    /// Parses an absolute URL or an absolute path; the rules are Go's `url.ParseRequestURI`, with a fragment allowed.
    pub fn parse(text: &str) -> Option<Self> {
        if text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
            return None;
        }
        let (rest, _fragment) = text.split_once('#').unwrap_or((text, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (scheme, rest) = match rest.split_once(':') {
            Some((scheme, after)) if is_scheme(scheme) => (scheme, after),
            _ => ("", rest),
        };
        if scheme.is_empty() && !rest.starts_with('/') {
            return None;
        }
        let (host, path) = match rest.strip_prefix("//") {
            Some(authority) => {
                let end = authority.find('/').unwrap_or(authority.len());
                let (authority, path) = authority.split_at(end);
                (host_of(authority)?, path)
            }
            None => (String::new(), rest),
        };
        if !escapes_are_valid(path) {
            return None;
        }
        Some(Self {
            text: text.to_owned(),
            scheme: scheme.to_ascii_lowercase(),
            host,
            path: path.to_owned(),
            query: query.to_owned(),
        })
    }

    fn split_host(&self) -> (&str, &str) {
        if let Some(rest) = self.host.strip_prefix('[') {
            let (name, port) = rest.split_once(']').unwrap_or((rest, ""));
            return (name, port.strip_prefix(':').unwrap_or(""));
        }
        self.host.rsplit_once(':').unwrap_or((&self.host, ""))
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// The host and port of an authority, without who logs in.
fn host_of(authority: &str) -> Option<String> {
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let port = if host.starts_with('[') {
        let (inside, after) = host.split_once(']')?;
        let address = inside.trim_start_matches('[');
        let address = address.split('%').next().unwrap_or(address);
        address.parse::<std::net::Ipv6Addr>().ok()?;
        after.strip_prefix(':').unwrap_or(after)
    } else {
        let colons = host.matches(':').count();
        if colons > 1 {
            return None;
        }
        host.split_once(':').map_or("", |(_, port)| port)
    };
    let characters = |byte: u8| {
        byte.is_ascii_alphanumeric() || byte >= 0x80 || b"-_.~!$&'()*+,;=:[]<>\"%".contains(&byte)
    };
    (port.bytes().all(|byte| byte.is_ascii_digit())
        && host.bytes().all(characters)
        && escapes_are_valid(host))
    .then(|| host.to_owned())
}

fn escapes_are_valid(text: &str) -> bool {
    text.as_bytes()
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'%')
        .all(|(at, _)| {
            text.as_bytes()
                .get(at + 1..at + 3)
                .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        })
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let byte = rest
                    .get(..2)
                    .and_then(|digits| std::str::from_utf8(digits).ok())
                    .and_then(|digits| u8::from_str_radix(digits, 16).ok());
                match byte {
                    Some(byte) => {
                        bytes.push(byte);
                        rest = &rest[2..];
                    }
                    None => bytes.push(b'%'),
                }
            }
            other => bytes.push(*other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A path as it is sent: what may not stand in one is escaped.
fn escaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@%!'()*[]".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn parse(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => match Url::parse(text) {
            Some(url) => Ok(Value::Url(url.into())),
            None => failure(format!(
                "URL parse error during conversion from string: parse {}: invalid URI for request",
                crate::quote::quote(text)
            )),
        },
        _ => mismatch(),
    }
}

fn is_url(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => Ok(Value::Bool(Url::parse(text).is_some())),
        _ => mismatch(),
    }
}

fn part(args: &[Value], of: fn(&Url) -> String) -> Outcome {
    match args {
        [Value::Url(url)] => Ok(Value::from(of(url))),
        _ => mismatch(),
    }
}

fn scheme(args: &[Value]) -> Outcome {
    part(args, |url| url.scheme.clone())
}

fn host(args: &[Value]) -> Outcome {
    part(args, |url| url.host.clone())
}

fn hostname(args: &[Value]) -> Outcome {
    part(args, |url| url.split_host().0.to_owned())
}

fn port(args: &[Value]) -> Outcome {
    part(args, |url| url.split_host().1.to_owned())
}

fn escaped_path(args: &[Value]) -> Outcome {
    part(args, |url| escaped(&url.path))
}

fn query(args: &[Value]) -> Outcome {
    let [Value::Url(url)] = args else {
        return mismatch();
    };
    let mut entries: indexmap::IndexMap<String, Vec<Value>> = indexmap::IndexMap::new();
    for pair in url.query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        entries
            .entry(decoded(name))
            .or_default()
            .push(Value::from(decoded(value)));
    }
    Ok(Value::map(entries.into_iter().map(|(name, values)| {
        (Key::String(name.into()), Value::list(values))
    })))
}
