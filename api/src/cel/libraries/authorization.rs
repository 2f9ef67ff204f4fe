//! Checks by `authorizer`: who may do what.

use std::sync::Arc;

use super::{Outcome, Row, failure, method, mismatch};
use crate::cel::authorizer::{GroupCheck, PathCheck, Resource, ResourceCheck, Subject};
use crate::cel::value::Value;
use crate::validation::names;

pub const ROWS: &[Row] = &[
    method(
        "path",
        "kubernetes.authorization.Authorizer, string -> kubernetes.authorization.PathCheck",
        path,
    ),
    method(
        "group",
        "kubernetes.authorization.Authorizer, string -> kubernetes.authorization.GroupCheck",
        group,
    ),
    method(
        "serviceAccount",
        "kubernetes.authorization.Authorizer, string, string -> kubernetes.authorization.Authorizer",
        service_account,
    ),
    method(
        "resource",
        "kubernetes.authorization.GroupCheck, string -> kubernetes.authorization.ResourceCheck",
        resource,
    ),
    method(
        "subresource",
        "kubernetes.authorization.ResourceCheck, string -> kubernetes.authorization.ResourceCheck",
        subresource,
    ),
    method(
        "namespace",
        "kubernetes.authorization.ResourceCheck, string -> kubernetes.authorization.ResourceCheck",
        namespace,
    ),
    method(
        "name",
        "kubernetes.authorization.ResourceCheck, string -> kubernetes.authorization.ResourceCheck",
        name,
    ),
    method(
        "fieldSelector",
        "kubernetes.authorization.ResourceCheck, string -> kubernetes.authorization.ResourceCheck",
        field_selector,
    ),
    method(
        "labelSelector",
        "kubernetes.authorization.ResourceCheck, string -> kubernetes.authorization.ResourceCheck",
        label_selector,
    ),
    method(
        "check",
        "kubernetes.authorization.PathCheck, string -> kubernetes.authorization.Decision",
        check,
    ),
    method(
        "check",
        "kubernetes.authorization.ResourceCheck, string -> kubernetes.authorization.Decision",
        check,
    ),
    method(
        "allowed",
        "kubernetes.authorization.Decision -> bool",
        allowed,
    ),
    method(
        "reason",
        "kubernetes.authorization.Decision -> string",
        reason,
    ),
    method(
        "errored",
        "kubernetes.authorization.Decision -> bool",
        errored,
    ),
    method(
        "error",
        "kubernetes.authorization.Decision -> string",
        error,
    ),
];

fn path(args: &[Value]) -> Outcome {
    match args {
        [Value::Authorizer(_), Value::String(path)] if path.trim().is_empty() => {
            failure("path must not be empty")
        }
        [Value::Authorizer(authorizer), Value::String(path)] => {
            Ok(Value::PathCheck(Arc::new(PathCheck {
                authorizer: authorizer.clone(),
                path: path.clone(),
            })))
        }
        _ => mismatch(),
    }
}

fn group(args: &[Value]) -> Outcome {
    match args {
        [Value::Authorizer(authorizer), Value::String(group)] => {
            Ok(Value::GroupCheck(Arc::new(GroupCheck {
                authorizer: authorizer.clone(),
                group: group.clone(),
            })))
        }
        _ => mismatch(),
    }
}

fn service_account(args: &[Value]) -> Outcome {
    let [
        Value::Authorizer(authorizer),
        Value::String(namespace),
        Value::String(name),
    ] = args
    else {
        return mismatch();
    };
    if !names::is_dns1123_subdomain(name).is_empty() {
        return failure("Invalid service account name");
    }
    if !names::is_dns1123_label(namespace).is_empty() {
        return failure("Invalid service account namespace");
    }
    let account = authorizer.service_account(namespace.clone(), name.clone());
    Ok(Value::Authorizer(Arc::new(account)))
}

fn resource(args: &[Value]) -> Outcome {
    match args {
        [Value::GroupCheck(_), Value::String(resource)] if resource.trim().is_empty() => {
            failure("resource must not be empty")
        }
        [Value::GroupCheck(check), Value::String(resource)] => {
            Ok(Value::ResourceCheck(Arc::new(ResourceCheck {
                authorizer: check.authorizer.clone(),
                resource: Resource {
                    group: check.group.clone(),
                    resource: resource.clone(),
                    ..Resource::default()
                },
            })))
        }
        _ => mismatch(),
    }
}

fn with(args: &[Value], set: fn(&mut Resource, Arc<str>)) -> Outcome {
    let [Value::ResourceCheck(check), Value::String(text)] = args else {
        return mismatch();
    };
    let mut check = ResourceCheck::clone(check);
    set(&mut check.resource, text.clone());
    Ok(Value::ResourceCheck(Arc::new(check)))
}

fn subresource(args: &[Value]) -> Outcome {
    with(args, |resource, text| resource.subresource = text)
}

fn namespace(args: &[Value]) -> Outcome {
    with(args, |resource, text| resource.namespace = text)
}

fn name(args: &[Value]) -> Outcome {
    with(args, |resource, text| resource.name = text)
}

fn field_selector(args: &[Value]) -> Outcome {
    with(args, |resource, text| resource.field_selector = text)
}

fn label_selector(args: &[Value]) -> Outcome {
    with(args, |resource, text| resource.label_selector = text)
}

fn check(args: &[Value]) -> Outcome {
    let decision = match args {
        [Value::PathCheck(check), Value::String(verb)] => check
            .authorizer
            .check(verb.clone(), Subject::Path(check.path.clone())),
        [Value::ResourceCheck(check), Value::String(verb)] => check
            .authorizer
            .check(verb.clone(), Subject::Resource(check.resource.clone())),
        _ => return mismatch(),
    };
    Ok(Value::Decision(Arc::new(decision)))
}

fn allowed(args: &[Value]) -> Outcome {
    match args {
        [Value::Decision(decision)] => Ok(Value::Bool(decision.allowed)),
        _ => mismatch(),
    }
}

fn reason(args: &[Value]) -> Outcome {
    match args {
        [Value::Decision(decision)] => Ok(Value::from(decision.reason.as_str())),
        _ => mismatch(),
    }
}

fn errored(args: &[Value]) -> Outcome {
    match args {
        [Value::Decision(decision)] => Ok(Value::Bool(decision.error.is_some())),
        _ => mismatch(),
    }
}

fn error(args: &[Value]) -> Outcome {
    match args {
        [Value::Decision(decision)] => {
            Ok(Value::from(decision.error.as_deref().unwrap_or_default()))
        }
        _ => mismatch(),
    }
}
