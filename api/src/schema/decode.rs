//! Decoding a body as a kind: wrong types are refused in the words of Go's JSON decoder, and values get the form
//! that a round trip through upstream's types gives them (canonical quantities, no nulls, no empty optional lists).

use serde_json::{Map, Value};

use super::{SchemaRef, Type, go, strict, time};
use crate::{json::type_name, quantity::Quantity, status::Status};

/// What to do with fields that are unknown or named twice: the `fieldValidation` parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FieldValidation {
    Ignore,
    #[default]
    Warn,
    Strict,
}

/// Why a value can't be read as its type. The text is that of upstream's decoder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A value of another JSON type.
    #[error("json: cannot unmarshal {value} into Go {target}")]
    WrongType { value: String, target: String },
    /// A quantity, time or base64 text that can't be read.
    #[error("{0}")]
    BadText(String),
}

impl FieldValidation {
    /// Reads the query parameter; an absent one is [`Warn`](Self::Warn).
    pub fn parse(parameter: &str) -> Option<Self> {
        match parameter {
            "" | "Warn" => Some(Self::Warn),
            "Ignore" => Some(Self::Ignore),
            "Strict" => Some(Self::Strict),
            _ => None,
        }
    }
}

/// Decodes `value` as what `schema` describes: checks types, drops unknown fields, brings values into their
/// canonical form. `duplicates` are findings of [`strict::duplicate_fields`]. Gives the warnings to send, or why the
/// value can't be read.
pub fn decode(
    value: &mut Value,
    schema: SchemaRef<'_>,
    duplicates: Vec<String>,
    validation: FieldValidation,
) -> Result<Vec<String>, String> {
    check_types(value, schema).map_err(|error| error.to_string())?;
    let mut findings = duplicates;
    if validation != FieldValidation::Ignore {
        findings.extend(strict::unknown_fields(value, schema));
    }
    if validation == FieldValidation::Strict
        && let Some(message) = strict::error_message(&findings)
    {
        return Err(message);
    }
    strict::prune(value, schema);
    canonicalize(value, schema);
    Ok(if validation == FieldValidation::Warn {
        findings
    } else {
        Vec::new()
    })
}

/// The answer to a body that can't be read as its kind.
pub fn cannot_be_handled(version: &str, kind: &str, why: &str) -> Status {
    Status::bad_request(format!(
        "{kind} in version {version:?} cannot be handled as a {kind}: {why}"
    ))
}

/// The first value of another type than the schema says, in the order of the document. `null` fits every type.
pub fn check_types(value: &Value, schema: SchemaRef<'_>) -> Result<(), DecodeError> {
    let place = Place {
        owner: "",
        field: "",
        path: String::new(),
    };
    check(value, schema, &place)
}

/// Brings values into the form that upstream stores: quantities canonical, `null` fields and empty optional lists
/// and maps absent. Expects a value that passed [`check_types`].
pub fn canonicalize(value: &mut Value, schema: SchemaRef<'_>) {
    match value {
        Value::Object(object) => match schema.values() {
            Some(values) => canonicalize_map(object, values),
            None if schema.type_() == Type::Struct => canonicalize_struct(object, schema),
            None => {}
        },
        Value::Array(items) => {
            if let Some(schema) = schema.items() {
                items.iter_mut().for_each(|item| canonicalize(item, schema));
            }
        }
        Value::Null => {}
        scalar => {
            if schema.type_() == Type::Quantity
                && let Ok(quantity) = Quantity::from_value(scalar)
            {
                *scalar = Value::from(quantity.to_string());
            }
        }
    }
}

fn canonicalize_map(object: &mut Map<String, Value>, values: SchemaRef<'_>) {
    for value in object.values_mut() {
        if value.is_null() && values.type_() == Type::String {
            *value = Value::from("");
        }
        canonicalize(value, values);
    }
}

fn canonicalize_struct(object: &mut Map<String, Value>, schema: SchemaRef<'_>) {
    object.retain(|name, value| {
        let Some(field) = schema.field(name) else {
            return true;
        };
        if value.is_null() {
            return field.type_() == Type::Any && field.preserves_unknown() || field.is_nullable();
        }
        canonicalize(value, field);
        let empty = match (&*value, field.type_()) {
            (Value::Array(items), Type::List) => items.is_empty(),
            (Value::Object(map), Type::Map) => map.is_empty(),
            _ => false,
        };
        !empty
            || schema
                .required()
                .iter()
                .any(|required| **required == **name)
    });
}

