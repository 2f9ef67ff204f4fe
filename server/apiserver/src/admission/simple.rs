//! The plugins that need only the object itself: AlwaysAdmit, AlwaysDeny, DenyServiceExternalIPs,
//! ExtendedResourceToleration, LimitPodHardAntiAffinityTopology.

use async_trait::async_trait;
use knarr_api::status::Status;
use serde_json::{Value, json};

use super::{Plugin, Request, pods};

/// Permits everything, as if it were not there.
pub struct AlwaysAdmit;

#[async_trait]
impl Plugin for AlwaysAdmit {
    fn name(&self) -> &'static str {
        "AlwaysAdmit"
    }

    fn handles(&self, _request: &Request<'_>) -> bool {
        false
    }
}

/// Refuses every write.
pub struct AlwaysDeny;

#[async_trait]
impl Plugin for AlwaysDeny {
    fn name(&self) -> &'static str {
        "AlwaysDeny"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        // What the server itself needs is written whatever is configured.
        request.options.is_some()
    }

    async fn validate(&self, request: &mut Request<'_>, _object: &Value) -> Result<(), Status> {
        Err(request.forbidden("admission control is denying all modifications"))
    }
}

/// Services get no external addresses that they did not have (CVE-2020-8554).
pub struct DenyServiceExternalIPs;

#[async_trait]
impl Plugin for DenyServiceExternalIPs {
    fn name(&self) -> &'static str {
        "DenyServiceExternalIPs"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.is("", "services") && request.writes()
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        let of = |service: &Value| -> Vec<Value> {
            service["spec"]["externalIPs"]
                .as_array()
                .cloned()
                .unwrap_or_default()
        };
        let before = request.old.map(of).unwrap_or_default();
        if of(object).iter().all(|ip| before.contains(ip)) {
            return Ok(());
        }
        Err(request.forbidden("Use of external IPs is denied by admission control"))
    }
}

/// A pod that asks for an extended resource tolerates the nodes that are tainted for it.
pub struct ExtendedResourceToleration;

#[async_trait]
impl Plugin for ExtendedResourceToleration {
    fn name(&self) -> &'static str {
        "ExtendedResourceToleration"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.is("", "pods") && request.writes()
    }

    async fn admit(&self, _request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        for name in extended(object) {
            pods::tolerate(object, json!({"key": name, "operator": "Exists"}));
        }
        Ok(())
    }
}

/// The extended resources that containers request, sorted.
fn extended(pod: &Value) -> Vec<String> {
    let names = pods::containers(pod)
        .filter(|(field, _, _)| *field != "ephemeralContainers")
        .filter_map(|(_, _, container)| container["resources"]["requests"].as_object())
        .flat_map(|requests| requests.keys());
    let mut names: Vec<String> = names
        .filter(|name| name.contains('/') && !name.contains("kubernetes.io/"))
        .cloned()
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// A pod keeps others away from its node, not from whole zones.
pub struct LimitPodHardAntiAffinityTopology;

#[async_trait]
impl Plugin for LimitPodHardAntiAffinityTopology {
    fn name(&self) -> &'static str {
        "LimitPodHardAntiAffinityTopology"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.is("", "pods") && request.writes()
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        const ALLOWED: &str = "kubernetes.io/hostname";
        let terms = &object["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
        for term in terms.as_array().into_iter().flatten() {
            let key = term["topologyKey"].as_str().unwrap_or_default();
            if key != ALLOWED {
                return Err(request.forbidden(format!(
                    "affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey {key} but only key {ALLOWED} is allowed"
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestServer;

    #[test]
    fn extended_resources_are_those_of_others() {
        let pod = json!({"spec": {"containers": [{"resources": {"requests":
            {"cpu": "1", "example.com/gpu": "1", "hugepages-2Mi": "2Mi"}}}]}});
        assert_eq!(extended(&pod), ["example.com/gpu"]);
    }

    #[tokio::test]
    async fn external_addresses_and_all_writes_are_refused_where_that_is_wanted() {
        let server = TestServer::with(|config| {
            config.admission.enable = vec!["DenyServiceExternalIPs".to_owned()];
        })
        .await;
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
            "spec": {"externalIPs": ["192.0.2.1"], "ports": [{"port": 80}]}});
        let services = "/api/v1/namespaces/default/services";
        assert_eq!(
            server.post(services, service).await.expect(403)["message"],
            "services \"s\" is forbidden: Use of external IPs is denied by admission control"
        );
        let server = TestServer::with(|config| {
            config.admission.enable = vec!["AlwaysDeny".to_owned()];
        })
        .await;
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
        assert_eq!(
            server
                .post("/api/v1/namespaces/default/configmaps", map)
                .await
                .expect(403)["message"],
            "configmaps \"a\" is forbidden: admission control is denying all modifications"
        );
    }
}
