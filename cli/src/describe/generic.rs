//! The page of a kind that has none of its own: every field, by name.

use super::{
    Context, events,
    page::{Page, line},
};
use crate::{error::Result, printers::value_text};
use knarr_api::meta;
use serde_json::Value;

pub async fn object(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let object = context.object();
    page.field(0, "Name", meta::name(object));
    page.field(0, "Namespace", meta::namespace(object));
    page.labels(object);
    page.annotations(object);
    let mut shown = object.clone();
    for field in [
        "name",
        "namespace",
        "labels",
        "annotations",
        "managedFields",
    ] {
        meta::remove(&mut shown, field);
    }
    fields(&shown, 0, page);
    events::write(context, page).await
}

/// Words that are written in capitals.
const ACRONYMS: &[&str] = &["API", "URL", "UID", "GUID"];

/// `creationTimestamp` becomes `Creation Timestamp`. A name with more than letters and hyphens stays as it is.
fn title(field: &str) -> String {
    if field.contains(|c: char| !c.is_alphabetic() && c != '-') {
        return field.to_owned();
    }
    let titled = merged(words(field)).into_iter().map(|word| {
        let capitals = word.to_uppercase();
        if ACRONYMS.contains(&capitals.as_str()) {
            return capitals;
        }
        if word.contains(char::is_uppercase) {
            return word;
        }
        let mut chars = word.chars();
        let first = chars.next().map(|first| first.to_uppercase().to_string());
        first.unwrap_or_default() + chars.as_str()
    });
    titled.collect::<Vec<_>>().join(" ")
}

/// Capitals stay together with a word that begins with one: `TLS` and `Verify`.
fn merged(words: Vec<String>) -> Vec<String> {
    let mut merged: Vec<String> = Vec::new();
    let mut capitals = false;
    for word in words {
        match merged.last_mut() {
            Some(last) if capitals && word.starts_with(char::is_uppercase) => {
                last.push_str(&word);
                capitals = false;
            }
            _ => {
                capitals = word.len() >= 2 && !word.contains(char::is_lowercase);
                merged.push(word);
            }
        }
    }
    merged
}

/// The words of a name in camel case; hyphens are words of their own. The last of several capitals begins the word
/// that follows them.
fn words(field: &str) -> Vec<String> {
    let class = |c: char| (c.is_lowercase(), c.is_uppercase());
    let mut runs: Vec<String> = Vec::new();
    for c in field.chars() {
        match runs.last_mut() {
            Some(run)
                if run
                    .chars()
                    .last()
                    .is_some_and(|last| class(last) == class(c)) =>
            {
                run.push(c);
            }
            _ => runs.push(c.to_string()),
        }
    }
    let mut words: Vec<String> = Vec::new();
    for run in runs {
        let capitals = words
            .last_mut()
            .filter(|word| word.ends_with(char::is_uppercase));
        match capitals {
            Some(word) if run.starts_with(char::is_lowercase) => {
                let first = word.pop().map(String::from).unwrap_or_default();
                if word.is_empty() {
                    words.pop();
                }
                words.push(first + &run);
            }
            _ => words.push(run),
        }
    }
    words
}

fn fields(object: &Value, level: usize, page: &mut Page) {
    let mut entries: Vec<(&String, &Value)> = object.as_object().into_iter().flatten().collect();
    entries.sort_by_key(|(key, _)| *key);
    for (key, value) in entries {
        let title = title(key);
        match value {
            Value::Object(_) => {
                line!(page, level, "{title}:");
                fields(value, level + 1, page);
            }
            Value::Array(values) => {
                line!(page, level, "{title}:");
                list(values, level + 1, page);
            }
            other => line!(page, level, "{title}:\t{}", value_text(other)),
        }
    }
}

fn list(values: &[Value], level: usize, page: &mut Page) {
    for value in values {
        match value {
            Value::Object(_) => fields(value, level, page),
            other => line!(page, level, "{}", value_text(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn field_names_become_titles() {
        for (field, want) in [
            ("creationTimestamp", "Creation Timestamp"),
            ("uid", "UID"),
            ("podIP", "Pod IP"),
            ("podIPs", "Pod I Ps"),
            ("apiGroups", "API Groups"),
            ("nonResourceURLs", "Non Resource URLs"),
            ("openAPIV3Schema", "openAPIV3Schema"),
            ("x-kubernetes-int", "X - Kubernetes - Int"),
            ("insecureSkipTLSVerify", "Insecure Skip TLSVerify"),
            ("spec", "Spec"),
        ] {
            assert_eq!(title(field), want);
        }
    }
}
