//! The expressions of admission policies and of match conditions: they must compile, and come to what they are for.

use std::collections::BTreeSet;

use serde_json::Value;

use super::admission;
use super::conditions::conditions;
use super::errors::Errors;
use super::metadata;
use super::names::is_qualified_name;
use super::path::Path;
use super::pod::SPEC;
use crate::cel::{self, Environment, Program, Type};
use crate::walk::Walk;

const REASONS: [&str; 3] = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const MAX_ANNOTATIONS: usize = 20;
/// The longest expression for the value of an audit annotation, in bytes.
const MAX_VALUE_EXPRESSION: usize = 5 * 1024;

/// `ValidateValidatingAdmissionPolicy`.
pub(super) fn validating_policy(object: &Value, out: &mut Errors) {
    admission::policy(object, out);
    let spec = &object["spec"];
    let environment = variables(spec, out);
    let path = SPEC.child("validations");
    if spec.count("validations") + spec.count("auditAnnotations") == 0 {
        let reason = "validations or auditAnnotations must contain at least one item";
        out.required(&path, reason);
        return out.required(&SPEC.child("auditAnnotations"), reason);
    }
    for (index, entry) in spec.list("validations").iter().enumerate() {
        validation(entry, &path.index(index), &environment, out);
    }
    audit_annotations(object, &environment, out);
}

/// `ValidateValidatingAdmissionPolicyStatusUpdate`.
pub(super) fn policy_status(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let (status, path) = (&new["status"], Path::new("status"));
    let warnings = path.child("typeChecking");
    let warnings = warnings.child("expressionWarnings");
    let told = status["typeChecking"].list("expressionWarnings").iter();
    for (index, warning) in told.enumerate() {
        let path = warnings.index(index);
        for field in ["warning", "fieldRef"] {
            if warning.text(field).is_empty() {
                out.required(&path.child(field), "");
            }
        }
    }
    conditions(status, &path, out);
}

/// `ValidateMutatingAdmissionPolicy`.
pub(super) fn mutating_policy(object: &Value, out: &mut Errors) {
    admission::policy(object, out);
    let spec = &object["spec"];
    let environment = variables(spec, out).with_mutations();
    let path = SPEC.child("mutations");
    if spec.count("mutations") == 0 {
        out.required(&path, "mutations must contain at least one item");
    }
    for (index, entry) in spec.list("mutations").iter().enumerate() {
        mutation(entry, &path.index(index), &environment, out);
    }
    let policy = spec.text("reinvocationPolicy");
    let path = SPEC.child("reinvocationPolicy");
    out.required_one_of(&path, policy, &["IfNeeded", "Never"]);
}

/// The expression of a match condition.
pub(super) fn condition(
    condition: &Value,
    path: &Path<'_>,
    environment: &Environment,
    out: &mut Errors,
) {
    let (text, path) = (
        condition.text("expression").trim(),
        path.child("expression"),
    );
    if text.is_empty() {
        out.required(&path, "");
    } else if let Err(error) = cel::condition(text, environment) {
        out.invalid(&path, text, error.to_string());
    }
}

/// The environment with the variables that a policy defines, each of which sees those before it.
fn variables(spec: &Value, out: &mut Errors) -> Environment {
    let mut environment = Environment::policy(spec["paramKind"].is_object());
    let path = SPEC.child("variables");
    for (index, variable) in spec.list("variables").iter().enumerate() {
        let path = path.index(index);
        let name = variable.text("name");
        if name.trim().is_empty() {
            out.required(&path.child("name"), "name is not specified");
        } else if !is_identifier(name) {
            let reason = "name is not a valid CEL identifier";
            out.invalid(&path.child("name"), name, reason);
        }
        let type_ = compiled(variable, "expression", &path, &environment, out);
        environment = environment.define(name, type_.unwrap_or(Type::Dyn));
    }
    environment
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && cel::escape(name)
            .is_some_and(|escaped| escaped.len() == name.len() || name.contains("__"))
}

/// The type of an expression that must be there; nothing if it is at fault.
fn compiled(
    entry: &Value,
    field: &'static str,
    path: &Path<'_>,
    environment: &Environment,
    out: &mut Errors,
) -> Option<Type> {
    let path = path.child(field);
    let text = entry.text(field);
    if text.trim().is_empty() {
        out.required(&path, &format!("{field} is not specified"));
        return None;
    }
    match Program::compile(text, environment) {
        Ok(program) => Some(program.result_type().clone()),
        Err(error) => {
            out.invalid(&path, text, format!("compilation failed: {error}"));
            None
        }
    }
}

