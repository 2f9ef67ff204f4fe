//! Tokens into a tree, by the grammar of the CEL specification. Depth and size are bounded as in cel-go, so that
//! no expression can use up the stack.

use std::sync::Arc;

use super::ast::{Element, Entry, Expr, ExprKind, Index, Select, Struct, StructField};
use super::error::{Issue, Issues};
use super::lexer::{self, Token, TokenKind};
use super::libraries;
use super::macros;
use super::value::Value;

/// How deep the tree of an expression may be (cel-go's default).
const MAX_DEPTH: u32 = 250;
/// How deep brackets may be nested: less than the tree, because each takes several calls of the parser.
const MAX_NESTING: u32 = 100;
/// How many characters an expression may have (cel-go's default).
const MAX_SIZE: usize = 100_000;

/// Words that are no identifiers.
const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

/// What may stand where an operand is missing.
const OPERANDS: &str = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

type Parsed = Result<Expr, Issue>;

/// Parses one expression.
pub fn parse(source: &str) -> Result<Expr, Issues> {
    let size = source.chars().count();
    if size > MAX_SIZE {
        return Err(Issues::one(Issue {
            position: 0,
            message: format!(
                "expression code point size exceeds limit: size: {size}, limit {MAX_SIZE}"
            ),
        }));
    }
    let mut parser = Parser {
        tokens: lexer::tokens(source)?,
        at: 0,
        depth: 0,
        heights: 0,
    };
    parser.whole().map_err(Issues::one)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
    /// The links of the chain of operators and selections that is being read.
    heights: u32,
}

/// The binary operators with their precedence, from the loosest.
const OPERATORS: &[(&str, usize, &str)] = &[
    ("||", 0, "_||_"),
    ("&&", 1, "_&&_"),
    ("<", 2, "_<_"),
    ("<=", 2, "_<=_"),
    (">", 2, "_>_"),
    (">=", 2, "_>=_"),
    ("==", 2, "_==_"),
    ("!=", 2, "_!=_"),
    ("in", 2, "@in"),
    ("+", 3, "_+_"),
    ("-", 3, "_-_"),
    ("*", 4, "_*_"),
    ("/", 4, "_/_"),
    ("%", 4, "_%_"),
];
/// Operators up to here are chains that are balanced; the others group to the left.
const LAST_LOGICAL: usize = 1;

impl Parser {
    fn whole(&mut self) -> Parsed {
        let expression = self.expression()?;
        match self.peek().kind {
            TokenKind::End => Ok(expression),
            // What could be left out is told otherwise than what could not.
            _ if self.at + 2 == self.tokens.len() => Err(self.issue("extraneous input", "<EOF>")),
            _ => Err(self.unexpected("<EOF>")),
        }
    }

    fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn is(&self, text: &str) -> bool {
        match &self.peek().kind {
            TokenKind::Punctuation(found) => *found == text,
            TokenKind::Ident(name) => text == "in" && &**name == "in",
            _ => false,
        }
    }

    fn accept(&mut self, text: &str) -> bool {
        let found = self.is(text);
        if found {
            self.at += 1;
        }
        found
    }

    fn expect(&mut self, text: &str) -> Result<(), Issue> {
        if self.accept(text) {
            return Ok(());
        }
        Err(self.unexpected(&format!("'{text}'")))
    }

    fn unexpected(&self, expecting: &str) -> Issue {
        self.issue("mismatched input", expecting)
    }

    fn issue(&self, what: &str, expecting: &str) -> Issue {
        let token = self.peek();
        Issue {
            position: token.position,
            message: format!(
                "Syntax error: {what} '{}' expecting {expecting}",
                token.kind.text()
            ),
        }
    }

    fn too_deep(&self) -> Issue {
        Issue {
            position: self.peek().position,
            message: format!("expression recursion limit exceeded: {MAX_DEPTH}"),
        }
    }

