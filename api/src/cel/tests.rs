//! Expressions and what they come to.

use serde_json::{Value as Json, json};

use super::*;

fn environment() -> Environment {
    Environment::new()
        .with("object", Declaration::dynamic())
        .with("oldObject", Declaration::dynamic())
        .with_authorizer()
}

fn eval(expression: &str) -> Evaluated {
    let program = match Program::compile(expression, &environment()) {
        Ok(program) => program,
        Err(error) => panic!("{expression}: {error}"),
    };
    let object = json!({
        "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web", "a.b/c": "x"}},
        "spec": {"replicas": 3, "ratio": 0.5, "containers": [
            {"name": "a", "image": "registry/a:1"},
            {"name": "b", "image": "registry/b:2", "ports": [80, 443]},
        ], "nothing": null},
    });
    let variables = Variables::new()
        .with("object", Value::from_json(&object))
        .with("oldObject", Value::Null);
    program.evaluate(&variables, &mut Budget::default())
}

fn check_true(expressions: &[&str]) {
    for expression in expressions {
        match eval(expression) {
            Ok(Value::Bool(true)) => {}
            other => panic!("{expression}: {other:?}"),
        }
    }
}

fn check_error(expression: &str, expected: &str) {
    match eval(expression) {
        Err(error) => assert_eq!(error.to_string(), expected, "{expression}"),
        Ok(value) => panic!("{expression}: {value:?}"),
    }
}

fn check_compile_error(expression: &str, expected: &str) {
    match Program::compile(expression, &environment()) {
        Err(error) => assert_eq!(error.messages, [expected], "{expression}"),
        Ok(program) => panic!("{expression}: compiles to {}", program.result_type()),
    }
}

#[test]
fn operators() {
    check_true(&[
        "1 + 2 * 3 == 7",
        "-9223372036854775808 < 0",
        "7 / 2 == 3 && 7 % 2 == 1 && -7 / 2 == -3",
        "!false && !!true",
        "1 < 2.5 && 3u > 2 && 1 == 1",
        "dyn(1) == dyn(1u) && dyn(1) == dyn(1.0)",
        "'a' + 'b' == 'ab' && b'a' + b'b' == b'ab'",
        "[1] + [2, 3] == [1, 2, 3]",
        "true ? true : false",
        "2 in [1, 2] && 'a' in {'a': 1}",
        "0x1F == 31 && 1e3 == 1000.0 && .5 == 0.5",
        r#"'\u0041\x42\103\n' == "ABC\n" && r'\d' == '\\d' && '''a'b''' == "a'b""#,
        "{'a': [0], 'b': [1]}.b[0] == 1",
        "size('héllo') == 5 && [1, 2].size() == 2",
        "type(1) == int && type('') == string && type([]) == list && type(null) == null_type",
        "false || true // a comment",
    ]);
    check_error("1 / 0 == 1", "division by zero");
    check_error("1 % 0 == 1", "modulus by zero");
    check_error("9223372036854775807 + 1 > 0", "integer overflow");
    check_error("[1][2] == 1", "index out of bounds: 2");
    check_error("{'a': 1}['b'] == 1", "no such key: b");
}

#[test]
fn objects_without_a_schema() {
    check_true(&[
        "object.spec.replicas + 1 == 4",
        "object.metadata.labels['a.b/c'] == 'x'",
        "has(object.spec.replicas) && !has(object.spec.missing)",
        "object.spec.nothing == null",
        "object.metadata.namespace == 'shop'",
        "object.spec.containers.all(c, c.image.startsWith('registry/'))",
        "object.?spec.missing.orValue(5) == 5",
        "object.spec.containers[1].?ports[?1].orValue(0) == 443",
        "oldObject == null",
    ]);
    check_error("object.spec.missing == 1", "no such key: missing");
    check_error("object.spec.replicas + 'a' == ''", "no such overload");
}

