//! Events: what has always been asked of them, and what those who write them by `events.k8s.io/v1` must follow.

use serde_json::Value;

use super::errors::Errors;
use super::metadata;
use super::names::{is_dns1123_subdomain, is_qualified_name};
use super::path::Path;
use crate::walk::Walk;

const TEXT_MAX: usize = 128;
const NOTE_MAX: usize = 1024;

const ELSEWHERE: &str = "does not match event.namespace";

/// `legacyValidateEvent`: an event lives in the namespace of what it is about; one with a time says who reports it.
pub(super) fn event(object: &Value, out: &mut Errors) {
    let involved = object["involvedObject"].text("namespace");
    let namespace = object["metadata"].text("namespace");
    let timed = object.has("eventTime");
    let fits = match (involved.is_empty(), timed) {
        (true, false) => matches!(namespace, "" | "default"),
        (true, true) => matches!(namespace, "default" | "kube-system"),
        (false, false) => involved == namespace,
        (false, true) => true,
    };
    if !fits {
        let path = Path::new("involvedObject");
        out.invalid(&path.child("namespace"), involved, ELSEWHERE);
    }
    if timed {
        reported(object, out);
    }
    let reasons = is_dns1123_subdomain(namespace);
    out.invalid_each(&Path::new("namespace"), namespace, reasons);
}

fn reported(object: &Value, out: &mut Errors) {
    let (controller, path) = (
        object.text("reportingComponent"),
        Path::new("reportingController"),
    );
    if controller.is_empty() {
        out.required(&path, "");
    }
    out.invalid_each(&path, controller, is_qualified_name(controller));
    for field in ["reportingInstance", "action", "reason"] {
        if object.text(field).is_empty() {
            out.required(&Path::new(field), "");
        }
        short(object, field, TEXT_MAX, out);
    }
    short(object, "message", NOTE_MAX, out);
}

fn short(object: &Value, field: &'static str, max: usize, out: &mut Errors) {
    if object.text(field).len() > max {
        let reason = format!("can have at most {max} characters");
        out.invalid(&Path::new(field), "", reason);
    }
}

/// `ValidateEventCreate` of `events.k8s.io/v1`: what only older clients set is not set.
pub(super) fn strict(object: &Value, out: &mut Errors) {
    event(object, out);
    series(object, out);
    if !object.has("eventTime") {
        out.required(&Path::new("eventTime"), "");
    }
    let type_ = object.text("type");
    if !matches!(type_, "Normal" | "Warning") {
        let reason = format!("has invalid value: {type_}");
        out.invalid(&Path::new("type"), "", reason);
    }
    let source = &object["source"];
    for (field, set) in [
        ("firstTimestamp", object.has("firstTimestamp")),
        ("lastTimestamp", object.has("lastTimestamp")),
        ("count", object.int("count") != 0),
        (
            "source",
            !source.text("component").is_empty() || !source.text("host").is_empty(),
        ),
    ] {
        if set {
            out.invalid(&Path::new(field), "", "needs to be unset");
        }
    }
}

/// Upstream's strategy takes the new event for the old one when it compares the two, so that an update by
/// `events.k8s.io/v1` is asked for no more than one by `v1`; clients change notes that way.
pub(super) fn update(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    event(new, out);
}

fn series(object: &Value, out: &mut Errors) {
    let series = &object["series"];
    if !series.is_object() {
        return;
    }
    let path = Path::new("series");
    if series.int("count") < 2 {
        out.invalid(&path.child("count"), "", "should be at least 2");
    }
    if !series.has("lastObservedTime") {
        out.required(&path.child("lastObservedTime"), "");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn told(check: impl FnOnce(&mut Errors)) -> Vec<String> {
        let mut out = Errors::default();
        check(&mut out);
        out.into_list().iter().map(ToString::to_string).collect()
    }

    fn reported() -> Value {
        json!({"metadata": {"name": "e", "namespace": "n", "resourceVersion": "1"}, "type": "Normal", "reason": "R",
            "action": "a", "eventTime": "2026-01-02T03:04:05.000000Z", "reportingComponent": "example.com/c",
            "reportingInstance": "c-0", "involvedObject": {"kind": "Pod", "namespace": "n", "name": "p"}})
    }

    #[test]
    fn who_reports_an_event_with_a_time_is_told() {
        let bare = json!({"metadata": {"namespace": "n"}, "eventTime": "2026-01-02T03:04:05.000000Z",
            "involvedObject": {"namespace": "n"}, "message": "m".repeat(1025)});
        assert_eq!(
            told(|out| event(&bare, out)),
            [
                "reportingController: Required value",
                "reportingController: Invalid value: \"\": name part must be non-empty",
                "reportingController: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
                "reportingInstance: Required value",
                "action: Required value",
                "reason: Required value",
                "message: Invalid value: \"\": can have at most 1024 characters"
            ]
        );
        let plain = json!({"metadata": {"namespace": "n"}, "involvedObject": {"namespace": "m"}});
        assert_eq!(
            told(|out| event(&plain, out)),
            ["involvedObject.namespace: Invalid value: \"m\": does not match event.namespace"]
        );
    }

    #[test]
    fn newer_clients_set_nothing_that_is_past() {
        assert_eq!(told(|out| strict(&reported(), out)), [""; 0]);
        let mut old_fashioned = reported();
        old_fashioned["type"] = json!("Other");
        old_fashioned["count"] = json!(1);
        old_fashioned["source"] = json!({"component": "c"});
        old_fashioned["series"] = json!({"count": 1});
        assert_eq!(
            told(|out| strict(&old_fashioned, out)),
            [
                "series.count: Invalid value: \"\": should be at least 2",
                "series.lastObservedTime: Required value",
                "type: Invalid value: \"\": has invalid value: Other",
                "count: Invalid value: \"\": needs to be unset",
                "source: Invalid value: \"\": needs to be unset"
            ]
        );
    }

    #[test]
    fn the_note_may_change() {
        let old = reported();
        let mut new = old.clone();
        new["message"] = json!("else");
        new["series"] = json!({"count": 1});
        assert_eq!(told(|out| update(&new, &old, out)), [""; 0]);
        new["action"] = json!("");
        assert_eq!(
            told(|out| update(&new, &old, out)),
            ["action: Required value"]
        );
    }
}
