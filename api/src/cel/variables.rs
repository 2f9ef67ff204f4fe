//! What the names in an expression stand for during an evaluation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::cost::Budget;
use super::error::EvaluationError;
use super::value::Value;
use super::{Evaluated, Program};

/// How far one defined variable may go through others: each step takes up stack.
const MAX_CHAIN: usize = 64;

/// The name under which defined variables are found: `variables.replicas`.
pub const DEFINED: &str = "variables";

/// The values of the variables. Those that are defined by expressions (`variables.x`) are evaluated when they are
/// needed for the first time, and once.
#[derive(Default)]
pub struct Variables {
    values: HashMap<&'static str, Value>,
    defined: HashMap<Arc<str>, Arc<Program>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: HashMap<Arc<str>, Evaluated>,
    chain: usize,
}

impl Variables {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a variable.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// Gives a variable a value.
    pub fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        self.values.insert(name, value.into());
    }

    /// Adds `variables.NAME`.
    pub fn define(&mut self, name: impl Into<Arc<str>>, program: Arc<Program>) {
        self.defined.insert(name.into(), program);
    }

    /// Forgets what defined variables came to, because what they are made from has changed.
    pub fn forget(&mut self) {
        self.state = Mutex::default();
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// The value of a defined variable; `None` if there is none of that name.
    pub(super) fn defined(&self, name: &str, budget: &mut Budget) -> Option<Evaluated> {
        let (name, program) = self.defined.get_key_value(name)?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = state.known.get(name) {
            return Some(known.clone());
        }
        if state.chain >= MAX_CHAIN {
            return Some(Err(EvaluationError::message(
                "composited variables are nested too deep",
            )));
        }
        state.chain += 1;
        drop(state);
        let result = program.evaluate(self, budget).map_err(|error| {
            if error.is_cost() {
                return error;
            }
            EvaluationError::Message(format!(
                "composited variable {} fails to evaluate: {error}",
                crate::quote::quote(name)
            ))
        });
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.chain -= 1;
        state.known.insert(name.clone(), result.clone());
        Some(result)
    }
}
