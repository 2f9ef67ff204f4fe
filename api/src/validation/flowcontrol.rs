//! API priority and fairness.

use std::collections::BTreeSet;

use serde_json::Value;

use super::errors::{Errors, go_struct, same};
use super::metadata::{self, dns_label, dns_subdomain, texts};
use super::path::Path;
use super::pod::SPEC;
use crate::flow_control::{CATCH_ALL, EXEMPT, mandatory_levels, mandatory_schemas};
use crate::meta;
use crate::walk::Walk;

/// The lowest precedence that a flow schema can have.
const PRECEDENCE_MAX: i64 = 10_000;

const QUEUES_MAX: i64 = 10_000_000;

/// How many bits of a flow's hash can be dealt by.
const HASH_BITS: f64 = 60.0;

const VERBS: [&str; 9] = [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "proxy",
    "update",
    "watch",
];

/// The kinds of subjects: the field that says which, and what upstream calls it.
const SUBJECTS: [(&str, &str); 3] = [
    ("ServiceAccount", "serviceAccount"),
    ("User", "user"),
    ("Group", "group"),
];

/// `ValidateFlowSchema`.
pub(super) fn flow_schema(object: &Value, out: &mut Errors) {
    let (name, spec) = (meta::name(object), &object["spec"]);
    let precedence = spec.int("matchingPrecedence");
    let path = SPEC.child("matchingPrecedence");
    if precedence <= 0 {
        out.invalid(&path, precedence, "must be a positive value");
    }
    if precedence > PRECEDENCE_MAX {
        let reason = format!("must not be greater than {PRECEDENCE_MAX}");
        out.invalid(&path, precedence, reason);
    }
    if precedence == 1 && name != EXEMPT {
        let reason = "only the schema named 'exempt' may have matchingPrecedence 1";
        out.invalid(&path, precedence, reason);
    }
    let method = &spec["distinguisherMethod"];
    if method.is_object() && !matches!(method.text("type"), "ByNamespace" | "ByUser") {
        let path = SPEC.child("distinguisherMethod");
        let shown = go_struct(method, &[("Type", "type")]);
        out.not_supported(&path.child("type"), shown, &["ByNamespace", "ByUser"]);
    }
    let level = spec["priorityLevelConfiguration"].text("name");
    let path = SPEC.child("priorityLevelConfiguration");
    if level.is_empty() {
        out.required(&path.child("name"), "must reference a priority level");
    } else {
        out.invalid_each(&path.child("name"), level, dns_subdomain(level, false));
    }
    let rules = SPEC.child("rules");
    for (index, rule) in spec.list("rules").iter().enumerate() {
        flow_rule(rule, &rules.index(index), out);
    }
    fixed(spec, name, &mandatory_schemas(), out);
    conditions(object, out);
}

fn flow_rule(rule: &Value, path: &Path<'_>, out: &mut Errors) {
    let subjects = path.child("subjects");
    if rule.count("subjects") == 0 {
        out.required(&subjects, "subjects must contain at least one value");
    }
    for (index, one) in rule.list("subjects").iter().enumerate() {
        subject(one, &subjects.index(index), out);
    }
    if rule.count("resourceRules") + rule.count("nonResourceRules") == 0 {
        let reason = "at least one of resourceRules and nonResourceRules has to be non-empty";
        out.required(path, reason);
    }
    let list = path.child("resourceRules");
    for (index, rule) in rule.list("resourceRules").iter().enumerate() {
        resource_rule(rule, &list.index(index), out);
    }
    let list = path.child("nonResourceRules");
    for (index, rule) in rule.list("nonResourceRules").iter().enumerate() {
        non_resource_rule(rule, &list.index(index), out);
    }
}

fn subject(subject: &Value, path: &Path<'_>, out: &mut Errors) {
    let (kind, kinds) = (subject.text("kind"), ["Group", "ServiceAccount", "User"]);
    let Some((_, own)) = SUBJECTS.iter().find(|(known, _)| *known == kind) else {
        return out.not_supported(&path.child("kind"), kind, &kinds);
    };
    if subject[*own].is_object() {
        named(&subject[*own], own, &path.child(own), out);
    } else {
        let reason = format!("{own} is required when subject kind is '{kind}'");
        out.required(&path.child(own), &reason);
    }
    for (other, field) in SUBJECTS {
        if other != kind && subject.has(field) {
            let reason = format!("{field} is forbidden when subject kind is not '{other}'");
            out.forbidden(&path.child(field), reason);
        }
    }
}

