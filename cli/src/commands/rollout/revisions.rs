//! The revisions of a workload: replica sets of a deployment, controller revisions of the others.

use crate::{
    client::Request,
    error::{Error, Result},
    resource::Info,
    session::Session,
};
use knarr_api::{meta, selector::Selector};
use serde_json::{Value, json};

/// The annotation with the number of a replica set's revision.
pub const REVISION: &str = "deployment.kubernetes.io/revision";
const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// One revision: its number and the object that keeps it.
#[derive(Clone, Debug)]
pub struct Revision {
    pub number: i64,
    pub object: Value,
}

impl Revision {
    /// Why it was made, if someone said so.
    pub fn cause(&self) -> &str {
        meta::annotation(&self.object, CHANGE_CAUSE)
            .filter(|cause| !cause.is_empty())
            .unwrap_or("<none>")
    }

    /// The pod template with the cause of the revision among its annotations, for a page.
    pub fn shown(&self, workload: &Value) -> Value {
        let mut template = self.template(workload);
        if meta::kind(&self.object) != "ControllerRevision"
            && let Some(cause) = meta::annotation(&self.object, CHANGE_CAUSE)
            && !cause.is_empty()
        {
            template["metadata"]["annotations"][CHANGE_CAUSE] = cause.into();
        }
        template
    }

    /// The pod template of this revision.
    pub fn template(&self, workload: &Value) -> Value {
        match meta::kind(&self.object) == "ControllerRevision" {
            false => self.object["spec"]["template"].clone(),
            true => {
                let mut merged = workload["spec"].clone();
                knarr_api::patch::merge_patch(&mut merged, &self.object["data"]["spec"]);
                merged["template"].take()
            }
        }
    }
}

/// All revisions of a workload, the oldest first. `purpose` is named when the kind has none.
pub async fn of(session: &Session, info: &Info, purpose: &str) -> Result<Vec<Revision>> {
    let (resource, kind) = match info.mapping.kind.as_str() {
        "Deployment" => ("replicasets", "ReplicaSet"),
        "DaemonSet" | "StatefulSet" => ("controllerrevisions", "ControllerRevision"),
        kind => {
            return Err(Error::message(format!(
                "error retrieving {purpose} for {}, no visitor method exists for {{{} {kind}}}",
                json!(kind),
                info.mapping.group
            )));
        }
    };
    let client = session.client()?;
    let workload = client.send(Request::get(info.path()).typed()).await?;
    let mapping = session.mapper()?.resource(resource).await?;
    let selector = Selector::from_label_selector(&workload["spec"]["selector"])
        .map_err(|error| Error::message(error.to_string()))?;
    let request = Request::get(mapping.path(&info.namespace, ""))
        .typed()
        .query("labelSelector", selector.to_string());
    let list = client.send(request).await?;
    let uid = meta::uid(&workload);
    let mut revisions: Vec<Revision> = crate::resource::flatten(list)
        .into_iter()
        .filter(|object| meta::controller_of(object).is_some_and(|owner| owner["uid"] == uid))
        .map(|mut object| {
            let number = match kind {
                "ReplicaSet" => {
                    meta::annotation(&object, REVISION).and_then(|text| text.parse().ok())
                }
                _ => object["revision"].as_i64(),
            };
            object["kind"] = kind.into();
            Revision {
                number: number.unwrap_or(0),
                object,
            }
        })
        .collect();
    revisions.sort_by_key(|revision| revision.number);
    Ok(revisions)
}