/// Where the decoder is: the innermost struct, the field in it, and the path of fields from the root.
struct Place<'a> {
    owner: &'a str,
    field: &'a str,
    path: String,
}

impl Place<'_> {
    fn wrong(&self, value: String, type_: String) -> DecodeError {
        let target = match self.owner {
            "" => format!("value of type {type_}"),
            owner => format!("struct field {owner}.{} of type {type_}", self.path),
        };
        DecodeError::WrongType { value, target }
    }
}

fn check(value: &Value, schema: SchemaRef<'_>, place: &Place<'_>) -> Result<(), DecodeError> {
    let type_ = schema.type_();
    match (value, type_) {
        (Value::Null, _) | (_, Type::Any) => Ok(()),
        (Value::Object(object), Type::Struct) => {
            let owner = go::struct_name(schema);
            for (name, value) in object {
                let Some(field) = schema.field(name) else {
                    continue;
                };
                let path = if place.path.is_empty() {
                    name.clone()
                } else {
                    format!("{}.{name}", place.path)
                };
                check(
                    value,
                    field,
                    &Place {
                        owner,
                        field: name,
                        path,
                    },
                )?;
            }
            Ok(())
        }
        (Value::Object(object), Type::Map) => {
            let Some(values) = schema.values() else {
                return Ok(());
            };
            object
                .values()
                .try_for_each(|value| check(value, values, place))
        }
        (Value::Array(items), Type::List) => {
            let Some(schema) = schema.items() else {
                return Ok(());
            };
            items.iter().try_for_each(|item| check(item, schema, place))
        }
        (Value::String(_), Type::String) | (Value::Bool(_), Type::Boolean) => Ok(()),
        (Value::Number(_), Type::Number) => Ok(()),
        (Value::Number(number), Type::Int32 | Type::Int64) => {
            let fits = number
                .as_i64()
                .is_some_and(|n| type_ == Type::Int64 || i32::try_from(n).is_ok());
            if fits {
                Ok(())
            } else {
                Err(place.wrong(format!("number {number}"), go::type_name(schema)))
            }
        }
        (_, Type::Bytes | Type::Time | Type::MicroTime | Type::IntOrString | Type::Quantity) => {
            check_text(value, type_, place)
        }
        _ => Err(place.wrong(
            type_name(value).to_owned(),
            go::field_type(place.owner, place.field, schema),
        )),
    }
}

/// The types that read their own text: their errors do not name the field.
fn check_text(value: &Value, type_: Type, place: &Place<'_>) -> Result<(), DecodeError> {
    let wrong = |target: &str| DecodeError::WrongType {
        value: type_name(value).to_owned(),
        target: format!("value of type {target}"),
    };
    match (type_, value) {
        (Type::Bytes, Value::String(text)) => check_base64(text),
        (Type::Bytes, _) => Err(place.wrong(type_name(value).to_owned(), "[]uint8".to_owned())),
        (Type::Time | Type::MicroTime, Value::String(text)) => {
            time::check(text, type_ == Type::MicroTime).map_err(DecodeError::BadText)
        }
        (Type::Time | Type::MicroTime, _) => Err(wrong("string")),
        (Type::IntOrString, Value::String(_)) => Ok(()),
        (Type::IntOrString, Value::Number(number)) => match number.as_i64().map(i32::try_from) {
            Some(Ok(_)) => Ok(()),
            _ => Err(DecodeError::WrongType {
                value: format!("number {number}"),
                target: "value of type int32".to_owned(),
            }),
        },
        (Type::IntOrString, _) => Err(wrong("int32")),
        _ => Quantity::from_value(value)
            .map(drop)
            .map_err(|error| DecodeError::BadText(error.to_string())),
    }
}

