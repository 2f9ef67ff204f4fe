//! What is known of a value before there is one: its type, how large it may be, and the names of its fields as
//! expressions write them. Made from the schema of a custom resource, or from the built-in schemas.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::escaping;
use super::types::Type;
use super::value::ListKind;
use crate::kinds::Kind;
use crate::schema::{self, SchemaRef};

/// The largest request that is accepted (upstream's `MaxRequestSizeBytes`): what bounds whatever has no bound.
const MAX_REQUEST_SIZE: u64 = 3 * 1024 * 1024;

const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// A declared value.
#[derive(Debug, Clone)]
pub struct Declaration {
    pub shape: Shape,
    /// The largest number of characters, bytes, items or entries; `None` if nothing bounds it.
    pub max_size: Option<u64>,
    /// The fewest bytes that such a value takes in JSON.
    pub min_serialized: u64,
    pub nullable: bool,
}

/// The kinds of declared values.
#[derive(Debug, Clone)]
pub enum Shape {
    Dyn,
    Bool,
    Int,
    Double,
    String,
    /// Base64 in JSON.
    Bytes,
    Timestamp,
    /// `2024-01-31`.
    Date,
    Duration,
    IntOrString,
    List(Arc<Declaration>, ListKind),
    Map(Arc<Declaration>),
    Object(Arc<ObjectDeclaration>),
}

/// An object with declared fields.
#[derive(Debug)]
pub struct ObjectDeclaration {
    name: Arc<str>,
    fields: Fields,
    /// Values have what is not declared too; expressions cannot name it.
    keeps_unknown: bool,
}

#[derive(Debug)]
enum Fields {
    /// By the escaped name.
    Declared(BTreeMap<Arc<str>, Field>),
    Builtin(SchemaRefStatic),
}

/// A field: the name in JSON, and what it holds.
#[derive(Debug, Clone)]
pub struct Field {
    pub name: Arc<str>,
    pub declaration: Arc<Declaration>,
    pub required: bool,
}

#[derive(Clone, Copy)]
struct SchemaRefStatic(SchemaRef<'static>);

impl std::fmt::Debug for SchemaRefStatic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("builtin")
    }
}

impl ObjectDeclaration {
    /// An object with these fields, by the names that they have in JSON.
    pub fn new(name: impl Into<Arc<str>>, fields: impl IntoIterator<Item = Field>) -> Self {
        let fields = fields
            .into_iter()
            .filter_map(|field| Some((Arc::from(escaping::escape(&field.name)?), field)))
            .collect();
        Self {
            name: name.into(),
            fields: Fields::Declared(fields),
            keeps_unknown: false,
        }
    }

    /// Whether values have what is not declared too.
    pub(super) fn keeps_unknown(&self) -> bool {
        self.keeps_unknown
    }

    /// The name of the type.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The field that an expression calls so.
    pub fn field(&self, escaped: &str) -> Option<Field> {
        match &self.fields {
            Fields::Declared(fields) => fields.get(escaped).cloned(),
            Fields::Builtin(schema) => {
                let name = match schema.0.field(escaped) {
                    Some(_) => escaped.to_owned(),
                    None => escaping::unescape(escaped)?,
                };
                let inner = schema.0.field(&name)?;
                Some(Field {
                    declaration: Arc::new(Declaration::builtin(
                        inner,
                        &format!("{}.{name}", self.name),
                    )),
                    name: name.into(),
                    required: false,
                })
            }
        }
    }

    /// The declared fields by their escaped names; nothing of a built-in schema.
    pub(super) fn declared(&self) -> Option<&BTreeMap<Arc<str>, Field>> {
        match &self.fields {
            Fields::Declared(fields) => Some(fields),
            Fields::Builtin(_) => None,
        }
    }
}

impl Declaration {
    fn of(shape: Shape, min_serialized: u64) -> Self {
        Self {
            shape,
            max_size: None,
            min_serialized,
            nullable: false,
        }
    }

    /// A value of which nothing is known.
    pub fn dynamic() -> Self {
        Self::of(Shape::Dyn, 1)
    }

    /// A value of this shape, without a bound.
    pub fn plain(shape: Shape) -> Self {
        Self::of(shape, 1)
    }

