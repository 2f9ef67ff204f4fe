//! What the programs log, and in which form: `-v`, `--logging-format`, `KNARR_LOG`.

use std::fmt;
use std::io::IsTerminal;

use clap::ValueEnum;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// In which form lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Text,
    /// One JSON object on each line, with the fields of upstream's components.
    Json,
}

/// Logs go to standard error. Without `-v`, `KNARR_LOG` chooses what, as in `KNARR_LOG=debug` or
/// `KNARR_LOG=knarr_kubelet=debug`.
pub fn start(verbosity: Option<u8>, format: Format) {
    let filter = match verbosity {
        Some(verbosity) => EnvFilter::new(level(verbosity)),
        None => EnvFilter::try_from_env("KNARR_LOG").unwrap_or_else(|_| EnvFilter::new(level(0))),
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .with_writer(std::io::stderr);
    match format {
        Format::Text => builder.init(),
        Format::Json => builder.event_format(Json).init(),
    }
}

/// What upstream's numbers mean: 4 is for debugging, 6 and more also shows requests. The library of the connections has
/// an error for each request that finds no server, and names none; `knarr_client` says it once for all.
fn level(verbosity: u8) -> &'static str {
    match verbosity {
        0 => "warn,kube_client::client::builder=off",
        1..=3 => "info,kube_client::client::builder=off",
        4..=5 => "debug",
        _ => "trace",
    }
}

/// Lines such as `{"ts":1700000000000.123,"caller":"…","msg":"…","v":0,…}`
/// (<https://kubernetes.io/docs/concepts/cluster-administration/system-logs/#json-log-format>).
struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let now = std::time::SystemTime::now();
        let now = now
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        writeln!(writer, "{}", line(now, event))
    }
}

fn line(now: std::time::Duration, event: &Event<'_>) -> String {
    let metadata = event.metadata();
    let mut fields = Fields {
        message: String::new(),
        others: String::new(),
        file: metadata.file().unwrap_or_default().to_owned(),
        line: metadata.line().unwrap_or_default().into(),
    };
    event.record(&mut fields);
    let caller = format!("{}:{}", short(&fields.file), fields.line);
    // Errors have no verbosity.
    let verbosity = match *metadata.level() {
        Level::ERROR => "",
        Level::WARN | Level::INFO => ",\"v\":0",
        Level::DEBUG => ",\"v\":4",
        Level::TRACE => ",\"v\":6",
    };
    format!(
        "{{\"ts\":{}.{:06},\"caller\":{},\"msg\":{}{verbosity}{}}}",
        now.as_millis(),
        now.subsec_nanos() % 1_000_000,
        quoted(&caller),
        quoted(&fields.message),
        fields.others
    )
}

/// A file by its name and that of its folder, as upstream's components name theirs.
fn short(file: &str) -> &str {
    let folder = file.rmatch_indices('/').nth(1);
    folder.map_or(file, |(at, _)| &file[at + 1..])
}

/// A JSON string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

struct Fields {
    message: String,
    /// `,"name":value` for each.
    others: String,
    /// Where the line comes from. Libraries that log by the crate `log` say it in fields of their own.
    file: String,
    line: u64,
}

impl Fields {
    fn add(&mut self, field: &Field, value: &str) {
        let name = match field.name() {
            "error" => "err",
            name => name,
        };
        self.others.push_str(&format!(",{}:{value}", quoted(name)));
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = format!("{value:?}");
        match field.name() {
            "message" => self.message = text,
            _ => self.add(field, &quoted(&text)),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => value.clone_into(&mut self.message),
            "log.file" => value.clone_into(&mut self.file),
            "log.target" | "log.module_path" => {}
            _ => self.add(field, &quoted(value)),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, &value.to_string());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "log.line" => self.line = value,
            _ => self.add(field, &value.to_string()),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, &value.to_string());
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    /// Keeps what is written.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Kept {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn json_lines_have_upstreams_fields() {
        let kept = Kept::default();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(kept.clone())
            .event_format(Json)
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(pod = "a\"b", count = 3, "a line\nof two");
            tracing::error!(error = %"bad", "failed");
            // As libraries that use the crate `log` are heard.
            tracing::info!(
                "log.file" = "/x/a/b.rs",
                "log.line" = 7_u64,
                "log.target" = "a",
                "log.module_path" = "a::b",
                "of another"
            );
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0]["ts"].as_f64().unwrap() > 1_600_000_000_000.0);
        let caller = lines[0]["caller"].as_str().unwrap();
        assert!(caller.starts_with("src/logging.rs:"), "{caller}");
        assert_eq!(lines[0]["msg"], "a line\nof two");
        assert_eq!((&lines[0]["v"], &lines[0]["count"]), (&0.into(), &3.into()));
        assert_eq!(lines[0]["pod"], "a\"b");
        assert_eq!(lines[1]["err"], "bad");
        assert!(lines[1].get("v").is_none());
        assert_eq!(lines[2]["caller"], "a/b.rs:7");
        assert_eq!(lines[2].as_object().unwrap().len(), 4);
    }
}
