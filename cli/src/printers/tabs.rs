//! Columns in plain text, laid out by the rules of Go's `text/tabwriter`: a cell ends with a tab, and neighbouring
//! lines share the width of a column for as long as they have a cell in it.

/// Lays out lines whose cells end with tabs.
#[derive(Clone, Debug)]
pub struct Tabs {
    min_width: usize,
    padding: usize,
    /// Widths of earlier output, which later lines keep; used by watches.
    remembered: Option<Vec<usize>>,
}

impl Tabs {
    /// As kubectl prints tables.
    pub fn table() -> Self {
        Tabs {
            min_width: 6,
            padding: 3,
            remembered: Some(Vec::new()),
        }
    }

    /// As `kubectl describe` prints.
    pub fn describe() -> Self {
        Tabs {
            min_width: 0,
            padding: 2,
            remembered: None,
        }
    }

    /// Returns `text` with every tab replaced by the blanks that align its column.
    pub fn layout(&mut self, text: &str) -> String {
        let ends_with_newline = text.ends_with('\n');
        let mut lines: Vec<Vec<&str>> = text
            .split('\n')
            .map(|line| line.split('\t').collect())
            .collect();
        if ends_with_newline {
            lines.pop();
        }
        let mut out = String::with_capacity(text.len() * 2);
        self.format(&lines, &mut Vec::new(), &mut out);
        if !ends_with_newline {
            out.pop();
        }
        out
    }

    fn format(&mut self, lines: &[Vec<&str>], widths: &mut Vec<usize>, out: &mut String) {
        let column = widths.len();
        let mut pending = 0;
        let mut this = 0;
        while this < lines.len() {
            if column + 1 >= lines[this].len() {
                this += 1;
                continue;
            }
            write_lines(&lines[pending..this], widths, out);
            pending = this;
            let mut width = self.min_width;
            while this < lines.len() && column + 1 < lines[this].len() {
                width = width.max(lines[this][column].chars().count() + self.padding);
                this += 1;
            }
            widths.push(self.remember(column, width));
            self.format(&lines[pending..this], widths, out);
            widths.pop();
            pending = this;
        }
        write_lines(&lines[pending..], widths, out);
    }

    fn remember(&mut self, column: usize, width: usize) -> usize {
        let Some(remembered) = &mut self.remembered else {
            return width;
        };
        if remembered.len() <= column {
            remembered.resize(column + 1, 0);
        }
        remembered[column] = remembered[column].max(width);
        remembered[column]
    }
}

fn write_lines(lines: &[Vec<&str>], widths: &[usize], out: &mut String) {
    for line in lines {
        for (column, cell) in line.iter().enumerate() {
            out.push_str(cell);
            if column + 1 < line.len() {
                let width = widths.get(column).copied().unwrap_or(0);
                let missing = width.saturating_sub(cell.chars().count());
                out.extend(std::iter::repeat_n(' ', missing));
            }
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_the_padding() {
        let text = Tabs::table().layout("NAME\tSTATUS\tAGE\nkube-system\tActive\t5m\n");
        assert_eq!(
            text,
            "NAME          STATUS   AGE\nkube-system   Active   5m\n"
        );
    }

    #[test]
    fn a_line_without_a_cell_ends_the_column() {
        let text = Tabs::describe().layout("Name:\tweb\nContainers:\n  long-name:\tx\n  b:\ty\n");
        assert_eq!(
            text,
            "Name:  web\nContainers:\n  long-name:  x\n  b:          y\n"
        );
    }

    #[test]
    fn a_watch_keeps_the_widths_it_has_shown() {
        let mut tabs = Tabs::table();
        tabs.layout("a-long-name\tx\n");
        assert_eq!(tabs.layout("a\tx\n"), "a             x\n");
    }
}
