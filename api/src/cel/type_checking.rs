//! `status.typeChecking` of ValidatingAdmissionPolicy (KEP-3488): its expressions, compiled once more with the types of the
//! resources that its rules name. What is found is told and changes nothing.

use std::collections::BTreeSet;

use serde_json::Value;

use super::declaration::Declaration;
use super::types::Type;
use super::{Environment, Program};
use crate::kinds;
use crate::walk::Walk;

/// How many types a rule of a policy is checked against.
const MAX_TYPES: usize = 10;

/// A resource by the names in a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub group: String,
    pub version: String,
    pub plural: String,
}

/// A type that objects of a policy may be of.
#[derive(Debug)]
pub struct Candidate {
    pub group: String,
    pub version: String,
    pub kind: String,
    pub declaration: Declaration,
}

impl Candidate {
    /// A kind of the server's own.
    pub fn builtin(kind: &'static kinds::Kind) -> Option<Self> {
        Some(Self {
            group: kind.group.to_owned(),
            version: kind.version.to_owned(),
            kind: kind.kind.to_owned(),
            declaration: Declaration::of_kind(kind)?,
        })
    }

    fn order(&self) -> (&str, &str, &str) {
        (&self.group, &self.version, &self.kind)
    }
}

/// An expression that does not fit the types.
#[derive(Debug, PartialEq, Eq)]
pub struct Warning {
    /// `spec.validations[0].expression`.
    pub field: String,
    pub text: String,
}

/// The resources that the rules of a policy name, rule by rule. Rules with wildcards for groups and versions name none.
pub fn named(spec: &Value) -> Vec<Vec<Named>> {
    let rules = spec["matchConstraints"].list("resourceRules").iter();
    rules.map(in_rule).collect()
}

fn in_rule(rule: &Value) -> Vec<Named> {
    let sorted = |field: &str| -> BTreeSet<&str> {
        rule.list(field).iter().filter_map(Value::as_str).collect()
    };
    let (groups, versions) = (sorted("apiGroups"), sorted("apiVersions"));
    let is_open = |names: &BTreeSet<&str>| names.iter().any(|name| name.contains('*'));
    if is_open(&groups) || is_open(&versions) {
        return Vec::new();
    }
    let mut plurals = sorted("resources");
    plurals.retain(|plural| !plural.contains(['*', '/']));
    let mut all = Vec::new();
    for group in &groups {
        for version in &versions {
            all.extend(plurals.iter().map(|plural| Named {
                group: (*group).to_owned(),
                version: (*version).to_owned(),
                plural: (*plural).to_owned(),
            }));
        }
    }
    all
}

/// The types to check against, of those that the resources of each rule have: each once, in the order of their names.
pub fn candidates(rules: Vec<Vec<Candidate>>) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = Vec::new();
    for rule in rules {
        let full = rule.len() >= MAX_TYPES;
        all.extend(rule.into_iter().take(MAX_TYPES));
        if full {
            break;
        }
    }
    all.sort_by(|a, b| a.order().cmp(&b.order()));
    all.dedup_by(|a, b| a.order() == b.order());
    all
}

/// What is wrong with the expressions of a policy. Without a declaration there are no `params`.
pub fn warnings(
    spec: &Value,
    candidates: &[Candidate],
    params: Option<&Declaration>,
) -> Vec<Warning> {
    let environments: Vec<Environment> = candidates
        .iter()
        .map(|candidate| environment(spec, candidate, params))
        .collect();
    let mut found = Vec::new();
    for (index, validation) in spec.list("validations").iter().enumerate() {
        for field in ["expression", "messageExpression"] {
            let expression = validation.text(field);
            if expression.is_empty() {
                continue;
            }
            let faults = candidates.iter().zip(&environments);
            let faults = faults.filter_map(|(candidate, environment)| {
                let error = Program::compile(expression, environment).err()?;
                let version = format!("{}/{}", candidate.group, candidate.version);
                Some(format!("{version}, Kind={}: {error}\n", candidate.kind))
            });
            let faults: Vec<String> = faults.collect();
            if !faults.is_empty() {
                found.push(Warning {
                    field: format!("spec.validations[{index}].{field}"),
                    text: faults.join("\n"),
                });
            }
        }
    }
    found
}

fn environment(spec: &Value, candidate: &Candidate, params: Option<&Declaration>) -> Environment {
    let mut environment = Environment::policy(false)
        .with("object", candidate.declaration.clone())
        .with("oldObject", candidate.declaration.clone());
    if let Some(params) = params {
        environment = environment.with("params", params.clone());
    }
    for variable in spec.list("variables") {
        let program = Program::compile(variable.text("expression"), &environment);
        let type_ = program.map_or(Type::Dyn, |program| program.result_type().clone());
        environment = environment.define(variable.text("name"), type_);
    }
    environment
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(spec: &Value) -> Vec<Warning> {
        let rules = named(spec).into_iter().map(|rule| {
            let kinds = rule
                .iter()
                .filter_map(|one| kinds::find(&one.group, &one.version, &one.plural));
            kinds.filter_map(Candidate::builtin).collect()
        });
        warnings(spec, &candidates(rules.collect()), None)
    }

    #[test]
    fn expressions_are_checked_with_the_types_that_the_rules_name() {
        let spec = json!({
            "matchConstraints": {"resourceRules": [
                {"apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["deployments", "deployments/scale"]},
                {"apiGroups": ["*"], "apiVersions": ["v1"], "resources": ["pods"]}]},
            "variables": [{"name": "n", "expression": "object.spec.replicas"}],
            "validations": [
                {"expression": "object.replicas > 1"},
                {"expression": "variables.n > 1 && object.metadata.labels['a'] == 'b'",
                    "messageExpression": "'n is ' + object.spec.replicas"},
                {"expression": "object.spec.template.spec.containers.all(c, c.image != '')"}]});
        let found = found(&spec);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0].field, "spec.validations[0].expression");
        assert_eq!(
            found[0].text,
            "apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'replicas'\n | object.replicas > 1\n | ......^\n"
        );
        assert_eq!(found[1].field, "spec.validations[1].messageExpression");
        assert!(
            found[1]
                .text
                .contains("found no matching overload for '_+_'"),
            "{}",
            found[1].text
        );
    }

    #[test]
    fn a_custom_resource_has_its_schema_and_the_metadata_of_objects() {
        let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"n": {"type": "integer"}}}}});
        let candidate = Candidate {
            group: "example.com".to_owned(),
            version: "v1".to_owned(),
            kind: "Foo".to_owned(),
            declaration: Declaration::of_custom(&schema),
        };
        let spec = json!({"validations": [{"expression": "object.spec.n > 1 && 'a' in object.metadata.labels"},
            {"expression": "object.spec.m"}]});
        let found = warnings(&spec, &[candidate], None);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].text.starts_with("example.com/v1, Kind=Foo: ERROR"));
    }
}
