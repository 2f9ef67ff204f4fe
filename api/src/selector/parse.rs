//! The grammar of label selectors, with the error texts of upstream's `labels.Parse`.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::vec::IntoIter;

use super::{Operator, Requirement, SelectorError, check_key};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    /// A key, a value, `in` or `notin`: which it is depends on the place.
    Word(&'a str),
    /// `=`, `==`, `!=`, `!`, `<`, `>`, `(`, `)` or `,`.
    Symbol(&'a str),
    End,
}

impl<'a> Token<'a> {
    fn text(self) -> &'a str {
        match self {
            Self::Word(text) | Self::Symbol(text) => text,
            Self::End => "",
        }
    }

    fn ends_requirement(self) -> bool {
        matches!(self, Self::End | Self::Symbol(","))
    }
}

fn is_symbol(c: char) -> bool {
    "=!(),><".contains(c)
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        let Some(first) = rest.chars().next() else {
            return tokens;
        };
        let length = match first {
            '=' | '!' if rest[1..].starts_with('=') => 2,
            c if is_symbol(c) => 1,
            _ => rest
                .find(|c: char| is_symbol(c) || " \t\r\n".contains(c))
                .unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(if is_symbol(first) {
            Token::Symbol(token)
        } else {
            Token::Word(token)
        });
        rest = after;
    }
}

struct Parser<'a> {
    tokens: Peekable<IntoIter<Token<'a>>>,
}

pub(super) fn requirements(text: &str) -> Result<Vec<Requirement>, SelectorError> {
    let mut parser = Parser {
        tokens: tokens(text).into_iter().peekable(),
    };
    let mut requirements = Vec::new();
    loop {
        match parser.peek() {
            Token::End => return Ok(requirements),
            Token::Word(_) | Token::Symbol("!") => {}
            other => return Err(syntax(other, "!, identifier, or 'end of string'")),
        }
        requirements.push(parser.requirement().map_err(SelectorError::Requirement)?);
        match parser.next() {
            Token::End => return Ok(requirements),
            Token::Symbol(",") => match parser.peek() {
                Token::Word(_) | Token::Symbol("!") => {}
                other => return Err(syntax(other, "identifier after ','")),
            },
            other => return Err(syntax(other, "',' or 'end of string'")),
        }
    }
}

fn syntax(found: Token<'_>, expected: &str) -> SelectorError {
    SelectorError::Syntax(unexpected(found, expected))
}

fn unexpected(found: Token<'_>, expected: &str) -> String {
    format!("found '{}', expected: {expected}", found.text())
}

impl<'a> Parser<'a> {
    fn peek(&mut self) -> Token<'a> {
        self.tokens.peek().copied().unwrap_or(Token::End)
    }

    fn next(&mut self) -> Token<'a> {
        self.tokens.next().unwrap_or(Token::End)
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let negated = self.peek() == Token::Symbol("!");
        if negated {
            self.next();
        }
        let key = match self.next() {
            Token::Word(key) => key,
            other => return Err(unexpected(other, "identifier")),
        };
        check_key(key)?;
        if negated {
            return Requirement::new(key, Operator::DoesNotExist, BTreeSet::new());
        }
        if self.peek().ends_requirement() {
            return Requirement::new(key, Operator::Exists, BTreeSet::new());
        }
        let operator = self.operator()?;
        let values = match operator {
            Operator::In | Operator::NotIn => self.set()?,
            _ => BTreeSet::from([self.exact_value()?]),
        };
        Requirement::new(key, operator, values)
    }

    fn operator(&mut self) -> Result<Operator, String> {
        Ok(match self.next() {
            Token::Word("in") => Operator::In,
            Token::Word("notin") => Operator::NotIn,
            Token::Symbol("=") => Operator::Equals,
            Token::Symbol("==") => Operator::DoubleEquals,
            Token::Symbol("!=") => Operator::NotEquals,
            Token::Symbol(">") => Operator::GreaterThan,
            Token::Symbol("<") => Operator::LessThan,
            other => return Err(unexpected(other, "in, notin, =, ==, !=, gt, lt")),
        })
    }

    fn exact_value(&mut self) -> Result<String, String> {
        if self.peek().ends_requirement() {
            return Ok(String::new());
        }
        match self.next() {
            Token::Word(value) => Ok(value.to_owned()),
            other => Err(unexpected(other, "identifier")),
        }
    }

    fn set(&mut self) -> Result<BTreeSet<String>, String> {
        match self.next() {
            Token::Symbol("(") => {}
            other => return Err(format!("found '{}' expected: '('", other.text())),
        }
        match self.peek() {
            Token::Symbol(")") => {
                self.next();
                Ok(BTreeSet::from([String::new()]))
            }
            Token::Word(_) | Token::Symbol(",") => self.members(),
            other => Err(unexpected(other, "',', ')' or identifier")),
        }
    }

    /// Members up to and with the closing bracket; places left empty are empty values.
    fn members(&mut self) -> Result<BTreeSet<String>, String> {
        let mut values = BTreeSet::new();
        loop {
            match self.next() {
                Token::Word(value) => {
                    values.insert(value.to_owned());
                    match self.next() {
                        Token::Symbol(")") => return Ok(values),
                        Token::Symbol(",") if self.peek() == Token::Symbol(")") => {
                            values.insert(String::new());
                        }
                        Token::Symbol(",") => {}
                        other => return Err(unexpected(other, "',' or ')'")),
                    }
                }
                Token::Symbol(",") => {
                    values.insert(String::new());
                }
                Token::Symbol(")") => {
                    values.insert(String::new());
                    return Ok(values);
                }
                other => return Err(unexpected(other, "',', or identifier")),
            }
        }
    }
}
