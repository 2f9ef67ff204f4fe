//! Selecting custom resources by fields of a version that a webhook converts to: the cache knows the fields of objects
//! as they are stored, so that these are looked at after the conversion.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use knarr_api::kinds;
use knarr_api::selector::FieldSelector;
use knarr_api::status::Status;
use knarr_storage::{At, Entry, ListRequest, WatchFrom};
use serde_json::Value;

use super::select;
use crate::call::Call;
use crate::registry::{Registry, storage_error};

/// The call's field selector, if it can be answered after conversion alone.
pub fn selector(call: &Call) -> Option<&FieldSelector> {
    let fields = call.options.field_selector.as_ref()?;
    call.custom.as_ref()?.definition().webhook.as_ref()?;
    let own = |field: &str| !field.starts_with("metadata.");
    let any = fields.requirements().iter().any(|one| own(&one.field));
    any.then_some(fields)
}

fn selects(fields: &FieldSelector, object: &Value) -> bool {
    let values: HashMap<&str, Cow<'_, str>> = fields
        .requirements()
        .iter()
        .filter_map(|one| Some((one.field.as_str(), kinds::field_value(object, &one.field)?)))
        .collect();
    fields.matches(|field| values.get(field).map(AsRef::as_ref))
}

/// Objects of a list in the requested version, those alone that are selected.
pub async fn objects(call: &Call, entries: &[Arc<Entry>]) -> Result<Vec<Value>, Status> {
    let mut objects = call.decode(entries).await?;
    if let Some(fields) = selector(call) {
        objects.retain(|object| selects(fields, object));
    }
    Ok(objects)
}

/// What a watch has shown and not taken back: a change is told by whether the object was selected before.
pub struct Selection {
    fields: FieldSelector,
    shown: HashSet<Arc<str>>,
}

impl Selection {
    /// The selection of a watch that starts here; none if the cache can select.
    pub async fn start(call: &Call, from: WatchFrom) -> Result<Option<Self>, Status> {
        let Some(fields) = selector(call).cloned() else {
            return Ok(None);
        };
        let mut shown = HashSet::new();
        if let WatchFrom::Revision(revision) = from {
            let list = ListRequest {
                at: At::Exact(revision),
                filter: select::filter(call)?,
                prefix: Registry::prefix(call.stored, call.namespace()),
                ..ListRequest::default()
            };
            let list = call.shared.registry.cache(call.stored).list(list).await;
            let list = list.map_err(|error| storage_error(call.stored, "", error))?;
            let objects = call.decode(&list.entries).await?;
            let all = list.entries.iter().zip(&objects);
            shown.extend(
                all.filter(|(_, object)| selects(&fields, object))
                    .map(|(entry, _)| entry.key.clone()),
            );
        }
        Ok(Some(Self { fields, shown }))
    }

    /// As what a change is told; `None` if it is not.
    pub fn told(&mut self, kind: &str, entry: &Entry, object: &Value) -> Option<&'static str> {
        if kind != "DELETED" && selects(&self.fields, object) {
            return Some(match self.shown.insert(entry.key.clone()) {
                true => "ADDED",
                false => "MODIFIED",
            });
        }
        self.shown.remove(&entry.key).then_some("DELETED")
    }
}
