//! Why there is no answer, in the words of Go's `net`, `net/http` and `crypto/x509`.

use super::tls;
use crate::error::Error;
use http::Method;
use knarr_api::quote::quote;
use std::{error::Error as _, net::IpAddr};

/// Where the system's resolver is configured.
const RESOLVER: &str = "/etc/resolv.conf";

/// Why there is no answer to a request, perhaps through a proxy.
pub(super) fn unreachable_server(
    method: &Method,
    url: &str,
    proxy: Option<&str>,
    error: &reqwest::Error,
) -> Error {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = authority.split(['/', '?']).next().unwrap_or(authority);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    Error::Connection {
        host: host.to_owned(),
        request: format!("{} {}", operation(method), quote(url)),
        cause: match proxy {
            Some(proxy) => through(proxy, host, error),
            None => cause(host, error),
        },
    }
}

/// As [`cause`]; a proxy that is not there is told as such.
fn through(proxy: &str, host: &str, error: &reqwest::Error) -> String {
    let rest = proxy.split_once("://").map_or(proxy, |(_, rest)| rest);
    let rest = rest.split(['/', '?']).next().unwrap_or(rest);
    let own = rest.rsplit('@').next().unwrap_or(rest);
    match cause(own, error) {
        cause if cause.starts_with("dial tcp") => format!("proxyconnect tcp: {cause}"),
        _ => cause(host, error),
    }
}

/// `GET` as Go writes it in errors: `Get`.
fn operation(method: &Method) -> String {
    let (first, rest) = method.as_str().split_at(1);
    format!("{first}{}", rest.to_ascii_lowercase())
}

fn cause(host: &str, error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            .to_owned();
    }
    // The address, and what happened on the way to a SOCKS proxy, are in no text but the one for developers.
    let detail = format!("{error:?}");
    if detail.contains("ConnectionRefused") {
        let address = dialled(&detail).unwrap_or_else(|| host.to_owned());
        return format!("dial tcp {address}: connect: connection refused");
    }
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    if text.contains("Name or service not known") || text.contains("No address associated") {
        return no_such_host(host, &std::fs::read_to_string(RESOLVER).unwrap_or_default());
    }
    if text.contains("invalid peer certificate") {
        let fault = tls::explain(&text);
        return format!("tls: failed to verify certificate: {fault}");
    }
    tls::alert(&text).unwrap_or(text)
}

/// The address in `ConnectError("tcp connect error", 127.0.0.1:1, …)`.
fn dialled(debug: &str) -> Option<String> {
    let rest = debug.split_once("ConnectError(\"tcp connect error\", ")?.1;
    let address = rest.split(", ").next()?;
    let is_address = address.parse::<std::net::SocketAddr>().is_ok();
    is_address.then(|| address.to_owned())
}

/// Go names the server that it asked.
fn no_such_host(host: &str, configuration: &str) -> String {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let mut lines = configuration.lines().map(str::split_whitespace);
    let server = lines.find_map(|mut words| match words.next() {
        Some("nameserver") => words.next(),
        _ => None,
    });
    let server = match server.map(|server| (server, server.parse::<IpAddr>())) {
        Some((server, Ok(IpAddr::V6(_)))) => format!("[{server}]:53"),
        Some((server, _)) => format!("{server}:53"),
        None => "127.0.0.1:53".to_owned(),
    };
    format!("dial tcp: lookup {name} on {server}: no such host")
}

#[cfg(test)]
mod tests {
    use super::super::{built, http_client};
    use super::*;
    use crate::kubeconfig::{Credentials, Resolved};

    #[test]
    fn an_unknown_host_is_told_with_the_server_that_was_asked() {
        assert_eq!(
            no_such_host(
                "a.invalid:6443",
                "search x\nnameserver 10.0.0.1\nnameserver 10.0.0.2\n"
            ),
            "dial tcp: lookup a.invalid on 10.0.0.1:53: no such host"
        );
        assert_eq!(
            no_such_host("a.invalid", "nameserver fd00::1\n"),
            "dial tcp: lookup a.invalid on [fd00::1]:53: no such host"
        );
    }

    #[test]
    fn a_refused_connection_is_told_with_its_address() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        drop(listener);
        let runtime = crate::app::runtime().expect("a runtime");
        let url = format!("http://{address}/api");
        let resolved = Resolved {
            server: url.clone(),
            ..Default::default()
        };
        let client = http_client(&resolved, &Credentials::default(), true, &[b"http/1.1"])
            .and_then(built)
            .expect("a client");
        let error = runtime
            .block_on(client.get(&url).send())
            .expect_err("nobody listens");
        let error = unreachable_server(&Method::GET, &url, None, &error);
        assert_eq!(
            error.request_text(),
            format!("Get \"{url}\": dial tcp {address}: connect: connection refused")
        );
    }
}
