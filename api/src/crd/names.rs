//! Which names a definition gets, and the conditions that tell of it (upstream's naming, establishing and approval
//! controllers). Pure: the definition and its neighbours go in, the new status comes out.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::meta;
use crate::walk::Walk;

/// Says where the API of a group of Kubernetes' own was reviewed.
pub const APPROVED: &str = "api-approved.kubernetes.io";

/// The names that other definitions of the group have.
#[derive(Debug, Default)]
pub struct Taken {
    /// Plurals, singulars and short names: they share one space.
    pub resources: BTreeSet<String>,
    /// Kinds and list kinds.
    pub kinds: BTreeSet<String>,
}

impl Taken {
    /// Takes in the accepted names of another definition.
    pub fn add(&mut self, object: &Value) {
        let names = &object["status"]["acceptedNames"];
        let short = names.list("shortNames").iter().filter_map(Value::as_str);
        let resources = [names.text("plural"), names.text("singular")];
        for name in resources.into_iter().chain(short) {
            self.resources.insert(name.to_owned());
        }
        for name in [names.text("kind"), names.text("listKind")] {
            self.kinds.insert(name.to_owned());
        }
    }
}

/// The status that a definition is to have beside these names.
pub fn status(object: &Value, taken: &Taken, now: &str) -> Value {
    let (accepted, conflict) = accept(object, taken);
    let mut status = object["status"].clone();
    if !status.is_object() {
        status = Value::Object(Map::new());
    }
    status["acceptedNames"] = accepted;
    let good = conflict.is_none();
    let names = match conflict {
        None => ("True", "NoConflicts", "no conflicts found".to_owned()),
        Some((reason, message)) => ("False", reason, message),
    };
    set_condition(&mut status, "NamesAccepted", names, now);
    if !super::condition(object, "Established") {
        let established = match good {
            true => (
                "True",
                "InitialNamesAccepted",
                "the initial names have been accepted".to_owned(),
            ),
            false => (
                "False",
                "NotAccepted",
                "not all names are accepted".to_owned(),
            ),
        };
        set_condition(&mut status, "Established", established, now);
    }
    if is_protected(object["spec"].text("group")) {
        let approval = approval(meta::annotation(object, APPROVED).unwrap_or_default());
        set_condition(
            &mut status,
            "KubernetesAPIApprovalPolicyConformant",
            approval,
            now,
        );
    }
    status
}

