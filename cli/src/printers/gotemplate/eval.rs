//! What pipelines give: their commands one after the other, the fields of what they reach, and the arguments of the
//! functions they call.

use super::{
    exec::{At, Fault, State},
    functions::{self, Function, Parameter, Run},
    number::Number,
    tree::{Command, Expression, Node, Pipe},
    value::{Data, Value},
};
use knarr_api::quote::quote;

impl<'v> State<'v, '_> {
    /// The value of a pipeline, which its variables get as well.
    pub fn pipe(&mut self, pipe: &'v Pipe) -> Result<Value<'v>, Fault> {
        self.at = At::Pipe(pipe);
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(command, value)?.unboxed());
        }
        let value = value.unwrap_or(Value::NONE);
        for name in &pipe.variables {
            match pipe.assigns {
                true => self.assign(name, value.clone())?,
                false => self.declare(name, value.clone()),
            }
        }
        Ok(value)
    }

    /// `last` is what the command before it gave.
    fn command(
        &mut self,
        command: &'v Command,
        last: Option<Value<'v>>,
    ) -> Result<Value<'v>, Fault> {
        let Some((first, arguments)) = command.words.split_first() else {
            return Ok(Value::NONE);
        };
        let has_arguments = !arguments.is_empty() || last.is_some();
        match &first.kind {
            Expression::Function(name) => {
                self.at = At::Node(first);
                self.function(name, At::Command(command), arguments, last)
            }
            Expression::Field(names) => {
                self.at = At::Node(first);
                self.fields(self.dot.clone(), names, has_arguments)
            }
            Expression::Chain(node, names) => {
                self.at = At::Node(first);
                let start = self.chained(first, node)?;
                self.fields(start, names, has_arguments)
            }
            Expression::Variable(names) => {
                self.at = At::Node(first);
                let value = self.variable(&names[0])?;
                match names.len() {
                    1 => self
                        .takes_no_arguments(first, has_arguments)
                        .map(|()| value),
                    _ => self.fields(value, &names[1..], has_arguments),
                }
            }
            Expression::Pipe(pipe) => {
                self.takes_no_arguments(first, has_arguments)?;
                self.pipe(pipe)
            }
            _ => {
                self.at = At::Node(first);
                self.takes_no_arguments(first, has_arguments)?;
                match &first.kind {
                    Expression::Nil => Err(self.fault("nil is not a command")),
                    _ => self.constant(first),
                }
            }
        }
    }

    fn takes_no_arguments(&self, word: &Node, has_arguments: bool) -> Result<(), Fault> {
        match has_arguments {
            true => Err(self.fault(&format!("can't give argument to non-function {word}"))),
            false => Ok(()),
        }
    }

    /// What stands before the fields of a chain.
    fn chained(&mut self, chain: &'v Node, start: &'v Node) -> Result<Value<'v>, Fault> {
        self.at = At::Node(start);
        match &start.kind {
            Expression::Pipe(pipe) => self.pipe(pipe),
            Expression::Function(name) => self.function(name, At::Node(start), &[], None),
            _ => Err(self.fault(&format!(
                "can't evaluate command {}",
                quote(&chain.to_string())
            ))),
        }
    }

    fn constant(&mut self, node: &'v Node) -> Result<Value<'v>, Fault> {
        Ok(match &node.kind {
            Expression::Bool(flag) => Data::Bool(*flag).into(),
            Expression::Number(number) => return self.number(node, number),
            Expression::Text { value, .. } => Data::Text(value.as_slice().into()).into(),
            _ => self.dot.clone(),
        })
    }

    /// A number where nothing says of which type it is to be.
    fn number(&mut self, node: &'v Node, number: &Number) -> Result<Value<'v>, Fault> {
        self.at = At::Node(node);
        let float = number.float.filter(|_| number.looks_like_float());
        Ok(match (number.complex, float, number.int) {
            (Some((real, imaginary)), _, _) => Data::Complex(real, imaginary).into(),
            (None, Some(float), _) => Data::Float(float).into(),
            (None, None, Some(int)) => Data::Int(int).into(),
            _ => return Err(self.fault(&format!("{} overflows int", number.text))),
        })
    }

    fn fields(
        &self,
        start: Value<'v>,
        names: &[String],
        has_arguments: bool,
    ) -> Result<Value<'v>, Fault> {
        let mut value = start;
        for (index, name) in names.iter().enumerate() {
            value = self.field(value, name, has_arguments && index + 1 == names.len())?;
        }
        Ok(value)
    }

    fn field(&self, value: Value<'v>, name: &str, has_arguments: bool) -> Result<Value<'v>, Fault> {
        if !value.is_valid() {
            return match self.allow_missing {
                true => Ok(Value::NONE),
                false => Err(self.fault(&format!("nil data; no entry for key {}", quote(name)))),
            };
        }
        let type_name = value.type_name();
        match value.data {
            Data::Nil => Err(self.fault(&format!("nil pointer evaluating {type_name}.{name}"))),
            Data::Map(_) if has_arguments => {
                Err(self.fault(&format!("{name} is not a method but has arguments")))
            }
            Data::Map(map) => match map.get(name) {
                Some(found) => Ok(Value::held(found)),
                None if self.allow_missing => Ok(Value::NONE),
                None => Err(self.fault(&format!("map has no entry for key {}", quote(name)))),
            },
            _ => Err(self.fault(&format!("can't evaluate field {name} in type {type_name}"))),
        }
    }

    /// `at` is what messages about the call point at.
    fn function(
        &mut self,
        name: &str,
        at: At<'v>,
        arguments: &'v [Node],
        last: Option<Value<'v>>,
    ) -> Result<Value<'v>, Fault> {
        let Some(function) = functions::find(name) else {
            return Err(self.fault(&format!("{} is not a defined function", quote(name))));
        };
        self.check_count(function, arguments.len(), last.is_some())?;
        if let Run::FirstThatIs(truth) = function.run {
            return self.first_that_is(truth, arguments, last);
        }
        let callee = match (function.run, arguments.first(), &last) {
            (Run::Call, Some(node), _) => node.to_string(),
            (Run::Call, None, Some(value)) => functions::go_string(value),
            _ => String::new(),
        };
        let mut values = Vec::with_capacity(arguments.len() + 1);
        for argument in arguments {
            let parameter = function.parameter(values.len());
            values.push(self.argument(argument, parameter)?);
        }
        if let Some(last) = last {
            let parameter = function.parameter(values.len());
            values.push(self.fitting(last, parameter)?);
        }
        let result = match function.run {
            Run::Plain(run) => run(&values),
            _ => functions::call(&callee, &values[0]),
        };
        result.map_err(|error| {
            self.at = at;
            self.fault(&format!("error calling {name}: {error}"))
        })
    }

    fn check_count(
        &self,
        function: &Function,
        arguments: usize,
        has_last: bool,
    ) -> Result<(), Fault> {
        let (name, wanted) = (function.name, function.fixed.len());
        let given = arguments + usize::from(has_last);
        if function.rest.is_some() {
            return match given < wanted {
                true => Err(self.fault(&format!(
                    "wrong number of args for {name}: want at least {wanted} got {arguments}"
                ))),
                false => Ok(()),
            };
        }
        match given == wanted {
            true => Ok(()),
            false => Err(self.fault(&format!(
                "wrong number of args for {name}: want {wanted} got {given}"
            ))),
        }
    }

    /// `and` and `or`: what comes behind the argument that decides is not looked at.
    fn first_that_is(
        &mut self,
        truth: bool,
        arguments: &'v [Node],
        last: Option<Value<'v>>,
    ) -> Result<Value<'v>, Fault> {
        let mut value = Value::NONE;
        for argument in arguments {
            value = self.argument(argument, Parameter::Any)?;
            if value.is_true() == truth {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    fn argument(&mut self, node: &'v Node, parameter: Parameter) -> Result<Value<'v>, Fault> {
        self.at = At::Node(node);
        let value = match &node.kind {
            Expression::Dot => self.dot.clone(),
            Expression::Nil => {
                return match parameter {
                    Parameter::Any => Ok(Value::NONE),
                    Parameter::Interface => Ok(Value::NIL),
                    Parameter::Text => Err(self.fault("cannot assign nil to string")),
                };
            }
            Expression::Field(names) => self.fields(self.dot.clone(), names, false)?,
            Expression::Variable(names) => {
                self.fields(self.variable(&names[0])?, &names[1..], false)?
            }
            Expression::Pipe(pipe) => self.pipe(pipe)?,
            Expression::Function(name) => self.function(name, At::Node(node), &[], None)?,
            Expression::Chain(start, names) => {
                let start = self.chained(node, start)?;
                self.fields(start, names, false)?
            }
            Expression::Bool(_) | Expression::Number(_) if matches!(parameter, Parameter::Text) => {
                return Err(self.fault(&format!("expected string; found {node}")));
            }
            _ => return self.constant(node),
        };
        self.fitting(value, parameter)
    }

    /// The value as the parameter takes it.
    fn fitting(&self, value: Value<'v>, parameter: Parameter) -> Result<Value<'v>, Fault> {
        match parameter {
            Parameter::Any => Ok(value),
            Parameter::Interface if value.is_valid() => Ok(value),
            Parameter::Interface => Ok(Value::NIL),
            Parameter::Text if matches!(value.data, Data::Text(_)) => Ok(value),
            Parameter::Text if !value.is_valid() => {
                Err(self.fault("invalid value; expected string"))
            }
            Parameter::Text => {
                let type_name = match value.data {
                    Data::Nil => value.type_name(),
                    data => data.type_name(),
                };
                Err(self.fault(&format!(
                    "wrong type for value; expected string; got {type_name}"
                )))
            }
        }
    }
}
