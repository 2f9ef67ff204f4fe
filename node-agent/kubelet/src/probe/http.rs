//! HTTP probes and hooks: a GET that answers 200 to 399 is healthy. Certificates are not verified, as
//! upstream, because the node has no way to know them.

use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use k8s_openapi::api::core::v1::{Container, HTTPGetAction};
use reqwest::header::{ACCEPT, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

use super::{Outcome, port_number};

/// Bytes of an answer that are read.
const MAX_BODY: usize = 10 * 1024;

/// A GET as a probe or hook describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// Where.
    pub url: String,
    /// With which headers.
    pub headers: HeaderMap,
}

impl HttpRequest {
    /// The request of an action against a container; the host defaults to the pod's address.
    pub fn new(
        action: &HTTPGetAction,
        container: &Container,
        pod_ip: &str,
    ) -> Result<Self, String> {
        let port = port_number(&action.port, container)?;
        let host = action
            .host
            .as_deref()
            .filter(|host| !host.is_empty())
            .unwrap_or(pod_ip);
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.to_owned()
        };
        let scheme = action.scheme.as_deref().unwrap_or("HTTP").to_lowercase();
        let path = action.path.as_deref().unwrap_or("/");
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(Self {
            url: format!("{scheme}://{host}:{port}{slash}{path}"),
            headers: headers(action),
        })
    }
}

fn headers(action: &HTTPGetAction) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static("kube-probe/1.36"));
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    for header in action.http_headers.iter().flatten() {
        let name = HeaderName::from_bytes(header.name.as_bytes());
        let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&header.value)) else {
            continue;
        };
        // `Host`, `User-Agent` and `Accept` replace what is there; others may repeat.
        if [HOST, USER_AGENT, ACCEPT].contains(&name) {
            headers.insert(name, value);
        } else {
            headers.append(name, value);
        }
    }
    headers
}

pub(super) async fn probe(request: &HttpRequest, timeout: Duration) -> Outcome {
    match get(request, timeout).await {
        Ok((status, _)) if (200..400).contains(&status) => Outcome::Success,
        Ok((status, _)) => Outcome::Failure(format!("HTTP probe failed with statuscode: {status}")),
        Err(why) => Outcome::Failure(why),
    }
}

/// Sends the request; the status and the beginning of the body. Redirects to other hosts are not
/// followed.
pub async fn get(request: &HttpRequest, timeout: Duration) -> Result<(u16, Vec<u8>), String> {
    let client = client()?;
    let sent = client
        .get(&request.url)
        .headers(request.headers.clone())
        .timeout(timeout)
        .send()
        .await;
    let mut response = sent.map_err(|error| describe(&request.url, &error, timeout))?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() >= MAX_BODY {
            body.truncate(MAX_BODY);
            break;
        }
    }
    Ok((status, body))
}

/// The error as Go's HTTP client words it.
fn describe(url: &str, error: &reqwest::Error, timeout: Duration) -> String {
    if error.is_timeout() {
        let _ = timeout;
        return format!(
            "Get \"{url}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        );
    }
    let mut cause: Option<&dyn Error> = error.source();
    let mut last = error.to_string();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            let address = url.split('/').nth(2).unwrap_or_default();
            return format!(
                "Get \"{url}\": dial tcp {address}: connect: {}",
                super::tcp::plain(io)
            );
        }
        last = inner.to_string();
        cause = inner.source();
    }
    format!("Get \"{url}\": {last}")
}

/// One client for all probes: each connection is its own, as a probe asks whether one can be made.
fn client() -> Result<&'static reqwest::Client, String> {
    static CLIENT: OnceLock<Result<reqwest::Client, String>> = OnceLock::new();
    let client = CLIENT.get_or_init(|| {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
            .with_no_client_auth();
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .pool_max_idle_per_host(0)
            .http1_only()
            .redirect(reqwest::redirect::Policy::custom(same_host))
            .build()
            .map_err(|error| error.to_string())
    });
    client.as_ref().map_err(Clone::clone)
}

fn same_host(attempt: reqwest::redirect::Attempt<'_>) -> reqwest::redirect::Action {
    let first = attempt
        .previous()
        .first()
        .and_then(|url| url.host_str().map(str::to_owned));
    if attempt.previous().len() > 10 || attempt.url().host_str().map(str::to_owned) != first {
        attempt.stop()
    } else {
        attempt.follow()
    }
}

/// Takes any server certificate.
#[derive(Debug)]
struct AnyCertificate(Arc<rustls::crypto::CryptoProvider>);

impl rustls::client::danger::ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &rustls::pki_types::CertificateDer<'_>,
        _intermediates: &[rustls::pki_types::CertificateDer<'_>],
        _server_name: &rustls::pki_types::ServerName<'_>,
        _ocsp_response: &[u8],
        _now: rustls::pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &rustls::pki_types::CertificateDer<'_>,
        dss: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &rustls::pki_types::CertificateDer<'_>,
        dss: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(action: serde_json::Value) -> HttpRequest {
        let action: HTTPGetAction = serde_json::from_value(action).unwrap();
        let container: Container = serde_json::from_value(
            json!({"name": "a", "ports": [{"name": "web", "containerPort": 8080}]}),
        )
        .unwrap();
        HttpRequest::new(&action, &container, "10.244.0.2").unwrap()
    }

    #[test]
    fn the_pod_is_asked_unless_a_host_is_named() {
        assert_eq!(
            request(json!({"port": "web", "path": "/healthz"})).url,
            "http://10.244.0.2:8080/healthz"
        );
        assert_eq!(
            request(json!({"port": 1, "host": "h", "scheme": "HTTPS"})).url,
            "https://h:1/"
        );
        let own =
            request(json!({"port": 1, "httpHeaders": [{"name": "User-Agent", "value": "x"}]}));
        assert_eq!(own.headers[USER_AGENT], "x");
    }

    #[tokio::test]
    async fn a_status_from_200_to_399_is_healthy() {
        let app = axum::Router::new()
            .route("/ok", axum::routing::get(|| async { "fine" }))
            .route(
                "/bad",
                axum::routing::get(|| async { http::StatusCode::SERVICE_UNAVAILABLE }),
            );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        let check = async |path: &str, expected: Outcome| {
            let request = HttpRequest {
                url: format!("http://{address}{path}"),
                headers: HeaderMap::new(),
            };
            assert_eq!(
                super::probe(&request, Duration::from_secs(5)).await,
                expected,
                "{path}"
            );
        };
        check("/ok", Outcome::Success).await;
        check(
            "/bad",
            Outcome::Failure("HTTP probe failed with statuscode: 503".into()),
        )
        .await;
        server.abort();
        let _ = server.await;
        let refused =
            format!("Get \"http://{address}/ok\": dial tcp {address}: connect: connection refused");
        check("/ok", Outcome::Failure(refused)).await;
    }
}
