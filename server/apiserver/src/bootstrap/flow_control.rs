//! The flow schemas and priority levels of every cluster (`pkg/apis/flowcontrol/bootstrap` upstream): those that must be
//! as they are, and those that are suggested and follow a new release until an administrator takes them over.

use knarr_api::flow_control::{
    BY_USER, CATCH_ALL, EVERYBODY, EXEMPT, everything, groups, level, mandatory_levels,
    mandatory_schemas, resource, schema,
};
use knarr_api::kinds::Kind;
use knarr_api::status::Status;
use knarr_api::{defaults, meta};
use knarr_storage::At;
use serde_json::{Value, json};

use super::Writer;
use crate::registry::known;

const GROUP: &str = "flowcontrol.apiserver.k8s.io";
/// The names in managed fields, as upstream.
const PRODUCER: &str = "api-priority-and-fairness-config-producer-v1";
const CONSUMER: &str = "api-priority-and-fairness-config-consumer-v1";
/// Whether the server may change the spec: set to `false` by who takes an object over.
const AUTO_UPDATE: &str = "apf.kubernetes.io/autoupdate-spec";

const BY_NAMESPACE: &str = "ByNamespace";

/// Suggested levels: name, shares, percentage that is lent, queues, hand.
const LEVELS: &[(&str, u32, u32, u32, u32)] = &[
    ("system", 30, 33, 64, 6),
    ("node-high", 40, 25, 64, 6),
    ("leader-election", 10, 0, 16, 4),
    ("workload-high", 40, 50, 128, 6),
    ("workload-low", 100, 90, 128, 6),
    ("global-default", 20, 50, 128, 6),
];
const QUEUE_LENGTH: u32 = 50;

/// All levels, the mandatory ones first.
pub fn levels() -> Vec<Value> {
    let suggested = LEVELS.iter().map(|(name, shares, lent, queues, hand)| {
        level(
            name,
            &json!({"type": "Limited", "limited": {
                "nominalConcurrencyShares": shares, "lendablePercent": lent,
                "limitResponse": {"type": "Queue", "queuing": {"queues": queues, "handSize": hand,
                    "queueLengthLimit": QUEUE_LENGTH}}}}),
        )
    });
    mandatory_levels().into_iter().chain(suggested).collect()
}

fn users(names: &[&str]) -> Vec<Value> {
    let users = names.iter();
    users
        .map(|name| json!({"kind": "User", "user": {"name": name}}))
        .collect()
}

/// Service accounts of `kube-system`.
fn accounts(names: &[&str]) -> Vec<Value> {
    let accounts = names.iter();
    accounts
        .map(|name| {
            json!({"kind": "ServiceAccount",
                "serviceAccount": {"name": name, "namespace": "kube-system"}})
        })
        .collect()
}

fn on_resources(subjects: Vec<Value>, rules: Vec<Value>) -> Value {
    json!({"subjects": subjects, "resourceRules": rules})
}

/// All schemas, the mandatory ones first.
pub fn schemas() -> Vec<Value> {
    let own = |names: &[&str], of: &[&str]| [users(names), accounts(of)].concat();
    let verbs = ["get", "create", "update"];
    let leases = || resource(&verbs, "coordination.k8s.io", &["leases"], false);
    let probes = json!({"subjects": groups(EVERYBODY), "nonResourceRules":
        [{"verbs": ["get"], "nonResourceURLs": ["/healthz", "/readyz", "/livez"]}]});
    let nodes = vec![
        resource(&["*"], "", &["nodes", "nodes/status"], true),
        resource(&["*"], "coordination.k8s.io", &["leases"], false),
    ];
    let leaders = own(
        &["system:kube-controller-manager", "system:kube-scheduler"],
        &["*"],
    );
    let endpoints = own(
        &["system:kube-controller-manager"],
        &["endpoint-controller", "endpointslicemirroring-controller"],
    );
    let endpoint_rule = vec![resource(&verbs, "", &["endpoints"], false)];
    let suggested = [
        schema(
            "system-nodes",
            "system",
            500,
            BY_USER,
            everything(groups(&["system:nodes"])),
        ),
        schema(
            "system-node-high",
            "node-high",
            400,
            BY_USER,
            on_resources(groups(&["system:nodes"]), nodes),
        ),
        schema("probes", EXEMPT, 2, "", probes),
        schema(
            "system-leader-election",
            "leader-election",
            100,
            BY_USER,
            on_resources(leaders, vec![leases()]),
        ),
        schema(
            "endpoint-controller",
            "workload-high",
            150,
            BY_USER,
            on_resources(endpoints, endpoint_rule),
        ),
        schema(
            "workload-leader-election",
            "leader-election",
            200,
            BY_USER,
            on_resources(accounts(&["*"]), vec![leases()]),
        ),
        schema(
            "kube-controller-manager",
            "workload-high",
            800,
            BY_NAMESPACE,
            everything(users(&["system:kube-controller-manager"])),
        ),
        schema(
            "kube-scheduler",
            "workload-high",
            800,
            BY_NAMESPACE,
            everything(users(&["system:kube-scheduler"])),
        ),
        schema(
            "kube-system-service-accounts",
            "workload-high",
            900,
            BY_NAMESPACE,
            everything(accounts(&["*"])),
        ),
        schema(
            "service-accounts",
            "workload-low",
            9000,
            BY_USER,
            everything(groups(&["system:serviceaccounts"])),
        ),
        schema(
            "global-default",
            "global-default",
            9900,
            BY_USER,
            everything(groups(EVERYBODY)),
        ),
    ];
    mandatory_schemas().into_iter().chain(suggested).collect()
}

