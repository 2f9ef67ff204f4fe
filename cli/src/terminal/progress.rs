//! One line on the terminal's standard error that says what is waited for, and goes away when that is over.

use std::{
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/// What takes less time than this is not worth a line.
const PATIENCE: Duration = Duration::from_millis(400);
const TICK: Duration = Duration::from_millis(120);

/// The line; off unless standard output and standard error are a terminal.
pub struct Progress {
    on: bool,
    started: Instant,
    text: String,
}

impl Progress {
    pub fn new(text: impl Into<String>) -> Self {
        Progress::since(Instant::now(), text)
    }

    /// A line for one step of something that began earlier.
    pub fn since(started: Instant, text: impl Into<String>) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        Progress {
            on: !dumb && std::io::stdout().is_terminal() && std::io::stderr().is_terminal(),
            started,
            text: text.into(),
        }
    }

    /// Waits for `work` and shows the line meanwhile.
    pub async fn during<T>(self, work: impl Future<Output = T>) -> T {
        if !self.on {
            return work.await;
        }
        tokio::pin!(work);
        let mut shown = false;
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                biased;
                done = &mut work => {
                    if shown {
                        erase();
                    }
                    return done;
                }
                _ = tick.tick() => {
                    let waited = self.started.elapsed();
                    if waited >= PATIENCE {
                        shown = true;
                        self.draw(waited);
                    }
                }
            }
        }
    }

    fn draw(&self, waited: Duration) {
        let mut out = std::io::stderr().lock();
        // A terminal that went away is no reason to fail.
        let _ = write!(out, "\r\x1b[2K{}", line(&self.text, waited, width()));
        let _ = out.flush();
    }
}

fn erase() {
    let mut out = std::io::stderr().lock();
    let _ = write!(out, "\r\x1b[2K");
    let _ = out.flush();
}

fn width() -> usize {
    terminal_size::terminal_size_of(std::io::stderr()).map_or(80, |(width, _)| width.0.into())
}

/// The line after so much waiting, no wider than the terminal.
fn line(text: &str, waited: Duration, width: usize) -> String {
    let frame = FRAMES[(waited.as_millis() / TICK.as_millis()) as usize % FRAMES.len()];
    format!("{frame} {text} {}s", waited.as_secs())
        .chars()
        .take(width.saturating_sub(1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_long_it_takes_and_fits() {
        assert_eq!(
            line("waiting", Duration::from_secs(12), 80),
            "⠋ waiting 12s"
        );
        assert_eq!(line("waiting", Duration::from_secs(12), 5), "⠋ wa");
    }
}
