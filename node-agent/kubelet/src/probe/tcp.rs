//! TCP probes: a connection that opens is healthy.

use std::time::Duration;

use tokio::net::TcpStream;

use super::Outcome;

pub(super) async fn probe(host: &str, port: u16, timeout: Duration) -> Outcome {
    let address = if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    };
    match tokio::time::timeout(timeout, TcpStream::connect((host, port))).await {
        Ok(Ok(_)) => Outcome::Success,
        Ok(Err(error)) => {
            Outcome::Failure(format!("dial tcp {address}: connect: {}", plain(&error)))
        }
        Err(_) => Outcome::Failure(format!("dial tcp {address}: i/o timeout")),
    }
}

/// The error as Go words it: without the number.
pub(super) fn plain(error: &std::io::Error) -> String {
    let text = error.to_string().to_lowercase();
    text.split(" (os error")
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_open_port_is_healthy_and_a_closed_one_is_not() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let timeout = Duration::from_secs(5);
        assert_eq!(probe("127.0.0.1", port, timeout).await, Outcome::Success);
        drop(listener);
        assert_eq!(
            probe("127.0.0.1", port, timeout).await,
            Outcome::Failure(format!(
                "dial tcp 127.0.0.1:{port}: connect: connection refused"
            ))
        );
    }
}
