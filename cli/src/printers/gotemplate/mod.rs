//! Go's `text/template`, for `-o go-template`: the same language, the same output and the same words for what is wrong.
//! A template is read (`lexer`, `parser`, `expression`) into operations (`tree`) that are run (`exec`, `eval`) with
//! functions (`functions`, `compare`, `escape`, `format`) on an object. It knows no methods and no types but those that
//! JSON has, and it reads untrusted text: nothing in it recurses deeper than parentheses may be nested.

mod compare;
mod digits;
mod escape;
mod eval;
mod exec;
mod expression;
mod format;
mod functions;
mod lexer;
pub mod number;
mod parser;
mod tree;
mod value;

#[cfg(test)]
mod tests;

use serde_json::Value as Json;

/// The name that kubectl gives to its templates; messages show it.
const NAME: &str = "output";

/// A template that has been read.
pub struct Template {
    text: String,
    templates: tree::Templates,
}

impl Template {
    /// Reads a template; the error is Go's, such as `template: output:1: unclosed action`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let templates = parser::parse(text, |name| functions::find(name).is_some())?;
        Ok(Template {
            text: text.to_owned(),
            templates,
        })
    }

    /// Writes what the template makes of `object` to `out`, up to the place where it fails. A key that is not there is a
    /// failure unless `allow_missing`.
    pub fn execute(
        &self,
        object: &Json,
        allow_missing: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        exec::run(&self.text, &self.templates, object, allow_missing, out)
    }
}
