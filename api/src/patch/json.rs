//! JSON patch (RFC 6902), with the tolerances and the error answers of Kubernetes.

use serde_json::{Map, Value};

use crate::json::{MAX_DEPTH, depth, type_name};
use crate::quote::quote;
use crate::status::{Status, StatusDetails};

/// More operations than this are refused, as upstream does: each may copy a large value.
const MAX_OPERATIONS: usize = 10_000;
/// A patch that copies may not make the document grow beyond this many values.
const MAX_COPIED_BYTES: usize = 3 * 1024 * 1024;

/// Why an operation did not apply. `Display` has the words of the library that upstream uses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonPatchError {
    #[error("{op} operation does not apply: doc is missing {what}: {path}: missing value")]
    Missing {
        op: &'static str,
        what: &'static str,
        path: String,
    },
    #[error(
        "error in remove for path: '{path}': Unable to remove nonexistent key: {key}: missing value"
    )]
    MissingKey { path: String, key: String },
    #[error(
        "error in {op} for path: '{path}': Unable to access invalid index: {index}: invalid index referenced"
    )]
    Index {
        op: &'static str,
        path: String,
        index: String,
    },
    #[error("error in {op} for {place}: strconv.Atoi: parsing {}: invalid syntax", quote(.index))]
    NoIndex {
        op: &'static str,
        /// The path, or what else Go says of the place.
        place: String,
        index: String,
    },
    #[error("testing value {0} failed: test failed")]
    Test(String),
    #[error("Unexpected kind: {0}")]
    UnknownOperation(String),
    #[error("{0} operation is missing {1}")]
    Incomplete(&'static str, &'static str),
    #[error("copies add up to more than {MAX_COPIED_BYTES} bytes")]
    TooLarge,
    /// Small operations that copy make a document of any depth.
    #[error("{}", crate::json::TOO_DEEP)]
    TooDeep,
}

/// Applies a JSON patch.
///
/// A patch that is no list of operations is a 400, too many operations a 413, an operation that does not
/// apply a 422, each worded as upstream's server does.
pub fn json_patch(document: &Value, patch: &Value) -> Result<Value, Status> {
    let operations = operations(patch)?;
    if operations.len() > MAX_OPERATIONS {
        let why = format!(
            "The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {}",
            operations.len()
        );
        return Err(Status::too_large(why));
    }
    // Upstream hides the reason from the caller; clients know this text.
    apply_operations(document, operations).map_err(|_| Status {
        code: 422,
        reason: "Invalid".into(),
        message: "the server rejected our request due to an error in our request".to_owned(),
        details: Some(Box::new(StatusDetails::default())),
    })
}

/// The operations of a patch; 400 for what is no list.
pub fn operations(patch: &Value) -> Result<&[Value], Status> {
    patch.as_array().map(Vec::as_slice).ok_or_else(|| {
        let what = type_name(patch);
        Status::bad_request(format!(
            "json: cannot unmarshal {what} into Go value of type jsonpatch.Patch"
        ))
    })
}

/// Applies the operations, with the reason when one does not apply (`kubectl patch --local` shows it).
pub fn apply_operations(document: &Value, operations: &[Value]) -> Result<Value, JsonPatchError> {
    let mut document = document.clone();
    let mut copied = 0;
    for operation in operations {
        apply_one(&mut document, operation, &mut copied)?;
    }
    Ok(document)
}

