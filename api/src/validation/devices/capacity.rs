//! What devices have to give: capacities with what may be asked of them, and counters that devices share.

use serde_json::Value;

use super::{bounded_set, label};
use crate::quantity::Quantity;
use crate::validation::errors::Errors;
use crate::validation::path::Path;
use crate::validation::resources::read;
use crate::walk::Walk;

const COUNTERS_MAX: usize = 32;
const OPTIONS_MAX: usize = 10;

/// A set of counters, or what a device consumes of one; `name` is the field that names the set.
pub(super) fn counters(set: &Value, name: &'static str, path: &Path<'_>, out: &mut Errors) {
    let name_path = path.child(name);
    match set.text(name) {
        "" => out.required(&name_path, ""),
        text => label(text, &name_path, out),
    }
    let path = path.child("counters");
    match set.count("counters") {
        0 => out.required(&path, ""),
        count if count > COUNTERS_MAX => out.too_many(&path, count, COUNTERS_MAX),
        _ => {
            for name in set.map("counters").into_iter().flat_map(|map| map.keys()) {
                label(name, &path.key(name), out);
            }
        }
    }
}

/// A capacity; only a device that is allocated several times can say how much of it may be asked for.
pub(super) fn capacity(capacity: &Value, shared: bool, path: &Path<'_>, out: &mut Errors) {
    let policy = &capacity["requestPolicy"];
    if !policy.is_object() {
        return;
    }
    let path = path.child("requestPolicy");
    if !shared {
        return out.forbidden(&path, "allowMultipleAllocations must be true");
    }
    let max = read(&capacity["value"]).unwrap_or_default();
    let default = policy
        .has("default")
        .then(|| read(&policy["default"]))
        .flatten();
    let (listed, ranged) = (policy.count("validValues") > 0, policy.has("validRange"));
    let field = match (listed, ranged) {
        (true, true) => {
            let reason = "exactly one policy can be specified, cannot specify \"validValues\" and \"validRange\" at \
                the same time";
            return out.forbidden(&path, reason);
        }
        (true, false) => "validValues",
        (false, true) => "validRange",
        (false, false) => return,
    };
    let Some(default) = default else {
        let reason = format!("required when {field} is defined");
        return out.required(&path.child("default"), &reason);
    };
    match field {
        "validValues" => values(policy.list(field), default, max, &path.child(field), out),
        _ => range(&policy[field], default, max, &path.child(field), out),
    }
}

fn values(list: &[Value], default: Quantity, max: Quantity, path: &Path<'_>, out: &mut Errors) {
    let quantities: Vec<Quantity> = list.iter().filter_map(read).collect();
    for (index, pair) in quantities.windows(2).enumerate() {
        if pair[0] > pair[1] {
            let path = path.index(index + 1);
            let reason = "values must be sorted in ascending order";
            out.invalid(&path, pair[1].to_string(), reason);
        }
    }
    bounded_set(
        list,
        OPTIONS_MAX,
        path,
        out,
        |option, path, out| {
            let option = read(option).unwrap_or_default();
            if option > max {
                let reason = format!("option is larger than capacity value: {max}");
                out.invalid(path, option.to_string(), reason);
            }
        },
        |option| read(option).unwrap_or_default().value().to_string(),
    );
    if !quantities.contains(&default) {
        let reason = "default value is not valid according to the requestPolicy";
        out.invalid(path, default.to_string(), reason);
    }
}

fn range(range: &Value, default: Quantity, max: Quantity, path: &Path<'_>, out: &mut Errors) {
    let quantity = |field: &str| range.has(field).then(|| read(&range[field])).flatten();
    let (low, high) = (path.child("min"), path.child("max"));
    let Some(least) = quantity("min") else {
        return out.required(&low, "required when validRange is defined");
    };
    if least > max {
        let reason = format!("min is larger than capacity value: {max}");
        out.invalid(&low, least.to_string(), reason);
    }
    if default < least {
        let reason = format!("default is less than min: {least}");
        out.invalid(&low, default.to_string(), reason);
    }
    if let Some(most) = quantity("max") {
        if least > most {
            let reason = format!("min is larger than max: {most}");
            out.invalid(&high, least.to_string(), reason);
        }
        if most > max {
            let reason = format!("max is larger than capacity value: {max}");
            out.invalid(&high, most.to_string(), reason);
        }
        if default > most {
            let reason = format!("default is more than max: {most}");
            out.invalid(&high, default.to_string(), reason);
        }
    }
    let Some(step) = quantity("step") else {
        return;
    };
    let path = path.child("step");
    let first = least + step;
    if first > max {
        let reason = format!("one step {first} is larger than capacity value: {max}");
        out.invalid(&path, step.to_string(), reason);
    }
    for value in [Some(default), quantity("max")].into_iter().flatten() {
        let distance = i128::from(value.value()) - i128::from(least.value());
        if distance.checked_rem(step.value().into()) != Some(0) {
            let reason = format!("value is not a multiple of a given step ({step}) from ({least})");
            out.invalid(&path, value.to_string(), reason);
        }
    }
}
