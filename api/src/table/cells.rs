//! The cell texts that several printers share: ages, selectors, container lists, "+ 2 more...".

use jiff::Timestamp;
use serde_json::Value;

use crate::duration;
use crate::quantity::Quantity;
use crate::raw::Node;
use crate::selector::Selector;
use crate::walk::Walk;

/// The row under construction, with the moment that ages are counted from.
#[derive(Debug)]
pub(super) struct Cells {
    pub(super) cells: Vec<Value>,
    pub(super) now: Timestamp,
}

impl Cells {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            cells: Vec::with_capacity(9),
            now,
        }
    }

    pub(super) fn push(&mut self, cell: impl Into<Value>) -> &mut Self {
        self.cells.push(cell.into());
        self
    }

    /// The object's name.
    pub(super) fn name(&mut self, object: &Node<'_>) -> &mut Self {
        self.push(object["metadata"].text("name"))
    }

    /// How long ago the object was created.
    pub(super) fn age(&mut self, object: &Node<'_>) -> &mut Self {
        let age = self.since(&object["metadata"]["creationTimestamp"]);
        self.push(age)
    }

    /// Two cells: the names and the images of the containers.
    pub(super) fn containers(&mut self, pod_spec: &Node<'_>) -> &mut Self {
        let containers = pod_spec.list("containers");
        let joined = |field| {
            containers
                .iter()
                .map(|container| container.text(field))
                .collect::<Vec<_>>()
                .join(",")
        };
        self.push(joined("name")).push(joined("image"))
    }

    /// The time since a timestamp, as a person would say it.
    pub(super) fn since(&self, timestamp: &Node<'_>) -> String {
        match parse_time(timestamp) {
            Some(time) => human(time, self.now),
            None => "<unknown>".to_owned(),
        }
    }
}

pub(super) fn name_and_age(object: &Node<'_>, row: &mut Cells) {
    row.name(object).age(object);
}

/// The name, marked where one of the annotations makes the object the default one of its kind.
pub(super) fn marked_name(object: &Node<'_>, annotations: &[&str]) -> String {
    let metadata = &object["metadata"];
    let default = annotations
        .iter()
        .any(|key| metadata["annotations"].text(key) == "true");
    format!(
        "{}{}",
        metadata.text("name"),
        if default { " (default)" } else { "" }
    )
}

/// A timestamp of any precision; the zero time reads as none, as upstream's `IsZero`.
pub(super) fn parse_time(timestamp: &Node<'_>) -> Option<Timestamp> {
    timestamp.as_str()?.parse().ok()
}

/// The time between two moments, as `kubectl` prints ages.
pub(super) fn human(from: Timestamp, to: Timestamp) -> String {
    duration::human_duration(to.duration_since(from))
}

/// `labels.FormatLabels`: `a=b,c=d` in order of the keys.
pub(super) fn labels(map: &Node<'_>) -> String {
    let Some(map) = map.as_object().filter(|map| !map.is_empty()) else {
        return "<none>".to_owned();
    };
    let mut pairs: Vec<_> = map
        .iter()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    pairs.sort_unstable();
    pairs.join(",")
}

/// `metav1.FormatLabelSelector`.
pub(super) fn selector(selector: &Node<'_>) -> String {
    match selector_text(selector) {
        Ok(text) if text.is_empty() => "<none>".to_owned(),
        Ok(text) => text,
        Err(()) => "<error>".to_owned(),
    }
}

/// A label selector's own text; empty both for one that matches nothing and one that matches everything.
pub(super) fn selector_text(selector: &Node<'_>) -> Result<String, ()> {
    if selector.is_null() {
        return Ok(String::new());
    }
    Selector::from_label_selector(&selector.to_value())
        .map(|selector| selector.to_string())
        .map_err(|_| ())
}

/// A quantity in canonical form, or `0` where there is none (the zero Quantity prints so).
pub(super) fn quantity(value: &Node<'_>) -> String {
    Quantity::from_value(&value.to_value())
        .map_or_else(|_| "0".to_owned(), |quantity| quantity.to_string())
}

/// Joins up to `max` entries and counts the rest.
pub(super) fn list_with_more<'a>(entries: impl Iterator<Item = &'a str>, max: usize) -> String {
    let mut shown: Vec<&str> = Vec::with_capacity(max);
    let mut count = 0;
    for entry in entries {
        if shown.len() < max {
            shown.push(entry);
        }
        count += 1;
    }
    let joined = shown.join(",");
    if count > max {
        return format!("{joined} + {} more...", count - max);
    }
    if joined.is_empty() {
        "<unset>".to_owned()
    } else {
        joined
    }
}

/// `True`, `False` or `<unset>`.
pub(super) fn optional_bool(value: Option<bool>) -> &'static str {
    match value {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    }
}

/// The text, or a stand-in where it is empty.
pub(super) fn or<'a>(text: &'a str, fallback: &'a str) -> &'a str {
    if text.is_empty() { fallback } else { text }
}

/// Access modes without duplicates, in the order and the short form of upstream: `RWO,ROX,RWX,RWOP`.
pub(super) fn access_modes(modes: &[Node<'_>]) -> String {
    const SHORT: [(&str, &str); 4] = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let has = |mode: &str| modes.iter().any(|value| value.as_str() == Some(mode));
    let short: Vec<_> = SHORT
        .iter()
        .filter(|(mode, _)| has(mode))
        .map(|(_, short)| *short)
        .collect();
    short.join(",")
}

/// The addresses of a load balancer's ingress points, sorted.
pub(super) fn load_balancer(status: &Node<'_>) -> String {
    let mut addresses: Vec<&str> = status
        .list("ingress")
        .iter()
        .map(|ingress| or(ingress.text("ip"), ingress.text("hostname")))
        .filter(|address| !address.is_empty())
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses.join(",")
}
