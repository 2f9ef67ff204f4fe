//! Tests over the table itself.

use std::{borrow::Cow, collections::HashSet};

use serde_json::json;

use super::*;

#[test]
fn no_resource_or_kind_appears_twice() {
    let mut plurals = HashSet::new();
    let mut kinds = HashSet::new();
    for kind in KINDS {
        assert!(
            plurals.insert((kind.group, kind.version, kind.plural)),
            "{kind:?}"
        );
        assert!(
            kinds.insert((kind.group, kind.version, kind.kind)),
            "{kind:?}"
        );
    }
}

#[test]
fn rows_are_sorted_within_a_version_and_versions_are_contiguous() {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for pair in KINDS.windows(2) {
        if (pair[0].group, pair[0].version) == (pair[1].group, pair[1].version) {
            assert!(
                pair[0].plural < pair[1].plural,
                "{} before {}",
                pair[0].plural,
                pair[1].plural
            );
        } else {
            seen.push((pair[0].group, pair[0].version));
            assert!(
                !seen.contains(&(pair[1].group, pair[1].version)),
                "{:?}",
                pair[1]
            );
        }
    }
}

#[test]
fn every_row_is_stored_in_a_row_of_the_same_kind_scope_and_prefix() {
    for kind in KINDS {
        let stored = by_kind(kind.storage_group, kind.storage_version, kind.kind).expect(kind.kind);
        assert!(stored.is_storage_version(), "{kind:?}");
        assert_eq!(
            (kind.namespaced, kind.storage_prefix),
            (stored.namespaced, stored.storage_prefix),
            "{kind:?}"
        );
    }
}

#[test]
fn two_storage_versions_never_share_a_prefix() {
    let mut prefixes = HashSet::new();
    for kind in storage_versions() {
        assert!(prefixes.insert(kind.storage_prefix), "{kind:?}");
    }
}

#[test]
fn lists_in_a_row_are_sorted() {
    for kind in KINDS {
        assert!(kind.verbs.is_sorted(), "{kind:?}");
        assert!(kind.selectable_fields.is_sorted(), "{kind:?}");
        assert!(
            kind.subresources
                .iter()
                .map(|subresource| subresource.name)
                .is_sorted(),
            "{kind:?}"
        );
    }
}

#[test]
fn legacy_versions_come_after_the_version_they_are_stored_in() {
    for (index, kind) in KINDS.iter().enumerate() {
        let legacy = kind
            .deprecated
            .is_some_and(|deprecated| !deprecated.removed_in.is_empty());
        if legacy && !kind.is_storage_version() {
            let stored = KINDS.iter().position(|other| other == stored(kind));
            assert!(stored < Some(index), "{kind:?}");
        }
    }
}

#[test]
fn a_deprecated_version_warns_in_upstreams_words() {
    let warning = |group, version, kind| by_kind(group, version, kind).and_then(Kind::warning);
    assert_eq!(
        warning("apps", "v1beta1", "Deployment").as_deref(),
        Some(
            "apps/v1beta1 Deployment is deprecated in v1.8+, unavailable in v1.16+; use apps/v1 Deployment"
        )
    );
    assert_eq!(
        warning("", "v1", "Endpoints").as_deref(),
        Some("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")
    );
    assert_eq!(
        warning("events.k8s.io", "v1beta1", "Event").as_deref(),
        Some("events.k8s.io/v1beta1 Event is deprecated in v1.22+, unavailable in v1.25+")
    );
    assert_eq!(warning("apps", "v1", "Deployment"), None);
}

#[test]
fn selectable_values_are_printed_and_default_like_upstreams() {
    let pod = find("", "v1", "pods").expect("pods are served");
    let object =
        json!({"metadata": {"name": "a"}, "spec": {"nodeName": "n1", "hostNetwork": true}});
    let value = |field| pod.selectable_value(&object, field).map(Cow::into_owned);
    assert_eq!(value("spec.nodeName").as_deref(), Some("n1"));
    assert_eq!(value("spec.hostNetwork").as_deref(), Some("true"));
    assert_eq!(value("status.phase").as_deref(), Some(""));
    assert_eq!(value("spec.containers"), None);
}

#[test]
fn every_selectable_field_is_one_of_the_stored_version() {
    for kind in KINDS {
        for field in kind.selectable_fields {
            let field = kind.stored_field(field);
            assert!(
                stored(kind).is_selectable(&field),
                "{} {field}",
                kind.definition
            );
        }
    }
    let event = by_kind("events.k8s.io", "v1", "Event").expect("served");
    assert_eq!(event.stored_field("regarding.kind"), "involvedObject.kind");
}

#[test]
fn the_table_covers_v1_36() {
    let current = KINDS.iter().filter(|kind| !is_legacy(kind)).count();
    assert_eq!(current, 86);
    assert_eq!(groups().len(), 23);
}

/// A version that upstream v1.36 no longer serves.
fn is_legacy(kind: &Kind) -> bool {
    let minor = |release: &str| {
        release
            .split_once('.')
            .and_then(|(_, minor)| minor.parse::<u32>().ok())
    };
    kind.deprecated
        .and_then(|deprecated| minor(deprecated.removed_in))
        .is_some_and(|removed| removed <= 36)
}
