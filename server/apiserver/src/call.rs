//! One request on its way: who asks, what for, with which options, on which kind.

use std::sync::Arc;

use http::HeaderMap;
use http::header::{ACCEPT, USER_AGENT};
use knarr_api::kinds::Kind;
use knarr_api::status::Status;
use knarr_api::{convert, defaults};
use knarr_storage::{At, Entry};
use serde_json::Value;

use crate::audit::Recording;
use crate::crd::Custom;
use crate::metrics::Elsewhere;
use crate::registry;
use crate::registry::store::Write;
use crate::registry::strategy::Part;
use crate::request::accept::{self, Encoding, Form, Offers};
use crate::request::body::Expected;
use crate::request::{Options, RequestInfo};
use crate::server::Shared;
use crate::user::UserInfo;

/// A request for a resource, authenticated and authorized.
pub struct Call {
    pub shared: Arc<Shared>,
    pub user: Arc<UserInfo>,
    pub info: RequestInfo,
    pub query: String,
    pub headers: HeaderMap,
    pub options: Options,
    /// In the version that was asked for.
    pub kind: &'static Kind,
    /// In the version that is stored.
    pub stored: &'static Kind,
    /// Set for custom resources. Their verbs work in the requested version: `stored` is `kind`, and objects are
    /// converted where they come out of the store and go into it.
    pub custom: Option<Custom>,
    pub encoding: Encoding,
    pub form: Form,
    /// Set when the request is recorded.
    pub audit: Option<Arc<Recording>>,
    /// How long others took.
    pub elsewhere: Arc<Elsewhere>,
    /// Texts for `Warning` headers.
    pub warnings: Vec<String>,
}

/// As upstream: the longest name of a manager.
const MANAGER_MAX: usize = 128;

impl Call {
    /// The namespace of the objects asked for; empty for kinds of the cluster, and for all namespaces.
    pub fn namespace(&self) -> &str {
        if self.kind.namespaced {
            &self.info.namespace
        } else {
            ""
        }
    }

    /// What a body of this request must be.
    pub fn expected(&self) -> Expected<'_> {
        Expected {
            custom: self.custom.as_ref().map(Custom::version),
            ..Expected::of(self.kind)
        }
    }

    /// Fills in the defaults of an object in the stored form.
    pub fn default(&self, object: &mut Value) {
        match &self.custom {
            Some(custom) => custom.version().default(object),
            None => defaults::apply(self.stored, object),
        }
    }

    /// The text of a header, empty when absent.
    pub fn header(&self, name: http::header::HeaderName) -> &str {
        header(&self.headers, name)
    }

    /// Who writes, for managed fields: the option, or the program's name from `User-Agent`.
    pub fn manager(&self) -> &str {
        if !self.options.field_manager.is_empty() {
            return &self.options.field_manager;
        }
        let agent = self.header(USER_AGENT);
        let program = agent.split('/').next().unwrap_or_default();
        // A header holds no characters of more than a byte.
        match program.get(..MANAGER_MAX).unwrap_or(program) {
            "" => "unknown",
            program => program,
        }
    }

    /// How the objects of this request are written.
    pub fn write<'a>(&'a self, name: &'a str, part: Part) -> Write<'a> {
        Write {
            shared: &self.shared,
            user: &self.user,
            kind: self.stored,
            custom: self.custom.as_ref(),
            requested: self.kind,
            namespace: self.namespace(),
            name,
            subresource: &self.info.subresource,
            part,
            manager: self.manager(),
            dry_run: self.options.dry_run,
            options: Some(&self.options),
            audit: self.audit.as_deref(),
            elsewhere: Some(&*self.elsewhere),
        }
    }

    /// From the version of the request to the stored one.
    pub fn to_stored(&self, object: Value) -> Result<Value, Status> {
        if std::ptr::eq(self.kind, self.stored) {
            Ok(object)
        } else {
            convert::to_stored(self.kind, object)
        }
    }

    /// From the stored version to that of the request.
    pub fn requested(&self, object: Value) -> Value {
        if std::ptr::eq(self.kind, self.stored) {
            object
        } else {
            convert::from_stored(self.kind, object)
        }
    }

    /// The parts that a stream needs after the answer has begun.
    pub fn for_stream(&self) -> Self {
        Self {
            shared: self.shared.clone(),
            user: self.user.clone(),
            info: self.info.clone(),
            query: String::new(),
            headers: HeaderMap::new(),
            options: self.options.clone(),
            kind: self.kind,
            stored: self.stored,
            custom: self.custom.clone(),
            encoding: self.encoding,
            form: self.form,
            audit: None,
            elsewhere: self.elsewhere.clone(),
            warnings: Vec::new(),
        }
    }

    /// Objects of the cache, in the stored form (custom resources: in the requested version).
    pub async fn decode(&self, entries: &[Arc<Entry>]) -> Result<Vec<Value>, Status> {
        let objects = entries.iter().map(|entry| registry::decode(entry));
        let objects: Vec<Value> = objects.collect::<Result<_, Status>>()?;
        match &self.custom {
            Some(custom) => custom.read(&self.shared, objects).await,
            None => Ok(objects),
        }
    }

    /// Tells the audit log the object of a write, in the requested version.
    pub fn record(&self, object: &Value) {
        if let Some(audit) = &self.audit {
            audit.request(object);
        }
    }

    /// The same for an object in the stored version.
    pub fn record_stored(&self, object: &Value) {
        if self.audit.is_some() {
            self.record(&self.requested(object.clone()));
        }
    }

    /// The object of this request, in the same form.
    pub async fn find(&self, at: At) -> Result<Value, Status> {
        let name = &self.info.name;
        let registry = &self.shared.registry;
        let entry = registry
            .entry(self.stored, self.namespace(), name, at)
            .await?
            .ok_or_else(|| self.not_found())?;
        self.decode(&[entry])
            .await?
            .pop()
            .ok_or_else(|| self.not_found())
    }

    /// 404 for the object of this request.
    pub fn not_found(&self) -> Status {
        Status::not_found(self.kind.group, self.kind.plural, &self.info.name)
    }
}

/// The text of a header, empty when absent or no text.
pub fn header(headers: &HeaderMap, name: http::header::HeaderName) -> &str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// What the client wants to be answered with, or 406.
pub fn negotiate(headers: &HeaderMap, offers: Offers) -> Result<(Encoding, Form), Status> {
    accept::object(header(headers, ACCEPT), offers)
        .ok_or_else(|| Status::not_acceptable(accept::SERVED))
}
