//! One request to the API server, before it is sent.

use super::refusal;
use http::{HeaderMap, Method};
use knarr_api::{protobuf, raw::Field};
use serde_json::Value;

/// What commands that read objects as they are accept.
pub const ACCEPT_JSON: &str = "application/json";
/// What commands that read into Go's types accept.
pub const ACCEPT_ANY: &str = "application/json, */*";
/// What the clients accept that Go has for each kind.
pub const ACCEPT_TYPED: &str = "application/vnd.kubernetes.protobuf,application/json";
/// What such a client accepts that is told to speak protobuf.
pub const ACCEPT_PROTOBUF: &str = "application/vnd.kubernetes.protobuf, */*";

/// One request, before it is sent.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: Method,
    /// An absolute path on the server.
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub accept: &'static str,
    pub content_type: &'static str,
    pub body: Option<Vec<u8>>,
    /// On what the request depends, such as `If-None-Match`.
    pub conditions: HeaderMap,
    /// Whether the answer is kept on disk.
    pub cached: bool,
    /// Whether of a refusal only the text counts, as client-go reads what is told about the API itself.
    pub raw: bool,
    /// Fields of the answer that nobody looks at.
    pub unread: &'static [Field],
}

impl Request {
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Request {
            method,
            path: path.into(),
            query: Vec::new(),
            accept: ACCEPT_JSON,
            content_type: "application/json",
            body: None,
            conditions: HeaderMap::new(),
            cached: false,
            raw: false,
            unread: &[],
        }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Request::new(Method::GET, path)
    }

    /// Adds a query parameter unless its value is empty.
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.query.push((name, value));
        }
        self
    }

    /// Adds the parameters of `pairs`.
    pub fn queries(mut self, pairs: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.query.extend(pairs);
        self
    }

    pub fn accept(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    /// For discovery and schemas: the answer is kept on disk, and asked for again only when it may have changed.
    pub fn cached(mut self) -> Self {
        self.cached = true;
        self.raw().query("timeout", "32s")
    }

    /// Looks at the text alone of a refusal, unless it is one of a single group version.
    pub fn raw(mut self) -> Self {
        let path = self.path.trim_start_matches('/');
        self.raw = match path.split_once('/') {
            None => true,
            Some((root, _)) => root == "openapi",
        };
        self
    }

    /// Leaves fields of the answer undecoded.
    pub fn without(mut self, fields: &'static [Field]) -> Self {
        self.unread = fields;
        self
    }

    /// As Go's client of that kind sends it: both sides speak protobuf where they can.
    pub fn typed(mut self) -> Self {
        self.accept = ACCEPT_TYPED;
        self
    }

    /// The body in another coding: an object of its own goes as protobuf to where protobuf is accepted, if its kind has
    /// such a form. Patches stay in JSON.
    pub(super) fn encoded(mut self) -> Self {
        let is_object = self.accept == ACCEPT_TYPED && self.content_type == "application/json";
        if let Some(body) = self.body.as_deref().filter(|_| is_object)
            && let Ok(object) = serde_json::from_slice::<Value>(body)
            && let Some(body) = protobuf::encode(&object)
        {
            self.content_type = protobuf::MEDIA_TYPE;
            self.body = Some(body);
        }
        self
    }

    /// The line of upstream's source that the log names for the bodies of such a request.
    pub(super) fn place(&self) -> &'static str {
        let is_typed = self.accept == ACCEPT_TYPED;
        let is_object = !refusal::asked_for(self).1.is_empty();
        match (self.path.as_str(), &self.method, is_typed) {
            ("/api", ..) => "discovery_client.go:255",
            ("/apis", ..) => "discovery_client.go:318",
            ("/version", ..) => "discovery_client.go:667",
            (_, &Method::POST, true) => "type.go:213",
            (_, &Method::PUT, true) => "type.go:228",
            (_, &Method::DELETE, true) => "type.go:257",
            (_, &Method::PATCH, true) => "type.go:289",
            (_, _, true) if is_object => "type.go:165",
            (_, _, true) => "type.go:183",
            (_, &Method::POST, false) => "helper.go:246",
            (_, &Method::PUT, false) => "helper.go:319",
            (_, &Method::DELETE, false) => "helper.go:202",
            (_, &Method::PATCH, false) => "helper.go:269",
            _ if self.is_watch() => "helper.go:182",
            _ if is_object => "helper.go:105",
            _ => "helper.go:113",
        }
    }

    /// Whether the answer goes on until somebody ends it, in events.
    pub(super) fn is_watch(&self) -> bool {
        self.query
            .iter()
            .any(|(name, value)| *name == "watch" && value == "true")
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.body = Some(body.to_string().into_bytes());
        self
    }

    /// A body in another format than JSON; without a name for it the server takes it for JSON.
    pub fn body(mut self, content_type: &'static str, body: Vec<u8>) -> Self {
        self.content_type = content_type;
        self.body = Some(body);
        self
    }

    /// The parameters stand in the order of their names, as Go writes them.
    pub(super) fn path_and_query(&self) -> String {
        let mut query: Vec<&(&str, String)> = self.query.iter().collect();
        query.sort_by_key(|(name, _)| *name);
        let mut text = self.path.clone();
        for (index, (name, value)) in query.into_iter().enumerate() {
            let mark = if index > 0 || self.path.contains('?') {
                '&'
            } else {
                '?'
            };
            text.push(mark);
            text.push_str(name);
            text.push('=');
            text.push_str(&encode(value).replace("%20", "+"));
        }
        text
    }
}

/// Percent-encodes one query value or path segment.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(byte.into())
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_values_are_encoded() {
        let request = Request::get("/api")
            .query("labelSelector", "a in (b,c)")
            .query("empty", "")
            .query("fieldManager", "1");
        assert_eq!(
            request.path_and_query(),
            "/api?fieldManager=1&labelSelector=a+in+%28b%2Cc%29"
        );
    }
}
