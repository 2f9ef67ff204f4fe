//! The grammar of templates.

use crate::unquote::unquote;
use serde_json::{Number, Value};

use super::{Node, Slice, constant};

/// Filters may hold filters; nobody needs more of them in each other.
const MAX_DEPTH: usize = 32;

type Result<T> = std::result::Result<T, String>;

/// Parses text with actions in braces.
pub(super) fn template(text: &str) -> Result<Vec<Node>> {
    Parser::new(text, 0).template()
}

/// Parses what stands in one pair of braces.
fn action(text: &str, depth: usize) -> Result<Vec<Node>> {
    if depth > MAX_DEPTH {
        return Err("expression is nested too deeply".to_owned());
    }
    let nodes = Parser::new(&format!("{{{text}}}"), depth).template()?;
    match nodes.into_iter().next() {
        Some(Node::List(nodes)) => Ok(nodes),
        _ => Ok(Vec::new()),
    }
}

struct Parser {
    input: Vec<char>,
    position: usize,
    depth: usize,
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\r' | '\n')
}

fn is_terminator(c: Option<char>) -> bool {
    c.is_none_or(|c| {
        is_line_end(c)
            || matches!(
                c,
                ' ' | '\t' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}'
            )
    })
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphabetic() || c.is_numeric()
}

impl Parser {
    fn new(text: &str, depth: usize) -> Self {
        Self {
            input: text.chars().collect(),
            position: 0,
            depth,
        }
    }

    fn peek(&self) -> Option<char> {
        self.input.get(self.position).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.position += usize::from(next.is_some());
        next
    }

    fn starts_with(&self, text: &str) -> bool {
        text.chars()
            .enumerate()
            .all(|(offset, c)| self.input.get(self.position + offset) == Some(&c))
    }

    fn slice(&self, start: usize, end: usize) -> String {
        self.input[start..end].iter().collect()
    }

    fn template(mut self) -> Result<Vec<Node>> {
        let mut nodes = Vec::new();
        loop {
            let start = self.position;
            while self.peek().is_some_and(|c| c != '{') {
                self.position += 1;
            }
            if self.position > start {
                nodes.push(Node::Literal(Value::from(self.slice(start, self.position))));
            }
            if self.next().is_none() {
                return Ok(nodes);
            }
            nodes.push(Node::List(self.inside()?));
        }
    }

    /// Everything up to and with the closing brace.
    fn inside(&mut self) -> Result<Vec<Node>> {
        let mut nodes = Vec::new();
        loop {
            if self.starts_with("[?(") {
                self.position += 3;
                nodes.push(self.filter()?);
                continue;
            }
            if self.starts_with("..") {
                if nodes.last() == Some(&Node::Recursive) {
                    return Err("invalid multiple recursive descent".to_owned());
                }
                self.position += 2;
                nodes.push(Node::Recursive);
                if self.peek().is_some_and(is_word) {
                    nodes.push(self.field());
                }
                continue;
            }
            match self.next() {
                None => return Err("unclosed action".to_owned()),
                Some(c) if is_line_end(c) => return Err("unclosed action".to_owned()),
                Some('}') => return Ok(nodes),
                Some(' ' | '@' | '$') => {}
                Some('[') => self.array(&mut nodes)?,
                Some(quote @ ('"' | '\'')) => nodes.push(self.quoted(quote)?),
                Some('.') => nodes.push(self.field()),
                Some(c) if c == '+' || c == '-' || c.is_numeric() => nodes.push(self.number()?),
                Some(c) if is_word(c) => nodes.push(self.identifier()),
                Some(c) => return Err(unrecognized(c)),
            }
        }
    }

    fn identifier(&mut self) -> Node {
        let start = self.position - 1;
        while !is_terminator(self.peek()) {
            self.position += 1;
        }
        match self.slice(start, self.position).as_str() {
            "true" => Node::Literal(Value::Bool(true)),
            "false" => Node::Literal(Value::Bool(false)),
            name => Node::Identifier(name.to_owned()),
        }
    }

    fn field(&mut self) -> Node {
        let mut name = String::new();
        while !is_terminator(self.peek()) {
            match self.next() {
                // What is escaped may be a terminator.
                Some('\\') => name.extend(self.next()),
                other => name.extend(other),
            }
        }
        if name == "*" {
            Node::Wildcard
        } else {
            Node::Field(name)
        }
    }

