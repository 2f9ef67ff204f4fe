//! The functions that templates can call, one table: those of `text/template`, and kubectl's own.

use super::{
    compare, escape,
    format::{sprint, sprintf, sprintln},
    value::{Data, Value},
};
use base64::{
    Engine, alphabet,
    engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig},
};

/// A result, or why there is none.
pub type Answer<'v> = Result<Value<'v>, String>;

/// What a function takes.
#[derive(Clone, Copy)]
pub enum Parameter {
    /// Go's `reflect.Value`: also no value at all, and a nil in its interface.
    Any,
    /// Go's `interface {}`.
    Interface,
    Text,
}

#[derive(Clone, Copy)]
pub enum Run {
    Plain(for<'v> fn(&[Value<'v>]) -> Answer<'v>),
    /// `or` and `and`: the first argument of this truth, or the last.
    FirstThatIs(bool),
    /// `call`, whose messages show what was to be called.
    Call,
}

pub struct Function {
    pub name: &'static str,
    pub fixed: &'static [Parameter],
    /// What may follow, any number of times.
    pub rest: Option<Parameter>,
    pub run: Run,
}

impl Function {
    pub fn parameter(&self, index: usize) -> Parameter {
        let fixed = self.fixed.get(index).copied();
        fixed.or(self.rest).unwrap_or(Parameter::Any)
    }
}

use Parameter::{Any, Interface, Text};
use Run::Plain;

/// By name.
const FUNCTIONS: &[Function] = &[
    function("and", &[Any], Some(Any), Run::FirstThatIs(false)),
    function("base64decode", &[Text], None, Plain(base64decode)),
    function("call", &[Any], Some(Any), Run::Call),
    function("eq", &[Any], Some(Any), Plain(compare::eq)),
    function("exists", &[Interface], Some(Interface), Plain(exists)),
    function("ge", &[Any, Any], None, Plain(compare::ge)),
    function("gt", &[Any, Any], None, Plain(compare::gt)),
    function("html", &[], Some(Interface), Plain(escape::html)),
    function("index", &[Any], Some(Any), Plain(index)),
    function("js", &[], Some(Interface), Plain(escape::js)),
    function("le", &[Any, Any], None, Plain(compare::le)),
    function("len", &[Any], None, Plain(len)),
    function("lt", &[Any, Any], None, Plain(compare::lt)),
    function("ne", &[Any, Any], None, Plain(compare::ne)),
    function("not", &[Any], None, Plain(not)),
    function("or", &[Any], Some(Any), Run::FirstThatIs(true)),
    function("print", &[], Some(Interface), Plain(print)),
    function("printf", &[Text], Some(Interface), Plain(printf)),
    function("println", &[], Some(Interface), Plain(println)),
    function("slice", &[Any], Some(Any), Plain(slice)),
    function("urlquery", &[], Some(Interface), Plain(escape::urlquery)),
];

const fn function(
    name: &'static str,
    fixed: &'static [Parameter],
    rest: Option<Parameter>,
    run: Run,
) -> Function {
    Function {
        name,
        fixed,
        rest,
        run,
    }
}

pub fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

fn print<'v>(arguments: &[Value<'v>]) -> Answer<'v> {
    Ok(Value::text(sprint(arguments)))
}

fn println<'v>(arguments: &[Value<'v>]) -> Answer<'v> {
    Ok(Value::text(sprintln(arguments)))
}

fn printf<'v>(arguments: &[Value<'v>]) -> Answer<'v> {
    Ok(match arguments {
        [
            Value {
                data: Data::Text(format),
                ..
            },
            rest @ ..,
        ] => Value::text(sprintf(format, rest)),
        _ => Value::NONE,
    })
}

fn not<'v>(arguments: &[Value<'v>]) -> Answer<'v> {
    Ok(Data::Bool(!arguments[0].is_true()).into())
}

fn len<'v>(arguments: &[Value<'v>]) -> Answer<'v> {
    let item = &arguments[0];
    let length = match &item.data {
        Data::Text(text) => text.len(),
        Data::Map(map) => map.len(),
        Data::List(items) => items.len(),
        Data::Nil if item.boxed => return Err("len of nil pointer".to_owned()),
        Data::Nil => {
            return Err("reflect: call of reflect.Value.Type on zero Value".to_owned());
        }
        data => return Err(format!("len of type {}", data.type_name())),
    };
    Ok(Data::Int(length as i64).into())
}

/// `index x 1 "a"` is Go's `x[1]["a"]`.
fn index<'v>(arguments: &[Value<'v>]) -> Answer<'v> {
    let Some((item, indexes)) = arguments.split_first() else {
        return Ok(Value::NONE);
    };
    if matches!(item.data, Data::Nil) {
        return Err("index of untyped nil".to_owned());
    }
    let mut item = item.clone().unboxed();
    for index in indexes {
        item = match &item.data {
            Data::Nil => return Err("index of nil pointer".to_owned()),
            Data::Map(map) => match &index.data {
                Data::Text(key) => std::str::from_utf8(key)
                    .ok()
                    .and_then(|key| map.get(key))
                    .map_or(Value::NIL, Value::held),
                Data::Nil => return Err("value is nil; should be of type string".to_owned()),
                data => {
                    let type_name = data.type_name();
                    return Err(format!("value has type {type_name}; should be string"));
                }
            },
            Data::List(items) => {
                let at = position(&index.data, items.len())?;
                let item = items.get(at).map(Value::held);
                item.ok_or("reflect: slice index out of range")?
            }
            Data::Text(text) => {
                let at = position(&index.data, text.len())?;
                let byte = text.get(at).copied();
                Data::Byte(byte.ok_or("reflect: string index out of range")?).into()
            }
            data => return Err(format!("can't index item of type {}", data.type_name())),
        };
    }
    Ok(item)
}

