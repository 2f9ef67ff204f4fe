//! Projected volumes, and the downward API that is one on its own as well.

use std::collections::BTreeSet;

use serde_json::Value;

use super::environment;
use super::volume::non_reserved_path;
use super::volume_source::{SourceOf, key_to_path, mode, required};
use crate::validation::certificates::signer_name;
use crate::validation::errors::Errors;
use crate::validation::metadata::{dns_subdomain, label_selector};
use crate::validation::path::Path;
use crate::walk::Walk;

pub(super) fn downward_api(source: &Value, _: SourceOf, path: &Path<'_>, out: &mut Errors) {
    mode(source, "defaultMode", path, out);
    for file in source.list("items") {
        downward_file(file, path, out);
    }
}

fn downward_file(file: &Value, path: &Path<'_>, out: &mut Errors) {
    required(file, &["path"], path, out);
    non_reserved_path(file.text("path"), &path.child("path"), out);
    if file.has("fieldRef") {
        environment::field(
            &file["fieldRef"],
            &environment::FILE_FIELDS,
            &path.child("fieldRef"),
            out,
        );
        if file.has("resourceFieldRef") {
            out.invalid(
                path,
                "resource",
                "fieldRef and resourceFieldRef can not be specified simultaneously",
            );
        }
    } else if file.has("resourceFieldRef") {
        environment::resource_field(
            &file["resourceFieldRef"],
            true,
            &path.child("resourceFieldRef"),
            out,
        );
    } else {
        out.required(path, "one of fieldRef and resourceFieldRef is required");
    }
    mode(file, "mode", path, out);
}

pub(super) fn projected(source: &Value, _: SourceOf, path: &Path<'_>, out: &mut Errors) {
    mode(source, "defaultMode", path, out);
    let mut paths = BTreeSet::new();
    let sources = path.child("sources");
    for (index, projection) in source.list("sources").iter().enumerate() {
        let at = sources.index(index);
        let mut count = 0;
        for kind in ["secret", "configMap"] {
            if projection.has(kind) {
                count += 1;
                projected_keys(&projection[kind], &mut paths, path, &at.child(kind), out);
            }
        }
        if projection.has("downwardAPI") {
            count += 1;
            for file in projection["downwardAPI"].list("items") {
                downward_file(file, &at.child("downwardAPI"), out);
                unique_path(file.text("path"), file.text("path"), &mut paths, path, out);
            }
        }
        if projection.has("serviceAccountToken") {
            count += 1;
            token(
                &projection["serviceAccountToken"],
                path,
                &at.child("serviceAccountToken"),
                out,
            );
        }
        if projection.has("clusterTrustBundle") {
            count += 1;
            let bundle = &projection["clusterTrustBundle"];
            trust_bundle(bundle, &at.child("clusterTrustBundle"), out);
            unique_path(
                bundle.text("path"),
                bundle.text("path"),
                &mut paths,
                path,
                out,
            );
        }
        if count > 1 {
            out.forbidden(&at, "may not specify more than 1 volume type per source");
        }
    }
}

fn unique_path<'a>(
    file: &'a str,
    value: &str,
    seen: &mut BTreeSet<&'a str>,
    path: &Path<'_>,
    out: &mut Errors,
) {
    if !file.is_empty() && !seen.insert(file) {
        out.invalid(path, value, "conflicting duplicate paths");
    }
}

fn projected_keys<'a>(
    source: &'a Value,
    seen: &mut BTreeSet<&'a str>,
    volume: &Path<'_>,
    path: &Path<'_>,
    out: &mut Errors,
) {
    required(source, &["name"], path, out);
    let items = path.child("items");
    for (index, item) in source.list("items").iter().enumerate() {
        key_to_path(item, &items.index(index), out);
        unique_path(item.text("path"), source.text("name"), seen, volume, out);
    }
}

fn token(token: &Value, volume: &Path<'_>, path: &Path<'_>, out: &mut Errors) {
    let seconds = token.int("expirationSeconds");
    if seconds < 600 {
        out.invalid(
            &path.child("expirationSeconds"),
            seconds,
            "may not specify a duration less than 10 minutes",
        );
    }
    if seconds > 1 << 32 {
        out.invalid(
            &path.child("expirationSeconds"),
            seconds,
            "may not specify a duration larger than 2^32 seconds",
        );
    }
    if token.text("path").is_empty() {
        out.required(&volume.child("path"), "");
    } else {
        non_reserved_path(token.text("path"), &volume.child("path"), out);
    }
}

fn trust_bundle(bundle: &Value, path: &Path<'_>, out: &mut Errors) {
    match (bundle.opt_text("name"), bundle.opt_text("signerName")) {
        (Some(_), Some(_)) => out.invalid(
            path,
            bundle.clone(),
            "only one of name and signerName may be used",
        ),
        (Some(name), None) => {
            if name.is_empty() {
                out.required(&path.child("name"), "must be a valid object name");
            }
            // A signer's bundle is named after it, with colons for slashes.
            let own = name.rsplit(':').next().unwrap_or_default();
            for reason in dns_subdomain(own, false) {
                let reason = format!("not a valid clustertrustbundlename: {reason}");
                out.invalid(&path.child("name"), name, reason);
            }
            if bundle.has("labelSelector") {
                let reason = "labelSelector must be unset if name is specified";
                out.invalid(
                    &path.child("labelSelector"),
                    bundle["labelSelector"].clone(),
                    reason,
                );
            }
        }
        (None, Some(signer)) => {
            if signer.is_empty() {
                out.required(&path.child("signerName"), "must be a valid signer name");
            }
            signer_name(signer, &path.child("signerName"), out);
            label_selector(&bundle["labelSelector"], &path.child("labelSelector"), out);
        }
        (None, None) => out.required(path, "either name or signerName must be specified"),
    }
    required(bundle, &["path"], path, out);
    non_reserved_path(bundle.text("path"), &path.child("path"), out);
}
