//! The evaluation of a tree. Costs are counted at each node, and end the evaluation when they pass the limit.

use std::sync::Arc;

use super::ast::{Call, Condition, Entry, Expr, ExprKind, Fold, Index, Select, Struct};
use super::cost::{self, Budget};
use super::equality;
use super::error::EvaluationError;
use super::libraries::{self, lists};
use super::macros::ACCUMULATOR;
use super::value::{Key, List, Map, Value};
use super::variables::{DEFINED, Variables};
use super::{Evaluated, type_named};

/// One evaluation.
pub struct Evaluator<'v> {
    variables: &'v Variables,
    budget: &'v mut Budget,
    /// What this evaluation has cost so far.
    pub cost: u64,
    /// The variables of folds, the innermost last. An accumulator may be an error that a later item absorbs.
    scopes: Vec<(Arc<str>, Evaluated)>,
}

impl<'v> Evaluator<'v> {
    pub fn new(variables: &'v Variables, budget: &'v mut Budget) -> Self {
        Self {
            variables,
            budget,
            cost: 0,
            scopes: Vec::new(),
        }
    }

    fn charge(&mut self, cost: u64) -> Result<(), EvaluationError> {
        self.cost = self.cost.saturating_add(cost);
        if self.cost > cost::PER_CALL_LIMIT {
            return Err(EvaluationError::CostLimit);
        }
        Ok(())
    }

    /// The value of a node.
    pub fn eval(&mut self, expression: &Expr) -> Evaluated {
        match &expression.kind {
            ExprKind::Literal(value) => Ok(value.clone()),
            ExprKind::Ident(name) => self.ident(name),
            ExprKind::Select(select) => self.select(select),
            ExprKind::Index(index) => self.index(index),
            ExprKind::And(pair) => self.logical(&pair.0, &pair.1, false),
            ExprKind::Or(pair) => self.logical(&pair.0, &pair.1, true),
            ExprKind::Conditional(parts) => match self.eval(&parts.0)? {
                Value::Bool(true) => self.eval(&parts.1),
                Value::Bool(false) => self.eval(&parts.2),
                _ => Err(EvaluationError::NoSuchOverload),
            },
            ExprKind::Call(call) => self.call(call),
            ExprKind::List(elements) => {
                let constant = expression.is_constant();
                let mut items = Vec::with_capacity(elements.len());
                for element in elements {
                    let value = self.eval(&element.value)?;
                    items.extend(present(value, element.optional, "list element")?);
                }
                if !constant {
                    self.charge(cost::LIST_CREATION)?;
                }
                Ok(Value::list(items))
            }
            ExprKind::Map(entries) => self.map(entries, expression.is_constant()),
            ExprKind::Struct(literal) => self.structure(literal),
            ExprKind::Fold(fold) => self.fold(fold),
        }
    }

    fn ident(&mut self, name: &str) -> Evaluated {
        let bound = self.scopes.iter().rev().find(|(own, _)| **own == *name);
        let known = bound.map(|(_, value)| value.clone());
        let known = known.or_else(|| self.variables.get(name).cloned().map(Ok));
        // The name of a type is a constant.
        if let (None, Some(type_)) = (&known, type_named(name)) {
            return Ok(type_);
        }
        self.charge(cost::ACCESS)?;
        known.unwrap_or_else(|| Err(EvaluationError::NoSuchAttribute(name.to_owned())))
    }

    /// Whether an identifier is a fold's variable.
    fn is_bound(&self, name: &str) -> bool {
        self.scopes.iter().any(|(own, _)| **own == *name)
    }

    /// `variables.x` and `authorizer.requestResource` are names of their own.
    fn qualified(&mut self, select: &Select) -> Option<Evaluated> {
        let ExprKind::Ident(operand) = &select.operand.kind else {
            let name = select.operand.qualified_name()?;
            let full = format!("{name}.{}", select.field);
            return type_named(&full).map(Ok);
        };
        if self.is_bound(operand) {
            return None;
        }
        match &**operand {
            DEFINED => self.variables.defined(&select.field, self.budget),
            "authorizer" if &*select.field == "requestResource" => {
                let value = self.variables.get("authorizer.requestResource")?;
                Some(Ok(value.clone()))
            }
            name => type_named(&format!("{name}.{}", select.field)).map(Ok),
        }
    }

