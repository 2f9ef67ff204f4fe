//! `-o custom-columns`: headings and a path for each.

use super::sort::value_text;
use crate::error::{Error, Result};
use knarr_api::{
    jsonpath::{self, Template},
    meta,
};
use serde_json::Value;

const NO_COLUMNS: &str = "custom-columns format specified but no custom columns given";

/// Prints the values that paths find, one column for each path.
pub struct CustomColumns {
    /// The headings, and the path below each.
    columns: Vec<(String, String)>,
    no_headers: bool,
    headers_done: bool,
}

impl CustomColumns {
    /// From `NAME:.metadata.name,IMAGE:.spec.containers[*].image`.
    pub fn from_spec(spec: &str, no_headers: bool) -> Result<Self> {
        if spec.is_empty() {
            return Err(Error::message(NO_COLUMNS));
        }
        let columns = split_columns(spec).into_iter().map(|part| {
            let wrong = || {
                Error::message(format!(
                    "unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"
                ))
            };
            let (header, path) = part.split_once(':').ok_or_else(wrong)?;
            Ok((header.to_owned(), braced(path)?))
        });
        Ok(CustomColumns {
            columns: columns.collect::<Result<_>>()?,
            no_headers,
            headers_done: false,
        })
    }

    /// From a file with a line of headings and a line of paths.
    pub fn from_file(path: &str, no_headers: bool) -> Result<Self> {
        if path.is_empty() {
            return Err(Error::message(NO_COLUMNS));
        }
        let text = std::fs::read_to_string(path).map_err(|_| {
            Error::message(format!(
                "error reading template {path}, open {path}: no such file or directory"
            ))
        })?;
        let mut lines = text.lines();
        let mut words = |what: &str| {
            let line = lines.next().ok_or_else(|| {
                Error::message(format!(
                    "invalid template, missing {what} line. Expected format is one line of space separated headers, \
                     one line of space separated column specs."
                ))
            })?;
            Ok::<Vec<&str>, Error>(line.split_whitespace().collect())
        };
        let (headers, paths) = (words("header")?, words("spec")?);
        if headers.len() != paths.len() || headers.is_empty() {
            return Err(Error::message(format!(
                "number of headers ({}) and field specifications ({}) don't match",
                headers.len(),
                paths.len()
            )));
        }
        let columns = headers
            .into_iter()
            .zip(paths)
            .map(|(header, path)| Ok((header.to_owned(), braced(path)?)));
        Ok(CustomColumns {
            columns: columns.collect::<Result<_>>()?,
            no_headers,
            headers_done: false,
        })
    }

    /// Adds the lines for an object, or for each item of a list, also those that come before a failure.
    pub fn append(&mut self, lines: &mut String, object: &Value) -> Result<()> {
        if !self.headers_done && !self.no_headers {
            let headers: Vec<&str> = self
                .columns
                .iter()
                .map(|(header, _)| header.as_str())
                .collect();
            lines.push_str(&(headers.join("\t") + "\n"));
        }
        self.headers_done = true;
        let templates = self.columns.iter().map(|(_, path)| {
            Template::parse(path).map_err(|error| Error::message(error.to_string()))
        });
        let templates = templates.collect::<Result<Vec<_>>>()?;
        let items = object["items"]
            .as_array()
            .filter(|_| meta::kind(object).ends_with("List"));
        for item in items.map_or(std::slice::from_ref(object), Vec::as_slice) {
            lines.push_str(&row(&templates, item)?);
        }
        Ok(())
    }
}

fn row(templates: &[Template], object: &Value) -> Result<String> {
    let cells = templates.iter().map(|template| {
        let found = template
            .find(object)
            .map_err(|error| Error::message(error.to_string()))?;
        Ok(match found.is_empty() {
            true => "<none>".to_owned(),
            false => {
                let values: Vec<String> = found.into_iter().map(value_text).collect();
                values.join(",")
            }
        })
    });
    Ok(cells.collect::<Result<Vec<_>>>()?.join("\t") + "\n")
}

fn braced(path: &str) -> Result<String> {
    jsonpath::relaxed(path).map_err(|error| Error::message(error.to_string()))
}

/// Splits at the commas that stand outside of brackets and quotes.
fn split_columns(spec: &str) -> Vec<String> {
    let (mut parts, mut depth, mut quoted) = (vec![String::new()], 0_i32, None);
    for c in spec.chars() {
        match (c, quoted) {
            (c, Some(mark)) if c == mark => quoted = None,
            ('"' | '\'', None) => quoted = Some(c),
            ('[' | '(', None) => depth += 1,
            (']' | ')', None) => depth -= 1,
            (',', None) if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_column_joins_what_its_path_finds() {
        let mut columns = CustomColumns::from_spec(
            "NAME:.metadata.name,IMG:spec.containers[*].image,X:.x",
            false,
        )
        .expect("it parses");
        let pod = json!({"kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": [{"image": "a"}, {"image": "b"}]}});
        let mut lines = String::new();
        columns.append(&mut lines, &pod).expect("it prints");
        assert_eq!(lines, "NAME\tIMG\tX\nweb\ta,b\t<none>\n");
        columns.append(&mut lines, &pod).expect("it prints");
        assert_eq!(lines, "NAME\tIMG\tX\nweb\ta,b\t<none>\nweb\ta,b\t<none>\n");
    }

    #[test]
    fn headings_come_before_a_failure() {
        for path in [".spec.containers[5].name", ".metadata["] {
            let mut columns = CustomColumns::from_spec(&format!("A:{path}"), false).expect(path);
            let mut lines = String::new();
            let pod = json!({"kind": "Pod", "spec": {"containers": [{"name": "a"}]}});
            columns.append(&mut lines, &pod).expect_err(path);
            assert_eq!(lines, "A\n");
        }
    }

    #[test]
    fn commas_in_brackets_do_not_split() {
        assert_eq!(split_columns("A:.x[0,1],B:.y"), ["A:.x[0,1]", "B:.y"]);
    }
}