#[test]
fn errors_are_absorbed_where_they_do_not_matter() {
    check_true(&[
        "object.missing == 1 || true",
        "!(object.missing == 1 && false)",
        "[0, 1].exists(x, 1 / x == 1)",
        "![1, 0].all(x, 1 / x > 1)",
    ]);
    check_error("[0, 1].all(x, 1 / x == 1)", "division by zero");
}

#[test]
fn comprehensions() {
    check_true(&[
        "[1, 2, 3].map(x, x * 2) == [2, 4, 6]",
        "[1, 2, 3].map(x, x > 1, x * 2) == [4, 6]",
        "[1, 2, 3].filter(x, x > 1) == [2, 3]",
        "[1, 2, 3].exists_one(x, x == 2) && ![1, 1].existsOne(i, x, x == 1)",
        "{'a': 1, 'b': 2}.exists(k, k == 'b')",
        "[[1], [2, 3]].map(l, l.map(x, x + 1)) == [[2], [3, 4]]",
        "[5, 6].all(i, v, v == i + 5)",
        "{'a': 1}.exists(k, v, k == 'a' && v == 1)",
        "[1, 2].transformList(i, v, i * v) == [0, 2]",
        "{'a': 1, 'b': 2}.transformMap(k, v, v > 1, v * 10) == {'b': 20}",
        "['x', 'y'].transformMapEntry(i, v, {v: i}) == {'x': 0, 'y': 1}",
        "optional.of(2).optMap(v, v + 1).value() == 3",
        "!optional.none().optMap(v, v + 1).hasValue()",
        "optional.of([]).optFlatMap(v, v[?0]).orValue('d') == 'd'",
    ]);
}

#[test]
fn optionals() {
    check_true(&[
        "[1, ?optional.none(), ?optional.of(3)] == [1, 3]",
        "{?'a': optional.none(), 'b': 1} == {'b': 1}",
        "optional.ofNonZeroValue('') == optional.none()",
        "optional.none().or(optional.of(1)).value() == 1",
        "optional.of(1).orValue(object.missing) == 1",
    ]);
    check_error(
        "optional.none().value() == 1",
        "optional.none() dereference",
    );
}

#[test]
fn strings_and_regular_expressions() {
    check_true(&[
        "'hello'.indexOf('l') == 2 && 'hello'.lastIndexOf('l') == 3 && 'hello'.indexOf('l', 3) == 3",
        "'a-b-c'.split('-') == ['a', 'b', 'c'] && 'abc'.split('', 2) == ['a', 'bc']",
        "['a', 'b'].join(',') == 'a,b' && 'tacocat'.substring(4) == 'cat'",
        "'Abc'.lowerAscii() == 'abc' && ' x '.trim() == 'x' && 'abc'.charAt(1) == 'b'",
        "'hello hello'.replace('he', 'we', 1) == 'wello hello'",
        "'abc'.matches('^a.c$') && 'abc 123'.find('[0-9]+') == '123'",
        "'1 2 3'.findAll('[0-9]', 2) == ['1', '2']",
        "'%s is %d, %.2f, %x, %b, %e'.format(['a', 1, 1.5, 255, 5, 1234.5]) == 'a is 1, 1.50, ff, 101, 1.234500×10⁰³'",
        r#"'%s'.format([{'b': [1, null], 'a': true}]) == '{"a":true, "b":[1, null]}'"#,
        r#"strings.quote("a\"b") == "\"a\\\"b\"""#,
    ]);
    check_error("'abc'.charAt(9) == ''", "index out of range: 9");
    check_compile_error("'a'.matches('(')", "invalid matches argument");
}

#[test]
fn lists_and_sets() {
    check_true(&[
        "[1, 2, 2].isSorted() && ![2, 1].isSorted()",
        "[1, 2].sum() == 3 && [1.5].sum() == 1.5 && ['a', 'c', 'b'].max() == 'c' && [3, 1].min() == 1",
        "[1, 2, 1].indexOf(1) == 0 && [1, 2, 1].lastIndexOf(1) == 2 && [1].indexOf(9) == -1",
        "sets.contains([1, 2], [2]) && sets.equivalent([1, 1], [1]) && sets.intersects([1], [1, 2])",
    ]);
    check_error("[].max() == 1", "max called on empty list");
}