fn apply_one(
    document: &mut Value,
    operation: &Value,
    copied: &mut usize,
) -> Result<(), JsonPatchError> {
    let field = |name: &str| operation.get(name).and_then(Value::as_str);
    let op = field("op").unwrap_or_default();
    let path = |op| field("path").ok_or(JsonPatchError::Incomplete(op, "path"));
    let from = |op| field("from").ok_or(JsonPatchError::Incomplete(op, "from"));
    let value = || operation.get("value").cloned().unwrap_or(Value::Null);
    match op {
        "add" => add(document, path("add")?, value(), "add"),
        "remove" => remove(document, path("remove")?, "remove").map(drop),
        "replace" => replace(document, path("replace")?, value()),
        "move" => {
            let moved = remove(document, from("move")?, "move")?;
            add(document, path("move")?, moved, "move")
        }
        "copy" => {
            let from = from("copy")?;
            if let Some(index) = no_index(document, from) {
                return Err(bad_number("copy", format!("from: '{from}'"), index));
            }
            let found = lookup(document, from).ok_or_else(|| missing("copy", "from path", from))?;
            *copied += found.to_string().len();
            if *copied > MAX_COPIED_BYTES {
                return Err(JsonPatchError::TooLarge);
            }
            let found = found.clone();
            add(document, path("copy")?, found, "copy")
        }
        "test" => {
            let path = path("test")?;
            let wanted = value();
            if let Some(index) = no_index(document, path) {
                return Err(bad_number("test", format!("path: '{path}'"), index));
            }
            // A missing key equals null, as upstream's library has it.
            let found = lookup(document, path).unwrap_or(&Value::Null);
            if same(found, &wanted) {
                Ok(())
            } else {
                Err(JsonPatchError::Test(path.to_owned()))
            }
        }
        other => Err(JsonPatchError::UnknownOperation(other.to_owned())),
    }
}

fn missing(op: &'static str, what: &'static str, path: &str) -> JsonPatchError {
    let path = if matches!(op, "add" | "remove") {
        quote(path)
    } else {
        path.to_owned()
    };
    JsonPatchError::Missing { op, what, path }
}

/// Numbers are equal by value, not by how they are written.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => left == right,
    }
}

fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// An index of an existing element; negative ones count from the end, as upstream's library allows.
fn existing(list: &[Value], token: &str) -> Option<usize> {
    let index: i64 = token.parse().ok()?;
    let index = if index < 0 {
        index + list.len() as i64
    } else {
        index
    };
    usize::try_from(index)
        .ok()
        .filter(|index| *index < list.len())
}

fn lookup<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    let mut value = document;
    for token in tokens(path)? {
        value = match value {
            Value::Object(map) => map.get(&unescape(token))?,
            Value::Array(list) => list.get(existing(list, token)?)?,
            _ => return None,
        };
    }
    Some(value)
}

/// The reference tokens of a JSON pointer; `None` if it doesn't start with a slash.
fn tokens(path: &str) -> Option<impl Iterator<Item = &str>> {
    let rest = if path.is_empty() {
        None
    } else {
        Some(path.strip_prefix('/')?)
    };
    Some(rest.into_iter().flat_map(|rest| rest.split('/')))
}

/// The container of a path and the last token.
fn container<'a, 'p>(document: &'a mut Value, path: &'p str) -> Option<(&'a mut Value, &'p str)> {
    let (parents, last) = path.rsplit_once('/')?;
    let mut value = document;
    for token in tokens(parents)? {
        value = match value {
            Value::Object(map) => map.get_mut(&unescape(token))?,
            Value::Array(list) => {
                let index = existing(list, token)?;
                list.get_mut(index)?
            }
            _ => return None,
        };
    }
    matches!(value, Value::Object(_) | Value::Array(_)).then_some((value, last))
}

/// Refuses to put a value where the document would get deeper than a text may be.
fn check_depth(path: &str, value: &Value) -> Result<(), JsonPatchError> {
    if path.matches('/').count() + depth(value) > MAX_DEPTH {
        return Err(JsonPatchError::TooDeep);
    }
    Ok(())
}

fn add(
    document: &mut Value,
    path: &str,
    value: Value,
    op: &'static str,
) -> Result<(), JsonPatchError> {
    check_depth(path, &value)?;
    if path.is_empty() {
        *document = value;
        return Ok(());
    }
    if let Some(index) = no_index(document, path).filter(|index| *index != "-") {
        let place = format!("path: '{path}': value was not a proper array index: '{index}'");
        return Err(bad_number(op, place, index));
    }
    let (container, token) = container(document, path).ok_or_else(|| missing(op, "path", path))?;
    match container {
        Value::Array(list) => {
            let index = insertion(list, token).ok_or_else(|| bad_index(op, path, token))?;
            list.insert(index, value);
        }
        other => drop(object(other).insert(unescape(token), value)),
    }
    Ok(())
}

fn insertion(list: &[Value], token: &str) -> Option<usize> {
    if token == "-" {
        return Some(list.len());
    }
    let index: i64 = token.parse().ok()?;
    let index = if index < 0 {
        index + list.len() as i64 + 1
    } else {
        index
    };
    usize::try_from(index)
        .ok()
        .filter(|index| *index <= list.len())
}

