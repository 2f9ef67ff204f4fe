//! Pods against levels, as functions and through the server.

use serde_json::{Value, json};

use super::checks;
use super::policy::{Configuration, Policy};
use crate::admission::AdmissionConfig;
use crate::testing::TestServer;

fn check(level: &str, version: &str, spec: Value, expected: &str) {
    let labels = json!({"pod-security.kubernetes.io/enforce": level,
        "pod-security.kubernetes.io/enforce-version": version});
    let namespace = json!({"metadata": {"labels": labels}});
    let policy = Policy::of(&namespace, &Configuration::default());
    let found = checks::evaluate(policy.enforce, &json!({"spec": spec}));
    assert_eq!(found.unwrap_or_default(), expected, "{spec}");
}

fn container(context: Value) -> Value {
    json!({"containers": [{"name": "c", "securityContext": context}]})
}

#[test]
fn a_plain_pod_is_fine_at_the_baseline_and_not_restricted() {
    check("baseline", "latest", container(json!({})), "");
    check(
        "restricted",
        "latest",
        container(json!({})),
        "allowPrivilegeEscalation != false (container \"c\" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container \"c\" must set securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true (pod or container \"c\" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container \"c\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")",
    );
}

#[test]
fn a_restricted_pod() {
    let mut spec =
        container(json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}));
    spec["securityContext"] =
        json!({"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}});
    spec["volumes"] = json!([{"name": "v", "emptyDir": {}}]);
    check("restricted", "latest", spec.clone(), "");
    spec["volumes"] = json!([{"name": "v", "hostPath": {"path": "/"}}]);
    check(
        "restricted",
        "latest",
        spec.clone(),
        "restricted volume types (volume \"v\" uses restricted volume type \"hostPath\")",
    );
    spec["volumes"] = json!([]);
    spec["containers"][0]["securityContext"]["runAsUser"] = 0.into();
    check(
        "restricted",
        "latest",
        spec.clone(),
        "runAsUser=0 (container \"c\" must not set runAsUser=0)",
    );
    check("restricted", "v1.22", spec, "");
}

#[test]
fn what_the_baseline_forbids() {
    let one = |spec: Value, expected: &str| check("baseline", "latest", spec, expected);
    one(
        container(json!({"privileged": true})),
        "privileged (container \"c\" must not set securityContext.privileged=true)",
    );
    one(
        json!({"hostNetwork": true, "hostIPC": true}),
        "host namespaces (hostNetwork=true, hostIPC=true)",
    );
    one(
        json!({"volumes": [{"name": "a", "hostPath": {}}, {"name": "b", "hostPath": {}}]}),
        "hostPath volumes (volumes \"a\", \"b\")",
    );
    one(
        json!({"containers": [{"name": "c", "ports": [{"hostPort": 80}]}]}),
        "hostPort (container \"c\" uses hostPort 80)",
    );
    one(
        container(json!({"capabilities": {"add": ["NET_ADMIN", "CHOWN"]}})),
        "non-default capabilities (container \"c\" must not include \"NET_ADMIN\" in securityContext.capabilities.add)",
    );
    one(
        container(json!({"procMount": "Unmasked"})),
        "procMount (container \"c\" must not set securityContext.procMount to \"Unmasked\")",
    );
    one(
        container(json!({"seLinuxOptions": {"type": "x_t", "user": "u"}})),
        "seLinuxOptions (container \"c\" set forbidden securityContext.seLinuxOptions: type \"x_t\"; user may not be set)",
    );
    one(
        json!({"securityContext": {"seccompProfile": {"type": "Unconfined"}}}),
        "seccompProfile (pod must not set securityContext.seccompProfile.type to \"Unconfined\")",
    );
    one(
        json!({"securityContext": {"sysctls": [{"name": "kernel.msgmax"}]}}),
        "forbidden sysctls (kernel.msgmax)",
    );
    one(
        json!({"securityContext": {"windowsOptions": {"hostProcess": true}}}),
        "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)",
    );
    one(
        container(json!({"appArmorProfile": {"type": "Unconfined"}})),
        "forbidden AppArmor profile (container \"c\" must not set AppArmor profile type to \"Unconfined\")",
    );
    one(
        json!({"containers": [{"name": "c", "livenessProbe": {"httpGet": {"host": "h"}}}]}),
        "probe or lifecycle host (container \"c\" uses probe or lifecycle host \"h\")",
    );
}

#[test]
fn versions_know_what_was_safe_then() {
    let spec = json!({"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_rmem"}]}});
    check("baseline", "v1.32", spec.clone(), "");
    check(
        "baseline",
        "v1.31",
        spec,
        "forbidden sysctls (net.ipv4.tcp_rmem)",
    );
}

const PODS: &str = "/api/v1/namespaces/secure/pods";

async fn server(exempt: &str) -> TestServer {
    let settings = json!({"apiVersion": "pod-security.admission.config.k8s.io/v1",
        "kind": "PodSecurityConfiguration", "exemptions": {"usernames": [exempt]}});
    let server = TestServer::with(|config| {
        config.admission = AdmissionConfig {
            disable: vec!["ServiceAccount".to_owned()],
            settings: [("PodSecurity".to_owned(), settings)].into(),
            ..AdmissionConfig::default()
        };
    })
    .await;
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "secure",
        "labels": {"pod-security.kubernetes.io/enforce": "baseline",
            "pod-security.kubernetes.io/warn": "restricted"}}});
    server
        .post("/api/v1/namespaces", namespace)
        .await
        .expect(201);
    server.get("/api/v1/namespaces/secure").await.expect(200);
    server
}

fn pod(name: &str, host_network: bool) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {"hostNetwork": host_network, "containers": [{"name": "c", "image": "i"}]}})
}

#[tokio::test]
async fn pods_are_refused_and_warned_of() {
    let server = server("nobody").await;
    let refused = server.post(PODS, pod("bad", true)).await.expect(403);
    assert_eq!(
        refused["message"],
        "pods \"bad\" is forbidden: violates PodSecurity \"baseline:latest\": host namespaces (hostNetwork=true)"
    );
    let fine = server.post(PODS, pod("fine", false)).await;
    let warning = fine.headers["warning"].to_str().unwrap();
    assert!(
        warning.starts_with(
            "299 - \"would violate PodSecurity \\\"restricted:latest\\\": allowPrivilegeEscalation"
        ),
        "{warning}"
    );
    fine.expect(201);
    let template = pod("", true);
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {
            "metadata": {"labels": {"a": "b"}}, "spec": template["spec"]}}});
    let workload = server
        .post("/apis/apps/v1/namespaces/secure/deployments", deployment)
        .await;
    assert!(workload.headers.contains_key("warning"));
    workload.expect(201);
}

#[tokio::test]
async fn exempt_users_do_as_they_like() {
    let server = server("admin").await;
    server.post(PODS, pod("bad", true)).await.expect(201);
    let path = "/api/v1/namespaces/secure";
    let stricter =
        json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}});
    let changed = server.patch("merge", path, stricter).await;
    let warnings: Vec<&str> = changed
        .headers
        .get_all("warning")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    assert_eq!(
        warnings,
        [
            "299 - \"existing pods in namespace \\\"secure\\\" violate the new PodSecurity enforce level \\\"restricted:latest\\\"\"",
            "299 - \"bad: host namespaces, allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile\"",
        ]
    );
    let nonsense = json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "x"}}});
    let refused = server.patch("merge", path, nonsense).await.expect(422);
    assert_eq!(
        refused["message"],
        "Namespace \"secure\" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \"x\": must be one of privileged, baseline, restricted"
    );
}