#[test]
fn kubernetes_libraries() {
    check_true(&[
        "url('https://example.com:80/p a?k=1&k=2').getHost() == 'example.com:80'",
        "url('https://[::1]:80/').getHostname() == '::1' && url('/p').getEscapedPath() == '/p'",
        "url('https://e.com/?k=1&k=2&j=a+b').getQuery() == {'k': ['1', '2'], 'j': ['a b']}",
        "isURL('https://a/') && !isURL('a b') && !isURL('../p')",
        "ip('127.0.0.1').isLoopback() && ip('::1').family() == 6 && !isIP('1.2.3.04')",
        "ip.isCanonical('::1') && !ip.isCanonical('0::1')",
        "cidr('10.0.0.0/8').containsIP('10.1.2.3') && !cidr('10.0.0.0/8').containsIP(ip('11.0.0.1'))",
        "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')",
        "cidr('::/0').containsIP('::5') && cidr('0.0.0.0/0').containsIP('9.9.9.9') && cidr('::1/64').prefixLength() == 64",
        "quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('500m').add(quantity('1500m')) == quantity('2')",
        "quantity('50k').asInteger() == 50000 && !isQuantity('x') && quantity('1.5').asApproximateFloat() == 1.5",
        "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('1.0.0-rc.1').compareTo(semver('1.0.0')) == -1",
        "isSemver('v1.0', true) && !isSemver('v1.0') && semver('v01.2', true).major() == 1",
        "!format.dns1123Label().validate('ok').hasValue() && format.named('dns1123Label').value().validate('N O').hasValue()",
        "duration('1h30m').getMinutes() == 90 && timestamp('2024-02-29T12:00:00Z').getMonth() == 1",
        "timestamp('2024-01-01T00:00:00Z') + duration('24h') == timestamp('2024-01-02T00:00:00Z')",
        "timestamp('2024-01-01T00:00:00Z').getHours('-08:00') == 16 && string(duration('90s')) == '90s'",
        "int('42') == 42 && double('1.5') == 1.5 && string(1.0) == '1' && bool('true') && uint(3) == 3u",
    ]);
}

#[test]
fn what_does_not_compile() {
    check_compile_error("foo", "undeclared reference to 'foo' (in container '')");
    check_compile_error("foo(1)", "undeclared reference to 'foo' (in container '')");
    check_compile_error(
        "1 + 'a'",
        "found no matching overload for '_+_' applied to '(int, string)'",
    );
    check_compile_error(
        "'a'.startsWith(1)",
        "found no matching overload for 'startsWith' applied to 'string.(int)'",
    );
    check_compile_error(
        "1.all(x, true)",
        "expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)",
    );
    check_compile_error("[1, 'a']", "expected type 'int' but found 'string'");
    check_compile_error("'a'.b", "type 'string' does not support field selection");
    check_compile_error(
        "Object{}",
        "undeclared reference to 'Object' (in container '')",
    );
    check_compile_error("namespace", "reserved identifier: namespace");
    check_compile_error("duration('x')", "invalid duration argument");
}

#[test]
fn keys_are_escaped_where_there_are_mutations() {
    let keys = "jsonpatch.escapeKey('a/b~c') == 'a~1b~0c'";
    let program = Program::compile(keys, &Environment::new().with_mutations()).unwrap();
    let result = program.is_true(&Variables::new(), &mut Budget::default());
    assert_eq!(result, Ok(true));
}

#[test]
fn errors_point_at_their_place() {
    let error = Program::compile("object.spec ==\n  foo", &environment()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "ERROR: <input>:2:3: undeclared reference to 'foo' (in container '')\n |   foo\n | ..^"
    );
    let keys = "jsonpatch.escapeKey('a') == 'a'";
    let error = Program::compile(keys, &Environment::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "ERROR: <input>:1:1: undeclared reference to 'jsonpatch' (in container '')\n | jsonpatch.escapeKey('a') == 'a'\n | ^\nERROR: <input>:1:20: undeclared reference to 'escapeKey' (in container '')\n | jsonpatch.escapeKey('a') == 'a'\n | ...................^"
    );
    let error = Program::compile("1 +", &environment()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | 1 +\n | ...^"
    );
}

