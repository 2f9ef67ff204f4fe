//! What the libraries of Kubernetes v1.36 came to for these expressions, in its words.

use super::*;

fn environment() -> Environment {
    Environment::new()
        .with_type("s", Type::String)
        .with_type("l", Type::list(Type::Int))
        .with_type("m", Type::map(Type::String, Type::String))
}

fn variables() -> Variables {
    let entry = (Key::String("k".into()), Value::from("v"));
    Variables::new()
        .with("s", "hello")
        .with("l", vec![Value::Int(1), Value::Int(2), Value::Int(3)])
        .with("m", Value::map([entry]))
}

/// That an expression is true, and what it costs.
#[track_caller]
fn costs(expression: &str, cost: u64) {
    let program = Program::compile(expression, &environment())
        .unwrap_or_else(|error| panic!("{expression}: {error}"));
    let mut budget = Budget::new(1_000_000);
    let result = program.is_true(&variables(), &mut budget);
    assert_eq!(result, Ok(true), "{expression}");
    assert_eq!(1_000_000 - budget.remaining(), cost, "{expression}");
}

#[track_caller]
fn fails(expression: &str, expected: &str) {
    let program = Program::compile(expression, &environment())
        .unwrap_or_else(|error| panic!("{expression}: {error}"));
    let error = program
        .evaluate(&variables(), &mut Budget::default())
        .expect_err(expression);
    assert_eq!(error.to_string(), expected, "{expression}");
}

#[track_caller]
fn refused(expression: &str, expected: &str) {
    let error = Program::compile(expression, &environment()).expect_err(expression);
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    assert_eq!(first, format!("ERROR: <input>:{expected}"), "{expression}");
}

#[test]
fn version_3_of_the_lists() {
    costs("[3, 1, 2].sort() == [1, 2, 3]", 30);
    costs("['b', 'a'].sort() == ['a', 'b']", 20);
    costs("[2.5, double('NaN')].sort().size() == 2", 21);
    costs("l.slice(0, 2) == [1, 2] && l.reverse()[0] == 3", 33);
    costs("[[1], [2, 3]].flatten() == [1, 2, 3]", 14);
    costs("[1, 1, 2].distinct() == [1, 2]", 30);
    costs("lists.range(3) == [0, 1, 2]", 15);
    costs("l.first().value() == 1 && l.last().value() == 3", 8);
    costs("[].first() == optional.none()", 3);
    costs(
        "optional.unwrap([optional.of(1), optional.none()]) == [1]",
        14,
    );
    fails(
        "l.slice(2, 1)",
        "cannot slice(2, 1), start index must be less than or equal to end index",
    );
    fails("l.slice(1, 5)", "cannot slice(1, 5), list is length 3");
    fails(
        "l.slice(-1, 1)",
        "cannot slice(-1, 1), negative indexes not supported",
    );
    fails("[[1]].flatten(-1)", "level must be non-negative");
    fails(
        "lists.range(-1)",
        "lists.range: size must be non-negative, got -1",
    );
    costs("['bb', 'a'].sortBy(x, size(x)) == ['a', 'bb']", 51);
}

#[test]
fn what_is_known_beforehand_costs_nothing() {
    costs("1 in [1, 2]", 0);
    costs("'a' in {'a': 1}", 1);
    costs("string(duration('1h')) == '3600s'", 1);
    costs("type(1) == int", 1);
    costs("l.all(i, i in [1, 2, 3])", 14);
    costs("[1, 2, 3].map(x, x * 2) == [2, 4, 6]", 44);
    costs("{'a': 1}.transformMap(k, v, v + 1) == {'a': 2}", 7);
}

#[test]
fn templates_are_checked_before_there_is_a_value() {
    refused(
        "'%d'.format(['a'])",
        "1:14: error during formatting: decimal clause can only be used on integers, was given string",
    );
    refused("'%s %s'.format(['a'])", "1:15: index 1 out of range");
    refused(
        "'%s'.format(['a', 'b'])",
        "1:12: too many arguments supplied to string.format (expected 1, got 2)",
    );
    refused(
        "'%z'.format([1])",
        "1:12: could not parse formatting clause: unrecognized formatting clause \"z\"",
    );
    refused("'a%'.format([])", "1:12: unexpected end of string");
    costs("'%f'.format([-1234567.891]) == '-1,234,567.891000'", 3);
    costs("'%e'.format([0.000123]) == '1.230000×10⁻⁰⁴'", 3);
    costs(
        r#"'%s'.format([['a"b', b'x', 1u, {true: 2.5}]]) == '["a\\"b", b"x", 1, {true:2.500000}]'"#,
        5,
    );
}

#[test]
fn faults_are_told_in_the_words_of_upstream() {
    refused(
        "s.foo()",
        "1:6: undeclared reference to 'foo' (in container '')",
    );
    refused(
        "true && 'a'",
        "1:9: expected type 'bool' but found 'string'",
    );
    refused("has(s)", "1:5: invalid argument to has() macro");
    refused("has(m.?k)", "1:6: invalid argument to has() macro");
    refused(
        "cel.bind(x, 1, x + 1)",
        "1:1: undeclared reference to 'cel' (in container '')",
    );
    refused(
        "math.greatest(1, 2)",
        "1:1: undeclared reference to 'math' (in container '')",
    );
    refused(
        "[dyn(1), 'a']",
        "1:10: expected type 'dyn' but found 'string'",
    );
    fails("int(s)", "type conversion error from 'string' to 'int'");
    fails(
        "duration(s)",
        "type conversion error from 'string' to 'google.protobuf.Duration'",
    );
    fails(
        "dyn(1).all(x, true)",
        "got 'types.Int', expected iterable type",
    );
    fails(
        "semver('v1.2.3')",
        "Invalid character(s) found in major number \"v1\"",
    );
    fails(
        "semver('01.2.3')",
        "Major number must not contain leading zeroes \"01\"",
    );
    fails("semver('1.2.3-')", "Prerelease is empty");
    fails("semver('1.2.3+')", "Build meta data is empty");
    fails("semver('')", "Version string empty");
    fails(
        "cidr('10.0.0.0')",
        "network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix(\"10.0.0.0\"): no '/'",
    );
    fails("cidr('10.0.0.0/8').containsIP('x')", "no such overload");
    costs("string(1234567.0) == '1.234567e+06'", 2);
    costs(
        "'hello'.indexOf('l', 10) == -1 && sign(quantity('-1')) == -1",
        4,
    );
}
