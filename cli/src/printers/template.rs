//! The formats that take a template: JSONPath and Go templates.

use super::gotemplate;
use crate::error::{Error, Result};
use knarr_api::{
    jsonpath,
    quote::{go_json, go_syntax, go_value, quote},
};
use serde_json::Value;

/// A JSONPath template in kubectl's dialect.
pub struct JsonPath {
    text: String,
    template: jsonpath::Template,
    allow_missing: bool,
    as_json: bool,
}

impl JsonPath {
    pub fn new(text: &str, allow_missing: bool, as_json: bool) -> Result<Self> {
        let template = jsonpath::Template::parse(text)
            .map_err(|error| Error::message(format!("error parsing jsonpath {text}, {error}")))?;
        Ok(JsonPath {
            text: text.to_owned(),
            template,
            allow_missing,
            as_json,
        })
    }

    pub fn render(&self, object: &Value) -> Result<String> {
        if self.as_json {
            let groups = self.template.find_groups(object, self.allow_missing);
            let groups = groups.map_err(|error| self.failed(object, &error))?;
            // Each pair of braces makes a list of its own.
            let lists = groups.into_iter().map(|group| {
                let found: Vec<Value> = group.into_iter().cloned().collect();
                super::pretty_sorted(&found.into()) + "\n"
            });
            return Ok(lists.collect());
        }
        self.template
            .execute(object, self.allow_missing)
            .map_err(|error| self.failed(object, &error))
    }

    fn failed(&self, object: &Value, error: &dyn std::fmt::Display) -> Error {
        Error::message(format!(
            "error executing jsonpath {}: Error executing template: {error}. Printing more information for debugging \
             the template:\n\ttemplate was:\n\t\t{}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n",
            quote(&self.text),
            self.text,
            go_syntax(object),
        ))
    }
}

/// A template of Go's `text/template`.
pub struct GoTemplate {
    text: String,
    template: gotemplate::Template,
    allow_missing: bool,
}

impl GoTemplate {
    pub fn new(text: &str, allow_missing: bool) -> Result<Self> {
        let template = gotemplate::Template::parse(text)
            .map_err(|error| Error::message(format!("error parsing template {text}, {error}")))?;
        Ok(GoTemplate {
            text: text.to_owned(),
            template,
            allow_missing,
        })
    }

    /// Writes what the template makes of `object`. If it fails on the way, what it has made so far is followed by what
    /// helps to find the fault.
    pub fn render(&self, object: &Value, out: &mut Vec<u8>) -> Result<()> {
        let Err(error) = self.template.execute(object, self.allow_missing, out) else {
            return Ok(());
        };
        let help = format!(
            "Error executing template: {error}. Printing more information for debugging the template:\n\ttemplate \
             was:\n\t\t{}\n\traw data was:\n\t\t{}\n\tobject given to template engine was:\n\t\t{}\n\n",
            self.text,
            go_json(object),
            go_value(object),
        );
        out.extend_from_slice(help.as_bytes());
        let text = quote(&self.text);
        Err(Error::message(format!(
            "error executing template {text}: {error}"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_go_template_that_fails_says_on_what() {
        let template = GoTemplate::new("<{{.a}}{{.a.b}}>", true).expect("it parses");
        let mut out = Vec::new();
        let error = template
            .render(&json!({"c": 1, "a": "x"}), &mut out)
            .expect_err("a string has no fields");
        let why = "template: output:1:11: executing \"output\" at <.a.b>: can't evaluate field b in type interface {}";
        assert_eq!(
            error.report().0,
            format!("error: error executing template \"<{{{{.a}}}}{{{{.a.b}}}}>\": {why}")
        );
        assert_eq!(
            String::from_utf8_lossy(&out),
            format!(
                "<xError executing template: {why}. Printing more information for debugging the template:\n\
                 \ttemplate was:\n\t\t<{{{{.a}}}}{{{{.a.b}}}}>\n\traw data was:\n\t\t{{\"a\":\"x\",\"c\":1}}\n\
                 \tobject given to template engine was:\n\t\tmap[a:x c:1]\n\n"
            )
        );
    }

    #[test]
    fn a_go_template_that_does_not_parse_is_refused() {
        let error = GoTemplate::new("{{", true).err().expect("it is unclosed");
        assert_eq!(
            error.report().0,
            "error: error parsing template {{, template: output:1: unclosed action"
        );
    }

    #[test]
    fn json_paths_print_their_matches() {
        let path = JsonPath::new("{.metadata.name}", true, false).expect("it parses");
        assert_eq!(
            path.render(&json!({"metadata": {"name": "web"}}))
                .expect("it renders"),
            "web"
        );
        let path = JsonPath::new("{.a}", true, true).expect("it parses");
        assert_eq!(
            path.render(&json!({"a": 1})).expect("it renders"),
            "[\n    1\n]\n"
        );
    }
}
