//! Label selectors and field selectors: reading, matching, printing.

mod field;
mod parse;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};

pub use field::{FieldRequirement, FieldSelector, FieldSelectorError};

use crate::meta;
use crate::quote::quote;
use crate::validation::names::{is_label_value, is_qualified_name};

/// Why a label selector is refused; the texts are upstream's `labels.Parse`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// A token that can't stand where it stands.
    #[error("{0}")]
    Syntax(String),
    /// A requirement that is complete and wrong.
    #[error("unable to parse requirement: {0}")]
    Requirement(String),
    /// An operator of a `LabelSelector` object that does not exist.
    #[error("{} is not a valid label selector operator", quote(.0))]
    Operator(String),
}

/// How a requirement compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operator {
    /// `key in (a,b)`
    In,
    /// `key notin (a,b)`, also true without the label.
    NotIn,
    /// `key=a`
    Equals,
    /// `key==a`: the same, printed as it was written.
    DoubleEquals,
    /// `key!=a`, also true without the label.
    NotEquals,
    /// `key`
    Exists,
    /// `!key`
    DoesNotExist,
    /// `key>1`: both sides are integers.
    GreaterThan,
    /// `key<1`
    LessThan,
}

/// One condition on one label.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Requirement {
    key: String,
    operator: Operator,
    values: BTreeSet<String>,
}

/// A conjunction of requirements; [`Selector::nothing`] is the one that no object satisfies.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Selector {
    requirements: Vec<Requirement>,
    nothing: bool,
}

impl Requirement {
    /// Checks key, operator and values as upstream does; the error is the text after
    /// `unable to parse requirement: `.
    pub fn new(key: &str, operator: Operator, values: BTreeSet<String>) -> Result<Self, String> {
        check_key(key)?;
        let count_fault = match operator {
            Operator::In | Operator::NotIn if values.is_empty() => {
                Some("for 'in', 'notin' operators, values set can't be empty")
            }
            Operator::Equals | Operator::DoubleEquals | Operator::NotEquals
                if values.len() != 1 =>
            {
                Some("exact-match compatibility requires one single value")
            }
            Operator::Exists | Operator::DoesNotExist if !values.is_empty() => {
                Some("values set must be empty for exists and does not exist")
            }
            Operator::GreaterThan | Operator::LessThan if values.len() != 1 => {
                Some("for 'Gt', 'Lt' operators, exactly one value is required")
            }
            _ => None,
        };
        if let Some(fault) = count_fault {
            let listed: Vec<String> = values.iter().map(|value| quote(value)).collect();
            return Err(format!(
                "values: Invalid value: [{}]: {fault}",
                listed.join(",")
            ));
        }
        for (index, value) in values.iter().enumerate() {
            if matches!(operator, Operator::GreaterThan | Operator::LessThan)
                && value.parse::<i64>().is_err()
            {
                let why = "for 'Gt', 'Lt' operators, the value must be an integer";
                return Err(format!(
                    "values[{index}]: Invalid value: {}: {why}",
                    quote(value)
                ));
            }
            let faults = is_label_value(value);
            if !faults.is_empty() {
                return Err(format!(
                    "values[{index}][{key}]: Invalid value: {}: {}",
                    quote(value),
                    faults.join("; ")
                ));
            }
        }
        Ok(Self {
            key: key.to_owned(),
            operator,
            values,
        })
    }

    /// The label that is looked at.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// How it is compared.
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// The values, in order.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(String::as_str)
    }

    /// Whether a label with this value (or none) satisfies the requirement.
    pub fn matches(&self, label: Option<&str>) -> bool {
        let among = |value: &str| self.values.contains(value);
        match self.operator {
            Operator::In | Operator::Equals | Operator::DoubleEquals => label.is_some_and(among),
            Operator::NotIn | Operator::NotEquals => !label.is_some_and(among),
            Operator::Exists => label.is_some(),
            Operator::DoesNotExist => label.is_none(),
            Operator::GreaterThan => self.compare(label, |label, bound| label > bound),
            Operator::LessThan => self.compare(label, |label, bound| label < bound),
        }
    }

    fn compare(&self, label: Option<&str>, test: impl Fn(i64, i64) -> bool) -> bool {
        let label = label.and_then(|label| label.parse().ok());
        let bound = self.values.first().and_then(|bound| bound.parse().ok());
        label
            .zip(bound)
            .is_some_and(|(label, bound)| test(label, bound))
    }
}

fn check_key(key: &str) -> Result<(), String> {
    let faults = is_qualified_name(key);
    if faults.is_empty() {
        return Ok(());
    }
    // Upstream prints the absent path of its field error as `<nil>`.
    Err(format!(
        "<nil>: Invalid value: {}: {}",
        quote(key),
        faults.join("; ")
    ))
}

