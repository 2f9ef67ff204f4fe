//! Who may depend on whom: the invariants of ARCHITECTURE.md, read from the manifests.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Each crate's folder and the crates of this workspace that it may depend on.
const PERMITTED: [(&str, &[&str]); 16] = [
    ("api", &["knarr-raw"]),
    ("api/raw", &[]),
    ("client", &["knarr-api", "knarr-component"]),
    ("component", &[]),
    ("spdy", &[]),
    ("cli", &["knarr-api", "knarr-spdy"]),
    ("server/storage", &[]),
    (
        "server/apiserver",
        &["knarr-api", "knarr-component", "knarr-storage"],
    ),
    (
        "server/scheduler",
        &["knarr-api", "knarr-client", "knarr-component"],
    ),
    (
        "server/controller-manager",
        &["knarr-api", "knarr-client", "knarr-component"],
    ),
    (
        "server",
        &[
            "knarr-api",
            "knarr-apiserver",
            "knarr-client",
            "knarr-component",
            "knarr-controller-manager",
            "knarr-scheduler",
            "knarr-storage",
        ],
    ),
    ("node-agent/runtime", &[]),
    (
        "node-agent/kubelet",
        &[
            "knarr-api",
            "knarr-client",
            "knarr-component",
            "knarr-runtime",
            "knarr-spdy",
        ],
    ),
    ("node-agent/proxy", &["knarr-client"]),
    (
        "node-agent",
        &[
            "knarr-api",
            "knarr-client",
            "knarr-component",
            "knarr-kubelet",
            "knarr-proxy",
            "knarr-runtime",
        ],
    ),
    ("testdata/images", &[]),
];

/// Packages that only one crate may know.
const OWNED: [(&str, &str); 4] = [
    ("sled", "server/storage"),
    ("tonic", "server/storage"),
    ("libcontainer", "node-agent/runtime"),
    ("netlink-sys", "node-agent/proxy"),
];

/// The names in the `[dependencies]` of a crate.
fn dependencies(folder: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(folder)
        .join("Cargo.toml");
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let section = text
        .split("\n[")
        .find(|section| section.starts_with("dependencies]"));
    let lines = section.unwrap_or_default().lines().skip(1);
    lines
        .filter_map(|line| Some(line.split(['.', ' ', '=']).next()?.to_owned()))
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn crates_depend_only_on_what_they_may() {
    for (folder, permitted) in PERMITTED {
        for name in dependencies(folder)
            .iter()
            .filter(|name| name.starts_with("knarr-"))
        {
            assert!(
                permitted.contains(&name.as_str()),
                "{folder} must not depend on {name}"
            );
        }
    }
}

#[test]
fn what_one_crate_owns_no_other_knows() {
    for (package, owner) in OWNED {
        for (folder, _) in PERMITTED.iter().filter(|(folder, _)| *folder != owner) {
            assert!(
                !dependencies(folder).contains(package),
                "{folder} must not know {package}: that is {owner}'s"
            );
        }
        assert!(
            dependencies(owner).contains(package),
            "{owner} no longer needs {package}: take it from the list"
        );
    }
}

#[test]
fn the_object_model_knows_no_async_runtime() {
    for package in ["tokio", "futures", "kube", "reqwest", "axum"] {
        assert!(
            !dependencies("api").contains(package),
            "api must not know {package}"
        );
    }
    assert!(!dependencies("cli").contains("kube"));
}

#[test]
fn every_member_of_the_workspace_is_listed_here() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .expect("the workspace");
    let members = text
        .split("members = [")
        .nth(1)
        .and_then(|rest| rest.split(']').next())
        .expect("members");
    let members: BTreeSet<&str> = members.split('"').skip(1).step_by(2).collect();
    let listed: BTreeSet<&str> = PERMITTED.iter().map(|(folder, _)| *folder).collect();
    assert_eq!(members, listed);
}
