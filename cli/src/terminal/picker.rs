//! A list to choose from on the terminal: arrows move, letters filter, Enter takes, Escape leaves.

use crate::error::{Error, Result};
use nix::sys::termios::{self, LocalFlags, SetArg, SpecialCharacterIndices, Termios};
use std::io::{Read, Write};

/// Lines of the list that are shown at once.
const SHOWN: usize = 12;

/// What the user pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Up,
    Down,
    Enter,
    Leave,
    Backspace,
    Letter(char),
}

/// The state of the list.
struct Picker<'i> {
    items: &'i [String],
    filter: String,
    /// The place of the chosen one among those that the filter leaves.
    at: usize,
}

/// What a key leads to.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Stay,
    Take(usize),
    Leave,
}

impl<'i> Picker<'i> {
    fn left(&self) -> Vec<usize> {
        let wanted = self.filter.to_lowercase();
        (0..self.items.len())
            .filter(|index| self.items[*index].to_lowercase().contains(&wanted))
            .collect()
    }

    fn press(&mut self, key: Key) -> Step {
        let left = self.left();
        match key {
            Key::Leave => return Step::Leave,
            Key::Enter => {
                return left
                    .get(self.at)
                    .map_or(Step::Stay, |index| Step::Take(*index));
            }
            Key::Up => self.at = self.at.saturating_sub(1),
            Key::Down => self.at = (self.at + 1).min(left.len().saturating_sub(1)),
            Key::Backspace => {
                self.filter.pop();
                self.at = 0;
            }
            Key::Letter(letter) => {
                self.filter.push(letter);
                self.at = 0;
            }
        }
        Step::Stay
    }

    /// The lines to show: the question, and the part of the list around the chosen item.
    fn lines(&self, question: &str) -> Vec<String> {
        let left = self.left();
        let first = (self.at + 1).saturating_sub(SHOWN);
        let mut lines = vec![format!("{question} {}", self.filter)];
        lines.extend(
            left.iter()
                .enumerate()
                .skip(first)
                .take(SHOWN)
                .map(|(place, index)| match place == self.at {
                    true => format!("\x1b[7m> {}\x1b[0m", self.items[*index]),
                    false => format!("  {}", self.items[*index]),
                }),
        );
        if left.is_empty() {
            lines.push("  (nothing fits)".to_owned());
        }
        lines
    }
}

/// The keys in what a terminal sent.
fn keys(bytes: &[u8]) -> Vec<Key> {
    match bytes {
        [0x1b, b'[' | b'O', b'A', ..] => vec![Key::Up],
        [0x1b, b'[' | b'O', b'B', ..] => vec![Key::Down],
        [0x1b, ..] => vec![Key::Leave],
        bytes => String::from_utf8_lossy(bytes)
            .chars()
            .filter_map(|c| match c {
                '\r' | '\n' => Some(Key::Enter),
                '\u{3}' | '\u{4}' => Some(Key::Leave),
                '\u{7f}' | '\u{8}' => Some(Key::Backspace),
                '\u{10}' => Some(Key::Up),
                '\u{e}' => Some(Key::Down),
                c if c.is_control() => None,
                c => Some(Key::Letter(c)),
            })
            .collect(),
    }
}

/// The terminal without echo and line editing, until it is dropped.
struct Raw(Termios);

impl Raw {
    fn enter() -> Result<Self> {
        let failed = |error: nix::Error| Error::message(format!("the terminal refuses: {error}"));
        let before = termios::tcgetattr(std::io::stdin()).map_err(failed)?;
        let mut raw = before.clone();
        raw.local_flags
            .remove(LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ISIG);
        raw.control_chars[SpecialCharacterIndices::VMIN as usize] = 1;
        raw.control_chars[SpecialCharacterIndices::VTIME as usize] = 0;
        termios::tcsetattr(std::io::stdin(), SetArg::TCSANOW, &raw).map_err(failed)?;
        Ok(Raw(before))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = termios::tcsetattr(std::io::stdin(), SetArg::TCSANOW, &self.0);
    }
}

/// Lets the user choose one of `items`; `current` is chosen in the beginning. `None`: they left. Only to be called
/// when standard input and standard error are a terminal.
pub fn pick(question: &str, items: &[String], current: Option<usize>) -> Result<Option<usize>> {
    let _raw = Raw::enter()?;
    let mut picker = Picker {
        items,
        filter: String::new(),
        at: current.unwrap_or(0).min(items.len().saturating_sub(1)),
    };
    let mut out = std::io::stderr().lock();
    let mut drawn = 0;
    let mut buffer = [0; 64];
    loop {
        let lines = picker.lines(question);
        write!(out, "{}", erased(drawn))?;
        write!(out, "{}", lines.join("\n"))?;
        out.flush()?;
        drawn = lines.len();
        let count = std::io::stdin().lock().read(&mut buffer)?;
        let pressed = match count {
            0 => vec![Key::Leave],
            count => keys(&buffer[..count]),
        };
        for key in pressed {
            let chosen = match picker.press(key) {
                Step::Stay => continue,
                Step::Take(index) => Some(index),
                Step::Leave => None,
            };
            write!(out, "{}", erased(drawn))?;
            out.flush()?;
            return Ok(chosen);
        }
    }
}

/// Takes so many lines off the screen; the cursor stands in the last one.
fn erased(lines: usize) -> String {
    match lines {
        0 => String::new(),
        lines => format!("\r\x1b[2K{}", "\x1b[1A\x1b[2K".repeat(lines - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_filter_and_arrows_move() {
        let items = ["alpha", "beta", "gamma"].map(str::to_owned);
        let mut picker = Picker {
            items: &items,
            filter: String::new(),
            at: 0,
        };
        for key in keys(b"a\x7fm") {
            assert_eq!(picker.press(key), Step::Stay);
        }
        assert_eq!(picker.press(Key::Enter), Step::Take(2));
        picker.press(Key::Backspace);
        picker.press(Key::Down);
        assert_eq!(picker.press(Key::Enter), Step::Take(1));
        assert_eq!(picker.press(keys(b"\x1b")[0]), Step::Leave);
        assert_eq!(keys(b"\x1b[A"), [Key::Up]);
    }

    #[test]
    fn nothing_can_be_taken_from_an_empty_list() {
        let items = ["alpha".to_owned()];
        let mut picker = Picker {
            items: &items,
            filter: "x".to_owned(),
            at: 0,
        };
        picker.press(Key::Down);
        assert_eq!(picker.press(Key::Enter), Step::Stay);
        assert!(picker.lines("?").len() == 2);
    }
}