/// The last token of a path into a list, if it is no number.
fn no_index<'p>(document: &Value, path: &'p str) -> Option<&'p str> {
    let (parent, token) = path.rsplit_once('/')?;
    let is_list = lookup(document, parent)?.is_array();
    (is_list && token.parse::<i64>().is_err()).then_some(token)
}

fn bad_number(op: &'static str, place: String, index: &str) -> JsonPatchError {
    JsonPatchError::NoIndex {
        op,
        place,
        index: index.to_owned(),
    }
}

fn bad_index(op: &'static str, path: &str, index: &str) -> JsonPatchError {
    JsonPatchError::Index {
        op,
        path: path.to_owned(),
        index: index.to_owned(),
    }
}

fn remove(document: &mut Value, path: &str, op: &'static str) -> Result<Value, JsonPatchError> {
    if let Some(index) = no_index(document, path) {
        return Err(bad_number(op, format!("path: '{path}'"), index));
    }
    let (container, token) = container(document, path).ok_or_else(|| missing(op, "path", path))?;
    match container {
        Value::Array(list) => {
            let index = existing(list, token).ok_or_else(|| bad_index(op, path, token))?;
            Ok(list.remove(index))
        }
        other => {
            let key = unescape(token);
            object(other)
                .shift_remove(&key)
                .ok_or_else(|| JsonPatchError::MissingKey {
                    path: path.to_owned(),
                    key,
                })
        }
    }
}

fn replace(document: &mut Value, path: &str, value: Value) -> Result<(), JsonPatchError> {
    check_depth(path, &value)?;
    if path.is_empty() {
        *document = value;
        return Ok(());
    }
    let (container, token) =
        container(document, path).ok_or_else(|| missing("replace", "path", path))?;
    let slot = match container {
        Value::Array(list) => existing(list, token).and_then(|index| list.get_mut(index)),
        other => object(other).get_mut(&unescape(token)),
    };
    *slot.ok_or_else(|| missing("replace", "key", path))? = value;
    Ok(())
}

