//! The server's warnings (RFC 7234 `Warning: 299 - "text"`). It repeats them on every request, and each is printed once.

use super::Client;
use crate::session::error_line;
use http::HeaderMap;
use std::cell::RefCell;

tokio::task_local! {
    /// Where warnings wait that are not to be printed yet.
    static HELD: RefCell<Vec<String>>;
}

/// Warnings that were not printed yet, in the order in which they came.
#[derive(Default)]
pub struct Warnings(Vec<String>);

impl Warnings {
    /// Puts those that came later behind these.
    pub fn extend(&mut self, Warnings(later): Warnings) {
        self.0.extend(later);
    }
}

/// Does some work, and keeps what the server warns of for later: of work that goes on at the same time as other work.
pub async fn holding_warnings<F: Future>(work: F) -> (F::Output, Warnings) {
    let held = async {
        let output = work.await;
        (output, Warnings(HELD.with(RefCell::take)))
    };
    HELD.scope(RefCell::default(), held).await
}

impl Client {
    /// Prints warnings that were held.
    pub fn warn(&self, Warnings(texts): Warnings) {
        for text in texts {
            if self.shared.warned.borrow_mut().insert(text.clone()) {
                error_line(&format!("Warning: {text}"));
            }
        }
    }

    /// How many different warnings the server gave.
    pub fn warnings(&self) -> usize {
        self.shared.warned.borrow().len()
    }

    /// Prints the warnings of an answer, or holds them.
    pub(super) fn print_warnings(&self, headers: &HeaderMap) {
        let texts = headers.get_all(http::header::WARNING).iter();
        let texts: Vec<String> = texts
            .filter_map(|header| header.to_str().ok().and_then(text))
            .collect();
        if HELD
            .try_with(|held| held.borrow_mut().extend_from_slice(&texts))
            .is_err()
        {
            self.warn(Warnings(texts));
        }
    }
}

/// The text of a `299 - "text"` warning header.
fn text(header: &str) -> Option<String> {
    let quoted = header.strip_prefix("299 ")?.split_once('"')?.1;
    let mut unquoted = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => unquoted.extend(chars.next()),
            '"' => return Some(unquoted),
            c => unquoted.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_unquoted() {
        assert_eq!(
            text("299 - \"a \\\"b\\\" c\"").as_deref(),
            Some("a \"b\" c")
        );
        assert_eq!(text("199 - \"other\""), None);
    }
}
