//! Connections that stop being HTTP: the upgrade to a WebSocket or to SPDY/3.1, and which of them a server takes.

use super::{Client, Request};
use crate::error::{Error, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures::{SinkExt, StreamExt};
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use knarr_spdy::{Session, TUNNEL_PREFIX, UPGRADE};
use reqwest::Upgraded;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, handshake::derive_accept_key, protocol::Role},
};
use tokio_util::io::{CopyToBytes, SinkWriter, StreamReader};

/// The sub-protocol that both sides agree on, in an upgrade to SPDY.
const STREAM_PROTOCOL: HeaderName = HeaderName::from_static("x-stream-protocol-version");
const PORT_FORWARD: &str = "portforward.k8s.io";

pub(super) type Socket = WebSocketStream<Upgraded>;

impl Client {
    /// Opens a WebSocket that speaks `protocol`. Nothing if the server was reached and has none, whatever it answered, or
    /// if the environment's `switch` is set to false: then upstream goes an older way.
    pub(super) async fn web_socket(
        &self,
        request: &Request,
        protocol: &str,
        switch: &str,
    ) -> Result<Option<Socket>> {
        if std::env::var(switch).is_ok_and(|value| value.eq_ignore_ascii_case("false")) {
            return Ok(None);
        }
        let key = STANDARD.encode(knarr_api::meta::random_suffix(16));
        let headers = [
            (header::UPGRADE, "websocket"),
            (header::SEC_WEBSOCKET_VERSION, "13"),
            (header::SEC_WEBSOCKET_KEY, &key),
            (header::SEC_WEBSOCKET_PROTOCOL, protocol),
        ];
        let (upgraded, answer) = match self.upgrade(Method::GET, request, &headers).await {
            Ok(upgraded) => upgraded,
            Err(Error::Status(_) | Error::Message(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let is = |name: HeaderName, wanted: &str| {
            answer
                .get(name)
                .is_some_and(|given| given.as_bytes() == wanted.as_bytes())
        };
        let accepted = is(
            header::SEC_WEBSOCKET_ACCEPT,
            &derive_accept_key(key.as_bytes()),
        );
        if !accepted || !is(header::SEC_WEBSOCKET_PROTOCOL, protocol) {
            return Ok(None);
        }
        Ok(Some(
            WebSocketStream::from_raw_socket(upgraded, Role::Client, None).await,
        ))
    }

    /// Opens a SPDY connection with one of `protocols`, the best first.
    pub(super) async fn spdy(
        &self,
        request: &Request,
        protocols: &[&str],
    ) -> Result<(Session, String)> {
        let mut headers = vec![(header::UPGRADE, UPGRADE)];
        headers.extend(
            protocols
                .iter()
                .map(|protocol| (STREAM_PROTOCOL, *protocol)),
        );
        let (upgraded, answer) = self.upgrade(Method::POST, request, &headers).await?;
        let chosen = answer
            .get(STREAM_PROTOCOL)
            .and_then(|chosen| chosen.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let session =
            knarr_spdy::client(upgraded).map_err(|error| Error::message(error.to_string()))?;
        Ok((session, chosen))
    }

    /// The streams of a port-forward: SPDY inside a WebSocket, or alone with a server that has no tunnel.
    pub async fn port_forward(&self, request: &Request) -> Result<Session> {
        let protocol = format!("{TUNNEL_PREFIX}{PORT_FORWARD}");
        if let Some(socket) = self
            .web_socket(request, &protocol, "KUBECTL_PORT_FORWARD_WEBSOCKETS")
            .await?
        {
            return tunnel(socket);
        }
        Ok(self.spdy(request, &[PORT_FORWARD]).await?.0)
    }

    /// Asks for another protocol; the headers of the answer tell which one the server took.
    async fn upgrade(
        &self,
        method: Method,
        request: &Request,
        headers: &[(HeaderName, &str)],
    ) -> Result<(Upgraded, HeaderMap)> {
        let url = self.url(request);
        let login = self.login()?;
        let mut builder = login
            .upgrading(self)?
            .request(method.clone(), &url)
            .headers(login.headers.clone())
            .header(header::CONNECTION, "Upgrade");
        for (name, value) in headers {
            builder = builder.header(name, *value);
        }
        let failed = |error| self.unreachable(&method, &url, &error);
        let response = builder.send().await.map_err(failed)?;
        login.note(response.status());
        self.print_warnings(response.headers());
        let code = response.status();
        if code != StatusCode::SWITCHING_PROTOCOLS {
            let body = response.bytes().await.map_err(failed)?;
            return Err(refused(&body));
        }
        let answer = response.headers().clone();
        let upgraded = response.upgrade().await.map_err(failed)?;
        Ok((upgraded, answer))
    }
}

/// Of a Status its message is told, other words are those of the kubelet; neither is an answer to the request.
fn refused(body: &[u8]) -> Error {
    let status = serde_json::from_slice::<serde_json::Value>(body)
        .ok()
        .filter(|answer| answer["kind"] == "Status");
    let text = match &status {
        Some(status) => status["message"].as_str().unwrap_or_default().to_owned(),
        None if body.is_empty() => "empty server response".to_owned(),
        None => String::from_utf8_lossy(body).trim().to_owned(),
    };
    Error::message(format!("unable to upgrade connection: {text}"))
}

/// SPDY inside the binary messages of a WebSocket.
fn tunnel(socket: Socket) -> Result<Session> {
    let (sink, source) = socket.split();
    let source = source.filter_map(|message| async move {
        match message {
            Ok(Message::Binary(bytes)) => Some(Ok(bytes)),
            Ok(_) => None,
            Err(error) => Some(Err(std::io::Error::other(error))),
        }
    });
    let sink = sink
        .with(|bytes| async move {
            Ok::<_, tokio_tungstenite::tungstenite::Error>(Message::Binary(bytes))
        })
        .sink_map_err(std::io::Error::other);
    let reader = StreamReader::new(Box::pin(source));
    let writer = SinkWriter::new(CopyToBytes::new(Box::pin(sink)));
    knarr_spdy::client(tokio::io::join(reader, writer))
        .map_err(|error| Error::message(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kubelet_speaks_in_plain_text() {
        assert_eq!(
            refused(b"container not found (\"x\")\n").report().0,
            "error: unable to upgrade connection: container not found (\"x\")"
        );
        let status = br#"{"kind":"Status","status":"Failure","reason":"NotFound","message":"pods \"x\" not found","code":404}"#;
        assert_eq!(
            refused(status).report().0,
            "error: unable to upgrade connection: pods \"x\" not found"
        );
    }
}
