//! Merging, selecting and writing back.

use super::*;
use crate::{flags::GlobalArgs, kuberc::PluginPolicy};

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("the folder is writable");
    path
}

fn config(paths: &[PathBuf]) -> Kubeconfig {
    let sources = paths
        .iter()
        .map(|path| Source::read(path).expect("the file is valid"))
        .collect();
    Kubeconfig { sources }
}

const FIRST: &str = "apiVersion: v1\nkind: Config\ncurrent-context: one\nx-note: keep me\nclusters:\n- name: a\n  cluster: {server: \
                     https://a:6443, certificate-authority: ca.pem}\ncontexts:\n- name: one\n  context: {cluster: a, \
                     user: u, namespace: n1}\nusers:\n- name: u\n  user: {token: first}\n";
const SECOND: &str = "apiVersion: v1\nkind: Config\ncurrent-context: two\nclusters:\n- name: b\n  cluster: {server: \
                      https://b:6443}\ncontexts:\n- name: two\n  context: {cluster: b, user: u}\nusers:\n- name: u\n  \
                      user: {token: second}\n";

#[test]
fn the_first_file_that_has_an_entry_counts() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let merged = config(&[
        file(folder.path(), "a", FIRST),
        file(folder.path(), "b", SECOND),
    ]);
    assert_eq!(merged.current_context(), "one");
    assert_eq!(merged.names(Section::Contexts), ["one", "two"]);
    assert_eq!(
        merged.get(Section::Users, "u").expect("the user")["token"],
        "first"
    );
}

#[test]
fn flags_win_over_the_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = config(&[file(folder.path(), "b", SECOND)]);
    let plain = Resolved::select(
        &files,
        &GlobalArgs::default(),
        &PluginPolicy::default(),
        First::Namespace,
    )
    .expect("the context is whole");
    assert_eq!(
        (plain.server.as_str(), plain.namespace.as_str()),
        ("https://b:6443", "default")
    );
    let globals = GlobalArgs {
        namespace: Some("other".into()),
        token: Some("given".into()),
        server: Some("https://c".into()),
        ..GlobalArgs::default()
    };
    let changed = Resolved::select(&files, &globals, &PluginPolicy::default(), First::Namespace)
        .expect("the context is whole");
    assert_eq!(
        (changed.server.as_str(), changed.namespace.as_str()),
        ("https://c", "other")
    );
    assert_eq!(changed.credentials.token.as_deref(), Some("given"));
}

#[test]
fn a_missing_context_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let globals = GlobalArgs {
        context: Some("nope".into()),
        ..GlobalArgs::default()
    };
    let error = Resolved::select(
        &config(&[file(folder.path(), "b", SECOND)]),
        &globals,
        &PluginPolicy::default(),
        First::Namespace,
    )
    .expect_err("no such context");
    assert_eq!(
        error.report().0,
        "Error in configuration: context was not found for specified context: nope"
    );
}

#[test]
fn a_change_keeps_what_it_does_not_know_and_touches_one_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let paths = [
        file(folder.path(), "a", FIRST),
        file(folder.path(), "b", SECOND),
    ];
    let before = config(&paths);
    let mut after = before.clone();
    after.set(
        Section::Contexts,
        "one",
        json!({"cluster": "a", "user": "u", "namespace": "n2"}),
    );
    after.save(&before).expect("the files are writable");
    let first = std::fs::read_to_string(&paths[0]).expect("the file is there");
    assert!(
        first.contains("x-note: keep me") && first.contains("namespace: n2"),
        "{first}"
    );
    assert_eq!(
        std::fs::read_to_string(&paths[1]).expect("the file is there"),
        SECOND
    );
}

#[test]
fn relative_paths_count_from_the_file() {
    let body = with_absolute_paths(
        &json!({"certificate-authority": "ca.pem", "server": "x"}),
        Path::new("/etc/kube"),
    );
    assert_eq!(body["certificate-authority"], "/etc/kube/ca.pem");
    assert_eq!(body["server"], "x");
}

#[test]
fn whom_to_trust_is_said_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let authority = folder.path().join("ca.pem");
    std::fs::write(&authority, "the flag's").expect("the folder is writable");
    let authority = authority.to_string_lossy().into_owned();
    let entry = "clusters: [{name: a, cluster: {server: https://a, certificate-authority-data: YQ==, \
                 insecure-skip-tls-verify: true}}]\ncontexts: [{name: one, context: {cluster: a}}]\n\
                 current-context: one\n";
    let config = config(&[file(folder.path(), "a", entry)]);
    let select = |authority: Option<String>, insecure: bool| {
        let globals = GlobalArgs {
            certificate_authority: authority,
            insecure_skip_tls_verify: insecure,
            ..GlobalArgs::default()
        };
        let resolved = Resolved::select(
            &config,
            &globals,
            &PluginPolicy::default(),
            First::Namespace,
        );
        let resolved = resolved.map(|resolved| (resolved.certificate_authority, resolved.insecure));
        resolved.map_err(|error| error.report().0)
    };
    let both = "error: specifying a root certificates file with the insecure flag is not allowed";
    assert_eq!(select(None, false), Err(both.to_owned()));
    assert_eq!(select(Some(authority.clone()), true), Err(both.to_owned()));
    assert_eq!(select(None, true), Ok((None, true)));
    let expected = (Some(b"the flag's".to_vec()), false);
    assert_eq!(select(Some(authority), false), Ok(expected));
}

#[test]
fn a_context_without_its_cluster_means_the_local_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = "contexts: [{name: one, context: {cluster: gone, user: gone, namespace: mine}}]\ncurrent-context: one\n";
    let config = config(&[file(folder.path(), "a", text)]);
    let globals = GlobalArgs::default();
    let resolved = Resolved::select(
        &config,
        &globals,
        &PluginPolicy::default(),
        First::Namespace,
    )
    .expect("it is no fault");
    assert_eq!(resolved.server, "http://localhost:8080");
    assert_eq!(resolved.namespace, "mine");
}

#[test]
fn a_broken_file_is_named_with_go_yamls_words() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = file(folder.path(), "a", "a: [\n");
    let error = Kubeconfig::load(Some(&path)).expect_err("it is broken");
    let expected = format!(
        "error: error loading config file \"{}\": yaml: line 1: did not find expected node content",
        path.display()
    );
    assert_eq!(error.report().0, expected);
}
