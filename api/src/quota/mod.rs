//! What objects cost in the terms of a ResourceQuota: usage by resource name, the scopes that a quota is limited to, and
//! what a quota requires to be said. The API server charges by it, the quota controller counts by it.
//! <https://kubernetes.io/docs/concepts/policy/resource-quotas/>

pub mod pod;
mod scope;
mod usage;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use scope::in_scope;
pub use usage::{measures, unspecified, usage};

use crate::quantity::Quantity;

/// Amounts by resource name.
pub type Amounts = BTreeMap<String, Quantity>;

/// Reads a resource list; what is no quantity counts nothing.
pub fn read(list: &Value) -> Amounts {
    let all = list.as_object().into_iter().flatten();
    all.filter_map(|(name, value)| Some((name.clone(), Quantity::from_value(value).ok()?)))
        .collect()
}

/// A resource list as objects carry it.
pub fn write(amounts: &Amounts) -> Value {
    let all = amounts.iter();
    Value::Object(
        all.map(|(name, amount)| (name.clone(), amount.to_string().into()))
            .collect::<Map<_, _>>(),
    )
}

/// `cpu=1,memory=2Gi`, as error texts show a resource list.
pub fn show(amounts: &Amounts) -> String {
    let all = amounts
        .iter()
        .map(|(name, amount)| format!("{name}={amount}"));
    all.collect::<Vec<_>>().join(",")
}

/// Adds every amount.
pub fn add(total: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        match total.get_mut(name) {
            Some(sum) => *sum += *amount,
            None => {
                total.insert(name.clone(), *amount);
            }
        }
    }
}

/// What `new` has more of than `old`; nothing is less than zero.
pub fn growth(new: &Amounts, old: &Amounts) -> Amounts {
    let all = new.iter().map(|(name, amount)| {
        let before = old.get(name).copied().unwrap_or(Quantity::ZERO);
        let more = if *amount > before {
            *amount - before
        } else {
            Quantity::ZERO
        };
        (name.clone(), more)
    });
    all.collect()
}

/// Only the amounts of these names.
pub fn only<'a>(amounts: &Amounts, names: impl IntoIterator<Item = &'a String>) -> Amounts {
    let found = names
        .into_iter()
        .filter_map(|name| Some((name.clone(), *amounts.get(name)?)));
    found.collect()
}

/// The names of which there would be more than the hard limit; `more` is what is asked for.
pub fn exceeded(hard: &Amounts, used: &Amounts, more: &Amounts) -> Vec<String> {
    let over = more.iter().filter(|(name, amount)| {
        let Some(limit) = hard.get(*name) else {
            return false;
        };
        let used = used.get(*name).copied().unwrap_or(Quantity::ZERO);
        used + **amount > *limit
    });
    over.map(|(name, _)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_would_be_too_much() {
        let hard = read(&json!({"pods": "2", "cpu": "1"}));
        let used = read(&json!({"pods": "1", "cpu": "900m"}));
        let more = read(&json!({"pods": "1", "cpu": "200m", "memory": "1Gi"}));
        assert_eq!(exceeded(&hard, &used, &more), ["cpu"]);
        assert_eq!(show(&only(&more, &["cpu".to_owned()])), "cpu=200m");
    }

    #[test]
    fn growth_is_never_negative() {
        let (new, old) = (
            read(&json!({"a": "1", "b": "3"})),
            read(&json!({"a": "2", "b": "1"})),
        );
        assert_eq!(show(&growth(&new, &old)), "a=0,b=2");
    }

    #[test]
    fn lists_are_read_and_written() {
        let mut sum = read(&json!({"cpu": "500m", "x": []}));
        add(&mut sum, &read(&json!({"cpu": "1", "memory": "1Mi"})));
        assert_eq!(write(&sum), json!({"cpu": "1500m", "memory": "1Mi"}));
    }
}
