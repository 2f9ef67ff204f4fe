//! The page of a kind that has none of its own: every field, by name.

use super::{
    Context, events,
    page::{Page, line, text},
};
use crate::error::Result;
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

/// `creationTimestamp` becomes `Creation Timestamp`.
fn title(field: &str) -> String {
    match field {
        "apiVersion" => return "API Version".to_owned(),
        "uid" => return "UID".to_owned(),
        _ => {}
    }
    let mut words = String::new();
    let chars: Vec<char> = field.chars().collect();
    for (index, c) in chars.iter().enumerate() {
        let boundary = index > 0
            && c.is_uppercase()
            && (chars[index - 1].is_lowercase()
                || chars.get(index + 1).is_some_and(|next| next.is_lowercase()));
        if boundary {
            words.push(' ');
        }
        match index {
            0 => words.extend(c.to_uppercase()),
            _ => words.push(*c),
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
            other => line!(page, level, "{title}:\t{}", text(other)),
        }
    }
}

fn list(values: &[Value], level: usize, page: &mut Page) {
    for value in values {
        match value {
            Value::Object(_) => fields(value, level, page),
            Value::Array(inner) => list(inner, level + 1, page),
            other => line!(page, level, "{}", text(other)),
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
            ("spec", "Spec"),
        ] {
            assert_eq!(title(field), want);
        }
    }
}
