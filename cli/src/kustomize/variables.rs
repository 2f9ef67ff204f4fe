//! Variables (deprecated upstream): `$(NAME)` stands for the value of a field of some object.

use super::{
    error::{Error, Result},
    fields,
    fieldspec::{Create, FieldSpec},
    id::{Gvk, ResId, split_api_version},
    kustomization::Var,
    resmap::ResMap,
};
use knarr_api::quote::go_value;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The variables of a build.
pub type Variables = BTreeMap<String, Var>;

/// Adds a kustomization's variables, and marks the objects that they read from.
pub fn declare(variables: &mut Variables, map: &mut ResMap, vars: &[Var]) -> Result<()> {
    for var in vars {
        let id = target(var);
        let exact = !id.namespace.is_empty() || id.gvk.is_cluster_scoped();
        let found = map.matching_any_id(|other| match exact {
            true => id.equals(other),
            false => id.same_kind_and_name(other),
        });
        match found.as_slice() {
            [] => {}
            [index] => map.resources[*index].variables.push(var.name.clone()),
            many => {
                return Err(Error::text(format!(
                    "found {} resId matches for var {} (unable to disambiguate)",
                    many.len(),
                    written(var, &id.gvk, &var.fieldref.field_path)
                )));
            }
        }
    }
    for var in vars {
        add(variables, var)?;
    }
    Ok(())
}

/// Adds one variable; a name has one meaning only.
pub fn add(variables: &mut Variables, var: &Var) -> Result<()> {
    match variables.insert(var.name.clone(), var.clone()) {
        None => Ok(()),
        Some(_) => Err(Error::text(format!(
            "var '{}' already encountered",
            var.name
        ))),
    }
}

fn target(var: &Var) -> ResId {
    let reference = &var.objref;
    let (group, version) = match reference.api_version.is_empty() {
        true => (reference.group.as_str(), reference.version.as_str()),
        false => split_api_version(&reference.api_version),
    };
    ResId {
        gvk: Gvk::new(group, version, &reference.kind),
        name: reference.name.clone(),
        namespace: reference.namespace.clone(),
    }
}

/// As Go prints a variable once its defaults are filled in.
fn shown(var: &Var) -> String {
    written(var, &target(var).gvk, field_path(var))
}

fn written(var: &Var, gvk: &Gvk, path: &str) -> String {
    format!("{{{} {gvk} {{{path}}}}}", var.name)
}

/// As Go prints the variables of a kustomization before their defaults are filled in: `apiVersion` is not read yet.
pub fn list(vars: &[Var]) -> String {
    let texts: Vec<String> = vars
        .iter()
        .map(|var| {
            let reference = &var.objref;
            let gvk = Gvk::new(&reference.group, &reference.version, &reference.kind);
            written(var, &gvk, &var.fieldref.field_path)
        })
        .collect();
    format!("[{}]", texts.join(" "))
}

fn field_path(var: &Var) -> &str {
    match var.fieldref.field_path.as_str() {
        "" => "metadata.name",
        path => path,
    }
}

/// Puts the values in. Returns what is logged: of values that are no text, and of variables that nobody uses.
pub fn resolve(
    map: &mut ResMap,
    variables: &Variables,
    places: &[FieldSpec],
) -> Result<Vec<String>> {
    let mut values: BTreeMap<&str, Value> = BTreeMap::new();
    for (name, var) in variables {
        values.insert(name, value_of(map, var)?);
    }
    let mut trace = Trace::default();
    for resource in &mut map.resources {
        for place in places {
            place.apply(&mut resource.object, Create::Nothing, &mut |value| {
                substitute(value, &values, &mut trace)
            })?;
        }
    }
    let unused = variables.keys().filter(|name| !trace.used.contains(*name));
    let unused: Vec<&str> = unused.map(String::as_str).collect();
    if !unused.is_empty() {
        let names = unused.join(",");
        trace.lines.push(format!(
            "well-defined vars that were never replaced: {names}"
        ));
    }
    Ok(trace.lines)
}

/// What happened to the variables.
#[derive(Default)]
struct Trace {
    used: BTreeSet<String>,
    /// What is logged.
    lines: Vec<String>,
}

fn value_of(map: &ResMap, var: &Var) -> Result<Value> {
    let owner = map
        .resources
        .iter()
        .find(|resource| resource.variables.contains(&var.name));
    let Some(owner) = owner else {
        return Err(Error::text(format!(
            "var '{}' cannot be mapped to a field in the set of known resources",
            shown(var)
        )));
    };
    // `a[0].b` is `a.0.b` here.
    let path = field_path(var).replace('[', ".").replace(']', "");
    let parts = fields::split_dotted(&path);
    match fields::lookup(&owner.object, &parts) {
        Ok(Some(value)) if !value.is_null() => Ok(value.clone()),
        _ => Err(Error::text(format!(
            "field specified in var '{}' not found in corresponding resource",
            shown(var)
        ))),
    }
}

fn substitute(value: &mut Value, values: &BTreeMap<&str, Value>, trace: &mut Trace) -> Result<()> {
    match value {
        Value::String(text) => {
            *value = expand(text, values, trace);
            Ok(())
        }
        Value::Object(map) => {
            for value in map.values_mut() {
                if let Value::String(text) = value {
                    *value = expand(text, values, trace);
                }
            }
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| match item {
            Value::String(text) => {
                *item = expand(text, values, trace);
                Ok(())
            }
            _ => Err(Error::text("invalid value type expect a string")),
        }),
        _ => Ok(()),
    }
}

/// Replaces `$(NAME)`; `$$` is a dollar sign. A text that is nothing but one variable takes over the value's type.
fn expand(text: &str, values: &BTreeMap<&str, Value>, trace: &mut Trace) -> Value {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
            continue;
        }
        let named = after
            .strip_prefix('(')
            .and_then(|inner| inner.split_once(')'));
        let Some((name, tail)) = named else {
            out.push('$');
            rest = after;
            continue;
        };
        match values.get(name) {
            None => out.push_str(&format!("$({name})")),
            Some(value @ (Value::Object(_) | Value::Array(_))) => {
                let kind = match value {
                    Value::Object(_) => "map[string]interface {}",
                    _ => "[]interface {}",
                };
                trace.lines.push(format!(
                    "MakePrimitiveReplacer: bad replacement type={kind} val={}",
                    go_value(value)
                ));
                out.push_str(&format!("$({name})"));
            }
            Some(value) => {
                trace.used.insert(name.to_owned());
                if rest.len() == text.len() && at == 0 && tail.is_empty() {
                    return value.clone();
                }
                match value {
                    Value::String(text) => out.push_str(text),
                    other => out.push_str(&other.to_string()),
                }
            }
        }
        rest = tail;
    }
    out.push_str(rest);
    Value::from(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn variables_are_replaced_where_they_are_known() {
        let values = BTreeMap::from([("A", json!("x")), ("N", json!(5))]);
        let expanded = |text: &str| expand(text, &values, &mut Trace::default());
        assert_eq!(
            expanded("-$(A)-$(N)-$(B)-$$(A)-$"),
            json!("-x-5-$(B)-$(A)-$")
        );
        assert_eq!(expanded("$(N)"), json!(5));
    }
}
