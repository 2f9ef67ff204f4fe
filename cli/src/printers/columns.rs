//! `-o custom-columns`: headings and a path for each.

use super::sort::{relaxed_path, value_text};
use crate::error::{Error, Result};
use knarr_api::{jsonpath::Template, meta};
use serde_json::Value;

const NO_COLUMNS: &str = "custom-columns format specified but no custom columns given";

/// Prints the values that paths find, one column for each path.
pub struct CustomColumns {
    columns: Vec<(String, Template)>,
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
            Ok((header.to_owned(), parse(path)?))
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
            .map(|(header, path)| Ok((header.to_owned(), parse(path)?)));
        Ok(CustomColumns {
            columns: columns.collect::<Result<_>>()?,
            no_headers,
            headers_done: false,
        })
    }

    /// The lines for an object, or for each item of a list.
    pub fn lines(&mut self, object: &Value) -> Result<String> {
        let mut lines = String::new();
        if !self.headers_done && !self.no_headers {
            let headers: Vec<&str> = self
                .columns
                .iter()
                .map(|(header, _)| header.as_str())
                .collect();
            lines.push_str(&(headers.join("\t") + "\n"));
        }
        self.headers_done = true;
        match object["items"]
            .as_array()
            .filter(|_| meta::kind(object).ends_with("List"))
        {
            Some(items) => {
                for item in items {
                    lines.push_str(&self.row(item)?);
                }
            }
            None => lines.push_str(&self.row(object)?),
        }
        Ok(lines)
    }

    fn row(&self, object: &Value) -> Result<String> {
        let cells: Vec<String> = self
            .columns
            .iter()
            .map(|(_, template)| {
                let found = template.find(object).unwrap_or_default();
                match found.is_empty() {
                    true => "<none>".to_owned(),
                    false => found
                        .into_iter()
                        .map(value_text)
                        .collect::<Vec<_>>()
                        .join(","),
                }
            })
            .collect();
        Ok(cells.join("\t") + "\n")
    }
}

fn parse(path: &str) -> Result<Template> {
    let relaxed = relaxed_path(path)?;
    Template::parse(&relaxed).map_err(|error| Error::message(error.to_string()))
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
        assert_eq!(
            columns.lines(&pod).expect("it prints"),
            "NAME\tIMG\tX\nweb\ta,b\t<none>\n"
        );
        assert_eq!(
            columns.lines(&pod).expect("it prints"),
            "web\ta,b\t<none>\n"
        );
    }

    #[test]
    fn commas_in_brackets_do_not_split() {
        assert_eq!(split_columns("A:.x[0,1],B:.y"), ["A:.x[0,1]", "B:.y"]);
    }
}
