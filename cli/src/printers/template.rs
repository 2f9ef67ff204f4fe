//! The formats that take a template: JSONPath and Go templates.

use crate::error::{Error, Result};
use gtmpl_ng::{Context, FuncError, Template, Value as GoValue};
use knarr_api::{
    jsonpath,
    quote::{go_syntax, quote},
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
    template: Template,
}

impl GoTemplate {
    /// A missing key is always allowed: the library does not tell of one.
    pub fn new(text: &str, allow_missing: bool) -> Result<Self> {
        if !allow_missing {
            return Err(Error::message(
                "--allow-missing-template-keys=false is not supported with go-template; use jsonpath",
            ));
        }
        let mut template = Template::default();
        template.add_func("exists", exists);
        template.add_func("base64decode", base64decode);
        template.parse(text).map_err(|error| {
            let fault = parse_fault(&error.to_string());
            Error::message(format!("error parsing template {text}, {fault}"))
        })?;
        Ok(GoTemplate {
            text: text.to_owned(),
            template,
        })
    }

    pub fn render(&self, object: &Value) -> Result<String> {
        self.template
            .render(&Context::from(go_value(object)))
            .map_err(|error| {
                Error::message(format!(
                    "error executing template {}: {error}",
                    quote(&self.text),
                ))
            })
    }
}

/// What Go says of a template that does not parse: `template: output:LINE: WHY`.
fn parse_fault(text: &str) -> String {
    let place = text.strip_prefix("template: ").unwrap_or(text);
    let mut parts = place.splitn(5, ':');
    let (Some(_), Some(line), Some(_), Some(_), Some(why)) = (
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
    ) else {
        return text.to_owned();
    };
    let unknown = why
        .strip_prefix("function ")
        .and_then(|why| why.strip_suffix(" not defined"));
    let why = match (why, unknown) {
        (_, Some(name)) => format!("function {} not defined", quote(name)),
        ("unexpected unclosed action in command", _) => "unclosed action".to_owned(),
        (why, _) => why.to_owned(),
    };
    format!("template: output:{line}: {why}")
}

fn go_value(value: &Value) -> GoValue {
    match value {
        Value::Null => GoValue::Nil,
        Value::Bool(flag) => GoValue::from(*flag),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => GoValue::from(whole),
            (None, Some(whole)) => GoValue::from(whole),
            (None, None) => GoValue::from(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => GoValue::from(text.as_str()),
        Value::Array(items) => GoValue::Array(items.iter().map(go_value).collect()),
        Value::Object(map) => GoValue::Map(
            map.iter()
                .map(|(key, value)| (key.clone(), go_value(value)))
                .collect(),
        ),
    }
}

/// `exists . "metadata" "name"`: whether the path leads somewhere.
fn exists(arguments: &[GoValue]) -> Result<GoValue, FuncError> {
    let Some((root, path)) = arguments.split_first() else {
        return Ok(GoValue::from(false));
    };
    let mut here = root;
    for step in path {
        let next = match (here, step) {
            (GoValue::Map(map) | GoValue::Object(map), GoValue::String(key)) => {
                map.get(key.as_str())
            }
            (GoValue::Array(items), GoValue::Number(index)) => index
                .as_i64()
                .and_then(|index| usize::try_from(index).ok())
                .and_then(|index| items.get(index)),
            _ => None,
        };
        let Some(next) = next else {
            return Ok(GoValue::from(false));
        };
        here = next;
    }
    Ok(GoValue::from(true))
}

fn base64decode(arguments: &[GoValue]) -> Result<GoValue, FuncError> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let text = match arguments {
        [GoValue::String(text)] => text,
        _ => {
            return Err(FuncError::Generic(
                "base64 decode: wants one string".to_owned(),
            ));
        }
    };
    let bytes = STANDARD
        .decode(text.as_bytes())
        .map_err(|error| FuncError::Generic(format!("base64 decode: {error}")))?;
    Ok(GoValue::from(String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rendered(template: &str) -> String {
        let object = json!({"metadata": {"name": "web", "labels": {"a": "b"}}, "data": {"k": "aGk="}, "n": 3, "l": [1, 2]});
        GoTemplate::new(template, true)
            .expect("it parses")
            .render(&object)
            .expect("it renders")
    }

    #[test]
    fn a_template_that_does_not_parse_is_refused_as_go_does() {
        for (text, want) in [
            (
                "{{foo}}",
                "template: output:1: function \"foo\" not defined",
            ),
            ("{{", "template: output:1: unclosed action"),
            ("{{if}}", "template: output:1: missing value for if"),
            ("a\n{{range .x}}", "template: output:2: unexpected EOF"),
        ] {
            let error = GoTemplate::new(text, true).err().expect(text);
            let error = error.report().0;
            assert_eq!(
                error,
                format!("error: error parsing template {text}, {want}")
            );
        }
    }

    #[test]
    fn what_the_library_does_not_tell_is_not_promised() {
        assert!(GoTemplate::new("{{.a}}", false).is_err());
    }

    #[test]
    fn go_templates_reach_the_object() {
        assert_eq!(
            rendered("{{.metadata.name}} {{.n}} {{range .l}}<{{.}}>{{end}}"),
            "web 3 <1><2>"
        );
        assert_eq!(rendered("{{.data.k | base64decode}}"), "hi");
        assert_eq!(
            rendered("{{exists . \"metadata\" \"name\"}}{{exists . \"spec\"}}"),
            "truefalse"
        );
        assert_eq!(rendered("{{.foo}}"), "<no value>");
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
