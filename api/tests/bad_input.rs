//! Every decoder of untrusted bytes against some hundreds of mutations of good input: an error is an answer, a panic or a
//! stack that runs out is not. The seed is fixed, so that a failure can be repeated; with `KNARR_FUZZ_SECONDS`, as CI sets
//! it, each decoder gets so many seconds more, of mutations whose seed is told first.

use std::time::{Duration, Instant};

use knarr_api::cel::{Budget, Declaration, Environment, Program, Value as Cel, Variables};
use knarr_api::jsonpath::Template;
use knarr_api::kinds;
use knarr_api::patch::{json_patch, merge_patch, strategic_merge};
use knarr_api::quantity::Quantity;
use knarr_api::schema::Schema;
use knarr_api::schema::decode::{FieldValidation, decode};
use knarr_api::selector::{FieldSelector, Selector};
use knarr_api::{duration, protobuf, validation, yaml};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

const CASES: usize = 600;
/// Deep enough to end any recursion that nothing bounds.
const DEEP: usize = 20_000;

/// What decoders have stumbled over elsewhere.
const TOKENS: &[&str] = &[
    "9223372036854775808",
    "-1e400",
    "1e-400",
    "\\u0000",
    "\\ud800",
    "\u{feff}",
    "null",
    "{}",
    "[]",
    "\"\"",
    "((",
    "))",
    "''",
    "&a *a",
    "<<: ",
    "!!binary ",
    "---\n",
    "\t",
    "%",
    "\\",
    "~1",
    "/-",
    "$patch",
    "..",
    "[*]",
    ",",
    "!=",
    " in (",
    "=",
    "\r\n",
    "é",
    "\u{1f600}",
];