    /// A built-in definition.
    pub fn builtin(schema: SchemaRef<'static>, name: &str) -> Self {
        let shape = match schema.type_() {
            schema::Type::Struct => Shape::Object(Arc::new(ObjectDeclaration {
                name: name.into(),
                fields: Fields::Builtin(SchemaRefStatic(schema)),
                keeps_unknown: false,
            })),
            schema::Type::Map => match schema.values() {
                Some(values) => {
                    Shape::Map(Arc::new(Self::builtin(values, &format!("{name}.@values"))))
                }
                None => Shape::Dyn,
            },
            schema::Type::List => match schema.items() {
                Some(items) => Shape::List(
                    Arc::new(Self::builtin(items, &format!("{name}.@items"))),
                    ListKind::Atomic,
                ),
                None => Shape::Dyn,
            },
            schema::Type::String | schema::Type::Bytes => Shape::String,
            schema::Type::Time | schema::Type::MicroTime => Shape::Timestamp,
            schema::Type::Int32 | schema::Type::Int64 => Shape::Int,
            schema::Type::Number => Shape::Double,
            schema::Type::Boolean => Shape::Bool,
            schema::Type::IntOrString | schema::Type::Quantity => Shape::IntOrString,
            schema::Type::Any => Shape::Dyn,
        };
        Self::plain(shape)
    }

    /// Objects of a kind of the server's own.
    pub fn of_kind(kind: &'static Kind) -> Option<Self> {
        let schema = schema::Schema::for_definition(kind.definition)?;
        Some(Self::builtin(schema, kind.kind))
    }

    /// Objects of a custom resource as the server publishes their type: with all of their metadata, of which rules of
    /// the schema itself ([`Declaration::structural`]) see the names alone.
    pub fn of_custom(schema: &Json) -> Self {
        let mut declaration =
            structural(schema, true, "object").unwrap_or_else(Declaration::dynamic);
        let metadata = schema::Schema::for_definition(OBJECT_META);
        if let (Shape::Object(object), Some(metadata)) = (&declaration.shape, metadata)
            && let Fields::Declared(fields) = &object.fields
        {
            let own = Field {
                name: "metadata".into(),
                declaration: Arc::new(Self::builtin(metadata, "object.metadata")),
                required: false,
            };
            let others = fields.values().filter(|field| &*field.name != "metadata");
            let all: Vec<Field> = others.cloned().chain([own]).collect();
            declaration.shape = Shape::Object(Arc::new(ObjectDeclaration::new("object", all)));
        }
        declaration
    }

    /// A structural schema of a custom resource (`openAPIV3Schema` or a part of it). `root` says that it stands for
    /// a whole object, which has the fields that every object has. `None` if expressions can't see such values: nothing
    /// says of what type they are.
    pub fn structural(schema: &Json, root: bool) -> Option<Self> {
        structural(schema, root, "object")
    }

    /// The type by which the checker knows such values.
    pub fn type_(&self) -> Type {
        match &self.shape {
            Shape::Dyn | Shape::IntOrString => Type::Dyn,
            Shape::Bool => Type::Bool,
            Shape::Int => Type::Int,
            Shape::Double => Type::Double,
            Shape::String => Type::String,
            Shape::Bytes => Type::Bytes,
            Shape::Timestamp | Shape::Date => Type::Timestamp,
            Shape::Duration => Type::Duration,
            Shape::List(items, _) => Type::list(items.type_()),
            Shape::Map(values) => Type::map(Type::String, values.type_()),
            Shape::Object(object) => Type::Object(object.clone()),
        }
    }
}

fn size(schema: &Json, keyword: &str) -> Option<u64> {
    schema.get(keyword).and_then(Json::as_u64)
}

fn flag(schema: &Json, keyword: &str) -> bool {
    schema.get(keyword).and_then(Json::as_bool) == Some(true)
}

fn structural(schema: &Json, root: bool, path: &str) -> Option<Declaration> {
    let mut declaration = shape_of(schema, root, path)?;
    declaration.nullable = flag(schema, "nullable");
    // `null` is four bytes, and may be less than what it stands for.
    if declaration.nullable {
        declaration.min_serialized = declaration.min_serialized.min(4);
    }
    Some(declaration)
}

fn shape_of(schema: &Json, root: bool, path: &str) -> Option<Declaration> {
    if flag(schema, "x-kubernetes-int-or-string") {
        let mut declaration = Declaration::of(Shape::IntOrString, 1);
        declaration.max_size =
            Some(size(schema, "maxLength").map_or(MAX_REQUEST_SIZE - 2, |max| max * 4));
        return Some(declaration);
    }
    match schema.get("type").and_then(Json::as_str).unwrap_or("") {
        "array" => array(schema, path),
        "object" => object(schema, root, path),
        // A whole object is one, whatever its schema says.
        "" if root => object(schema, root, path),
        "string" => Some(string(schema)),
        "boolean" => Some(Declaration::of(Shape::Bool, 4)),
        "number" => Some(Declaration::of(Shape::Double, 1)),
        "integer" => Some(Declaration::of(Shape::Int, 1)),
        _ => None,
    }
}

