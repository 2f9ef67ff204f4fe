//! One version of a custom resource, as a request uses it: objects are stored in whichever version was the stored one
//! when they were written, and every verb works in the version of the request.

use std::sync::Arc;

use knarr_api::crd::{Definition, Version};
use knarr_api::kinds::Kind;
use knarr_api::status::Status;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::catalog::{Known, is_builtin};
use super::conversion;
use crate::server::Shared;

/// A served version.
#[derive(Clone, Debug)]
pub struct Custom {
    known: Arc<Known>,
    version: usize,
}

impl Custom {
    /// The version of that name, if it is served.
    pub fn of(known: Arc<Known>, version: &str) -> Option<Self> {
        let definition = &known.definition;
        let index = definition
            .versions
            .iter()
            .position(|found| found.served && found.kind.version == version)?;
        definition.established.then_some(Self {
            known,
            version: index,
        })
    }

    /// The storage version, for the server's own work; none for a resource that is the server's own.
    pub fn stored(known: Arc<Known>) -> Option<Self> {
        let versions = &known.definition.versions;
        let version = versions.iter().position(|version| version.storage)?;
        let kind = versions[version].kind;
        (!is_builtin(kind.group, kind.plural)).then_some(Self { known, version })
    }

    pub fn kind(&self) -> &'static Kind {
        self.version().kind
    }

    pub fn definition(&self) -> &Definition {
        &self.known.definition
    }

    pub fn version(&self) -> &Version {
        &self.known.definition.versions[self.version]
    }

    /// Cancelled when the definition changes.
    pub fn ended(&self) -> &CancellationToken {
        &self.known.ended
    }

    /// Objects as they are stored, in this version.
    pub async fn read(
        &self,
        shared: &Arc<Shared>,
        objects: Vec<Value>,
    ) -> Result<Vec<Value>, Status> {
        let definition = self.definition();
        let mut objects = conversion::convert(shared, definition, self.kind(), objects).await?;
        for object in &mut objects {
            self.version().refresh(object);
        }
        Ok(objects)
    }

    /// An object in another version of the definition, under the schema of that version.
    pub async fn in_version(
        &self,
        shared: &Arc<Shared>,
        kind: &'static Kind,
        object: Value,
    ) -> Result<Value, Status> {
        let definition = self.definition();
        let mut all = conversion::convert(shared, definition, kind, vec![object]).await?;
        let mut object = all.pop().unwrap_or_default();
        if let Some(version) = definition.served(kind.version) {
            version.refresh(&mut object);
        }
        Ok(object)
    }

    /// An object of this version as it is to be stored.
    pub async fn to_stored(&self, shared: &Arc<Shared>, object: Value) -> Result<Value, Status> {
        let definition = self.definition();
        let Some(stored) = definition.stored() else {
            return Ok(object);
        };
        let mut all = conversion::convert(shared, definition, stored.kind, vec![object]).await?;
        let mut object = all.pop().unwrap_or_default();
        if !self.is_stored() {
            stored.refresh(&mut object);
        }
        Ok(object)
    }

    /// Whether an object of this version is stored as it is.
    pub fn is_stored(&self) -> bool {
        self.version().storage
    }
}
