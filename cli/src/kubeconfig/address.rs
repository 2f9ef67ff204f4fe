//! Server addresses as client-go takes them: a URL, or a host with a port (`rest.DefaultServerURL` and Go's `net/url`).

use crate::error::{Error, Result};
use knarr_api::quote::quote;

/// The URL that an address means.
pub fn url_of(address: &str) -> Result<String> {
    if let Some((scheme, rest)) = address.split_once("://")
        && !authority(rest).is_empty()
        && fault(authority(rest)).is_none()
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
    {
        return match scheme.to_ascii_lowercase().as_str() {
            scheme @ ("http" | "https") => {
                // Neither a query nor the slash at the end of a path has a meaning.
                let end = rest.find(['?', '#']).unwrap_or(rest.len());
                Ok(format!("{scheme}://{}", rest[..end].trim_end_matches('/')))
            }
            other => Err(unreachable(format!(
                "unsupported protocol scheme {}",
                quote(other)
            ))),
        };
    }
    let host = authority(address);
    if let Some(fault) = fault(host).filter(|_| !address.contains("://")) {
        return Err(unreachable(fault));
    }
    if !matches!(&address[host.len()..], "" | "/") {
        return Err(Error::message(format!(
            "host must be a URL or a host:port pair: {}",
            quote(address)
        )));
    }
    match host {
        "" | ":" => Err(unreachable("http: no Host in request URL".to_owned())),
        _ => Ok(format!("http://{address}")),
    }
}

fn unreachable(cause: String) -> Error {
    Error::Connection {
        host: String::new(),
        request: String::new(),
        cause,
    }
}

/// What stands before the path.
fn authority(rest: &str) -> &str {
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

/// What is wrong with a host and its port.
fn fault(authority: &str) -> Option<String> {
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let end = match host.starts_with('[') {
        true => match host.rfind(']') {
            Some(bracket) => bracket + 1,
            None => return Some("missing ']' in host".to_owned()),
        },
        false => host.find(':').unwrap_or(host.len()),
    };
    let (name, port) = host.split_at(end);
    let digits = port.strip_prefix(':').unwrap_or(port);
    let is_port = port.len() != digits.len() || port.is_empty();
    if !is_port || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(format!("invalid port {} after host", quote(port)));
    }
    if let Some(strange) = name.chars().find(|c| {
        c.is_ascii() && !c.is_ascii_alphanumeric() && !"-_.~!$&'()*+,;=:[]<>\"%".contains(*c)
    }) {
        let strange = quote(&strange.to_string());
        return Some(format!("invalid character {strange} in host name"));
    }
    match digits.parse::<u16>() {
        Err(_) if !digits.is_empty() => Some(format!("dial tcp: address {digits}: invalid port")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_with_a_port_is_an_address() {
        for (address, expected) in [
            ("https://a:6443", "https://a:6443"),
            ("HTTP://a/b", "http://a/b"),
            ("HTTPS://a?x", "https://a"),
            ("https://a/b/", "https://a/b"),
            ("https://a/b/?c=d#e", "https://a/b"),
            ("127.0.0.1:1", "http://127.0.0.1:1"),
            ("[::1]:1", "http://[::1]:1"),
            ("a/", "http://a/"),
            ("x:", "http://x:"),
        ] {
            assert_eq!(url_of(address).expect(address), expected);
        }
    }

    #[test]
    fn faults_have_gos_words() {
        let must =
            |address: &str| format!("error: host must be a URL or a host:port pair: \"{address}\"");
        let cause = |text: &str| format!("Unable to connect to the server: {text}");
        for (address, expected) in [
            ("://x", must("://x")),
            ("http://", must("http://")),
            ("https://[::1", must("https://[::1")),
            ("https://a:b:c", must("https://a:b:c")),
            ("x/y", must("x/y")),
            ("bogus://x", cause("unsupported protocol scheme \"bogus\"")),
            ("foo:bar", cause("invalid port \":bar\" after host")),
            ("::1", cause("invalid port \"::1\" after host")),
            ("[::1", cause("missing ']' in host")),
            ("a b", cause("invalid character \" \" in host name")),
            ("x:99999", cause("dial tcp: address 99999: invalid port")),
            (":", cause("http: no Host in request URL")),
            ("/", cause("http: no Host in request URL")),
        ] {
            assert_eq!(url_of(address).expect_err(address).report().0, expected);
        }
    }
}