fn array(schema: &Json, path: &str) -> Option<Declaration> {
    let items = structural(schema.get("items")?, false, &format!("{path}.@idx"))?;
    let kind = match schema.get("x-kubernetes-list-type").and_then(Json::as_str) {
        Some("set") => ListKind::Set,
        Some("map") => ListKind::Map(
            schema
                .get("x-kubernetes-list-map-keys")
                .and_then(Json::as_array)
                .into_iter()
                .flatten()
                .filter_map(|key| Some(Arc::from(key.as_str()?)))
                .collect(),
        ),
        _ => ListKind::Atomic,
    };
    // `[]` takes two bytes, and each item one comma more than itself.
    let most = MAX_REQUEST_SIZE.saturating_sub(2) / (items.min_serialized + 1);
    let max_size = size(schema, "maxItems").unwrap_or(most);
    Some(Declaration {
        shape: Shape::List(Arc::new(items), kind),
        max_size: Some(max_size),
        min_serialized: 2,
        nullable: false,
    })
}

fn string(schema: &Json) -> Declaration {
    let declared_format = schema.get("format").and_then(Json::as_str);
    let (shape, fixed) = match declared_format {
        Some("byte") => (Shape::Bytes, None),
        Some("duration") => (Shape::Duration, Some(32)),
        Some("date") => (Shape::Date, Some(12)),
        Some("date-time") => (Shape::Timestamp, Some(32)),
        _ => (Shape::String, None),
    };
    let mut declaration = Declaration::of(
        shape,
        match declared_format {
            Some("date") => 12,
            Some("date-time") => 21,
            Some("duration") => 3,
            _ => 2,
        },
    );
    declaration.max_size = Some(match (fixed, size(schema, "maxLength")) {
        (Some(fixed), _) => fixed,
        (None, Some(length)) if declared_format == Some("byte") => length,
        // A character may be four bytes in UTF-8.
        (None, Some(length)) => length.saturating_mul(4),
        (None, None) => longest_enumerated(schema).unwrap_or(MAX_REQUEST_SIZE - 2),
    });
    declaration
}

fn longest_enumerated(schema: &Json) -> Option<u64> {
    let values = schema.get("enum")?.as_array()?;
    values
        .iter()
        .filter_map(|value| Some(value.as_str()?.len() as u64))
        .max()
}

fn object(schema: &Json, root: bool, path: &str) -> Option<Declaration> {
    let properties = schema.get("properties").and_then(Json::as_object);
    let embedded = root || flag(schema, "x-kubernetes-embedded-resource");
    let values = schema.get("additionalProperties");
    if let Some(values) = values.filter(|values| values.is_object() && properties.is_none()) {
        let values = structural(values, false, &format!("{path}.@elem"))?;
        // The quotes of the key, a character of it, a colon, a comma and a blank.
        let most = MAX_REQUEST_SIZE.saturating_sub(2) / (values.min_serialized + 6);
        let max_size = size(schema, "maxProperties").unwrap_or(most);
        return Some(Declaration {
            shape: Shape::Map(Arc::new(values)),
            max_size: Some(max_size),
            min_serialized: 2,
            nullable: false,
        });
    }
    let mut fields = declared_fields(schema, path);
    let mut min_serialized = 2;
    for field in &fields {
        if field.required {
            min_serialized += field.name.len() as u64 + 4 + field.declaration.min_serialized;
        }
    }
    if embedded {
        embed(&mut fields, path);
    }
    let mut object = ObjectDeclaration::new(path, fields);
    object.keeps_unknown = flag(schema, "x-kubernetes-preserve-unknown-fields")
        || values.and_then(Json::as_bool) == Some(true);
    Some(Declaration::of(
        Shape::Object(Arc::new(object)),
        min_serialized,
    ))
}

fn declared_fields(schema: &Json, path: &str) -> Vec<Field> {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    let properties = schema.get("properties").and_then(Json::as_object);
    properties
        .into_iter()
        .flatten()
        .filter_map(|(name, inner)| {
            Some(Field {
                name: name.as_str().into(),
                declaration: Arc::new(structural(inner, false, &format!("{path}.{name}"))?),
                // What has a default is always there, but not necessarily in the request.
                required: required.contains(&name.as_str()) && inner.get("default").is_none(),
            })
        })
        .collect()
}

/// What every object has: of `metadata`, rules see the names alone.
fn embed(fields: &mut Vec<Field>, path: &str) {
    let text = || {
        let mut declaration = Declaration::of(Shape::String, 2);
        declaration.max_size = Some(MAX_REQUEST_SIZE - 2);
        Arc::new(declaration)
    };
    let field = |name: &str, declaration: Arc<Declaration>| Field {
        name: name.into(),
        declaration,
        required: true,
    };
    let metadata = ObjectDeclaration::new(
        format!("{path}.metadata"),
        [field("name", text()), field("generateName", text())],
    );
    fields.retain(|field| !matches!(&*field.name, "apiVersion" | "kind" | "metadata"));
    fields.push(field("apiVersion", text()));
    fields.push(field("kind", text()));
    fields.push(field(
        "metadata",
        Arc::new(Declaration::of(Shape::Object(Arc::new(metadata)), 2)),
    ));
}
