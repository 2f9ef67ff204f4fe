//! The differences between two objects, as a reader of an error message needs them.

use std::fmt::Write;

use serde_json::Value;

use super::errors::same;

/// The fields of the top level that differ, old and new, in the style of Go's `cmp.Diff`.
pub(super) fn diff(type_name: &str, old: &Value, new: &Value) -> String {
    let mut text = format!("  {type_name}{{\n");
    let keys = |value: &Value| {
        value
            .as_object()
            .map(|map| map.keys().cloned().collect::<Vec<_>>())
            .unwrap_or_default()
    };
    let mut names = keys(old);
    names.extend(keys(new));
    names.sort_unstable();
    names.dedup();
    let mut skipped = 0;
    for name in names {
        let (before, after) = (&old[name.as_str()], &new[name.as_str()]);
        if same(before, after) {
            skipped += 1;
            continue;
        }
        note_skipped(&mut text, &mut skipped);
        for (mark, value) in [('-', before), ('+', after)] {
            // Writing to a String can't fail.
            let _ = writeln!(text, "{mark} \t{}: {value},", capitalized(&name));
        }
    }
    note_skipped(&mut text, &mut skipped);
    text.push_str("  }\n");
    text
}

fn note_skipped(text: &mut String, skipped: &mut usize) {
    if *skipped > 0 {
        let _ = writeln!(text, "  \t... // {skipped} identical fields");
        *skipped = 0;
    }
}

fn capitalized(name: &str) -> String {
    let mut characters = name.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn shows_what_differs() {
        let text = diff(
            "core.PodSpec",
            &json!({"a": 1, "nodeName": "x"}),
            &json!({"a": 1, "nodeName": "y"}),
        );
        assert_eq!(
            text,
            "  core.PodSpec{\n  \t... // 1 identical fields\n- \tNodeName: \"x\",\n+ \tNodeName: \"y\",\n  }\n"
        );
    }
}