#[test]
fn result_types() {
    for (expression, expected) in [
        ("1 == 1", "bool"),
        ("object.spec", "dyn"),
        ("[1, 2].map(x, string(x))", "list(string)"),
        ("{'a': 1}", "map(string, int)"),
        ("object.?a", "optional_type(dyn)"),
        ("[[1]].map(x, x[0])", "list(int)"),
        ("[1].first()", "optional_type(int)"),
        ("true ? [] : ['a']", "list(string)"),
        ("optional.of(1).orValue(2)", "int"),
        (
            "{'a': 1}.transformMap(k, v, string(v))",
            "map(string, string)",
        ),
    ] {
        let program = Program::compile(expression, &environment()).unwrap();
        assert_eq!(program.result_type().to_string(), expected, "{expression}");
    }
}

fn rule_environment() -> (Environment, Declaration) {
    let schema = json!({
        "type": "object",
        "properties": {
            "spec": {"type": "object", "properties": {
                "min": {"type": "integer"},
                "max": {"type": "integer"},
                "x-y": {"type": "string", "maxLength": 10},
                "namespace": {"type": "string"},
                "at": {"type": "string", "format": "date-time"},
                "port": {"x-kubernetes-int-or-string": true},
                "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
                "items": {"type": "array", "maxItems": 10, "items": {
                    "type": "object", "properties": {"name": {"type": "string", "maxLength": 5}}}},
            }},
        },
    });
    let declaration = Declaration::structural(&schema, true).expect("it has a type");
    let environment = Environment::new()
        .with("self", declaration.clone())
        .with("oldSelf", declaration.clone());
    (environment, declaration)
}

#[test]
fn rules_know_the_schema() {
    let (environment, declaration) = rule_environment();
    let value = |object| Value::declared(&object, &declaration);
    let own = value(
        json!({"kind": "X", "metadata": {"name": "n", "labels": {"a": "b"}},
        "spec": {"min": 1, "max": 2, "x-y": "z", "namespace": "ns", "at": "2024-01-01T00:00:00Z",
            "port": "http", "tags": ["a", "b"]}}),
    );
    let old = value(json!({"spec": {"tags": ["b", "a"]}}));
    let variables = Variables::new().with("self", own).with("oldSelf", old);
    for expression in [
        "self.spec.min < self.spec.max",
        "self.spec.x__dash__y == 'z' && self.spec.__namespace__ == 'ns'",
        "self.spec.at < timestamp('2025-01-01T00:00:00Z')",
        "self.spec.port == 'http' && type(self.spec.port) == string",
        "self.spec.tags == oldSelf.spec.tags",
        "!has(self.spec.items) && self.metadata.name == 'n' && self.kind == 'X'",
    ] {
        let program = Program::compile(expression, &environment).unwrap();
        let outcome = program.is_true(&variables, &mut Budget::default());
        assert_eq!(outcome, Ok(true), "{expression}");
    }
    for (expression, expected) in [
        ("self.spec.nothing == 1", "undefined field 'nothing'"),
        ("self.metadata.labels == {}", "undefined field 'labels'"),
        (
            "self.spec.min == 'a'",
            "found no matching overload for '_==_' applied to '(int, string)'",
        ),
    ] {
        let error = Program::compile(expression, &environment).unwrap_err();
        assert_eq!(error.messages, [expected], "{expression}");
    }
}

