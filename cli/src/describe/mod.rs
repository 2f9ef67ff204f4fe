//! What `describe` says about an object: one page per kind, in the words and the layout of kubectl. Which kind has
//! which page is the table [`PAGES`]; any other kind gets the generic page with all its fields.

mod autoscaler;
mod certificate;
mod cluster;
mod events;
mod generic;
mod metadata;
mod network;
mod node;
pub mod page;
mod pod;
mod pod_spec;
mod policy;
mod storage;
mod volumes;
mod workload;

pub use metadata::rule_rows;

use crate::{client::Request, error::Result, printers::Tabs, resource::Info, session::Session};
use futures::future::LocalBoxFuture;
use page::Page;
use serde_json::Value;

/// Writes the page of one object.
type Writer = for<'a> fn(&'a Context<'a>, &'a mut Page) -> LocalBoxFuture<'a, Result<()>>;

/// What a page is made from.
struct Context<'a> {
    session: &'a Session,
    info: &'a Info,
    show_events: bool,
}

impl Context<'_> {
    fn object(&self) -> &Value {
        &self.info.object
    }

    fn spec(&self) -> &Value {
        &self.info.object["spec"]
    }

    fn status(&self) -> &Value {
        &self.info.object["status"]
    }
}

macro_rules! page {
    ($group:literal, $kind:literal, $function:path) => {
        ($group, $kind, |context, page| {
            Box::pin($function(context, page))
        })
    };
}

/// Group and kind, in alphabetical order, and what writes the page.
static PAGES: &[(&str, &str, Writer)] = &[
    page!("", "ConfigMap", metadata::config_map),
    page!("", "Endpoints", network::endpoints),
    page!("", "LimitRange", policy::limit_range),
    page!("", "Namespace", metadata::namespace),
    page!("", "Node", node::node),
    page!("", "PersistentVolume", storage::volume),
    page!("", "PersistentVolumeClaim", storage::claim),
    page!("", "Pod", pod::pod),
    page!(
        "",
        "ReplicationController",
        workload::replication_controller
    ),
    page!("", "ResourceQuota", policy::quota),
    page!("", "Secret", metadata::secret),
    page!("", "Service", network::service),
    page!("", "ServiceAccount", metadata::service_account),
    page!("apps", "DaemonSet", workload::daemon_set),
    page!("apps", "Deployment", workload::deployment),
    page!("apps", "ReplicaSet", workload::replica_set),
    page!("apps", "StatefulSet", workload::stateful_set),
    page!(
        "autoscaling",
        "HorizontalPodAutoscaler",
        autoscaler::horizontal
    ),
    page!("batch", "CronJob", workload::cron_job),
    page!("batch", "Job", workload::job),
    page!(
        "certificates.k8s.io",
        "CertificateSigningRequest",
        certificate::signing_request
    ),
    page!("discovery.k8s.io", "EndpointSlice", network::endpoint_slice),
    page!("networking.k8s.io", "IPAddress", cluster::ip_address),
    page!("networking.k8s.io", "Ingress", network::ingress),
    page!("networking.k8s.io", "IngressClass", cluster::ingress_class),
    page!("networking.k8s.io", "NetworkPolicy", policy::network_policy),
    page!("networking.k8s.io", "ServiceCIDR", cluster::service_cidr),
    page!("policy", "PodDisruptionBudget", policy::disruption_budget),
    page!("rbac.authorization.k8s.io", "ClusterRole", metadata::role),
    page!(
        "rbac.authorization.k8s.io",
        "ClusterRoleBinding",
        metadata::role_binding
    ),
    page!("rbac.authorization.k8s.io", "Role", metadata::role),
    page!(
        "rbac.authorization.k8s.io",
        "RoleBinding",
        metadata::role_binding
    ),
    page!(
        "scheduling.k8s.io",
        "PriorityClass",
        metadata::priority_class
    ),
    page!("storage.k8s.io", "CSINode", cluster::csi_node),
    page!("storage.k8s.io", "StorageClass", storage::class),
    page!(
        "storage.k8s.io",
        "VolumeAttributesClass",
        cluster::volume_attributes_class
    ),
];

/// Reads an object that stood in a list once more, as the writer of its page does upstream.
pub async fn read_again(session: &Session, info: &mut Info) -> Result<()> {
    let request = Request::get(info.named_path()?);
    let request = match writer(info) {
        Some(_) => request.typed(),
        None => request,
    };
    info.refresh(session.client()?.send(request).await?);
    Ok(())
}

/// What writes the page of an object's kind, if it has one of its own.
fn writer(info: &Info) -> Option<&'static Writer> {
    let mut known = PAGES.iter();
    let found = known.find(|(group, kind, _)| info.mapping.is(group, kind));
    found.map(|(_, _, write)| write)
}

/// The page of an object.
pub async fn page(session: &Session, info: &Info, show_events: bool) -> Result<String> {
    let context = Context {
        session,
        info,
        show_events,
    };
    let mut page = Page::default();
    match writer(info) {
        Some(write) => write(&context, &mut page).await?,
        None => generic::object(&context, &mut page).await?,
    }
    Ok(Tabs::describe().layout(&page.into_text()))
}

/// The page of a pod template alone, for `rollout history --revision`, which shows the tabs as they are.
pub fn pod_template_page(template: &Value) -> String {
    let mut page = Page::default();
    pod_spec::template(template, &mut page);
    page.into_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_names_known_kinds() {
        let keys: Vec<(&str, &str)> = PAGES
            .iter()
            .map(|(group, kind, _)| (*group, *kind))
            .collect();
        assert!(keys.is_sorted(), "{keys:?}");
        for (group, kind) in keys {
            let known = knarr_api::kinds::KINDS
                .iter()
                .any(|row| row.group == group && row.kind == kind);
            assert!(known, "{group} {kind}");
        }
    }
}
