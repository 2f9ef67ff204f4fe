//! The macros: `has`, the comprehensions of one and two variables, `sortBy` and those of optional values. Each becomes
//! plain nodes while parsing.

use std::sync::Arc;

use super::ast::{Condition, Element, Expr, ExprKind, Fold};
use super::error::Issue;
use super::value::Value;

/// The name of the accumulator: no identifier can be written like it.
pub const ACCUMULATOR: &str = "@result";
/// The name of what `optMap` and `optFlatMap` look into.
const OPTIONAL_TARGET: &str = "@target";
/// The name of what `sortBy` sorts.
const SORTED: &str = "@sorted";

/// What became of a method call.
pub enum Expansion {
    Done(Expr),
    /// It is no macro: the receiver and the arguments are given back.
    Plain(Expr, Vec<Expr>),
}

/// `has(a.b)`, or a plain call.
pub fn expand_global(name: &Arc<str>, args: Vec<Expr>, position: u32) -> Result<Expr, Issue> {
    if &**name != "has" || args.len() != 1 {
        return Ok(Expr::call(position, name, args));
    }
    let invalid = Issue {
        position: args[0].position,
        message: "invalid argument to has() macro".to_owned(),
    };
    match args.into_iter().next().map(|argument| argument.kind) {
        Some(ExprKind::Select(mut select)) if !select.test_only && !select.optional => {
            select.test_only = true;
            Ok(Expr::new(position, ExprKind::Select(select)))
        }
        _ => Err(invalid),
    }
}

/// The macros that look like methods.
pub fn expand_method(
    target: Expr,
    function: &str,
    mut args: Vec<Expr>,
    position: u32,
) -> Result<Expansion, Issue> {
    let kind = match (function, args.len()) {
        ("all", 2 | 3) => Macro::All,
        ("exists", 2 | 3) => Macro::Exists,
        ("exists_one", 2 | 3) | ("existsOne", 3) => Macro::ExistsOne,
        ("map", 2 | 3) => Macro::Map,
        ("filter", 2) => Macro::Filter,
        ("sortBy", 2) => Macro::SortBy,
        ("transformList", 3 | 4) => Macro::TransformList,
        ("transformMap", 3 | 4) => Macro::TransformMap,
        ("transformMapEntry", 3 | 4) => Macro::TransformMapEntry,
        ("optMap", 2) => Macro::OptMap,
        ("optFlatMap", 2) => Macro::OptFlatMap,
        _ => return Ok(Expansion::Plain(target, args)),
    };
    let first = variable(&args[0])?;
    let two = matches!(
        kind,
        Macro::TransformList | Macro::TransformMap | Macro::TransformMapEntry
    ) || (args.len() == 3 && !matches!(kind, Macro::Map));
    let second = if two { Some(variable(&args[1])?) } else { None };
    if second.as_ref() == Some(&first) {
        return Err(Issue {
            position: args[1].position,
            message: format!("duplicate variable name: {first}"),
        });
    }
    let rest = args.split_off(if two { 2 } else { 1 });
    let build = Build {
        position,
        first,
        second,
    };
    Ok(Expansion::Done(build.expand(kind, target, rest)?))
}

#[derive(Clone, Copy)]
enum Macro {
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
    SortBy,
    TransformList,
    TransformMap,
    TransformMapEntry,
    OptMap,
    OptFlatMap,
}

fn variable(argument: &Expr) -> Result<Arc<str>, Issue> {
    match &argument.kind {
        ExprKind::Ident(name) => Ok(name.clone()),
        _ => Err(Issue {
            position: argument.position,
            message: "argument must be a simple name".to_owned(),
        }),
    }
}

/// Gives `name` a value within `result`.
fn bind(position: u32, name: Arc<str>, initial: Expr, result: Expr) -> Expr {
    Expr::new(
        position,
        ExprKind::Fold(Box::new(Fold {
            range: Expr::new(position, ExprKind::List(Vec::new())),
            variable: "@unused".into(),
            second: None,
            accumulator: name.clone(),
            initial,
            condition: Condition::Never,
            step: Expr::ident(position, name),
            result,
        })),
    )
}

struct Build {
    position: u32,
    first: Arc<str>,
    second: Option<Arc<str>>,
}