/// The name of a subject, and the namespace of a service account.
fn named(subject: &Value, field: &str, path: &Path<'_>, out: &mut Errors) {
    let (name, namespace) = (subject.text("name"), subject.text("namespace"));
    let account = field == "serviceAccount";
    if name.is_empty() {
        out.required(&path.child("name"), "");
    } else if account && name != "*" {
        out.invalid_each(&path.child("name"), name, dns_subdomain(name, false));
    }
    if !account {
        return;
    }
    let path = path.child("namespace");
    if namespace.is_empty() {
        out.required(&path, "must specify namespace for service account");
    } else {
        out.invalid_each(&path, namespace, dns_label(namespace, false));
    }
}

/// Whether a list has the entry that stands for all, which must then be its only one.
fn wildcard(rule: &Value, field: &str, told: &str, path: &Path<'_>, out: &mut Errors) -> bool {
    let found = texts(rule, field).any(|entry| entry == "*");
    if found && rule.count(field) > 1 {
        let reason = format!("if '*' is present, must not specify other {told}");
        out.invalid(&path.child(field), rule[field].clone(), reason);
    }
    found
}

fn verbs(rule: &Value, path: &Path<'_>, out: &mut Errors) {
    let verbs = path.child("verbs");
    if rule.count("verbs") == 0 {
        out.required(&verbs, "verbs must contain at least one value");
    } else if !wildcard(rule, "verbs", "verbs", path, out)
        && !texts(rule, "verbs").all(|verb| VERBS.contains(&verb))
    {
        out.not_supported(&verbs, rule["verbs"].clone(), &VERBS);
    }
}

fn resource_rule(rule: &Value, path: &Path<'_>, out: &mut Errors) {
    verbs(rule, path, out);
    for (field, told, reason) in [
        (
            "apiGroups",
            "api groups",
            "resource rules must supply at least one api group",
        ),
        (
            "resources",
            "resources",
            "resource rules must supply at least one resource",
        ),
    ] {
        if rule.count(field) == 0 {
            out.required(&path.child(field), reason);
        }
        wildcard(rule, field, told, path, out);
    }
    let namespaces = path.child("namespaces");
    if rule.count("namespaces") == 0 && !rule.flag("clusterScope") {
        let reason =
            "resource rules that are not cluster scoped must supply at least one namespace";
        out.required(&namespaces, reason);
    } else if !wildcard(rule, "namespaces", "namespaces", path, out) {
        for (index, namespace) in texts(rule, "namespaces").enumerate() {
            let form = "each member of this list must be '*' or a DNS-1123 label; ";
            let reasons = dns_label(namespace, false).into_iter();
            let reasons = reasons.map(|reason| format!("{form}{reason}"));
            out.invalid_each(&namespaces.index(index), namespace, reasons);
        }
    }
}

fn non_resource_rule(rule: &Value, path: &Path<'_>, out: &mut Errors) {
    verbs(rule, path, out);
    let urls = path.child("nonResourceURLs");
    if rule.count("nonResourceURLs") == 0 {
        let reason = "nonResourceURLs must contain at least one value";
        out.required(&urls, reason);
    } else if !wildcard(rule, "nonResourceURLs", "non-resource URLs", path, out) {
        for (index, url) in texts(rule, "nonResourceURLs").enumerate() {
            if let Some(reason) = url_fault(url) {
                out.invalid(&urls.index(index), url, reason);
            }
        }
    }
}

/// `ValidateNonResourceURLPath`.
fn url_fault(url: &str) -> Option<&'static str> {
    let stars = url.matches('*').count();
    match url {
        "" => Some("must not be empty"),
        "/" => None,
        url if !url.starts_with('/') => Some("must start with slash"),
        url if url.contains(' ') => Some("must not contain white-space"),
        url if url.contains("//") => Some("must not contain double slash"),
        url if stars > 1 || stars == 1 && !url.ends_with("/*") => {
            Some("wildcard can only do suffix matching")
        }
        _ => None,
    }
}

