//! Texts and errors here were seen with the real kubectl.

use serde_json::json;

use super::*;

fn labels(pairs: &str) -> BTreeMap<String, String> {
    pairs
        .split(',')
        .filter_map(|pair| pair.split_once('='))
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect()
}

#[test]
fn selectors_match() {
    for (selector, object, want) in [
        ("", "a=b", true),
        ("a", "a=b", true),
        ("a", "", false),
        ("!a", "b=c", true),
        ("!a", "a=b", false),
        ("a=b", "a=b", true),
        ("a==b", "a=c", false),
        ("a!=b", "", true),
        ("a!=b", "a=b", false),
        ("a in (b,c)", "a=c", true),
        ("a in (b,c)", "a=d", false),
        ("a in ()", "a=", true),
        ("a in (b,)", "a=", true),
        ("a in (,,b)", "a=", true),
        ("a notin (b)", "", true),
        ("a notin (b)", "a=b", false),
        ("a=", "a=", true),
        ("a=,b", "a=,b=1", true),
        ("a>3", "a=4", true),
        ("a>3", "a=x", false),
        ("a<3", "a=2", true),
        ("in in (in,notin)", "in=notin", true),
        ("a=in", "a=in", true),
        (" a = b , c ", "a=b,c=d", true),
    ] {
        let parsed =
            Selector::parse(selector).unwrap_or_else(|error| panic!("{selector}: {error}"));
        assert_eq!(
            parsed.matches_labels(Some(&labels(object))),
            want,
            "{selector} on {object}"
        );
    }
}

#[test]
fn errors_are_kubectls() {
    const NAME: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    for (selector, want) in [
        (
            "a b",
            "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
        ),
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        (
            "a in x",
            "unable to parse requirement: found 'x' expected: '('",
        ),
        (
            "a in (x",
            "unable to parse requirement: found '', expected: ',' or ')'",
        ),
        (
            "=x",
            "found '=', expected: !, identifier, or 'end of string'",
        ),
        ("a,,b", "found ',', expected: identifier after ','"),
        ("a=b,", "found '', expected: identifier after ','"),
        (
            "!",
            "unable to parse requirement: found '', expected: identifier",
        ),
        (
            "a>x",
            "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
        ),
        ("a==b=c", "found '=', expected: ',' or 'end of string'"),
        ("!a=b", "found '=', expected: ',' or 'end of string'"),
        (
            "a in (b c)",
            "unable to parse requirement: found 'c', expected: ',' or ')'",
        ),
        (
            "a (",
            "unable to parse requirement: found '(', expected: in, notin, =, ==, !=, gt, lt",
        ),
        (
            "a gt 3",
            "unable to parse requirement: found 'gt', expected: in, notin, =, ==, !=, gt, lt",
        ),
        (
            "a!b",
            "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt",
        ),
        (
            "a=(",
            "unable to parse requirement: found '(', expected: identifier",
        ),
        (
            "a in",
            "unable to parse requirement: found '' expected: '('",
        ),
        (
            ")",
            "found ')', expected: !, identifier, or 'end of string'",
        ),
        (
            "a@,b",
            &format!("unable to parse requirement: <nil>: Invalid value: \"a@\": {NAME}"),
        ),
    ] {
        assert_eq!(
            Selector::parse(selector).unwrap_err().to_string(),
            want,
            "{selector}"
        );
    }
    let value = Selector::parse("a in (b@)").unwrap_err().to_string();
    assert!(value.starts_with(
        "unable to parse requirement: values[0][a]: Invalid value: \"b@\": a valid label must"
    ));
}

#[test]
fn printing_is_canonical() {
    for (selector, want) in [
        ("", ""),
        ("b,a=1", "a=1,b"),
        ("a==1,!c,b!=2", "a==1,b!=2,!c"),
        ("x in (c,a,b)", "x in (a,b,c)"),
        ("x notin (b,)", "x notin (,b)"),
        ("x>1,y<2", "x>1,y<2"),
    ] {
        let parsed = Selector::parse(selector).unwrap();
        assert_eq!(parsed.to_string(), want);
        assert_eq!(Selector::parse(want).unwrap(), parsed);
    }
}

#[test]
fn label_selector_objects() {
    let selector = Selector::from_label_selector(&json!({
        "matchLabels": {"app": "x"},
        "matchExpressions": [{"key": "tier", "operator": "In", "values": ["b", "a"]}, {"key": "old", "operator": "DoesNotExist"}]
    }))
    .unwrap();
    assert_eq!(selector.to_string(), "app=x,!old,tier in (a,b)");
    assert!(selector.matches_object(&json!({"metadata": {"labels": {"app": "x", "tier": "a"}}})));
    assert!(!selector.matches_object(&json!({"metadata": {}})));
    assert!(
        Selector::from_label_selector(&json!({}))
            .unwrap()
            .is_empty()
    );
    assert!(
        !Selector::from_label_selector(&json!(null))
            .unwrap()
            .matches(|_| Some("x"))
    );
    let bad = json!({"matchExpressions": [{"key": "a", "operator": "Near"}]});
    let error = Selector::from_label_selector(&bad).unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"Near\" is not a valid label selector operator"
    );
}

#[test]
fn field_selectors() {
    let selector = FieldSelector::parse("spec.nodeName!=y,metadata.name=x").unwrap();
    assert_eq!(selector.to_string(), "metadata.name=x,spec.nodeName!=y");
    assert_eq!(selector.requires("metadata.name"), Some("x"));
    assert_eq!(selector.requires("spec.nodeName"), None);
    assert!(selector.matches(|field| (field == "metadata.name").then_some("x")));
    assert!(!selector.matches(|_| Some("y")));
    assert_eq!(
        FieldSelector::parse("a==b").unwrap().requires("a"),
        Some("b")
    );
    assert_eq!(
        FieldSelector::parse(r"a=b\,c\=d\\").unwrap().requires("a"),
        Some(r"b,c=d\")
    );
    assert_eq!(
        FieldSelector::parse(r"a=b\,c").unwrap().to_string(),
        r"a=b\,c"
    );
    assert!(FieldSelector::parse("").unwrap().is_empty());
    for (text, want) in [
        ("a", "invalid selector: 'a'; can't understand 'a'"),
        ("a=b,c", "invalid selector: 'a=b,c'; can't understand 'c'"),
        (
            r"a=b\x",
            r"invalid field selector: invalid escape sequence: \x",
        ),
        (
            "a=b=c",
            "invalid field selector: unescaped character in value: 61",
        ),
    ] {
        assert_eq!(FieldSelector::parse(text).unwrap_err().to_string(), want);
    }
}

#[test]
fn random_texts_never_panic() {
    let alphabet: Vec<char> = "ab=!(),<> \\inot\té".chars().collect();
    let mut state = 5_u64;
    for _ in 0..50_000 {
        let mut text = String::new();
        for _ in 0..(state >> 40) % 16 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(11);
            text.push(alphabet[(state >> 33) as usize % alphabet.len()]);
        }
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        if let Ok(selector) = Selector::parse(&text) {
            assert_eq!(
                Selector::parse(&selector.to_string()),
                Ok(selector),
                "{text}"
            );
        }
        if let Ok(selector) = FieldSelector::parse(&text) {
            assert_eq!(
                FieldSelector::parse(&selector.to_string()),
                Ok(selector),
                "{text}"
            );
        }
    }
}
