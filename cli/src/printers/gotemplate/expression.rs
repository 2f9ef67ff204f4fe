//! Reads what stands inside one action: a pipeline of commands, their operands, and the variables it declares.

use super::{
    lexer::{Kind, Token},
    number::{Number, unquote},
    parser::{Fault, Parser},
    tree::{Command, Expression, Node, Pipe},
};
use knarr_api::quote::quote;

/// How deep parentheses may be nested: what Go allows where stacks are small.
pub const MAX_DEPTH: usize = 1000;

impl<'s> Parser<'s> {
    pub fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipe, Fault> {
        let mut pipe = Pipe {
            position: self.peek_non_space().position,
            assigns: false,
            variables: Vec::new(),
            commands: Vec::new(),
        };
        while self.peek_non_space().kind == Kind::Variable
            && self.declaration(&mut pipe, context)?
        {}
        loop {
            let token = self.next_non_space();
            if token.kind == end {
                self.check(&pipe, context)?;
                return Ok(pipe);
            }
            if !starts_operand(token.kind) {
                return Err(self.unexpected(&token, context));
            }
            self.back_up();
            let command = self.command()?;
            pipe.commands.push(command);
        }
    }

    /// Reads `$x :=`, `$x =` or `$x,`, if that is what the variable is there for; whether another one may follow.
    fn declaration(&mut self, pipe: &mut Pipe, context: &str) -> Result<bool, Fault> {
        let variable = self.next_non_space();
        let after = self.peek();
        let next = self.peek_non_space();
        let comma = next.kind == Kind::Char && next.text == ",";
        if !comma && !matches!(next.kind, Kind::Assign | Kind::Declare) {
            match after.kind {
                Kind::Space => self.back_up_three(variable, after),
                _ => self.back_up_two(variable),
            }
            return Ok(false);
        }
        self.next_non_space();
        pipe.variables.push(variable.text.clone().into_owned());
        self.tree.variables.push(variable.text.into_owned());
        if !comma {
            pipe.assigns = next.kind == Kind::Assign;
            return Ok(false);
        }
        if context == "range" && pipe.variables.len() < 2 {
            return match self.peek_non_space().kind {
                Kind::Variable | Kind::RightDelim | Kind::RightParen => Ok(true),
                _ => Err(self.fault("range can only initialize variables")),
            };
        }
        Err(self.fault(&format!("too many declarations in {context}")))
    }

    fn check(&self, pipe: &Pipe, context: &str) -> Result<(), Fault> {
        if pipe.commands.is_empty() {
            return Err(self.fault(&format!("missing value for {context}")));
        }
        let constant = pipe.commands.iter().skip(1).position(|command| {
            matches!(
                command.words.first().map(|word| &word.kind),
                Some(
                    Expression::Bool(_)
                        | Expression::Dot
                        | Expression::Nil
                        | Expression::Number(_)
                        | Expression::Text { .. }
                )
            )
        });
        match constant {
            Some(index) => Err(self.fault(&format!(
                "non executable command in pipeline stage {}",
                index + 2
            ))),
            None => Ok(()),
        }
    }

    fn command(&mut self) -> Result<Command, Fault> {
        let mut command = Command {
            position: self.peek_non_space().position,
            words: Vec::new(),
        };
        loop {
            self.peek_non_space();
            if let Some(operand) = self.operand()? {
                command.words.push(operand);
            }
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelim | Kind::RightParen => self.back_up(),
                Kind::Pipe => {}
                _ => return Err(self.unexpected(&token, "operand")),
            }
            break;
        }
        match command.words.is_empty() {
            true => Err(self.fault("empty command")),
            false => Ok(command),
        }
    }

    /// A term and the fields behind it.
    fn operand(&mut self) -> Result<Option<Node>, Fault> {
        let Some(mut node) = self.term()? else {
            return Ok(None);
        };
        let position = self.peek().position;
        let mut names = Vec::new();
        while self.peek().kind == Kind::Field {
            names.push(field_name(&self.next()));
        }
        if names.is_empty() {
            return Ok(Some(node));
        }
        match &mut node.kind {
            Expression::Field(path) | Expression::Variable(path) => path.append(&mut names),
            Expression::Chain(..) | Expression::Function(_) | Expression::Pipe(_) => {
                let kind = Expression::Chain(Box::new(node), names);
                return Ok(Some(Node { position, kind }));
            }
            _ => {
                let term = quote(&node.to_string());
                return Err(self.fault(&format!("unexpected . after term {term}")));
            }
        }
        node.position = position;
        Ok(Some(node))
    }

    fn term(&mut self) -> Result<Option<Node>, Fault> {
        let token = self.next_non_space();
        let text = token.text.as_ref();
        let kind = match token.kind {
            Kind::Identifier if (self.is_function)(text) => Expression::Function(text.to_owned()),
            Kind::Identifier => {
                return Err(self.fault(&format!("function {} not defined", quote(text))));
            }
            Kind::Dot => Expression::Dot,
            Kind::Nil => Expression::Nil,
            Kind::Variable if self.tree.variables.iter().any(|known| known == text) => {
                Expression::Variable(vec![text.to_owned()])
            }
            Kind::Variable => {
                return Err(self.fault(&format!("undefined variable {}", quote(text))));
            }
            Kind::Field => Expression::Field(vec![field_name(&token)]),
            Kind::Bool => Expression::Bool(text == "true"),
            Kind::CharConstant => self.number(Number::from_character(text))?,
            Kind::Complex => self.number(Number::from_complex(text))?,
            Kind::Number => self.number(Number::from_number(text))?,
            Kind::LeftParen => {
                if self.tree.depth >= MAX_DEPTH {
                    return Err(self.fault("max expression depth exceeded"));
                }
                self.tree.depth += 1;
                let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen)?;
                self.tree.depth -= 1;
                // The parenthesis belongs to what is around the pipeline.
                let position = pipe.position;
                let kind = Expression::Pipe(pipe);
                return Ok(Some(Node { position, kind }));
            }
            Kind::String | Kind::RawString => Expression::Text {
                quoted: text.to_owned(),
                value: unquote(text).map_err(|error| self.fault(&error))?,
            },
            _ => {
                self.back_up();
                return Ok(None);
            }
        };
        let position = token.position;
        Ok(Some(Node { position, kind }))
    }

    fn number(&self, number: Result<Number, String>) -> Result<Expression, Fault> {
        number
            .map(Expression::Number)
            .map_err(|error| self.fault(&error))
    }
}

/// Whether a command may begin with it.
fn starts_operand(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Bool
            | Kind::CharConstant
            | Kind::Complex
            | Kind::Dot
            | Kind::Field
            | Kind::Identifier
            | Kind::Number
            | Kind::Nil
            | Kind::RawString
            | Kind::String
            | Kind::Variable
            | Kind::LeftParen
    )
}

fn field_name(token: &Token<'_>) -> String {
    token.text.trim_start_matches('.').to_owned()
}
