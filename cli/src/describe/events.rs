//! The events of an object, at the end of its page.

use super::{
    Context,
    page::{Page, age, line, text},
};
use crate::{client::Request, error::Result, resource};
use knarr_api::meta;
use serde_json::Value;

/// How many events one request asks for.
const PAGE: i64 = 500;
/// Says which object is the pod of a manifest on a node, under whose number the kubelet reports.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// Adds the events of the described object, if they are wanted.
pub async fn write(context: &Context<'_>, page: &mut Page) -> Result<()> {
    if !context.show_events {
        return Ok(());
    }
    let path = match context.info.namespace.as_str() {
        "" => "/api/v1/events".to_owned(),
        namespace => format!("/api/v1/namespaces/{namespace}/events"),
    };
    let client = context.session.client()?;
    let mut found: Option<Vec<Value>> = None;
    for selector in selectors(context) {
        let request = Request::get(&path).typed().query("fieldSelector", selector);
        // Not being allowed to see events is no reason to hide the object.
        if let Ok(mut list) = resource::list(client, request, PAGE).await
            && let Value::Array(events) = list["items"].take()
        {
            found.get_or_insert_default().extend(events);
        }
    }
    if let Some(events) = found {
        table(&events, page);
    }
    Ok(())
}

/// Which events are the object's. Those of a node stand under its number, or under its name where the kubelet reports.
fn selectors(context: &Context<'_>) -> Vec<String> {
    let (object, kind) = (context.object(), context.info.mapping.kind.as_str());
    let (name, uid) = (meta::name(object), meta::uid(object));
    let namespace = &context.info.namespace;
    let of = |kind: &str, uid: &str| {
        let mut parts = vec![
            format!("involvedObject.name={name}"),
            format!("involvedObject.namespace={namespace}"),
        ];
        for (field, value) in [("kind", kind), ("uid", uid)] {
            if !value.is_empty() {
                parts.push(format!("involvedObject.{field}={value}"));
            }
        }
        parts.join(",")
    };
    match kind {
        "Node" => vec![of(kind, uid), of(kind, name)],
        "Pod" => vec![of("", meta::annotation(object, MIRROR).unwrap_or(uid))],
        _ => vec![of(kind, uid)],
    }
}

fn table(events: &[Value], page: &mut Page) {
    if events.is_empty() {
        return page.field(0, "Events", "<none>");
    }
    let mut events: Vec<&Value> = events.iter().collect();
    events.sort_by_key(|event| event["lastTimestamp"].as_str());
    line!(page, 0, "Events:\n  Type\tReason\tAge\tFrom\tMessage");
    line!(page, 1, "----\t------\t----\t----\t-------");
    for event in events {
        let first = match &event["eventTime"] {
            Value::Null => age(&event["firstTimestamp"]),
            time => age(time),
        };
        let (series, count) = (&event["series"], event["count"].as_i64().unwrap_or(0));
        let repeated = |last: &Value, count: i64| format!("{} (x{count} over {first})", age(last));
        let interval = match (series.is_object(), count) {
            (true, _) => repeated(
                &series["lastObservedTime"],
                series["count"].as_i64().unwrap_or(0),
            ),
            (false, count) if count > 1 => repeated(&event["lastTimestamp"], count),
            _ => first,
        };
        let source = match event["source"]["component"].as_str() {
            Some(component) if !component.is_empty() => component.to_owned(),
            _ => text(&event["reportingComponent"]),
        };
        line!(
            page,
            1,
            "{}\t{}\t{interval}\t{source}\t{}",
            text(&event["type"]),
            text(&event["reason"]),
            message(event)
        );
    }
}

/// What happened, and to which part of the object.
fn message(event: &Value) -> String {
    let message = text(&event["message"]);
    match text(&event["involvedObject"]["fieldPath"]).as_str() {
        "" => message.trim().to_owned(),
        part => format!("{part}: {}", message.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_of_a_container_names_it() {
        let mut page = Page::default();
        let event = |object: Value, text: &str| json!({"type": "Normal", "reason": "Started", "message": text, "involvedObject": object});
        let events = [
            event(
                json!({"fieldPath": "spec.containers{web}"}),
                "Container started\n",
            ),
            event(json!({}), "Bound"),
        ];
        table(&events, &mut page);
        let page = page.into_text();
        assert!(
            page.contains("\tspec.containers{web}: Container started\n"),
            "{page}"
        );
        assert!(page.ends_with("\tBound\n"), "{page}");
    }
}
