//! One entry of the audit log: `Event` of `audit.k8s.io/v1`, fields in the order in which upstream writes them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use http::HeaderMap;
use http::header::USER_AGENT;
use jiff::Timestamp;
use knarr_api::meta;
use serde::Serialize;
use serde_json::{Value, json};

use super::policy::{Level, Stage};
use crate::call::header;
use crate::request::RequestInfo;

/// As upstream: how much of a `User-Agent` is kept.
const MAX_USER_AGENT: usize = 1024;

/// What is recorded of a request at one stage.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    kind: &'static str,
    api_version: &'static str,
    pub level: Level,
    #[serde(rename = "auditID")]
    pub audit_id: String,
    pub stage: Stage,
    #[serde(rename = "requestURI")]
    pub request_uri: String,
    pub verb: &'static str,
    /// `authentication.k8s.io/v1` UserInfo.
    pub user: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impersonated_user: Option<Value>,
    /// By which verb of constrained impersonation the user acts as another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authentication_metadata: Option<Value>,
    #[serde(rename = "sourceIPs", skip_serializing_if = "Vec::is_empty")]
    pub source_ips: Vec<IpAddr>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user_agent: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_ref: Option<ObjectReference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_status: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_object: Option<Value>,
    #[serde(serialize_with = "micro_time")]
    pub request_received_timestamp: Timestamp,
    #[serde(serialize_with = "micro_time")]
    pub stage_timestamp: Timestamp,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// What a request is about.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectReference {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub resource: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uid: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub api_group: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub resource_version: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subresource: String,
}

fn micro_time<S: serde::Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&meta::rfc3339_micro(*time))
}

impl Event {
    /// What is known when a request has come.
    pub fn received(
        level: Level,
        audit_id: String,
        request: &http::request::Parts,
        info: &RequestInfo,
        now: Timestamp,
    ) -> Self {
        let uri = request.uri.path_and_query();
        Self {
            kind: "Event",
            api_version: "audit.k8s.io/v1",
            level,
            audit_id,
            stage: Stage::RequestReceived,
            request_uri: uri.map(ToString::to_string).unwrap_or_default(),
            verb: info.verb.as_str(),
            user: json!({}),
            impersonated_user: None,
            authentication_metadata: None,
            source_ips: source_ips(request),
            user_agent: user_agent(&request.headers),
            object_ref: info.is_resource.then(|| ObjectReference {
                resource: info.resource.clone(),
                namespace: info.namespace.clone(),
                name: info.name.clone(),
                api_group: info.group.clone(),
                api_version: info.version.clone(),
                subresource: info.subresource.clone(),
                ..ObjectReference::default()
            }),
            response_status: None,
            request_object: None,
            response_object: None,
            request_received_timestamp: now,
            stage_timestamp: now,
            annotations: BTreeMap::new(),
        }
    }

    /// The line of `--audit-log-format=legacy`.
    pub fn legacy(&self) -> String {
        let or = |text: &str, otherwise: &str| match text {
            "" => otherwise.to_owned(),
            text => text.to_owned(),
        };
        let name = |user: &Value| user["username"].as_str().unwrap_or_default().to_owned();
        let groups = |user: &Value| {
            let groups = user["groups"].as_array().into_iter().flatten();
            let quoted: Vec<String> = groups.map(ToString::to_string).collect();
            quoted.join(",")
        };
        let (as_user, as_groups) = match &self.impersonated_user {
            Some(user) => (name(user), or(&groups(user), "<lookup>")),
            None => ("<self>".to_owned(), "<lookup>".to_owned()),
        };
        let namespace = self
            .object_ref
            .as_ref()
            .map_or("", |object| &object.namespace);
        let response = match &self.response_status {
            Some(status) => status["code"].to_string(),
            None => "<deferred>".to_owned(),
        };
        let ip = self.source_ips.first().map(ToString::to_string);
        format!(
            "{} AUDIT: id={:?} stage=\"{:?}\" ip={:?} method={:?} user={:?} groups={:?} as={as_user:?} asgroups={as_groups:?} user-agent={:?} namespace={:?} uri={:?} response={response:?}",
            self.request_received_timestamp,
            self.audit_id,
            self.stage,
            ip.as_deref().unwrap_or("<unknown>"),
            self.verb,
            or(&name(&self.user), "<none>"),
            or(&groups(&self.user), "<none>"),
            self.user_agent,
            or(namespace, "<none>"),
            self.request_uri,
        )
    }
}

/// From where a request came, the client first: what proxies say, and the connection itself.
fn source_ips(request: &http::request::Parts) -> Vec<IpAddr> {
    let headers = &request.headers;
    let text = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    };
    let mut found: Vec<IpAddr> = text("x-forwarded-for")
        .split(',')
        .filter_map(|part| part.trim().parse().ok())
        .collect();
    if let Ok(real) = text("x-real-ip").parse()
        && !found.contains(&real)
    {
        found.push(real);
    }
    let remote = request.extensions.get::<crate::tls::Remote>();
    // Without a connection the request comes from inside the process.
    let remote = remote.map_or(IpAddr::from([127, 0, 0, 1]), |remote| remote.0);
    if found.last() != Some(&remote) {
        found.push(remote);
    }
    found
}

fn user_agent(headers: &HeaderMap) -> String {
    let agent = header(headers, USER_AGENT);
    // A header that is text is ASCII: every index is the start of a character.
    match agent.get(..MAX_USER_AGENT) {
        Some(start) if agent.len() > MAX_USER_AGENT => format!("{start}...TRUNCATED"),
        _ => agent.to_owned(),
    }
}
