//! The rules in CEL of a schema (`x-kubernetes-validations`, KEP-2876): compiled when the schema is read, evaluated on
//! the place that they stand at.

use std::sync::Arc;

use serde_json::Value;

use super::lists::correlated;
use super::structural::{Additional, Node};
use crate::cel::{self, Budget, Declaration, Environment, Program, Variables};
use crate::status::{FieldError, FieldErrorKind};
use crate::walk::Walk;

/// The rules of one place.
#[derive(Debug)]
pub struct Rules {
    declaration: Declaration,
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    text: String,
    program: Result<Program, String>,
    message: String,
    message_expression: Option<Program>,
    reason: String,
    field_path: String,
    /// It compares with the old object: without one it does not hold.
    transition: bool,
    optional_old: bool,
}

/// Reads the rules of a place; `root` says that the place is the whole object.
pub fn read(schema: &Value, root: bool) -> Option<Rules> {
    let written = schema.list("x-kubernetes-validations");
    if written.is_empty() {
        return None;
    }
    let declaration = Declaration::structural(schema, root);
    let rules = written.iter().map(|rule| compile(rule, &declaration));
    let rules = rules.collect();
    Some(Rules { declaration, rules })
}

fn compile(rule: &Value, declaration: &Declaration) -> Rule {
    let optional_old = rule.flag("optionalOldSelf");
    let mut environment = Environment::new().with("self", declaration.clone());
    environment = match optional_old {
        true => environment.with("oldSelf", Declaration::dynamic()),
        false => environment.with("oldSelf", declaration.clone()),
    };
    let text = rule.text("rule").trim().to_owned();
    let program = Program::compile(&text, &environment).map_err(|error| error.to_string());
    let message_expression = rule
        .opt_text("messageExpression")
        .filter(|text| !text.trim().is_empty())
        .and_then(|text| Program::compile(text, &environment).ok());
    Rule {
        transition: program
            .as_ref()
            .is_ok_and(|program| program.uses("oldSelf")),
        program,
        message: rule.text("message").trim().to_owned(),
        message_expression,
        reason: rule.text("reason").to_owned(),
        field_path: rule.text("fieldPath").to_owned(),
        optional_old,
        text,
    }
}

/// The rules that an object breaks. What all of them cost together is bounded.
pub fn check(object: &Value, old: Option<&Value>, schema: &Node) -> Vec<FieldError> {
    let mut checking = Checking {
        budget: Budget::default(),
        errors: Vec::new(),
        spent: false,
    };
    checking.place(object, old, schema, "");
    checking.errors
}

struct Checking {
    budget: Budget,
    errors: Vec<FieldError>,
    /// The budget is used up.
    spent: bool,
}

impl Checking {
    fn place(&mut self, value: &Value, old: Option<&Value>, schema: &Node, path: &str) {
        if value.is_null() || self.spent {
            return;
        }
        if let Some(rules) = &schema.rules {
            self.rules(rules, value, old, schema, path);
        }
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let below = match (schema.properties.get(name), &schema.additional) {
                        (Some(node), _) => node,
                        (None, Additional::Schema(node)) => node,
                        _ => continue,
                    };
                    let before = old.and_then(|old| old.get(name));
                    let named = schema.properties.contains_key(name);
                    let path = match (path, named) {
                        ("", _) => name.clone(),
                        (path, true) => format!("{path}.{name}"),
                        (path, false) => format!("{path}[{name}]"),
                    };
                    self.place(value, before, below, &path);
                }
            }
            Value::Array(items) => {
                let Some(below) = &schema.items else { return };
                for (index, item) in items.iter().enumerate() {
                    let before = correlated(old, &schema.list, item);
                    self.place(item, before, below, &format!("{path}[{index}]"));
                }
            }
            _ => {}
        }
    }

    fn rules(
        &mut self,
        rules: &Rules,
        value: &Value,
        old: Option<&Value>,
        node: &Node,
        path: &str,
    ) {
        let declared = |value: &Value| cel::Value::declared(value, &rules.declaration);
        let own = declared(value);
        for rule in &rules.rules {
            if rule.transition && old.is_none() && !rule.optional_old {
                continue;
            }
            let mut variables = Variables::new().with("self", own.clone());
            match (old, rule.optional_old) {
                (Some(old), false) => variables.set("oldSelf", declared(old)),
                (old, true) => {
                    let old = old.map(|old| Arc::new(declared(old)));
                    variables.set("oldSelf", cel::Value::Optional(old));
                }
                (None, false) => {}
            }
            let Ok(program) = &rule.program else {
                let why = rule.program.as_ref().err().cloned().unwrap_or_default();
                self.push(rule, node, path, format!("rule compile error: {why}"));
                continue;
            };
            match program.is_true(&variables, &mut self.budget) {
                // What was wrong before, and has not changed, stays (KEP-4008).
                Ok(true) => {}
                Ok(false) if old == Some(value) && !rule.transition => {}
                Ok(false) => {
                    let said = self.message(rule, &variables);
                    self.push(rule, node, path, said);
                }
                Err(error) if error.is_cost() => {
                    self.spent = true;
                    let said = "validation failed due to running out of cost budget, no further validation rules will be run";
                    self.push(rule, node, path, said.to_owned());
                    return;
                }
                Err(_) if old == Some(value) && !rule.transition => {}
                Err(error) => {
                    let said = match rule.message.is_empty() {
                        true => format!("{error} evaluating rule: {}", rule.text),
                        false => format!("{error} evaluating rule: {}", rule.message),
                    };
                    self.push(rule, node, path, said);
                }
            }
        }
    }

    /// What is said of a broken rule: what its expression makes, its message, or the rule itself.
    fn message(&mut self, rule: &Rule, variables: &Variables) -> String {
        let made = rule.message_expression.as_ref().and_then(|program| {
            let made = program.evaluate(variables, &mut self.budget).ok()?;
            match made.to_json().ok()? {
                Value::String(text) => Some(text.trim().to_owned()),
                _ => None,
            }
        });
        let made = made.filter(|text| !text.is_empty() && !text.contains('\n'));
        match (made, rule.message.as_str()) {
            (Some(made), _) => made,
            (None, "") => format!("failed rule: {}", rule.text),
            (None, message) => message.to_owned(),
        }
    }

    fn push(&mut self, rule: &Rule, node: &Node, path: &str, detail: String) {
        let below = rule.field_path.as_str();
        let field = match (path, below) {
            ("", "") => "<nil>".to_owned(),
            ("", below) => below.trim_start_matches('.').to_owned(),
            (path, below) => format!("{path}{below}"),
        };
        let invalid = FieldError::invalid(field, node.type_.as_str(), detail);
        self.errors.push(match rule.reason.as_str() {
            "FieldValueForbidden" => FieldError {
                kind: FieldErrorKind::Forbidden,
                ..invalid
            },
            "FieldValueRequired" => FieldError {
                kind: FieldErrorKind::Required,
                ..invalid
            },
            "FieldValueDuplicate" => FieldError {
                kind: FieldErrorKind::Duplicate,
                ..invalid
            },
            _ => invalid,
        });
    }
}

