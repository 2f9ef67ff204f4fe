//! The expression tree that the parser makes. Macros are already expanded: comprehensions are folds.

use std::sync::Arc;

use super::libraries::{self, Overload};
use super::value::Value;

/// One node, with the offset (in characters) at which an error of it is reported.
#[derive(Debug, Clone)]
pub struct Expr {
    pub position: u32,
    pub kind: ExprKind,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum ExprKind {
    Literal(Value),
    Ident(Arc<str>),
    Select(Box<Select>),
    Index(Box<Index>),
    And(Box<(Expr, Expr)>),
    Or(Box<(Expr, Expr)>),
    Conditional(Box<(Expr, Expr, Expr)>),
    Call(Box<Call>),
    List(Vec<Element>),
    Map(Vec<Entry>),
    Struct(Box<Struct>),
    Fold(Box<Fold>),
}

/// `operand.field`, `operand.?field`, or `has(operand.field)`.
#[derive(Debug, Clone)]
pub struct Select {
    pub operand: Expr,
    pub field: Arc<str>,
    pub optional: bool,
    /// Of `has()`: whether the field is there, and not its value.
    pub test_only: bool,
}

/// `operand[key]` or `operand[?key]`.
#[derive(Debug, Clone)]
pub struct Index {
    pub operand: Expr,
    pub key: Expr,
    pub optional: bool,
}

/// A function, an operator by its name (`_+_`), or a method.
#[derive(Debug, Clone)]
pub struct Call {
    pub function: Arc<str>,
    /// The receiver is the first of the arguments.
    pub method: bool,
    pub args: Vec<Expr>,
    /// What the name may mean; empty if there is no such function.
    pub overloads: &'static [Overload],
}

impl std::fmt::Debug for Overload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// An item of a list; an optional one is left out when it has no value.
#[derive(Debug, Clone)]
pub struct Element {
    pub value: Expr,
    pub optional: bool,
}

/// An entry of a map.
#[derive(Debug, Clone)]
pub struct Entry {
    pub key: Expr,
    pub value: Expr,
    pub optional: bool,
}

/// `Object.spec{replicas: 1}`.
#[derive(Debug, Clone)]
pub struct Struct {
    pub type_name: Arc<str>,
    pub fields: Vec<StructField>,
}

/// A field of a struct literal.
#[derive(Debug, Clone)]
pub struct StructField {
    pub position: u32,
    pub name: Arc<str>,
    pub value: Expr,
    pub optional: bool,
}

/// What every comprehension macro becomes: `accumulator = initial; for item in range while condition { accumulator =
/// step }; result`.
#[derive(Debug, Clone)]
pub struct Fold {
    pub range: Expr,
    pub variable: Arc<str>,
    /// The value (of a map) or the item (of a list), when `variable` is the key or the index.
    pub second: Option<Arc<str>>,
    pub accumulator: Arc<str>,
    pub initial: Expr,
    pub condition: Condition,
    pub step: Expr,
    pub result: Expr,
}

/// When a fold goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    Always,
    /// A name for a value: there is nothing to go through.
    Never,
    /// As long as the accumulator is not false.
    WhileTrue,
    /// As long as the accumulator is not true.
    WhileFalse,
}

/// The functions that only change the type of their argument.
const CONVERSIONS: [&str; 10] = [
    "bool",
    "bytes",
    "double",
    "duration",
    "dyn",
    "int",
    "string",
    "timestamp",
    "type",
    "uint",
];

impl Call {
    /// Whether it only changes the type of its argument.
    pub fn is_conversion(&self) -> bool {
        self.args.len() == 1 && CONVERSIONS.contains(&&*self.function)
    }
}

impl Expr {
    pub fn new(position: u32, kind: ExprKind) -> Self {
        Self { position, kind }
    }

    pub fn ident(position: u32, name: impl Into<Arc<str>>) -> Self {
        Self::new(position, ExprKind::Ident(name.into()))
    }

    pub fn literal(position: u32, value: Value) -> Self {
        Self::new(position, ExprKind::Literal(value))
    }

    /// A function of that name.
    pub fn call(position: u32, function: &str, args: Vec<Expr>) -> Self {
        Self::invocation(position, function, false, args)
    }

    /// A method of the first of the arguments.
    pub fn method(position: u32, function: &str, args: Vec<Expr>) -> Self {
        Self::invocation(position, function, true, args)
    }

    fn invocation(position: u32, function: &str, method: bool, args: Vec<Expr>) -> Self {
        Self::new(
            position,
            ExprKind::Call(Box::new(Call {
                function: function.into(),
                method,
                args,
                overloads: libraries::overloads(function, method),
            })),
        )
    }

    /// Whether it is known before anything is evaluated (cel-go's `OptOptimize`): literals, lists and maps of them, and
    /// their conversions. Evaluating it costs nothing.
    pub fn is_constant(&self) -> bool {
        match &self.kind {
            ExprKind::Literal(_) => true,
            ExprKind::List(elements) => elements
                .iter()
                .all(|element| !element.optional && element.value.is_constant()),
            ExprKind::Map(entries) => entries.iter().all(|entry| {
                !entry.optional && entry.key.is_constant() && entry.value.is_constant()
            }),
            ExprKind::Call(call) => call.is_conversion() && call.args[0].is_constant(),
            _ => false,
        }
    }

    /// The dotted name that this is, if it is one (`a.b.c`).
    pub fn qualified_name(&self) -> Option<String> {
        match &self.kind {
            ExprKind::Ident(name) => Some(name.to_string()),
            ExprKind::Select(select) if !select.optional && !select.test_only => {
                let operand = select.operand.qualified_name()?;
                Some(format!("{operand}.{}", select.field))
            }
            _ => None,
        }
    }
}
