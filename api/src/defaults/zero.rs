//! What upstream shows although nobody has said it: the zero values of fields that Go's encoder does not leave out.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::set::always;
use crate::kinds::{ByKind, Kind};

/// A zero value.
#[derive(Clone, Copy)]
enum Zero {
    /// Of a list, and of a time.
    Null,
    Text,
    Number,
    False,
    Fields,
}

use Zero::{False, Fields, Null, Number, Text};

/// Where in an object a zero value stands.
type Place = (&'static [&'static str], Zero);

const EVENT: &[Place] = &[
    (&["source"], Fields),
    (&["firstTimestamp"], Null),
    (&["lastTimestamp"], Null),
    (&["eventTime"], Null),
    (&["reportingComponent"], Text),
    (&["reportingInstance"], Text),
];

const NODE: &[Place] = &[
    (
        &["status", "daemonEndpoints", "kubeletEndpoint", "Port"],
        Number,
    ),
    (&["status", "nodeInfo", "machineID"], Text),
    (&["status", "nodeInfo", "systemUUID"], Text),
    (&["status", "nodeInfo", "bootID"], Text),
    (&["status", "nodeInfo", "kernelVersion"], Text),
    (&["status", "nodeInfo", "osImage"], Text),
    (&["status", "nodeInfo", "containerRuntimeVersion"], Text),
    (&["status", "nodeInfo", "kubeletVersion"], Text),
    (&["status", "nodeInfo", "kubeProxyVersion"], Text),
    (&["status", "nodeInfo", "operatingSystem"], Text),
    (&["status", "nodeInfo", "architecture"], Text),
];

/// Group, kind and places, in order of group and kind.
static PLACES: &[(&str, &str, &[Place])] = &[
    ("", "Event", EVENT),
    ("", "Node", NODE),
    ("apps", "ControllerRevision", &[(&["revision"], Number)]),
    ("apps", "StatefulSet", &[(&["spec", "serviceName"], Text)]),
    (
        "autoscaling",
        "HorizontalPodAutoscaler",
        &[(&["status", "currentMetrics"], Null)],
    ),
    ("coordination.k8s.io", "Lease", &[(&["spec"], Fields)]),
    (
        "discovery.k8s.io",
        "EndpointSlice",
        &[(&["endpoints"], Null), (&["ports"], Null)],
    ),
    (
        "rbac.authorization.k8s.io",
        "ClusterRole",
        &[(&["rules"], Null)],
    ),
    ("rbac.authorization.k8s.io", "Role", &[(&["rules"], Null)]),
    ("resource.k8s.io", "DeviceClass", &[(&["spec"], Fields)]),
    (
        "storage.k8s.io",
        "VolumeAttachment",
        &[(&["status", "attached"], False)],
    ),
];

/// Writes the zero values that an object of the kind does not have.
pub(super) fn write(kind: &Kind, object: &mut Value) {
    static ROWS: LazyLock<ByKind<&[Place]>> = LazyLock::new(|| {
        let rows = PLACES.iter().map(|row| ((row.0, row.1), row.2));
        rows.collect()
    });
    let places = ROWS.get(&(kind.storage_group, kind.kind)).copied();
    for (path, zero) in places.unwrap_or_default() {
        let Some((last, parents)) = path.split_last() else {
            continue;
        };
        let holder = parents
            .iter()
            .fold(&mut *object, |at, name| always(at, name));
        if let Some(fields) = holder.as_object_mut()
            && !fields.contains_key(*last)
        {
            fields.insert((*last).to_owned(), value(*zero));
        }
    }
}

fn value(zero: Zero) -> Value {
    match zero {
        Null => Value::Null,
        Text => json!(""),
        Number => json!(0),
        False => json!(false),
        Fields => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds;

    #[test]
    fn the_table_is_in_order() {
        assert!(PLACES.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1)));
        for (group, name, _) in PLACES {
            let mut known = kinds::KINDS.iter();
            let found = known.any(|kind| (kind.group, kind.kind) == (*group, *name));
            assert!(found, "{group}/{name}");
        }
    }

    #[test]
    fn what_is_said_stays() {
        let kind = kinds::find("apps", "v1", "statefulsets").expect("stateful sets");
        for (before, after) in [
            (json!({}), json!({"spec": {"serviceName": ""}})),
            (
                json!({"spec": {"serviceName": "s"}}),
                json!({"spec": {"serviceName": "s"}}),
            ),
        ] {
            let mut object = before;
            write(kind, &mut object);
            assert_eq!(object, after);
        }
        let kind = kinds::find("", "v1", "nodes").expect("nodes");
        let mut node = json!({"status": {"nodeInfo": {"bootID": "b"}}});
        write(kind, &mut node);
        let status = &node["status"];
        assert_eq!(status["nodeInfo"]["bootID"], "b");
        assert_eq!(status["nodeInfo"]["machineID"], "");
        assert_eq!(status["daemonEndpoints"]["kubeletEndpoint"]["Port"], 0);
    }
}