#[test]
fn costs_are_estimated_by_declared_sizes() {
    let (environment, _) = rule_environment();
    let estimate = |expression: &str| {
        Program::compile(expression, &environment)
            .unwrap()
            .estimate(&environment)
            .max
    };
    assert_eq!(estimate("self.spec.min == 1"), 3);
    assert!(estimate("self.spec.items.all(i, i.name != 'x')") < 100);
    assert!(estimate("type(self.spec.min) == int") < 10);
    // Nothing bounds how many tags there are, nor how long they are, nor how long a number is as a text.
    assert!(estimate("string(self.spec.min) + 'x' == string(self.spec.min)") > RULE_COST_LIMIT);
    assert!(estimate("self.spec.tags.all(t, self.spec.tags.all(u, u != t))") > RULE_COST_LIMIT);
}

/// The figures are upstream's, for the same schemas and rules.
#[test]
fn estimates_are_upstreams() {
    #[track_caller]
    fn check(schema: Json, rule: &str, expected: u64) {
        let declaration = Declaration::structural(&schema, false).expect("it has a type");
        let environment = Environment::new()
            .with("self", declaration.clone())
            .with("oldSelf", declaration);
        let program = Program::compile(rule, &environment).unwrap();
        assert_eq!(
            program.estimate(&environment).max,
            expected,
            "{rule} {schema}"
        );
    }
    let array = |item: Json| json!({"type": "array", "items": item});
    let map = |value: Json| json!({"type": "object", "additionalProperties": value});
    let number = || json!({"type": "number"});
    let text = || json!({"type": "string"});
    let format = |format: &str| json!({"type": "string", "format": format});
    let with = |mut schema: Json, bound: &str, most: u64| {
        schema[bound] = most.into();
        schema
    };
    let all = "self.all(x, true)";
    check(array(number()), all, 4_718_591);
    check(with(array(number()), "maxItems", 10), all, 32);
    check(array(text()), all, 3_145_727);
    check(array(json!({"type": "boolean"})), all, 1_887_437);
    check(array(array(number())), all, 3_145_727);
    let object =
        json!({"type": "object", "required": ["required"], "properties": {"required": text()}});
    check(array(object), all, 555_128);
    check(map(number()), all, 1_348_169);
    check(map(text()), all, 1_179_647);
    check(map(json!({"type": "boolean"})), all, 943_718);
    check(array(format("duration")), all, 2_359_295);
    check(array(format("date")), all, 725_936);
    check(array(format("date-time")), all, 428_963);
    check(map(format("date")), all, 524_288);
    check(text(), "self.contains('test')", 314_574);
    check(with(text(), "maxLength", 10), "self.contains('test')", 5);
    check(text(), "self.startsWith('test')", 2);
    check(text(), "size(self + \"hello\") > size(\"hello\")", 314_578);
    check(array(number()), "self[1] == 0.0", 2);
    check(array(text()), "self[1] == self[1]", 314_577);
    check(
        with(array(number()), "maxItems", 10),
        "self.all(x, self.all(y, true))",
        352,
    );
    check(text(), "self.matches(\"x\")", 314_574);
    check(text(), "self.matches(\"\")", 1);
    check(text(), "\"\".matches(\"(((((((((())))))))))[0-9]\")", 7);
    check(text(), "self.find('[0-9]+') == ''", 629_147);
    check(text(), "self.lowerAscii() == 'lower!'", 314_575);
    check(array(text()), "self.join(' ') == 'aa bb'", 329_853_068_905);
    check(array(text()), "self.isSorted() == true", 329_854_432_052);
    check(array(number()), "self.all(x, x == 0.0)", 6_291_454);
    check(array(map(number())), "self.all(x, x.y == 25.2)", 6_291_452);
    check(
        map(json!({"type": "integer"})),
        "oldSelf.size() == self.size()",
        5,
    );
    check(map(format("date-time")), "self[\"a\"] == self[\"b\"]", 8);
    // Keys cost nothing but what is done with them.
    let labels = with(map(with(text(), "maxLength", 63)), "maxProperties", 8);
    check(labels, "self.all(key, key.matches('^a+$'))", 42);
}