impl Selector {
    /// Matches every object.
    pub fn everything() -> Self {
        Self::default()
    }

    /// Matches no object.
    pub fn nothing() -> Self {
        Self {
            requirements: Vec::new(),
            nothing: true,
        }
    }

    /// Reads `a=b,c in (x,y),!d`; an empty text matches everything.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let mut requirements = parse::requirements(text)?;
        requirements.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(Self {
            requirements,
            nothing: false,
        })
    }

    /// A selector of equalities, as the spec of a Service or of a ReplicationController has it.
    pub fn from_map(labels: &Map<String, Value>) -> Self {
        let requirements = labels
            .iter()
            .filter_map(|(key, value)| {
                let values = BTreeSet::from([value.as_str()?.to_owned()]);
                Some(Requirement {
                    key: key.clone(),
                    operator: Operator::Equals,
                    values,
                })
            })
            .collect();
        Self::sorted(requirements)
    }

    /// Reads a `metav1.LabelSelector`. Null matches nothing, an empty object everything.
    pub fn from_label_selector(selector: &Value) -> Result<Self, SelectorError> {
        let Value::Object(selector) = selector else {
            return Ok(Self::nothing());
        };
        let mut requirements = Vec::new();
        for (key, value) in selector
            .get("matchLabels")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let values = BTreeSet::from([value.as_str().unwrap_or_default().to_owned()]);
            requirements.push(
                Requirement::new(key, Operator::Equals, values).map_err(SelectorError::Syntax)?,
            );
        }
        for expression in selector
            .get("matchExpressions")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            requirements.push(from_expression(expression)?);
        }
        Ok(Self::sorted(requirements))
    }

    fn sorted(mut requirements: Vec<Requirement>) -> Self {
        requirements.sort_by(|a, b| a.key.cmp(&b.key));
        Self {
            requirements,
            nothing: false,
        }
    }

    /// The conditions, ordered by key.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// Whether every object matches.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty() && !self.nothing
    }

    /// The same with one more condition.
    pub fn with(mut self, requirement: Requirement) -> Self {
        self.requirements.push(requirement);
        Self {
            nothing: self.nothing,
            ..Self::sorted(self.requirements)
        }
    }

    /// Whether labels, looked up by key, satisfy every requirement.
    pub fn matches<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        !self.nothing
            && self
                .requirements
                .iter()
                .all(|requirement| requirement.matches(label(&requirement.key)))
    }

    /// [`Selector::matches`] on a typed map of labels.
    pub fn matches_labels(&self, labels: Option<&BTreeMap<String, String>>) -> bool {
        self.matches(|key| labels?.get(key).map(String::as_str))
    }

    /// [`Selector::matches`] on a JSON map of labels.
    pub fn matches_map(&self, labels: Option<&Map<String, Value>>) -> bool {
        self.matches(|key| labels?.get(key)?.as_str())
    }

    /// [`Selector::matches`] on the labels of an object.
    pub fn matches_object(&self, object: &Value) -> bool {
        self.matches_map(meta::labels(object))
    }
}

fn from_expression(expression: &Value) -> Result<Requirement, SelectorError> {
    let operator = match expression
        .get("operator")
        .and_then(Value::as_str)
        .unwrap_or_default()
    {
        "In" => Operator::In,
        "NotIn" => Operator::NotIn,
        "Exists" => Operator::Exists,
        "DoesNotExist" => Operator::DoesNotExist,
        other => return Err(SelectorError::Operator(other.to_owned())),
    };
    let key = expression
        .get("key")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let values = expression
        .get("values")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let values = values
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    Requirement::new(key, operator, values).map_err(SelectorError::Syntax)
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = || {
            self.values
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(",")
        };
        let key = &self.key;
        match self.operator {
            Operator::Exists => f.write_str(key),
            Operator::DoesNotExist => write!(f, "!{key}"),
            Operator::Equals => write!(f, "{key}={}", values()),
            Operator::DoubleEquals => write!(f, "{key}=={}", values()),
            Operator::NotEquals => write!(f, "{key}!={}", values()),
            Operator::GreaterThan => write!(f, "{key}>{}", values()),
            Operator::LessThan => write!(f, "{key}<{}", values()),
            Operator::In => write!(f, "{key} in ({})", values()),
            Operator::NotIn => write!(f, "{key} notin ({})", values()),
        }
    }
}

/// As upstream prints selectors: requirements by key, joined by commas; empty if everything matches.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, requirement) in self.requirements.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            requirement.fmt(f)?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests;