/// The rules of a schema that can't be used, each with where it stands and why.
pub fn faults(schema: &Value, path: &str, root: bool) -> Vec<FieldError> {
    let mut errors = Vec::new();
    walk(schema, path, root, &mut errors);
    errors
}

fn is_truth(program: &Program) -> bool {
    matches!(program.result_type(), cel::Type::Bool | cel::Type::Dyn)
}

fn walk(schema: &Value, path: &str, root: bool, errors: &mut Vec<FieldError>) {
    if let Some(rules) = read(schema, root) {
        for (index, rule) in rules.rules.iter().enumerate() {
            let field = format!("{path}.x-kubernetes-validations[{index}].rule");
            if rule.text.is_empty() {
                errors.push(FieldError::required(field, "rule is not specified"));
                continue;
            }
            let why = match &rule.program {
                Err(why) => format!("compilation failed: {why}"),
                Ok(program) if is_truth(program) => continue,
                Ok(_) => "must evaluate to a bool".to_owned(),
            };
            errors.push(FieldError::invalid(field, rule.text.as_str(), why));
        }
    }
    for (name, below) in schema.map("properties").into_iter().flatten() {
        walk(below, &format!("{path}.properties[{name}]"), false, errors);
    }
    for below in ["items", "additionalProperties"] {
        if schema[below].is_object() {
            walk(&schema[below], &format!("{path}.{below}"), false, errors);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn spec(rules: Value) -> Node {
        Node::read(
            &json!({"type": "object", "properties": {"spec": {"type": "object",
            "x-kubernetes-validations": rules, "properties": {
                "replicas": {"type": "integer"}, "max": {"type": "integer"},
                "name": {"type": "string"}}}}}),
        )
    }

    fn said(rules: Value, object: Value, old: Option<Value>) -> Vec<String> {
        let object = json!({"spec": object});
        let old = old.map(|old| json!({"spec": old}));
        let errors = check(&object, old.as_ref(), &spec(rules));
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_rule_that_is_broken_is_told() {
        let rules = json!([{"rule": "self.replicas <= self.max"},
            {"rule": "self.replicas > 0", "message": "replicas must be positive", "fieldPath": ".replicas",
                "reason": "FieldValueForbidden"},
            {"rule": "self.replicas != 7", "messageExpression": "'not ' + string(self.replicas)"}]);
        assert_eq!(
            said(rules.clone(), json!({"replicas": 7, "max": 5}), None),
            [
                "spec: Invalid value: \"object\": failed rule: self.replicas <= self.max",
                "spec: Invalid value: \"object\": not 7",
            ]
        );
        assert_eq!(
            said(rules, json!({"replicas": 0, "max": 5}), None),
            ["spec.replicas: Forbidden: replicas must be positive"]
        );
    }

    #[test]
    fn transition_rules_need_an_old_object() {
        let rules = json!([{"rule": "self.name == oldSelf.name", "message": "name is immutable"}]);
        assert!(said(rules.clone(), json!({"name": "a"}), None).is_empty());
        assert_eq!(
            said(rules, json!({"name": "b"}), Some(json!({"name": "a"}))),
            ["spec: Invalid value: \"object\": name is immutable"]
        );
        let optional =
            json!([{"rule": "oldSelf.hasValue() || self.replicas == 1", "optionalOldSelf": true}]);
        assert_eq!(
            said(optional.clone(), json!({"replicas": 2}), None).len(),
            1
        );
        assert!(
            said(
                optional,
                json!({"replicas": 2}),
                Some(json!({"replicas": 1}))
            )
            .is_empty()
        );
    }

    #[test]
    fn rules_that_cannot_be_used_are_told_with_their_place() {
        let schema = json!({"type": "object", "properties": {"spec": {"type": "object",
            "properties": {"a": {"type": "string"}},
            "x-kubernetes-validations": [{"rule": "self.b == 1"}, {"rule": "self.a"}, {"rule": "self.a == 'x'"}]}}});
        let found = faults(&schema, "s", true);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(
            found[0].field,
            "s.properties[spec].x-kubernetes-validations[0].rule"
        );
        assert!(
            found[0].detail.starts_with("compilation failed: "),
            "{found:?}"
        );
        assert_eq!(found[1].detail, "must evaluate to a bool");
    }
}