#[test]
fn costs_are_bounded() {
    let list = "[0,1,2,3,4,5,6,7,8,9]";
    let nested = format!(
        "{list}.all(a, {list}.all(b, {list}.all(c, {list}.all(d, {list}.all(e, {list}.all(f, a+b+c+d+e+f >= 0))))))"
    );
    check_error(&nested, "operation cancelled: actual cost limit exceeded");
    let program = Program::compile("[1, 2, 3].all(x, true)", &Environment::new()).unwrap();
    let mut budget = Budget::new(100);
    assert_eq!(program.is_true(&Variables::new(), &mut budget), Ok(true));
    // As cel-go counts it: three rounds of three, and the result.
    assert_eq!(budget.remaining(), 90);
    let mut budget = Budget::new(9);
    assert_eq!(
        program.is_true(&Variables::new(), &mut budget),
        Err(EvaluationError::BudgetExceeded)
    );
}

#[test]
fn defined_variables_are_evaluated_once_and_when_needed() {
    let base = environment();
    let first = Arc::new(Program::compile("object.spec.replicas * 2", &base).unwrap());
    let base = base.define("double", first.result_type().clone());
    let second = Arc::new(Program::compile("variables.double + 1", &base).unwrap());
    let broken = Arc::new(Program::compile("object.nothing", &base).unwrap());
    let full = base
        .define("more", second.result_type().clone())
        .define("broken", Type::Dyn);
    let mut variables = Variables::new().with(
        "object",
        Value::from_json(&json!({"spec": {"replicas": 3}})),
    );
    variables.define("double", first);
    variables.define("more", second);
    variables.define("broken", broken);
    let run = |text: &str| {
        Program::compile(text, &full)
            .unwrap()
            .is_true(&variables, &mut Budget::default())
    };
    assert_eq!(
        run("variables.more == 7 && variables.double == 6"),
        Ok(true)
    );
    assert_eq!(
        run("variables.broken == 1").unwrap_err().to_string(),
        "composited variable \"broken\" fails to evaluate: no such key: nothing"
    );
    let error = Program::compile("variables.unknown", &full).unwrap_err();
    assert_eq!(error.messages, ["undefined field 'unknown'"]);
}

#[test]
fn depth_is_bounded() {
    for text in [
        format!("{}1{}", "(".repeat(1000), ")".repeat(1000)),
        format!("1{}", " + 1".repeat(1000)),
        format!("object{}", ".a".repeat(1000)),
        format!("{}1", "[".repeat(90_000)),
    ] {
        let error = Program::compile(&text, &environment()).unwrap_err();
        assert_eq!(error.messages, ["expression recursion limit exceeded: 250"]);
    }
    // A chain of one logical operator is balanced, and may be long.
    let long = format!("true{}", " && true".repeat(5000));
    assert!(Program::compile(&long, &environment()).is_ok());
}

struct Answers;

impl Authorize for Answers {
    fn authorize(&self, question: &Question) -> Decision {
        let allowed = match &question.subject {
            Subject::Path(path) => &**path == "/healthz",
            Subject::Resource(resource) => {
                &*resource.resource == "pods" && question.service_account.is_some()
            }
        };
        Decision {
            allowed,
            reason: "because".to_owned(),
            error: None,
        }
    }
}

#[test]
fn authorization_is_asked_for() {
    let authorizer = Value::Authorizer(Arc::new(Authorizer::new(Arc::new(Answers))));
    let variables = Variables::new().with("authorizer", authorizer);
    let run = |text: &str| {
        Program::compile(text, &environment())
            .unwrap()
            .is_true(&variables, &mut Budget::default())
    };
    assert_eq!(
        run("authorizer.path('/healthz').check('get').allowed()"),
        Ok(true)
    );
    assert_eq!(
        run(
            "authorizer.serviceAccount('ns', 'sa').group('').resource('pods').namespace('ns').check('get').allowed() && !authorizer.group('').resource('pods').check('get').allowed()"
        ),
        Ok(true)
    );
    let check = "authorizer.path('/a').check('get').allowed()";
    assert_eq!(
        run(&format!("{check} || {check} || {check}")),
        Err(EvaluationError::CostLimit)
    );
}
