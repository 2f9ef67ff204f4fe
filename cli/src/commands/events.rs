//! `kubectl events`: what was reported lately, the latest last.

use crate::{
    client::Request,
    error::{Error, Result},
    flags::{self, PrintArgs},
    printers::{Printer, Tabs},
    resource,
    session::{Session, errln},
};
use jiff::Timestamp;
use knarr_api::duration::human_duration;
use serde_json::{Value, json};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Nothing is expected
    #[arg(hide = true)]
    words: Vec<String>,
    #[command(flatten)]
    print: PrintArgs,
    /// If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace.
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Return large lists in chunks rather than all at once. Pass 0 to disable.
    #[arg(long, default_value = "500", value_parser = flags::int64)]
    chunk_size: i64,
    /// Filter events to only those pertaining to the specified resource.
    #[arg(long = "for")]
    object: Option<String>,
    /// When using the default output format, don't print headers.
    #[arg(long)]
    no_headers: bool,
    /// Output only events of given types.
    #[arg(long, value_delimiter = ',')]
    types: Vec<String>,
    /// After listing the requested events, watch for more events.
    #[arg(short, long)]
    watch: bool,
}

/// Prints events, one table or one object after the other.
struct Show<'a> {
    session: &'a Session,
    args: &'a Args,
    printer: Option<Printer>,
    tabs: Tabs,
    headers_done: bool,
    printed: usize,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let printer = Printer::from_args(&args.print)?;
    let selector = match args.object.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => selector(session, text).await?,
        None => String::new(),
    };
    let known = |kind: &String| ["normal", "warning"].contains(&kind.to_lowercase().as_str());
    if !args.types.iter().all(known) {
        return Err(Error::message("valid --types are Normal or Warning"));
    }
    let path = match args.all_namespaces {
        true => "/api/v1/events".to_owned(),
        false => format!("/api/v1/namespaces/{}/events", session.namespace()?),
    };
    let request = Request::get(path).typed().query("fieldSelector", selector);
    let mut show = Show {
        session,
        args: &args,
        printer,
        tabs: Tabs::table(),
        headers_done: args.no_headers,
        printed: 0,
    };
    if args.watch {
        return show.watch(request).await;
    }
    let mut list = resource::list(session.client()?, request, args.chunk_size).await?;
    let items = list["items"]
        .as_array_mut()
        .map(std::mem::take)
        .unwrap_or_default();
    let mut events: Vec<Value> = items
        .into_iter()
        .filter(|event| show.wanted(event))
        .map(typed)
        .collect();
    if events.is_empty() {
        match args.all_namespaces {
            true => errln!(session, "No events found."),
            false => errln!(
                session,
                "No events found in {} namespace.",
                session.namespace()?
            ),
        }
        return Ok(());
    }
    events.sort_by_key(event_time);
    match &show.printer {
        Some(_) => show.object(
            &json!({"kind": "EventList", "apiVersion": "v1", "metadata": {}, "items": events}),
        ),
        None => show.rows(&events),
    }
}

/// The fields of an event in the order of the Go struct; those with a value are printed even when the server left
/// them out.
const FIELDS: &[(&str, Option<&str>)] = &[
    ("kind", Some("\"Event\"")),
    ("apiVersion", Some("\"v1\"")),
    ("metadata", None),
    ("involvedObject", None),
    ("reason", None),
    ("message", None),
    ("source", Some("{}")),
    ("firstTimestamp", Some("null")),
    ("lastTimestamp", Some("null")),
    ("count", None),
    ("type", None),
    ("eventTime", Some("null")),
    ("series", None),
    ("action", None),
    ("related", None),
    ("reportingComponent", Some("\"\"")),
    ("reportingInstance", Some("\"\"")),
];

/// An event as upstream's client prints it.
fn typed(event: Value) -> Value {
    let mut whole = serde_json::Map::new();
    for (field, default) in FIELDS {
        let default = default.and_then(|text| serde_json::from_str(text).ok());
        if let Some(value) = event.get(*field).cloned().or(default) {
            whole.insert((*field).to_owned(), value);
        }
    }
    Value::Object(whole)
}

