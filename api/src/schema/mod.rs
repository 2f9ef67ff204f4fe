//! The shape of every object, as a cursor: types, list and map semantics, patch strategies. Built once from the
//! schemas of `k8s-openapi` and the tables of marks beside them, or from the OpenAPI v3 schema of a custom resource.
//!
//! Descriptions are left out: only the OpenAPI documents need them, see [`crate::openapi`].

mod compile;
pub mod decode;
mod definitions;
mod go;
mod legacy;
mod marks;
mod published;
pub mod strict;
mod time;

use std::{collections::HashMap, sync::LazyLock};

use serde_json::Value;

use crate::kinds::Kind;

pub(crate) use definitions::{all as all_definitions, mark_definition};

/// A compiled set of definitions.
#[derive(Debug, Default)]
pub struct Schema {
    nodes: Vec<Node>,
    definitions: HashMap<Box<str>, NodeId>,
}

/// A place in a schema. Copied freely; walks down with [`field`](Self::field), [`items`](Self::items) and
/// [`values`](Self::values).
#[derive(Clone, Copy)]
pub struct SchemaRef<'s> {
    schema: &'s Schema,
    node: NodeId,
}

/// The JSON types, and the strings and numbers that Kubernetes reads in a way of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A struct with named fields.
    Struct,
    /// A map from strings to [`SchemaRef::values`].
    Map,
    List,
    String,
    /// Base64.
    Bytes,
    /// RFC 3339, to the second.
    Time,
    /// RFC 3339, to the microsecond.
    MicroTime,
    Int32,
    Int64,
    Number,
    Boolean,
    IntOrString,
    Quantity,
    /// Anything at all: raw extensions, JSON, managed fields, objects without a schema.
    Any,
}

/// How two lists become one (KEP-555, structured merge).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListType<'s> {
    /// One value with one owner.
    Atomic,
    /// Scalars, each once.
    Set,
    /// Structs that these fields tell apart.
    Map(&'s [Box<str>]),
}

/// Strategic merge patch's directives for a field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PatchStrategy {
    /// The items of a list are merged; without it a list is replaced.
    pub merge: bool,
    /// A struct or list is replaced as a whole.
    pub replace: bool,
    /// A patch with `$retainKeys` clears the other fields.
    pub retain_keys: bool,
}

impl Schema {
    /// The schema of all built-in kinds. The first call compiles it (some tens of milliseconds).
    pub fn builtin() -> &'static Schema {
        static BUILTIN: LazyLock<Schema> = LazyLock::new(compile::builtin);
        &BUILTIN
    }

    /// Compiles the `openAPIV3Schema` of a custom resource. The root gets the fields that every object has.
    pub fn from_openapi_v3(root: &Value) -> Schema {
        compile::custom(root)
    }

    /// The root of a schema that was made by [`from_openapi_v3`](Self::from_openapi_v3).
    pub fn root(&self) -> Option<SchemaRef<'_>> {
        self.definition(compile::ROOT)
    }

    /// A definition by its OpenAPI name, such as `io.k8s.api.core.v1.PodSpec`.
    pub fn definition(&self, name: &str) -> Option<SchemaRef<'_>> {
        self.definitions.get(name).map(|node| SchemaRef {
            schema: self,
            node: *node,
        })
    }

    /// A built-in definition by its OpenAPI name.
    pub fn for_definition(name: &str) -> Option<SchemaRef<'static>> {
        Self::builtin().definition(name)
    }

    /// The schema of a served kind in its own version.
    pub fn for_kind(kind: &Kind) -> Option<SchemaRef<'static>> {
        Self::for_definition(kind.definition)
    }

    /// The schema of a kind that may have no row in the table (`Scale`, `Eviction`, `DeleteOptions`).
    pub fn for_gvk(group: &str, version: &str, kind: &str) -> Option<SchemaRef<'static>> {
        match crate::kinds::by_kind(group, version, kind) {
            Some(row) => Self::for_kind(row),
            None => Self::for_definition(&definition_name(group, version, kind)).or_else(|| {
                let meta = definition_name("meta.k8s.io", "v1", kind);
                Self::for_definition(&meta).filter(|_| definitions::GENERIC.contains(&kind))
            }),
        }
    }
}

/// The OpenAPI name of a built-in kind, by the Go package that upstream keeps it in.
pub fn definition_name(group: &str, version: &str, kind: &str) -> String {
    let package = match group {
        "" => "io.k8s.api.core",
        "apiextensions.k8s.io" => "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
        "apiregistration.k8s.io" => "io.k8s.kube-aggregator.pkg.apis.apiregistration",
        "meta.k8s.io" => "io.k8s.apimachinery.pkg.apis.meta",
        _ => {
            let short = group.split('.').next().unwrap_or(group);
            return format!("io.k8s.api.{short}.{version}.{kind}");
        }
    };
    format!("{package}.{version}.{kind}")
}