/// Writes what is missing, and what is not as it must be.
pub async fn run(writer: &Writer) -> Result<(), Status> {
    let producer = writer.named(PRODUCER);
    let mandatory = |object: &Value| [EXEMPT, CATCH_ALL].contains(&meta::name(object));
    for (plural, objects) in [
        ("prioritylevelconfigurations", levels()),
        ("flowschemas", schemas()),
    ] {
        let kind = known(GROUP, "v1", plural);
        for object in objects {
            let forced = mandatory(&object);
            ensure(&producer, kind, object, forced).await?;
        }
    }
    mark_dangling(&writer.named(CONSUMER)).await
}

async fn ensure(
    writer: &Writer,
    kind: &'static Kind,
    mut object: Value,
    forced: bool,
) -> Result<(), Status> {
    meta::set_annotation(&mut object, AUTO_UPDATE, "true");
    let Some(found) = writer.ensure(kind, object.clone()).await? else {
        return Ok(());
    };
    let followed = meta::annotation(&found, AUTO_UPDATE).map(|value| value == "true");
    // One that was made before there was the annotation follows while nobody has changed it.
    let follows = forced || followed.unwrap_or(meta::generation(&found) == 1);
    defaults::apply(kind, &mut object);
    let annotated = !forced || followed == Some(true);
    if !follows || (found["spec"] == object["spec"] && annotated) {
        return Ok(());
    }
    writer
        .update(kind, "", meta::name(&object), |live| {
            live["spec"] = object["spec"].clone();
            meta::set_annotation(live, AUTO_UPDATE, "true");
        })
        .await
}

/// Tells of each flow schema whether its priority level is there.
async fn mark_dangling(writer: &Writer) -> Result<(), Status> {
    let registry = &writer.shared.registry;
    let levels = known(GROUP, "v1", "prioritylevelconfigurations");
    let kind = known(GROUP, "v1", "flowschemas");
    let levels = registry.list(levels, "", At::Current).await?;
    for schema in registry.list(kind, "", At::Current).await? {
        let level = schema["spec"]["priorityLevelConfiguration"]["name"]
            .as_str()
            .unwrap_or_default();
        let found = levels.iter().any(|one| meta::name(one) == level);
        let condition = dangling(level, found);
        let conditions = schema["status"]["conditions"].as_array();
        let known = conditions.and_then(|all| all.iter().find(|one| one["type"] == "Dangling"));
        let same = |one: &Value| {
            let fields = ["status", "reason", "message"];
            fields.iter().all(|field| one[*field] == condition[*field])
        };
        if known.is_some_and(same) {
            continue;
        }
        writer
            .update_status(kind, "", meta::name(&schema), |live| {
                let mut condition = condition.clone();
                condition["lastTransitionTime"] = meta::now_rfc3339().into();
                // Others' conditions are theirs.
                let all = live["status"]["conditions"].as_array().cloned();
                let others = all.into_iter().flatten();
                let others = others.filter(|one| one["type"] != "Dangling");
                live["status"]["conditions"] = others.chain([condition]).collect();
            })
            .await?;
    }
    Ok(())
}

fn dangling(level: &str, found: bool) -> Value {
    let about =
        format!("This FlowSchema references the PriorityLevelConfiguration object named {level:?}");
    match found {
        true => json!({"type": "Dangling", "status": "False", "reason": "Found",
            "message": format!("{about} and it exists")}),
        false => json!({"type": "Dangling", "status": "True", "reason": "NotFound",
            "message": format!("{about} but there is no such object")}),
    }
}
