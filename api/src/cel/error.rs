//! What can be wrong with an expression, in the words of cel-go.

use std::fmt;

/// One fault of an expression, at an offset in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    pub position: u32,
    pub message: String,
}

/// All faults of an expression.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Issues(pub Vec<Issue>);

impl Issues {
    pub fn one(issue: Issue) -> Self {
        Self(vec![issue])
    }
}

/// Why an expression does not compile. Prints as cel-go prints its issues: the place, the line, and a pointer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct CompileError {
    text: String,
    /// The messages alone.
    pub messages: Vec<String>,
}

impl CompileError {
    pub(super) fn new(source: &str, mut issues: Issues) -> Self {
        issues.0.sort_by_key(|issue| issue.position);
        let text: Vec<String> = issues
            .0
            .iter()
            .map(|issue| located(source, issue))
            .collect();
        Self {
            text: text.join("\n"),
            messages: issues.0.into_iter().map(|issue| issue.message).collect(),
        }
    }
}

/// No pointer is drawn under a longer line.
const LONGEST_POINTED_LINE: usize = 10_000;

fn located(source: &str, issue: &Issue) -> String {
    let (mut line, mut column) = (1, 0);
    let mut start = 0;
    for (index, (offset, character)) in source.char_indices().enumerate() {
        if index as u32 >= issue.position {
            break;
        }
        column += 1;
        if character == '\n' {
            line += 1;
            column = 0;
            start = offset + 1;
        }
    }
    let text = source[start..].lines().next().unwrap_or("");
    let head = format!("ERROR: <input>:{line}:{}: {}", column + 1, issue.message);
    if text.len() > LONGEST_POINTED_LINE {
        return head;
    }
    let text = text.replace('\t', " ");
    format!("{head}\n | {text}\n | {}^", ".".repeat(column))
}

/// Why the evaluation of an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EvaluationError {
    /// No function takes such arguments.
    NoSuchOverload,
    /// A map or an object has no such key.
    NoSuchKey(String),
    /// A variable has no value.
    NoSuchAttribute(String),
    /// The limit of one evaluation is passed.
    CostLimit,
    /// The budget that several evaluations share is used up.
    BudgetExceeded,
    /// Anything else, in the words of the function that failed.
    Message(String),
}

impl EvaluationError {
    pub(super) fn message(text: impl Into<String>) -> Self {
        Self::Message(text.into())
    }

    /// Whether the cost is what ended it: nothing absorbs such an error.
    pub fn is_cost(&self) -> bool {
        matches!(self, Self::CostLimit | Self::BudgetExceeded)
    }
}

impl fmt::Display for EvaluationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchOverload => f.write_str("no such overload"),
            Self::NoSuchKey(key) => write!(f, "no such key: {key}"),
            Self::NoSuchAttribute(name) => write!(f, "no such attribute(s): {name}"),
            Self::CostLimit => {
                f.write_str("operation cancelled: actual cost limit exceeded")
            }
            Self::BudgetExceeded => f.write_str(
                "validation failed due to running out of cost budget, no further validation rules will be run",
            ),
            Self::Message(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for EvaluationError {}
