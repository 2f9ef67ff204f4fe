//! Go's `fmt` for the values of a template: `print`, `println`, and `printf` with its verbs and flags. How numbers
//! look is in `digits.rs`.

use super::{
    digits::{self, Digits},
    value::{Data, Value},
};
use knarr_api::quote::quote;

/// Width and precision beyond this are no numbers to Go.
const TOO_LARGE: usize = 1_000_000;

/// As `%v` shows a value.
pub fn print(out: &mut Vec<u8>, data: &Data<'_>) {
    let mut printer = Printer {
        out: std::mem::take(out),
        flags: Flags::default(),
    };
    printer.value(data, 'v');
    *out = printer.out;
}

/// As a verb without flags shows a value.
pub fn shown(data: &Data<'_>, verb: char) -> String {
    let mut printer = Printer::default();
    printer.value(data, verb);
    String::from_utf8_lossy(&printer.out).into_owned()
}

/// Go's `Sprint`: a space between two of which none is a string.
pub fn sprint(values: &[Value<'_>]) -> Vec<u8> {
    let mut printer = Printer::default();
    let mut after_text = true;
    for value in values {
        let text = matches!(value.data, Data::Text(_));
        if !text && !after_text {
            printer.out.push(b' ');
        }
        printer.argument(&value.data, 'v');
        after_text = text;
    }
    printer.out
}

/// Go's `Sprintln`.
pub fn sprintln(values: &[Value<'_>]) -> Vec<u8> {
    let mut printer = Printer::default();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            printer.out.push(b' ');
        }
        printer.argument(&value.data, 'v');
    }
    printer.out.push(b'\n');
    printer.out
}

/// Go's `Sprintf`.
pub fn sprintf(format: &[u8], values: &[Value<'_>]) -> Vec<u8> {
    let mut run = Format {
        rest: format,
        values,
        next: 0,
        reordered: false,
        printer: Printer::default(),
    };
    while let Some(at) = run.rest.iter().position(|byte| *byte == b'%') {
        run.printer.out.extend_from_slice(&run.rest[..at]);
        run.rest = &run.rest[at + 1..];
        run.directive();
    }
    run.printer.out.extend_from_slice(run.rest);
    run.tell_extra();
    run.printer.out
}

/// What stands between `%` and its verb.
#[derive(Clone, Default)]
pub struct Flags {
    pub width: Option<usize>,
    pub precision: Option<usize>,
    pub minus: bool,
    pub plus: bool,
    pub sharp: bool,
    pub space: bool,
    pub zero: bool,
    /// `%#v`: the value in Go's syntax.
    syntax: bool,
}

/// One run over a format.
struct Format<'f> {
    rest: &'f [u8],
    values: &'f [Value<'f>],
    next: usize,
    /// Whether an argument was chosen by its number; then none is left over.
    reordered: bool,
    printer: Printer,
}

