//! Servers that are no API servers, or no longer: what is said of their answers, beside the real kubectl 1.36. Nothing
//! else is needed; each server gives one answer to whatever it is asked.

mod real;

use real::{compare, real_kubectl};
use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
};

/// What servers answer: the status, the media type, and the body.
const ANSWERS: &[(&str, &str, &str)] = &[
    ("200 OK", "text/html", "<html></html>\n"),
    ("200 OK", "application/json", "<html></html>\n"),
    ("200 OK", "application/json", ""),
    ("200 OK", "application/json", "[1]"),
    ("200 OK", "application/json", "\"x\""),
    (
        "200 OK",
        "application/json",
        "{\"kind\":\"APIVersions\",\"vers",
    ),
    ("204 No Content", "text/plain", ""),
    (
        "400 Bad Request",
        "text/plain",
        "Client sent an HTTP request to an HTTPS server.\n",
    ),
    ("401 Unauthorized", "text/plain", "no"),
    ("401 Unauthorized", "application/json", UNAUTHORIZED),
    ("403 Forbidden", "text/plain", "go away"),
    ("403 Forbidden", "application/json", FORBIDDEN),
    ("404 Not Found", "text/html", "<html></html>\n"),
    ("406 Not Acceptable", "application/json", "{}"),
    ("409 Conflict", "text/plain", "c"),
    ("410 Gone", "text/plain", "c"),
    ("413 Request Entity Too Large", "text/plain", "c"),
    ("415 Unsupported Media Type", "text/plain", "c"),
    ("418 I'm a teapot", "text/plain", "c"),
    ("429 Too Many Requests", "text/plain", "slow"),
    ("500 Internal Server Error", "text/plain", "boom"),
    (
        "502 Bad Gateway",
        "text/html",
        "<html><h1>502 Bad Gateway</h1></html>\n",
    ),
    ("502 Bad Gateway", "text/plain", ""),
    ("503 Service Unavailable", "application/json", "{}"),
    ("504 Gateway Timeout", "text/plain", "late"),
    ("nonsense", "text/plain", ""),
];

const UNAUTHORIZED: &str = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}"#;
const FORBIDDEN: &str = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"pods is forbidden: no","reason":"Forbidden","code":403}"#;

/// Gives the answer `text` to every request; the address.
fn serve(text: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound").to_string();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let text = text.clone();
            std::thread::spawn(move || answer(connection, &text));
        }
    });
    address
}

/// Answers one request, and hangs up.
fn answer(mut connection: TcpStream, text: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut line = String::from("head");
    while !line.trim().is_empty() {
        line.clear();
        reader.read_line(&mut line)?;
    }
    connection.write_all(text.as_bytes())
}

#[test]
fn answers_that_no_api_server_gives_are_told_of_as_the_real_one_does() {
    let Some(real) = real_kubectl() else { return };
    let mut lines = String::new();
    for (status, media, body) in ANSWERS {
        let address = serve(format!(
            "HTTP/1.1 {status}\r\nContent-Type: {media}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        for command in [
            "get pods",
            "describe svc",
            "api-resources",
            "api-versions",
            "cluster-info",
        ] {
            lines.push_str(&format!("{command} -s http://{address}\n"));
        }
    }
    // Cut off, and no HTTP at all.
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    for text in [
        format!("{head}Content-Length: 1000\r\n\r\n{{\"kind\":"),
        format!("{head}Transfer-Encoding: chunked\r\n\r\n10\r\n{{"),
        format!("{head}Transfer-Encoding: chunked\r\n\r\nzz\r\n{{"),
        "SSH-2.0-OpenSSH_9.2\r\n".to_owned(),
    ] {
        lines.push_str(&format!("get pods -s http://{}\n", serve(text)));
    }
    compare(&real, None, &lines);
}
