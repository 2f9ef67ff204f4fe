//! Resizing a pod in place: `ValidatePodResize` (KEP-1287).

use serde_json::Value;

use super::update::whole;
use super::{MIRROR_ANNOTATION, SPEC};
use crate::qos;
use crate::validation::errors::{Errors, same};
use crate::validation::metadata;
use crate::validation::path::Path;
use crate::walk::Walk;

/// Resources that can change while a container runs.
const RESIZABLE: [&str; 2] = ["cpu", "memory"];

/// The pods differ only in the resources and the resize policies of their containers.
pub(in crate::validation) fn resize(new: &Value, old: &Value, out: &mut Errors) {
    if let Some(reason) = cannot_resize(new, old) {
        return out.forbidden(&Path::new(""), reason);
    }
    metadata::update(new, old, out);
    whole(new, out);
    if qos::of_status(old) != qos::class(new) {
        let class = new["status"].text("qosClass");
        let reason = "Pod QOS Class may not change as a result of resizing";
        out.invalid(&SPEC, class, reason);
    }
    let running = |status: &&Value| status["state"]["running"].is_object();
    let statuses = old["status"].list("containerStatuses");
    if statuses
        .iter()
        .find(running)
        .is_some_and(|status| !status.has("resources"))
    {
        out.forbidden(&SPEC, "Pod running on node without support for resize");
    }
    if !same_containers(&new["spec"], &old["spec"], out) {
        return;
    }
    for list in ["initContainers", "containers"] {
        let path = SPEC.child(list);
        for (index, (after, before)) in pairs(&new["spec"], &old["spec"], list).enumerate() {
            let resizable = list == "containers" || before.text("restartPolicy") == "Always";
            if resizable {
                let path = path.index(index);
                container(after, before, &path.child("resources"), out);
            }
            unchanged_but_resources(after, before, list, resizable, out);
        }
    }
}

/// Why a pod can't be resized at all.
fn cannot_resize(new: &Value, old: &Value) -> Option<&'static str> {
    let whole = |pod: &Value| {
        let resources = &pod["spec"]["resources"];
        resources.count("requests") + resources.count("limits") > 0
    };
    if whole(new) || whole(old) {
        return Some("pods with pod-level resources cannot be resized");
    }
    if old["metadata"]["annotations"].has(MIRROR_ANNOTATION) {
        return Some("static pods cannot be resized");
    }
    (old["spec"]["os"].text("name") == "windows").then_some("windows pods cannot be resized")
}

fn pairs<'a>(
    new: &'a Value,
    old: &'a Value,
    list: &str,
) -> impl Iterator<Item = (&'a Value, &'a Value)> {
    new.list(list).iter().zip(old.list(list))
}

/// Containers are told apart by their place, so none may come, go or move.
fn same_containers(new: &Value, old: &Value, out: &mut Errors) -> bool {
    let before = out.len();
    for list in ["containers", "initContainers"] {
        let path = SPEC.child(list);
        if new.count(list) != old.count(list) {
            out.forbidden(
                &path,
                format!("{list} may not be added or removed on resize"),
            );
            continue;
        }
        for (index, (after, before)) in pairs(new, old, list).enumerate() {
            if after.text("name") != before.text("name") {
                let path = path.index(index);
                let reason = format!("{list} may not be renamed or reordered on resize");
                out.forbidden(&path.child("name"), reason);
            }
        }
    }
    out.len() == before
}

/// `validateContainerResize`: nothing is taken away. That memory may shrink is the kubelet's to ensure.
fn container(new: &Value, old: &Value, path: &Path<'_>, out: &mut Errors) {
    let (after, before) = (&new["resources"], &old["resources"]);
    for list in ["requests", "limits"] {
        let kept = |name: &String| after[list].has(name);
        if !before
            .map(list)
            .into_iter()
            .flatten()
            .all(|(name, _)| kept(name))
        {
            out.forbidden(
                &path.child(list),
                format!("resource {list} cannot be removed"),
            );
        }
    }
}

fn unchanged_but_resources(
    new: &Value,
    old: &Value,
    list: &str,
    resizable: bool,
    out: &mut Errors,
) {
    let mut munged = new.clone();
    if resizable {
        for kind in ["requests", "limits"] {
            for name in RESIZABLE {
                let before = &old["resources"][kind][name];
                if munged["resources"][kind].is_object() || !before.is_null() {
                    munged["resources"][kind][name] = before.clone();
                }
            }
        }
        munged["resizePolicy"] = old["resizePolicy"].clone();
    }
    if !same(&munged, old) {
        let reason = match (list, resizable) {
            ("containers", _) => "only cpu and memory resources are mutable",
            (_, true) => "only cpu and memory resources for sidecar containers are mutable",
            (_, false) => "resources for non-sidecar init containers are immutable",
        };
        out.forbidden(&SPEC, reason);
    }
}
