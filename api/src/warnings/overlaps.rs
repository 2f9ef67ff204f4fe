//! Volumes made of files that get into each other's way: two items with one path, or one below the other.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::quote::quote;
use crate::walk::Walk;

fn paths(source: &Value) -> Vec<&str> {
    let items = source.list("items").iter();
    items.map(|item| item.text("path")).collect()
}

/// What is to be told of a pod's volumes.
pub(super) fn volumes(spec: &Value, out: &mut Vec<String>) {
    for volume in spec.list("volumes") {
        let name = quote(volume.text("name"));
        let sources = [
            ("configMap", "ConfigMap", "name"),
            ("secret", "Secret", "secretName"),
            ("downwardAPI", "DownwardAPI", ""),
        ];
        for (field, told, of) in sources {
            let source = &volume[field];
            if source.has("items") {
                let source_name = named(source, told, of);
                let text = format!("volume {name} ({source_name}): overlapping paths");
                overlaps(&paths(source), &text, out);
            }
        }
        projected(&volume["projected"], &name, out);
    }
}

fn named(source: &Value, told: &str, field: &str) -> String {
    match field {
        "" => told.to_owned(),
        field => format!("{told} {}", quote(source.text(field))),
    }
}

fn projected(volume: &Value, name: &str, out: &mut Vec<String>) {
    let mut all = BTreeSet::new();
    for source in volume.list("sources") {
        let set = |field: &str| source[field].is_object().then(|| &source[field]);
        let (told, own) = if let Some(map) = set("configMap").filter(|map| map.has("items")) {
            (named(map, "ConfigMap", "name"), paths(map))
        } else if let Some(secret) = set("secret").filter(|secret| secret.has("items")) {
            (named(secret, "Secret", "name"), paths(secret))
        } else if let Some(fields) = set("downwardAPI").filter(|fields| fields.has("items")) {
            ("DownwardAPI".to_owned(), paths(fields))
        } else if let Some(token) = set("serviceAccountToken") {
            ("ServiceAccountToken".to_owned(), vec![token.text("path")])
        } else if let Some(bundle) = set("clusterTrustBundle") {
            let field = if bundle.has("name") {
                "name"
            } else {
                "signerName"
            };
            let told = named(bundle, "ClusterTrustBundle", field);
            (told, vec![bundle.text("path")])
        } else if source.as_object().is_none_or(|fields| fields.is_empty()) {
            out.push(format!("volume {name} (Projected) has no sources provided"));
            continue;
        } else {
            continue;
        };
        let text = format!("volume {name} (Projected {told}): overlapping paths");
        overlaps(&own, &text, out);
        // Once each, and with those of the sources before.
        let unique: BTreeSet<&str> = own.into_iter().collect();
        let mut together: Vec<&str> = unique.iter().chain(&all).copied().collect();
        together.sort_unstable();
        overlaps(&together, &text, out);
        all.extend(unique);
    }
}

fn overlaps(paths: &[&str], text: &str, out: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for path in paths {
        let path = path.trim_end_matches('/');
        let meets = |other: &&&str| {
            **other == path
                || format!("{other}/").starts_with(path)
                || format!("{path}/").starts_with(**other)
        };
        let found = seen
            .iter()
            .filter(|other: &&&str| !other.is_empty())
            .find(meets);
        if let Some(other) = found.filter(|_| !path.is_empty()) {
            out.push(format!("{text}: {} with {}", quote(path), quote(other)));
        }
        seen.insert(path);
    }
}
