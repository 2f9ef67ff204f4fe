//! The names of Go types, because upstream's decoding errors carry them and clients show them to people.

use super::{SchemaRef, Type};

/// Fields whose type is a named string in Go: definition, field, type.
const NAMED_STRINGS: &[(&str, &str, &str)] = &[
    ("Container", "imagePullPolicy", "v1.PullPolicy"),
    (
        "Container",
        "terminationMessagePolicy",
        "v1.TerminationMessagePolicy",
    ),
    ("ContainerPort", "protocol", "v1.Protocol"),
    ("CronJobSpec", "concurrencyPolicy", "v1.ConcurrencyPolicy"),
    (
        "DeleteOptions",
        "propagationPolicy",
        "v1.DeletionPropagation",
    ),
    ("DeploymentStrategy", "type", "v1.DeploymentStrategyType"),
    ("HTTPGetAction", "scheme", "v1.URIScheme"),
    (
        "LabelSelectorRequirement",
        "operator",
        "v1.LabelSelectorOperator",
    ),
    ("ObjectMeta", "uid", "types.UID"),
    ("OwnerReference", "uid", "types.UID"),
    (
        "PersistentVolumeSpec",
        "persistentVolumeReclaimPolicy",
        "v1.PersistentVolumeReclaimPolicy",
    ),
    ("PodSpec", "dnsPolicy", "v1.DNSPolicy"),
    ("PodSpec", "restartPolicy", "v1.RestartPolicy"),
    ("Secret", "type", "v1.SecretType"),
    ("ServicePort", "protocol", "v1.Protocol"),
    ("ServiceSpec", "sessionAffinity", "v1.ServiceAffinity"),
    ("ServiceSpec", "type", "v1.ServiceType"),
    ("Taint", "effect", "v1.TaintEffect"),
    ("Toleration", "effect", "v1.TaintEffect"),
    ("Toleration", "operator", "v1.TolerationOperator"),
];

/// The struct a definition stands for: `PodSpec`.
pub(super) fn struct_name(schema: SchemaRef<'_>) -> &str {
    schema
        .definition_name()
        .and_then(|name| name.rsplit('.').next())
        .unwrap_or_default()
}

/// The Go type of a field of the struct called `owner`.
pub(super) fn field_type(owner: &str, field: &str, schema: SchemaRef<'_>) -> String {
    let named = NAMED_STRINGS
        .iter()
        .find(|(definition, name, _)| *definition == owner && *name == field);
    match named {
        Some((_, _, name)) if schema.type_() == Type::String => (*name).to_owned(),
        _ => type_name(schema),
    }
}

/// The Go type as its reflection prints it: `int32`, `[]v1.Container`, `map[string]string`.
pub(super) fn type_name(schema: SchemaRef<'_>) -> String {
    match schema.type_() {
        Type::Struct => qualified(schema),
        Type::Map => match schema.values() {
            Some(values) if values.type_() == Type::Quantity => "v1.ResourceList".to_owned(),
            Some(values) => format!("map[string]{}", type_name(values)),
            None => "map[string]interface {}".to_owned(),
        },
        Type::List => match schema.items() {
            Some(items) => format!("[]{}", type_name(items)),
            None => "[]interface {}".to_owned(),
        },
        Type::Bytes => "[]uint8".to_owned(),
        Type::Int32 => "int32".to_owned(),
        Type::Int64 => "int64".to_owned(),
        Type::Number => "float64".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Time => "v1.Time".to_owned(),
        Type::MicroTime => "v1.MicroTime".to_owned(),
        Type::Quantity => "resource.Quantity".to_owned(),
        Type::IntOrString => "intstr.IntOrString".to_owned(),
        Type::String | Type::Any => "string".to_owned(),
    }
}

/// Package and type: the last two steps of a definition's name are those of the Go package and the struct.
fn qualified(schema: SchemaRef<'_>) -> String {
    let Some(name) = schema.definition_name() else {
        return "struct {}".to_owned();
    };
    let mut steps = name.rsplit('.');
    match (steps.next(), steps.next()) {
        (Some(type_), Some(package)) => format!("{package}.{type_}"),
        _ => name.to_owned(),
    }
}
