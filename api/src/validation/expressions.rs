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

const REASONS: [&str; 4] = [
    "Forbidden",
    "Invalid",
    "RequestEntityTooLarge",
    "Unauthorized",
];
const MAX_ANNOTATIONS: usize = 20;
/// The longest key of an audit annotation, with the name of the policy before it.
const MAX_VALUE_EXPRESSION: usize = 5 * 1024;

/// `ValidateValidatingAdmissionPolicy`.
pub(super) fn validating_policy(object: &Value, out: &mut Errors) {
    admission::policy(object, out);
    let spec = &object["spec"];
    if spec.count("validations") == 0 && spec.count("auditAnnotations") == 0 {
        let reason = "validations or auditAnnotations must be set";
        out.required(&SPEC.child("validations"), reason);
        out.required(&SPEC.child("auditAnnotations"), reason);
    }
    let environment = variables(spec, false, out);
    let path = SPEC.child("validations");
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
    let policy = spec.text("reinvocationPolicy");
    let path = SPEC.child("reinvocationPolicy");
    if policy.is_empty() {
        out.required(&path, "");
    } else {
        out.one_of(&path, policy, &["IfNeeded", "Never"]);
    }
    let environment = variables(spec, true, out);
    let path = SPEC.child("mutations");
    if spec.count("mutations") == 0 {
        out.required(&path, "mutations must contain at least one item");
    }
    for (index, entry) in spec.list("mutations").iter().enumerate() {
        mutation(entry, &path.index(index), &environment, out);
    }
}

/// The expression of a match condition.
pub(super) fn condition(
    condition: &Value,
    path: &Path<'_>,
    environment: &Environment,
    out: &mut Errors,
) {
    let text = condition.text("expression");
    if let Err(error) = cel::condition(text, environment) {
        out.invalid(&path.child("expression"), text, error.to_string());
    }
}

/// The environment with the variables that a policy defines, each of which sees those before it.
fn variables(spec: &Value, mutates: bool, out: &mut Errors) -> Environment {
    let mut environment = Environment::policy(spec["paramKind"].is_object());
    if mutates {
        environment = environment.with_mutations();
    }
    let path = SPEC.child("variables");
    let mut names = BTreeSet::new();
    for (index, variable) in spec.list("variables").iter().enumerate() {
        let path = path.index(index);
        let name = variable.text("name");
        if name.is_empty() {
            out.required(&path.child("name"), "name is not specified");
        } else if !is_identifier(name) {
            out.invalid(
                &path.child("name"),
                name,
                "name is not a valid CEL identifier",
            );
        } else if !names.insert(name) {
            out.duplicate(&path.child("name"), name);
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

fn validation(entry: &Value, path: &Path<'_>, environment: &Environment, out: &mut Errors) {
    if let Some(type_) = compiled(entry, "expression", path, environment, out)
        && type_ != Type::Bool
    {
        let text = entry.text("expression");
        out.invalid(&path.child("expression"), text, "must evaluate to bool");
    }
    let made = entry.text("messageExpression");
    if entry.has("messageExpression") && made.trim().is_empty() {
        out.invalid(
            &path.child("messageExpression"),
            made,
            "must be non-empty if specified",
        );
    } else if !made.is_empty()
        && let Some(type_) = compiled(entry, "messageExpression", path, environment, out)
        && type_ != Type::String
    {
        out.invalid(
            &path.child("messageExpression"),
            made,
            "must evaluate to string",
        );
    }
    message(entry, path, out);
    if entry.has("reason") {
        out.one_of(&path.child("reason"), entry.text("reason"), &REASONS);
    }
}

fn message(entry: &Value, path: &Path<'_>, out: &mut Errors) {
    let expression = entry.text("expression");
    let message = entry.text("message");
    let path = path.child("message");
    if entry.has("message") && message.trim().is_empty() {
        out.invalid(&path, message, "message must be non-empty if specified");
    } else if message.trim().contains('\n') {
        out.invalid(&path, message, "message must not contain line breaks");
    } else if message.is_empty() && expression.trim().contains('\n') {
        out.required(
            &path,
            "message must be specified if expression contains line breaks",
        );
    }
}

fn audit_annotations(object: &Value, environment: &Environment, out: &mut Errors) {
    let notes = object["spec"].list("auditAnnotations");
    let list = SPEC.child("auditAnnotations");
    if notes.len() > MAX_ANNOTATIONS {
        out.invalid(
            &list,
            notes.len(),
            format!("must not have more than {MAX_ANNOTATIONS} auditAnnotations"),
        );
    }
    let policy = object["metadata"].text("name");
    let mut keys = BTreeSet::new();
    for (index, note) in notes.iter().enumerate() {
        let path = list.index(index);
        let key = note.text("key");
        let full = match policy {
            "" => key.to_owned(),
            policy => format!("{policy}/{key}"),
        };
        out.invalid_each(&path.child("key"), key, is_qualified_name(&full));
        if !keys.insert(key) {
            out.duplicate(&path.child("key"), key);
        }
        let text = note.text("valueExpression");
        let type_ = compiled(note, "valueExpression", &path, environment, out);
        let path = path.child("valueExpression");
        if text.len() > MAX_VALUE_EXPRESSION {
            out.required(
                &path,
                &format!("must not exceed {MAX_VALUE_EXPRESSION} bytes in length"),
            );
        }
        match type_ {
            None | Some(Type::String | Type::Null) => {}
            Some(_) => out.invalid(&path, text, "must evaluate to one of [string null_type]"),
        }
    }
}

fn mutation(entry: &Value, path: &Path<'_>, environment: &Environment, out: &mut Errors) {
    let (field, other) = match entry.text("patchType") {
        "ApplyConfiguration" => ("applyConfiguration", "jsonPatch"),
        "JSONPatch" => ("jsonPatch", "applyConfiguration"),
        patch_type => {
            out.one_of(
                &path.child("patchType"),
                patch_type,
                &["ApplyConfiguration", "JSONPatch"],
            );
            return;
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
    let type_ = compiled(&entry[field], "expression", &path, environment, out);
    let wanted = match (&type_, field) {
        (None, _) => return,
        (Some(Type::Struct(name)), "applyConfiguration") if &**name == "Object" => return,
        (Some(Type::List(item)), "jsonPatch")
            if matches!(&**item, Type::Struct(name) if &**name == "JSONPatch") || item.is_dyn() =>
        {
            return;
        }
        (_, "applyConfiguration") => "must evaluate to Object",
        _ => "must evaluate to list(JSONPatch)",
    };
    out.invalid(
        &path.child("expression"),
        entry[field].text("expression"),
        wanted,
    );
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn errors(check: fn(&Value, &mut Errors), mut spec: Value) -> Vec<String> {
        spec["matchConstraints"] = json!({
            "namespaceSelector": {}, "objectSelector": {},
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
            &["spec.validations[0].expression: Invalid value: \"object.x\": must evaluate to bool"],
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
                "spec.matchConditions[0].expression: Invalid value: \"1\": must evaluate to bool",
                "spec.variables[0].name: Invalid value: \"a-b\": name is not a valid CEL identifier",
                "spec.validations[0].messageExpression: Invalid value: \"1\": must evaluate to string",
                "spec.validations[0].reason: Unsupported value: \"NoReason\": supported values: \"Forbidden\", \"Invalid\", \"RequestEntityTooLarge\", \"Unauthorized\"",
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
        check(
            json!({"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "1"}}),
            &[
                "spec.mutations[0].applyConfiguration.expression: Invalid value: \"1\": must evaluate to Object",
            ],
        );
    }
}
