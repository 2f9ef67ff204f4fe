//! Results and errors here were seen with the real kubectl.

use serde_json::json;

use super::*;

fn object() -> Value {
    json!({"apiVersion": "v1", "kind": "Foo", "metadata": {"name": "n", "labels": {"a.b/c": "d", "x": "y", "z": "w"}}, "list": [{"name": "a", "n": 1, "f": 1.5, "t": true, "in": {"k": "v1"}}, {"name": "b", "n": 2, "f": 2.5, "t": false, "in": {"k": "v2"}}, {"name": "c", "n": 3, "in": {"k": "v3"}}], "m": {"one": {"v": 1}}, "s": "str", "i": 7, "big": 1000000, "fl": 0.5, "e": 1e+21, "m6": 1234567.5, "nil": null, "empty": [], "eo": {}, "nest": [[1, 2], [3]], "strs": ["p", "q", "r"], "q": "it's", "multi": "a\nb", "two": {"name": "deep", "sub": {"name": "deeper"}}})
}

#[test]
fn templates_render_as_kubectl_renders_them() {
    for (template, want) in [
        ("{.metadata.name}", "n"),
        ("{.list[*].name}", "a b c"),
        ("{.list[0].name}", "a"),
        ("{.list[-1].name}", "c"),
        ("{.list[0:2].name}", "a b"),
        ("{.list[1:].name}", "b c"),
        ("{.list[:1].name}", "a"),
        ("{.list[::2].name}", "a c"),
        ("{.list[-2:].name}", "b c"),
        ("{.list[0,2].name}", "a c"),
        ("{.list[*]['name','n']}", "a b c 1 2 3"),
        ("{.list[1:1].name}", ""),
        (
            "{.list}",
            "[{\"f\":1.5,\"in\":{\"k\":\"v1\"},\"n\":1,\"name\":\"a\",\"t\":true},{\"f\":2.5,\"in\":{\"k\":\"v2\"},\"n\":2,\"name\":\"b\",\"t\":false},{\"in\":{\"k\":\"v3\"},\"n\":3,\"name\":\"c\"}]",
        ),
        (
            "{.list[0]}",
            "{\"f\":1.5,\"in\":{\"k\":\"v1\"},\"n\":1,\"name\":\"a\",\"t\":true}",
        ),
        (
            "{.list[*]}",
            "{\"f\":1.5,\"in\":{\"k\":\"v1\"},\"n\":1,\"name\":\"a\",\"t\":true} {\"f\":2.5,\"in\":{\"k\":\"v2\"},\"n\":2,\"name\":\"b\",\"t\":false} {\"in\":{\"k\":\"v3\"},\"n\":3,\"name\":\"c\"}",
        ),
        ("{.metadata.labels.a\\.b/c}", "d"),
        ("{.metadata.labels['a.b/c']}", ""),
        ("{.metadata.labels['a\\.b/c']}", "d"),
        (
            "{.metadata.labels}",
            "{\"a.b/c\":\"d\",\"x\":\"y\",\"z\":\"w\"}",
        ),
        ("{.missing}", ""),
        ("{.missing.x}", ""),
        ("{.s.x}", ""),
        ("text {.s} more", "text str more"),
        ("{.s}{.i}", "str7"),
        ("{.s} {.i}{\"\\n\"}", "str 7\n"),
        (
            "{range .list[*]}{.name}{\"\\t\"}{.n}{\"\\n\"}{end}",
            "a\t1\nb\t2\nc\t3\n",
        ),
        ("{range .list[*]}{.name},{end}done", "a,b,c,done"),
        ("{range .list[*]}{range .in}{.k}{end};{end}", "v1;v2;v3;"),
        ("{range .missing[*]}{.x}{end}after", "after"),
        ("{range .list[*]}{.name}", "abc"),
        ("{.list[?(@.name==\"b\")].n}", "2"),
        ("{.list[?(@.name=='b')].n}", "2"),
        ("{.list[?(@.n>1)].name}", "b c"),
        ("{.list[?(@.n>=2)].name}", "b c"),
        ("{.list[?(@.n<2)].name}", "a"),
        ("{.list[?(@.n!=2)].name}", "a c"),
        ("{.list[?(@.f)].name}", "a b"),
        ("{.list[?(@.f>2.0)].name}", "b"),
        ("{.list[?(@.t==true)].name}", "a"),
        ("{.list[?(@.t==false)].name}", "b"),
        ("{.list[?(@.missing==\"x\")].name}", ""),
        ("{.list[?(@.in.k==\"v2\")].name}", "b"),
        (
            "{.list[?(@.name==\"b\")]}",
            "{\"f\":2.5,\"in\":{\"k\":\"v2\"},\"n\":2,\"name\":\"b\",\"t\":false}",
        ),
        ("{..k}", "v1 v2 v3"),
        ("{.list..k}", "v1 v2 v3"),
        ("{.m.*}", "{\"v\":1}"),
        ("{.nest[*]}", "[1,2] [3]"),
        ("{.nest[*][0]}", "1 3"),
        ("{.nest[0][1]}", "2"),
        ("{.strs[*]}", "p q r"),
        ("{.strs}", "[\"p\",\"q\",\"r\"]"),
        ("{.i}", "7"),
        ("{.big}", "1000000"),
        ("{.fl}", "0.5"),
        ("{.e}", "1e+21"),
        ("{.m6}", "1.2345675e+06"),
        ("{.nil}", "null"),
        ("{.empty}", "[]"),
        ("{.empty[*]}", ""),
        ("{.eo}", "{}"),
        ("{.q}", "it's"),
        ("{.multi}", "a\nb"),
        ("{\"a\"}", "a"),
        ("{'a'}", "a"),
        ("{\"a\\\"b\"}", "a\"b"),
        ("{'a\\'b'}", "a'b"),
        ("{\"\\x41\"}", "A"),
        ("}", "}"),
        ("plain", "plain"),
        ("{1}", "1"),
        ("{-1}", "-1"),
        ("{1.5}", "1.5"),
        ("{true}", "true"),
        ("{false}", "false"),
        ("{$.s}", "str"),
        ("{@.s}", "str"),
        ("{.s.}", ""),
        ("{.s|.i}", ""),
        ("{.list[0].name}{.list[1].name}", "ab"),
        ("{ .s }", "str"),
        ("{.s }x", "strx"),
        ("{range .list[*]}{@.name}{end}", "abc"),
        ("{range .list[*]}{$.name}{end}", "abc"),
        ("{.list[?(@.n==1)].in}", "{\"k\":\"v1\"}"),
        ("{.strs[?(@==\"q\")]}", "q"),
        ("{.strs[?(@>\"p\")]}", "q r"),
        ("{.nil.x}", ""),
        ("{.nil[0]}", ""),
        ("{.list[?(1==1)].name}", "a b c"),
        ("{.list[?(@.name)].name}", "a b c"),
        ("{.two..name}", "deep deeper"),
        ("{.a#b}", ""),
        ("{.list[0, 1].name}", "a b"),
        ("{\"{\"}", "{"),
        ("{range}", ""),
        ("{range .list[*]}{end}", ""),
        ("{.list[*].missing}", ""),
        ("{.list[*].f}", "1.5 2.5"),
        ("{.list[?(@.f==1.5)].name}", "a"),
        ("{.list[?(@.n==2)].in.k}{\"\\n\"}{.s}", "v2\nstr"),
        ("{.list[?(@.name==\"x)y\")].n}", ""),
        ("{.list[?(@..k==\"v1\")].name}", "a"),
        ("{.list[?()].name}", "a b c"),
        ("{.metadata.labels.x}{.metadata.labels.none}{.s}", "ystr"),
        ("{.list[*].n}{\"\\n\"}", "1 2 3\n"),
        ("{.kind}/{.metadata.name}", "Foo/n"),
        ("{.list[-1:].name}", "c"),
        ("{.list[:-1].name}", "a b"),
        ("{.list[0:0]}", ""),
        ("{range .list[?(@.n>1)]}{.name}={.n} {end}", "b=2 c=3 "),
        (
            "{range .list[*]}{.name}{range .in.*}{@}{end}{\"|\"}{end}tail",
            "av1|bv2|cv3|tail",
        ),
        ("{\"tab\\there\"}", "tab\there"),
        ("{'x\\ny'}", "x\ny"),
        ("{\"é\"}", "é"),
        ("é{.s}é", "éstré"),
        ("{.é}", ""),
        ("{\"\\u00e9\"}", "é"),
    ] {
        let got = Template::parse(template).and_then(|parsed| parsed.execute(&object(), true));
        assert_eq!(got.as_deref(), Ok(want), "{template}");
    }
}

