//! What a template says once it is read: operations in a row (conditions and loops are jumps, so that neither reading,
//! running nor dropping a template needs a stack as deep as it is nested), and the pipelines in them.

use super::number::Number;
use knarr_api::quote::quote;
use std::{collections::BTreeMap, fmt};

/// The templates of one text by name.
pub type Templates = BTreeMap<String, Vec<Op>>;

pub enum Op {
    Text(String),
    /// Prints what the pipeline gives, unless it declares variables.
    Print(Pipe),
    /// `if`, or `with`; a false one goes on at `otherwise`.
    If {
        pipe: Pipe,
        with: bool,
        otherwise: usize,
    },
    /// The body is what follows, up to [`Op::Next`]; nothing to iterate over goes on at `otherwise`.
    Range {
        pipe: Pipe,
        otherwise: usize,
        after: usize,
    },
    Next,
    /// Leaves a branch of `if` or `with`, or the `else` of a `range`, and goes on there.
    Leave(usize),
    Break,
    Continue,
    Call(Call),
}

/// `{{template "name" pipeline}}`.
pub struct Call {
    pub position: usize,
    pub name: String,
    pub pipe: Option<Pipe>,
}

pub struct Pipe {
    pub position: usize,
    /// Whether the variables exist already.
    pub assigns: bool,
    /// With their dollar.
    pub variables: Vec<String>,
    pub commands: Vec<Command>,
}

pub struct Command {
    pub position: usize,
    /// At least one.
    pub words: Vec<Node>,
}

/// An operand of a command.
pub struct Node {
    pub position: usize,
    pub kind: Expression,
}

pub enum Expression {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    Text {
        quoted: String,
        value: Vec<u8>,
    },
    /// `.a.b`
    Field(Vec<String>),
    /// `$x.a.b`
    Variable(Vec<String>),
    /// `(pipeline).a.b`
    Chain(Box<Node>, Vec<String>),
    Function(String),
    Pipe(Pipe),
}

/// Whether nothing but space is in a template.
pub fn is_empty(ops: &[Op]) -> bool {
    ops.iter()
        .all(|op| matches!(op, Op::Text(text) if text.trim().is_empty()))
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{template {}", quote(&self.name))?;
        if let Some(pipe) = &self.pipe {
            write!(f, " {pipe}")?;
        }
        f.write_str("}}")
    }
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            let sign = if self.assigns { "=" } else { ":=" };
            write!(f, "{} {sign} ", self.variables.join(", "))?;
        }
        for (index, command) in self.commands.iter().enumerate() {
            f.write_str(if index > 0 { " | " } else { "" })?;
            command.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.words.iter().enumerate() {
            f.write_str(if index > 0 { " " } else { "" })?;
            word.write_enclosed(f)?;
        }
        Ok(())
    }
}

impl Node {
    fn write_enclosed(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Expression::Pipe(pipe) => write!(f, "({pipe})"),
            _ => write!(f, "{self}"),
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Expression::Dot => f.write_str("."),
            Expression::Nil => f.write_str("nil"),
            Expression::Bool(flag) => write!(f, "{flag}"),
            Expression::Number(number) => f.write_str(&number.text),
            Expression::Text { quoted, .. } => f.write_str(quoted),
            Expression::Field(names) => write!(f, ".{}", names.join(".")),
            Expression::Variable(names) => f.write_str(&names.join(".")),
            Expression::Chain(node, names) => {
                node.write_enclosed(f)?;
                write!(f, ".{}", names.join("."))
            }
            Expression::Function(name) => f.write_str(name),
            Expression::Pipe(pipe) => write!(f, "{pipe}"),
        }
    }
}
