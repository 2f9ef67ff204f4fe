//! Dynamic resource allocation (`resource.k8s.io`): device classes, claims, their templates, and slices of devices. What
//! these share is here: names, taints, lists that are bounded, opaque parameters.

mod capacity;
mod claim;
mod claim_status;
mod class;
mod slice;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::Value;

pub(super) use self::claim::{claim, template, update_claim, update_template};
pub(super) use self::claim_status::update_claim_status;
pub(super) use self::class::{class, update_class};
pub(super) use self::slice::{
    slice, taint_rule, taint_rule_status, update_slice, update_taint_rule,
};
use super::errors::Errors;
use super::metadata::label_name;
use super::names::{is_dns1123_label, is_dns1123_subdomain, is_label_value};
use super::path::Path;
use super::pod::csi_driver_name as driver_name;
use crate::walk::Walk;

const CONDITIONS_MAX: usize = 8;
const CONFIG_MAX: usize = 32;
const IDENTIFIER_MAX: usize = 32;
const PARAMETERS_MAX: usize = 10 * 1024;
const POOL_NAME_MAX: usize = 253;
const SELECTORS_MAX: usize = 32;

const EFFECTS: [&str; 3] = ["NoExecute", "NoSchedule", "None"];

/// A list with at most `max` items; a longer one is not looked at.
fn bounded(
    list: &[Value],
    max: usize,
    path: &Path<'_>,
    out: &mut Errors,
    mut item: impl FnMut(&Value, &Path<'_>, &mut Errors),
) {
    if list.len() > max {
        return out.too_many(path, list.len(), max);
    }
    for (index, value) in list.iter().enumerate() {
        item(value, &path.index(index), out);
    }
}

/// A bounded list whose items have different keys.
fn bounded_set<K: Ord + Into<Value>>(
    list: &[Value],
    max: usize,
    path: &Path<'_>,
    out: &mut Errors,
    item: impl FnMut(&Value, &Path<'_>, &mut Errors),
    key: impl Fn(&Value) -> K,
) {
    bounded(list, max, path, out, item);
    if list.len() > max {
        return;
    }
    let mut seen = BTreeSet::new();
    for (index, value) in list.iter().enumerate() {
        if !seen.insert(key(value)) {
            out.duplicate(&path.index(index), key(value));
        }
    }
}

/// The key of a bounded set of objects that have names.
fn name_of(item: &Value) -> String {
    item.text("name").to_owned()
}

/// The key of a bounded set of texts.
fn text_of(item: &Value) -> String {
    item.as_str().unwrap_or_default().to_owned()
}

fn label(text: &str, path: &Path<'_>, out: &mut Errors) {
    out.invalid_each(path, text, is_dns1123_label(text));
}

fn pool_name(name: &str, path: &Path<'_>, out: &mut Errors) {
    if name.is_empty() {
        return out.required(path, "");
    }
    if name.len() > POOL_NAME_MAX {
        out.too_long(path, POOL_NAME_MAX);
    }
    for part in name.split('/') {
        out.invalid_each(path, part, is_dns1123_subdomain(part));
    }
}

/// The name of an attribute or a capacity: an identifier, perhaps with a domain before it.
fn qualified_name(name: &str, path: &Path<'_>, out: &mut Errors) {
    match name.split('/').collect::<Vec<_>>()[..] {
        [name] => identifier(name, path, out),
        [domain, name] => {
            if domain.is_empty() {
                out.invalid(path, "", "the domain must not be empty");
            } else {
                driver_name(domain, path, out);
            }
            if name.is_empty() {
                out.invalid(path, "", "the name must not be empty");
            } else {
                identifier(name, path, out);
            }
        }
        _ => {}
    }
}

fn fully_qualified_name(name: &str, path: &Path<'_>, out: &mut Errors) {
    qualified_name(name, path, out);
    if !name.contains('/') {
        let reason = "a fully qualified name must be a domain and a name separated by a slash";
        out.invalid(path, name, reason);
    }
}

/// An identifier as C has them.
fn identifier(text: &str, path: &Path<'_>, out: &mut Errors) {
    if text.len() > IDENTIFIER_MAX {
        out.too_long(path, IDENTIFIER_MAX);
    }
    let valid = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !valid {
        let reason = "a valid C identifier must start with alphabetic character or '_', followed by a string of \
            alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is \
            '[A-Za-z_][A-Za-z0-9_]*')";
        out.invalid(path, text, reason);
    }
}

/// The identity of a share of a device, in the form of RFC 4122.
fn share(device: &Value, path: &Path<'_>, out: &mut Errors) {
    let Some(uid) = device.opt_text("shareID") else {
        return;
    };
    let path = path.child("shareID");
    let dashes = [8, 13, 18, 23];
    let well_formed = uid.len() == 36
        && uid.bytes().enumerate().all(|(index, byte)| {
            if dashes.contains(&index) {
                byte == b'-'
            } else {
                byte.is_ascii_hexdigit()
            }
        });
    if !well_formed {
        let reason = match uid.len() {
            36 => "error validating uid: invalid UUID format".to_owned(),
            length => format!("error validating uid: invalid UUID length: {length}"),
        };
        out.invalid(&path, uid, reason);
    } else if uid.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let reason = "uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase \
            hexadecimal characters";
        out.invalid(&path, uid, reason);
    }
}

fn taint(taint: &Value, old: &Value, path: &Path<'_>, out: &mut Errors) {
    label_name(taint.text("key"), &path.child("key"), out);
    let value = taint.text("value");
    out.invalid_each(&path.child("value"), value, is_label_value(value));
    if old.is_null() || old["effect"] != taint["effect"] {
        out.required_one_of(&path.child("effect"), taint.text("effect"), &EFFECTS);
    }
}

/// What a driver is told of devices; nobody else knows what it means.
fn configuration(config: &Value, path: &Path<'_>, out: &mut Errors) {
    let opaque = &config["opaque"];
    let path = path.child("opaque");
    if !opaque.is_object() {
        return out.required(&path, "");
    }
    driver_name(opaque.text("driver"), &path.child("driver"), out);
    json_object(&opaque["parameters"], &path.child("parameters"), out);
}

fn json_object(value: &Value, path: &Path<'_>, out: &mut Errors) {
    match value {
        Value::Null => out.required(path, ""),
        value if value.to_string().len() > PARAMETERS_MAX => out.too_long(path, PARAMETERS_MAX),
        Value::Object(_) => {}
        _ => out.invalid(path, "<value omitted>", "must be a valid JSON object"),
    }
}

/// The conditions that a device waits for before pods are bound, and those that say it will never be ready.
fn binding_conditions(device: &Value, path: &Path<'_>, out: &mut Errors) {
    const MAX: usize = 4;
    let lists = ["bindingConditions", "bindingFailureConditions"];
    for list in lists {
        let path = path.child(list);
        bounded(device.list(list), MAX, &path, out, |name, path, out| {
            label_name(name.as_str().unwrap_or_default(), path, out);
        });
    }
    let [wanted, failed] = lists.map(|list| device.list(list));
    for (index, name) in wanted.iter().enumerate() {
        if wanted[..index].contains(name) {
            out.duplicate(&path.child(lists[0]).index(index), name.clone());
        }
    }
    let failed_path = path.child(lists[1]);
    for (index, name) in failed.iter().enumerate() {
        let path = failed_path.index(index);
        if failed[..index].contains(name) {
            out.duplicate(&path, name.clone());
        }
        if wanted.contains(name) {
            let reason = "bindingFailureConditions must not overlap with bindingConditions";
            out.invalid(&path, name.clone(), reason);
        }
    }
    if wanted.is_empty() && !failed.is_empty() {
        let reason = "bindingConditions are required to use bindingFailureConditions";
        out.invalid(&path.child(lists[0]), device[lists[0]].clone(), reason);
    }
    if failed.is_empty() && !wanted.is_empty() {
        let reason = "bindingFailureConditions are required to use bindingConditions";
        out.invalid(&failed_path, device[lists[1]].clone(), reason);
    }
}