impl<'s> SchemaRef<'s> {
    /// The schema of a named field; `None` if there is none of that name or this is no struct.
    pub fn field(self, name: &str) -> Option<SchemaRef<'s>> {
        match &self.resolved().shape {
            Shape::Struct { fields, .. } => {
                let index = fields
                    .binary_search_by(|(field, _)| (**field).cmp(name))
                    .ok()?;
                Some(self.at(fields[index].1))
            }
            _ => None,
        }
    }

    /// The names of the fields of a struct, sorted.
    pub fn field_names(self) -> impl Iterator<Item = &'s str> {
        let fields: &[(Box<str>, NodeId)] = match &self.resolved().shape {
            Shape::Struct { fields, .. } => fields,
            _ => &[],
        };
        fields.iter().map(|(name, _)| &**name)
    }

    /// The schema of the items of a list.
    pub fn items(self) -> Option<SchemaRef<'s>> {
        match self.resolved().shape {
            Shape::List(node) => Some(self.at(node)),
            _ => None,
        }
    }

    /// The schema of the values of a map.
    pub fn values(self) -> Option<SchemaRef<'s>> {
        match self.resolved().shape {
            Shape::Map(node) => Some(self.at(node)),
            _ => None,
        }
    }

    /// What stands under `name`: the field of a struct or the value of a map.
    pub fn child(self, name: &str) -> Option<SchemaRef<'s>> {
        self.field(name).or_else(|| self.values())
    }

    pub fn type_(self) -> Type {
        match self.resolved().shape {
            Shape::Struct { .. } => Type::Struct,
            Shape::Map(_) => Type::Map,
            Shape::List(_) => Type::List,
            Shape::Scalar(scalar) => scalar,
            Shape::Reference(_) => Type::Any,
        }
    }

    /// Whether the value is one unit to server-side apply, however deep it is.
    pub fn is_scalar(self) -> bool {
        !matches!(self.type_(), Type::Struct | Type::Map | Type::List)
    }

    /// How lists of this place merge.
    pub fn list_type(self) -> ListType<'s> {
        let node = self.own();
        match (node.marks.set, &node.marks.keys) {
            (true, _) => ListType::Set,
            (false, keys) if keys.is_empty() => ListType::Atomic,
            (false, keys) => ListType::Map(keys),
        }
    }

    /// Whether a struct or map has one owner as a whole.
    pub fn map_atomic(self) -> bool {
        let own = self.own().marks.atomic;
        match own {
            Atomicity::Unset => self.resolved().marks.atomic == Atomicity::Atomic,
            _ => own == Atomicity::Atomic,
        }
    }

    /// How a strategic merge patch treats this place.
    pub fn patch_strategy(self) -> PatchStrategy {
        self.own().marks.patch
    }

    /// The field by which a strategic merge patch matches the items of a list.
    pub fn patch_merge_key(self) -> Option<&'s str> {
        self.own().marks.merge_key.as_deref()
    }

    /// The value that an absent field has, where the schema states one.
    pub fn default_value(self) -> Option<&'s Value> {
        self.own().default.as_ref()
    }

    /// The fields that must be present.
    pub fn required(self) -> &'s [Box<str>] {
        match &self.resolved().shape {
            Shape::Struct { required, .. } => required,
            _ => &[],
        }
    }

    /// Whether fields that the schema does not name are kept (`x-kubernetes-preserve-unknown-fields`).
    pub fn preserves_unknown(self) -> bool {
        self.own().open || self.resolved().open
    }

    /// Whether the value is an object of its own, with `apiVersion`, `kind` and `metadata`.
    pub fn is_embedded_resource(self) -> bool {
        self.own().embedded
    }

    /// Whether `null` is a value here (`nullable` of a custom resource).
    pub fn is_nullable(self) -> bool {
        self.own().nullable
    }

    /// The name of the definition that this place refers to, such as `io.k8s.api.core.v1.PodSpec`.
    pub fn definition_name(self) -> Option<&'s str> {
        self.resolved().name.as_deref()
    }

    fn own(self) -> &'s Node {
        &self.schema.nodes[self.node as usize]
    }

    fn resolved(self) -> &'s Node {
        match self.own().shape {
            Shape::Reference(target) => &self.schema.nodes[target as usize],
            _ => self.own(),
        }
    }

    fn at(self, node: NodeId) -> SchemaRef<'s> {
        SchemaRef {
            schema: self.schema,
            node,
        }
    }
}

impl std::fmt::Debug for SchemaRef<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.definition_name().unwrap_or_default();
        formatter
            .debug_struct("SchemaRef")
            .field("type", &self.type_())
            .field("definition", &name)
            .finish()
    }
}

type NodeId = u32;

#[derive(Debug)]
struct Node {
    shape: Shape,
    marks: Marks,
    default: Option<Value>,
    /// Set on the node of a definition.
    name: Option<Box<str>>,
    open: bool,
    embedded: bool,
    nullable: bool,
}

#[derive(Debug)]
enum Shape {
    /// A definition; marks stay with the place that refers to it.
    Reference(NodeId),
    Struct {
        /// Sorted by name.
        fields: Box<[(Box<str>, NodeId)]>,
        required: Box<[Box<str>]>,
    },
    Map(NodeId),
    List(NodeId),
    Scalar(Type),
}

#[derive(Debug, Default)]
struct Marks {
    keys: Box<[Box<str>]>,
    set: bool,
    atomic: Atomicity,
    patch: PatchStrategy,
    merge_key: Option<Box<str>>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Atomicity {
    #[default]
    Unset,
    Atomic,
    Granular,
}

#[cfg(test)]
mod tests;