/// Whether a group is one of Kubernetes' own.
pub fn is_protected(group: &str) -> bool {
    ["k8s.io", "kubernetes.io"].iter().any(|own| {
        group
            .strip_suffix(own)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// Status, reason and message of the approval that an annotation claims.
pub(crate) fn approval(annotation: &str) -> (&'static str, &'static str, String) {
    if annotation.is_empty() {
        let message = format!(
            "protected groups must have approval annotation {APPROVED:?}, see https://github.com/kubernetes/enhancements/pull/1111"
        );
        return ("False", "MissingAnnotation", message);
    }
    if annotation.starts_with("unapproved") {
        let message = format!("not approved: {annotation:?}");
        return ("False", "UnapprovedAnnotation", message);
    }
    if is_address(annotation) {
        return (
            "True",
            "ApprovedAnnotation",
            format!("approved in {annotation}"),
        );
    }
    let message = format!(
        "protected groups must have approval annotation {APPROVED:?} with either a URL or a reason starting with \"unapproved\", see https://github.com/kubernetes/enhancements/pull/1111"
    );
    ("False", "InvalidAnnotation", message)
}

/// Whether an annotation is a URL with a host.
pub fn is_address(annotation: &str) -> bool {
    annotation.split_once("://").is_some_and(|(scheme, rest)| {
        !scheme.is_empty() && !rest.is_empty() && !rest.starts_with('/')
    })
}

type Conflict = (&'static str, String);

/// The names that the definition gets, and the last conflict. A name that is taken stays what it was.
fn accept(object: &Value, taken: &Taken) -> (Value, Option<Conflict>) {
    let (asked, had) = (&object["spec"]["names"], &object["status"]["acceptedNames"]);
    let mut accepted = match had {
        Value::Object(had) => had.clone(),
        _ => Map::new(),
    };
    let mut conflict = None;
    let fields: [(&str, &BTreeSet<String>, &'static str); 5] = [
        ("plural", &taken.resources, "PluralConflict"),
        ("singular", &taken.resources, "SingularConflict"),
        ("shortNames", &taken.resources, "ShortNamesConflict"),
        ("kind", &taken.kinds, "KindConflict"),
        ("listKind", &taken.kinds, "ListKindConflict"),
    ];
    for (field, used, reason) in fields {
        let wanted: Vec<&str> = match &asked[field] {
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
            _ => vec![asked.text(field)],
        };
        let own: Vec<&str> = match &had[field] {
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
            _ => vec![had.text(field)],
        };
        let clashes: Vec<String> = wanted
            .iter()
            .filter(|name| !name.is_empty() && !own.contains(name) && used.contains(**name))
            .map(|name| format!("{name:?} is already in use"))
            .collect();
        match clashes.as_slice() {
            [] => copy(&mut accepted, asked, field),
            [one] => conflict = Some((reason, one.clone())),
            several => conflict = Some((reason, format!("[{}]", several.join(", ")))),
        }
    }
    copy(&mut accepted, asked, "categories");
    (Value::Object(accepted), conflict)
}

fn copy(to: &mut Map<String, Value>, from: &Value, field: &str) {
    match from.get(field) {
        Some(value) => {
            to.insert(field.to_owned(), value.clone());
        }
        None => {
            to.shift_remove(field);
        }
    }
}

/// Sets a condition; the moment of its last transition changes only with its status.
pub fn set_condition(
    status: &mut Value,
    name: &str,
    (value, reason, message): (&str, &str, String),
    now: &str,
) {
    if !status["conditions"].is_array() {
        status["conditions"] = json!([]);
    }
    let Some(conditions) = status["conditions"].as_array_mut() else {
        return;
    };
    let known = conditions.iter_mut().find(|one| one.text("type") == name);
    let mut condition = json!({"type": name, "status": value, "reason": reason, "message": message,
        "lastTransitionTime": now});
    match known {
        Some(known) => {
            if known.text("status") == value {
                condition["lastTransitionTime"] = known["lastTransitionTime"].clone();
            }
            *known = condition;
        }
        None => conditions.push(condition),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2024-01-01T00:00:00Z";

    fn definition(plural: &str, kind: &str, short: &[&str]) -> Value {
        json!({"metadata": {"name": format!("{plural}.example.com")}, "spec": {"group": "example.com",
            "names": {"plural": plural, "singular": kind.to_lowercase(), "kind": kind,
                "listKind": format!("{kind}List"), "shortNames": short}}})
    }

    fn reason<'v>(status: &'v Value, name: &str) -> &'v str {
        let conditions = status.list("conditions").iter();
        let mut found = conditions.filter(|one| one.text("type") == name);
        found.next().map_or("", |one| one.text("reason"))
    }

    #[test]
    fn names_that_are_free_are_accepted() {
        let status = status(&definition("foos", "Foo", &["f"]), &Taken::default(), NOW);
        assert_eq!(reason(&status, "NamesAccepted"), "NoConflicts");
        assert_eq!(reason(&status, "Established"), "InitialNamesAccepted");
        assert_eq!(status["acceptedNames"]["shortNames"], json!(["f"]));
    }

    #[test]
    fn names_that_are_taken_are_not() {
        let mut first = definition("foos", "Foo", &["f"]);
        first["status"] = status(&first, &Taken::default(), NOW);
        let mut taken = Taken::default();
        taken.add(&first);
        let second = status(&definition("bars", "Foo", &["f"]), &taken, NOW);
        assert_eq!(reason(&second, "Established"), "NotAccepted");
        assert_eq!(reason(&second, "NamesAccepted"), "ListKindConflict");
        assert_eq!(second["acceptedNames"]["plural"], "bars");
        assert_eq!(second["acceptedNames"].get("shortNames"), None);
        assert_eq!(
            second["conditions"][0]["message"],
            "\"FooList\" is already in use"
        );
    }

    #[test]
    fn what_was_established_stays_so() {
        let mut first = definition("foos", "Foo", &[]);
        first["status"] = status(&first, &Taken::default(), NOW);
        first["spec"]["names"]["shortNames"] = json!(["x"]);
        let mut taken = Taken::default();
        taken.resources.insert("x".to_owned());
        let later = status(&first, &taken, "2025-01-01T00:00:00Z");
        assert_eq!(reason(&later, "NamesAccepted"), "ShortNamesConflict");
        assert_eq!(reason(&later, "Established"), "InitialNamesAccepted");
        assert_eq!(later["conditions"][1]["lastTransitionTime"], NOW);
    }

    #[test]
    fn groups_of_kubernetes_need_an_approval() {
        assert!(is_protected("x.k8s.io") && is_protected("kubernetes.io"));
        assert!(!is_protected("notk8s.io.example.com") && !is_protected("ak8s.io"));
        assert_eq!(approval("").1, "MissingAnnotation");
        assert_eq!(approval("unapproved, testing").1, "UnapprovedAnnotation");
        assert_eq!(approval("https://example.com/1").1, "ApprovedAnnotation");
        assert_eq!(approval("yes").1, "InvalidAnnotation");
    }
}
