//! Text into tokens, by the lexis of the CEL specification.

use std::sync::Arc;

use super::error::{Issue, Issues};

/// A token and the offset in characters at which it starts.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    pub position: u32,
    pub kind: TokenKind,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub enum TokenKind {
    Ident(Arc<str>),
    /// A field name in back quotes, as it is written inside.
    Quoted(Arc<str>),
    Int(Arc<str>),
    Uint(Arc<str>),
    Double(Arc<str>),
    String(Arc<str>),
    Bytes(Arc<[u8]>),
    Punctuation(&'static str),
    End,
}

impl TokenKind {
    /// The token as a syntax error names it.
    pub fn text(&self) -> String {
        match self {
            TokenKind::Ident(text) | TokenKind::Int(text) | TokenKind::Double(text) => {
                text.to_string()
            }
            TokenKind::Quoted(text) => format!("`{text}`"),
            TokenKind::Uint(text) => format!("{text}u"),
            TokenKind::String(text) => format!("\"{text}\""),
            TokenKind::Bytes(_) => "b\"...\"".to_owned(),
            TokenKind::Punctuation(text) => (*text).to_owned(),
            TokenKind::End => "<EOF>".to_owned(),
        }
    }
}

/// The longest first.
const PUNCTUATION: &[&str] = &[
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "+", "-", "*", "/", "%", "?", ":", ".", ",",
    "(", ")", "[", "]", "{", "}",
];

/// All tokens of an expression; the last is [`TokenKind::End`].
pub fn tokens(source: &str) -> Result<Vec<Token>, Issues> {
    let characters: Vec<char> = source.chars().collect();
    let mut lexer = Lexer {
        characters: &characters,
        at: 0,
    };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blank();
        let position = lexer.at as u32;
        let kind = lexer.next().map_err(|message| {
            Issues::one(Issue {
                position,
                message: format!("Syntax error: {message}"),
            })
        })?;
        let end = kind == TokenKind::End;
        tokens.push(Token { position, kind });
        if end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'c> {
    characters: &'c [char],
    at: usize,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    fn skip_blank(&mut self) {
        while let Some(character) = self.peek(0) {
            if matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{c}') {
                self.at += 1;
            } else if character == '/' && self.peek(1) == Some('/') {
                while self.peek(0).is_some_and(|character| character != '\n') {
                    self.at += 1;
                }
            } else {
                return;
            }
        }
    }

    fn next(&mut self) -> Result<TokenKind, String> {
        let Some(first) = self.peek(0) else {
            return Ok(TokenKind::End);
        };
        if let Some(prefix) = self.string_prefix() {
            return self.string(prefix);
        }
        if first.is_ascii_alphabetic() || first == '_' {
            return Ok(TokenKind::Ident(self.take_word().into()));
        }
        if first.is_ascii_digit()
            || (first == '.' && self.peek(1).is_some_and(|next| next.is_ascii_digit()))
        {
            return Ok(self.number());
        }
        if first == '`' {
            return self.quoted_name();
        }
        for text in PUNCTUATION {
            let matches = text
                .chars()
                .enumerate()
                .all(|(index, expected)| self.peek(index) == Some(expected));
            if matches {
                self.at += text.len();
                return Ok(TokenKind::Punctuation(text));
            }
        }
        Err(format!("token recognition error at: '{first}'"))
    }

    fn take_word(&mut self) -> String {
        let start = self.at;
        while self
            .peek(0)
            .is_some_and(|next| next.is_ascii_alphanumeric() || next == '_')
        {
            self.at += 1;
        }
        self.characters[start..self.at].iter().collect()
    }

    fn take_digits(&mut self) {
        while self.peek(0).is_some_and(|next| next.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn quoted_name(&mut self) -> Result<TokenKind, String> {
        let rest = &self.characters[self.at + 1..];
        let end = rest
            .iter()
            .position(|next| *next == '`')
            .ok_or("token recognition error at: '`'")?;
        let name: String = rest[..end].iter().collect();
        self.at += end + 2;
        Ok(TokenKind::Quoted(name.into()))
    }

    fn number(&mut self) -> TokenKind {
        let start = self.at;
        let mut double = false;
        if self.peek(0) == Some('0')
            && matches!(self.peek(1), Some('x' | 'X'))
            && self.peek(2).is_some_and(|next| next.is_ascii_hexdigit())
        {
            self.at += 2;
            while self.peek(0).is_some_and(|next| next.is_ascii_hexdigit()) {
                self.at += 1;
            }
        } else {
            self.take_digits();
            if self.peek(0) == Some('.') && self.peek(1).is_some_and(|next| next.is_ascii_digit()) {
                double = true;
                self.at += 1;
                self.take_digits();
            }
            if matches!(self.peek(0), Some('e' | 'E')) {
                let sign = usize::from(matches!(self.peek(1), Some('+' | '-')));
                if self
                    .peek(1 + sign)
                    .is_some_and(|next| next.is_ascii_digit())
                {
                    double = true;
                    self.at += 1 + sign;
                    self.take_digits();
                }
            }
        }
        let text: String = self.characters[start..self.at].iter().collect();
        if double {
            return TokenKind::Double(text.into());
        }
        if matches!(self.peek(0), Some('u' | 'U')) {
            self.at += 1;
            return TokenKind::Uint(text.into());
        }
        TokenKind::Int(text.into())
    }

    /// The prefix letters of a string literal that starts here.
    fn string_prefix(&self) -> Option<Prefix> {
        let mut prefix = Prefix::default();
        for ahead in 0..3 {
            match self.peek(ahead)? {
                'r' | 'R' if !prefix.raw => prefix.raw = true,
                'b' | 'B' if !prefix.bytes => prefix.bytes = true,
                '"' | '\'' => {
                    prefix.length = ahead;
                    return Some(prefix);
                }
                _ => return None,
            }
        }
        None
    }

    fn string(&mut self, prefix: Prefix) -> Result<TokenKind, String> {
        self.at += prefix.length;
        let quote = self.characters[self.at];
        let triple = self.peek(1) == Some(quote) && self.peek(2) == Some(quote);
        self.at += if triple { 3 } else { 1 };
        let mut text = Text::new(prefix.bytes);
        loop {
            let Some(next) = self.peek(0) else {
                return Err(format!("token recognition error at: '{quote}'"));
            };
            let closing = next == quote
                && (!triple || (self.peek(1) == Some(quote) && self.peek(2) == Some(quote)));
            if closing {
                self.at += if triple { 3 } else { 1 };
                return text.finish();
            }
            if !triple && matches!(next, '\n' | '\r') {
                return Err(format!("token recognition error at: '{quote}'"));
            }
            if next == '\\' && !prefix.raw {
                self.escape(&mut text)?;
            } else {
                text.push_char(next);
                self.at += 1;
            }
        }
    }

    /// One escape sequence, of which the backslash comes next.
    fn escape(&mut self, text: &mut Text) -> Result<(), String> {
        let letter = self.peek(1).ok_or("unable to unescape string")?;
        self.at += 2;
        let simple = match letter {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '\\' | '\'' | '"' | '`' | '?' => letter,
            'x' | 'X' => return self.code(text, 2, 16, true),
            'u' if !text.is_bytes() => return self.code(text, 4, 16, false),
            'U' if !text.is_bytes() => return self.code(text, 8, 16, false),
            '0'..='3' => {
                self.at -= 1;
                return self.code(text, 3, 8, true);
            }
            _ => return Err("unable to unescape string".to_owned()),
        };
        text.push_char(simple);
        Ok(())
    }

    fn code(
        &mut self,
        text: &mut Text,
        digits: usize,
        radix: u32,
        byte: bool,
    ) -> Result<(), String> {
        let mut code = 0_u32;
        for _ in 0..digits {
            let digit = self
                .peek(0)
                .and_then(|next| next.to_digit(radix))
                .ok_or("unable to unescape string")?;
            code = code * radix + digit;
            self.at += 1;
        }
        if byte && text.is_bytes() {
            text.push_byte(code as u8);
            return Ok(());
        }
        text.push_char(char::from_u32(code).ok_or("invalid unicode code point")?);
        Ok(())
    }
}

#[derive(Default)]
struct Prefix {
    raw: bool,
    bytes: bool,
    length: usize,
}

enum Text {
    String(String),
    Bytes(Vec<u8>),
}

impl Text {
    fn new(bytes: bool) -> Self {
        if bytes {
            Text::Bytes(Vec::new())
        } else {
            Text::String(String::new())
        }
    }

    fn is_bytes(&self) -> bool {
        matches!(self, Text::Bytes(_))
    }

    fn push_char(&mut self, character: char) {
        match self {
            Text::String(text) => text.push(character),
            Text::Bytes(bytes) => {
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }

    fn push_byte(&mut self, byte: u8) {
        match self {
            Text::String(text) => text.push(char::from(byte)),
            Text::Bytes(bytes) => bytes.push(byte),
        }
    }

    fn finish(self) -> Result<TokenKind, String> {
        Ok(match self {
            Text::String(text) => TokenKind::String(text.into()),
            Text::Bytes(bytes) => TokenKind::Bytes(bytes.into()),
        })
    }
}