fn check_base64(text: &str) -> Result<(), DecodeError> {
    match crate::base64::fault(text.as_bytes()) {
        None => Ok(()),
        Some(at) => Err(DecodeError::BadText(format!(
            "illegal base64 data at input byte {at}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::Schema;

    fn schema(definition: &str) -> SchemaRef<'static> {
        Schema::for_definition(definition).unwrap_or_else(|| panic!("no {definition}"))
    }

    fn check_deployment(value: Value, expected: &str) {
        let error =
            check_types(&value, schema("io.k8s.api.apps.v1.Deployment")).expect_err("a wrong type");
        assert_eq!(error.to_string(), expected);
    }

    fn container(field: &str, value: Value) -> Value {
        let mut container = json!({"name": "a"});
        container[field] = value;
        json!({"spec": {"template": {"spec": {"containers": [container]}}}})
    }

    #[test]
    fn wrong_types_are_told_in_gos_words() {
        check_deployment(
            json!({"spec": {"replicas": "3"}}),
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
        );
        check_deployment(
            json!({"metadata": {"labels": {"a": 1}}}),
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
        );
        check_deployment(
            container("env", json!([{"name": "a", "value": true}])),
            "json: cannot unmarshal bool into Go struct field \
             EnvVar.spec.template.spec.containers.env.value of type string",
        );
        check_deployment(
            container("imagePullPolicy", json!(1)),
            "json: cannot unmarshal number into Go struct field \
             Container.spec.template.spec.containers.imagePullPolicy of type v1.PullPolicy",
        );
        check_deployment(
            json!({"spec": {"template": {"spec": {"containers": {"name": "a"}}}}}),
            "json: cannot unmarshal object into Go struct field \
             PodSpec.spec.template.spec.containers of type []v1.Container",
        );
        check_deployment(
            json!({"spec": {"replicas": 1.5}}),
            "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
        );
        check_deployment(
            json!([]),
            "json: cannot unmarshal array into Go value of type v1.Deployment",
        );
    }

    #[test]
    fn texts_that_cannot_be_read_are_told_in_their_types_words() {
        check_deployment(
            container("resources", json!({"limits": {"cpu": "five"}})),
            "quantities must match the regular expression \
             '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        );
        check_deployment(
            json!({"metadata": {"creationTimestamp": "yesterday"}}),
            r#"parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006""#,
        );
        check_deployment(
            container("livenessProbe", json!({"httpGet": {"port": true}})),
            "json: cannot unmarshal bool into Go value of type int32",
        );
        let secret = check_types(
            &json!({"data": {"a": "%%"}}),
            schema("io.k8s.api.core.v1.Secret"),
        );
        assert_eq!(
            secret.map_err(|e| e.to_string()),
            Err("illegal base64 data at input byte 0".to_owned())
        );
    }

    #[test]
    fn a_decoded_object_has_the_form_that_is_stored() {
        let mut value = json!({
            "metadata": {"name": "a", "labels": {}, "annotations": {"x": null}, "creationTimestamp": null},
            "spec": {
                "replicas": 0, "unknown": 1,
                "selector": {},
                "template": {"spec": {
                    "volumes": [{"name": "v", "emptyDir": {}}],
                    "containers": [{"name": "a", "command": [],
                        "resources": {"limits": {"cpu": 0.5, "memory": "2048Mi"}}}],
                }},
            },
        });
        let schema = schema("io.k8s.api.apps.v1.Deployment");
        let warnings = decode(&mut value, schema, Vec::new(), FieldValidation::Warn);
        assert_eq!(
            warnings.ok(),
            Some(vec![r#"unknown field "spec.unknown""#.to_owned()])
        );
        assert_eq!(
            value,
            json!({
                "metadata": {"name": "a", "annotations": {"x": ""}},
                "spec": {
                    "replicas": 0,
                    "selector": {},
                    "template": {"spec": {
                        "volumes": [{"name": "v", "emptyDir": {}}],
                        "containers": [{"name": "a", "resources": {"limits": {"cpu": "500m", "memory": "2Gi"}}}],
                    }},
                },
            })
        );
    }

    #[test]
    fn strict_validation_refuses_with_the_whole_message() {
        let mut value = json!({"spec": {"foo": 1}});
        let result = decode(
            &mut value,
            schema("io.k8s.api.apps.v1.Deployment"),
            Vec::new(),
            FieldValidation::Strict,
        );
        let why = "strict decoding error: unknown field \"spec.foo\"";
        assert_eq!(result, Err(why.to_owned()));
        assert_eq!(
            cannot_be_handled("v1", "Deployment", why).message,
            "Deployment in version \"v1\" cannot be handled as a Deployment: \
             strict decoding error: unknown field \"spec.foo\""
        );
    }
}