    fn select(&mut self, select: &Select) -> Evaluated {
        if let Some(value) = self.qualified(select) {
            self.charge(2 * cost::ACCESS)?;
            let value = value?;
            return Ok(if select.test_only {
                Value::Bool(true)
            } else {
                wrapped(Some(value), select.optional)
            });
        }
        let operand = self.eval(&select.operand)?;
        self.reach_into(&select.operand)?;
        if select.test_only {
            return Ok(Value::Bool(field(&operand, &select.field).is_some()));
        }
        self.charge(cost::ACCESS)?;
        match (&operand, select.optional) {
            (Value::Optional(inner), _) => {
                let found = inner
                    .as_deref()
                    .and_then(|inner| field(inner, &select.field));
                Ok(wrapped(found, true))
            }
            (_, true) => Ok(wrapped(field(&operand, &select.field), true)),
            (_, false) => field(&operand, &select.field)
                .ok_or_else(|| EvaluationError::NoSuchKey(select.field.to_string())),
        }
    }

    /// Going on from what is no name costs as much as a name.
    fn reach_into(&mut self, operand: &Expr) -> Result<(), EvaluationError> {
        match &operand.kind {
            ExprKind::Ident(_) | ExprKind::Select(_) | ExprKind::Index(_) => Ok(()),
            _ => self.charge(cost::ACCESS),
        }
    }

    fn index(&mut self, index: &Index) -> Evaluated {
        let operand = self.eval(&index.operand)?;
        self.reach_into(&index.operand)?;
        let before = self.cost;
        let key = self.eval(&index.key)?;
        if matches!(index.key.kind, ExprKind::Ident(_)) {
            self.cost = before;
        }
        self.charge(cost::ACCESS)?;
        match (&operand, index.optional) {
            (Value::Optional(None), _) => Ok(Value::Optional(None)),
            (Value::Optional(Some(inner)), _) => Ok(wrapped(item(inner, &key).ok(), true)),
            (_, true) => Ok(wrapped(item(&operand, &key).ok(), true)),
            (_, false) => item(&operand, &key),
        }
    }

    /// `&&` (absorbed by false) and `||` (absorbed by true): an error on one side means nothing if the other decides.
    fn logical(&mut self, left: &Expr, right: &Expr, decisive: bool) -> Evaluated {
        let left = self.eval(left);
        match &left {
            Ok(Value::Bool(truth)) if *truth == decisive => return left,
            Err(error) if error.is_cost() => return left,
            _ => {}
        }
        let right = self.eval(right);
        match (left, right) {
            (_, Err(error)) if error.is_cost() => Err(error),
            (_, Ok(Value::Bool(truth))) if truth == decisive => Ok(Value::Bool(truth)),
            (Err(error), _) => Err(error),
            (Ok(Value::Bool(_)), Ok(Value::Bool(_))) => Ok(Value::Bool(!decisive)),
            (Ok(Value::Bool(_)), Err(error)) => Err(error),
            _ => Err(EvaluationError::NoSuchOverload),
        }
    }

    fn call(&mut self, call: &Call) -> Evaluated {
        if let Some(result) = self.accumulate(call) {
            return result;
        }
        let mut args = Vec::with_capacity(call.args.len());
        for (index, argument) in call.args.iter().enumerate() {
            args.push(self.eval(argument)?);
            if index > 0 || !call.method {
                continue;
            }
            // What an optional holds makes its alternative needless.
            match (&*call.function, &args[0]) {
                ("or", Value::Optional(Some(_))) => return Ok(args.swap_remove(0)),
                ("orValue", Value::Optional(Some(inner))) => return Ok(Value::clone(inner)),
                _ => {}
            }
        }
        let result = libraries::call(call.overloads, &args);
        // What is known beforehand, and looked up in it, costs nothing.
        let free = match &*call.function {
            "@in" => matches!(&args[1], Value::List(_)) && call.args[1].is_constant(),
            _ => call.is_conversion() && call.args[0].is_constant(),
        };
        if !free {
            self.charge(cost::of_call(&call.function, &args, result.as_ref().ok()))?;
        }
        result
    }