#[test]
fn faults_have_client_gos_words() {
    for (template, want) in [
        ("{.list[*][\"name\",\"n\"]}", "invalid array index \"name\""),
        (
            "{.list[5].name}",
            "array index out of bounds: index 5, length 3",
        ),
        (
            "{.list[-5].name}",
            "array index out of bounds: index -2, length 3",
        ),
        (
            "{.list[2:1].name}",
            "starting index 2 is greater than ending index 1",
        ),
        (
            "{.list[0:9].name}",
            "array index out of bounds: index 8, length 3",
        ),
        ("{.list[::0].name}", "step must be > 0"),
        ("{.list[::-1].name}", "step must be > 0"),
        ("{.s[0]}", "string is not array or slice"),
        ("{.m[0]}", "map[string]interface {} is not array or slice"),
        ("{end}", "not in range, nothing to end"),
        (
            "{.list[?(@.f>1)].name}",
            "incompatible types for comparison",
        ),
        (
            "{.list[?(@.name=~\"b\")].name}",
            "unrecognized character in action: U+007E '~'",
        ),
        (
            "{.list[?(@.name==\"a\" || @.name==\"b\")].name}",
            "unrecognized character in action: U+007C '|'",
        ),
        (
            "{.empty[0]}",
            "array index out of bounds: index 0, length 0",
        ),
        ("{\"unterminated}", "unterminated quoted string"),
        ("{.s", "unclosed action"),
        ("{", "unclosed action"),
        ("{.list[}", "unterminated array"),
        ("{.list[a]}", "invalid array index a"),
        ("{.list[\"name\"]}", "invalid array index \"name\""),
        ("{.list[?(@.name==\"b\"].n}", "unterminated filter"),
        ("{.list[?(@.name==\"b\")", "unclosed array expect ]"),
        ("{foo}", "unrecognized identifier foo"),
        ("{.s,.i}", "unrecognized character in action: U+002C ','"),
        (
            "{.s[?(@.x)]}",
            "str is not array or slice and cannot be filtered",
        ),
        (
            "{.nil[?(@.x)]}",
            "<nil> is not array or slice and cannot be filtered",
        ),
        (
            "{.list[?(@.n==\"1\")].name}",
            "incompatible types for comparison",
        ),
        (
            "{.list[?(@.in==\"1\")].name}",
            "invalid type for comparison",
        ),
        ("{#}", "unrecognized character in action: U+0023 '#'"),
        ("{.list[0:1:1:1]}", "invalid array index 0:1:1:1"),
        ("{.list[ 0 ].name}", "invalid array index  0 "),
        (
            "{.list[99999999999999999999]}",
            "array index 99999999999999999999 is not a number",
        ),
        ("{.list[1-2]}", "invalid array index 1-2"),
        ("\\{x\\}", "unrecognized identifier x\\"),
        ("{{.s}}", "unrecognized character in action: U+007B '{'"),
        ("{end range}", "not in range, nothing to end"),
        (
            "{.list[?(@.n<@.f)].name}",
            "incompatible types for comparison",
        ),
        (
            "{.list[?(@.n===1)].name}",
            "unrecognized filter operator ===",
        ),
        (
            "{.list[?(!@.f)].name}",
            "unrecognized character in action: U+0021 '!'",
        ),
        (
            "{.list[-1:-2]}",
            "starting index 2 is greater than ending index 1",
        ),
        (
            "{.list[*].in[*]}",
            "map[string]interface {} is not array or slice",
        ),
        ("{\"a", "unterminated quoted string"),
        ("{\"a\nb\"}", "unterminated quoted string"),
        ("{.s\n}", "unclosed action"),
    ] {
        let got = Template::parse(template).and_then(|parsed| parsed.execute(&object(), true));
        assert_eq!(
            got.map_err(|error| error.to_string()),
            Err(want.to_owned()),
            "{template}"
        );
    }
}

