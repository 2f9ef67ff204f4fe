//! From JSON schemas to the arena that the cursor walks.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::{
    Atomicity, Marks, Node, NodeId, PatchStrategy, Schema, Shape, Type, definitions, marks,
    published,
};

/// The name of the root definition of a custom resource's schema.
pub(super) const ROOT: &str = "";

const REFERENCE: &str = "#/definitions/";
const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// Compiles every built-in definition with its marks.
pub(super) fn builtin() -> Schema {
    let mut schema = Schema::default();
    let definitions = definitions::all();
    add_definitions(&mut schema, &definitions);
    add_marks(&mut schema);
    schema
}

/// Compiles the schema of a custom resource; `metadata` at its root is that of every object.
pub(super) fn custom(root: &Value) -> Schema {
    let mut schema = Schema::default();
    static METADATA: LazyLock<Map<String, Value>> = LazyLock::new(published::metadata_definitions);
    add_definitions(&mut schema, &METADATA);
    let node = reserve(&mut schema, ROOT);
    let mut root = root.clone();
    add_object_fields(&mut root);
    fill(&mut schema, node, &root);
    add_marks(&mut schema);
    schema
}

/// Every object has `apiVersion`, `kind` and `metadata`, whether its schema names them or not.
fn add_object_fields(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    object.entry("type").or_insert_with(|| "object".into());
    let properties = object
        .entry("properties")
        .or_insert_with(|| Value::Object(Map::new()));
    if let Some(properties) = properties.as_object_mut() {
        properties.insert("apiVersion".into(), serde_json::json!({"type": "string"}));
        properties.insert("kind".into(), serde_json::json!({"type": "string"}));
        properties.insert(
            "metadata".into(),
            serde_json::json!({ "$ref": format!("{REFERENCE}{OBJECT_META}") }),
        );
    }
}

fn add_definitions(schema: &mut Schema, definitions: &Map<String, Value>) {
    for name in definitions.keys() {
        reserve(schema, name);
    }
    for (name, definition) in definitions {
        if let Some(node) = schema.definitions.get(name.as_str()).copied() {
            fill(schema, node, definition);
        }
    }
}

fn reserve(schema: &mut Schema, name: &str) -> NodeId {
    let id = push(
        schema,
        Node {
            name: Some(name.into()),
            ..Node::of(Shape::Scalar(Type::Any))
        },
    );
    schema.definitions.insert(name.into(), id);
    id
}

fn push(schema: &mut Schema, node: Node) -> NodeId {
    schema.nodes.push(node);
    (schema.nodes.len() - 1) as NodeId
}

fn add(schema: &mut Schema, value: &Value) -> NodeId {
    let id = push(schema, Node::of(Shape::Scalar(Type::Any)));
    fill(schema, id, value);
    id
}

/// Compiles `value` into the node that is there for it.
fn fill(schema: &mut Schema, id: NodeId, value: &Value) {
    let name = schema.nodes[id as usize].name.take();
    let embedded = flag(value, "x-kubernetes-embedded-resource");
    let shape = match embedded {
        true => {
            let mut value = value.clone();
            add_object_fields(&mut value);
            shape(schema, name.as_deref(), &value)
        }
        false => shape(schema, name.as_deref(), value),
    };
    schema.nodes[id as usize] = Node {
        shape,
        name,
        marks: extension_marks(value),
        default: value.get("default").cloned(),
        open: flag(value, "x-kubernetes-preserve-unknown-fields"),
        embedded,
        nullable: flag(value, "nullable"),
    };
}

fn shape(schema: &mut Schema, name: Option<&str>, value: &Value) -> Shape {
    if let Some(target) = value.get("$ref").and_then(Value::as_str) {
        let target = target
            .strip_prefix(REFERENCE)
            .and_then(|name| schema.definitions.get(name));
        return target.map_or(Shape::Scalar(Type::Any), |target| Shape::Reference(*target));
    }
    if let Some(scalar) = name.and_then(special) {
        return Shape::Scalar(scalar);
    }
    if flag(value, "x-kubernetes-int-or-string") {
        return Shape::Scalar(Type::IntOrString);
    }
    let format = value
        .get("format")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match value.get("type").and_then(Value::as_str) {
        Some("object") => object(schema, value),
        Some("array") => match value.get("items") {
            Some(items) => Shape::List(add(schema, items)),
            None => Shape::List(push(schema, Node::of(Shape::Scalar(Type::Any)))),
        },
        Some("string") => Shape::Scalar(match format {
            "byte" => Type::Bytes,
            _ => Type::String,
        }),
        Some("integer") => Shape::Scalar(if format == "int32" {
            Type::Int32
        } else {
            Type::Int64
        }),
        Some("number") => Shape::Scalar(Type::Number),
        Some("boolean") => Shape::Scalar(Type::Boolean),
        _ if value.get("properties").is_some() => object(schema, value),
        _ => Shape::Scalar(Type::Any),
    }
}

