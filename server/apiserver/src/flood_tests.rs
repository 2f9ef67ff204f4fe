//! Clients that do what the protocol permits far more often than anybody has to: none of them may take the server's memory,
//! or keep it from others.

use axum::body::Body;
use http::{Request, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use crate::testing::TestServer;
use crate::tls_tests::{self, Running};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const GO_AWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_HEADERS_AND_STREAM: u8 = 0x5;
/// `:method: GET`, `:scheme: https` and `:path: /` of HPACK's static table, and `:authority: a`.
const GET: &[u8] = &[0x82, 0x87, 0x84, 0x01, 1, b'a'];
/// RFC 9113, section 7.
const ENHANCE_YOUR_CALM: u32 = 0xb;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Reads frames until the server says that it has had enough; the code that it gives, none if it just closes.
async fn go_away(mut from: impl AsyncRead + Unpin) -> Option<u32> {
    loop {
        let mut head = [0; 9];
        from.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        from.read_exact(&mut payload).await.ok()?;
        if head[3] == GO_AWAY {
            return Some(u32::from_be_bytes(payload[4..8].try_into().unwrap()));
        }
    }
}

/// Sends frames for as long as the server takes them; what it says in the end, and how many bytes it took.
async fn flood(server: &Running, frames: impl Iterator<Item = Vec<u8>>) -> (Option<u32>, usize) {
    let stream = server.connect(None, "h2").await;
    let (reads, mut writes) = tokio::io::split(stream);
    let said = tokio::spawn(go_away(reads));
    let mut sent = 0;
    writes.write_all(PREFACE).await.unwrap();
    writes.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
    for frame in frames {
        if said.is_finished() || writes.write_all(&frame).await.is_err() {
            break;
        }
        let _ = writes.flush().await;
        sent += frame.len();
    }
    (said.await.unwrap(), sent)
}

/// Whether somebody else is still answered.
async fn still_serves(server: &Running) {
    let version = server.get(None, "/version").await;
    assert_eq!(version.0, 200);
}

#[tokio::test]
async fn a_client_that_takes_back_every_request_is_sent_away() {
    let server = tls_tests::start().await;
    let requests = (0..100_000_u32).map(|number| {
        let stream = 2 * number + 1;
        let mut both = frame(HEADERS, END_HEADERS_AND_STREAM, stream, GET);
        both.extend(frame(RESET, 0, stream, &8_u32.to_be_bytes()));
        both
    });
    let (said, sent) = flood(&server, requests).await;
    assert!(sent < 1 << 20, "{sent} bytes were taken");
    assert!(matches!(said, None | Some(ENHANCE_YOUR_CALM)), "{said:?}");
    still_serves(&server).await;
    server.stop().await;
}

#[tokio::test]
async fn headers_that_never_end_are_not_collected() {
    let server = tls_tests::start().await;
    // One header of 16 KiB in each frame, never indexed.
    // The length 16,000 as HPACK writes it: 127, then 15,873 in groups of seven bits.
    let mut header = vec![0x10, 1, b'x', 0x7f, 0x81, 0x7c];
    header.extend(vec![b'a'; 16_000]);
    let first = std::iter::once(frame(HEADERS, 0, 1, GET));
    let more = (0..4_096).map(|_| frame(CONTINUATION, 0, 1, &header));
    let (said, sent) = flood(&server, first.chain(more)).await;
    assert!(sent < 16 << 20, "{sent} bytes were taken");
    assert!(said.is_none_or(|code| code != 0), "{said:?}");
    still_serves(&server).await;
    server.stop().await;
}

#[tokio::test]
async fn requests_that_do_not_wait_for_answers_are_answered_in_order() {
    let server = tls_tests::start().await;
    let stream = server.connect(None, "http/1.1").await;
    let (mut reads, mut writes) = tokio::io::split(stream);
    const COUNT: usize = 500;
    let asks = tokio::spawn(async move {
        for number in 0..COUNT {
            let close = if number + 1 == COUNT {
                "close"
            } else {
                "keep-alive"
            };
            let path = if number % 2 == 0 {
                "/livez"
            } else {
                "/nothing"
            };
            let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: {close}\r\n\r\n");
            writes.write_all(request.as_bytes()).await.unwrap();
        }
        writes.flush().await.unwrap();
        writes
    });
    let mut answers = String::new();
    reads.read_to_string(&mut answers).await.unwrap();
    asks.await.unwrap();
    let codes: Vec<&str> = answers
        .match_indices("HTTP/1.1 ")
        .map(|(at, mark)| &answers[at + mark.len()..][..3])
        .collect();
    let expected: Vec<&str> = (0..COUNT)
        .map(|number| if number % 2 == 0 { "200" } else { "403" })
        .collect();
    assert_eq!(codes, expected);
    server.stop().await;
}

#[tokio::test]
async fn headers_that_are_too_large_are_refused() {
    let server = tls_tests::start().await;
    let stream = server.connect(None, "http/1.1").await;
    let (mut reads, mut writes) = tokio::io::split(stream);
    let asks = tokio::spawn(async move {
        let head = b"GET /livez HTTP/1.1\r\nHost: a\r\nX: ";
        let _ = writes.write_all(head).await;
        let mut sent = 0;
        while sent < 64 << 20 && writes.write_all(&[b'a'; 65_536]).await.is_ok() {
            sent += 65_536;
        }
        sent
    });
    let mut answer = Vec::new();
    let _ = reads.read_to_end(&mut answer).await;
    drop(reads);
    assert!(asks.await.unwrap() < 64 << 20);
    let text = String::from_utf8_lossy(&answer);
    assert!(text.starts_with("HTTP/1.1 431 "), "{text}");
    still_serves(&server).await;
    server.stop().await;
}

/// The memory of this process, in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kibibytes: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kibibytes * 1024
}

#[tokio::test]
async fn ten_thousand_idle_watches_cost_little_and_leave_nothing_behind() {
    const WATCHES: usize = 10_000;
    let server = TestServer::new().await;
    let shared = server.server.shared();
    let cache = shared
        .registry
        .cache(crate::registry::known("", "v1", "configmaps"));
    let watch = || {
        let path = "/api/v1/namespaces/default/configmaps?watch=true";
        server.raw(Request::get(path).body(Body::empty()).unwrap())
    };
    let first = watch().await;
    let (watchers, before) = (cache.watchers(), resident());
    let mut watches = Vec::with_capacity(WATCHES);
    for _ in 0..WATCHES {
        watches.push(watch().await);
    }
    assert!(watches.iter().all(|watch| watch.status() == StatusCode::OK));
    assert_eq!(cache.watchers(), watchers + WATCHES);
    let each = resident().saturating_sub(before) / WATCHES;
    assert!(each < 32 << 10, "{each} bytes for each watch");
    drop(watches);
    assert_eq!(cache.watchers(), watchers);
    drop(first);
}