    fn number(&mut self) -> Result<Node> {
        let start = self.position - 1;
        while self.peek().is_some_and(|c| c == '.' || c.is_ascii_digit()) {
            self.position += 1;
        }
        let text = self.slice(start, self.position);
        let fault = || format!("cannot parse number {text}");
        if let Ok(integer) = text.parse::<i64>() {
            return Ok(constant(integer));
        }
        let float: f64 = text.parse().map_err(|_| fault())?;
        Number::from_f64(float).map(constant).ok_or_else(fault)
    }

    fn quoted(&mut self, quote: char) -> Result<Node> {
        let start = self.position;
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated quoted string".to_owned()),
                Some(c) if c == quote && self.input[self.position - 2] != '\\' => break,
                Some(_) => {}
            }
        }
        let body = self.slice(start, self.position - 1);
        let text = unquote(&body, quote).ok_or_else(|| {
            let shown = self.slice(start - 1, self.position);
            format!("unquote string {shown} error invalid syntax")
        })?;
        let text = String::from_utf8_lossy(&text).into_owned();
        Ok(Node::Literal(Value::from(text)))
    }

    fn array(&mut self, nodes: &mut Vec<Node>) -> Result<()> {
        let start = self.position;
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated array".to_owned()),
                Some(']') => break,
                Some(_) => {}
            }
        }
        let text = self.slice(start, self.position - 1);
        if text.contains(',') {
            let members = text
                .split(',')
                .map(|member| action(&format!("[{}]", member.trim_matches(' ')), self.depth + 1));
            nodes.push(Node::Union(members.collect::<Result<_>>()?));
            return Ok(());
        }
        let key = text
            .strip_prefix('\'')
            .and_then(|rest| rest.strip_suffix('\''))
            .filter(|key| !key.contains('\''));
        match key {
            Some(key) => nodes.extend(action(&format!(".{key}"), self.depth + 1)?),
            None => nodes.push(Node::Array(slice(if text == "*" { ":" } else { &text })?)),
        }
        Ok(())
    }

    /// What stands after `[?(`, up to and with `)]`.
    fn filter(&mut self) -> Result<Node> {
        let start = self.position;
        let mut open: Option<char> = None;
        let mut closed = false;
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated filter".to_owned()),
                Some(c @ ('"' | '\'')) => match open {
                    None => open = Some(c),
                    Some(quote) => closed |= c == quote && self.input[self.position - 2] != '\\',
                },
                Some(')') if open.is_some() == closed => break,
                Some(_) => {}
            }
        }
        let text = self.slice(start, self.position - 1);
        if self.next() != Some(']') {
            return Err("unclosed array expect ]".to_owned());
        }
        let depth = self.depth + 1;
        match comparison(&text) {
            Some((left, operator, right)) => Ok(Node::Filter {
                left: action(left, depth)?,
                operator: operator.to_owned(),
                right: action(right, depth)?,
            }),
            None => Ok(Node::Filter {
                left: action(&text, depth)?,
                operator: "exists".to_owned(),
                right: Vec::new(),
            }),
        }
    }
}

/// Go's `%#U`.
fn unrecognized(c: char) -> String {
    let code = format!("U+{:04X}", c as u32);
    let shown = if c.is_control() {
        code
    } else {
        format!("{code} '{c}'")
    };
    format!("unrecognized character in action: {shown}")
}

/// Splits at the first run of comparison characters that has something on both sides.
fn comparison(text: &str) -> Option<(&str, &str, &str)> {
    let is_operator = |c: char| "!<>=".contains(c);
    let start = text.find(is_operator).filter(|start| *start > 0)?;
    let run = text[start..]
        .find(|c| !is_operator(c))
        .unwrap_or(text.len() - start);
    let end = if start + run == text.len() {
        text.len() - 1
    } else {
        start + run
    };
    (end > start).then(|| (&text[..start], &text[start..end], &text[end..]))
}

/// `[start:end:step]`, each of them optional.
fn slice(text: &str) -> Result<Slice> {
    let parts: Vec<&str> = text.split(':').collect();
    let fits = |part: &&str| {
        part.strip_prefix('-')
            .unwrap_or(part)
            .bytes()
            .all(|b| b.is_ascii_digit())
    };
    if parts.len() > 3 || !parts.iter().all(fits) {
        return Err(format!("invalid array index {text}"));
    }
    let number = |part: Option<&&str>| match part {
        None | Some(&"") => Ok(None),
        Some(part) => part
            .parse::<i64>()
            .map(Some)
            .map_err(|_| format!("array index {part} is not a number")),
    };
    let start = number(parts.first())?;
    let single = parts.len() == 1;
    let end = if single {
        Some(start.unwrap_or(0).saturating_add(1))
    } else {
        number(parts.get(1))?
    };
    Ok(Slice {
        start,
        end,
        single,
        step: number(parts.get(2))?,
    })
}
