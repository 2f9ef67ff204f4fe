//! The stages of a start, shown as they pass, with their times.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Prints one line for each stage. Lines go to standard output, so that a script can wait for them.
pub struct Progress {
    start: Instant,
    colour: bool,
}

/// Stages are padded to this, so that times stand in one column.
const WIDTH: usize = 14;

impl Default for Progress {
    fn default() -> Self {
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self {
            start: Instant::now(),
            colour,
        }
    }
}

impl Progress {
    /// Runs a stage, and prints its name, its time and what it says of itself.
    pub async fn stage<T, E>(
        &self,
        name: &str,
        work: impl Future<Output = Result<T, E>>,
        detail: impl FnOnce(&T) -> String,
    ) -> Result<T, E> {
        let start = Instant::now();
        let result = work.await;
        match &result {
            Ok(value) => self.line(
                "✓",
                "32",
                name,
                &format!("{:>9}  {}", shown(start.elapsed()), detail(value)),
            ),
            Err(_) => self.line("✗", "31", name, &shown(start.elapsed())),
        }
        result
    }

    /// Prints a line that is no stage.
    pub fn say(&self, text: impl Display) {
        print(&format!("{text}"));
    }

    /// The time since the start, as it is shown.
    pub fn elapsed(&self) -> String {
        shown(self.start.elapsed())
    }

    fn line(&self, mark: &str, colour: &str, name: &str, rest: &str) {
        let mark = if self.colour {
            format!("\x1b[{colour}m{mark}\x1b[0m")
        } else {
            mark.to_owned()
        };
        print(format!("  {mark} {name:WIDTH$} {rest}").trim_end());
    }
}

/// Prints a line; that nobody reads it any more is no reason to stop a cluster.
fn print(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn shown(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}
