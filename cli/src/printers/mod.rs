//! Output formats: from the `-o` flag to a printer, and the printers. Which format exists is one table.

mod columns;
pub mod gotemplate;
mod json;
mod sort;
mod table;
mod tabs;
mod template;

pub use columns::CustomColumns;
pub use json::{pretty, pretty_by_two, pretty_sorted, sorted};
pub use sort::{Sorted, no_such_field, sort_values, value_text};
pub use table::{TableOptions, TablePrinter};
pub use tabs::Tabs;

use crate::{
    error::{Error, Result, go_words},
    flags::PrintArgs,
    resource::Info,
    session::{Session, outln},
};
use knarr_api::{meta, protobuf::go_form, quote::quote, yaml};
use serde_json::Value;
use std::{borrow::Cow, cell::OnceCell};
use template::{GoTemplate, JsonPath};

/// The formats of most commands, as the message about a wrong one lists them.
const FORMATS: &[&str] = &[
    "go-template",
    "go-template-file",
    "json",
    "jsonpath",
    "jsonpath-as-json",
    "jsonpath-file",
    "kyaml",
    "name",
    "template",
    "templatefile",
    "yaml",
];

/// A way to print objects.
pub enum Printer {
    Json,
    Yaml,
    Kyaml,
    Name,
    JsonPath(JsonPath),
    GoTemplate(GoTemplate),
}

impl Printer {
    /// The printer for `-o`; `None` when the flag was not given.
    pub fn from_args(args: &PrintArgs) -> Result<Option<Self>> {
        let output = args.output.clone().unwrap_or_default();
        Self::from_format(&output, args, &[])
    }

    /// The printer for one format; `more` names further formats that the command has.
    pub fn from_format(output: &str, args: &PrintArgs, more: &[&str]) -> Result<Option<Self>> {
        let template_flag = args
            .template
            .clone()
            .filter(|template| !template.is_empty());
        let (format, argument) = match output.split_once('=') {
            Some((format, argument)) => (format, Some(argument.to_owned())),
            None if output.is_empty() && template_flag.is_some() => ("go-template", None),
            None => (output, None),
        };
        let lower = format.to_lowercase();
        let format = match lower.as_str() {
            "json" | "yaml" | "kyaml" | "name" if argument.is_none() => &lower,
            _ => format,
        };
        if argument.is_some() && template_flag.is_some() {
            return Err(unknown_format(output, more));
        }
        let template = || {
            argument
                .clone()
                .filter(|argument| !argument.is_empty())
                .or(template_flag.clone())
                .ok_or_else(|| Error::message("template format specified but no template given"))
        };
        let missing = args.allow_missing_template_keys;
        Ok(Some(match (format, argument.is_some()) {
            ("", false) => return Ok(None),
            ("json", false) => Printer::Json,
            ("yaml", false) => Printer::Yaml,
            ("kyaml", false) => Printer::Kyaml,
            ("name", false) => Printer::Name,
            ("jsonpath", _) => Printer::JsonPath(JsonPath::new(&template()?, missing, false)?),
            ("jsonpath-as-json", _) => {
                Printer::JsonPath(JsonPath::new(&template()?, missing, true)?)
            }
            ("jsonpath-file", _) => Printer::JsonPath(JsonPath::new(
                &read_template(&template()?)?,
                missing,
                false,
            )?),
            ("go-template" | "template", _) => {
                Printer::GoTemplate(GoTemplate::new(&template()?, missing)?)
            }
            ("go-template-file" | "templatefile", _) => {
                Printer::GoTemplate(GoTemplate::new(&read_template(&template()?)?, missing)?)
            }
            _ => return Err(unknown_format(output, more)),
        }))
    }

    /// Whether any field may be shown, also those that the other formats leave out.
    pub fn is_template(&self) -> bool {
        matches!(self, Printer::JsonPath(_) | Printer::GoTemplate(_))
    }

    /// Prints one object (or one list). `position` counts what was printed before it.
    pub fn print(
        &self,
        session: &Session,
        object: &Value,
        position: usize,
        keep_managed_fields: bool,
    ) -> Result<()> {
        through(session, |out| {
            self.append(out, object, position, keep_managed_fields)
        })
    }

    /// As [`Printer::print`], for an object that kubectl has made itself or read into Go's type of its kind: with the
    /// fields that the type has in any case, and in JSON in the type's order.
    pub fn print_typed(
        &self,
        session: &Session,
        object: &Value,
        position: usize,
        keep_managed_fields: bool,
    ) -> Result<()> {
        through(session, |out| {
            self.append_typed(out, object, position, keep_managed_fields)
        })
    }

    /// Adds what [`Printer::print_typed`] prints to `out`.
    pub fn append_typed(
        &self,
        out: &mut Vec<u8>,
        object: &Value,
        position: usize,
        keep_managed_fields: bool,
    ) -> Result<()> {
        let shown = shown(object, keep_managed_fields);
        let object = go_form(&shown).unwrap_or_else(|| shown.into_owned());
        match self {
            Printer::Json => out.extend_from_slice((pretty(&object) + "\n").as_bytes()),
            Printer::Kyaml => out.extend_from_slice(yaml::to_kyaml(&object).as_bytes()),
            other => return other.append(out, &object, position, true),
        }
        Ok(())
    }

