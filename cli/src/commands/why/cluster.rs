//! What is read from the cluster to explain one object.

use super::ingress;
use crate::{
    client::Request,
    commands::attachable,
    error::{Error, Result},
    mapper::Mapping,
    resource::{self, Info, Target},
    session::Session,
};
use knarr_api::meta;
use serde_json::Value;

/// The neighbourhood of an object. What may not be read is missing, and then nothing is said about it.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// The object's warnings, the latest last.
    pub warnings: Vec<Value>,
    /// The pods that the object selects or owns.
    pub pods: Vec<Info>,
    /// Kinds and names of what the object needs and what does not exist.
    pub missing: Vec<(&'static str, String)>,
    /// The claims that a pod uses.
    pub claims: Vec<Value>,
    /// The node that a pod is on.
    pub node: Option<Value>,
    pub storage_classes: Vec<Value>,
}

impl World {
    pub async fn gather(session: &Session, info: &Info) -> Result<Self> {
        let mut world = World {
            warnings: warnings(session, info).await?,
            ..Default::default()
        };
        match info.mapping.kind.as_str() {
            "Pod" => world.gather_pod(session, info).await?,
            "PersistentVolumeClaim" => {
                let path = "/apis/storage.k8s.io/v1/storageclasses";
                world.storage_classes = list(session, Request::get(path)).await?;
            }
            "Ingress" => world.gather_ingress(session, info).await?,
            _ => world.pods = pods(session, info).await?,
        }
        Ok(world)
    }

    async fn gather_ingress(&mut self, session: &Session, info: &Info) -> Result<()> {
        let encode = crate::client::encode;
        if let Some(class) = ingress::class(&info.object) {
            let path = "/apis/networking.k8s.io/v1/ingressclasses";
            if missing(session, &format!("{path}/{}", encode(class))).await? {
                self.missing.push(("IngressClass", class.to_owned()));
            }
        }
        let path = format!("/api/v1/namespaces/{}/services", encode(&info.namespace));
        for name in ingress::services(&info.object) {
            if missing(session, &format!("{path}/{}", encode(&name))).await? {
                self.missing.push(("Service", name));
            }
        }
        Ok(())
    }

    async fn gather_pod(&mut self, session: &Session, info: &Info) -> Result<()> {
        let namespace = crate::client::encode(&info.namespace);
        for (kind, plural, names) in [
            (
                "ConfigMap",
                "configmaps",
                super::pod::config_maps(&info.object),
            ),
            ("Secret", "secrets", super::pod::secrets(&info.object)),
        ] {
            for name in names {
                let path = format!(
                    "/api/v1/namespaces/{namespace}/{plural}/{}",
                    crate::client::encode(&name)
                );
                if missing(session, &path).await? {
                    self.missing.push((kind, name));
                }
            }
        }
        for name in super::pod::claims(&info.object) {
            let path = format!(
                "/api/v1/namespaces/{namespace}/persistentvolumeclaims/{}",
                crate::client::encode(&name)
            );
            if let Some(claim) = one(session, &path).await? {
                self.claims.push(claim);
            } else {
                self.missing.push(("PersistentVolumeClaim", name));
            }
        }
        if let Some(node) = info.object["spec"]["nodeName"].as_str() {
            let path = format!("/api/v1/nodes/{}", crate::client::encode(node));
            self.node = one(session, &path).await?;
        }
        Ok(())
    }
}

/// One object. `None`: it is not there, or may not be read.
async fn one(session: &Session, path: &str) -> Result<Option<Value>> {
    match session.client()?.send(Request::get(path)).await {
        Ok(object) => Ok(Some(object)),
        Err(error @ Error::Connection { .. }) => Err(error),
        Err(_) => Ok(None),
    }
}

async fn missing(session: &Session, path: &str) -> Result<bool> {
    match session.client()?.send(Request::get(path)).await {
        Err(error @ Error::Connection { .. }) => Err(error),
        answer => Ok(answer.is_err_and(|error| error.is_not_found())),
    }
}

async fn list(session: &Session, request: Request) -> Result<Vec<Value>> {
    match resource::list(session.client()?, request, 500).await {
        Ok(list) => Ok(resource::flatten(list)),
        Err(error @ Error::Connection { .. }) => Err(error),
        Err(_) => Ok(Vec::new()),
    }
}

async fn warnings(session: &Session, info: &Info) -> Result<Vec<Value>> {
    let path = match info.namespace.as_str() {
        "" => "/api/v1/events".to_owned(),
        namespace => format!(
            "/api/v1/namespaces/{}/events",
            crate::client::encode(namespace)
        ),
    };
    let selector = format!(
        "involvedObject.name={},involvedObject.kind={},type=Warning",
        info.name, info.mapping.kind
    );
    let mut events = list(session, Request::get(path).query("fieldSelector", selector)).await?;
    let uid = meta::uid(&info.object);
    events.retain(|event| {
        let about = event["involvedObject"]["uid"].as_str().unwrap_or_default();
        about.is_empty() || about == uid || info.mapping.kind == "Node"
    });
    events.sort_by_key(|event| {
        let time = event["lastTimestamp"]
            .as_str()
            .or_else(|| event["eventTime"].as_str());
        time.unwrap_or_default().to_owned()
    });
    Ok(events)
}

async fn pods(session: &Session, info: &Info) -> Result<Vec<Info>> {
    let Ok(selector) = attachable::workload_selector(info) else {
        return Ok(Vec::new());
    };
    let target = Target {
        mapping: Mapping::guessed("v1", "Pod"),
        name: String::new(),
    };
    let request =
        Request::get(target.mapping.path(&info.namespace, "")).query("labelSelector", selector);
    let found = list(session, request).await?;
    Ok(found.into_iter().map(|pod| target.info(pod)).collect())
}
