//! gRPC probes: `grpc.health.v1.Health/Check`, spoken directly over HTTP/2, as the two messages it takes
//! are a string and a number.

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use super::Outcome;

/// `HealthCheckResponse.SERVING`.
const SERVING: u8 = 1;

pub(super) async fn probe(host: &str, port: u16, service: &str, timeout: Duration) -> Outcome {
    match tokio::time::timeout(timeout, check(host, port, service)).await {
        Ok(Ok(SERVING)) => Outcome::Success,
        Ok(Ok(status)) => Outcome::Failure(format!(
            "service unhealthy (responded with {:?})",
            match status {
                0 => "UNKNOWN",
                2 => "NOT_SERVING",
                _ => "SERVICE_UNKNOWN",
            }
        )),
        Ok(Err(why)) => Outcome::Failure(why),
        Err(_) => Outcome::Failure(format!(
            "timeout: failed to connect service \"{host}:{port}\" within {}s: context deadline exceeded",
            timeout.as_secs()
        )),
    }
}

async fn check(host: &str, port: u16, service: &str) -> Result<u8, String> {
    let failed =
        |error: &dyn std::fmt::Display| format!("rpc error: code = Unavailable desc = {error}");
    let stream = TcpStream::connect((host, port)).await.map_err(|error| {
        format!(
            "error: dial tcp {host}:{port}: connect: {}",
            super::tcp::plain(&error)
        )
    })?;
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .map_err(|error| failed(&error))?;
    let connection = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(connection));
    let request = Request::post(format!("http://{host}:{port}/grpc.health.v1.Health/Check"))
        .header(header::CONTENT_TYPE, "application/grpc")
        .header(header::TE, "trailers")
        .header(header::USER_AGENT, "kube-probe/1.36")
        .body(Full::new(frame(service)))
        .map_err(|error| failed(&error))?;
    let response = sender
        .send_request(request)
        .await
        .map_err(|error| failed(&error))?;
    let in_headers = grpc_status(response.headers());
    let collected = response
        .into_body()
        .collect()
        .await
        .map_err(|error| failed(&error))?;
    let code = in_headers.or_else(|| collected.trailers().and_then(grpc_status));
    drop(connection);
    match code.as_deref() {
        Some("0") => Ok(parse(&collected.to_bytes())),
        Some("12") => Err("error: this server does not implement the grpc health protocol (grpc.health.v1.Health)".to_owned()),
        code => Err(format!("rpc error: code = {}", code.unwrap_or("unknown"))),
    }
}

fn grpc_status(headers: &http::HeaderMap) -> Option<String> {
    Some(headers.get("grpc-status")?.to_str().ok()?.to_owned())
}

/// `HealthCheckRequest { service = 1 }` in a gRPC frame.
fn frame(service: &str) -> Bytes {
    let mut message = BytesMut::new();
    // The API allows a service name of at most 253 characters, so the length is at most two bytes.
    if !service.is_empty() {
        message.put_u8(0x0a);
        let length = service.len();
        if length < 0x80 {
            message.put_u8(length as u8);
        } else {
            message.put_u8((length & 0x7f) as u8 | 0x80);
            message.put_u8((length >> 7) as u8);
        }
        message.put_slice(service.as_bytes());
    }
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(message.len() as u32);
    frame.put(message);
    frame.freeze()
}

/// `HealthCheckResponse.status`, field 1; zero is left out on the wire.
fn parse(frame: &[u8]) -> u8 {
    match frame.get(5..) {
        Some([0x08, status, ..]) => *status,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_framed_as_grpc_wants() {
        assert_eq!(frame("").as_ref(), [0, 0, 0, 0, 0]);
        assert_eq!(frame("ab").as_ref(), [0, 0, 0, 0, 4, 0x0a, 2, b'a', b'b']);
        assert_eq!(parse(&[0, 0, 0, 0, 2, 0x08, 1]), SERVING);
        assert_eq!(parse(&[0, 0, 0, 0, 0]), 0);
    }
}