#[test]
fn recursion_and_wildcards_go_by_key() {
    let object = json!({"b": {"name": "2", "x": [{"name": "3"}]}, "a": {"name": "1"}, "name": "0"});
    for (template, want) in [
        ("{..name}", "0 1 2 3"),
        ("{.*.name}", "1 2"),
        ("{...name}", "0 1 2 3"),
    ] {
        assert_eq!(
            Template::parse(template)
                .unwrap()
                .execute(&object, true)
                .as_deref(),
            Ok(want)
        );
    }
    assert_eq!(
        Template::parse("{}|{@}")
            .unwrap()
            .execute(&json!({"b": "<", "a": 1}), true)
            .unwrap(),
        "{\"a\":1,\"b\":\"\\u003c\"}|{\"a\":1,\"b\":\"\\u003c\"}"
    );
}

#[test]
fn missing_keys_may_be_faults() {
    let template = Template::parse("{.metadata.nope}").unwrap();
    assert_eq!(
        template.execute(&object(), false),
        Err(Error::NotFound("nope".to_owned()))
    );
    assert_eq!(
        template.execute(&object(), false).unwrap_err().to_string(),
        "nope is not found"
    );
    assert_eq!(template.find(&object()), Ok(vec![]));
}

#[test]
fn values_are_found_by_reference() {
    let object = object();
    let template = Template::parse("{.list[*].n}{\"x\"}").unwrap();
    assert_eq!(
        template.find(&object),
        Ok(vec![&json!(1), &json!(2), &json!(3), &json!("x")])
    );
    assert_eq!(template.find_groups(&object, true).unwrap().len(), 2);
}

