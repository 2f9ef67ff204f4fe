//! Objects before and after their defaults.

use serde_json::{Value, json};

use super::*;

fn completed(group: &str, kind: &str, mut object: Value) -> Value {
    find(group, kind).unwrap_or_else(|| panic!("no defaults for {kind}"))(&mut object);
    object
}

#[test]
fn the_table_is_in_order() {
    for pair in DEFAULTS.windows(2) {
        assert!(
            (pair[0].0, pair[0].1) < (pair[1].0, pair[1].1),
            "{}",
            pair[1].1
        );
    }
}

#[test]
fn a_deployment_of_one_line_becomes_whole() {
    let object =
        json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "i"}]}}}});
    assert_eq!(
        completed("apps", "Deployment", object),
        json!({
            "spec": {
                "template": {
                    "spec": {
                        "containers": [{
                            "name": "c", "image": "i", "imagePullPolicy": "Always",
                            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
                            "resources": {},
                        }],
                        "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "securityContext": {},
                        "terminationGracePeriodSeconds": 30, "schedulerName": "default-scheduler",
                    },
                    "metadata": {},
                },
                "replicas": 1,
                "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
                "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
            },
            "status": {},
        })
    );
}

#[test]
fn zero_replicas_and_other_choices_stay() {
    let object = json!({"spec": {"replicas": 0, "paused": true, "strategy": {"type": "Recreate"}, "template": {"spec": {"terminationGracePeriodSeconds": 0}}}});
    let object = completed("apps", "Deployment", object);
    assert_eq!(object["spec"]["replicas"], 0);
    assert_eq!(object["spec"]["strategy"], json!({"type": "Recreate"}));
    assert_eq!(
        object["spec"]["template"]["spec"]["terminationGracePeriodSeconds"],
        0
    );
}

#[test]
fn a_pods_limits_become_its_requests() {
    let container = json!({"name": "c", "image": "i:1", "ports": [{"containerPort": 80}],
        "resources": {"limits": {"cpu": "2000m", "memory": "1024Mi"}, "requests": {"cpu": 0.1}}});
    let pod = completed(
        "",
        "Pod",
        json!({"spec": {"hostNetwork": true, "containers": [container]}}),
    );
    let container = &pod["spec"]["containers"][0];
    assert_eq!(
        container["resources"]["requests"],
        json!({"cpu": "100m", "memory": "1Gi"})
    );
    assert_eq!(
        container["resources"]["limits"],
        json!({"cpu": "2", "memory": "1Gi"})
    );
    assert_eq!(
        container["ports"],
        json!([{"containerPort": 80, "protocol": "TCP", "hostPort": 80}])
    );
    assert_eq!(pod["spec"]["enableServiceLinks"], true);
    let template = completed("apps", "ReplicaSet", json!({"spec": {"template": pod}}));
    assert_eq!(template["spec"]["replicas"], 1);
}

#[test]
fn requests_of_the_whole_pod_follow_its_containers_then_its_limits() {
    let spec = json!({
        "resources": {"limits": {"cpu": "4", "memory": "1Gi"}},
        "containers": [{"name": "a", "resources": {"requests": {"cpu": "1"}}}, {"name": "b", "resources": {"requests": {"cpu": "500m"}}}],
        "initContainers": [{"name": "i", "resources": {"requests": {"cpu": "1"}}}],
    });
    let pod = completed("", "Pod", json!({"spec": spec}));
    assert_eq!(
        pod["spec"]["resources"]["requests"],
        json!({"cpu": "1500m", "memory": "1Gi"})
    );
}

#[test]
fn huge_pages_of_the_whole_pod_are_those_of_its_containers() {
    let spec = json!({
        "resources": {"requests": {"cpu": "1"}},
        "containers": [{"name": "a", "resources": {"limits": {"hugepages-2Mi": "4Mi"}}},
            {"name": "b", "resources": {"limits": {"hugepages-2Mi": "2Mi", "cpu": "1"}}}],
    });
    let pod = completed("", "Pod", json!({"spec": spec}));
    assert_eq!(
        pod["spec"]["resources"],
        json!({"requests": {"cpu": "1", "hugepages-2Mi": "6Mi"}, "limits": {"hugepages-2Mi": "6Mi"}})
    );
}

