//! What a client wants a connection to become: a WebSocket, SPDY/3.1, or nothing of the kind.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::extract::ws::WebSocketUpgrade;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode, header};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use knarr_spdy::Incoming;

use super::Refusal;

/// The sub-protocols that a client of SPDY offers, and the one that is chosen.
const STREAM_PROTOCOL: HeaderName = HeaderName::from_static("x-stream-protocol-version");

/// The wish of a request. It is looked at last, so that a client that tries one way after the other sees the reason
/// that matters.
pub(super) enum Upgrade {
    WebSocket(WebSocketUpgrade),
    Spdy(SpdyUpgrade),
    None,
}

/// A connection that becomes SPDY.
pub(super) struct SpdyUpgrade {
    connection: OnUpgrade,
    offered: Vec<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let wanted = parts.headers.get(header::UPGRADE);
        let is_spdy = wanted.is_some_and(|wanted| {
            wanted
                .as_bytes()
                .eq_ignore_ascii_case(knarr_spdy::UPGRADE.as_bytes())
        });
        if !is_spdy {
            let socket = WebSocketUpgrade::from_request_parts(parts, state).await;
            return Ok(socket.map_or(Upgrade::None, Upgrade::WebSocket));
        }
        let Some(connection) = parts.extensions.remove::<OnUpgrade>() else {
            return Ok(Upgrade::None);
        };
        let offered = parts
            .headers
            .get_all(STREAM_PROTOCOL)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|value| value.trim().to_owned())
            .collect();
        Ok(Upgrade::Spdy(SpdyUpgrade {
            connection,
            offered,
        }))
    }
}

/// The refusal of a request that stays HTTP.
pub(super) fn required() -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, "Upgrade request required".into())
}

impl SpdyUpgrade {
    /// Takes the first offered protocol that is `supported`, and gives the streams to `serve`.
    pub(super) fn accept<F>(
        self,
        supported: &[&'static str],
        serve: impl FnOnce(Incoming, &'static str) -> F + Send + 'static,
    ) -> Result<Response, Refusal>
    where
        F: Future<Output = ()> + Send,
    {
        let chosen = self
            .offered
            .iter()
            .find_map(|offered| supported.iter().find(|known| *known == offered));
        let Some(chosen) = chosen.copied() else {
            let text = format!(
                "unable to negotiate protocol: client supports [{}], server accepts [{}]",
                self.offered.join(" "),
                supported.join(" ")
            );
            return Err(Refusal(StatusCode::FORBIDDEN, text));
        };
        tokio::spawn(async move {
            let served = async {
                let connection = self.connection.await.map_err(|error| error.to_string())?;
                let incoming = knarr_spdy::server(TokioIo::new(connection))
                    .map_err(|error| error.to_string())?;
                serve(incoming, chosen).await;
                Ok::<(), String>(())
            };
            if let Err(error) = served.await {
                tracing::debug!(%error, "a connection did not become SPDY");
            }
        });
        let headers = [
            (header::CONNECTION, HeaderValue::from_static("Upgrade")),
            (
                header::UPGRADE,
                HeaderValue::from_static(knarr_spdy::UPGRADE),
            ),
            (STREAM_PROTOCOL, HeaderValue::from_static(chosen)),
        ];
        Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
    }
}
