//! Patches that are applied here and not by the server (`patch --local`, `--dry-run=client`, `--overrides`): what is
//! wrong with one is told in the words of upstream's libraries, of which a server shows little.

use crate::error::{Error, Result};
use knarr_api::{json::type_name, patch, schema::SchemaRef};
use serde_json::Value;

/// How a patch is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Json,
    Merge,
    Strategic,
}

impl Method {
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Method::Json),
            "merge" => Some(Method::Merge),
            "strategic" => Some(Method::Strategic),
            _ => None,
        }
    }
}

/// The object with the patch applied. A strategic patch needs to know the kind.
pub fn patched(
    object: &Value,
    patch: &Value,
    method: Method,
    schema: Option<SchemaRef<'_>>,
) -> Result<Value> {
    match method {
        Method::Json => by_operations(object, patch),
        Method::Merge => match patch {
            Value::Object(_) => {
                let mut object = object.clone();
                patch::merge_patch(&mut object, patch);
                Ok(object)
            }
            Value::Array(_) => Ok(patch.clone()),
            _ => Err(Error::message("Invalid JSON Patch")),
        },
        Method::Strategic => {
            let schema = schema.ok_or_else(|| {
                Error::message(
                    "strategic merge patch is not supported for this kind; try --type merge",
                )
            })?;
            match patch {
                Value::Null => Ok(object.clone()),
                Value::Object(_) => patch::strategic_merge(object.clone(), patch, schema)
                    .map_err(|status| Error::Message(status.message)),
                _ => Err(Error::message("invalid JSON document")),
            }
        }
    }
}

fn by_operations(object: &Value, patch: &Value) -> Result<Value> {
    let operations =
        patch::json::operations(patch).map_err(|status| Error::Message(status.message))?;
    if let Some(other) = operations.iter().find(|operation| !operation.is_object()) {
        return Err(Error::message(format!(
            "json: cannot unmarshal {} into Go value of type jsonpatch.Operation",
            type_name(other)
        )));
    }
    patch::json::apply_operations(object, operations)
        .map_err(|error| Error::message(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use knarr_api::schema::Schema;
    use serde_json::json;

    #[test]
    fn faults_have_the_words_of_the_libraries() {
        let object =
            json!({"kind": "Pod", "apiVersion": "v1", "spec": {"containers": [{"name": "a"}]}});
        let schema = Schema::for_gvk("", "v1", "Pod");
        for (method, patch, words) in [
            (Method::Merge, json!("x"), "Invalid JSON Patch"),
            (Method::Strategic, json!("x"), "invalid JSON document"),
            (
                Method::Strategic,
                json!({"spec": {"containers": [{}]}}),
                "map: map[] does not contain declared merge key: name",
            ),
            (
                Method::Json,
                json!([1]),
                "json: cannot unmarshal number into Go value of type jsonpatch.Operation",
            ),
            (
                Method::Json,
                json!({}),
                "json: cannot unmarshal object into Go value of type jsonpatch.Patch",
            ),
            (Method::Json, json!([{"op": "x"}]), "Unexpected kind: x"),
        ] {
            let error = patched(&object, &patch, method, schema).expect_err(words);
            assert_eq!(error.to_string(), words);
        }
        let unchanged = patched(&object, &Value::Null, Method::Strategic, schema);
        assert_eq!(unchanged.expect("null changes nothing"), object);
    }
}
