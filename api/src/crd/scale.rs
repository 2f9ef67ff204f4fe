//! The `scale` of a custom resource: the paths at which its definition says that the replicas are.

use serde_json::{Map, Value, json};

use crate::meta;
use crate::walk::Walk;

/// Dotted paths without a dot in front.
#[derive(Debug, PartialEq, Eq)]
pub struct Scale {
    pub replicas: String,
    pub status_replicas: String,
    pub selector: Option<String>,
}

impl Scale {
    /// Of a version of a definition.
    pub fn read(version: &Value) -> Option<Self> {
        let scale = &version["subresources"]["scale"];
        let path = |key: &str| scale.text(key).trim_start_matches('.').to_owned();
        scale.is_object().then(|| Self {
            replicas: path("specReplicasPath"),
            status_replicas: path("statusReplicasPath"),
            selector: scale
                .has("labelSelectorPath")
                .then(|| path("labelSelectorPath")),
        })
    }

    /// Why an object has no Scale to be shown: its replicas are nowhere.
    pub fn missing(&self, object: &Value) -> Option<String> {
        let path = format!(".{}", self.replicas);
        let missing = at(object, &self.replicas).is_none();
        missing.then(|| format!("the spec replicas field {path:?} does not exist"))
    }

    /// The Scale of an object.
    pub fn of(&self, object: &Value) -> Value {
        let mut metadata = Map::new();
        metadata.insert("name".to_owned(), meta::name(object).into());
        for field in ["namespace", "uid", "resourceVersion", "creationTimestamp"] {
            if let Some(value) = object["metadata"].get(field) {
                metadata.insert(field.to_owned(), value.clone());
            }
        }
        let count = |path: &str| at(object, path).and_then(Value::as_i64).unwrap_or(0);
        let mut spec = json!({});
        let replicas = count(&self.replicas);
        if replicas != 0 {
            spec["replicas"] = replicas.into();
        }
        let mut status = json!({"replicas": count(&self.status_replicas)});
        let selector = self
            .selector
            .as_ref()
            .and_then(|path| at(object, path)?.as_str());
        if let Some(selector) = selector.filter(|selector| !selector.is_empty()) {
            status["selector"] = selector.into();
        }
        json!({
            "kind": "Scale",
            "apiVersion": "autoscaling/v1",
            "metadata": metadata,
            "spec": spec,
            "status": status,
        })
    }

    /// Sets the replicas of an object; the parents are made where they are missing.
    pub fn set(&self, object: &mut Value, replicas: i64) {
        let mut place = object;
        for step in self.replicas.split('.') {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            place = &mut place[step];
        }
        *place = replicas.into();
    }
}

/// The value at a dotted path.
pub(super) fn at<'v>(object: &'v Value, path: &str) -> Option<&'v Value> {
    reached(object, path).ok().flatten()
}

/// The value at a path; the error is how far the path goes before a value that has no fields, and that value.
pub(super) fn reached<'v, 'p>(
    object: &'v Value,
    path: &'p str,
) -> Result<Option<&'v Value>, (&'p str, &'v Value)> {
    let mut value = object;
    let mut end = 0;
    for step in path.split('.') {
        end += step.len();
        let Some(fields) = value.as_object() else {
            return match value {
                Value::Null => Ok(None),
                other => Err((&path[..end], other)),
            };
        };
        match fields.get(step) {
            Some(below) => value = below,
            None => return Ok(None),
        }
        end += 1;
    }
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_are_where_the_definition_says() {
        let version = json!({"subresources": {"scale": {"specReplicasPath": ".spec.count.wanted",
            "statusReplicasPath": ".status.n", "labelSelectorPath": ".status.sel"}}});
        let scale = Scale::read(&version).expect("a scale");
        let mut object = json!({"metadata": {"name": "a", "uid": "u"},
            "spec": {"count": {"wanted": 2}}, "status": {"n": 1, "sel": "app=x"}});
        assert_eq!(
            scale.of(&object),
            json!({"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": {"name": "a", "uid": "u"},
                "spec": {"replicas": 2}, "status": {"replicas": 1, "selector": "app=x"}})
        );
        scale.set(&mut object, 5);
        assert_eq!(object["spec"]["count"]["wanted"], 5);
        let mut bare = json!({});
        scale.set(&mut bare, 1);
        assert_eq!(bare, json!({"spec": {"count": {"wanted": 1}}}));
    }
}
