//! Tables (meta.k8s.io/v1 `Table`) as lines with tabs.

use knarr_api::meta;
use serde_json::Value;

/// What is shown of a table.
#[derive(Clone, Debug, Default)]
pub struct TableOptions {
    pub no_headers: bool,
    pub wide: bool,
    pub with_namespace: bool,
    /// `deployment.apps/` in front of the name.
    pub kind_prefix: Option<String>,
    pub label_columns: Vec<String>,
    pub show_labels: bool,
    /// A first column with this heading, for watch events.
    pub event_column: bool,
}

/// Prints the tables of one resource; the headings come once.
#[derive(Clone, Debug)]
pub struct TablePrinter {
    options: TableOptions,
    /// Which columns are shown, known from the first table with column definitions.
    shown: Vec<usize>,
    name_column: Option<usize>,
    /// The headings, until the first row is shown.
    headings: Option<String>,
    headers_done: bool,
}

impl TablePrinter {
    pub fn new(options: TableOptions) -> Self {
        let headers_done = options.no_headers;
        TablePrinter {
            options,
            shown: Vec::new(),
            name_column: None,
            headings: None,
            headers_done,
        }
    }

    /// The lines of a table, each cell but the last ended by a tab.
    pub fn lines(&mut self, table: &Value, event: Option<&str>) -> String {
        let mut lines = String::new();
        let definitions = table["columnDefinitions"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        if !definitions.is_empty() {
            self.learn(definitions);
        }
        if !self.headers_done && !definitions.is_empty() {
            self.headers_done = true;
            self.headings = Some(self.headers(definitions));
        }
        for row in table["rows"].as_array().into_iter().flatten() {
            lines.push_str(&self.headings.take().unwrap_or_default());
            lines.push_str(&self.row(row, event));
        }
        lines
    }

    fn learn(&mut self, definitions: &[Value]) {
        let is_shown = |definition: &Value| {
            self.options.wide || definition["priority"].as_i64().unwrap_or(0) == 0
        };
        self.shown = (0..definitions.len())
            .filter(|index| is_shown(&definitions[*index]))
            .collect();
        let named =
            |definition: &Value| definition["format"] == "name" && definition["type"] == "string";
        self.name_column = definitions.iter().position(named);
    }

    fn headers(&self, definitions: &[Value]) -> String {
        let mut cells: Vec<String> = Vec::new();
        if self.options.event_column {
            cells.push("EVENT".to_owned());
        }
        if self.options.with_namespace {
            cells.push("NAMESPACE".to_owned());
        }
        for index in &self.shown {
            cells.push(
                definitions[*index]["name"]
                    .as_str()
                    .unwrap_or_default()
                    .to_uppercase(),
            );
        }
        for label in &self.options.label_columns {
            cells.push(label.rsplit('/').next().unwrap_or(label).to_uppercase());
        }
        if self.options.show_labels {
            cells.push("LABELS".to_owned());
        }
        cells.join("\t") + "\n"
    }

    fn row(&self, row: &Value, event: Option<&str>) -> String {
        let object = &row["object"];
        let mut cells: Vec<String> = Vec::new();
        if let Some(event) = event.filter(|_| self.options.event_column) {
            // As wide as the longest type, so that later events stay in line.
            cells.push(format!("{event:8}"));
        }
        if self.options.with_namespace {
            cells.push(meta::namespace(object).to_owned());
        }
        let none = Vec::new();
        let values = row["cells"].as_array().unwrap_or(&none);
        let every: Vec<usize>;
        let shown = match self.shown.is_empty() {
            false => &self.shown,
            true => {
                every = (0..values.len()).collect();
                &every
            }
        };
        for index in shown {
            let cell = values.get(*index).map(cell_text).unwrap_or_default();
            match (&self.options.kind_prefix, self.name_column == Some(*index)) {
                (Some(prefix), true) => cells.push(format!("{prefix}/{cell}")),
                _ => cells.push(cell),
            }
        }
        for label in &self.options.label_columns {
            cells.push(meta::label(object, label).unwrap_or_default().to_owned());
        }
        if self.options.show_labels {
            cells.push(labels_text(object));
        }
        cells.join("\t") + "\n"
    }
}

/// A cell on one line: what follows a line break is cut off.
fn cell_text(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::String(text) => match text.find(['\u{c}', '\n', '\r']) {
            Some(end) => format!("{}...", &text[..end]).replace('\t', " "),
            None => text.replace('\t', " "),
        },
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(cell_text).collect::<Vec<_>>().join(" ")
        ),
        other => other.to_string(),
    }
}

fn labels_text(object: &Value) -> String {
    let Some(labels) = meta::labels(object).filter(|labels| !labels.is_empty()) else {
        return "<none>".to_owned();
    };
    let mut pairs: Vec<String> = labels
        .iter()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    pairs.sort();
    pairs.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn table() -> Value {
        json!({"columnDefinitions": [
            {"name": "Name", "type": "string", "format": "name", "priority": 0},
            {"name": "Status", "type": "string", "priority": 0},
            {"name": "IP", "type": "string", "priority": 1}],
            "rows": [{"cells": ["web", "Run\nning", null], "object": {"metadata": {"namespace": "n", "labels": {"b": "2", "a": "1"}}}}]})
    }

    fn printed(options: TableOptions) -> String {
        TablePrinter::new(options).lines(&table(), None)
    }

    #[test]
    fn wide_columns_wait_for_wide() {
        assert_eq!(
            printed(TableOptions::default()),
            "NAME\tSTATUS\nweb\tRun...\n"
        );
        assert_eq!(
            printed(TableOptions {
                wide: true,
                ..Default::default()
            }),
            "NAME\tSTATUS\tIP\nweb\tRun...\t\n"
        );
    }

    #[test]
    fn namespace_kind_and_labels_are_added_around() {
        let options = TableOptions {
            with_namespace: true,
            kind_prefix: Some("pod".into()),
            label_columns: vec!["x.y/a".into(), "b".into()],
            show_labels: true,
            no_headers: true,
            ..Default::default()
        };
        assert_eq!(printed(options), "n\tpod/web\tRun...\t\t2\ta=1,b=2\n");
    }

    #[test]
    fn headings_come_once() {
        let mut printer = TablePrinter::new(TableOptions::default());
        printer.lines(&table(), None);
        assert_eq!(printer.lines(&table(), None), "web\tRun...\n");
    }
}