#[test]
fn the_old_name_of_the_service_account_is_kept_in_step() {
    let account = |spec: Value| {
        let pod = completed("", "Pod", json!({"spec": spec}));
        (
            pod["spec"]["serviceAccountName"].clone(),
            pod["spec"]["serviceAccount"].clone(),
        )
    };
    assert_eq!(
        account(json!({"serviceAccount": "a"})),
        (json!("a"), json!("a"))
    );
    assert_eq!(
        account(json!({"serviceAccountName": "b"})),
        (json!("b"), json!("b"))
    );
    assert_eq!(
        account(json!({"serviceAccount": "a", "serviceAccountName": "b"})),
        (json!("b"), json!("b"))
    );
    assert_eq!(account(json!({})), (Value::Null, Value::Null));
}

#[test]
fn one_address_is_the_first_of_several() {
    let status = |status: Value| {
        let pod = completed("", "Pod", json!({"status": status}));
        (
            pod["status"]["podIP"].clone(),
            pod["status"]["podIPs"].clone(),
        )
    };
    let (one, list) = (
        json!("10.0.0.1"),
        json!([{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]),
    );
    assert_eq!(status(json!({"podIPs": list})), (one.clone(), list.clone()));
    assert_eq!(
        status(json!({"podIP": one, "podIPs": list})),
        (one, list.clone())
    );
    let other = json!("10.0.0.2");
    assert_eq!(
        status(json!({"podIP": other, "podIPs": list})),
        (other.clone(), json!([{"ip": other}]))
    );
    let node = completed("", "Node", json!({"spec": {"podCIDR": "10.1.0.0/24"}}));
    assert_eq!(node["spec"]["podCIDRs"], json!(["10.1.0.0/24"]));
}

#[test]
fn volumes_have_modes_and_types() {
    let volumes = json!([
        {"name": "a"},
        {"name": "b", "hostPath": {"path": "/"}},
        {"name": "c", "secret": {"secretName": "s"}},
        {"name": "d", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}},
            {"downwardAPI": {"items": [{"path": "p", "fieldRef": {"fieldPath": "metadata.name"}}]}}]}},
        {"name": "e", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}},
    ]);
    let pod = completed("", "Pod", json!({"spec": {"volumes": volumes}}));
    assert_eq!(
        pod["spec"]["volumes"],
        json!([
            {"name": "a", "emptyDir": {}},
            {"name": "b", "hostPath": {"path": "/", "type": ""}},
            {"name": "c", "secret": {"secretName": "s", "defaultMode": 420}},
            {"name": "d", "projected": {"defaultMode": 420, "sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 3600}},
                {"downwardAPI": {"items": [{"path": "p", "fieldRef": {"fieldPath": "metadata.name", "apiVersion": "v1"}}]}}]}},
            {"name": "e", "ephemeral": {"volumeClaimTemplate": {"spec": {"volumeMode": "Filesystem", "resources": {}}}}},
        ])
    );
}

#[test]
fn services() {
    let service = |spec: Value| completed("", "Service", json!({"spec": spec}))["spec"].clone();
    assert_eq!(
        service(json!({"ports": [{"port": 80}, {"port": 81, "targetPort": "http"}]})),
        json!({
            "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}, {"port": 81, "targetPort": "http", "protocol": "TCP"}],
            "sessionAffinity": "None", "type": "ClusterIP", "internalTrafficPolicy": "Cluster",
        })
    );
    let balanced = service(json!({"type": "LoadBalancer", "sessionAffinity": "ClientIP"}));
    assert_eq!(balanced["externalTrafficPolicy"], "Cluster");
    assert_eq!(balanced["allocateLoadBalancerNodePorts"], true);
    assert_eq!(
        balanced["sessionAffinityConfig"],
        json!({"clientIP": {"timeoutSeconds": 10800}})
    );
    assert_eq!(
        service(json!({"type": "ExternalName"})),
        json!({"type": "ExternalName", "sessionAffinity": "None"})
    );
    assert_eq!(
        service(json!({"externalIPs": ["1.2.3.4"]}))["externalTrafficPolicy"],
        "Cluster"
    );
}

