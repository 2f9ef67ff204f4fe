//! The comparing functions of templates.

use super::{
    format::shown,
    functions::Answer,
    value::{Data, Value},
};
use std::cmp::Ordering;

const BAD_TYPE: &str = "invalid type for comparison";

/// `a == b || a == c …`
pub fn eq<'v>(arguments: &[Value<'v>]) -> Answer<'v> {
    match arguments {
        [first, others @ ..] if !others.is_empty() => {
            for other in others {
                if equal(&first.data, &other.data)? {
                    return truth(true);
                }
            }
            truth(false)
        }
        _ => Err("missing argument for comparison".to_owned()),
    }
}

pub fn ne<'v>(arguments: &[Value<'v>]) -> Answer<'v> {
    truth(!equal(&arguments[0].data, &arguments[1].data)?)
}

pub fn lt<'v>(arguments: &[Value<'v>]) -> Answer<'v> {
    truth(order(arguments)? == Some(Ordering::Less))
}

pub fn le<'v>(arguments: &[Value<'v>]) -> Answer<'v> {
    truth(matches!(
        order(arguments)?,
        Some(Ordering::Less | Ordering::Equal)
    ))
}

pub fn gt<'v>(arguments: &[Value<'v>]) -> Answer<'v> {
    truth(order(arguments)? == Some(Ordering::Greater))
}

pub fn ge<'v>(arguments: &[Value<'v>]) -> Answer<'v> {
    truth(matches!(
        order(arguments)?,
        Some(Ordering::Greater | Ordering::Equal)
    ))
}

fn truth<'v>(truth: bool) -> Answer<'v> {
    Ok(Data::Bool(truth).into())
}

fn equal(left: &Data<'_>, right: &Data<'_>) -> Result<bool, String> {
    if let (Some(left), Some(right)) = (left.integer(), right.integer()) {
        return Ok(left == right);
    }
    Ok(match (left, right) {
        (Data::Nil, Data::Nil) => true,
        (Data::Nil, _) | (_, Data::Nil) => false,
        (Data::Bool(left), Data::Bool(right)) => left == right,
        (Data::Float(left), Data::Float(right)) => left == right,
        (Data::Complex(real, imaginary), Data::Complex(other, another)) => {
            real == other && imaginary == another
        }
        (Data::Text(left), Data::Text(right)) => left == right,
        (Data::Map(_), Data::Map(_)) | (Data::List(_), Data::List(_)) => {
            return Err(format!(
                "non-comparable type {}: {}",
                shown(right, 's'),
                right.type_name()
            ));
        }
        (Data::Map(_), Data::List(_)) | (Data::List(_), Data::Map(_)) => {
            return Err(format!(
                "non-comparable types {}: {}, {}: {}",
                shown(left, 's'),
                left.type_name(),
                right.type_name(),
                shown(right, 'v')
            ));
        }
        _ => return Err(incompatible(left, right)),
    })
}

fn incompatible(left: &Data<'_>, right: &Data<'_>) -> String {
    format!(
        "incompatible types for comparison: {} and {}",
        left.type_name(),
        right.type_name()
    )
}

fn order(arguments: &[Value<'_>]) -> Result<Option<Ordering>, String> {
    let (left, right) = (&arguments[0].data, &arguments[1].data);
    let has_order = |data: &Data<'_>| !matches!(data, Data::Nil | Data::Map(_) | Data::List(_));
    if !has_order(left) || !has_order(right) {
        return Err(BAD_TYPE.to_owned());
    }
    if let (Some(left), Some(right)) = (left.integer(), right.integer()) {
        return Ok(Some(left.cmp(&right)));
    }
    match (left, right) {
        (Data::Float(left), Data::Float(right)) => Ok(left.partial_cmp(right)),
        (Data::Text(left), Data::Text(right)) => Ok(Some(left.cmp(right))),
        (Data::Bool(_), Data::Bool(_)) | (Data::Complex(..), Data::Complex(..)) => {
            Err(BAD_TYPE.to_owned())
        }
        _ => Err(incompatible(left, right)),
    }
}