impl Format<'_> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn skip(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    fn directive(&mut self) {
        self.printer.flags = Flags::default();
        self.flags();
        let mut good = true;
        let mut chosen = self.chosen_argument(&mut good);
        if self.skip(b'*') {
            chosen = false;
            match self.number_argument() {
                Some(width) => {
                    let flags = &mut self.printer.flags;
                    flags.width = Some(width.unsigned_abs() as usize);
                    flags.minus |= width < 0;
                    flags.zero &= width >= 0;
                }
                None => self.printer.write("%!(BADWIDTH)"),
            }
        } else {
            self.printer.flags.width = self.number();
            good &= !(chosen && self.printer.flags.width.is_some());
        }
        if self.skip(b'.') {
            good &= !chosen;
            chosen = self.chosen_argument(&mut good);
            if self.skip(b'*') {
                chosen = false;
                let number = self.number_argument();
                self.printer.flags.precision =
                    number.and_then(|number| usize::try_from(number).ok());
                if self.printer.flags.precision.is_none() {
                    self.printer.write("%!(BADPREC)");
                }
            } else {
                self.printer.flags.precision = Some(self.number().unwrap_or_default());
            }
        }
        if !chosen {
            self.chosen_argument(&mut good);
        }
        self.verb(good);
    }

    fn flags(&mut self) {
        while let Some(byte) = self.peek() {
            let flags = &mut self.printer.flags;
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => return,
            }
            self.rest = &self.rest[1..];
        }
    }

    fn verb(&mut self, good: bool) {
        let Some((verb, length)) = next_rune(self.rest) else {
            return self.printer.write("%!(NOVERB)");
        };
        self.rest = &self.rest[length..];
        let verb = verb.unwrap_or(char::REPLACEMENT_CHARACTER);
        let printer = &mut self.printer;
        if verb == '%' {
            return printer.write("%");
        }
        let value = self.values.get(self.next);
        let Some(value) = value.filter(|_| good) else {
            let why = if good { "MISSING" } else { "BADINDEX" };
            return printer.write(&format!("%!{verb}({why})"));
        };
        if matches!(verb, 'v' | 'w') {
            printer.flags.syntax = std::mem::take(&mut printer.flags.sharp);
            printer.flags.plus = false;
        }
        printer.argument(&value.data, verb);
        self.next += 1;
    }

    /// `[3]`: the argument to go on with. Whether there was such a number.
    fn chosen_argument(&mut self, good: &mut bool) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let Some(end) = self.rest.iter().position(|byte| *byte == b']') else {
            *good = false;
            self.rest = &self.rest[1..];
            return false;
        };
        let inside = std::str::from_utf8(&self.rest[1..end]).unwrap_or_default();
        self.rest = &self.rest[end + 1..];
        let digits = inside.bytes().all(|byte| byte.is_ascii_digit());
        let index = inside.parse::<usize>().ok().filter(|_| digits);
        match index.and_then(|index| index.checked_sub(1)) {
            Some(index) if index < self.values.len() => {
                self.next = index;
                true
            }
            _ => {
                *good = false;
                index.is_some()
            }
        }
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = None;
        while let Some(byte) = self.peek().filter(u8::is_ascii_digit) {
            if number.unwrap_or_default() > TOO_LARGE {
                self.rest = &[];
                return None;
            }
            number = Some(number.unwrap_or_default() * 10 + usize::from(byte - b'0'));
            self.rest = &self.rest[1..];
        }
        number
    }

    fn number_argument(&mut self) -> Option<i64> {
        let value = self.values.get(self.next)?;
        self.next += 1;
        let limit = TOO_LARGE as i64;
        value
            .data
            .integer()
            .filter(|number| (-limit..=limit).contains(number))
    }

    fn tell_extra(&mut self) {
        let printer = &mut self.printer;
        let extra = self.values.get(self.next..).unwrap_or_default();
        if self.reordered || extra.is_empty() {
            return;
        }
        printer.flags = Flags::default();
        printer.write("%!(EXTRA ");
        for (index, value) in extra.iter().enumerate() {
            printer.write(if index > 0 { ", " } else { "" });
            match &value.data {
                Data::Nil => printer.write("<nil>"),
                data => {
                    printer.write(&format!("{}=", data.type_name()));
                    printer.value(data, 'v');
                }
            }
        }
        printer.write(")");
    }
}

#[derive(Default)]
struct Printer {
    out: Vec<u8>,
    flags: Flags,
}

