//! The `admissionregistration.k8s.io` group.

use super::cells::Cells;
use super::columns::{AGE, Column, NAME, integer, text};
use crate::raw::Node;
use crate::walk::Walk;

pub(super) static WEBHOOKS: [Column; 3] = [
    NAME,
    integer(
        "Webhooks",
        "Webhooks indicates the number of webhooks registered in this configuration",
    ),
    AGE,
];

pub(super) fn webhooks(object: &Node<'_>, row: &mut Cells) {
    row.name(object).push(object.count("webhooks")).age(object);
}

const PARAM_KIND: Column = text(
    "ParamKind",
    "ParamKind specifies the kind of resources used to parameterize this policy",
);

pub(super) static VALIDATING_POLICY: [Column; 4] = [
    NAME,
    integer(
        "Validations",
        "Validations indicates the number of validation rules defined in this configuration",
    ),
    PARAM_KIND,
    AGE,
];

pub(super) fn validating_policy(object: &Node<'_>, row: &mut Cells) {
    let spec = &object["spec"];
    row.name(object)
        .push(spec.count("validations"))
        .push(param_kind(spec))
        .age(object);
}

pub(super) static MUTATING_POLICY: [Column; 4] = [
    NAME,
    integer(
        "Mutations",
        "Mutation indicates the number of mutations rules defined in this configuration",
    ),
    PARAM_KIND,
    AGE,
];

pub(super) fn mutating_policy(object: &Node<'_>, row: &mut Cells) {
    let spec = &object["spec"];
    row.name(object)
        .push(spec.count("mutations"))
        .push(param_kind(spec))
        .age(object);
}

fn param_kind(spec: &Node<'_>) -> String {
    let kind = &spec["paramKind"];
    if kind.is_object() {
        format!("{}/{}", kind.text("apiVersion"), kind.text("kind"))
    } else {
        "<unset>".to_owned()
    }
}

pub(super) static POLICY_BINDING: [Column; 4] = [
    NAME,
    text(
        "PolicyName",
        "PolicyName indicates the policy definition which the policy binding binded to",
    ),
    text(
        "ParamRef",
        "ParamRef indicates the param resource which sets the configuration param",
    ),
    AGE,
];

pub(super) fn policy_binding(object: &Node<'_>, row: &mut Cells) {
    let spec = &object["spec"];
    let reference = &spec["paramRef"];
    let param = match (reference.text("namespace"), reference.text("name")) {
        (_, "") if reference.has("selector") => in_go(&reference["selector"]),
        (_, "") => "<unset>".to_owned(),
        // Whether the parameter has a namespace can't be told from here.
        ("", name) => format!("*/{name}"),
        (namespace, name) => format!("{namespace}/{name}"),
    };
    row.name(object)
        .push(spec.text("policyName"))
        .push(param)
        .age(object);
}

/// A label selector as the `String` of upstream's generated protobuf type writes it.
fn in_go(selector: &Node<'_>) -> String {
    let fields = selector.map("matchLabels").unwrap_or_default();
    let mut labels: Vec<_> = fields
        .iter()
        .map(|(key, value)| format!("{key}: {},", value.as_str().unwrap_or_default()))
        .collect();
    labels.sort_unstable();
    let requirement = |requirement: &Node<'_>| {
        let values = requirement.list("values").iter().filter_map(Node::as_str);
        format!(
            "LabelSelectorRequirement{{Key:{},Operator:{},Values:[{}],}},",
            requirement.text("key"),
            requirement.text("operator"),
            values.collect::<Vec<_>>().join(" ")
        )
    };
    let expressions = selector.list("matchExpressions").iter().map(requirement);
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{}}},MatchExpressions:[]LabelSelectorRequirement{{{}}},}}",
        labels.concat(),
        expressions.collect::<String>()
    )
}
