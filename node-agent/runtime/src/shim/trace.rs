//! The container library says why it failed only in its traces, and its innermost process is cut off from the
//! shim by then. So its error traces go to a file in the container's folder, and from there into the message.

use std::fmt::{self, Write as _};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// The file, in the container's folder.
const TRACE_FILE: &str = "errors.log";

/// Writes error events, a line each, to a file.
struct ErrorTraces {
    file: File,
}

/// Sends this process's error traces to the container's folder. Once per process.
pub fn record(folder: &Path) {
    let path = folder.join(TRACE_FILE);
    let file = OpenOptions::new().create(true).append(true).open(path);
    if let Ok(file) = file {
        // A subscriber that is set already would be a caller's mistake, and the traces stay with it.
        let _ = tracing::subscriber::set_global_default(ErrorTraces { file });
    }
}

/// Takes the first trace out of the folder: the cause. Those after it are its consequences.
pub fn take_cause(folder: &Path) -> Option<String> {
    let path = folder.join(TRACE_FILE);
    let text = std::fs::read_to_string(&path).ok()?;
    let _ = std::fs::remove_file(&path);
    text.lines().next().map(str::to_owned)
}

impl Subscriber for ErrorTraces {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        let text = format!("{}{}", line.message, line.fields).replace('\n', " ");
        let _ = (&self.file).write_all(format!("{}\n", text.trim_end()).as_bytes());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string does not fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}