#[test]
fn relaxed_paths() {
    for path in ["x.y", ".x.y", "{x.y}", "{.x.y}"] {
        assert_eq!(relaxed(path).as_deref(), Ok("{.x.y}"));
    }
    assert_eq!(relaxed("").as_deref(), Ok(""));
    for path in ["{", "{}", ".", "{x}{y}", "{x", "x}"] {
        assert!(relaxed(path).is_err(), "{path}");
    }
}

#[test]
fn random_templates_never_panic() {
    let pieces = [
        "{", "}", "[", "]", "*", "..", ".", "a", "list", "?(", "@", "==", "<", ")", "\"", "'",
        "\\", "range ", "end", ",", ":", "-1", "1", " ", "\n", "$", "true", "1.5", "é", "name",
        "\\x4",
    ];
    let object = object();
    let mut state = 1_u64;
    for _ in 0..30_000 {
        let mut text = String::from("{");
        for _ in 0..(state >> 40) % 14 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(7);
            text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
        }
        text.push('}');
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        if let Ok(template) = Template::parse(&text) {
            let _ = (
                template.execute(&object, true),
                template.execute(&object, false),
            );
        }
    }
    assert!(Template::parse(&format!("{{{}", "[?(".repeat(10_000))).is_err());
    assert!(Template::parse(&format!("{{{}@{}}}", "[?(".repeat(1000), ")]".repeat(1000))).is_err());
}