/// Refuses an expression that comes to anything but these types.
fn must_be(types: &[Type], found: &Type, text: &str, path: &Path<'_>, out: &mut Errors) {
    if types.contains(found) {
        return;
    }
    let found = found.declared_name();
    let names: Vec<String> = types.iter().map(Type::declared_name).collect();
    let reason = match names.as_slice() {
        [one] => format!("must evaluate to {one} but got {found}"),
        some => format!(
            "must evaluate to one of [{}] but got {found}",
            some.join(" ")
        ),
    };
    out.invalid(path, text, reason);
}

fn validation(entry: &Value, path: &Path<'_>, environment: &Environment, out: &mut Errors) {
    if let Some(type_) = compiled(entry, "expression", path, environment, out) {
        let text = entry.text("expression");
        must_be(&[Type::Bool], &type_, text, &path.child("expression"), out);
    }
    let made = entry.text("messageExpression");
    let made_path = path.child("messageExpression");
    if !made.is_empty() && made.trim().is_empty() {
        out.invalid(&made_path, made, "must be non-empty if specified");
    } else if !made.is_empty() {
        // A message asks nobody for permission.
        let environment = environment.clone().without_authorizer();
        if let Some(type_) = compiled(entry, "messageExpression", path, &environment, out) {
            must_be(&[Type::String], &type_, made, &made_path, out);
        }
    }
    message(entry.text("message"), &path.child("message"), out);
    if entry.has("reason") {
        out.one_of(&path.child("reason"), entry.text("reason"), &REASONS);
    }
}

fn message(message: &str, path: &Path<'_>, out: &mut Errors) {
    if !message.is_empty() && message.trim().is_empty() {
        out.invalid(path, message, "message must be non-empty if specified");
    } else if message.trim().contains(['\n', '\r']) {
        out.invalid(path, message, "message must not contain line breaks");
    }
}

fn audit_annotations(object: &Value, environment: &Environment, out: &mut Errors) {
    let notes = object["spec"].list("auditAnnotations");
    let list = SPEC.child("auditAnnotations");
    if notes.len() > MAX_ANNOTATIONS {
        let reason = format!("must not have more than {MAX_ANNOTATIONS} auditAnnotations");
        out.invalid(&list, notes.to_vec(), reason);
    }
    let policy = object["metadata"].text("name");
    let mut keys = BTreeSet::new();
    for (index, note) in notes.iter().enumerate() {
        let path = list.index(index);
        let (key, key_path) = (note.text("key"), path.child("key"));
        let full = format!("{policy}/{key}");
        out.invalid_each(&key_path, &full, is_qualified_name(&full));
        audit_value(note, &path, environment, out);
        if !keys.insert(key) {
            out.duplicate(&key_path, key);
        }
    }
}

fn audit_value(note: &Value, path: &Path<'_>, environment: &Environment, out: &mut Errors) {
    let (text, value_path) = (note.text("valueExpression"), path.child("valueExpression"));
    if text.trim().len() > MAX_VALUE_EXPRESSION {
        let reason = format!("must not exceed {MAX_VALUE_EXPRESSION} bytes in length");
        return out.required(&value_path, &reason);
    }
    if let Some(type_) = compiled(note, "valueExpression", path, environment, out) {
        let types = [Type::String, Type::Null];
        must_be(&types, &type_, text, &value_path, out);
    }
}