    /// Adds what [`Printer::print`] prints to `out`, also what comes before a failure.
    pub fn append(
        &self,
        out: &mut Vec<u8>,
        object: &Value,
        position: usize,
        keep_managed_fields: bool,
    ) -> Result<()> {
        let text = match self {
            Printer::Json => pretty_sorted(&shown(object, keep_managed_fields)) + "\n",
            Printer::Yaml => {
                let separator = if position > 0 { "---\n" } else { "" };
                format!(
                    "{separator}{}",
                    yaml::to_string(&shown(object, keep_managed_fields))
                )
            }
            Printer::Kyaml => yaml::to_kyaml(&sorted(&shown(object, keep_managed_fields))),
            Printer::Name => names(object),
            Printer::JsonPath(template) => template.render(object)?,
            Printer::GoTemplate(template) => return template.render(object, out),
        };
        out.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Writes what `fill` makes, also what comes before its failure.
fn through(session: &Session, fill: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
    let mut out = Vec::new();
    let result = fill(&mut out);
    session.write_bytes(&out)?;
    result
}

fn unknown_format(output: &str, more: &[&str]) -> Error {
    let mut formats: Vec<&str> = FORMATS.iter().chain(more).copied().collect();
    formats.sort_unstable();
    Error::message(format!(
        "unable to match a printer suitable for the output format {}, allowed formats are: {}",
        quote(output),
        formats.join(",")
    ))
}

fn read_template(path: &str) -> Result<String> {
    let bytes = std::fs::read(path).map_err(|error| {
        let step = if error.kind() == std::io::ErrorKind::IsADirectory {
            "read"
        } else {
            "open"
        };
        let why = go_words(&error);
        Error::message(format!(
            "error reading --template {path}, {step} {path}: {why}"
        ))
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The object as it is shown: the managed fields are noise to a reader.
fn shown(object: &Value, keep_managed_fields: bool) -> Cow<'_, Value> {
    let has_them = |object: &Value| !object["metadata"]["managedFields"].is_null();
    let items = object["items"].as_array().into_iter().flatten();
    if keep_managed_fields || !(has_them(object) || items.into_iter().any(has_them)) {
        return Cow::Borrowed(object);
    }
    let mut object = object.clone();
    meta::remove(&mut object, "managedFields");
    let items = object.get_mut("items").and_then(Value::as_array_mut);
    for item in items.into_iter().flatten().filter(|item| has_them(item)) {
        meta::remove(item, "managedFields");
    }
    Cow::Owned(object)
}

fn names(object: &Value) -> String {
    match object["items"]
        .as_array()
        .filter(|_| meta::kind(object).ends_with("List"))
    {
        Some(items) => items.iter().map(names).collect(),
        None => object_title(object) + "\n",
    }
}

/// `deployment.apps/web`, from the object's own kind and group.
pub fn object_title(object: &Value) -> String {
    let (group, _) = meta::split_api_version(meta::api_version(object));
    let kind = meta::kind(object).to_lowercase();
    let dot = if group.is_empty() { "" } else { "." };
    let name = match meta::name(object) {
        "" => "<unknown>",
        name => name,
    };
    format!("{kind}{dot}{group}/{name}")
}

/// Prints the result of commands that change objects: `deployment.apps/web created`, or what `-o` asks for.
pub struct ResultPrinter {
    args: PrintArgs,
    /// Made for the first object, or before.
    printer: OnceCell<Option<Printer>>,
    /// What follows the verb: ` (dry run)`.
    suffix: &'static str,
    printed: usize,
    /// Whether the objects are printed from Go's types.
    is_typed: bool,
}

impl ResultPrinter {
    pub fn new(args: &PrintArgs, suffix: &'static str) -> Result<Self> {
        let printer = Self::late(args, suffix);
        printer.printer()?;
        Ok(printer)
    }

    /// As [`ResultPrinter::new`], but a wrong format is told of when there is something to print.
    pub fn late(args: &PrintArgs, suffix: &'static str) -> Self {
        ResultPrinter {
            args: args.clone(),
            printer: OnceCell::new(),
            suffix,
            printed: 0,
            is_typed: false,
        }
    }

    fn printer(&self) -> Result<&Option<Printer>> {
        if let Some(printer) = self.printer.get() {
            return Ok(printer);
        }
        let printer = Printer::from_args(&self.args)?;
        Ok(self.printer.get_or_init(|| printer))
    }

    /// Prints the objects from Go's types; see [`Printer::print`].
    pub fn typed(mut self) -> Self {
        self.is_typed = true;
        self
    }

    /// Reports that `verb` was done to the object of `info`.
    pub fn print(&mut self, session: &Session, info: &Info, verb: &str) -> Result<()> {
        let printer = self.printer()?;
        let done = match printer {
            None => outln!(session, "{} {verb}{}", info.title(), self.suffix),
            Some(Printer::Name) => outln!(session, "{}", info.title()),
            Some(printer) => {
                let keep = self.args.show_managed_fields;
                through(session, |out| match self.is_typed {
                    true => printer.append_typed(out, &info.object, self.printed, keep),
                    false => printer.append(out, &info.object, self.printed, keep),
                })
            }
        };
        self.printed += 1;
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_wrong_format_lists_the_right_ones() {
        let args = PrintArgs {
            output: Some("foo".into()),
            ..PrintArgs::default()
        };
        let error = Printer::from_args(&args)
            .err()
            .expect("there is no such format");
        assert!(error.report().0.starts_with(
            "error: unable to match a printer suitable for the output format \"foo\", allowed formats are: go-template,"
        ));
    }

    #[test]
    fn managed_fields_are_hidden() {
        let object = json!({"kind": "Pod", "metadata": {"name": "a", "managedFields": [{}]}});
        assert_eq!(
            *shown(&object, false),
            json!({"kind": "Pod", "metadata": {"name": "a"}})
        );
        assert_eq!(*shown(&object, true), object);
    }
}
