//! What only a terminal sees: colour, a picker, progress. Nothing here changes what a pipe or a file gets.

mod interruptions;
mod picker;
mod progress;

pub use interruptions::Interruptions;
pub use picker::pick;
pub use progress::Progress;

use std::io::IsTerminal;

/// When output is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// On a terminal that can do it, unless `NO_COLOR` is set (no-color.org).
    #[default]
    Auto,
    Always,
    Never,
}

impl When {
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(When::Auto),
            "always" => Ok(When::Always),
            "never" => Ok(When::Never),
            other => Err(format!(
                "{} is not one of auto, always, never",
                knarr_api::quote::quote(other)
            )),
        }
    }

    /// Whether standard output is coloured.
    pub fn colours_output(self) -> bool {
        let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        match self {
            When::Always => true,
            When::Never => false,
            When::Auto => !forbidden && !dumb && std::io::stdout().is_terminal(),
        }
    }
}

/// A colour of the eight that every terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    Red = 31,
    Green = 32,
    Yellow = 33,
    Blue = 34,
    Magenta = 35,
    Cyan = 36,
}

/// The text in a colour.
pub fn paint(colour: Colour, text: &str) -> String {
    format!("\x1b[{}m{text}\x1b[0m", colour as u8)
}

/// A colour that goes with a name, the same each time.
pub fn colour_of(name: &str) -> Colour {
    const ALL: [Colour; 5] = [
        Colour::Green,
        Colour::Yellow,
        Colour::Blue,
        Colour::Magenta,
        Colour::Cyan,
    ];
    let sum = name.bytes().fold(5381_usize, |sum, byte| {
        sum.wrapping_mul(33) ^ usize::from(byte)
    });
    ALL[sum % ALL.len()]
}

/// Colours the words of a laid out table that say how something is; the header stays as it is.
pub fn paint_table(table: &str) -> String {
    table.split_inclusive('\n').map(paint_row).collect()
}

fn paint_row(row: &str) -> String {
    let mut painted = String::with_capacity(row.len() + 16);
    for part in row.split_inclusive(' ') {
        let word = part.trim_end();
        match colour_of_state(word) {
            Some(colour) => {
                painted.push_str(&paint(colour, word));
                painted.push_str(&part[word.len()..]);
            }
            None => painted.push_str(part),
        }
    }
    painted
}

fn colour_of_state(word: &str) -> Option<Colour> {
    match word {
        "Running" | "Ready" | "Active" | "Bound" | "Complete" | "Completed" | "Succeeded"
        | "Available" => Some(Colour::Green),
        "Pending"
        | "ContainerCreating"
        | "PodInitializing"
        | "Terminating"
        | "Released"
        | "SchedulingDisabled"
        | "Ready,SchedulingDisabled"
        | "Suspended" => Some(Colour::Yellow),
        "Error"
        | "CrashLoopBackOff"
        | "ImagePullBackOff"
        | "ErrImagePull"
        | "OOMKilled"
        | "Evicted"
        | "Failed"
        | "NotReady"
        | "Lost"
        | "Unknown"
        | "CreateContainerConfigError"
        | "CreateContainerError"
        | "RunContainerError"
        | "InvalidImageName"
        | "DeadlineExceeded" => Some(Colour::Red),
        _ => word.strip_prefix("Init:").map(|rest| {
            match rest.contains("BackOff") || rest.contains("Err") {
                true => Colour::Red,
                false => Colour::Yellow,
            }
        }),
    }
}

/// Whether a person sits before standard input, output and error.
pub fn is_interactive() -> bool {
    std::io::stdin().is_terminal()
        && std::io::stdout().is_terminal()
        && std::io::stderr().is_terminal()
}

/// The known words that are near to a wrong one, the nearest first.
pub fn near<'w>(wrong: &str, known: impl IntoIterator<Item = &'w str>) -> Vec<&'w str> {
    let limit = (wrong.chars().count() / 3).clamp(1, 3);
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .map(|word| (crate::app::distance(word, wrong), word))
        .filter(|(distance, word)| *distance <= limit && *word != wrong)
        .collect();
    found.sort();
    found.dedup();
    found.into_iter().map(|(_, word)| word).take(3).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_coloured_and_nothing_else() {
        let table = "NAME   STATUS\nweb    Running   5d\n";
        assert_eq!(
            paint_table(table),
            "NAME   STATUS\nweb    \x1b[32mRunning\x1b[0m   5d\n"
        );
    }

    #[test]
    fn a_name_keeps_its_colour() {
        assert_eq!(colour_of("web-1"), colour_of("web-1"));
    }

    #[test]
    fn near_words_are_found() {
        assert_eq!(
            near("deploymnet", ["deployments", "pods", "deployment"]),
            ["deployment", "deployments"]
        );
        assert!(near("x", ["pods"]).is_empty());
    }
}