    /// Counts one more link of a chain that grows to the left, which the tree is as deep as.
    fn grow(&mut self) -> Result<(), Issue> {
        self.heights += 1;
        if self.depth + self.heights > MAX_DEPTH {
            return Err(self.too_deep());
        }
        Ok(())
    }

    fn expression(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err(self.too_deep());
        }
        let heights = std::mem::take(&mut self.heights);
        let result = self.conditional();
        self.heights = heights;
        self.depth -= 1;
        result
    }

    fn conditional(&mut self) -> Parsed {
        let condition = self.operators(0)?;
        let position = self.peek().position;
        if !self.accept("?") {
            return Ok(condition);
        }
        let yes = self.operators(0)?;
        self.expect(":")?;
        let no = self.expression()?;
        Ok(Expr::new(
            position,
            ExprKind::Conditional(Box::new((condition, yes, no))),
        ))
    }

    /// Operands joined by operators of this precedence or a tighter one.
    fn operators(&mut self, loosest: usize) -> Parsed {
        let heights = self.heights;
        let mut left = self.unary()?;
        loop {
            let operator = OPERATORS.iter().find(|(text, _, _)| self.is(text));
            let Some(&(text, level, function)) = operator.filter(|(_, level, _)| *level >= loosest)
            else {
                self.heights = heights;
                return Ok(left);
            };
            if level <= LAST_LOGICAL {
                left = self.logical(left, text, level)?;
                continue;
            }
            self.grow()?;
            let position = self.take().position;
            let right = self.operators(level + 1)?;
            left = Expr::call(position, function, vec![left, right]);
        }
    }

    fn logical(&mut self, first: Expr, text: &str, level: usize) -> Parsed {
        let mut terms = vec![first];
        let mut positions = Vec::new();
        while self.is(text) {
            positions.push(self.take().position);
            terms.push(self.operators(level + 1)?);
        }
        Ok(balanced(terms, &positions, |pair| match level {
            0 => ExprKind::Or(Box::new(pair)),
            _ => ExprKind::And(Box::new(pair)),
        }))
    }

    fn unary(&mut self) -> Parsed {
        let position = self.peek().position;
        for (text, function) in [("!", "!_"), ("-", "-_")] {
            if !self.is(text) {
                continue;
            }
            let next = self.tokens.get(self.at + 1).map(|token| &token.kind);
            if text == "-" && matches!(next, Some(TokenKind::Int(_) | TokenKind::Double(_))) {
                break;
            }
            let mut count = 0_usize;
            while self.accept(text) {
                count += 1;
            }
            let operand = self.member()?;
            // As in cel-go, two of a kind undo each other.
            return Ok(if count.is_multiple_of(2) {
                operand
            } else {
                Expr::call(position, function, vec![operand])
            });
        }
        self.member()
    }

    fn member(&mut self) -> Parsed {
        let heights = self.heights;
        let mut operand = self.primary()?;
        loop {
            let position = self.peek().position;
            if self.accept(".") {
                self.grow()?;
                operand = self.select(operand, position)?;
            } else if self.accept("[") {
                self.grow()?;
                let optional = self.accept("?");
                let key = self.expression()?;
                self.expect("]")?;
                operand = Expr::new(
                    position,
                    ExprKind::Index(Box::new(Index {
                        operand,
                        key,
                        optional,
                    })),
                );
            } else if self.is("{") {
                let Some(name) = operand.qualified_name() else {
                    self.heights = heights;
                    return Ok(operand);
                };
                self.at += 1;
                operand = self.structure(name, position)?;
            } else {
                self.heights = heights;
                return Ok(operand);
            }
        }
    }

    fn select(&mut self, operand: Expr, position: u32) -> Parsed {
        let optional = self.accept("?");
        let token = self.take();
        let (field, quoted) = match token.kind {
            TokenKind::Ident(name) if !matches!(&*name, "in" | "true" | "false" | "null") => {
                (name, false)
            }
            TokenKind::Quoted(name) => (name, true),
            TokenKind::End => return Err(no_alternative(token.position, "")),
            other => return Err(no_alternative(token.position, &other.text())),
        };
        let open = self.peek().position;
        if !optional && !quoted && self.accept("(") {
            let args = self.arguments(")")?;
            return self.method(operand, &field, args, open);
        }
        Ok(Expr::new(
            position,
            ExprKind::Select(Box::new(Select {
                operand,
                field,
                optional,
                test_only: false,
            })),
        ))
    }

    fn method(&self, target: Expr, function: &Arc<str>, args: Vec<Expr>, position: u32) -> Parsed {
        let (target, args) = match macros::expand_method(target, function, args, position)? {
            macros::Expansion::Done(expression) => return Ok(expression),
            macros::Expansion::Plain(target, args) => (target, args),
        };
        if let Some(name) = target.qualified_name() {
            let full = format!("{name}.{function}");
            if libraries::has_function(&full) {
                return Ok(Expr::call(position, &full, args));
            }
        }
        let args = std::iter::once(target).chain(args).collect();
        Ok(Expr::method(position, function, args))
    }

    fn arguments(&mut self, end: &str) -> Result<Vec<Expr>, Issue> {
        let mut args = Vec::new();
        if self.accept(end) {
            return Ok(args);
        }
        loop {
            args.push(self.expression()?);
            if !self.accept(",") {
                break;
            }
        }
        self.expect(end)?;
        Ok(args)
    }

    fn primary(&mut self) -> Parsed {
        let token = self.take();
        let position = token.position;
        match token.kind {
            TokenKind::Punctuation("(") => {
                let inner = self.expression()?;
                if self.peek().kind == TokenKind::End {
                    return Err(Issue {
                        position: self.peek().position,
                        message: "Syntax error: missing ')' at '<EOF>'".to_owned(),
                    });
                }
                self.expect(")")?;
                Ok(inner)
            }
            TokenKind::Punctuation("[") => self.list(position),
            TokenKind::Punctuation("{") => self.map(position),
            TokenKind::Punctuation("-") => self.negative(position),
            TokenKind::Punctuation(".") => {
                let token = self.take();
                match token.kind {
                    TokenKind::Ident(name) => self.identifier(name, token.position),
                    _ => {
                        self.at -= 1;
                        Err(self.unexpected("IDENTIFIER"))
                    }
                }
            }
            TokenKind::Ident(name) => self.identifier(name, position),
            TokenKind::Int(_)
            | TokenKind::Uint(_)
            | TokenKind::Double(_)
            | TokenKind::String(_)
            | TokenKind::Bytes(_) => literal(token, false),
            TokenKind::Punctuation(_) | TokenKind::Quoted(_) | TokenKind::End => {
                self.at -= 1;
                Err(self.unexpected(OPERANDS))
            }
        }
    }

    fn negative(&mut self, position: u32) -> Parsed {
        let mut token = self.take();
        token.position = position;
        match token.kind {
            TokenKind::Int(_) | TokenKind::Double(_) => literal(token, true),
            _ => {
                self.at -= 1;
                Err(self.unexpected(OPERANDS))
            }
        }
    }

    fn identifier(&mut self, name: Arc<str>, position: u32) -> Parsed {
        match &*name {
            "true" | "false" => {
                return Ok(Expr::literal(position, Value::Bool(&*name == "true")));
            }
            "null" => return Ok(Expr::literal(position, Value::Null)),
            _ => {}
        }
        if RESERVED.contains(&&*name) {
            return Err(Issue {
                position,
                message: format!("reserved identifier: {name}"),
            });
        }
        let open = self.peek().position;
        if !self.accept("(") {
            return Ok(Expr::ident(position, name));
        }
        let args = self.arguments(")")?;
        macros::expand_global(&name, args, open)
    }

    fn list(&mut self, position: u32) -> Parsed {
        let mut items = Vec::new();
        while !self.accept("]") {
            let optional = self.accept("?");
            let value = self.expression()?;
            items.push(Element { value, optional });
            if !self.accept(",") {
                self.expect("]")?;
                break;
            }
        }
        Ok(Expr::new(position, ExprKind::List(items)))
    }

    fn map(&mut self, position: u32) -> Parsed {
        let mut entries = Vec::new();
        while !self.accept("}") {
            let optional = self.accept("?");
            let key = self.expression()?;
            self.expect(":")?;
            let value = self.expression()?;
            entries.push(Entry {
                key,
                value,
                optional,
            });
            if !self.accept(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(Expr::new(position, ExprKind::Map(entries)))
    }

    fn structure(&mut self, type_name: String, position: u32) -> Parsed {
        let mut fields = Vec::new();
        while !self.accept("}") {
            let optional = self.accept("?");
            let token = self.take();
            let (TokenKind::Ident(name) | TokenKind::Quoted(name)) = token.kind else {
                self.at -= 1;
                return Err(self.unexpected("IDENTIFIER"));
            };
            self.expect(":")?;
            let value = self.expression()?;
            fields.push(StructField {
                position: token.position,
                name,
                value,
                optional,
            });
            if !self.accept(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(Expr::new(
            position,
            ExprKind::Struct(Box::new(Struct {
                type_name: type_name.into(),
                fields,
            })),
        ))
    }
}

/// What is said of a dot after which no name comes.
fn no_alternative(position: u32, after: &str) -> Issue {
    Issue {
        position,
        message: format!("Syntax error: no viable alternative at input '.{after}'"),
    }
}

fn literal(token: Token, negative: bool) -> Parsed {
    let position = token.position;
    let issue = |message: &str| Issue {
        position,
        message: message.to_owned(),
    };
    let value = match token.kind {
        TokenKind::Int(text) => {
            let magnitude = magnitude(&text).ok_or_else(|| issue("invalid int literal"))?;
            let signed = if negative {
                -i128::from(magnitude)
            } else {
                i128::from(magnitude)
            };
            Value::Int(i64::try_from(signed).map_err(|_| issue("invalid int literal"))?)
        }
        TokenKind::Uint(text) => {
            Value::Uint(magnitude(&text).ok_or_else(|| issue("invalid uint literal"))?)
        }
        TokenKind::Double(text) => {
            let number: f64 = text.parse().map_err(|_| issue("invalid double literal"))?;
            if number.is_infinite() {
                return Err(issue("invalid double literal"));
            }
            Value::Double(if negative { -number } else { number })
        }
        TokenKind::String(text) => Value::String(text),
        TokenKind::Bytes(bytes) => Value::Bytes(bytes),
        _ => return Err(issue("invalid literal")),
    };
    Ok(Expr::literal(position, value))
}

fn magnitude(text: &str) -> Option<u64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hexadecimal) => u64::from_str_radix(hexadecimal, 16).ok(),
        None => text.parse().ok(),
    }
}

/// A chain of `&&` or `||` as a tree of the least depth.
fn balanced(
    terms: Vec<Expr>,
    positions: &[u32],
    join: impl Fn((Expr, Expr)) -> ExprKind + Copy,
) -> Expr {
    fn build(
        terms: &mut std::vec::IntoIter<Expr>,
        count: usize,
        positions: &[u32],
        join: impl Fn((Expr, Expr)) -> ExprKind + Copy,
    ) -> Option<Expr> {
        if count <= 1 {
            return terms.next();
        }
        let left = count.div_ceil(2);
        let first = build(terms, left, &positions[..left - 1], join)?;
        let second = build(terms, count - left, &positions[left..], join)?;
        Some(Expr::new(positions[left - 1], join((first, second))))
    }
    let count = terms.len();
    build(&mut terms.into_iter(), count, positions, join).expect("a chain has at least one term")
}
