//! Runs the operations of a template. What is entered stands on a stack of its own, so that templates may call
//! themselves as often as Go allows it.

use super::{
    NAME,
    tree::{Call, Command, Node, Op, Pipe, Templates},
    value::{Data, Value},
};
use knarr_api::quote::quote;
use serde_json::{Map, Value as Json};
use std::fmt::Display;

/// How deep templates may call templates: Go's limit.
const MAX_DEPTH: usize = 100_000;

/// Why a template can't be run to its end, in Go's words.
pub type Fault = String;

/// Runs the main template on `object`.
pub fn run<'v>(
    text: &'v str,
    templates: &'v Templates,
    object: &'v Json,
    allow_missing: bool,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let dot = Value::held(object).unboxed();
    let mut state = State {
        text,
        templates,
        allow_missing,
        out,
        ops: templates.get(NAME).map(Vec::as_slice).unwrap_or_default(),
        position: 0,
        name: NAME,
        dot: dot.clone(),
        variables: vec![("$", dot)],
        base: 0,
        entered: Vec::new(),
        calls: 0,
        at: At::Start,
    };
    while state.step()? {}
    Ok(())
}

/// The part of a template that messages point at.
#[derive(Clone, Copy)]
pub enum At<'v> {
    Start,
    Node(&'v Node),
    Command(&'v Command),
    Pipe(&'v Pipe),
    Call(&'v Call),
}

pub struct State<'v, 'o> {
    /// The whole text, in which messages give lines and columns.
    text: &'v str,
    templates: &'v Templates,
    pub allow_missing: bool,
    out: &'o mut Vec<u8>,
    /// The template that runs, and how far it has come.
    ops: &'v [Op],
    position: usize,
    name: &'v str,
    pub dot: Value<'v>,
    variables: Vec<(&'v str, Value<'v>)>,
    /// Where the variables of this template start: it sees no others.
    base: usize,
    entered: Vec<Entered<'v>>,
    calls: usize,
    pub at: At<'v>,
}

/// What has been entered, and what is restored when it is left.
enum Entered<'v> {
    Branch {
        dot: Value<'v>,
        variables: usize,
    },
    Loop {
        dot: Value<'v>,
        /// How many variables there were before the loop's own.
        variables: usize,
        /// How many there are at the start of its body.
        inner: usize,
        pipe: &'v Pipe,
        body: usize,
        after: usize,
        items: Items<'v>,
    },
    Call {
        ops: &'v [Op],
        position: usize,
        name: &'v str,
        dot: Value<'v>,
        variables: usize,
        base: usize,
        at: At<'v>,
    },
}

/// What a loop has still before it.
enum Items<'v> {
    List(std::iter::Enumerate<std::slice::Iter<'v, Json>>),
    Map(std::vec::IntoIter<(&'v String, &'v Json)>),
    Numbers {
        range: std::ops::Range<i64>,
        of: Data<'v>,
    },
}

impl<'v> Items<'v> {
    fn of_map(map: &'v Map<String, Json>) -> Self {
        let mut entries: Vec<_> = map.iter().collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        Items::Map(entries.into_iter())
    }

    /// The index and the element.
    fn next(&mut self) -> Option<(Value<'v>, Value<'v>)> {
        Some(match self {
            Items::List(items) => {
                let (index, item) = items.next()?;
                (Data::Int(index as i64).into(), Value::held(item))
            }
            Items::Map(entries) => {
                let (key, value) = entries.next()?;
                let key = Data::Text(key.as_bytes().into());
                (key.into(), Value::held(value))
            }
            Items::Numbers { range, of } => {
                let number = range.next()?;
                let number = match of {
                    Data::Int64(_) => Data::Int64(number),
                    Data::Byte(_) => Data::Byte(number as u8),
                    _ => Data::Int(number),
                };
                (Value::NONE, number.into())
            }
        })
    }
}

impl<'v> State<'v, '_> {
    /// Runs one operation; whether there was one.
    fn step(&mut self) -> Result<bool, Fault> {
        let Some(op) = self.ops.get(self.position) else {
            return Ok(self.leave());
        };
        self.position += 1;
        match op {
            Op::Text(text) => self.out.extend_from_slice(text.as_bytes()),
            Op::Print(pipe) => {
                let value = self.pipe(pipe)?;
                if pipe.variables.is_empty() {
                    value.print(self.out);
                }
            }
            Op::If {
                pipe,
                with,
                otherwise,
            } => self.branch(pipe, *with, *otherwise)?,
            Op::Range {
                pipe,
                otherwise,
                after,
            } => self.range(pipe, *otherwise, *after)?,
            Op::Next => self.next_item()?,
            Op::Leave(target) => {
                self.leave();
                self.position = *target;
            }
            Op::Continue => {
                self.leave_branches();
                self.next_item()?;
            }
            Op::Break => {
                self.leave_branches();
                self.leave();
            }
            Op::Call(call) => self.call(call)?,
        }
        Ok(true)
    }

    fn branch(&mut self, pipe: &'v Pipe, with: bool, otherwise: usize) -> Result<(), Fault> {
        let variables = self.variables.len();
        let value = self.pipe(pipe)?;
        let dot = self.dot.clone();
        self.entered.push(Entered::Branch { dot, variables });
        if !value.is_true() {
            self.position = otherwise;
        } else if with {
            self.dot = value;
        }
        Ok(())
    }

    fn range(&mut self, pipe: &'v Pipe, otherwise: usize, after: usize) -> Result<(), Fault> {
        let variables = self.variables.len();
        let value = self.pipe(pipe)?;
        let items = match value.data {
            Data::List(items) if !items.is_empty() => Some(Items::List(items.iter().enumerate())),
            Data::Map(map) if !map.is_empty() => Some(Items::of_map(map)),
            Data::List(_) | Data::Map(_) | Data::Nil => None,
            data => Some(self.numbers(pipe, data)?).filter(|items| match items {
                Items::Numbers { range, .. } => !range.is_empty(),
                _ => true,
            }),
        };
        let dot = self.dot.clone();
        let Some(items) = items else {
            self.entered.push(Entered::Branch { dot, variables });
            self.position = otherwise;
            return Ok(());
        };
        self.entered.push(Entered::Loop {
            dot,
            variables,
            inner: self.variables.len(),
            pipe,
            body: self.position,
            after,
            items,
        });
        self.next_item()
    }

    /// The numbers below a whole one.
    fn numbers(&self, pipe: &Pipe, data: Data<'v>) -> Result<Items<'v>, Fault> {
        let shown = || super::format::shown(&data, 'v');
        match data.integer() {
            Some(_) if pipe.variables.len() > 1 => Err(self.fault(&format!(
                "can't use {} to iterate over more than one variable",
                shown()
            ))),
            Some(end) => Ok(Items::Numbers {
                range: 0..end,
                of: data,
            }),
            None => Err(self.fault(&format!("range can't iterate over {}", shown()))),
        }
    }

    /// Begins the next round of the innermost loop, or leaves it.
    fn next_item(&mut self) -> Result<(), Fault> {
        let Some(Entered::Loop {
            inner,
            pipe,
            body,
            items,
            ..
        }) = self.entered.last_mut()
        else {
            return Ok(());
        };
        let Some((index, element)) = items.next() else {
            self.leave();
            return Ok(());
        };
        let (inner, pipe) = (*inner, *pipe);
        self.position = *body;
        self.variables.truncate(inner);
        match (pipe.assigns, pipe.variables.as_slice()) {
            (_, []) => {}
            (true, [only]) => self.assign(only, element.clone())?,
            (true, [first, second, ..]) => {
                self.assign(first, index)?;
                self.assign(second, element.clone())?;
            }
            (false, [_]) => self.variables[inner - 1].1 = element.clone(),
            (false, [_, _, ..]) => {
                self.variables[inner - 1].1 = element.clone();
                self.variables[inner - 2].1 = index;
            }
        }
        self.dot = element;
        Ok(())
    }

    fn call(&mut self, call: &'v Call) -> Result<(), Fault> {
        self.at = At::Call(call);
        let Some((name, ops)) = self.templates.get_key_value(&call.name) else {
            return Err(self.fault(&format!("template {} not defined", quote(&call.name))));
        };
        if self.calls == MAX_DEPTH {
            return Err(self.fault(&format!("exceeded maximum template depth ({MAX_DEPTH})")));
        }
        let dot = match &call.pipe {
            Some(pipe) => self.pipe(pipe)?,
            None => Value::NONE,
        };
        self.entered.push(Entered::Call {
            ops: std::mem::replace(&mut self.ops, ops),
            position: std::mem::take(&mut self.position),
            name: std::mem::replace(&mut self.name, name),
            dot: std::mem::replace(&mut self.dot, dot.clone()),
            variables: self.variables.len(),
            base: std::mem::replace(&mut self.base, self.variables.len()),
            at: self.at,
        });
        self.variables.push(("$", dot));
        self.calls += 1;
        Ok(())
    }

    /// Leaves what was entered last; whether there was something.
    fn leave(&mut self) -> bool {
        match self.entered.pop() {
            None => return false,
            Some(Entered::Branch { dot, variables }) => {
                self.dot = dot;
                self.variables.truncate(variables);
            }
            Some(Entered::Loop {
                dot,
                variables,
                after,
                ..
            }) => {
                self.dot = dot;
                self.variables.truncate(variables);
                self.position = after;
            }
            Some(Entered::Call {
                ops,
                position,
                name,
                dot,
                variables,
                base,
                at,
            }) => {
                self.variables.truncate(variables);
                self.calls -= 1;
                (self.ops, self.position, self.name) = (ops, position, name);
                (self.dot, self.base, self.at) = (dot, base, at);
            }
        }
        true
    }

    /// Leaves the branches inside of the innermost loop.
    fn leave_branches(&mut self) {
        while matches!(self.entered.last(), Some(Entered::Branch { .. })) {
            self.leave();
        }
    }

    pub fn declare(&mut self, name: &'v str, value: Value<'v>) {
        self.variables.push((name, value));
    }

    /// Overwrites the variable that was declared last under the name.
    pub fn assign(&mut self, name: &str, value: Value<'v>) -> Result<(), Fault> {
        let mut known = self.variables[self.base..].iter_mut().rev();
        match known.find(|(known, _)| *known == name) {
            Some(variable) => {
                variable.1 = value;
                Ok(())
            }
            None => Err(self.fault(&format!("undefined variable: {name}"))),
        }
    }

    pub fn variable(&self, name: &str) -> Result<Value<'v>, Fault> {
        let mut known = self.variables[self.base..].iter().rev();
        match known.find(|(known, _)| *known == name) {
            Some((_, value)) => Ok(value.clone()),
            None => Err(self.fault(&format!("undefined variable: {name}"))),
        }
    }

    /// What is wrong, and where.
    pub fn fault(&self, text: &str) -> Fault {
        let (position, context): (usize, &dyn Display) = match &self.at {
            At::Start => return format!("template: {}: {text}", self.name),
            At::Node(node) => (node.position, node),
            At::Command(command) => (command.position, command),
            At::Pipe(pipe) => (pipe.position, pipe),
            At::Call(call) => (call.position, call),
        };
        let before = &self.text[..position];
        let line = 1 + before.matches('\n').count();
        let column = position - before.rfind('\n').map_or(0, |at| at + 1);
        format!(
            "template: {NAME}:{line}:{column}: executing {} at <{context}>: {text}",
            quote(self.name)
        )
    }
}
