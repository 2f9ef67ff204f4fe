//! Why there is no answer, in the words of Go's `net`, `net/http` and `crypto/x509`.

use super::{log_line_of, tls};
use crate::error::Error;
use http::Method;
use knarr_api::quote::quote;
use std::{
    error::Error as _,
    io::{self, BufRead, BufReader, Read, Write},
    net::{IpAddr, TcpStream, ToSocketAddrs},
    time::Duration,
};

/// Where the system's resolver is configured.
const RESOLVER: &str = "/etc/resolv.conf";

/// What Go says of a connection that ends where an answer should begin.
pub(super) const END_OF_FILE: &str = "EOF";
/// As [`END_OF_FILE`], in the midst of an answer.
const UNEXPECTED_END: &str = "unexpected EOF";
const RESET: &str = "read: connection reset by peer";
/// The beginning of the error for an answer that breaks off.
pub const UNREAD: &str = "unexpected error when reading response body";
/// How long a server may take that is looked at once more.
const SECOND_LOOK: Duration = Duration::from_secs(1);
/// So much of a line that is no answer of HTTP is told.
const LONGEST_LINE: u64 = 4096;

/// Whether client-go asks again after such a failure: the server may just be starting anew.
pub(super) fn may_pass(error: &Error) -> bool {
    match error {
        Error::Connection { cause, .. } => {
            [END_OF_FILE, UNEXPECTED_END].contains(&cause.as_str()) || cause.ends_with(RESET)
        }
        _ => false,
    }
}

/// Why an answer that had begun can't be read to its end. Over HTTP/1 client-go logs that at once.
pub(super) fn unread_body(error: &reqwest::Error) -> Error {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    if text.contains("stream error") {
        return Error::message(format!(
            "stream error when reading response body, may be caused by closed connection. Please retry. Original \
             error: {text}"
        ));
    }
    let cause = match text.as_str() {
        _ if error.is_timeout() => {
            "context deadline exceeded (Client.Timeout or context cancellation while reading body)"
        }
        text if text.contains("chunk size") => "invalid byte in chunk length",
        text if text.contains("reset by peer") => RESET,
        _ => UNEXPECTED_END,
    };
    let told = format!(
        "\"Unexpected error when reading response body\" err={}",
        quote(cause)
    );
    log_line_of('E', "request.go:1196", &told);
    Error::Foreign(format!("{UNREAD}. Please retry. Original error: {cause}"))
}

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
    if error.is_timeout() && error.is_connect() {
        return match answers_at_all(host) {
            true => "net/http: TLS handshake timeout".to_owned(),
            false => format!("dial tcp {host}: i/o timeout"),
        };
    }
    if error.is_redirect() {
        return "stopped after 10 redirects".to_owned();
    }
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
        if let Some(inner) = inner.downcast_ref::<hyper::Error>() {
            if inner.is_incomplete_message() {
                return END_OF_FILE.to_owned();
            }
            if inner.is_parse() {
                return no_http(host, error, inner);
            }
        }
        if let Some(inner) = inner.downcast_ref::<io::Error>() {
            match inner.kind() {
                io::ErrorKind::UnexpectedEof => return END_OF_FILE.to_owned(),
                io::ErrorKind::ConnectionReset => return RESET.to_owned(),
                _ => {}
            }
        }
        text = inner.to_string();
        source = inner.source();
    }
    // Servers without TLS answer a greeting that they do not understand.
    if text.contains("InvalidContentType") {
        return "http: server gave HTTP response to HTTPS client".to_owned();
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

/// Whether somebody listens there.
fn answers_at_all(host: &str) -> bool {
    let addresses = host.to_socket_addrs().into_iter().flatten();
    let mut connections =
        addresses.map(|address| TcpStream::connect_timeout(&address, SECOND_LOOK));
    connections.any(|connection| connection.is_ok())
}

/// What a server said that does not speak HTTP. Go shows it; to us it is lost, so the server is asked once more, unless
/// it would have to be over TLS.
fn no_http(host: &str, error: &reqwest::Error, fault: &hyper::Error) -> String {
    let broken = "net/http: HTTP/1.x transport connection broken: malformed";
    let plain = error.url().is_some_and(|url| url.scheme() == "http");
    let line = plain
        .then(|| first_line(host))
        .flatten()
        .unwrap_or_default();
    let code = line.split(' ').nth(1).unwrap_or_default();
    match line.starts_with("HTTP/1.") {
        true if fault.is_parse_status() => format!("{broken} HTTP status code {}", quote(code)),
        true => format!("{broken} MIME header"),
        false => format!("{broken} HTTP response {}", quote(&line)),
    }
}

/// The first line of what a server answers.
fn first_line(host: &str) -> Option<String> {
    let address = host.to_socket_addrs().ok()?.next()?;
    let mut connection = TcpStream::connect_timeout(&address, SECOND_LOOK).ok()?;
    connection.set_read_timeout(Some(SECOND_LOOK)).ok()?;
    write!(connection, "GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").ok()?;
    let mut line = Vec::new();
    let read = BufReader::new(connection.take(LONGEST_LINE)).read_until(b'\n', &mut line);
    read.ok()?;
    let line: String = line.iter().copied().map(char::from).collect();
    Some(line.trim_end_matches(['\r', '\n']).to_owned())
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