    /// One more item for the list or map that a fold builds: in place, or a fold would copy it for every item.
    fn accumulate(&mut self, call: &Call) -> Option<Evaluated> {
        let (target, more) = call.args.split_first()?;
        let ExprKind::Ident(name) = &target.kind else {
            return None;
        };
        if &**name != ACCUMULATOR || !matches!(&*call.function, "_+_" | "cel.@mapInsert") {
            return None;
        }
        let at = self.scopes.iter().rposition(|(own, _)| own == name)?;
        if !matches!(self.scopes[at].1, Ok(Value::List(_) | Value::Map(_))) {
            return None;
        }
        let taken = std::mem::replace(&mut self.scopes[at].1, Ok(Value::Null));
        Some(self.extend(taken, more))
    }

    fn extend(&mut self, accumulator: Evaluated, more: &[Expr]) -> Evaluated {
        let more: Result<Vec<Value>, _> = more.iter().map(|part| self.eval(part)).collect();
        let more = more?;
        self.charge(cost::ACCESS + 1)?;
        match (accumulator?, more.as_slice()) {
            (Value::List(mut list), [Value::List(more)]) => {
                equality::extend(Arc::make_mut(&mut list), more);
                Ok(Value::List(list))
            }
            (Value::Map(mut map), more) => {
                lists::insert_into(Arc::make_mut(&mut map), more)?;
                Ok(Value::Map(map))
            }
            _ => Err(EvaluationError::NoSuchOverload),
        }
    }

    fn map(&mut self, entries: &[Entry], constant: bool) -> Evaluated {
        let mut map = Map::default();
        for entry in entries {
            let key = self.eval(&entry.key)?;
            let value = self.eval(&entry.value)?;
            let Some(value) = present(value, entry.optional, "entry")? else {
                continue;
            };
            let key = Key::of(&key).ok_or_else(|| {
                EvaluationError::message(format!("unsupported key type: {}", key.type_name()))
            })?;
            map.entries.insert(key, value);
        }
        if !constant {
            self.charge(cost::MAP_CREATION)?;
        }
        Ok(Value::Map(Arc::new(map)))
    }

    fn structure(&mut self, literal: &Struct) -> Evaluated {
        let mut map = Map {
            type_name: Some(literal.type_name.clone()),
            ..Map::default()
        };
        for field in &literal.fields {
            let value = self.eval(&field.value)?;
            if let Some(value) = present(value, field.optional, "field")? {
                map.entries.insert(Key::String(field.name.clone()), value);
            }
        }
        self.charge(cost::STRUCT_CREATION)?;
        Ok(Value::Map(Arc::new(map)))
    }

    fn fold(&mut self, fold: &Fold) -> Evaluated {
        let range = self.eval(&fold.range)?;
        let initial = self.eval(&fold.initial);
        if initial.as_ref().is_err_and(EvaluationError::is_cost) {
            return initial;
        }
        let depth = self.scopes.len();
        self.scopes.push((fold.accumulator.clone(), initial));
        let result = self
            .iterate(fold, &range, depth)
            .and_then(|()| self.eval(&fold.result));
        self.scopes.truncate(depth);
        result
    }

    fn iterate(&mut self, fold: &Fold, range: &Value, depth: usize) -> Result<(), EvaluationError> {
        match range {
            Value::List(list) => {
                for (index, item) in list.items.iter().enumerate() {
                    let first = match fold.second {
                        Some(_) => Value::Int(index as i64),
                        None => item.clone(),
                    };
                    if !self.step(fold, first, item, depth)? {
                        break;
                    }
                }
            }
            Value::Map(map) => {
                for (key, value) in &map.entries {
                    if !self.step(fold, key.value(), value, depth)? {
                        break;
                    }
                }
            }
            other => {
                return Err(EvaluationError::message(format!(
                    "got '{}', expected iterable type",
                    go_type(other)
                )));
            }
        }
        Ok(())
    }

