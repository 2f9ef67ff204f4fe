//! Calls to a cluster of etcd servers: one channel for each endpoint, TLS, and going on to the next endpoint when one
//! can't be reached.

use std::error::Error as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::uri::PathAndQuery;
use prost::Message;
use tonic::client::Grpc;
use tonic::metadata::MetadataValue;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Request, Status, Streaming};
use tonic_prost::ProstCodec;

use super::EtcdConfig;
use super::messages::{WatchCreateRequest, WatchRequest, WatchRequestUnion, WatchResponse};
use crate::store::{Error, Result};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// How often a silent connection is probed, and how long the answer may take.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// A range without a limit answers in one message.
const MAX_MESSAGE_BYTES: usize = 1 << 30;

/// Whether a call may be repeated when nobody knows if it was carried out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    Read,
    Write,
}

/// A client of all endpoints of one cluster.
pub(super) struct Client {
    endpoints: Vec<(String, Channel)>,
    /// The endpoint that answered last.
    current: AtomicUsize,
}

impl Client {
    /// Prepares the connections; they are made when they are needed.
    pub fn new(config: &EtcdConfig) -> Result<Self> {
        if config.endpoints.is_empty() {
            return Err(Error::Configuration("no etcd endpoint is given".to_owned()));
        }
        let endpoints: Result<Vec<_>> = config
            .endpoints
            .iter()
            .map(|address| Ok((address.clone(), endpoint(address, config)?.connect_lazy())))
            .collect();
        Ok(Self {
            endpoints: endpoints?,
            current: AtomicUsize::new(0),
        })
    }

    /// A call with one answer. An endpoint that can't be reached is followed by the next, until all have been tried.
    pub async fn call<Q, R>(
        &self,
        path: &'static str,
        request: Q,
        repeat: Repeat,
    ) -> Result<R, Status>
    where
        Q: Message + Clone + 'static,
        R: Message + Default + 'static,
    {
        let mut failures = Vec::new();
        for _ in &self.endpoints {
            let at = self.current.load(Ordering::Relaxed) % self.endpoints.len();
            let (address, channel) = &self.endpoints[at];
            match unary(channel.clone(), path, request.clone()).await {
                Ok(response) => return Ok(response),
                Err(status) if unreachable(&status, repeat) => {
                    failures.push(format!("{address}: {}", describe(&status)));
                    self.leave(at);
                }
                Err(status) => return Err(status),
            }
        }
        Err(Status::unavailable(failures.join("; ")))
    }

    /// Opens a stream of all changes of all keys from `start` on, and tells at which endpoint.
    pub async fn watch_everything(
        &self,
        start: i64,
    ) -> Result<(Streaming<WatchResponse>, usize), Status> {
        let at = self.current.load(Ordering::Relaxed) % self.endpoints.len();
        let create = WatchCreateRequest {
            key: vec![0].into(),
            range_end: vec![0].into(),
            start_revision: start,
        };
        let create = WatchRequest {
            request: Some(WatchRequestUnion::Create(create)),
        };
        // Nothing more is asked on this stream; it must stay open, for its end would end the watch.
        let requests =
            tokio_stream::StreamExt::chain(tokio_stream::once(create), tokio_stream::pending());
        let mut request = Request::new(requests);
        // A server that has lost its leader ends the watch, where it would else stay silent.
        request
            .metadata_mut()
            .insert("hasleader", MetadataValue::from_static("true"));
        let mut grpc =
            Grpc::new(self.endpoints[at].1.clone()).max_decoding_message_size(MAX_MESSAGE_BYTES);
        let opened = async {
            grpc.ready()
                .await
                .map_err(|error| Status::from_error(error.into()))?;
            let path = PathAndQuery::from_static("/etcdserverpb.Watch/Watch");
            grpc.streaming(request, path, ProstCodec::default()).await
        };
        match opened.await {
            Ok(response) => Ok((response.into_inner(), at)),
            Err(status) => {
                self.leave(at);
                Err(status)
            }
        }
    }

    /// Prefers the next endpoint from now on, unless somebody else has gone on already.
    pub fn leave(&self, at: usize) {
        let next = (at + 1) % self.endpoints.len();
        let _moved = self
            .current
            .compare_exchange(at, next, Ordering::Relaxed, Ordering::Relaxed);
    }
}

async fn unary<Q, R>(channel: Channel, path: &'static str, message: Q) -> Result<R, Status>
where
    Q: Message + 'static,
    R: Message + Default + 'static,
{
    let mut grpc = Grpc::new(channel).max_decoding_message_size(MAX_MESSAGE_BYTES);
    let mut request = Request::new(message);
    request.set_timeout(CALL_TIMEOUT);
    grpc.ready()
        .await
        .map_err(|error| Status::from_error(error.into()))?;
    let codec: ProstCodec<Q, R> = ProstCodec::default();
    let response = grpc
        .unary(request, PathAndQuery::from_static(path), codec)
        .await?;
    Ok(response.into_inner())
}

fn endpoint(address: &str, config: &EtcdConfig) -> Result<Endpoint> {
    let invalid = |error: tonic::transport::Error| {
        let detail = error
            .source()
            .map_or_else(|| error.to_string(), ToString::to_string);
        Error::Configuration(format!("etcd endpoint {address}: {detail}"))
    };
    let endpoint = Endpoint::from_shared(address.to_owned())
        .map_err(invalid)?
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEP_ALIVE_INTERVAL)
        .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
        .keep_alive_while_idle(true);
    match endpoint.uri().scheme_str() {
        Some("http") => return Ok(endpoint),
        Some("https") => {}
        _ => {
            let detail = format!("etcd endpoint {address}: it must begin with https:// or http://");
            return Err(Error::Configuration(detail));
        }
    }
    let mut tls = ClientTlsConfig::new();
    if let Some(ca) = &config.ca {
        tls = tls.ca_certificate(Certificate::from_pem(ca));
    }
    match (&config.client_cert, &config.client_key) {
        (None, None) => {}
        (Some(certificate), Some(key)) => tls = tls.identity(Identity::from_pem(certificate, key)),
        (Some(_), None) => {
            return Err(Error::Configuration(
                "etcd: a client certificate needs its key".to_owned(),
            ));
        }
        (None, Some(_)) => {
            return Err(Error::Configuration(
                "etcd: a client key needs its certificate".to_owned(),
            ));
        }
    }
    endpoint.tls_config(tls).map_err(invalid)
}

/// Whether the next endpoint may be tried: for a write only if this one has not got it.
fn unreachable(status: &Status, repeat: Repeat) -> bool {
    match repeat {
        Repeat::Read => matches!(
            status.code(),
            Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled
        ),
        Repeat::Write => never_sent(status),
    }
}

fn never_sent(status: &Status) -> bool {
    let mut source = status.source();
    while let Some(error) = source {
        if error.is::<tonic::ConnectError>() {
            return true;
        }
        source = error.source();
    }
    false
}

/// The text of a status with that of its causes, each said once.
pub(super) fn describe(status: &Status) -> String {
    let mut text = status.message().to_owned();
    let mut source = status.source();
    while let Some(error) = source {
        let cause = error.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
        source = error.source();
    }
    text
}
