//! The functions that expressions can call, by library. The table says what exists; each file is one library.

pub mod arithmetic;
pub mod authorization;
pub mod cidr;
pub mod comparison;
pub mod conversions;
pub mod format;
pub mod ip;
pub mod json_patch;
pub mod lists;
pub mod optionals;
pub mod quantity;
pub mod regexes;
pub mod semver;
pub mod sets;
pub mod string_format;
pub mod strings;
pub mod times;
pub mod url;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::error::EvaluationError;
use super::types::{self, Type};
use super::value::Value;

/// What a function gives.
pub type Outcome = Result<Value, EvaluationError>;

/// One overload, as a library declares it.
pub struct Row {
    /// The function or the operator.
    pub name: &'static str,
    /// Called on its first argument.
    pub method: bool,
    /// The types of the arguments (the receiver first) and of the result.
    pub signature: &'static str,
    pub run: fn(&[Value]) -> Outcome,
}

/// A function.
pub const fn function(
    name: &'static str,
    signature: &'static str,
    run: fn(&[Value]) -> Outcome,
) -> Row {
    Row {
        name,
        method: false,
        signature,
        run,
    }
}

/// A method.
pub const fn method(
    name: &'static str,
    signature: &'static str,
    run: fn(&[Value]) -> Outcome,
) -> Row {
    Row {
        name,
        method: true,
        signature,
        run,
    }
}

/// One overload with its types read.
pub struct Overload {
    pub name: &'static str,
    pub args: Vec<Type>,
    pub result: Type,
    pub run: fn(&[Value]) -> Outcome,
}

/// Every library.
const LIBRARIES: &[&[Row]] = &[
    arithmetic::ROWS,
    comparison::ROWS,
    conversions::ROWS,
    strings::ROWS,
    string_format::ROWS,
    times::ROWS,
    lists::ROWS,
    sets::ROWS,
    optionals::ROWS,
    regexes::ROWS,
    url::ROWS,
    ip::ROWS,
    cidr::ROWS,
    quantity::ROWS,
    semver::ROWS,
    format::ROWS,
    json_patch::ROWS,
    authorization::ROWS,
];

type Index = HashMap<(&'static str, bool), Vec<Overload>>;

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index::new();
    for row in LIBRARIES.iter().copied().flatten() {
        let (args, result) = types::signature(row.signature);
        index
            .entry((row.name, row.method))
            .or_default()
            .push(Overload {
                name: row.name,
                args,
                result,
                run: row.run,
            });
    }
    index
});

/// The overloads of a function, or of a method.
pub fn overloads(name: &str, method: bool) -> &'static [Overload] {
    // The key borrows for as long as the table lives, which a local name does not: so the lifetime is not asked for.
    static NAMES: LazyLock<HashMap<(String, bool), &'static [Overload]>> = LazyLock::new(|| {
        INDEX
            .iter()
            .map(|((name, method), overloads)| {
                (((*name).to_owned(), *method), overloads.as_slice())
            })
            .collect()
    });
    NAMES
        .get(&(name.to_owned(), method))
        .copied()
        .unwrap_or_default()
}

/// Whether there is a function (no method) of that name.
pub fn has_function(name: &str) -> bool {
    !overloads(name, false).is_empty()
}

/// Whether a value can be an argument of that type, as far as its outermost type tells.
pub fn accepts(type_: &Type, value: &Value) -> bool {
    match (type_, value) {
        (Type::Dyn | Type::Variable(_), _)
        | (Type::Null, Value::Null)
        | (Type::Bool, Value::Bool(_))
        | (Type::Int, Value::Int(_))
        | (Type::Uint, Value::Uint(_))
        | (Type::Double, Value::Double(_))
        | (Type::String, Value::String(_))
        | (Type::Bytes, Value::Bytes(_))
        | (Type::Timestamp, Value::Timestamp(_))
        | (Type::Duration, Value::Duration(_))
        | (Type::List(_), Value::List(_))
        | (Type::Map(_), Value::Map(_))
        | (Type::Optional(_), Value::Optional(_))
        | (Type::Type, Value::Type(_)) => true,
        (Type::Opaque(name), value) => value.type_name() == *name,
        _ => false,
    }
}

/// Calls the overload that takes the arguments.
pub fn call(overloads: &[Overload], args: &[Value]) -> Outcome {
    let overload = overloads.iter().find(|overload| {
        overload.args.len() == args.len()
            && overload
                .args
                .iter()
                .zip(args)
                .all(|(type_, value)| accepts(type_, value))
    });
    match overload {
        Some(overload) => (overload.run)(args),
        None => Err(EvaluationError::NoSuchOverload),
    }
}

/// What a function says when it is given what its signature rules out.
pub(super) fn mismatch<T>() -> Result<T, EvaluationError> {
    Err(EvaluationError::NoSuchOverload)
}

/// A failure in the words of a function.
pub(super) fn failure<T>(text: impl Into<String>) -> Result<T, EvaluationError> {
    Err(EvaluationError::message(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_overload_is_declared_twice() {
        for ((name, method), overloads) in INDEX.iter() {
            for (index, overload) in overloads.iter().enumerate() {
                let again = overloads[index + 1..]
                    .iter()
                    .any(|other| other.args == overload.args);
                assert!(!again, "{name} (method: {method}) has an overload twice");
                assert!(!(*method && overload.args.is_empty()), "{name}");
            }
        }
    }
}
