//! `kubectl neat`: an object without what the server and its controllers wrote into it, ready to be kept and applied
//! elsewhere.

use crate::{
    error::{Error, Result},
    flags::FileArgs,
    resource,
    session::Session,
};
use knarr_api::{defaults, kinds, meta, yaml};
use serde_json::{Map, Value};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// TYPE NAME or TYPE/NAME; without it, the files or standard input
    resources: Vec<String>,
    #[command(flatten)]
    files: FileArgs,
    /// Output format. One of: (json, yaml).
    #[arg(short, long, default_value = "yaml")]
    output: String,
}

/// Metadata that the server writes.
const SERVER_METADATA: &[&str] = &[
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];
/// Annotations that kubectl and controllers write.
const MACHINE_ANNOTATIONS: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "control-plane.alpha.kubernetes.io/leader",
    "pv.kubernetes.io/bind-completed",
    "pv.kubernetes.io/bound-by-controller",
    "volume.kubernetes.io/storage-provisioner",
    "volume.kubernetes.io/selected-node",
    "kubernetes.io/config.hash",
    "kubernetes.io/config.seen",
    "kubernetes.io/config.source",
];

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let objects = match args.resources.as_slice() {
        [] => {
            let mut files = args.files.clone();
            if files.is_empty() {
                files.filename.push("-".to_owned());
            }
            let loaded = resource::local_files(&files).await?;
            Error::all(loaded.errors)?;
            loaded.infos.into_iter().map(|info| info.object).collect()
        }
        words => {
            let mut objects = Vec::new();
            for target in resource::targets(session, words).await? {
                let infos = target.infos(session, &Default::default()).await?;
                objects.extend(infos.into_iter().map(|info| info.object));
            }
            objects
        }
    };
    let neat: Vec<Value> = objects.into_iter().map(neat).collect();
    match args.output.as_str() {
        "yaml" => {
            let texts: Vec<String> = neat.iter().map(yaml::to_string).collect();
            session.write(&texts.join("---\n"))
        }
        "json" => neat.iter().try_for_each(|object| {
            session.write(&format!("{}\n", crate::printers::pretty(object)))
        }),
        other => Err(Error::message(format!(
            "unable to match a printer suitable for the output format \"{other}\", allowed formats are: json,yaml"
        ))),
    }
}

/// The object as a person would have written it.
fn neat(mut object: Value) -> Value {
    if let Some(map) = object.as_object_mut() {
        map.shift_remove("status");
    }
    for field in SERVER_METADATA {
        meta::remove(&mut object, field);
    }
    for annotation in MACHINE_ANNOTATIONS {
        if let Some(map) = object["metadata"]["annotations"].as_object_mut() {
            map.shift_remove(*annotation);
        }
    }
    let (group, version) = kinds::split_api_version(meta::api_version(&object));
    let kind = kinds::by_kind(group, version, meta::kind(&object));
    forget_placement(&mut object);
    if let Some(kind) = kind {
        forget_defaults(kind, &mut object);
    }
    forget_empty(&mut object);
    object
}

/// Takes out of pods what admission and the scheduler decided, and out of services and claims what was assigned.
fn forget_placement(object: &mut Value) {
    let kind = meta::kind(object).to_owned();
    let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) else {
        return;
    };
    match kind.as_str() {
        "Pod" => {
            spec.shift_remove("nodeName");
            let token = |name: &Value| {
                name.as_str()
                    .is_some_and(|name| name.starts_with("kube-api-access-"))
            };
            forget_items(spec, "volumes", |volume| token(&volume["name"]));
            for list in ["containers", "initContainers"] {
                for container in spec
                    .get_mut(list)
                    .and_then(Value::as_array_mut)
                    .into_iter()
                    .flatten()
                {
                    if let Some(container) = container.as_object_mut() {
                        forget_items(container, "volumeMounts", |mount| token(&mount["name"]));
                        if container.get("volumeMounts").is_some_and(is_empty) {
                            container.shift_remove("volumeMounts");
                        }
                    }
                }
            }
            forget_items(spec, "tolerations", |toleration| {
                toleration["tolerationSeconds"] == 300
                    && toleration["key"]
                        .as_str()
                        .is_some_and(|key| key.starts_with("node.kubernetes.io/"))
            });
            if spec.get("serviceAccountName") == spec.get("serviceAccount") {
                spec.shift_remove("serviceAccount");
            }
            if spec
                .get("serviceAccountName")
                .is_some_and(|name| name == "default")
            {
                spec.shift_remove("serviceAccountName");
            }
            if spec.get("priority").is_some_and(|priority| *priority == 0) {
                spec.shift_remove("priority");
            }
            if spec
                .get("preemptionPolicy")
                .is_some_and(|policy| policy == "PreemptLowerPriority")
            {
                spec.shift_remove("preemptionPolicy");
            }
        }
        "Service"
            if spec
                .get("clusterIP")
                .is_none_or(|address| address != "None") =>
        {
            for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
                spec.shift_remove(field);
            }
        }
        _ => {}
    }
}

