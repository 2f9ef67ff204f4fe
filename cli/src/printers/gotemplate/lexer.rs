//! The words of a template, as Go's `text/template` cuts them: text between actions, and what stands inside `{{` and
//! `}}`. Whether the words make sense is the parser's affair.

use knarr_api::quote::{is_printable, quote};
use std::borrow::Cow;

const LEFT: &str = "{{";
const RIGHT: &str = "}}";
/// A dash beside a delimiter, and the space that must be on its other side.
const TRIM_MARKER: usize = 2;

/// What a word is. From [`Kind::Block`] on they are keywords.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub enum Kind {
    /// The text of the token is what is wrong.
    Error,
    Bool,
    /// Any printable character that is nothing else, such as a comma.
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

const KEYWORDS: &[(&str, Kind)] = &[
    ("block", Kind::Block),
    ("break", Kind::Break),
    ("continue", Kind::Continue),
    ("define", Kind::Define),
    ("else", Kind::Else),
    ("end", Kind::End),
    ("false", Kind::Bool),
    ("if", Kind::If),
    ("nil", Kind::Nil),
    ("range", Kind::Range),
    ("template", Kind::Template),
    ("true", Kind::Bool),
    ("with", Kind::With),
];

#[derive(Clone, Debug)]
pub struct Token<'s> {
    pub kind: Kind,
    /// Where it starts, in bytes.
    pub position: usize,
    pub text: Cow<'s, str>,
    /// The line it starts in, from 1 on; 0 before the first token.
    pub line: usize,
}

impl Token<'_> {
    /// What a parser has before it read anything.
    pub fn none() -> Self {
        Token {
            kind: Kind::Error,
            position: 0,
            text: Cow::Borrowed(""),
            line: 0,
        }
    }
}

/// As Go's messages show a token.
impl std::fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind {
            Kind::Eof => f.write_str("EOF"),
            Kind::Error => f.write_str(&self.text),
            kind if kind >= Kind::Block => write!(f, "<{}>", self.text),
            _ if self.text.len() > 10 => {
                let start: String = self.text.chars().take(10).collect();
                write!(f, "{}...", quote(&start))
            }
            _ => f.write_str(&quote(&self.text)),
        }
    }
}

/// Cuts one template.
pub struct Lexer<'s> {
    input: &'s str,
    position: usize,
    /// Where the token that is being read starts.
    start: usize,
    line: usize,
    start_line: usize,
    parens: usize,
    inside_action: bool,
}

impl<'s> Lexer<'s> {
    pub fn new(input: &'s str) -> Self {
        Lexer {
            input,
            position: 0,
            start: 0,
            line: 1,
            start_line: 1,
            parens: 0,
            inside_action: false,
        }
    }