/// What the server itself needs is as it is.
fn fixed(spec: &Value, name: &str, mandatory: &[Value], out: &mut Errors) {
    let wanted = mandatory.iter().find(|object| meta::name(object) == name);
    if wanted.is_some_and(|wanted| !same(spec, &wanted["spec"])) {
        let reason = format!("spec of '{name}' must equal the fixed value");
        out.invalid(&SPEC, spec.clone(), reason);
    }
}

/// `ValidatePriorityLevelConfiguration`.
pub(super) fn priority_level(object: &Value, out: &mut Errors) {
    let (name, spec) = (meta::name(object), &object["spec"]);
    let type_ = spec.text("type");
    if (name == EXEMPT) != (type_ == "Exempt") {
        let reason = "type must be 'Exempt' if and only if name is 'exempt'";
        out.invalid(&SPEC.child("type"), type_, reason);
    }
    let (limited_path, exempt_path) = (SPEC.child("limited"), SPEC.child("exempt"));
    match type_ {
        "Exempt" => {
            if spec.has("limited") {
                let reason = "must be nil if the type is not Limited";
                out.forbidden(&limited_path, reason);
            }
            exempt(&spec["exempt"], &exempt_path, out);
        }
        "Limited" => {
            if spec.has("exempt") {
                out.forbidden(&exempt_path, "must be nil if the type is Limited");
            }
            if spec.has("limited") {
                limited(&spec["limited"], &limited_path, out);
            } else {
                let reason = "must not be empty when type is Limited";
                out.required(&limited_path, reason);
            }
        }
        other => out.not_supported(&SPEC.child("type"), other, &["Exempt", "Limited"]),
    }
    match name {
        // How much it lends is the administrator's.
        EXEMPT if type_ != "Exempt" || spec.has("limited") => {
            let reason =
                "spec of 'exempt' except the 'spec.exempt' field must equal the fixed value";
            out.invalid(&SPEC, spec.clone(), reason);
        }
        CATCH_ALL => fixed(spec, name, &mandatory_levels(), out),
        _ => {}
    }
    conditions(object, out);
}

fn shares(level: &Value, path: &Path<'_>, out: &mut Errors) {
    let shares = level.int("nominalConcurrencyShares");
    if shares < 0 {
        let reason = "must be a non-negative integer";
        out.invalid(&path.child("nominalConcurrencyShares"), shares, reason);
    }
}

fn lent(level: &Value, path: &Path<'_>, out: &mut Errors) {
    let lent = level.opt_int("lendablePercent");
    if let Some(percent) = lent.filter(|percent| !(0..=100).contains(percent)) {
        let reason = "must be between 0 and 100, inclusive";
        out.invalid(&path.child("lendablePercent"), percent, reason);
    }
}

fn exempt(exempt: &Value, path: &Path<'_>, out: &mut Errors) {
    shares(exempt, path, out);
    lent(exempt, path, out);
}

fn limited(limited: &Value, path: &Path<'_>, out: &mut Errors) {
    shares(limited, path, out);
    let (response, response_path) = (&limited["limitResponse"], path.child("limitResponse"));
    let queuing_path = response_path.child("queuing");
    match response.text("type") {
        "Reject" => {
            if response.has("queuing") {
                let reason = "must be nil if limited.limitResponse.type is not Limited";
                out.forbidden(&queuing_path, reason);
            }
        }
        "Queue" if response.has("queuing") => queuing(&response["queuing"], &queuing_path, out),
        "Queue" => {
            let reason = "must not be empty if limited.limitResponse.type is Limited";
            out.required(&queuing_path, reason);
        }
        other => out.not_supported(&response_path.child("type"), other, &["Queue", "Reject"]),
    }
    lent(limited, path, out);
    let borrowed = limited.opt_int("borrowingLimitPercent");
    if let Some(percent) = borrowed.filter(|percent| *percent < 0) {
        let reason = "if specified, must be a non-negative integer";
        out.invalid(&path.child("borrowingLimitPercent"), percent, reason);
    }
}