fn forget_items(map: &mut Map<String, Value>, field: &str, forget: impl Fn(&Value) -> bool) {
    if let Some(items) = map.get_mut(field).and_then(Value::as_array_mut) {
        items.retain(|item| !forget(item));
    }
}

/// Takes out each field that comes back by itself when it is left out.
fn forget_defaults(kind: &kinds::Kind, object: &mut Value) {
    let mut whole = object.clone();
    defaults::apply(kind, &mut whole);
    let mut paths = Vec::new();
    leaves(object, &mut Vec::new(), &mut paths);
    for path in paths {
        let mut without = object.clone();
        if !remove(&mut without, &path) {
            continue;
        }
        let mut filled = without.clone();
        defaults::apply(kind, &mut filled);
        if filled == whole {
            *object = without;
        }
    }
}

/// The pointers to all values that are no collections, or empty ones.
fn leaves(value: &Value, at: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                at.push(key.clone());
                leaves(value, at, found);
                at.pop();
            }
            if at.len() > 1 {
                found.push(at.clone());
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, value) in items.iter().enumerate() {
                at.push(index.to_string());
                leaves(value, at, found);
                at.pop();
            }
        }
        _ => found.push(at.clone()),
    }
}

/// Removes a field; an item of a list is not removed.
fn remove(value: &mut Value, path: &[String]) -> bool {
    let Some((last, parents)) = path.split_last() else {
        return false;
    };
    let mut value = value;
    for part in parents {
        let next = match value {
            Value::Object(map) => map.get_mut(part),
            Value::Array(items) => part
                .parse::<usize>()
                .ok()
                .and_then(|index| items.get_mut(index)),
            _ => None,
        };
        match next {
            Some(next) => value = next,
            None => return false,
        }
    }
    match value {
        Value::Object(map) => map.shift_remove(last).is_some(),
        _ => false,
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
}

fn forget_empty(object: &mut Value) {
    for field in ["annotations", "labels"] {
        if is_empty(&object["metadata"][field]) || object["metadata"][field].is_null() {
            meta::remove(object, field);
        }
    }
    for field in ["volumes", "tolerations"] {
        if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut)
            && spec.get(field).is_some_and(is_empty)
        {
            spec.shift_remove(field);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_server_wrote_is_gone() {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "a", "namespace": "b", "uid": "1", "managedFields": [],
                         "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}},
            "spec": {
                "nodeName": "n", "restartPolicy": "Always", "dnsPolicy": "ClusterFirst",
                "containers": [{"name": "c", "image": "i:1", "terminationMessagePath": "/dev/termination-log",
                                "ports": [{"containerPort": 80, "protocol": "TCP"}]}],
                "tolerations": [{"key": "node.kubernetes.io/not-ready", "tolerationSeconds": 300}]
            },
            "status": {"phase": "Running"}
        });
        assert_eq!(
            neat(pod),
            json!({
                "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "b"},
                "spec": {"containers": [{"name": "c", "image": "i:1", "ports": [{"containerPort": 80}]}]}
            })
        );
    }
}
