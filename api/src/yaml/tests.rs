//! What is read and written here was seen with the real kubectl.

use serde_json::json;

use super::*;

#[test]
fn values_are_read_as_kubectl_reads_them() {
    for (text, want) in [
        ("<<: {a: 1}\n", r#"{"a":1}"#),
        ("a: b\n...\nc: d\n", r#"{"a":"b"}"#),
        (
            "a: 99999999999999999999\n",
            r#"{"a":100000000000000000000}"#,
        ),
        ("a: 1\n<<: {a: 2, b: 3}\nb: 4\n", r#"{"a":2,"b":4}"#),
        (
            "<<: [{a: 1, b: 2},{a: 3, c: 4}]\n",
            r#"{"a":1,"b":2,"c":4}"#,
        ),
        ("\"<<\": {a: 1}\n", r#"{"<<":{"a":1}}"#),
        ("a: 0o17\n", r#"{"a":15}"#),
        ("a: 08\n", r#"{"a":8}"#),
        ("a: 017\n", r#"{"a":15}"#),
        ("a: 0x1F\n", r#"{"a":31}"#),
        ("a: +1\n", r#"{"a":1}"#),
        ("a: 1_0.5\n", r#"{"a":10.5}"#),
        ("a: ._5\n", r#"{"a":"._5"}"#),
        ("a: 1.\n", r#"{"a":1}"#),
        ("a: 1e999\n", r#"{"a":"1e999"}"#),
        ("a: 2001-01-01\n", r#"{"a":"2001-01-01"}"#),
        ("a: 0b11\n", r#"{"a":3}"#),
        ("a: -0b11\n", r#"{"a":-3}"#),
        ("a: 12:30\n", r#"{"a":"12:30"}"#),
        ("a: +.5\n", r#"{"a":0.5}"#),
        ("a: .5e1\n", r#"{"a":5}"#),
        ("a: 18446744073709551615\n", r#"{"a":18446744073709551615}"#),
        ("a: 1e20\n", r#"{"a":100000000000000000000}"#),
        ("a: 1e21\n", r#"{"a":1e+21}"#),
        ("a: 1e-7\n", r#"{"a":1e-7}"#),
        ("a: -0\n", r#"{"a":0}"#),
        ("a: 0.1\n", r#"{"a":0.1}"#),
        ("a: 0x\n", r#"{"a":"0x"}"#),
        ("a: 0b\n", r#"{"a":"0b"}"#),
        ("a: =\n", r#"{"a":"="}"#),
        ("a: ~\n", r#"{"a":null}"#),
        ("a: y\n", r#"{"a":true}"#),
        ("a: n\n", r#"{"a":false}"#),
        ("a: yes\n", r#"{"a":true}"#),
        ("a: No\n", r#"{"a":false}"#),
        ("a: ON\n", r#"{"a":true}"#),
        ("a: off\n", r#"{"a":false}"#),
        ("a: 1_000\n", r#"{"a":1000}"#),
        ("a: 1e3\n", r#"{"a":1000}"#),
        ("a: 0777\n", r#"{"a":511}"#),
        ("a: 0x1G\n", r#"{"a":"0x1G"}"#),
        ("a: 1__0\n", r#"{"a":10}"#),
        ("a: 0_7\n", r#"{"a":7}"#),
        ("a: 1e\n", r#"{"a":"1e"}"#),
        ("a: 1.5e3\n", r#"{"a":1500}"#),
        ("a: .5\n", r#"{"a":0.5}"#),
        ("a: 5.\n", r#"{"a":5}"#),
        ("a: -.5\n", r#"{"a":-0.5}"#),
        ("a: +0b1\n", r#"{"a":1}"#),
        ("a: 0B1\n", r#"{"a":1}"#),
        ("a: 0O7\n", r#"{"a":7}"#),
        ("a: 0X1f\n", r#"{"a":31}"#),
        ("a: 1:30\n", r#"{"a":"1:30"}"#),
        ("a: 190:20:30\n", r#"{"a":"190:20:30"}"#),
        (
            "a: 2001-12-14t21:59:43.10-05:00\n",
            r#"{"a":"2001-12-14t21:59:43.10-05:00"}"#,
        ),
        ("a: tRue\n", r#"{"a":"tRue"}"#),
        ("a: TRUE\n", r#"{"a":true}"#),
        ("a: null\n", r#"{"a":null}"#),
        ("a: Null\n", r#"{"a":null}"#),
        ("a: NULL\n", r#"{"a":null}"#),
        ("a: nULL\n", r#"{"a":"nULL"}"#),
        ("a: ---\n", r#"{"a":"---"}"#),
        ("a: .\n", r#"{"a":"."}"#),
        ("a: ..\n", r#"{"a":".."}"#),
        ("a: +\n", r#"{"a":"+"}"#),
        ("a: --\n", r#"{"a":"--"}"#),
        ("a: +-1\n", r#"{"a":"+-1"}"#),
        ("a: 0x-1\n", r#"{"a":"0x-1"}"#),
        ("a: 1.2.3\n", r#"{"a":"1.2.3"}"#),
        ("a: 0.0\n", r#"{"a":0}"#),
        ("a: 00\n", r#"{"a":0}"#),
        ("a: -017\n", r#"{"a":-15}"#),
        ("a: 1e5\n", r#"{"a":100000}"#),
        ("a: 123456789.125\n", r#"{"a":123456789.125}"#),
        ("a: 1E3\n", r#"{"a":1000}"#),
        ("a: 1e+29\n", r#"{"a":1e+29}"#),
        ("a: 9223372036854775808\n", r#"{"a":9223372036854775808}"#),
        ("a: -9223372036854775808\n", r#"{"a":-9223372036854775808}"#),
        (
            "yes: 1\n1.5: b\n1e3: c\n0x10: d\n",
            r#"{"1.5":"b","1000":"c","16":"d","true":1}"#,
        ),
        (
            "a: !!str 1\nb: !!float 1\nc: !!int \"5\"\nd: !foo bar\ne: ! 12\nf: !!bool yes\ng: !!binary aGk=\n",
            r#"{"a":"1","b":1,"c":5,"d":"bar","e":"12","f":true,"g":"hi"}"#,
        ),
        ("a: !!null \"\"\n", r#"{"a":null}"#),
        (
            "a:\n- b\n-\n  - c\nd: >-\n  x\n  y\n",
            r#"{"a":["b",["c"]],"d":"x y"}"#,
        ),
        (
            "a: {b:c}\nd: [a,b]\n",
            r#"{"a":{"b:c":null},"d":["a","b"]}"#,
        ),
        ("a: {b: }\n", r#"{"a":{"b":null}}"#),
        ("a: {\"b\":c, d}\n", r#"{"a":{"b":"c","d":null}}"#),
        (
            "a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 1\n",
            r#"{"a":{"b":1},"c":{"b":1},"d":{"b":1,"e":1}}"#,
        ),
        ("a: 1\na: 2\n", r#"{"a":2}"#),
        (
            "a: |2-\n   x\n  y\nb: |+\n  x\n\n",
            r#"{"a":" x\ny","b":"x\n\n"}"#,
        ),
        ("a:\n  b\n  c\n", r#"{"a":"b c"}"#),
        ("a: \"x\n  y\"\n", r#"{"a":"x y"}"#),
        ("a: \"x\ny\"\n", r#"{"a":"x y"}"#),
        ("a:\n- b\n - c\n", r#"{"a":["b - c"]}"#),
        ("a: !!set {b}\n", r#"{"a":{"b":null}}"#),
        ("a: # c\n", r#"{"a":null}"#),
        ("a: b # c\n", r#"{"a":"b"}"#),
        ("a: b# c\n", r#"{"a":"b# c"}"#),
        ("a: &x b\nc: *x\n? *x\n: 1\n", r#"{"a":"b","b":1,"c":"b"}"#),
        ("a: é世😀\n", r#"{"a":"é世😀"}"#),
        ("a: \"\\u00e9\"\n", r#"{"a":"é"}"#),
    ] {
        let want: Value = serde_json::from_str(want).unwrap();
        assert_eq!(from_str(text), Ok(want), "{text}");
    }
}

#[test]
fn faults_have_kubectls_words_and_lines() {
    for (text, want) in [
        (
            "a: b\n c: d\n",
            "yaml: line 2: mapping values are not allowed in this context",
        ),
        ("a: [1\n", "yaml: line 1: did not find expected ',' or ']'"),
        ("a: [[1]", "yaml: line 1: did not find expected ',' or ']'"),
        ("a: [", "yaml: line 1: did not find expected node content"),
        (
            "a: [ # x\n",
            "yaml: line 1: did not find expected node content",
        ),
        (
            "a: [1,\n\n",
            "yaml: line 2: did not find expected node content",
        ),
        ("a: {b:", "yaml: line 1: did not find expected node content"),
        ("a: {b", "yaml: line 1: did not find expected ',' or '}'"),
        ("a: [}\n", "yaml: did not find expected node content"),
        ("a: {b: c,]", "yaml: did not find expected node content"),
        ("a: {b: c]", "yaml: did not find expected ',' or '}'"),
        ("a: \"x\n", "yaml: line 2: found unexpected end of stream"),
        ("a: 'x\n", "yaml: line 2: found unexpected end of stream"),
        (
            "a:\n\tb: 1\n",
            "yaml: line 2: found character that cannot start any token",
        ),
        ("a: b\n- c\n", "yaml: line 1: did not find expected key"),
        (
            "- a\nb: c\n",
            "yaml: line 1: did not find expected '-' indicator",
        ),
        ("a: *x\n", "yaml: unknown anchor 'x' referenced"),
        ("a: &x\n b: *x\n", "yaml: anchor 'x' value contains itself"),
        (
            "a: %x\n",
            "yaml: found character that cannot start any token",
        ),
        (
            "a: @x\n",
            "yaml: found character that cannot start any token",
        ),
        (
            "a: `x\n",
            "yaml: found character that cannot start any token",
        ),
        (
            "a: b: c\n",
            "yaml: mapping values are not allowed in this context",
        ),
        ("a: !!int x\n", "yaml: cannot decode !!str `x` as a !!int"),
        ("a: \"\\q\"\n", "yaml: found unknown escape character"),
        (
            "a: |\n  x\n y\nb: c\n",
            "yaml: line 2: did not find expected key",
        ),
        ("a: }\n", "yaml: did not find expected node content"),
        ("a: ]\n", "yaml: did not find expected node content"),
        (
            "<<: 1\n",
            "yaml: map merge requires map or sequence of maps as the value",
        ),
        (
            "a: !!binary x\n",
            "yaml: !!binary value contains invalid base64 data",
        ),
        ("a: \u{1}\n", "yaml: control characters are not allowed"),
        (
            "%YAML 3.0\n---\na: b\n",
            "yaml: found incompatible YAML document",
        ),
        ("a: !<x b\n", "yaml: did not find the expected '>'"),
        (
            "a: & b\n",
            "yaml: did not find expected alphabetic or numeric character",
        ),
        (
            "a: *\n",
            "yaml: did not find expected alphabetic or numeric character",
        ),
        (
            "a: - b\n",
            "yaml: block sequence entries are not allowed in this context",
        ),
        ("a:\n  - b\n c\n", "yaml: line 2: did not find expected key"),
        (
            "[a: b, c]: d\n",
            "yaml: invalid map key: []interface {}{map[interface {}]interface {}{\"a\":\"b\"}, \"c\"}",
        ),
        ("a: \"b\" c\n", "yaml: did not find expected key"),
        ("a: [b] c\n", "yaml: did not find expected key"),
        (
            "a:\n  b: c\n d: e\n",
            "yaml: line 2: did not find expected key",
        ),
        (
            "a: >x\n  b\n",
            "yaml: did not find expected comment or line break",
        ),
        (
            "a: \"x\\uZZZZ\"\n",
            "yaml: did not find expected hexdecimal number",
        ),
        ("a: .nan\n", "json: unsupported value: NaN"),
        ("a: .inf\n", "json: unsupported value: +Inf"),
        (
            "null: a\n",
            "unsupported map key of type: %!s(<nil>), key: <nil>, value: \"a\"",
        ),
        (
            "a: -\n",
            "yaml: block sequence entries are not allowed in this context",
        ),
        (
            "? [a]\n: b\n",
            "yaml: invalid map key: []interface {}{\"a\"}",
        ),
        (
            "? {a: b}\n: c\n",
            "yaml: invalid map key: map[interface {}]interface {}{\"a\":\"b\"}",
        ),
        (
            "a: b\n\tc: d\n",
            "yaml: line 2: found a tab character that violates indentation",
        ),
        ("a: [a, , b]\n", "yaml: did not find expected node content"),
        (
            "a: !!int 1.5\n",
            "yaml: cannot decode !!float `1.5` as a !!int",
        ),
        (
            "a: !!float x\n",
            "yaml: cannot decode !!str `x` as a !!float",
        ),
        (
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n   labels: y\n",
            "yaml: line 5: mapping values are not allowed in this context",
        ),
        (
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n labels: y\n",
            "yaml: line 4: did not find expected key",
        ),
        (
            "x: 1\na:\n  b: {\n    c: d\n  e: f\n",
            "yaml: line 4: did not find expected ',' or '}'",
        ),
        (
            "a:\n  - b\n - c\n",
            "yaml: line 2: did not find expected key",
        ),
        ("a: 'x' y\n", "yaml: did not find expected key"),
        ("x: y\nz\n", "yaml: line 3: could not find expected ':'"),
        (
            "x: y\nz\nw: v\n",
            "yaml: line 3: could not find expected ':'",
        ),
        ("x:\n- a\n-b\n", "yaml: line 4: could not find expected ':'"),
        ("x: y\n\"z\"\n", "yaml: line 3: could not find expected ':'"),
        (
            "a: \"\u{7f}\"\n",
            "yaml: control characters are not allowed",
        ),
        ("a: *x y\n", "yaml: unknown anchor 'x' referenced"),
        (
            "a:\n    - b\n   - c\n",
            "yaml: line 2: did not find expected key",
        ),
        (
            "a: {{ .Values.x }}\n",
            "yaml: invalid map key: map[interface {}]interface {}{\".Values.x\":interface {}(nil)}",
        ),
        (
            "a: {{x}}\n",
            "yaml: invalid map key: map[interface {}]interface {}{\"x\":interface {}(nil)}",
        ),
        (
            "x:\n  y: \"a\n  z: b\n",
            "yaml: line 4: found unexpected end of stream",
        ),
        (
            "a: 1\nb:\n  c: 2\n   d: 3\n",
            "yaml: line 4: mapping values are not allowed in this context",
        ),
        (
            "a:\n  - name: x\n    image: y\n   ports: z\n",
            "yaml: line 3: did not find expected '-' indicator",
        ),
        (
            "a:\n  - name: x\n     image: y\n",
            "yaml: line 3: mapping values are not allowed in this context",
        ),
        (
            "a:\n  b: c\n\td: e\n",
            "yaml: line 3: found a tab character that violates indentation",
        ),
        (
            "a:\n\t- b\n",
            "yaml: line 2: found character that cannot start any token",
        ),
        (
            "a:\n- b\n\t- c\n",
            "yaml: line 3: found a tab character that violates indentation",
        ),
        (
            "a: 1\n\tb: 2\n",
            "yaml: line 2: found a tab character that violates indentation",
        ),
        (
            "a:\n  b: 1\n  \tc: 2\n",
            "yaml: line 3: found a tab character that violates indentation",
        ),
        (
            "a:\n  - b: c\n\td: e\n",
            "yaml: line 3: found a tab character that violates indentation",
        ),
        (
            "spec:\n  x:\n\t  y: z\n",
            "yaml: line 3: found character that cannot start any token",
        ),
        (
            "a: |\n\tx\n",
            "yaml: line 2: found a tab character where an indentation space is expected",
        ),
        (
            "a: |\n  x\n\ty\n",
            "yaml: line 3: found a tab character where an indentation space is expected",
        ),
        (
            "a: >\n  x\n\n\ty\n",
            "yaml: line 4: found a tab character where an indentation space is expected",
        ),
        (
            "\t\na: b\n",
            "yaml: found character that cannot start any token",
        ),
        (
            "\n\ta: b\n",
            "yaml: line 2: found character that cannot start any token",
        ),
        (
            "a: [b\nc: d\n",
            "yaml: line 1: did not find expected ',' or ']'",
        ),
        (
            "x: 1\na: {b: c\nd: e\n",
            "yaml: line 2: did not find expected ',' or '}'",
        ),
        (
            "x:\n  a: [b, c\n  d: [e]\n",
            "yaml: line 2: did not find expected ',' or ']'",
        ),
        (
            "a: b[0\nc: d: e\n",
            "yaml: line 2: mapping values are not allowed in this context",
        ),
        (
            "x:\n  - {a: b\n  - c\n",
            "yaml: line 3: did not find expected ',' or '}'",
        ),
        (
            "a:\n  - [b\n  - c\n",
            "yaml: line 3: did not find expected ',' or ']'",
        ),
        (
            "x: y: z\n",
            "yaml: mapping values are not allowed in this context",
        ),
        (
            "a: \"b\nc: d\n",
            "yaml: line 3: found unexpected end of stream",
        ),
        (
            "x:\n  a: 'b\n  c: d\ne: f\n",
            "yaml: line 5: found unexpected end of stream",
        ),
        (
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: x\n    image: y\n    args: [\"a\", \"b\"\n    ports:\n    - containerPort: 80\n",
            "yaml: line 9: did not find expected ',' or ']'",
        ),
        (
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: x\n   image: y\n",
            "yaml: line 7: did not find expected key",
        ),
        (
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n    - name: x\n  image: y\n - z\n",
            "yaml: line 8: did not find expected key",
        ),
        (
            "apiVersion: v1\nkind: Pod\n metadata:\n  name: a\n",
            "yaml: line 3: mapping values are not allowed in this context",
        ),
        (
            "kind: Pod\nmetadata\n  name: a\n",
            "yaml: line 3: could not find expected ':'",
        ),
        (
            "a:\n  b\n  c: d\n",
            "yaml: line 3: mapping values are not allowed in this context",
        ),
        (
            "a: b\n  c\n  d: e\n",
            "yaml: line 3: mapping values are not allowed in this context",
        ),
        (
            "- a\n- b\n c: d\n",
            "yaml: line 3: mapping values are not allowed in this context",
        ),
        (
            "a: %x\n",
            "yaml: found character that cannot start any token",
        ),
        (
            "x: 1\ny: @foo\n",
            "yaml: line 2: found character that cannot start any token",
        ),
        ("x: 1\ny: *foo\n", "yaml: unknown anchor 'foo' referenced"),
        (
            "x: 1\ny: !foo! bar\n",
            "yaml: line 2: did not find expected tag URI",
        ),
        (
            "x: 1\ny: {a: b]\n",
            "yaml: line 1: did not find expected ',' or '}'",
        ),
        (
            "x: 1\ny: [a: b}\n",
            "yaml: line 1: did not find expected ',' or ']'",
        ),
        (
            "x: 1\ny: ]\n",
            "yaml: line 1: did not find expected node content",
        ),
        ("x: 1\n}\n", "yaml: line 1: did not find expected key"),
        ("x: \"a\" \"b\"\n", "yaml: did not find expected key"),
        (
            "x: 1\ny: \"\\z\"\n",
            "yaml: line 2: found unknown escape character",
        ),
        (
            "x: 1\nb: `c`\n",
            "yaml: line 2: found character that cannot start any token",
        ),
        (
            "x: 1\nx2: a: b\n",
            "yaml: line 2: mapping values are not allowed in this context",
        ),
        (
            "key: value\n  more: value\n",
            "yaml: line 2: mapping values are not allowed in this context",
        ),
        (
            "key: >-\n  a\n b\n",
            "yaml: line 2: did not find expected key",
        ),
        (
            "a:\n   b: 1\n  c: 2\n",
            "yaml: line 2: did not find expected key",
        ),
        ("a: |3\n x\n", "yaml: line 1: did not find expected key"),
        (
            "a: |0\n x\n",
            "yaml: found an indentation indicator equal to 0",
        ),
        (
            "a: |x\n x\n",
            "yaml: did not find expected comment or line break",
        ),
        (
            "key: [a, b\nc: d\n",
            "yaml: line 1: did not find expected ',' or ']'",
        ),
        (
            "a:\n  b: [\n    c\n  d: e\n",
            "yaml: line 3: did not find expected ',' or ']'",
        ),
        (
            "\ta: 1\n",
            "yaml: found character that cannot start any token",
        ),
        (
            "x: |\n a\n\tb\n",
            "yaml: line 3: found a tab character where an indentation space is expected",
        ),
    ] {
        let want = format!("error converting YAML to JSON: {want}");
        assert_eq!(
            from_str(text).map_err(|error| error.to_string()),
            Err(want),
            "{text}"
        );
    }
}

#[test]
fn strings_are_written_as_kubectl_writes_them() {
    for (string, want) in [
        ("", "- \"\"\n"),
        ("a", "- a\n"),
        ("yes", "- \"yes\"\n"),
        ("no", "- \"no\"\n"),
        ("y", "- \"y\"\n"),
        ("n", "- \"n\"\n"),
        ("on", "- \"on\"\n"),
        ("true", "- \"true\"\n"),
        ("null", "- \"null\"\n"),
        ("~", "- \"~\"\n"),
        ("1", "- \"1\"\n"),
        ("1.5", "- \"1.5\"\n"),
        ("1e3", "- \"1e3\"\n"),
        ("0x1F", "- \"0x1F\"\n"),
        ("0b1", "- \"0b1\"\n"),
        ("0o7", "- \"0o7\"\n"),
        ("017", "- \"017\"\n"),
        ("1_000", "- \"1_000\"\n"),
        ("2001-01-01", "- \"2001-01-01\"\n"),
        ("2001-01-01T00:00:00Z", "- \"2001-01-01T00:00:00Z\"\n"),
        (
            "2024-01-01T10:00:00+01:00",
            "- \"2024-01-01T10:00:00+01:00\"\n",
        ),
        ("2001-1-1 1:1:1", "- \"2001-1-1 1:1:1\"\n"),
        ("2001-13-01", "- 2001-13-01\n"),
        ("1:30", "- \"1:30\"\n"),
        ("190:20:30", "- \"190:20:30\"\n"),
        ("12:99", "- 12:99\n"),
        (".", "- .\n"),
        ("..", "- ..\n"),
        ("...", "- '...'\n"),
        ("---", "- '---'\n"),
        ("--- a", "- '--- a'\n"),
        ("-", "- '-'\n"),
        ("- a", "- '- a'\n"),
        ("-a", "- -a\n"),
        ("?", "- '?'\n"),
        ("? a", "- '? a'\n"),
        ("?a", "- ?a\n"),
        (":", "- ':'\n"),
        (": a", "- ': a'\n"),
        (":a", "- :a\n"),
        ("a: b", "- 'a: b'\n"),
        ("a:b", "- a:b\n"),
        ("a:", "- 'a:'\n"),
        ("a #b", "- 'a #b'\n"),
        ("a#b", "- a#b\n"),
        ("#a", "- '#a'\n"),
        (" a", "- ' a'\n"),
        ("a ", "- 'a '\n"),
        ("\ta", "- \"\\ta\"\n"),
        ("a\t", "- \"a\\t\"\n"),
        ("a\tb", "- \"a\\tb\"\n"),
        ("a\nb", "- |-\n  a\n  b\n"),
        ("a\nb\n", "- |\n  a\n  b\n"),
        ("a\nb\n\n", "- |+\n  a\n  b\n\n"),
        ("\na", "- |2-\n\n  a\n"),
        ("\n", "- |2+\n\n"),
        ("\n\n", "- |2+\n\n\n"),
        (" a\nb", "- |2-\n   a\n  b\n"),
        ("a\n b", "- |-\n  a\n   b\n"),
        ("a \nb", "- \"a \\nb\"\n"),
        ("a\n\nb\n", "- |\n  a\n\n  b\n"),
        ("a\r\nb", "- \"a\\r\\nb\"\n"),
        ("a\rb", "- \"a\\rb\"\n"),
        ("\u{0}", "- \"\\0\"\n"),
        ("\u{1b}[0m", "- \"\\e[0m\"\n"),
        ("é", "- é\n"),
        ("世界", "- 世界\n"),
        ("\u{1f600}", "- \"\\U0001F600\"\n"),
        ("\u{a0}", "- \u{a0}\n"),
        ("\"", "- '\"'\n"),
        ("'", "- ''''\n"),
        ("\"a\"", "- '\"a\"'\n"),
        ("'a'", "- '''a'''\n"),
        ("a'b", "- a'b\n"),
        ("a\"b", "- a\"b\n"),
        ("\\", "- \\\n"),
        ("a\\b", "- a\\b\n"),
        ("`a", "- '`a'\n"),
        ("@a", "- '@a'\n"),
        ("%a", "- '%a'\n"),
        ("!a", "- '!a'\n"),
        ("&a", "- '&a'\n"),
        ("*a", "- '*a'\n"),
        ("|", "- '|'\n"),
        ("|a", "- '|a'\n"),
        (">", "- '>'\n"),
        (">a", "- '>a'\n"),
        ("{", "- '{'\n"),
        ("{a}", "- '{a}'\n"),
        ("[a]", "- '[a]'\n"),
        ("a]", "- a]\n"),
        ("a,b", "- a,b\n"),
        (",a", "- ',a'\n"),
        ("=", "- =\n"),
        ("<<", "- <<\n"),
        ("<", "- <\n"),
        ("+", "- +\n"),
        ("+1", "- \"+1\"\n"),
        ("-1", "- \"-1\"\n"),
        (".5", "- \".5\"\n"),
        ("-.5", "- \"-.5\"\n"),
        (".inf", "- \".inf\"\n"),
        ("-.inf", "- \"-.inf\"\n"),
        (".nan", "- \".nan\"\n"),
        (".NaN", "- \".NaN\"\n"),
        ("0", "- \"0\"\n"),
        ("00", "- \"00\"\n"),
        ("08", "- \"08\"\n"),
        ("1.", "- \"1.\"\n"),
        ("1..2", "- 1..2\n"),
        ("1.2.3", "- 1.2.3\n"),
        ("127.0.0.1", "- 127.0.0.1\n"),
        ("10.0.0.0/8", "- 10.0.0.0/8\n"),
        (
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "- xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
        ),
        (
            "word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word ",
            "- 'word word word word word word word word word word word word word word word word\n  word word word word word word word word word word word word word word word word\n  word word word word word word word word word word word word word word word word\n  word word word word word word word word word word word word '\n",
        ),
        (
            "word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word",
            "- word word word word word word word word word word word word word word word word\n  word word word word word word word word word word word word word word word word\n  word word word word word word word word word word word word word word word word\n  word word word word word word word word word word word word\n",
        ),
        (
            "wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd",
            "- wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo\n  rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo\n  rd  wo rd  wo rd  wo rd  wo rd  wo rd  wo rd\n",
        ),
        (
            "w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd",
            "- 'w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w:\n  rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd w: rd\n  w: rd w: rd w: rd'\n",
        ),
        (
            "\tword word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word ",
            "- \"\\tword word word word word word word word word word word word word word word word\n  word word word word word word word word word word word word word word word word\n  word word word word word word word word \"\n",
        ),
        (
            "\two  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd ",
            "- \"\\two  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd\n  wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo\n  \\ rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd\n  wo  rd wo  rd wo  rd wo  rd wo  rd wo  rd \"\n",
        ),
        (
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx y z",
            "- xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n  y z\n",
        ),
        (
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx  y  z",
            "- xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx  y  z\n",
        ),
        (
            "it's it's it's it's it's it's it's it's it's it's it's it's it's it's it's it's it's it's it's it's it's it's it's it's it's it's it's it's it's it's a: ",
            "- 'it''s it''s it''s it''s it''s it''s it''s it''s it''s it''s it''s it''s it''s it''s\n  it''s it''s it''s it''s it''s it''s it''s it''s it''s it''s it''s it''s it''s it''s\n  it''s it''s a: '\n",
        ),
        (
            "{\"a\":\"b\",\"c\":[1,2]}",
            "- '{\"a\":\"b\",\"c\":[1,2]}'\n",
        ),
        ("{\"a\":1}\n", "- |\n  {\"a\":1}\n"),
        (
            "key: value\nother: \"x\"\n",
            "- |\n  key: value\n  other: \"x\"\n",
        ),
        ("#!/bin/sh\necho hi\n", "- |\n  #!/bin/sh\n  echo hi\n"),
        ("  indented\nmore\n", "- |2\n    indented\n  more\n"),
        ("a\n\tb\n", "- \"a\\n\\tb\\n\"\n"),
        ("trailing \n", "- \"trailing \\n\"\n"),
        ("x\n\n\n", "- |+\n  x\n\n\n"),
        ("\n\nx", "- |2-\n\n\n  x\n"),
        ("sha256:abc", "- sha256:abc\n"),
        ("http://x:80/", "- http://x:80/\n"),
        ("a: b\n", "- |\n  a: b\n"),
        ("- a\n- b\n", "- |\n  - a\n  - b\n"),
        ("null\n", "- |\n  null\n"),
        ("1\n", "- |\n  1\n"),
        ("Null", "- \"Null\"\n"),
        ("NULL", "- \"NULL\"\n"),
        ("nULL", "- nULL\n"),
        ("True", "- \"True\"\n"),
        ("TRUE", "- \"TRUE\"\n"),
        ("tRUE", "- tRUE\n"),
        ("Off", "- \"Off\"\n"),
        ("_1", "- _1\n"),
        ("1_", "- \"1_\"\n"),
        ("_", "- _\n"),
        ("1e", "- 1e\n"),
        ("e1", "- e1\n"),
        ("1e+5", "- \"1e+5\"\n"),
        ("1E5", "- \"1E5\"\n"),
        ("+.5", "- \"+.5\"\n"),
        ("0.0", "- \"0.0\"\n"),
        ("1__0", "- \"1__0\"\n"),
        (
            "123456789012345678901234567890",
            "- \"123456789012345678901234567890\"\n",
        ),
        ("0777", "- \"0777\"\n"),
        ("08", "- \"08\"\n"),
        ("1 ", "- '1 '\n"),
        ("a  b", "- a  b\n"),
        ("it's", "- it's\n"),
        ("a\u{301}", "- a\u{301}\n"),
        ("\u{d7ff}", "- \u{d7ff}\n"),
        ("\u{e000}", "- \u{e000}\n"),
        ("$x", "- $x\n"),
        ("(a)", "- (a)\n"),
        ("^", "- ^\n"),
        ("2001-01-01T", "- 2001-01-01T\n"),
        ("2001-01-01t01:01:01.5Z", "- \"2001-01-01t01:01:01.5Z\"\n"),
        ("2001-01-01 01:01:01Z", "- 2001-01-01 01:01:01Z\n"),
        ("2001-01-01 01:01:01 Z", "- 2001-01-01 01:01:01 Z\n"),
        ("+12", "- \"+12\"\n"),
        ("-0", "- \"-0\"\n"),
        ("0x", "- 0x\n"),
        ("0xg", "- 0xg\n"),
        ("1:2:3.4", "- \"1:2:3.4\"\n"),
        ("0:0", "- \"0:0\"\n"),
        ("9:9", "- \"9:9\"\n"),
        ("99999:1", "- \"99999:1\"\n"),
        ("1:60", "- 1:60\n"),
        ("- ", "- '- '\n"),
        ("a\n#b", "- |-\n  a\n  #b\n"),
        ("%", "- '%'\n"),
        (".a", "- .a\n"),
        ("-.", "- -.\n"),
        ("--", "- --\n"),
        ("a:\n", "- |\n  a:\n"),
        ("a\n-", "- |-\n  a\n  -\n"),
        ("'\n", "- |\n  '\n"),
        ("! a", "- '! a'\n"),
        ("a\n ", "- \"a\\n \"\n"),
        ("a\n  \nb", "- \"a\\n  \\nb\"\n"),
        ("\n a", "- |2-\n\n   a\n"),
    ] {
        assert_eq!(to_string(&json!([string])), want);
        assert_eq!(from_str(want), Ok(json!([string])), "{want}");
    }
}

#[test]
fn numbers_are_written_as_kubectl_writes_them() {
    let numbers = json!([
        1.5,
        1e20,
        1e21,
        123456789.125,
        1e-5,
        0.0001,
        1234567.5,
        12345.5,
        1e19,
        -3.0,
        9007199254740993_i64
    ]);
    let want = "- 1.5\n- 1e+20\n- 1e+21\n- 1.23456789125e+08\n- 1e-05\n- 0.0001\n- 1.2345675e+06\n- 12345.5\n- 10000000000000000000\n- -3\n- 9007199254740993\n";
    assert_eq!(to_string(&numbers), want);
}

#[test]
fn collections_are_laid_out_as_kubectl_lays_them_out() {
    let object = json!({
        "spec": {"b": [[1, 2], [[3]], [{}], {"a": [1], "b": {"c": [{"d": 1, "e": [2]}]}}], "a": null},
        "empty": {"map": {}, "list": []},
        "list": [{"b": 2, "a": 1}, {}, null, "x\ny\n", {"s": "x\ny\n"}],
    });
    let want = "\
empty:
  list: []
  map: {}
list:
- a: 1
  b: 2
- {}
- null
- |
  x
  y
- s: |
    x
    y
spec:
  a: null
  b:
  - - 1
    - 2
  - - - 3
  - - {}
  - a:
    - 1
    b:
      c:
      - d: 1
        e:
        - 2
";
    assert_eq!(to_string(&object), want);
    assert_eq!(from_str(want), Ok(object));
    assert_eq!(to_string(&json!({})), "{}\n");
    assert_eq!(to_string(&json!("a: b")), "'a: b'\n");
}

#[test]
fn long_keys_are_written_apart() {
    let key = "k".repeat(130);
    let object = json!({ key.as_str(): {"a": 1, "b": [1]} });
    let want = format!("? {key}\n: a: 1\n  b:\n  - 1\n");
    assert_eq!(to_string(&object), want);
    assert_eq!(from_str(&want), Ok(object));
}

#[test]
fn keys_are_ordered_as_go_yaml_orders_them() {
    let keys = [
        "-",
        "_a",
        "1.9",
        "1.10",
        "A",
        "B",
        "a",
        "a b",
        "a-b",
        "a.b",
        "a0",
        "a9",
        "a10",
        "ab",
        "app",
        "app.kubernetes.io/name",
        "b",
        "v1",
        "v1alpha1",
        "v1beta1",
        "v2",
        "x0",
        "x00",
        "x99",
        "x100",
        "é",
    ];
    let mut shuffled: Vec<&str> = keys.to_vec();
    shuffled.reverse();
    let object: Value = shuffled
        .iter()
        .map(|key| ((*key).to_owned(), json!(1)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let written = to_string(&object);
    let order: Vec<&str> = written
        .lines()
        .map(|line| line.trim_end_matches(": 1").trim_matches(['\'', '"']))
        .collect();
    assert_eq!(order, keys);
}

#[test]
fn duplicate_keys_are_faults_only_of_strict_reading() {
    let text = "a: 1\nb:\n  c: 1\n  c: 2\na: 3\n";
    assert_eq!(from_str(text), Ok(json!({"a": 3, "b": {"c": 2}})));
    let want = "error converting YAML to JSON: yaml: unmarshal errors:\n  line 4: key \"c\" already set in map\n  line 5: key \"a\" already set in map";
    assert_eq!(from_str_strict(text).unwrap_err().to_string(), want);
    assert_eq!(
        from_str_warn(text).unwrap().1[0],
        "line 4: key \"c\" already set in map"
    );
}

#[test]
fn documents_are_split_as_kubectl_splits_them() {
    let text = "---\n# nothing\n---\na: 1\n--- # comment\nb: 2\n---\n\nc: |\n  ---\n";
    let values: Vec<Value> = documents(text).into_iter().map(Result::unwrap).collect();
    assert_eq!(
        values,
        [json!({"a": 1}), json!({"b": 2}), json!({"c": "---\n"})]
    );
    let faults = documents("a: b\n---x\n");
    assert_eq!(
        faults[0].as_ref().unwrap_err().to_string(),
        "invalid Yaml document separator: x"
    );
    assert!(documents("").is_empty());
    let mixed = documents("a: 1\n---\nb: [\n");
    assert!(mixed[0].is_ok() && mixed[1].is_err());
}

#[test]
fn json_may_stand_without_separators() {
    let values: Vec<Value> = documents(" {\"a\": 1}\n{\"b\": [2]}{\"c\": \"\\ud83d\\ude00\"}")
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        values,
        [
            json!({"a": 1}),
            json!({"b": [2]}),
            json!({"c": "\u{1f600}"})
        ]
    );
    let mixed: Vec<Value> = documents("{\"a\": 1}\n---\nb: 2\n")
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(mixed, [json!({"a": 1}), json!({"b": 2})]);
    assert_eq!(documents("{a: b}")[0], Ok(json!({"a": "b"})));
    assert!(documents("{\"a\": ")[0].is_err());
}

#[test]
fn hostile_texts_are_refused() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = format!("*a{}", level - 1);
        bomb.push_str(&format!(
            "a{level}: &a{level} [{}]\n",
            vec![before; 10].join(", ")
        ));
    }
    assert_eq!(
        from_str(&bomb).unwrap_err().to_string(),
        "error converting YAML to JSON: yaml: document contains excessive aliasing"
    );
    assert!(from_str(&"[".repeat(100_000)).is_err());
    assert!(from_str(&"- ".repeat(100_000)).is_err());
    assert!(from_str(&"{a: ".repeat(100_000)).is_err());
}

/// Whatever is written is read back, by the rules of YAML 1.1.
#[test]
fn writing_and_reading_agree_on_random_strings() {
    let alphabet: Vec<char> = "ab01.:-_ \n#'\"\\{[&*!|>%@`,?=~yneEx+<\té\u{2028}\u{1f600}"
        .chars()
        .collect();
    let mut random = Random(3);
    for _ in 0..4_000 {
        let length = random.below(14);
        let string: String = (0..length)
            .map(|_| alphabet[random.below(alphabet.len())])
            .collect();
        let object = json!({"k": string.as_str(), "l": [string.as_str(), {"m": string.as_str()}]});
        let text = to_string(&object);
        assert_eq!(from_str(&text).as_ref(), Ok(&object), "{text}");
        if !string.is_empty() {
            let keyed = json!({ string.as_str(): 1 });
            let text = to_string(&keyed);
            assert_eq!(from_str(&text), Ok(keyed), "{text}");
        }
    }
}

#[test]
fn random_texts_never_panic() {
    let pieces = [
        "a",
        ": ",
        ":",
        "- ",
        "-",
        "\n",
        "  ",
        " ",
        "\t",
        "[",
        "]",
        "{",
        "}",
        ",",
        "&x ",
        "*x",
        "!!int ",
        "!",
        "|\n",
        ">-\n",
        "\"",
        "'",
        "\\",
        "#",
        "? ",
        "<<",
        "%",
        "---",
        "...",
        "1",
        "é",
        "\u{feff}",
        "\r",
        "!!binary ",
    ];
    let mut random = Random(9);
    for _ in 0..4_000 {
        let length = random.below(20);
        let text: String = (0..length)
            .map(|_| pieces[random.below(pieces.len())])
            .collect();
        let _ = (from_str(&text), documents(&text));
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

#[test]
fn what_goes_too_deep_is_refused_through_aliases_too() {
    let told = |text: &str| from_str(text).map_err(|error| error.to_string());
    let too_deep =
        Err("error converting YAML to JSON: yaml: exceeded max depth of 10000".to_owned());
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(told(&nested(crate::json::MAX_DEPTH)).is_ok());
    for levels in [crate::json::MAX_DEPTH + 1, 100_000] {
        assert_eq!(told(&nested(levels)), too_deep);
    }
    // Each line puts the one before into itself.
    let mut text = format!("a0: &a0 {}\n", nested(100));
    for step in 1..20 {
        text += &format!(
            "a{step}: &a{step} {}\n",
            nested(20).replace("[]", &format!("[*a{}]", step - 1))
        );
    }
    let refused = told(&text).unwrap_err();
    assert!(
        refused.ends_with("exceeded max depth of 10000"),
        "{refused}"
    );
}