impl Printer {
    fn write(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// One argument, by which also its type can be asked for.
    fn argument(&mut self, data: &Data<'_>, verb: char) {
        match (data, verb) {
            (Data::Nil, 'T' | 'v') => self.pad(b"<nil>"),
            (Data::Nil, _) => self.bad_verb(data, verb),
            (_, 'T') => self.text(data.type_name().as_bytes(), 's'),
            (Data::Map(map), 'p') => self.address(std::ptr::from_ref(*map) as usize),
            (Data::List(items), 'p') => self.address(items.as_ptr() as usize),
            (_, 'p' | 'w') => self.bad_verb(data, verb),
            _ => self.value(data, verb),
        }
    }

    fn address(&mut self, address: usize) {
        self.flags.sharp = !self.flags.sharp;
        self.integer(Digits::unsigned(address as u64), 'x');
    }

    fn value(&mut self, data: &Data<'_>, verb: char) {
        match data {
            Data::Nil if self.flags.syntax => self.write("interface {}(nil)"),
            Data::Nil => self.write("<nil>"),
            Data::Bool(flag) if matches!(verb, 't' | 'v') => {
                self.pad(flag.to_string().as_bytes());
            }
            Data::Int(number) | Data::Int64(number) if digits::is_integer_verb(verb) => {
                self.integer(Digits::signed(*number), verb);
            }
            Data::Byte(byte) if verb == 'v' && self.flags.syntax => {
                self.flags.sharp = true;
                self.integer(Digits::unsigned((*byte).into()), 'x');
                self.flags.sharp = false;
            }
            Data::Byte(byte) if digits::is_integer_verb(verb) => {
                self.integer(Digits::unsigned((*byte).into()), verb);
            }
            Data::Float(number) if digits::is_float_verb(verb) => self.float(*number, verb),
            Data::Complex(real, imaginary) if digits::is_float_verb(verb) => {
                let plus = self.flags.plus;
                self.write("(");
                self.float(*real, verb);
                self.flags.plus = true;
                self.float(*imaginary, verb);
                self.flags.plus = plus;
                self.write("i)");
            }
            Data::Text(text) if matches!(verb, 'v' | 's' | 'q' | 'x' | 'X') => {
                self.text(text, verb);
            }
            Data::Map(map) => {
                let mut entries: Vec<_> = map.iter().collect();
                entries.sort_unstable_by_key(|(key, _)| *key);
                let elements = entries
                    .into_iter()
                    .map(|(key, value)| (Some(key), Data::from(value)));
                self.elements("map", elements, data, verb);
            }
            Data::List(items) => {
                let elements = items.iter().map(|item| (None, Data::from(item)));
                self.elements("", elements, data, verb);
            }
            _ => self.bad_verb(data, verb),
        }
    }

    fn elements<'d>(
        &mut self,
        prefix: &str,
        elements: impl Iterator<Item = (Option<&'d String>, Data<'d>)>,
        data: &Data<'_>,
        verb: char,
    ) {
        let (open, separator, close) = match self.flags.syntax {
            true => (format!("{}{{", data.type_name()), ", ", "}"),
            false => (format!("{prefix}["), " ", "]"),
        };
        self.write(&open);
        for (index, (key, value)) in elements.enumerate() {
            self.write(if index > 0 { separator } else { "" });
            if let Some(key) = key {
                self.value(&Data::Text(key.as_bytes().into()), verb);
                self.write(":");
            }
            self.value(&value, verb);
        }
        self.write(close);
    }

    fn bad_verb(&mut self, data: &Data<'_>, verb: char) {
        self.write(&format!("%!{verb}("));
        match data {
            Data::Nil => self.write("<nil>"),
            data => {
                self.write(&format!("{}=", data.type_name()));
                self.value(data, 'v');
            }
        }
        self.write(")");
    }

    fn integer(&mut self, digits: Digits, verb: char) {
        let text = digits.text(&self.flags, verb);
        let zero = self.flags.zero;
        // The zeros in front of a number are part of it already.
        self.flags.zero &= matches!(verb, 'c' | 'q');
        self.pad(text.as_bytes());
        self.flags.zero = zero;
    }

    fn float(&mut self, number: f64, verb: char) {
        let text = digits::float(number, &self.flags, verb);
        let signed = text.starts_with(['-', '+', ' ']);
        let width = self.flags.width.unwrap_or_default();
        if self.flags.zero && !self.flags.minus && signed && width > text.len() {
            // The sign stands before the zeros.
            self.write(&text[..1]);
            self.padding(width - text.len());
            self.write(&text[1..]);
            return;
        }
        self.pad(text.as_bytes());
    }