    /// One round of a fold; false if it is decided.
    fn step(
        &mut self,
        fold: &Fold,
        first: Value,
        second: &Value,
        depth: usize,
    ) -> Result<bool, EvaluationError> {
        let accumulator = &self.scopes[depth].1;
        let (price, decided) = match fold.condition {
            Condition::Always => (0, false),
            Condition::Never => (0, true),
            Condition::WhileTrue => (2, matches!(accumulator, Ok(Value::Bool(false)))),
            Condition::WhileFalse => (3, matches!(accumulator, Ok(Value::Bool(true)))),
        };
        self.charge(price)?;
        if decided {
            return Ok(false);
        }
        self.scopes.push((fold.variable.clone(), Ok(first)));
        if let Some(name) = &fold.second {
            self.scopes.push((name.clone(), Ok(second.clone())));
        }
        let result = self.eval(&fold.step);
        self.scopes.truncate(depth + 1);
        if let Err(error) = &result {
            // Nothing that comes later can absorb it.
            if error.is_cost() || fold.condition == Condition::Always {
                return Err(error.clone());
            }
        }
        self.scopes[depth].1 = result;
        Ok(true)
    }
}

/// The type within cel-go that holds such a value.
fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "types.Null",
        Value::Bool(_) => "types.Bool",
        Value::Int(_) => "types.Int",
        Value::Uint(_) => "types.Uint",
        Value::Double(_) => "types.Double",
        Value::String(_) => "types.String",
        Value::Bytes(_) => "types.Bytes",
        Value::Timestamp(_) => "types.Timestamp",
        Value::Duration(_) => "types.Duration",
        Value::Optional(_) => "*types.Optional",
        Value::Type(_) => "*types.Type",
        _ => "ref.Val",
    }
}

/// What is behind an optional part of a literal; a plain part is itself.
fn present(value: Value, optional: bool, what: &str) -> Result<Option<Value>, EvaluationError> {
    match (value, optional) {
        (value, false) => Ok(Some(value)),
        (Value::Optional(inner), true) => Ok(inner.map(|inner| Value::clone(&inner))),
        (_, true) => Err(EvaluationError::message(format!(
            "cannot initialize optional {what} from non-optional value"
        ))),
    }
}

fn wrapped(value: Option<Value>, optional: bool) -> Value {
    match (value, optional) {
        (Some(value), false) => value,
        (value, _) => Value::Optional(value.map(Arc::new)),
    }
}

fn field(operand: &Value, name: &Arc<str>) -> Option<Value> {
    match operand {
        Value::Map(map) => map.entries.get(&Key::String(name.clone())).cloned(),
        Value::Optional(Some(inner)) => field(inner, name),
        _ => None,
    }
}

fn item(operand: &Value, key: &Value) -> Evaluated {
    match operand {
        Value::List(list) => list_item(list, key),
        Value::Map(map) => {
            let missing = || EvaluationError::NoSuchKey(key_text(key));
            let key = Key::of(key).ok_or_else(missing)?;
            map.entries.get(&key).cloned().ok_or_else(missing)
        }
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

fn list_item(list: &List, key: &Value) -> Evaluated {
    let Some(Key::Int(index)) = Key::of(key) else {
        return Err(EvaluationError::message(format!(
            "unsupported index type '{}' in list",
            key.type_name()
        )));
    };
    usize::try_from(index)
        .ok()
        .and_then(|at| list.items.get(at))
        .cloned()
        .ok_or_else(|| EvaluationError::message(format!("index out of bounds: {index}")))
}

fn key_text(key: &Value) -> String {
    match key {
        Value::String(text) => text.to_string(),
        other => other
            .to_json()
            .map(|json| json.to_string())
            .unwrap_or_default(),
    }
}
