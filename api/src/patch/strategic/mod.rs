//! Strategic merge patch: lists merge by the keys that the schema names, and directives in the patch say
//! what plain JSON can't (delete an item, keep only some keys, set the order).
//!
//! Applying is the server's side; making a patch from two or three states is the side of `kubectl apply`
//! and `kubectl edit`.

mod diff;
mod merge;
mod order;

use serde_json::{Map, Value};

pub use diff::{create_three_way_merge, create_two_way_merge};

use crate::quote::go_value;
use crate::schema::SchemaRef;
use crate::status::Status;

/// Says what becomes of the map that it stands in: `replace`, `delete` or `merge`.
const PATCH: &str = "$patch";
/// The keys of a map that survive; all others go.
const RETAIN_KEYS: &str = "$retainKeys";
/// Followed by the name of a list: scalars to take out of it.
const DELETE_FROM_PRIMITIVE_LIST: &str = "$deleteFromPrimitiveList/";
/// Followed by the name of a list: the order in which its items shall stand.
const SET_ELEMENT_ORDER: &str = "$setElementOrder/";

/// Why a strategic merge patch does not apply, or can't be made. The texts are upstream's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StrategicPatchError {
    #[error("unknown patch type: {0} in map: {1}")]
    UnknownDirective(String, String),
    #[error("map: {map} does not contain declared merge key: {key}")]
    NoMergeKey { map: String, key: String },
    #[error("cannot merge lists without merge key for {0}")]
    NoMergeKeyDeclared(String),
    #[error("merging lists cannot yet be specified in the patch")]
    MergeList,
    #[error("lists of lists are not supported")]
    ListOfLists,
    #[error("invalid patch format of primitive list")]
    PrimitiveList,
    #[error("invalid patch format of retainKeys")]
    RetainKeys,
    #[error("patch content doesn't match retainKeys list")]
    RetainKeysContent,
    #[error("invalid patch format of setElementOrder list")]
    ElementOrder,
    #[error("The order in patch list:\n{patch}\n doesn't match $setElementOrder list:\n{order}\n")]
    OrderMismatch { patch: String, order: String },
    #[error("expected a map of maps, but got {0}")]
    NotAMap(String),
}

impl From<StrategicPatchError> for Status {
    fn from(error: StrategicPatchError) -> Self {
        Status::bad_request(error.to_string())
    }
}

/// Applies a strategic merge patch to an object of this schema.
pub fn strategic_merge(
    document: Value,
    patch: &Value,
    schema: SchemaRef<'_>,
) -> Result<Value, Status> {
    Ok(apply(document, patch, Some(schema))?)
}

/// [`strategic_merge`] with the error as it is.
pub fn apply(
    document: Value,
    patch: &Value,
    schema: Option<SchemaRef<'_>>,
) -> Result<Value, StrategicPatchError> {
    let Value::Object(patch) = patch else {
        return Err(StrategicPatchError::NotAMap(patch.to_string()));
    };
    let document = match document {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    merge::map(document, patch.clone(), schema, merge::Mode::Document).map(Value::Object)
}

/// The schema of what stands under a key, and how it merges.
#[derive(Clone, Copy)]
struct Place<'s> {
    schema: Option<SchemaRef<'s>>,
    merge: bool,
    replace: bool,
    retain_keys: bool,
    merge_key: Option<&'s str>,
}

impl<'s> Place<'s> {
    fn child(schema: Option<SchemaRef<'s>>, key: &str) -> Self {
        let schema = schema.and_then(|schema| schema.child(key));
        let strategy = schema.map(SchemaRef::patch_strategy);
        Self {
            schema,
            merge: strategy.is_some_and(|s| s.merge),
            replace: strategy.is_some_and(|s| s.replace),
            retain_keys: strategy.is_some_and(|s| s.retain_keys),
            merge_key: schema.and_then(SchemaRef::patch_merge_key),
        }
    }

    fn items(self) -> Option<SchemaRef<'s>> {
        self.schema.and_then(SchemaRef::items)
    }

    fn name(self) -> String {
        self.items()
            .and_then(SchemaRef::definition_name)
            .unwrap_or_default()
            .to_owned()
    }
}

/// What the items of lists are; all must be alike.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ItemKind {
    Map,
    Scalar,
}

fn item_kind(lists: [&[Value]; 2]) -> Result<ItemKind, StrategicPatchError> {
    let mut kind = ItemKind::Scalar;
    for item in lists.into_iter().flatten() {
        match item {
            Value::Array(_) => return Err(StrategicPatchError::ListOfLists),
            Value::Object(_) => kind = ItemKind::Map,
            _ => {}
        }
    }
    Ok(kind)
}

/// The value of an item's merge key.
fn merge_value<'v>(item: &'v Value, key: &str) -> Result<&'v Value, StrategicPatchError> {
    item.get(key)
        .ok_or_else(|| StrategicPatchError::NoMergeKey {
            map: go_value(item),
            key: key.to_owned(),
        })
}

#[cfg(test)]
mod tests;
