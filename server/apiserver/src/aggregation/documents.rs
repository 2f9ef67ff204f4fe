//! What an extension server says that it serves: its part of discovery and of the OpenAPI documents. An answer that does
//! not come leaves that part out.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::header::ACCEPT;
use http::{HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use knarr_api::discovery::{from_resource_list, stale_version};
use serde_json::Value;

use super::proxy::identify;
use super::services::{ApiService, Remote};
use crate::user::{MASTERS, UserInfo};

/// The longest document that is read.
const LONGEST: usize = 64 << 20;
const TIMEOUT: Duration = Duration::from_secs(10);
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// What one server told of one group version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Documents {
    /// An `APIVersionDiscovery`.
    pub discovery: Option<Value>,
    /// Its whole OpenAPI document of version 2.
    pub openapi_v2: Option<Value>,
    /// Where its document of version 3 is, with the hash by which clients keep it.
    pub openapi_v3: Option<String>,
}

impl Documents {
    /// The version in aggregated discovery: as its server told, marked when it does not answer now.
    pub fn version(&self, name: &str, available: bool) -> Value {
        match &self.discovery {
            Some(told) if available => told.clone(),
            told => stale_version(name, told.as_ref()),
        }
    }
}

/// Asks a server for everything.
pub async fn fetch(service: &ApiService, remote: &Remote) -> Documents {
    Documents {
        discovery: discovery(service, remote).await,
        openapi_v2: get(remote, "/openapi/v2", "application/json").await,
        openapi_v3: index_entry(service, remote).await,
    }
}

async fn discovery(service: &ApiService, remote: &Remote) -> Option<Value> {
    let all = get(remote, "/apis", AGGREGATED).await;
    let items = all.as_ref().and_then(|all| all["items"].as_array());
    let group = items
        .into_iter()
        .flatten()
        .find(|group| group["metadata"]["name"] == service.group.as_str());
    let told = group.and_then(|group| {
        let mut versions = group["versions"].as_array()?.iter();
        versions.find(|one| one["version"] == service.version.as_str())
    });
    if let Some(told) = told {
        let mut told = told.clone();
        told["freshness"] = "Current".into();
        return Some(told);
    }
    // A server of before aggregated discovery.
    let list = get(remote, &service.path(), "application/json").await?;
    Some(from_resource_list(&service.group, &service.version, &list))
}

async fn index_entry(service: &ApiService, remote: &Remote) -> Option<String> {
    let index = get(remote, "/openapi/v3", "application/json").await?;
    let path = service.path();
    let entry = &index["paths"][path.trim_start_matches('/')];
    entry["serverRelativeURL"].as_str().map(str::to_owned)
}

async fn get(remote: &Remote, path: &str, accept: &'static str) -> Option<Value> {
    let clients = remote.clients.as_ref().ok()?;
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = remote.uri(path).ok()?;
    let accept = HeaderValue::from_static(accept);
    request.headers_mut().insert(ACCEPT, accept);
    let user = UserInfo {
        name: "system:kube-aggregator".to_owned(),
        groups: vec![MASTERS.to_owned()],
        ..UserInfo::default()
    };
    identify(request.headers_mut(), &user);
    let exchange = async {
        let answer = clients.verified.request(request).await.ok()?;
        if answer.status() != StatusCode::OK {
            return None;
        }
        let body = Limited::new(answer.into_body(), LONGEST).collect().await;
        Some(body.ok()?.to_bytes())
    };
    let bytes: Bytes = tokio::time::timeout(TIMEOUT, exchange).await.ok()??;
    serde_json::from_slice(&bytes).ok()
}