fn object(value: &mut Value) -> &mut Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => unreachable!("container() returns objects and arrays only"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn copies_within_copies_end_at_the_greatest_depth() {
        let mut document = json!({"a": {}});
        let mut levels = 1;
        let refused = loop {
            let to = "/a".repeat(levels + 1);
            let copy = json!([{"op": "copy", "from": "/a", "path": to}]);
            match apply_operations(&document, copy.as_array().unwrap()) {
                Ok(deeper) => document = deeper,
                Err(error) => break error,
            }
            levels *= 2;
            assert_eq!(depth(&document), levels + 1);
        };
        assert_eq!((refused, levels), (JsonPatchError::TooDeep, 64));
        let path = "/a".repeat(levels);
        for op in ["add", "replace"] {
            let value: Value = (0..64).fold(json!({}), |inner, _| json!([inner]));
            let put = json!([{"op": op, "path": path, "value": value}]);
            let result = apply_operations(&document, put.as_array().unwrap());
            assert_eq!(result, Err(JsonPatchError::TooDeep), "{op}");
        }
    }

    #[test]
    fn operations_apply() {
        for (document, patch, want) in [
            (
                json!({"a": 1}),
                json!([{"op": "add", "path": "/b", "value": 2}]),
                json!({"a": 1, "b": 2}),
            ),
            (
                json!({"a": [1, 3]}),
                json!([{"op": "add", "path": "/a/1", "value": 2}]),
                json!({"a": [1, 2, 3]}),
            ),
            (
                json!({"a": [1]}),
                json!([{"op": "add", "path": "/a/-", "value": 2}]),
                json!({"a": [1, 2]}),
            ),
            (
                json!({"a": [1, 2]}),
                json!([{"op": "remove", "path": "/a/0"}]),
                json!({"a": [2]}),
            ),
            (
                json!({"a": [1, 2]}),
                json!([{"op": "remove", "path": "/a/-1"}]),
                json!({"a": [1]}),
            ),
            (
                json!({"a/b": {"c~d": 1}}),
                json!([{"op": "replace", "path": "/a~1b/c~0d", "value": 2}]),
                json!({"a/b": {"c~d": 2}}),
            ),
            (
                json!({"a": {"x": 1}}),
                json!([{"op": "move", "from": "/a/x", "path": "/y"}]),
                json!({"a": {}, "y": 1}),
            ),
            (
                json!({"a": [1]}),
                json!([{"op": "copy", "from": "/a/0", "path": "/a/-"}]),
                json!({"a": [1, 1]}),
            ),
            (
                json!({"a": 1}),
                json!([{"op": "test", "path": "/a", "value": 1.0}]),
                json!({"a": 1}),
            ),
            (
                json!({"a": 1}),
                json!([{"op": "test", "path": "/b", "value": null}]),
                json!({"a": 1}),
            ),
            (
                json!({"a": 1}),
                json!([{"op": "replace", "path": "", "value": []}]),
                json!([]),
            ),
            (
                json!({}),
                json!([{"op": "add", "path": "/", "value": 1}]),
                json!({"": 1}),
            ),
        ] {
            assert_eq!(json_patch(&document, &patch).unwrap(), want, "{patch}");
        }
    }

    #[test]
    fn what_does_not_apply_says_why() {
        for (document, patch, want) in [
            (
                json!({}),
                json!({"op": "remove", "path": "/a"}),
                "error in remove for path: '/a': Unable to remove nonexistent key: a: missing value",
            ),
            (
                json!({}),
                json!({"op": "add", "path": "/a/b", "value": 1}),
                "add operation does not apply: doc is missing path: \"/a/b\": missing value",
            ),
            (
                json!({}),
                json!({"op": "replace", "path": "/a", "value": 1}),
                "replace operation does not apply: doc is missing key: /a: missing value",
            ),
            (
                json!({"a": 1}),
                json!({"op": "test", "path": "/a", "value": 2}),
                "testing value /a failed: test failed",
            ),
            (
                json!({"a": [1]}),
                json!({"op": "add", "path": "/a/5", "value": 2}),
                "error in add for path: '/a/5': Unable to access invalid index: 5: invalid index referenced",
            ),
            (
                json!({"a": [1]}),
                json!({"op": "remove", "path": "/a/x"}),
                "error in remove for path: '/a/x': strconv.Atoi: parsing \"x\": invalid syntax",
            ),
            (
                json!({"a": [1]}),
                json!({"op": "add", "path": "/a/x", "value": 2}),
                "error in add for path: '/a/x': value was not a proper array index: 'x': strconv.Atoi: parsing \"x\": invalid syntax",
            ),
            (
                json!({}),
                json!({"op": "frob", "path": "/"}),
                "Unexpected kind: frob",
            ),
        ] {
            assert_eq!(
                apply_operations(&document, &[patch])
                    .unwrap_err()
                    .to_string(),
                want
            );
        }
    }

    #[test]
    fn faults_are_statuses() {
        let rejected =
            json_patch(&json!({}), &json!([{"op": "remove", "path": "/a"}])).unwrap_err();
        assert_eq!(rejected.code, 422);
        assert_eq!(
            rejected.message,
            "the server rejected our request due to an error in our request"
        );
        assert_eq!(json_patch(&json!({}), &json!({})).unwrap_err().code, 400);
        let many = vec![json!({"op": "test", "path": "/a", "value": null}); MAX_OPERATIONS + 1];
        assert_eq!(
            json_patch(&json!({}), &Value::Array(many))
                .unwrap_err()
                .code,
            413
        );
    }

    #[test]
    fn odd_operations_never_panic() {
        let odd = [
            json!(null),
            json!(1),
            json!("/a"),
            json!({}),
            json!("a"),
            json!("/a/99999999999999999999"),
            json!("/a/-/b"),
        ];
        for document in [json!(null), json!([]), json!({"a": [[]]}), json!("x")] {
            for op in ["add", "remove", "replace", "move", "copy", "test"] {
                for path in &odd {
                    for from in &odd {
                        let _ = apply_operations(
                            &document,
                            &[json!({"op": op, "path": path, "from": from})],
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn copies_can_not_blow_up_a_document() {
        let mut operations = vec![json!({"op": "add", "path": "/0", "value": "x".repeat(1000)})];
        operations.extend(
            (0..30).map(|i| json!({"op": "copy", "from": "", "path": format!("/{}", i + 1)})),
        );
        assert_eq!(
            apply_operations(&json!({}), &operations),
            Err(JsonPatchError::TooLarge)
        );
    }
}
