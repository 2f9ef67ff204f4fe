//! What steers pods: priority classes, runtime classes, disruption budgets.

use super::cells::Cells;
use super::columns::{AGE, Column, NAME, boolean, integer, text};
use crate::raw::Node;
use crate::walk::Walk;

pub(super) static PRIORITY_CLASS: [Column; 5] = [
    NAME,
    integer(
        "Value",
        "value represents the integer value of this priority class. This is the actual priority that pods receive when they have the name of this class in their pod spec.",
    ),
    boolean(
        "Global-Default",
        "globalDefault specifies whether this PriorityClass should be considered as the default priority for pods that do not have any priority class. Only one PriorityClass can be marked as `globalDefault`. However, if more than one PriorityClasses exists with their `globalDefault` field set to true, the smallest value of such global default PriorityClasses will be used as the default priority.",
    ),
    AGE,
    text(
        "PreemptionPolicy",
        "preemptionPolicy is the Policy for preempting pods with lower priority. One of Never, PreemptLowerPriority. Defaults to PreemptLowerPriority if unset.",
    ),
];

pub(super) fn priority_class(object: &Node<'_>, row: &mut Cells) {
    row.name(object)
        .push(object.int("value"))
        .push(object.flag("globalDefault"))
        .age(object)
        .push(object.text("preemptionPolicy"));
}

pub(super) static RUNTIME_CLASS: [Column; 3] = [NAME, text("Handler", ""), AGE];

pub(super) fn runtime_class(object: &Node<'_>, row: &mut Cells) {
    row.name(object).push(object.text("handler")).age(object);
}

pub(super) static POD_DISRUPTION_BUDGET: [Column; 5] = [
    NAME,
    text(
        "Min Available",
        "The minimum number of pods that must be available.",
    ),
    text(
        "Max Unavailable",
        "The maximum number of pods that may be unavailable.",
    ),
    integer(
        "Allowed Disruptions",
        "Calculated number of pods that may be disrupted at this time.",
    ),
    AGE,
];

pub(super) fn pod_disruption_budget(object: &Node<'_>, row: &mut Cells) {
    let spec = &object["spec"];
    let number_or_percent = |value: &Node<'_>| match value {
        Node::String(text) => text.clone().into_owned(),
        Node::Number(number) => number.to_string(),
        _ => "N/A".to_owned(),
    };
    row.name(object)
        .push(number_or_percent(&spec["minAvailable"]))
        .push(number_or_percent(&spec["maxUnavailable"]))
        .push(object["status"].int("disruptionsAllowed"))
        .age(object);
}
