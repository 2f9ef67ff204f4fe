//! PodNodeSelector: a namespace says on which nodes its pods may run
//! (<https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#podnodeselector>).

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use knarr_api::meta;
use knarr_api::status::Status;
use serde_json::Value;

use super::{Operation, Plugin, Request, matching};

/// Where a namespace says it.
const ANNOTATION: &str = "scheduler.alpha.kubernetes.io/node-selector";
/// The setting for namespaces that say nothing.
const DEFAULT: &str = "clusterDefaultNodeSelector";

/// The plugin; see the head of this file.
pub struct PodNodeSelector;

type Labels = BTreeMap<String, String>;

/// The settings: what pods of a namespace may ask for, and the default.
#[derive(Debug, Default)]
pub struct Selectors(HashMap<String, Labels>);

impl Selectors {
    /// Reads the plugin's settings.
    pub fn parse(settings: &Value) -> Result<Self, String> {
        let all = settings["podNodeSelectorPluginConfig"].as_object();
        let all = all.into_iter().flatten();
        all.map(|(namespace, selector)| {
            let selector = selector.as_str().unwrap_or_default();
            let labels = labels(selector).map_err(|why| format!("{namespace}: {why}"))?;
            Ok((namespace.clone(), labels))
        })
        .collect::<Result<_, String>>()
        .map(Self)
    }
}

/// `a=b,c=d`.
fn labels(selector: &str) -> Result<Labels, String> {
    let pairs = selector.split(',').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| match pair.split_once('=') {
            Some((key, value)) => Ok((key.trim().to_owned(), value.trim().to_owned())),
            None => Err(format!("invalid selector: {pair}")),
        })
        .collect()
}

fn conflicts(wanted: &Labels, pod: &Value) -> bool {
    let own = &pod["spec"]["nodeSelector"];
    let other =
        |(key, value): (&String, &String)| own[key].as_str().is_some_and(|own| own != value);
    wanted.iter().any(other)
}

/// What the pod's namespace wants of its nodes.
async fn wanted(request: &Request<'_>) -> Result<Labels, Status> {
    let namespace = matching::namespace(request, request.namespace).await?;
    match meta::annotation(&namespace, ANNOTATION) {
        Some(selector) => labels(selector).map_err(Status::internal),
        None => {
            let selectors = &request.shared.admission.node_selectors.0;
            Ok(selectors.get(DEFAULT).cloned().unwrap_or_default())
        }
    }
}

#[async_trait]
impl Plugin for PodNodeSelector {
    fn name(&self) -> &'static str {
        "PodNodeSelector"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.is("", "pods") && request.operation == Operation::Create
    }

    async fn admit(&self, request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        let wanted = wanted(request).await?;
        refuse_conflict(request, &wanted, object)?;
        for (key, value) in wanted {
            object["spec"]["nodeSelector"][key] = value.into();
        }
        Ok(())
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        refuse_conflict(request, &wanted(request).await?, object)?;
        let selectors = &request.shared.admission.node_selectors.0;
        let Some(permitted) = selectors
            .get(request.namespace)
            .filter(|permitted| !permitted.is_empty())
        else {
            return Ok(());
        };
        let own = object["spec"]["nodeSelector"].as_object();
        let outside = |(key, value): (&String, &Value)| {
            permitted.get(key).map(String::as_str) != value.as_str()
        };
        if own.into_iter().flatten().any(outside) {
            let why = "pod node label selector labels conflict with its namespace whitelist";
            return Err(request.forbidden(why));
        }
        Ok(())
    }
}

fn refuse_conflict(request: &Request<'_>, wanted: &Labels, pod: &Value) -> Result<(), Status> {
    if conflicts(wanted, pod) {
        let why = "pod node label selector conflicts with its namespace node label selector";
        return Err(request.forbidden(why));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::TestServer;

    #[tokio::test]
    async fn a_namespace_chooses_the_nodes_of_its_pods() {
        let server = TestServer::with(|config| {
            config.admission.enable.push("PodNodeSelector".to_owned());
            // Accounts are made by a controller.
            let off = &mut config.admission.disable;
            off.push("ServiceAccount".to_owned());
            let settings = json!({"podNodeSelectorPluginConfig":
                {"clusterDefaultNodeSelector": "zone=a", "own": "disk=ssd,zone=b"}});
            let own = &mut config.admission.settings;
            own.insert("PodNodeSelector".to_owned(), settings);
        })
        .await;
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "own",
            "annotations": {ANNOTATION: "disk=ssd"}}});
        server
            .post("/api/v1/namespaces", namespace)
            .await
            .expect(201);
        let create = async |namespace: &str, name: &str, selector: Value| {
            let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
                "spec": {"nodeSelector": selector, "containers": [{"name": "c", "image": "i"}]}});
            let path = format!("/api/v1/namespaces/{namespace}/pods");
            server.post(&path, pod).await
        };
        let pod = create("default", "a", Value::Null).await.expect(201);
        assert_eq!(pod["spec"]["nodeSelector"], json!({"zone": "a"}));
        let pod = create("own", "a", json!({"zone": "b"})).await.expect(201);
        assert_eq!(
            pod["spec"]["nodeSelector"],
            json!({"zone": "b", "disk": "ssd"})
        );
        assert_eq!(
            create("own", "b", json!({"disk": "hdd"})).await.message(),
            "pods \"b\" is forbidden: pod node label selector conflicts with its namespace node label selector"
        );
        assert_eq!(
            create("own", "b", json!({"zone": "c"})).await.message(),
            "pods \"b\" is forbidden: pod node label selector labels conflict with its namespace whitelist"
        );
    }

    #[test]
    fn faults_are_told() {
        let settings = json!({"podNodeSelectorPluginConfig": {"a": "b"}});
        assert_eq!(
            Selectors::parse(&settings).unwrap_err(),
            "a: invalid selector: b"
        );
        assert!(Selectors::parse(&Value::Null).unwrap().0.is_empty());
    }
}