    pub fn next_token(&mut self) -> Token<'s> {
        if self.inside_action {
            return self.inside_action();
        }
        loop {
            if let Some(token) = self.text() {
                return token;
            }
        }
    }

    fn rest(&self) -> &'s str {
        &self.input[self.position..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.position += c.len_utf8();
        self.line += usize::from(c == '\n');
        Some(c)
    }

    fn accept(&mut self, valid: &str) -> bool {
        let found = self.peek().is_some_and(|c| valid.contains(c));
        if found {
            self.bump();
        }
        found
    }

    fn accept_run(&mut self, valid: &str) {
        while self.accept(valid) {}
    }

    fn emit(&mut self, kind: Kind) -> Token<'s> {
        let token = Token {
            kind,
            position: self.start,
            text: Cow::Borrowed(&self.input[self.start..self.position]),
            line: self.start_line,
        };
        self.start = self.position;
        self.start_line = self.line;
        token
    }

    /// Leaves out what was skipped without [`Lexer::bump`].
    fn ignore(&mut self) {
        self.line += newlines(&self.input[self.start..self.position]);
        self.start = self.position;
        self.start_line = self.line;
    }

    /// What is wrong; nothing can be read after it.
    fn fail(&mut self, message: String) -> Token<'s> {
        let token = Token {
            kind: Kind::Error,
            position: self.start,
            text: Cow::Owned(message),
            line: self.start_line,
        };
        self.input = "";
        self.start = 0;
        self.position = 0;
        token
    }

    /// Text up to the next action, the delimiter that starts one, or the end. A comment is no token.
    fn text(&mut self) -> Option<Token<'s>> {
        let Some(length) = self.rest().find(LEFT) else {
            self.position = self.input.len();
            if self.position == self.start {
                return Some(self.emit(Kind::Eof));
            }
            self.line += newlines(&self.input[self.start..]);
            return Some(self.emit(Kind::Text));
        };
        if length == 0 {
            return self.left_delimiter();
        }
        let text = &self.rest()[..length];
        let after = &self.rest()[length + LEFT.len()..];
        let kept = match has_left_trim_marker(after) {
            true => text.trim_end_matches(is_space),
            false => text,
        };
        self.position += kept.len();
        self.line += newlines(kept);
        let token = self.emit(Kind::Text);
        self.position += text.len() - kept.len();
        self.ignore();
        (!kept.is_empty()).then_some(token)
    }

    fn left_delimiter(&mut self) -> Option<Token<'s>> {
        self.position += LEFT.len();
        let marker = match has_left_trim_marker(self.rest()) {
            true => TRIM_MARKER,
            false => 0,
        };
        if self.rest()[marker..].starts_with("/*") {
            self.position += marker;
            self.ignore();
            return self.comment();
        }
        let token = self.emit(Kind::LeftDelim);
        self.inside_action = true;
        self.position += marker;
        self.ignore();
        self.parens = 0;
        Some(token)
    }

    fn comment(&mut self) -> Option<Token<'s>> {
        let Some(end) = self.rest()[2..].find("*/") else {
            return Some(self.fail("unclosed comment".to_owned()));
        };
        self.position += 2 + end + 2;
        let Some(trims) = self.at_right_delimiter() else {
            return Some(self.fail("comment ends before closing delimiter".to_owned()));
        };
        self.skip_right_delimiter(trims);
        self.ignore();
        None
    }

    /// Whether a delimiter comes now, and whether it trims the text after it.
    fn at_right_delimiter(&self) -> Option<bool> {
        let rest = self.rest();
        if has_right_trim_marker(rest) && rest[TRIM_MARKER..].starts_with(RIGHT) {
            return Some(true);
        }
        rest.starts_with(RIGHT).then_some(false)
    }

    fn skip_right_delimiter(&mut self, trims: bool) {
        if trims {
            self.position += TRIM_MARKER + RIGHT.len();
            let rest = self.rest();
            self.position += rest.len() - rest.trim_start_matches(is_space).len();
        } else {
            self.position += RIGHT.len();
        }
    }

    fn right_delimiter(&mut self, trims: bool) -> Token<'s> {
        if trims {
            self.position += TRIM_MARKER;
            self.ignore();
        }
        self.position += RIGHT.len();
        let token = self.emit(Kind::RightDelim);
        if trims {
            let rest = self.rest();
            self.position += rest.len() - rest.trim_start_matches(is_space).len();
            self.ignore();
        }
        self.inside_action = false;
        token
    }

    fn inside_action(&mut self) -> Token<'s> {
        if let Some(trims) = self.at_right_delimiter() {
            return match self.parens {
                0 => self.right_delimiter(trims),
                _ => self.fail("unclosed left paren".to_owned()),
            };
        }
        let Some(c) = self.peek() else {
            return self.fail("unclosed action".to_owned());
        };
        if is_space(c) {
            return self.space();
        }
        if is_alphanumeric(c) && !c.is_ascii_digit() {
            return self.identifier();
        }
        if c.is_ascii_digit() || c == '+' || c == '-' {
            return self.number();
        }
        let before = self.position;
        self.bump();
        match c {
            '=' => self.emit(Kind::Assign),
            ':' => match self.bump() {
                Some('=') => self.emit(Kind::Declare),
                _ => self.fail("expected :=".to_owned()),
            },
            '|' => self.emit(Kind::Pipe),
            '"' => self.quoted('"', Kind::String, "quoted string"),
            '\'' => self.quoted('\'', Kind::CharConstant, "character constant"),
            '`' => self.raw_string(),
            '$' => self.field_or_variable(Kind::Variable, Kind::Variable),
            '.' if self.peek().is_some_and(|next| next.is_ascii_digit())
                || self.rest().is_empty() =>
            {
                self.position = before;
                self.number()
            }
            '.' => self.field_or_variable(Kind::Field, Kind::Dot),
            '(' => {
                self.parens += 1;
                self.emit(Kind::LeftParen)
            }
            ')' if self.parens == 0 => self.fail("unexpected right paren".to_owned()),
            ')' => {
                self.parens -= 1;
                self.emit(Kind::RightParen)
            }
            c if c.is_ascii() && is_printable(c) => self.emit(Kind::Char),
            c => self.fail(format!(
                "unrecognized character in action: {}",
                code_point(c)
            )),
        }
    }

    /// A run of spaces. The last of them may belong to a delimiter that trims.
    fn space(&mut self) -> Token<'s> {
        let mut count = 0;
        while self.peek().is_some_and(is_space) {
            self.bump();
            count += 1;
        }
        let last = &self.input[self.position - 1..];
        if has_right_trim_marker(last) && last[TRIM_MARKER..].starts_with(RIGHT) {
            self.position -= 1;
            self.line -= usize::from(last.starts_with('\n'));
            if count == 1 {
                return self.right_delimiter(true);
            }
        }
        self.emit(Kind::Space)
    }

    fn identifier(&mut self) -> Token<'s> {
        while self.peek().is_some_and(is_alphanumeric) {
            self.bump();
        }
        if let Some(bad) = self.not_terminated() {
            return bad;
        }
        let word = &self.input[self.start..self.position];
        let keyword = KEYWORDS.iter().find(|(keyword, _)| *keyword == word);
        self.emit(keyword.map_or(Kind::Identifier, |(_, kind)| *kind))
    }

    /// A name behind a dot or a dollar that has been read; `alone` is what the sign is without a name.
    fn field_or_variable(&mut self, kind: Kind, alone: Kind) -> Token<'s> {
        if self.at_terminator() {
            return self.emit(alone);
        }
        while self.peek().is_some_and(is_alphanumeric) {
            self.bump();
        }
        match self.not_terminated() {
            Some(bad) => bad,
            None => self.emit(kind),
        }
    }

    /// Whether a name may end here.
    fn at_terminator(&self) -> bool {
        match self.peek() {
            None => true,
            Some(c) => is_space(c) || ".,|:)(".contains(c) || self.rest().starts_with(RIGHT),
        }
    }

    fn not_terminated(&mut self) -> Option<Token<'s>> {
        let c = self.peek().filter(|_| !self.at_terminator())?;
        Some(self.fail(format!("bad character {}", code_point(c))))
    }

    /// The rest of a string or a character; escapes are the parser's affair.
    fn quoted(&mut self, end: char, kind: Kind, name: &str) -> Token<'s> {
        loop {
            match self.bump() {
                Some('\\') if self.peek().is_some_and(|c| c != '\n') => {
                    self.bump();
                }
                Some(c) if c == end => return self.emit(kind),
                None | Some('\\' | '\n') => return self.fail(format!("unterminated {name}")),
                Some(_) => {}
            }
        }
    }

    fn raw_string(&mut self) -> Token<'s> {
        loop {
            match self.bump() {
                Some('`') => return self.emit(Kind::RawString),
                None => return self.fail("unterminated raw quoted string".to_owned()),
                Some(_) => {}
            }
        }
    }

    fn number(&mut self) -> Token<'s> {
        let mut good = self.scan_number();
        let mut kind = Kind::Number;
        if good && matches!(self.peek(), Some('+' | '-')) {
            kind = Kind::Complex;
            good = self.scan_number() && self.input[..self.position].ends_with('i');
        }
        match good {
            true => self.emit(kind),
            false => {
                let text = quote(&self.input[self.start..self.position]);
                self.fail(format!("bad number syntax: {text}"))
            }
        }
    }

    /// Whether what looks like a number ends like one. It may still be none.
    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        let (mut decimal, mut hexadecimal) = (true, false);
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
                (decimal, hexadecimal) = (false, true);
            } else if self.accept("oO") {
                digits = "01234567_";
                decimal = false;
            } else if self.accept("bB") {
                digits = "01_";
                decimal = false;
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        if decimal && self.accept("eE") || hexadecimal && self.accept("pP") {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        self.accept("i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.bump();
            return false;
        }
        true
    }
}

fn newlines(text: &str) -> usize {
    text.matches('\n').count()
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn has_left_trim_marker(text: &str) -> bool {
    let text = text.as_bytes();
    text.first() == Some(&b'-') && text.get(1).is_some_and(|next| is_space(char::from(*next)))
}

fn has_right_trim_marker(text: &str) -> bool {
    let text = text.as_bytes();
    text.first()
        .is_some_and(|first| is_space(char::from(*first)))
        && text.get(1) == Some(&b'-')
}

/// Go's `%#U`: `U+0040 '@'`.
pub fn code_point(c: char) -> String {
    let number = format!("U+{:04X}", c as u32);
    match is_printable(c) {
        true => format!("{number} '{c}'"),
        false => number,
    }
}
