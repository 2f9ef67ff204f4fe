//! The rules in CEL of a schema (`x-kubernetes-validations`, KEP-2876): compiled when the schema is read, evaluated on
//! the place that they stand at.

use std::sync::Arc;

use serde_json::Value;

use super::field_path::FieldPath;
use super::lists::correlated;
use super::structural::{List, Node};
use crate::cel::{
    self, Budget, Declaration, Environment, EvaluationError, Program, Type, Variables,
};
use crate::status::FieldError;
use crate::walk::Walk;

/// The largest text that a message expression may come to, in bytes.
const MAX_MESSAGE: usize = 5 * 1024;
/// The largest request (`DefaultMaxRequestSizeBytes`): it bounds how often a value may be in an object.
const MAX_REQUEST_SIZE: u64 = 3 * 1024 * 1024;
const SPENT: &str =
    "validation failed due to running out of cost budget, no further validation rules will be run";

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
    message_expression: Option<Result<Program, String>>,
    reason: String,
    /// As error messages write it.
    field_path: String,
    /// It compares with the old object: without one it does not hold.
    transition: bool,
    optional_old: bool,
}

/// What there is to say of a rule before it is used.
#[derive(Debug)]
pub struct Examined {
    pub fault: Option<String>,
    pub message_fault: Option<String>,
    /// The most that one evaluation can cost.
    pub cost: u64,
    /// The same of the message, if it is an expression.
    pub message_cost: Option<u64>,
    pub uses_old: bool,
}

/// Reads the rules of a place; `root` says that the place is the whole object. `None` if there are none, or if they
/// can't see the place ([`Declaration::structural`]).
pub fn read(schema: &Value, root: bool) -> Option<Rules> {
    let written = schema.list("x-kubernetes-validations");
    if written.is_empty() {
        return None;
    }
    let declaration = Declaration::structural(schema, root)?;
    let rules = written
        .iter()
        .map(|rule| compile(rule, schema, &declaration));
    let rules = rules.collect();
    Some(Rules { declaration, rules })
}

impl Rules {
    /// Each rule, in the order of the schema.
    pub fn examine(&self) -> impl Iterator<Item = Examined> {
        self.rules.iter().map(|rule| {
            let environment = environment(&self.declaration, rule.optional_old);
            let cost = |program: &Program| program.estimate(&environment).max;
            let message = rule.message_expression.as_ref();
            Examined {
                fault: rule.program.as_ref().err().cloned(),
                message_fault: message.and_then(|made| made.as_ref().err().cloned()),
                cost: rule.program.as_ref().map_or(0, cost),
                message_cost: message.and_then(|made| made.as_ref().ok().map(cost)),
                uses_old: rule.transition,
            }
        })
    }

    /// How often at most the place can be in an object that nothing but its size bounds.
    pub fn most_places(&self) -> u64 {
        MAX_REQUEST_SIZE / (self.declaration.min_serialized + 1)
    }
}

fn environment(declaration: &Declaration, optional_old: bool) -> Environment {
    let environment = Environment::new().with("self", declaration.clone());
    match optional_old {
        true => environment.with_type("oldSelf", Type::optional(declaration.type_())),
        false => environment.with("oldSelf", declaration.clone()),
    }
}

fn compile(rule: &Value, schema: &Value, declaration: &Declaration) -> Rule {
    let optional_old = rule.flag("optionalOldSelf");
    let environment = environment(declaration, optional_old);
    let text = rule.text("rule").trim().to_owned();
    let program = match Program::compile(&text, &environment) {
        Ok(program) if matches!(program.result_type(), Type::Bool) => Ok(program),
        Ok(_) => Err("cel expression must evaluate to a bool".to_owned()),
        Err(error) => Err(format!("compilation failed: {error}")),
    };
    let message = rule.text("messageExpression").trim();
    let message_expression =
        (!message.is_empty()).then(|| match Program::compile(message, &environment) {
            Ok(program) if matches!(program.result_type(), Type::String) => Ok(program),
            Ok(_) => Err("messageExpression must evaluate to a string".to_owned()),
            Err(error) => Err(format!("messageExpression compilation failed: {error}")),
        });
    let field_path = FieldPath::read(rule.text("fieldPath"), schema, true);
    Rule {
        transition: program
            .as_ref()
            .is_ok_and(|program| program.uses("oldSelf")),
        program,
        message: rule.text("message").trim().to_owned(),
        message_expression,
        reason: rule.text("reason").to_owned(),
        field_path: field_path.map(|found| found.path).unwrap_or_default(),
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
    let before = Before {
        old,
        nearest: old.map(|old| (object, old)),
    };
    checking.place(object, before, schema, "");
    checking.errors
}

/// The rules that a default breaks: both when the place held it before, and when it held nothing.
pub fn check_default(default: &Value, schema: &Node) -> Vec<FieldError> {
    let mut checking = Checking {
        budget: Budget::default(),
        errors: Vec::new(),
        spent: false,
    };
    for old in [Some(default), None] {
        if checking.errors.is_empty() {
            // What is wrong with it was not wrong before.
            let before = Before { old, nearest: None };
            checking.place(default, before, schema, "");
        }
    }
    checking.errors
}

/// What a place was before an update.
#[derive(Clone, Copy)]
struct Before<'v> {
    old: Option<&'v Value>,
    /// The place, or the nearest one around it, of which it is known what it was; now and then.
    nearest: Option<(&'v Value, &'v Value)>,
}