/// Changes some bytes: flips, cuts, repeats, and puts tokens in.
fn mutated(random: &mut StdRng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[random.random_range(0..seeds.len())].clone();
    for _ in 0..random.random_range(1..6) {
        let at = random.random_range(0..=bytes.len());
        match random.random_range(0..6) {
            0 if at < bytes.len() => bytes[at] = random.random(),
            1 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            2 => bytes.truncate(at),
            3 => {
                let end = (at + random.random_range(0..16)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            4 => {
                let other = &seeds[random.random_range(0..seeds.len())];
                let from = random.random_range(0..=other.len());
                let end = (from + 24).min(other.len());
                bytes.splice(at..at, other[from..end].iter().copied());
            }
            _ => {
                let token = TOKENS[random.random_range(0..TOKENS.len())];
                bytes.splice(at..at, token.bytes());
            }
        }
    }
    bytes
}

/// Runs a decoder over mutations of the seeds, and tells how many of them it took: a corpus of which nothing is accepted
/// or nothing is refused tests little.
fn fuzz(name: &str, seeds: &[&str], accepts: impl FnMut(&[u8]) -> bool) {
    let seeds: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    fuzz_bytes(name, &seeds, accepts);
}

fn fuzz_bytes(name: &str, seeds: &[Vec<u8>], mut accepts: impl FnMut(&[u8]) -> bool) {
    for seed in seeds {
        assert!(accepts(seed), "{name} refuses its own seed {seed:?}");
    }
    let mut random = StdRng::seed_from_u64(0x006b_6e61_7272);
    let mut accepted = 0;
    for _ in 0..CASES {
        accepted += usize::from(accepts(&mutated(&mut random, seeds)));
    }
    assert!(accepted < CASES, "{name} refuses nothing");
    assert!(accepted > 0, "{name} takes nothing");
    let Some(seconds) = std::env::var("KNARR_FUZZ_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok())
    else {
        return;
    };
    let seed: u64 = rand::random();
    eprintln!("{name}: seed {seed:#x}");
    let mut random = StdRng::seed_from_u64(seed);
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        accepts(&mutated(&mut random, seeds));
    }
}

/// A decoder of text gets what is UTF-8 of the bytes.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const POD: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","labels":{"x":"y"}},"spec":{"containers":[{"name":"c","image":"i","ports":[{"containerPort":80}],"resources":{"limits":{"cpu":"500m"}}}],"volumes":[{"name":"v","emptyDir":{}}]}}"#;

#[test]
fn json_bodies_and_their_validation() {
    let pods = kinds::find("", "v1", "pods").expect("pods are built in");
    let schema = Schema::for_kind(pods).expect("pods have a schema");
    fuzz("json", &[POD], |bytes| {
        let Ok(mut value) = serde_json::from_slice::<Value>(bytes) else {
            return false;
        };
        let decoded = decode(&mut value, schema, Vec::new(), FieldValidation::Strict);
        validation::create(pods, &value);
        decoded.is_ok()
    });
}

#[test]
fn yaml_documents() {
    let seed = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: &l {x: \"y\"}}\nspec:\n- 017\n- yes\n- |\n  text\n- *l\n";
    fuzz("yaml", &[seed, POD, "---\na: 1\n---\nb: 2\n"], |bytes| {
        let text = text(bytes);
        let strict = yaml::from_str_strict(&text).is_ok();
        let documents = yaml::documents(&text);
        let read = !documents.is_empty() && documents.iter().all(Result::is_ok);
        // Nobody is stricter than strict.
        assert!(!strict || yaml::from_str(&text).is_ok(), "{text:?}");
        read
    });
}

#[test]
fn protobuf_envelopes() {
    // k8s\0, then Unknown{typeMeta{v1, ConfigMap}, raw ConfigMap{metadata{name: a}, data{k: v}}}.
    let raw = b"\x0a\x03\x0a\x01a\x12\x06\x0a\x01k\x12\x01v";
    let mut body = b"k8s\0\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12".to_vec();
    body.push(raw.len() as u8);
    body.extend_from_slice(raw);
    fuzz_bytes("protobuf", &[body], |bytes| protobuf::decode(bytes).is_ok());
}

#[test]
fn selectors() {
    let labels = ["a=b,c in (d,e),!f", "x notin (y), z", "a.b/c==d,g>5"];
    fuzz("labels", &labels, |bytes| {
        Selector::parse(&text(bytes)).is_ok()
    });
    let fields = ["metadata.name=a,spec.nodeName!=b", "a=b\\,c"];
    fuzz("fields", &fields, |bytes| {
        FieldSelector::parse(&text(bytes)).is_ok()
    });
}

#[test]
fn patches() {
    let pod: Value = serde_json::from_str(POD).expect("the seed is JSON");
    let pods = kinds::find("", "v1", "pods").expect("pods are built in");
    let schema = Schema::for_kind(pods).expect("pods have a schema");
    let operations = r#"[{"op":"test","path":"/kind","value":"Pod"},{"op":"add","path":"/spec/containers/-","value":{}},{"op":"move","from":"/metadata/labels/x","path":"/metadata/labels/a~1b"},{"op":"remove","path":"/spec/volumes/0"}]"#;
    let merge = r#"{"spec":{"containers":[{"name":"c","$patch":"delete"}],"$setElementOrder/volumes":[{"name":"v"}],"volumes":[{"name":"v","$retainKeys":["name"]}]},"metadata":{"labels":null}}"#;
    fuzz("patches", &[operations, merge], |bytes| {
        let Ok(patch) = serde_json::from_slice::<Value>(bytes) else {
            return false;
        };
        let mut merged = pod.clone();
        merge_patch(&mut merged, &patch);
        let strategic = strategic_merge(pod.clone(), &patch, schema).is_ok();
        json_patch(&pod, &patch).is_ok() || strategic
    });
}

#[test]
fn expressions() {
    let environment = Environment::new().with("object", Declaration::dynamic());
    let object = Cel::from_json(&json!({"spec": {"replicas": 3, "names": ["a", "b"]}}));
    let variables = Variables::new().with("object", object);
    let seeds = [
        "object.spec.replicas <= 5 && object.spec.names.all(n, n.matches('^[a-z]+$'))",
        "[1, 2u, 3.5e1].size() > 0 ? 'a'.replace('a', 'bb') : \"%s\".format([object])",
        "{'a': b'\\x00'}.transformMap(k, v, string(v)).exists(k, k == 'a') || has(object.x)",
        "quantity('1Gi').isGreaterThan(quantity('1M')) && cidr('10.0.0.0/8').containsIP(ip('10.1.1.1'))",
        "url('https://a:80/p?q=1').getHost() == 'a:80' && semver('1.2.3-a+b').major() == 1",
        "duration('1h') < duration('2h') && timestamp('2024-01-01T00:00:00Z').getHours('-01:00') == 23",
        "optional.of([1]).optMap(y, y[?0]).orValue(optional.none()).hasValue()",
    ];
    // Numbers of different types in one list are refused by the checker.
    let seeds = seeds.map(|seed| seed.replace("[1, 2u, 3.5e1]", "[1, 0x2, 3]"));
    let seeds: Vec<&str> = seeds.iter().map(String::as_str).collect();
    fuzz("cel", &seeds, |bytes| {
        let Ok(program) = Program::compile(&text(bytes), &environment) else {
            return false;
        };
        program.estimate(&environment);
        // Whatever it comes to, it comes to an end.
        let _ = program.evaluate(&variables, &mut Budget::new(100_000));
        true
    });
}

#[test]
fn json_paths_quantities_and_durations() {
    let pod: Value = serde_json::from_str(POD).expect("the seed is JSON");
    let paths = [
        "{range .spec.containers[*]}{.name}{\"\\t\"}{end}",
        "{.spec.containers[?(@.name==\"c\")].ports[0:1].containerPort}",
        "{..name} {['metadata'].labels.x} {.spec.containers[-1]}",
    ];
    fuzz("jsonpath", &paths, |bytes| {
        match Template::parse(&text(bytes)) {
            Ok(path) => {
                let _ = path.execute(&pod, true);
                true
            }
            Err(_) => false,
        }
    });
    fuzz("quantity", &["500m", "1.5Gi", "12e6", "-5m"], |bytes| {
        Quantity::parse(&text(bytes)).is_ok_and(|quantity| !quantity.to_string().is_empty())
    });
    fuzz("duration", &["1h2m3.5s", "-1.5h", "100ms"], |bytes| {
        duration::parse(&text(bytes)).is_ok()
    });
}

#[test]
fn what_is_nested_deep_is_refused_and_does_not_use_up_the_stack() {
    let nested = |open: &str, close: &str| format!("{}{}", open.repeat(DEEP), close.repeat(DEEP));
    assert!(serde_json::from_str::<Value>(&nested("[", "]")).is_err());
    assert!(yaml::from_str(&nested("[", "]")).is_err());
    assert!(yaml::from_str(&nested("{a: ", "}")).is_err());
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{1:", "}"),
        ("a[", "]"),
        ("f(", ")"),
    ] {
        assert!(Program::compile(&nested(open, close), &Environment::new()).is_err());
    }
    for text in ["!".repeat(DEEP), "-".repeat(DEEP), "a?b:".repeat(DEEP)] {
        assert!(Program::compile(&text, &Environment::new()).is_err());
    }
    assert!(Template::parse(&nested("{", "}")).is_err());
    assert!(Selector::parse(&nested("(", ")")).is_err());
    // A message in a message in a message.
    let mut body = b"k8s\0".to_vec();
    body.extend(std::iter::repeat_n(0x0a_u8, DEEP));
    assert!(protobuf::decode(&body).is_err());
}