#[test]
fn the_other_kinds() {
    let spec = |group: &str, kind: &str, spec: Value| {
        completed(group, kind, json!({"spec": spec}))["spec"].clone()
    };
    assert_eq!(
        completed("", "Namespace", json!({"metadata": {"name": "n"}})),
        json!({"metadata": {"name": "n", "labels": {"kubernetes.io/metadata.name": "n"}}, "spec": {}, "status": {"phase": "Active"}})
    );
    assert_eq!(
        completed("", "Secret", json!({})),
        json!({"type": "Opaque"})
    );
    let plain = json!({"data": {"a": "b2xk", "b": "eA=="}, "stringData": {"a": "new"}});
    assert_eq!(
        completed("", "Secret", plain),
        json!({"type": "Opaque", "data": {"a": "bmV3", "b": "eA=="}})
    );
    assert_eq!(
        completed(
            "",
            "Node",
            json!({"status": {"capacity": {"memory": "1024Ki"}}})
        )["status"],
        json!({"capacity": {"memory": "1Mi"}, "allocatable": {"memory": "1Mi"}})
    );
    let job = spec("batch", "Job", json!({"template": {"spec": {}}}));
    assert_eq!(
        (
            &job["completions"],
            &job["parallelism"],
            &job["backoffLimit"]
        ),
        (&json!(1), &json!(1), &json!(6))
    );
    assert_eq!(job["podReplacementPolicy"], "TerminatingOrFailed");
    assert_eq!(
        spec("batch", "Job", json!({"parallelism": 2}))["completions"],
        Value::Null
    );
    let cron = spec("batch", "CronJob", json!({}));
    assert_eq!(
        (
            &cron["concurrencyPolicy"],
            &cron["successfulJobsHistoryLimit"]
        ),
        (&json!("Allow"), &json!(3))
    );
    assert_eq!(cron["jobTemplate"]["spec"]["completions"], Value::Null);
    assert_eq!(
        spec("autoscaling", "HorizontalPodAutoscaler", json!({}))["metrics"][0]["resource"]["target"]
            ["averageUtilization"],
        80
    );
    assert_eq!(
        spec("networking.k8s.io", "NetworkPolicy", json!({}))["policyTypes"],
        json!(["Ingress"])
    );
    assert_eq!(
        spec(
            "networking.k8s.io",
            "NetworkPolicy",
            json!({"egress": [{}]})
        )["policyTypes"],
        json!(["Ingress", "Egress"])
    );
    assert_eq!(
        spec("", "PersistentVolume", json!({}))["persistentVolumeReclaimPolicy"],
        "Retain"
    );
    let sts = spec(
        "apps",
        "StatefulSet",
        json!({"volumeClaimTemplates": [{"metadata": {"name": "d"}}]}),
    );
    assert_eq!(
        sts["updateStrategy"],
        json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0, "maxUnavailable": 1}})
    );
    assert_eq!(
        sts["volumeClaimTemplates"][0]["status"],
        json!({"phase": "Pending"})
    );
    let limits = spec(
        "",
        "LimitRange",
        json!({"limits": [{"type": "Container", "max": {"cpu": "2"}, "min": {"memory": "1"}}]}),
    );
    assert_eq!(limits["limits"][0]["default"], json!({"cpu": "2"}));
    assert_eq!(
        limits["limits"][0]["defaultRequest"],
        json!({"cpu": "2", "memory": "1"})
    );
    let binding = json!({"roleRef": {"kind": "Role", "name": "r"}, "subjects": [{"kind": "User", "name": "u"}, {"kind": "ServiceAccount", "name": "s"}]});
    assert_eq!(
        completed("rbac.authorization.k8s.io", "RoleBinding", binding),
        json!({"roleRef": {"kind": "Role", "name": "r", "apiGroup": "rbac.authorization.k8s.io"},
            "subjects": [{"kind": "User", "name": "u", "apiGroup": "rbac.authorization.k8s.io"}, {"kind": "ServiceAccount", "name": "s"}]})
    );
    let webhooks = json!({"webhooks": [{"clientConfig": {"service": {}}, "rules": [{}]}]});
    assert_eq!(
        completed(
            "admissionregistration.k8s.io",
            "MutatingWebhookConfiguration",
            webhooks
        )["webhooks"][0],
        json!({"clientConfig": {"service": {"port": 443}}, "rules": [{"scope": "*"}], "failurePolicy": "Fail", "timeoutSeconds": 10,
            "matchPolicy": "Equivalent", "namespaceSelector": {}, "objectSelector": {}, "reinvocationPolicy": "Never"})
    );
    let crd = spec(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        json!({"names": {"kind": "Foo"}}),
    );
    assert_eq!(
        crd["names"],
        json!({"kind": "Foo", "singular": "foo", "listKind": "FooList"})
    );
    assert_eq!(
        completed("scheduling.k8s.io", "PriorityClass", json!({}))["preemptionPolicy"],
        "PreemptLowerPriority"
    );
}