fn object(schema: &mut Schema, value: &Value) -> Shape {
    if let Some(properties) = value.get("properties").and_then(Value::as_object) {
        let mut fields: Vec<(Box<str>, NodeId)> = properties
            .iter()
            .map(|(name, field)| (name.as_str().into(), add(schema, field)))
            .collect();
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        let required = value
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let required = required.filter_map(Value::as_str).map(Box::from).collect();
        return Shape::Struct {
            fields: fields.into(),
            required,
        };
    }
    match value.get("additionalProperties") {
        Some(values @ Value::Object(_)) => Shape::Map(add(schema, values)),
        Some(Value::Bool(true)) => Shape::Map(push(schema, anything())),
        _ if flag(value, "x-kubernetes-preserve-unknown-fields") => {
            Shape::Map(push(schema, anything()))
        }
        _ => Shape::Struct {
            fields: Box::default(),
            required: Box::default(),
        },
    }
}

/// Values of which nothing is said.
fn anything() -> Node {
    Node {
        open: true,
        ..Node::of(Shape::Scalar(Type::Any))
    }
}

/// Definitions whose JSON form is not what their Go struct looks like.
fn special(definition: &str) -> Option<Type> {
    Some(match definition {
        "io.k8s.apimachinery.pkg.api.resource.Quantity" => Type::Quantity,
        "io.k8s.apimachinery.pkg.util.intstr.IntOrString" => Type::IntOrString,
        "io.k8s.apimachinery.pkg.apis.meta.v1.Time" => Type::Time,
        "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime" => Type::MicroTime,
        "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1"
        | "io.k8s.apimachinery.pkg.runtime.RawExtension"
        | "io.k8s.apimachinery.pkg.apis.meta.v1.Patch"
        | "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON"
        | "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray"
        | "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool"
        | "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray" => {
            Type::Any
        }
        _ => return None,
    })
}

/// The marks that a custom resource's schema carries itself.
fn extension_marks(value: &Value) -> Marks {
    let keys = value
        .get("x-kubernetes-list-map-keys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let list = value
        .get("x-kubernetes-list-type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    Marks {
        keys: keys
            .filter_map(Value::as_str)
            .filter(|_| list == "map")
            .map(Box::from)
            .collect(),
        set: list == "set",
        atomic: match value.get("x-kubernetes-map-type").and_then(Value::as_str) {
            Some("atomic") => Atomicity::Atomic,
            Some("granular") => Atomicity::Granular,
            _ => Atomicity::Unset,
        },
        ..Marks::default()
    }
}

/// Puts the tables of marks on the definitions that are there. A legacy definition has the marks of the one that
/// it is derived from.
fn add_marks(schema: &mut Schema) {
    for name in marks::ATOMIC {
        if let Some(node) = schema.definitions.get(*name).copied() {
            schema.nodes[node as usize].marks.atomic = Atomicity::Atomic;
        }
    }
    let derived: Vec<(String, String)> = schema
        .definitions
        .keys()
        .filter_map(|name| Some((name.to_string(), definitions::base(name)?.to_owned())))
        .collect();
    for (definition, fields) in marks::FIELDS {
        let same = derived
            .iter()
            .filter(|(_, base)| base == definition)
            .map(|(name, _)| name.as_str());
        for name in std::iter::once(*definition).chain(same) {
            for mark in *fields {
                mark_field(schema, name, mark);
            }
        }
    }
    for (definition, field, default) in marks::DEFAULTS {
        if let Some(node) = field_node(schema, definition, field) {
            schema.nodes[node as usize].default = Some(Value::from(*default));
        }
    }
}

fn mark_field(schema: &mut Schema, definition: &str, mark: &marks::Mark) {
    let Some(node) = field_node(schema, definition, mark.field) else {
        return;
    };
    schema.nodes[node as usize].marks = Marks {
        keys: mark.keys.iter().map(|key| Box::from(*key)).collect(),
        set: mark.set,
        atomic: match (mark.atomic_map, mark.granular) {
            (true, _) => Atomicity::Atomic,
            (_, true) => Atomicity::Granular,
            _ => Atomicity::Unset,
        },
        patch: PatchStrategy {
            merge: mark.merge,
            replace: mark.replace,
            retain_keys: mark.retain_keys,
        },
        merge_key: (!mark.merge_key.is_empty()).then(|| mark.merge_key.into()),
    };
}

fn field_node(schema: &Schema, definition: &str, field: &str) -> Option<NodeId> {
    Some(schema.definition(definition)?.field(field)?.node)
}

fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or(false)
}

impl Node {
    fn of(shape: Shape) -> Self {
        Node {
            shape,
            marks: Marks::default(),
            default: None,
            name: None,
            open: false,
            embedded: false,
            nullable: false,
        }
    }
}