fn queuing(queuing: &Value, path: &Path<'_>, out: &mut Errors) {
    const NOT_POSITIVE: &str = "must be positive";
    let [length, queues, hand] =
        ["queueLengthLimit", "queues", "handSize"].map(|field| queuing.int(field));
    if length <= 0 {
        out.invalid(&path.child("queueLengthLimit"), length, NOT_POSITIVE);
    }
    if queues <= 0 {
        out.invalid(&path.child("queues"), queues, NOT_POSITIVE);
    } else if queues > QUEUES_MAX {
        let reason = format!("must not be greater than {QUEUES_MAX}");
        out.invalid(&path.child("queues"), queues, reason);
    }
    // Both are 32 bits wide.
    let entropy = ((queues as f64).log2() * hand as f64).ceil();
    let fault = if hand <= 0 {
        NOT_POSITIVE.to_owned()
    } else if hand > queues {
        format!("should not be greater than queues ({queues})")
    } else if entropy > HASH_BITS {
        format!(
            "required entropy bits of deckSize {queues} and handSize {hand} should not be greater than {HASH_BITS}"
        )
    } else {
        return;
    };
    out.invalid(&path.child("handSize"), hand, fault);
}

/// `ValidateFlowSchemaStatusUpdate` and `ValidatePriorityLevelConfigurationStatusUpdate`.
pub(super) fn status(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    conditions(new, out);
}