fn mutation(entry: &Value, path: &Path<'_>, environment: &Environment, out: &mut Errors) {
    let (field, other) = match entry.text("patchType") {
        "ApplyConfiguration" => ("applyConfiguration", "jsonPatch"),
        "JSONPatch" => ("jsonPatch", "applyConfiguration"),
        other => {
            let known = ["ApplyConfiguration", "JSONPatch"];
            return out.required_one_of(&path.child("patchType"), other, &known);
        }
    };
    if entry.has(other) {
        out.invalid_without_value(
            &path.child(other),
            &format!(
                "must not be specified when patchType is {}",
                entry.text("patchType")
            ),
        );
    }
    if !entry.has(field) {
        out.required(
            &path.child(field),
            &format!(
                "must be specified when patchType is {}",
                entry.text("patchType")
            ),
        );
        return;
    }
    let path = path.child(field);
    let Some(type_) = compiled(&entry[field], "expression", &path, environment, out) else {
        return;
    };
    let wanted = match field {
        "applyConfiguration" => Type::Struct("Object".into()),
        _ => Type::List(Type::Struct("JSONPatch".into()).into()),
    };
    // What an empty list would hold is not known.
    if field == "jsonPatch" && matches!(&type_, Type::List(item) if item.is_dyn()) {
        return;
    }
    let text = entry[field].text("expression");
    must_be(&[wanted], &type_, text, &path.child("expression"), out);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn errors(check: fn(&Value, &mut Errors), mut spec: Value) -> Vec<String> {
        spec["failurePolicy"] = json!("Fail");
        spec["matchConstraints"] = json!({
            "matchPolicy": "Equivalent", "namespaceSelector": {}, "objectSelector": {},
            "resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["pods"]}],
        });
        let mut out = Errors::default();
        check(&json!({"metadata": {"name": "p"}, "spec": spec}), &mut out);
        out.into_list()
            .iter()
            .map(|error| format!("{}: {}", error.field, error.body()))
            .collect()
    }

    #[test]
    fn expressions_of_validating_policies() {
        let check = |spec: Value, expected: &[&str]| {
            assert_eq!(errors(validating_policy, spec), expected);
        };
        check(
            json!({"variables": [{"name": "n", "expression": "object.spec.replicas"}],
                "validations": [{"expression": "variables.n > 1", "messageExpression": "'is ' + string(variables.n)"}],
                "auditAnnotations": [{"key": "k", "valueExpression": "has(object.a) ? 'a' : 'b'"}]}),
            &[],
        );
        check(
            json!({"validations": [{"expression": "object.x"}]}),
            &[
                "spec.validations[0].expression: Invalid value: \"object.x\": must evaluate to bool but got dyn",
            ],
        );
        check(
            json!({"validations": [{"expression": "params.x == 1"}]}),
            &[
                "spec.validations[0].expression: Invalid value: \"params.x == 1\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params.x == 1\n | ^",
            ],
        );
        check(
            json!({"validations": [{"expression": "true", "messageExpression": "1", "reason": "NoReason"}],
                "matchConditions": [{"name": "m", "expression": "1"}],
                "variables": [{"name": "a-b", "expression": "1"}]}),
            &[
                "spec.matchConditions[0].expression: Invalid value: \"1\": must evaluate to bool but got int",
                "spec.variables[0].name: Invalid value: \"a-b\": name is not a valid CEL identifier",
                "spec.validations[0].messageExpression: Invalid value: \"1\": must evaluate to string but got int",
                "spec.validations[0].reason: Unsupported value: \"NoReason\": supported values: \"Forbidden\", \"Invalid\", \"RequestEntityTooLarge\"",
            ],
        );
    }

    #[test]
    fn expressions_of_mutating_policies() {
        let check = |mutation: Value, expected: &[&str]| {
            let spec = json!({"reinvocationPolicy": "Never", "mutations": [mutation]});
            assert_eq!(errors(mutating_policy, spec), expected);
        };
        check(
            json!({"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{spec: Object.spec{replicas: 1}}"}}),
            &[],
        );
        check(
            json!({"patchType": "JSONPatch", "jsonPatch": {"expression": "[JSONPatch{op: 'add', path: '/a', value: 1}]"}}),
            &[],
        );
        check(
            json!({"patchType": "JSONPatch", "jsonPatch": {"expression": "[JSONPatch{oops: 'add'}]"}}),
            &[
                "spec.mutations[0].jsonPatch.expression: Invalid value: \"[JSONPatch{oops: 'add'}]\": compilation failed: ERROR: <input>:1:12: undefined field 'oops'\n | [JSONPatch{oops: 'add'}]\n | ...........^",
            ],
        );
        check(json!({}), &["spec.mutations[0].patchType: Required value"]);
        check(
            json!({"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "1"}}),
            &[
                "spec.mutations[0].applyConfiguration.expression: Invalid value: \"1\": must evaluate to Object but got int",
            ],
        );
    }
}
