//! What an evaluation costs, counted as Kubernetes counts it (KEP-2876), and the limits on it.

use super::error::EvaluationError;
use super::value::Value;

/// The limit of one evaluation of one expression.
pub const PER_CALL_LIMIT: u64 = 1_000_000;
/// The budget of all rules of one custom resource, of all expressions of one policy and one request.
pub const RUNTIME_BUDGET: u64 = 10_000_000;
/// The budget of the match conditions of one webhook or policy.
pub const MATCH_CONDITIONS_BUDGET: u64 = 2_500_000;

/// Reading a variable, a field or an item.
pub(super) const ACCESS: u64 = 1;
pub(super) const LIST_CREATION: u64 = 10;
pub(super) const MAP_CREATION: u64 = 30;
pub(super) const STRUCT_CREATION: u64 = 40;

/// Going through a string costs a tenth for each character.
pub(super) const STRING_FACTOR: f64 = 0.1;
/// A regular expression is taken to have a state for each four characters.
pub(super) const REGEX_FACTOR: f64 = 0.25;

/// The two checks that one expression may make are what this leaves room for.
const AUTHORIZATION_CHECK: u64 = 350_000;

/// What several evaluations may cost together.
#[derive(Debug, Clone)]
pub struct Budget {
    remaining: u64,
}

impl Budget {
    /// A budget of so much.
    pub fn new(limit: u64) -> Self {
        Self { remaining: limit }
    }

    /// What is left.
    pub fn remaining(&self) -> u64 {
        self.remaining
    }

    /// Takes away what an evaluation has cost.
    pub fn spend(&mut self, cost: u64) -> Result<(), EvaluationError> {
        match self.remaining.checked_sub(cost) {
            Some(rest) => {
                self.remaining = rest;
                Ok(())
            }
            None => {
                self.remaining = 0;
                Err(EvaluationError::BudgetExceeded)
            }
        }
    }
}

/// The budget of all rules of one request.
impl Default for Budget {
    fn default() -> Self {
        Self::new(RUNTIME_BUDGET)
    }
}

fn scaled(size: u64, factor: f64) -> u64 {
    (size as f64 * factor).ceil() as u64
}

/// Parsing a selector (`fieldSelector`, `labelSelector`): a list of requirements, of which each takes two characters.
pub(super) fn selector(length: u64) -> u64 {
    LIST_CREATION
        .saturating_add(scaled(length, STRING_FACTOR))
        .saturating_add(scaled(
            scaled(length, 0.5),
            (LIST_CREATION + STRUCT_CREATION) as f64,
        ))
}

/// Calling what makes a list of so many items, each looked at `factor` times.
fn allocating(size: u64, factor: f64) -> u64 {
    ((size as f64 * factor) as u64).saturating_add(1 + LIST_CREATION)
}

/// Comparing every item of a list with every other.
fn self_comparison(list: &Value) -> u64 {
    let Value::List(items) = list else { return 1 };
    let factor = match items.items.first() {
        Some(Value::String(_) | Value::Bytes(_)) => 2.0 + STRING_FACTOR,
        _ => 2.0,
    };
    allocating(list.size().saturating_mul(list.size()), factor)
}

/// What a call has cost; `result` is absent if it failed.
pub(super) fn of_call(function: &str, args: &[Value], result: Option<&Value>) -> u64 {
    let size = |index: usize| args.get(index).map_or(1, Value::size);
    let result = result.map_or(1, Value::size);
    match (function, args) {
        ("check", _) => AUTHORIZATION_CHECK,
        ("isSorted" | "sum" | "max" | "min" | "indexOf" | "lastIndexOf", [first, ..]) => {
            traversal(first)
        }
        ("fieldSelector" | "labelSelector", _) => selector(size(1)),
        ("slice" | "lists.range", _) | ("reverse", [Value::List(_)]) => allocating(result, 1.0),
        ("flatten", [_, Value::Int(depth)]) => allocating(size(0), (*depth).max(1) as f64),
        ("flatten", _) => allocating(size(0), 1.0),
        ("distinct" | "sort", [list]) => self_comparison(list),
        ("@sortByAssociatedKeys", [_, keys]) => self_comparison(keys),
        ("validate", [Value::Format(format), _]) => {
            scaled(size(1) + 1, STRING_FACTOR) * scaled(format.regex_size(), REGEX_FACTOR)
        }
        ("url" | "lowerAscii" | "upperAscii" | "substring" | "trim" | "jsonpatch.escapeKey", _)
        | ("strings.quote" | "format", _)
        | ("cidr" | "isIP" | "isCIDR" | "quantity" | "isQuantity" | "semver" | "isSemver", _) => {
            scaled(size(0), STRING_FACTOR)
        }
        ("startsWith" | "endsWith", _) => scaled(size(1), STRING_FACTOR),
        ("bytes", [Value::String(_)])
        | ("string", [Value::Bytes(_)])
        | ("ip", [Value::String(_)]) => scaled(size(0), STRING_FACTOR),
        ("replace" | "split" | "ip.isCanonical", _) => scaled(size(0), 2.0 * STRING_FACTOR),
        ("join", _) => scaled(result, 2.0 * STRING_FACTOR),
        ("find" | "findAll" | "matches", _) => {
            scaled(size(0) + 1, STRING_FACTOR) * scaled(size(1), REGEX_FACTOR)
        }
        ("contains", [Value::String(_), _]) => {
            scaled(size(0), STRING_FACTOR) * scaled(size(1), STRING_FACTOR)
        }
        ("containsIP", _) => scaled(2 * size(0), STRING_FACTOR) + text_cost(args.get(1)),
        ("containsCIDR", _) => {
            scaled(2 * size(0), STRING_FACTOR)
                + scaled(size(0), STRING_FACTOR)
                + 1
                + text_cost(args.get(1))
        }
        ("sets.contains" | "sets.intersects", _) => {
            size(0).saturating_mul(size(1)).saturating_add(1)
        }
        ("sets.equivalent", _) => {
            let both = size(0).saturating_mul(size(1)).saturating_mul(2);
            both.saturating_add(1)
        }
        ("@in", [_, Value::List(list)]) => list.items.len() as u64,
        ("_+_", [Value::String(_) | Value::Bytes(_), _]) => {
            scaled(size(0) + size(1), STRING_FACTOR)
        }
        ("_==_" | "_!=_", _) => scaled(size(0).min(size(1)), STRING_FACTOR),
        ("_<_" | "_<=_" | "_>_" | "_>=_", [Value::String(_) | Value::Bytes(_), _]) => {
            scaled(size(0).min(size(1)), STRING_FACTOR)
        }
        _ => 1,
    }
}

fn text_cost(value: Option<&Value>) -> u64 {
    match value {
        Some(text @ Value::String(_)) => scaled(text.size(), STRING_FACTOR),
        _ => 0,
    }
}

/// Going through a value as a tree.
fn traversal(value: &Value) -> u64 {
    match value {
        Value::String(_) | Value::Bytes(_) => (value.size() as f64 * STRING_FACTOR) as u64,
        Value::List(list) => list.items.iter().map(traversal).sum(),
        Value::Map(map) => map
            .entries
            .iter()
            .map(|(key, value)| traversal(&key.value()) + traversal(value))
            .sum(),
        _ => 1,
    }
}
