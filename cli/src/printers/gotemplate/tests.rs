//! The engine against Go's own: `answers.jsonl` holds what `text/template` of Go 1.26 makes of each template and of
//! `object.json`, or says of it.

use super::{Template, expression::MAX_DEPTH};
use serde_json::{Value, json};
use std::fmt::Write;

const OBJECT: &str = include_str!("object.json");
const ANSWERS: &str = include_str!("answers.jsonl");

fn rendered(template: &str, object: &Value, allow_missing: bool) -> (Vec<u8>, String) {
    let mut out = Vec::new();
    let result = Template::parse(template)
        .and_then(|template| template.execute(object, allow_missing, &mut out));
    (out, result.err().unwrap_or_default())
}

#[test]
fn templates_are_answered_as_go_does() {
    let object: Value = serde_json::from_str(OBJECT).expect("the object is JSON");
    let (mut count, mut differences) = (0, String::new());
    for line in ANSWERS.lines() {
        count += 1;
        let answer: Value = serde_json::from_str(line).expect("an answer is JSON");
        let field = |name: &str| answer[name].as_str().unwrap_or_default();
        let strict = answer["strict"] == true;
        let (out, error) = rendered(field("template"), &object, !strict);
        let hex: String = out.iter().map(|byte| format!("{byte:02x}")).collect();
        let same = match field("hex") {
            "" => out == field("output").as_bytes(),
            expected => hex == expected,
        };
        if !same || error != field("error") {
            let out = String::from_utf8_lossy(&out);
            let _ = write!(
                differences,
                "\n{line}\n ours: {}",
                json!({"output": out, "error": error})
            );
        }
    }
    assert!(differences.is_empty(), "{differences}");
    assert!(count > 500, "answers are missing");
}

#[test]
fn templates_call_themselves_as_deep_as_go_allows() {
    let (out, error) = rendered(
        r#"{{define "r"}}a{{template "r" .}}{{end}}{{template "r"}}"#,
        &Value::Null,
        true,
    );
    assert_eq!(out.len(), 100_000);
    assert_eq!(
        error,
        r#"template: output:1:26: executing "r" at <{{template "r" .}}>: exceeded maximum template depth (100000)"#
    );
}

#[test]
fn nesting_takes_no_stack() {
    let deep = 200_000;
    let text = "{{if true}}".repeat(deep) + "x" + &"{{end}}".repeat(deep);
    assert_eq!(
        rendered(&text, &Value::Null, true),
        (b"x".to_vec(), String::new())
    );
    assert_eq!(
        rendered(&"{{if true}}".repeat(deep), &Value::Null, true).1,
        "template: output:1: unexpected EOF"
    );
    let text = "{{if false}}".to_owned() + &"{{else if false}}".repeat(deep) + "{{else}}x{{end}}";
    assert_eq!(rendered(&text, &Value::Null, true).0, b"x");
}

#[test]
fn parentheses_are_bounded() {
    let run = || {
        let nested = |depth: usize| format!("{{{{{}1{}}}}}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(rendered(&nested(MAX_DEPTH), &Value::Null, true).0, b"1");
        assert_eq!(
            rendered(&nested(MAX_DEPTH + 1), &Value::Null, true).1,
            "template: output:1: max expression depth exceeded"
        );
    };
    // A program that is not optimised takes more stack than a test's thread has.
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(run);
    thread.expect("a thread starts").join().expect("no panic");
}

#[test]
fn nothing_that_is_no_template_is_a_panic() {
    let object: Value = serde_json::from_str(OBJECT).expect("the object is JSON");
    let templates: Vec<String> = ANSWERS
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .map(|answer| answer["template"].as_str().unwrap_or_default().to_owned())
        .filter(|template| template.len() < 100)
        .collect();
    for (index, template) in templates.iter().enumerate() {
        // Every start, every end, and every one that lacks a character.
        for (at, c) in template.char_indices() {
            let (before, after) = (&template[..at], &template[at + c.len_utf8()..]);
            rendered(before, &object, true);
            rendered(after, &object, false);
            rendered(&format!("{before}{after}"), &object, true);
        }
        let next = &templates[(index + 1) % templates.len()];
        rendered(&format!("{template}{next}"), &object, true);
    }
}