impl<'v> Before<'v> {
    /// What a field or an entry was.
    fn field(self, name: &str, value: &'v Value) -> Self {
        let old = self.old.and_then(|old| old.get(name));
        match self.old {
            Some(_) => Self {
                old,
                nearest: old.map(|old| (value, old)),
            },
            None => self,
        }
    }

    /// What an item was; of lists that are no maps that is not known.
    fn item(self, list: &List, item: &'v Value) -> Self {
        let old = correlated(self.old, list, item);
        match (self.old, list) {
            (Some(_), List::Map(_)) => Self {
                old,
                nearest: old.map(|old| (item, old)),
            },
            _ => Self { old: None, ..self },
        }
    }

    /// Whether what is wrong here was wrong before (KEP-4008).
    fn is_unchanged(self) -> bool {
        self.nearest.is_some_and(|(now, then)| now == then)
    }
}

struct Checking {
    budget: Budget,
    errors: Vec<FieldError>,
    /// The budget is used up.
    spent: bool,
}

impl Checking {
    fn place<'v>(&mut self, value: &'v Value, before: Before<'v>, schema: &Node, path: &str) {
        if value.is_null() || self.spent {
            return;
        }
        if let Some(rules) = &schema.rules {
            self.rules(rules, value, before, schema, path);
        }
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let Some((below, path)) = schema.step(name, path) else {
                        continue;
                    };
                    self.place(value, before.field(name, value), below, &path);
                }
            }
            Value::Array(items) => {
                let Some(below) = &schema.items else { return };
                for (index, item) in items.iter().enumerate() {
                    let before = before.item(&schema.list, item);
                    self.place(item, before, below, &format!("{path}[{index}]"));
                }
            }
            _ => {}
        }
    }

    fn rules(&mut self, rules: &Rules, value: &Value, before: Before<'_>, node: &Node, path: &str) {
        let declared = |value: &Value| cel::Value::declared(value, &rules.declaration);
        let own = declared(value);
        for rule in &rules.rules {
            if self.spent {
                return;
            }
            if rule.transition && before.old.is_none() && !rule.optional_old {
                continue;
            }
            let mut variables = Variables::new().with("self", own.clone());
            match (before.old.filter(|_| rule.transition), rule.optional_old) {
                (old, true) => {
                    let old = old.map(|old| Arc::new(declared(old)));
                    variables.set("oldSelf", cel::Value::Optional(old));
                }
                (Some(old), false) => variables.set("oldSelf", declared(old)),
                (None, false) => {}
            }
            self.rule(rule, &variables, (value, before), node, path);
        }
    }

    fn rule(
        &mut self,
        rule: &Rule,
        variables: &Variables,
        (value, before): (&Value, Before<'_>),
        node: &Node,
        path: &str,
    ) {
        let type_ = node.type_.as_str();
        let mut invalid = |field: &str, detail: String| {
            let field = if field.is_empty() { "<nil>" } else { field };
            self.errors.push(FieldError::invalid(field, type_, detail));
        };
        let program = match &rule.program {
            Ok(program) => program,
            Err(why) => return invalid(path, format!("rule compile error: {why}")),
        };
        let shown = match rule.message.as_str() {
            "" => rule.text.as_str(),
            message => message,
        };
        match program.is_true(variables, &mut self.budget) {
            Ok(true) => {}
            Ok(false) if !rule.transition && before.is_unchanged() => {}
            Ok(false) => {
                let field = match (path, rule.field_path.as_str()) {
                    (path, "") => path.to_owned(),
                    ("", below) => below.to_owned(),
                    (path, below) if below.starts_with('[') => format!("{path}{below}"),
                    (path, below) => format!("{path}.{below}"),
                };
                match self.message(rule, variables) {
                    Ok(detail) => self.broken(rule, field, value, detail),
                    Err(detail) => {
                        self.spent = true;
                        self.errors.push(FieldError::invalid(field, type_, detail));
                    }
                }
            }
            Err(EvaluationError::BudgetExceeded) => {
                self.spent = true;
                invalid(path, SPENT.to_owned());
            }
            Err(error @ EvaluationError::CostLimit) => {
                self.spent = true;
                invalid(
                    path,
                    format!(
                        "'{error}': no further validation rules will be run due to call cost exceeds limit for rule: {shown}"
                    ),
                );
            }
            Err(error @ EvaluationError::NoSuchOverload) => invalid(
                path,
                format!(
                    "'{error}': call arguments did not match a supported operator, function or macro signature for rule: {shown}"
                ),
            ),
            Err(error) => invalid(path, format!("{error} evaluating rule: {shown}")),
        }
    }

    /// What is said of a broken rule: what its expression makes, its message, or the rule itself. An error says that no
    /// further rule is to be asked.
    fn message(&mut self, rule: &Rule, variables: &Variables) -> Result<String, String> {
        let usual = match rule.message.as_str() {
            "" => format!("failed rule: {}", rule.text),
            message => message.to_owned(),
        };
        let Some(Ok(program)) = &rule.message_expression else {
            return Ok(usual);
        };
        let made = match program.evaluate(variables, &mut self.budget) {
            Ok(made) => made,
            Err(EvaluationError::BudgetExceeded) => {
                return Err("messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run".to_owned());
            }
            Err(EvaluationError::CostLimit) => {
                return Err("no further validation rules will be run due to call cost exceeds limit for messageExpression".to_owned());
            }
            Err(_) => return Ok(usual),
        };
        let made = match made.to_json() {
            Ok(Value::String(text)) => text.trim().to_owned(),
            _ => return Ok(usual),
        };
        let good = !made.is_empty() && !made.contains('\n') && made.len() <= MAX_MESSAGE;
        Ok(if good { made } else { usual })
    }

    fn broken(&mut self, rule: &Rule, field: String, value: &Value, detail: String) {
        // Objects and lists are not shown.
        let shown = (!value.is_object() && !value.is_array()).then(|| value.clone());
        let field = if field.is_empty() {
            "<nil>".to_owned()
        } else {
            field
        };
        let mut fault = match rule.reason.as_str() {
            "FieldValueForbidden" => FieldError::forbidden(field, detail),
            "FieldValueRequired" => FieldError::required(field, detail),
            "FieldValueDuplicate" => FieldError::duplicate(field, Value::Null),
            _ => FieldError::invalid(field, Value::Null, detail),
        };
        if fault.value.is_some() {
            fault.value = shown;
        }
        self.errors.push(fault);
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
                "spec: Invalid value: failed rule: self.replicas <= self.max",
                "spec: Invalid value: not 7",
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
            ["spec: Invalid value: name is immutable"]
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
    fn what_was_wrong_before_stays_where_nothing_has_changed() {
        let schema = Node::read(
            &json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
            "list": {"type": "array", "items": {"type": "string", "x-kubernetes-validations": [
                {"rule": "self != 'bad'"}]}},
            "map": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                "items": {"type": "object", "properties": {"name": {"type": "string"}, "n": {"type": "integer"}},
                    "x-kubernetes-validations": [{"rule": "self.n < 3"}]}}}}}}),
        );
        let object = |list: Value, map: Value| json!({"spec": {"list": list, "map": map}});
        let fields = |object: &Value, old: &Value| -> Vec<String> {
            let errors = check(object, Some(old), &schema).into_iter();
            errors.map(|error| error.field).collect()
        };
        let old = object(json!(["bad"]), json!([{"name": "a", "n": 7}]));
        let moved = object(
            json!(["bad"]),
            json!([{"name": "b", "n": 1}, {"name": "a", "n": 7}]),
        );
        assert!(fields(&moved, &old).is_empty());
        let changed = object(json!(["bad", "x"]), json!([{"name": "a", "n": 8}]));
        assert_eq!(fields(&changed, &old), ["spec.list[0]", "spec.map[0]"]);
    }

    #[test]
    fn rules_are_examined_before_they_are_used() {
        let schema = json!({"type": "object", "properties": {"a": {"type": "string"}},
            "x-kubernetes-validations": [{"rule": "self.b == 1"}, {"rule": "self.a"},
                {"rule": "self.a == oldSelf.a", "messageExpression": "1"}]});
        let rules = read(&schema, false).expect("it has rules");
        let examined: Vec<Examined> = rules.examine().collect();
        let fault = |index: usize| examined[index].fault.as_deref().unwrap_or_default();
        assert!(fault(0).starts_with("compilation failed: "), "{}", fault(0));
        assert_eq!(fault(1), "cel expression must evaluate to a bool");
        assert_eq!(fault(2), "");
        assert!(examined[2].uses_old && examined[2].cost > 0);
        let message = examined[2].message_fault.as_deref();
        assert_eq!(message, Some("messageExpression must evaluate to a string"));
    }
}