fn conditions(object: &Value, out: &mut Errors) {
    let path = Path::new("status.conditions");
    let mut seen = BTreeSet::new();
    let all = object["status"].list("conditions").iter();
    for (index, condition) in all.enumerate() {
        let (type_, path) = (condition.text("type"), path.index(index));
        let path = path.child("type");
        if !seen.insert(type_) {
            out.duplicate(&path, type_);
        }
        if type_.is_empty() {
            out.required(&path, "must not be empty");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::validation::tests::{texts, valid_object};

    const GROUP: &str = "flowcontrol.apiserver.k8s.io";

    fn refused(check: fn(&Value, &mut Errors), object: &Value) -> Vec<String> {
        let mut out = Errors::default();
        check(object, &mut out);
        texts(&out.into_list())
    }

    #[test]
    fn rules_of_a_flow_schema() {
        let rule = "spec.rules[0].resourceRules[0]";
        let url = "spec.rules[0].nonResourceRules[0].nonResourceURLs[0]";
        let subject = "spec.rules[0].subjects[0]";
        let resource = |field: &str, value: Value| {
            let mut rule = json!({"verbs": ["get"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"]});
            rule[field] = value;
            json!({"subjects": [{"kind": "User", "user": {"name": "u"}}], "resourceRules": [rule]})
        };
        let other = |path: &str| {
            json!({"subjects": [{"kind": "User", "user": {"name": "u"}}],
                "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": [path]}]})
        };
        let by = |subject: Value| json!({"subjects": [subject], "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}]});
        let label = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
        for (rules, expected) in [
            (
                resource("verbs", json!(["get", "post"])),
                vec![format!(
                    "{rule}.verbs: Unsupported value: [\"get\",\"post\"]: supported values: \"create\", \"delete\", \"deletecollection\", \"get\", \"list\", \"patch\", \"proxy\", \"update\", \"watch\""
                )],
            ),
            (
                resource("verbs", json!(["*", "get"])),
                vec![format!(
                    "{rule}.verbs: Invalid value: [\"*\",\"get\"]: if '*' is present, must not specify other verbs"
                )],
            ),
            (
                resource("apiGroups", json!(["*", ""])),
                vec![format!(
                    "{rule}.apiGroups: Invalid value: [\"*\",\"\"]: if '*' is present, must not specify other api groups"
                )],
            ),
            (
                resource("namespaces", json!([])),
                vec![format!(
                    "{rule}.namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace"
                )],
            ),
            (
                resource("namespaces", json!(["A"])),
                vec![format!(
                    "{rule}.namespaces[0]: Invalid value: \"A\": each member of this list must be '*' or a DNS-1123 label; {label}"
                )],
            ),
            (
                other("a"),
                vec![format!(
                    "{url}: Invalid value: \"a\": must start with slash"
                )],
            ),
            (
                other("/a//b"),
                vec![format!(
                    "{url}: Invalid value: \"/a//b\": must not contain double slash"
                )],
            ),
            (
                other("/a*"),
                vec![format!(
                    "{url}: Invalid value: \"/a*\": wildcard can only do suffix matching"
                )],
            ),
            (other("/a/*"), vec![]),
            (
                by(json!({"kind": "User", "group": {"name": "g"}})),
                vec![
                    format!(
                        "{subject}.user: Required value: user is required when subject kind is 'User'"
                    ),
                    format!(
                        "{subject}.group: Forbidden: group is forbidden when subject kind is not 'Group'"
                    ),
                ],
            ),
            (
                by(json!({"kind": "ServiceAccount", "serviceAccount": {"name": "*"}})),
                vec![format!(
                    "{subject}.serviceAccount.namespace: Required value: must specify namespace for service account"
                )],
            ),
            (
                by(json!({"kind": "Robot"})),
                vec![format!(
                    "{subject}.kind: Unsupported value: \"Robot\": supported values: \"Group\", \"ServiceAccount\", \"User\""
                )],
            ),
        ] {
            let mut object = valid_object(GROUP, "FlowSchema");
            object["spec"]["rules"] = json!([rules]);
            assert_eq!(refused(flow_schema, &object), expected, "{rules}");
        }
        let mut object = valid_object(GROUP, "FlowSchema");
        object["spec"]["distinguisherMethod"] = json!({"type": "x"});
        assert_eq!(
            refused(flow_schema, &object),
            [
                "spec.distinguisherMethod.type: Unsupported value: {\"Type\":\"x\"}: supported values: \"ByNamespace\", \"ByUser\""
            ]
        );
    }

    #[test]
    fn queues_can_be_dealt() {
        let at = "spec.limited.limitResponse.queuing";
        for (queues, hand, expected) in [
            (64, 8, vec![]),
            (
                0,
                8,
                vec![
                    format!("{at}.queues: Invalid value: 0: must be positive"),
                    format!(
                        "{at}.handSize: Invalid value: 8: should not be greater than queues (0)"
                    ),
                ],
            ),
            (
                64,
                65,
                vec![format!(
                    "{at}.handSize: Invalid value: 65: should not be greater than queues (64)"
                )],
            ),
            (
                512,
                10,
                vec![format!(
                    "{at}.handSize: Invalid value: 10: required entropy bits of deckSize 512 and handSize 10 should not be greater than 60"
                )],
            ),
        ] {
            let mut object = valid_object(GROUP, "PriorityLevelConfiguration");
            object["spec"] = json!({"type": "Limited", "limited": {"nominalConcurrencyShares": 1, "lendablePercent": 0,
                "limitResponse": {"type": "Queue", "queuing": {"queues": queues, "handSize": hand, "queueLengthLimit": 1}}}});
            assert_eq!(
                refused(priority_level, &object),
                expected,
                "{queues} {hand}"
            );
        }
    }

    #[test]
    fn what_every_cluster_needs_stays() {
        for object in mandatory_schemas() {
            assert_eq!(refused(flow_schema, &object), [""; 0]);
            let mut changed = object.clone();
            changed["spec"]["rules"] = json!([]);
            let told = refused(flow_schema, &changed);
            let end = format!(
                "spec of '{}' must equal the fixed value",
                meta::name(&object)
            );
            assert!(
                told.len() == 1
                    && told[0].starts_with("spec: Invalid value: {")
                    && told[0].ends_with(&end),
                "{told:?}"
            );
        }
        for object in mandatory_levels() {
            assert_eq!(refused(priority_level, &object), [""; 0]);
        }
        let mut exempt = mandatory_levels().remove(0);
        exempt["spec"]["exempt"]["lendablePercent"] = json!(50);
        assert_eq!(refused(priority_level, &exempt), [""; 0]);
        exempt["spec"]["exempt"] = json!({"nominalConcurrencyShares": -1, "lendablePercent": 101});
        assert_eq!(
            refused(priority_level, &exempt),
            [
                "spec.exempt.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer",
                "spec.exempt.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive",
            ]
        );
        let mut all = mandatory_levels().remove(1);
        all["spec"]["limited"]["nominalConcurrencyShares"] = json!(6);
        let told = refused(priority_level, &all);
        assert!(
            told.len() == 1 && told[0].ends_with("spec of 'catch-all' must equal the fixed value"),
            "{told:?}"
        );
    }
}