impl Build {
    fn expand(&self, kind: Macro, target: Expr, mut rest: Vec<Expr>) -> Result<Expr, Issue> {
        let last = rest.pop().ok_or_else(|| Issue {
            position: self.position,
            message: "missing argument of a macro".to_owned(),
        })?;
        let filter = rest.pop();
        Ok(match kind {
            Macro::All => {
                let step = ExprKind::And(Box::new((self.accumulator(), last)));
                self.truth(target, true, Condition::WhileTrue, step)
            }
            Macro::Exists => {
                let step = ExprKind::Or(Box::new((self.accumulator(), last)));
                self.truth(target, false, Condition::WhileFalse, step)
            }
            Macro::ExistsOne => self.exists_one(target, last),
            Macro::Map => self.list(target, filter, last),
            Macro::Filter => {
                let item = Expr::ident(self.position, self.first.clone());
                self.list(target, Some(last), item)
            }
            Macro::SortBy => {
                let keys = self.list(Expr::ident(self.position, SORTED), None, last);
                let args = vec![Expr::ident(self.position, SORTED), keys];
                let sorted = Expr::method(self.position, "@sortByAssociatedKeys", args);
                bind(self.position, SORTED.into(), target, sorted)
            }
            Macro::TransformList => self.list(target, filter, last),
            Macro::TransformMap => {
                let key = Expr::ident(self.position, self.first.clone());
                self.map(target, filter, vec![key, last])
            }
            Macro::TransformMapEntry => self.map(target, filter, vec![last]),
            Macro::OptMap => {
                let value = self.call("optional.of", vec![self.unwrapped(last)]);
                self.optional(target, value)
            }
            Macro::OptFlatMap => {
                let value = self.unwrapped(last);
                self.optional(target, value)
            }
        })
    }

    fn call(&self, function: &str, args: Vec<Expr>) -> Expr {
        Expr::call(self.position, function, args)
    }

    fn accumulator(&self) -> Expr {
        Expr::ident(self.position, ACCUMULATOR)
    }

    fn fold(
        &self,
        range: Expr,
        initial: Expr,
        condition: Condition,
        step: Expr,
        result: Expr,
    ) -> Expr {
        Expr::new(
            self.position,
            ExprKind::Fold(Box::new(Fold {
                range,
                variable: self.first.clone(),
                second: self.second.clone(),
                accumulator: ACCUMULATOR.into(),
                initial,
                condition,
                step,
                result,
            })),
        )
    }

    fn truth(&self, range: Expr, initial: bool, condition: Condition, step: ExprKind) -> Expr {
        self.fold(
            range,
            Expr::literal(self.position, Value::Bool(initial)),
            condition,
            Expr::new(self.position, step),
            self.accumulator(),
        )
    }

    fn conditional(&self, condition: Option<Expr>, yes: Expr) -> Expr {
        match condition {
            None => yes,
            Some(condition) => Expr::new(
                self.position,
                ExprKind::Conditional(Box::new((condition, yes, self.accumulator()))),
            ),
        }
    }

    fn exists_one(&self, range: Expr, predicate: Expr) -> Expr {
        let one = || Expr::literal(self.position, Value::Int(1));
        let more = self.call("_+_", vec![self.accumulator(), one()]);
        self.fold(
            range,
            Expr::literal(self.position, Value::Int(0)),
            Condition::Always,
            self.conditional(Some(predicate), more),
            self.call("_==_", vec![self.accumulator(), one()]),
        )
    }

    fn list(&self, range: Expr, filter: Option<Expr>, value: Expr) -> Expr {
        let item = Expr::new(
            self.position,
            ExprKind::List(vec![Element {
                value,
                optional: false,
            }]),
        );
        let longer = self.call("_+_", vec![self.accumulator(), item]);
        self.fold(
            range,
            Expr::new(self.position, ExprKind::List(Vec::new())),
            Condition::Always,
            self.conditional(filter, longer),
            self.accumulator(),
        )
    }

    /// `more` is a map of entries, or a key and its value.
    fn map(&self, range: Expr, filter: Option<Expr>, more: Vec<Expr>) -> Expr {
        let args = std::iter::once(self.accumulator()).chain(more).collect();
        let larger = self.call("cel.@mapInsert", args);
        self.fold(
            range,
            Expr::new(self.position, ExprKind::Map(Vec::new())),
            Condition::Always,
            self.conditional(filter, larger),
            self.accumulator(),
        )
    }

    /// `value` with the variable bound to what the optional target holds.
    fn unwrapped(&self, value: Expr) -> Expr {
        let target = Expr::ident(self.position, OPTIONAL_TARGET);
        let inner = Expr::method(self.position, "value", vec![target]);
        bind(self.position, self.first.clone(), inner, value)
    }

    /// The target is named, and not repeated: a chain of such calls would double at each link.
    fn optional(&self, target: Expr, value: Expr) -> Expr {
        let name: Arc<str> = OPTIONAL_TARGET.into();
        let target_name = Expr::ident(self.position, name.clone());
        let present = Expr::method(self.position, "hasValue", vec![target_name]);
        let none = self.call("optional.none", Vec::new());
        let choice = ExprKind::Conditional(Box::new((present, value, none)));
        bind(
            self.position,
            name,
            target,
            Expr::new(self.position, choice),
        )
    }
}