    fn text(&mut self, text: &[u8], verb: char) {
        if matches!(verb, 'x' | 'X') {
            return self.hexadecimal(text, verb);
        }
        let text = match self.flags.precision {
            Some(runes) => &text[..runes_length(text, runes)],
            None => text,
        };
        if verb == 's' || verb == 'v' && !self.flags.syntax {
            return self.pad(text);
        }
        let raw = std::str::from_utf8(text)
            .ok()
            .filter(|text| self.flags.sharp && can_backquote(text));
        let quoted = match raw {
            Some(raw) => format!("`{raw}`"),
            None => quote_bytes(text, self.flags.plus),
        };
        self.pad(quoted.as_bytes());
    }

    /// The bytes of a text, in hexadecimal.
    fn hexadecimal(&mut self, text: &[u8], verb: char) {
        let text = &text[..self.flags.precision.unwrap_or(usize::MAX).min(text.len())];
        let mut hexadecimal = String::new();
        for (index, byte) in text.iter().enumerate() {
            if self.flags.space && index > 0 {
                hexadecimal.push(' ');
            }
            if self.flags.sharp && (self.flags.space || index == 0) {
                hexadecimal.push_str("0x");
            }
            hexadecimal.push_str(&format!("{byte:02x}"));
        }
        if verb == 'X' {
            hexadecimal = hexadecimal.to_uppercase();
        }
        self.pad(hexadecimal.as_bytes());
    }

    fn pad(&mut self, text: &[u8]) {
        let missing = self
            .flags
            .width
            .unwrap_or_default()
            .saturating_sub(rune_count(text));
        if self.flags.minus {
            self.out.extend_from_slice(text);
            self.padding(missing);
        } else {
            self.padding(missing);
            self.out.extend_from_slice(text);
        }
    }

    fn padding(&mut self, count: usize) {
        let zero = self.flags.zero && !self.flags.minus;
        let filler = if zero { b'0' } else { b' ' };
        self.out.resize(self.out.len() + count, filler);
    }
}

/// The first character and its length; a byte that belongs to none is alone.
pub fn next_rune(text: &[u8]) -> Option<(Option<char>, usize)> {
    let start = &text[..text.len().min(4)];
    let valid = match std::str::from_utf8(start) {
        Ok(valid) => valid,
        Err(error) => std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default(),
    };
    match valid.chars().next() {
        Some(c) => Some((Some(c), c.len_utf8())),
        None if text.is_empty() => None,
        None => Some((None, 1)),
    }
}

fn rune_count(text: &[u8]) -> usize {
    text.utf8_chunks()
        .map(|chunk| chunk.valid().chars().count() + chunk.invalid().len())
        .sum()
}

/// How many bytes the first `count` runes take.
fn runes_length(text: &[u8], count: usize) -> usize {
    let mut length = 0;
    for _ in 0..count {
        match next_rune(&text[length..]) {
            Some((_, more)) => length += more,
            None => break,
        }
    }
    length
}

/// Go's `strconv.CanBackquote`.
fn can_backquote(text: &str) -> bool {
    text.chars()
        .all(|c| c == '\t' || c >= ' ' && !matches!(c, '`' | '\x7f' | '\u{feff}'))
}

/// `%q`, of bytes that need not be text; with `ascii` of nothing else.
fn quote_bytes(text: &[u8], ascii: bool) -> String {
    let mut out = String::from('"');
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            push_escaped(&mut out, c, '"', ascii);
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out.push('"');
    out
}

/// A character as it stands inside of `mark`s.
pub fn push_escaped(out: &mut String, c: char, mark: char, ascii: bool) {
    match c {
        c if c == mark => out.extend(['\\', c]),
        '"' => out.push(c),
        c if ascii && c > '\u{ffff}' => out.push_str(&format!("\\U{:08x}", c as u32)),
        c if ascii && !c.is_ascii() => out.push_str(&format!("\\u{:04x}", c as u32)),
        c => {
            let quoted = quote(c.encode_utf8(&mut [0; 4]));
            out.push_str(&quoted[1..quoted.len() - 1]);
        }
    }
}