async fn selector(session: &Session, text: &str) -> Result<String> {
    let parts: Vec<&str> = text.split('/').collect();
    let (word, name) = match parts.as_slice() {
        [word, name] => (*word, *name),
        [_] => return Err(Error::message("--for must be in resource/name form")),
        _ => {
            return Err(Error::message(
                "arguments in resource/name form may not have more than one slash",
            ));
        }
    };
    let mapping = session
        .mapper()?
        .resource(word)
        .await
        .map_err(|error| match error {
            Error::Message(text) => Error::Verbatim(text),
            other => other,
        })?;
    Ok(format!(
        "involvedObject.kind={},involvedObject.apiVersion={},involvedObject.name={name}",
        mapping.kind,
        mapping.api_version()
    ))
}

/// When the event was last seen, for the order.
fn event_time(event: &Value) -> Option<Timestamp> {
    let time = |value: &Value| value.as_str()?.parse::<Timestamp>().ok();
    match event["series"].is_object() {
        true => time(&event["series"]["lastObservedTime"]),
        false => time(&event["lastTimestamp"]).or_else(|| time(&event["eventTime"])),
    }
}

impl Show<'_> {
    fn wanted(&self, event: &Value) -> bool {
        let kind = event["type"].as_str().unwrap_or_default();
        self.args.types.is_empty()
            || self
                .args
                .types
                .iter()
                .any(|one| one.eq_ignore_ascii_case(kind))
    }

    fn object(&mut self, object: &Value) -> Result<()> {
        // Upstream's name printer has no name for a list.
        let nameless = object["kind"] == "EventList" && matches!(self.printer, Some(Printer::Name));
        if let Some(printer) = self.printer.as_ref().filter(|_| !nameless) {
            printer.print_typed(
                self.session,
                object,
                self.printed,
                self.args.print.show_managed_fields,
            )?;
        }
        self.printed += 1;
        Ok(())
    }

    fn rows(&mut self, events: &[Value]) -> Result<()> {
        let mut lines = String::new();
        let namespaces = self.args.all_namespaces;
        if !std::mem::replace(&mut self.headers_done, true) {
            lines.push_str(if namespaces { "NAMESPACE\t" } else { "" });
            lines.push_str("LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n");
        }
        for event in events {
            if namespaces {
                lines.push_str(&format!("{}\t", text(&event["metadata"]["namespace"])));
            }
            lines.push_str(&row(event));
        }
        self.session.write(&self.tabs.layout(&lines))
    }

    async fn watch(&mut self, request: Request) -> Result<()> {
        let request = request.query("limit", "500").query("watch", "true");
        let mut lines = self.session.client()?.stream(request).await?;
        while let Some(event) = lines.next_event().await? {
            if !matches!(event["type"].as_str(), Some("ADDED" | "MODIFIED"))
                || !self.wanted(&event["object"])
            {
                continue;
            }
            let object = typed(event["object"].clone());
            match self.printer {
                Some(_) => self.object(&object)?,
                None => self.rows(&[object])?,
            }
            self.session.flush()?;
        }
        Ok(())
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn row(event: &Value) -> String {
    let object = &event["involvedObject"];
    format!(
        "{}\t{}\t{}\t{}/{}\t{}\n",
        interval(event),
        text(&event["type"]),
        text(&event["reason"]),
        text(&object["kind"]),
        text(&object["name"]),
        text(&event["message"]).trim()
    )
}

/// `4s (x11 over 28s)`: when the event was last seen, how often and since when.
fn interval(event: &Value) -> String {
    let age = |value: &Value| match value
        .as_str()
        .and_then(|text| text.parse::<Timestamp>().ok())
    {
        Some(time) => human_duration(Timestamp::now().duration_since(time)),
        None => "<unknown>".to_owned(),
    };
    let first = match &event["firstTimestamp"] {
        Value::Null => age(&event["eventTime"]),
        first => age(first),
    };
    if event["series"].is_object() {
        let (last, count) = (
            &event["series"]["lastObservedTime"],
            &event["series"]["count"],
        );
        return format!("{} (x{count} over {first})", age(last));
    }
    match event["count"].as_i64() {
        Some(count) if count > 1 => {
            format!("{} (x{count} over {first})", age(&event["lastTimestamp"]))
        }
        _ => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_time_seen_decides_the_order() {
        let early = json!({"lastTimestamp": "2026-01-01T00:00:00Z"});
        let series = json!({"lastTimestamp": "2025-01-01T00:00:00Z", "series": {"lastObservedTime": "2026-01-02T00:00:00Z"}});
        assert!(event_time(&early) < event_time(&series));
        assert_eq!(event_time(&json!({})), None);
    }
}