/// A place in something of this length, its end included.
fn position(index: &Data<'_>, length: usize) -> Result<usize, String> {
    match (index, index.integer()) {
        (_, Some(number)) => usize::try_from(number)
            .ok()
            .filter(|at| *at <= length)
            .ok_or_else(|| format!("index out of range: {number}")),
        (Data::Nil, None) => Err("cannot index slice/array with nil".to_owned()),
        (other, None) => Err(format!(
            "cannot index slice/array with type {}",
            other.type_name()
        )),
    }
}

/// `slice x 1 2` is Go's `x[1:2]`.
fn slice<'v>(arguments: &[Value<'v>]) -> Answer<'v> {
    let Some((item, indexes)) = arguments.split_first() else {
        return Ok(Value::NONE);
    };
    if matches!(item.data, Data::Nil) {
        return Err("slice of untyped nil".to_owned());
    }
    if indexes.len() > 3 {
        return Err(format!("too many slice indexes: {}", indexes.len()));
    }
    let length = match &item.data {
        Data::Text(_) if indexes.len() == 3 => {
            return Err("cannot 3-index slice a string".to_owned());
        }
        Data::Text(text) => text.len(),
        Data::List(items) => items.len(),
        data => return Err(format!("can't slice item of type {}", data.type_name())),
    };
    let mut bounds = [0, length, length];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        // Unlike `index`, Go does not look into the interface here.
        *bound = match index.boxed {
            true => return Err("cannot index slice/array with type interface {}".to_owned()),
            false => position(&index.data, length)?,
        };
    }
    let [from, to, capacity] = bounds;
    if from > to {
        return Err(format!("invalid slice index: {from} > {to}"));
    }
    if to > capacity {
        return Err(format!("invalid slice index: {to} > {capacity}"));
    }
    Ok(match &item.data {
        Data::List(items) => Data::List(&items[from..to]).into(),
        Data::Text(text) => Value::text(&text[from..to]),
        _ => Value::NONE,
    })
}

/// Always a refusal: an object has no functions in it.
pub fn call<'v>(callee: &str, function: &Value<'v>) -> Answer<'v> {
    Err(match &function.data {
        Data::Nil => "call of nil".to_owned(),
        data => format!("non-function {callee} of type {}", data.type_name()),
    })
}

/// Go's `reflect.Value.String`.
pub fn go_string(value: &Value<'_>) -> String {
    match &value.data {
        Data::Text(text) => String::from_utf8_lossy(text).into_owned(),
        Data::Nil if !value.boxed => "<invalid Value>".to_owned(),
        data => format!("<{} Value>", data.type_name()),
    }
}

/// `exists . "metadata" "name"`: whether the path leads somewhere.
fn exists<'v>(arguments: &[Value<'v>]) -> Answer<'v> {
    let Some((item, indexes)) = arguments.split_first() else {
        return Ok(Data::Bool(false).into());
    };
    let mut here = item.data.clone();
    for index in indexes {
        let at = index.data.integer().and_then(|at| usize::try_from(at).ok());
        let next = match (&here, &index.data) {
            (Data::Map(map), Data::Text(key)) => std::str::from_utf8(key)
                .ok()
                .and_then(|key| map.get(key))
                .map(Data::from),
            // Go looks for the empty key then.
            (Data::Map(map), Data::Nil) => map.get("").map(Data::from),
            (Data::List(items), _) => at.and_then(|at| items.get(at)).map(Data::from),
            (Data::Text(text), _) => at.and_then(|at| text.get(at)).copied().map(Data::Byte),
            _ => None,
        };
        match next {
            Some(next) => here = next,
            None => return Ok(Data::Bool(false).into()),
        }
    }
    // Go finds no fault with a nil that nothing was looked for in.
    let found = indexes.is_empty() || !matches!(here, Data::Nil);
    Ok(Data::Bool(found).into())
}

fn base64decode<'v>(arguments: &[Value<'v>]) -> Answer<'v> {
    let Data::Text(text) = &arguments[0].data else {
        return Ok(Value::NONE);
    };
    if let Some(at) = knarr_api::base64::fault(text) {
        return Err(format!(
            "base64 decode failed: illegal base64 data at input byte {at}"
        ));
    }
    let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let bytes: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !is_break(byte))
        .collect();
    let lax = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let decoded = GeneralPurpose::new(&alphabet::STANDARD, lax).decode(bytes);
    decoded
        .map(Value::text)
        .map_err(|error| format!("base64 decode failed: {error}"))
}
