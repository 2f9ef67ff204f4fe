//! What `kubectl get everything` and `kubectl tree` look through: every resource that can be listed, once.

use crate::{error::Result, mapper::Mapping, session::Session};

/// Resources that say nothing of their own: events are about others, metrics are measured on each request, and
/// endpoints repeat the endpoint slices.
const LEFT_OUT: &[&str] = &[
    "events",
    "metrics.k8s.io",
    "componentstatuses",
    "bindings",
    "endpoints",
    "leasecandidates",
];

/// The resources that can be listed; those of the whole cluster only on demand.
pub async fn mappings(session: &Session, cluster_too: bool) -> Result<Vec<Mapping>> {
    let discovery = session.mapper()?.discovery().await?;
    let mut found: Vec<Mapping> = Vec::new();
    for resource in discovery.preferred() {
        let listed = resource.verbs.iter().any(|verb| verb == "list");
        let left_out = LEFT_OUT.contains(&resource.name.as_str())
            || LEFT_OUT.contains(&resource.group.as_str());
        if resource.is_subresource() || !listed || left_out || !(resource.namespaced || cluster_too)
        {
            continue;
        }
        found.push(Mapping {
            group: resource.group.clone(),
            version: resource.version.clone(),
            plural: resource.name.clone(),
            singular: resource.singular.clone(),
            kind: resource.kind.clone(),
            namespaced: resource.namespaced,
        });
    }
    Ok(found)
}
