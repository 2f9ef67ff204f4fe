//! Whatever a kubeconfig holds, the program answers with an error or a page, and never with a panic. The files are made
//! from good ones by a seeded generator; the number of the seed is in the failure, to make the same file again.

use std::{path::Path, process::Command};

const SEEDS: u64 = 120;
/// A panic's exit code, and what a signal leaves.
const PANIC: i32 = 101;

const GOOD: &[&str] = &[
    "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters:\n- name: k\n  cluster:\n    server: http://127.0.0.1:1\n    \
     certificate-authority-data: Zm9v\n    proxy-url: http://127.0.0.1:2\n    tls-server-name: a.b\ncontexts:\n- name: c\n  \
     context: {cluster: k, user: u, namespace: n}\nusers:\n- name: u\n  user: {token: t}\npreferences: {}\n",
    "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{name: k, cluster: {server: 'http://127.0.0.1:1', \
     insecure-skip-tls-verify: true}}]\ncontexts: [{name: c, context: {cluster: k, user: u}}]\nusers:\n- name: u\n  user:\n    \
     client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==\n    client-key-data: LS0tLS0K\n    as: joe\n    \
     as-groups: [a, b]\n    as-user-extra: {k: [v]}\n",
    r#"{"apiVersion":"v1","kind":"Config","current-context":"c","clusters":[{"name":"k","cluster":{"server":"http://127.0.0.1:1"}}],
    "contexts":[{"name":"c","context":{"cluster":"k","user":"u"}}],"users":[{"name":"u","user":{"exec":{"command":"false",
    "apiVersion":"client.authentication.k8s.io/v1","args":["x"],"env":[{"name":"A","value":"B"}],"interactiveMode":"Never"}}}]}"#,
];
/// What trips up readers of YAML, and values of the wrong type.
const PIECES: &[&str] = &[
    "\u{0}",
    "\t",
    ": [",
    "- - - ",
    "{",
    "}",
    "&a [*a, *a]",
    "*nothing",
    "!!binary x",
    "<<: ",
    "\"",
    "'",
    "|\n",
    ">-\n",
    "---\n",
    "...\n",
    "null",
    "true",
    "1e999",
    "-0x80",
    "999999999999999999999",
    "\u{feff}",
    "é",
    "%YAML 9.9\n",
    "? ",
];

/// Xorshift: enough for files of a hundred lines.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

fn mutated(seed: u64) -> Vec<u8> {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut bytes = GOOD[random.below(GOOD.len())].as_bytes().to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        let end = (at + random.below(20)).min(bytes.len());
        match random.below(6) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            3 => bytes.truncate(at.max(1)),
            4 => {
                let deep = "[".repeat(random.below(5000));
                bytes.splice(at..at, deep.into_bytes());
            }
            _ => {
                let piece = PIECES[random.below(PIECES.len())];
                bytes.splice(at..end, piece.bytes());
            }
        }
        if bytes.is_empty() {
            bytes.push(b'x');
        }
    }
    bytes
}

fn ends_well(home: &Path, seed: u64, words: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_kubectl"))
        .args(words)
        .env("HOME", home)
        .env("KUBECONFIG", home.join("config"))
        .output()
        .expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let code = output.status.code();
    assert!(
        code.is_some_and(|code| code != PANIC),
        "seed {seed}, {words:?}: {:?}\n{stderr}",
        output.status
    );
}

#[test]
fn no_kubeconfig_makes_the_program_panic() {
    let home = tempfile::tempdir().expect("a temporary folder");
    for seed in 0..SEEDS {
        let file = mutated(seed);
        std::fs::write(home.path().join("config"), &file).expect("the folder is writable");
        let words: &[&[&str]] = &[
            &["config", "view", "--raw", "--flatten", "--minify"],
            &["get", "--raw", "/version"],
            &["config", "set-context", "c", "--namespace=x"],
        ];
        ends_well(home.path(), seed, words[seed as usize % words.len()]);
    }
}
