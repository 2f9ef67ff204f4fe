//! The generic store: the order of every write, for all kinds. What is particular to a kind is asked of its strategy.

mod create;
mod delete;
mod metadata;
mod update;

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use knarr_api::kinds::Kind;
use knarr_api::meta;
use knarr_api::schema::{Schema, SchemaRef};
use knarr_api::status::{FieldError, Status};
use knarr_api::{apply, json, validation};
use knarr_storage::Entry;
use serde_json::Value;

pub use create::create;
pub use delete::{Deleted, delete};
pub use metadata::{check_identity, same_namespace};
pub use update::{Expected, update};

use super::Registry;
use super::facts;
use super::strategy::Part;
use crate::audit::Recording;
use crate::crd::Custom;
use crate::metrics::Elsewhere;
use crate::registry::{self, privileged};
use crate::request::Options;
use crate::server::Shared;
use crate::user::UserInfo;

/// The largest object that the store takes, as etcd.
pub const MAX_OBJECT_BYTES: usize = 1_572_864;

/// How often a write is tried again when others write the same object at the same time.
pub const ATTEMPTS: usize = 32;

/// One write: who writes what where.
#[derive(Clone, Copy)]
pub struct Write<'a> {
    pub shared: &'a Arc<Shared>,
    pub user: &'a Arc<UserInfo>,
    /// In the stored form.
    pub kind: &'static Kind,
    /// Set for custom resources.
    pub custom: Option<&'a Custom>,
    /// The version that the client speaks.
    pub requested: &'static Kind,
    pub namespace: &'a str,
    /// Empty when a name is to be generated, or is in the object.
    pub name: &'a str,
    pub subresource: &'a str,
    pub part: Part,
    /// The name in managed fields.
    pub manager: &'a str,
    pub dry_run: bool,
    /// Of the request, for admission.
    pub options: Option<&'a Options>,
    /// Set when the request is recorded.
    pub audit: Option<&'a Recording>,
    /// Where it is noted how long others took.
    pub elsewhere: Option<&'a Elsewhere>,
}

impl Write<'_> {
    fn key(&self, name: &str) -> String {
        Registry::key(self.kind, self.namespace, name)
    }

    fn not_found(&self) -> Status {
        Status::not_found(self.kind.group, self.kind.plural, self.name)
    }

    fn conflict(&self) -> Status {
        Status::modified(self.kind.group, self.kind.plural, self.name)
    }

    /// Records in managed fields who owns what this write has changed.
    fn manage(&self, live: Option<&Value>, new: &mut Value) {
        let time = meta::now_rfc3339();
        let version = self.kind.api_version();
        let writer = self.writer(&version, &time);
        apply::update_managers(live, new, &writer, self.schema());
    }

    /// How objects of the kind merge.
    pub fn schema(&self) -> Option<SchemaRef<'_>> {
        match self.custom {
            Some(custom) => custom.version().schema(),
            None => Schema::for_kind(self.kind),
        }
    }

    /// Brings what was checked into the form that is stored: what has no type has its fields in the order of their names.
    fn settle(&self, object: &mut Value) {
        if self.custom.is_some() {
            json::settle_numbers(object);
            object.sort_all_objects();
        }
        registry::strategy(self.kind).canonicalize(object);
    }

    /// The faults of a new object.
    fn check_create(&self, object: &Value) -> Vec<FieldError> {
        let mut errors = validation::create(self.requested, object);
        errors.extend(self.check_privileges(object));
        if let Some(custom) = self.custom {
            errors.extend(self.check_custom(custom, object, None));
        }
        errors
    }

    /// The faults of a change of the object or its status.
    fn check_update(&self, new: &Value, old: &Value) -> Vec<FieldError> {
        let mut errors = validation::every_update(self.kind, new, old);
        errors.extend(match self.part {
            Part::Main => validation::update(self.requested, new, old),
            Part::Approval => validation::update_approval(new, old),
            Part::EphemeralContainers => validation::update_ephemeral_containers(new, old),
            Part::Resize => validation::update_resize(new, old),
            // What the server changes itself was checked there.
            Part::Finalize | Part::Other => validation::update_metadata(new, old),
            Part::Status => validation::update_status(self.kind, new, old),
        });
        if self.part == Part::Main && self.kind.plural != "pods" {
            errors.extend(self.check_privileges(new));
        }
        if let Some(custom) = self.custom {
            errors.extend(self.check_custom(custom, new, Some(old)));
        }
        errors
    }

    fn check_privileges(&self, object: &Value) -> Vec<FieldError> {
        match self.shared.config.allow_privileged {
            true => Vec::new(),
            false => privileged::faults(self.kind, object),
        }
    }

    /// The faults of a custom resource.
    fn check_custom(&self, custom: &Custom, new: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let version = custom.version();
        let mut errors = match (self.part, old) {
            (Part::Status, Some(old)) => version.check_status(new, old),
            _ => version.check_shape(new, old),
        };
        let start = Instant::now();
        version.check_rules(new, old, &mut errors);
        self.shared.catalog.metrics.evaluated(start.elapsed());
        errors
    }

    /// The object of an entry, in the form that the write works in.
    async fn decode(&self, entry: &Entry) -> Result<Value, Status> {
        let object = registry::decode(entry)?;
        match self.custom {
            Some(custom) => {
                let mut read = custom.read(self.shared, vec![object]).await?;
                read.pop().ok_or_else(|| self.not_found())
            }
            None => Ok(object),
        }
    }

    /// The object as it goes into the store.
    async fn stored(&self, object: Value) -> Result<Value, Status> {
        match self.custom {
            Some(custom) => custom.to_stored(self.shared, object).await,
            None => Ok(object),
        }
    }

    /// What the answer to a write shows: the entry that was written, or for custom resources the object that was to
    /// be, which may be in another version. What a webhook has made of it is read back.
    async fn written(&self, entry: &Entry, asked: Option<Value>) -> Result<Bytes, Status> {
        let definition = self.custom.map(Custom::definition);
        match asked {
            Some(_) if definition.is_some_and(|own| own.webhook.is_some()) => {
                encode(&self.decode(entry).await?)
            }
            Some(mut object) => {
                meta::set_resource_version(&mut object, &entry.revision.to_string());
                encode(&object)
            }
            None => Ok(entry.object.clone()),
        }
    }

    /// A copy of an object that is stored in another form.
    fn asked(&self, object: &Value) -> Option<Value> {
        let other = self.custom.is_some_and(|custom| !custom.is_stored());
        other.then(|| object.clone())
    }

    /// The writer as managed fields record it.
    pub fn writer<'w>(&'w self, api_version: &'w str, time: &'w str) -> apply::Writer<'w> {
        apply::Writer {
            manager: self.manager,
            api_version,
            subresource: self.subresource,
            time,
            reset_fields: facts::reset_fields(self.kind, self.subresource),
        }
    }
}

/// An object as the answer has it, for writes that are only tried.
pub fn encode(object: &Value) -> Result<Bytes, Status> {
    serde_json::to_vec(object)
        .map(Bytes::from)
        .map_err(Status::internal)
}
