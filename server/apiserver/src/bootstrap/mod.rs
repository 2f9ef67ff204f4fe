//! What every cluster has: namespaces, roles and bindings, priority classes, the service `kubernetes`. Written at every
//! start, so that a new release brings its changes; what an administrator has changed stays.

mod authentication_info;
pub mod flow_control;
mod identity;
mod master;
mod policy;
mod roles;

pub use identity::Identity;

use std::sync::Arc;
use std::time::Duration;

use futures::future::try_join_all;
use knarr_api::kinds::Kind;
use knarr_api::status::Status;
use knarr_api::{defaults, meta};
use knarr_storage::At;
use serde_json::{Value, json};

use crate::aggregation::registration;
use crate::registry::strategy::Part;
use crate::registry::{known, store};
use crate::request::options::{DeleteOptions, Propagation};
use crate::server::Shared;
use crate::user::{MASTERS, UserInfo};

/// As upstream: how often the endpoints of the service `kubernetes` are looked at.
const RECONCILE_INTERVAL: Duration = Duration::from_secs(10);

/// After how many of these intervals the leases of servers that are gone are looked for: an hour, as upstream.
const INTERVALS_OF_COLLECTION: u32 = 360;

const NAMESPACES: &[&str] = &["default", "kube-system", "kube-public", "kube-node-lease"];

/// The name in managed fields, and the user, of what the server writes itself.
const MANAGER: &str = "kube-apiserver";

/// Name, value, description.
const PRIORITY_CLASSES: &[(&str, i64, &str)] = &[
    (
        "system-node-critical",
        2_000_001_000,
        "Used for system critical pods that must not be moved from their current node.",
    ),
    (
        "system-cluster-critical",
        2_000_000_000,
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    ),
];

/// Whether a priority class is one of Kubernetes itself.
pub fn is_system_class(name: &str) -> bool {
    PRIORITY_CLASSES.iter().any(|(known, _, _)| *known == name)
}

/// Writes everything that is missing.
pub async fn run(shared: &Arc<Shared>) -> Result<(), Status> {
    let writer = Writer::new(shared);
    let namespaces = known("", "v1", "namespaces");
    try_join_all(NAMESPACES.iter().map(|name| {
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        writer.ensure(namespaces, namespace)
    }))
    .await?;
    let classes = known("scheduling.k8s.io", "v1", "priorityclasses");
    try_join_all(PRIORITY_CLASSES.iter().map(|(name, value, description)| {
        let class = json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
            "metadata": {"name": name}, "value": value, "description": description,
            "preemptionPolicy": "PreemptLowerPriority"});
        writer.ensure(classes, class)
    }))
    .await?;
    policy::run(&writer).await?;
    authentication_info::run(&writer).await?;
    registration::start(&writer, &shared.config.served).await?;
    if shared.flow.is_fair() {
        flow_control::run(&writer).await?;
    }
    if has_lease(shared) {
        shared.identity.renew(&writer).await?;
    }
    master::run(&writer).await
}

/// Whether this server says by a lease that it is there.
fn has_lease(shared: &Shared) -> bool {
    shared.config.feature_gates.is_on("APIServerIdentity")
}

/// Keeps the lease of this server, the service `kubernetes` and its endpoints as they must be, until the server begins to
/// end: then it leaves the endpoints.
pub async fn keep(shared: Arc<Shared>) {
    let _left = shared.left.clone().drop_guard();
    let writer = Writer::new(&shared);
    let mut intervals = 0;
    loop {
        tokio::select! {
            () = tokio::time::sleep(RECONCILE_INTERVAL) => {}
            () = shared.ending.cancelled() => break,
            () = shared.cancel.cancelled() => return,
        }
        if has_lease(&shared)
            && let Err(status) = shared.identity.renew(&writer).await
        {
            tracing::warn!(error = %status.message, "cannot renew the lease of this server");
        }
        intervals = (intervals + 1) % INTERVALS_OF_COLLECTION;
        if intervals == 0
            && has_lease(&shared)
            && let Err(status) = identity::collect(&writer).await
        {
            tracing::warn!(error = %status.message, "cannot remove the leases of servers that are gone");
        }
        if let Err(status) = master::run(&writer).await {
            tracing::warn!(error = %status.message, "cannot reconcile the service kubernetes");
        }
        if let Err(status) = authentication_info::run(&writer).await {
            tracing::warn!(error = %status.message, "cannot reconcile what extension servers trust");
        }
        if shared.flow.is_fair()
            && let Err(status) = flow_control::run(&writer).await
        {
            tracing::warn!(error = %status.message, "cannot reconcile flow schemas and priority levels");
        }
    }
    if let Err(status) = master::leave(&writer).await {
        tracing::warn!(error = %status.message, "cannot leave the endpoints of the service kubernetes");
    }
}

/// Writes objects in the server's own name.
pub struct Writer {
    shared: Arc<Shared>,
    user: Arc<UserInfo>,
    manager: &'static str,
}

impl Writer {
    pub fn new(shared: &Arc<Shared>) -> Self {
        Self {
            shared: shared.clone(),
            user: Arc::new(UserInfo::authenticated("system:apiserver", [MASTERS])),
            manager: MANAGER,
        }
    }

    /// The same under another name in managed fields.
    fn named(&self, manager: &'static str) -> Self {
        Self {
            shared: self.shared.clone(),
            user: self.user.clone(),
            manager,
        }
    }

    /// Creates the object unless one of its name is there; answers the one that was there.
    pub async fn ensure(
        &self,
        kind: &'static Kind,
        mut object: Value,
    ) -> Result<Option<Value>, Status> {
        let (namespace, name) = (
            meta::namespace(&object).to_owned(),
            meta::name(&object).to_owned(),
        );
        let registry = &self.shared.registry;
        if let Some(found) = registry.find(kind, &namespace, &name, At::Current).await? {
            return Ok(Some(found));
        }
        defaults::apply(kind, &mut object);
        let mut warnings = Vec::new();
        let write = self.write(kind, &namespace, &name);
        match store::create(&write, store::Expected::Plain, object, &mut warnings).await {
            // Another server was first.
            Err(status) if status.reason == "AlreadyExists" => Ok(None),
            result => result.map(|_| None),
        }
    }

    /// Changes an object that is there.
    pub async fn update(
        &self,
        kind: &'static Kind,
        namespace: &str,
        name: &str,
        change: impl Fn(&mut Value) + Send + Sync,
    ) -> Result<(), Status> {
        let write = self.write(kind, namespace, name);
        Self::change(&write, change).await
    }

    /// Changes the status of an object that is there.
    pub async fn update_status(
        &self,
        kind: &'static Kind,
        namespace: &str,
        name: &str,
        change: impl Fn(&mut Value) + Send + Sync,
    ) -> Result<(), Status> {
        let write = store::Write {
            subresource: "status",
            part: Part::Status,
            ..self.write(kind, namespace, name)
        };
        Self::change(&write, change).await
    }

    async fn change(
        write: &store::Write<'_>,
        change: impl Fn(&mut Value) + Send + Sync,
    ) -> Result<(), Status> {
        let mut warnings = Vec::new();
        store::update(write, store::Expected::Plain, &mut warnings, |old, _| {
            let mut new = old.clone();
            meta::remove(&mut new, "resourceVersion");
            change(&mut new);
            Ok(new)
        })
        .await
        .map(drop)
    }

    /// The objects of a kind that are there.
    pub async fn list(&self, kind: &'static Kind) -> Result<Vec<Value>, Status> {
        self.shared.registry.list(kind, "", At::Current).await
    }

    /// Deletes an object, if it is there.
    pub async fn delete(
        &self,
        kind: &'static Kind,
        namespace: &str,
        name: &str,
    ) -> Result<(), Status> {
        let write = self.write(kind, namespace, name);
        let (options, mut warnings) = (DeleteOptions::default(), Vec::new());
        let deleted = store::delete(&write, &options, Propagation::Background, &mut warnings);
        match deleted.await {
            Err(status) if status.code != 404 => Err(status),
            _ => Ok(()),
        }
    }

    fn write<'a>(
        &'a self,
        kind: &'static Kind,
        namespace: &'a str,
        name: &'a str,
    ) -> store::Write<'a> {
        store::Write {
            shared: &self.shared,
            user: &self.user,
            kind,
            custom: None,
            requested: kind,
            namespace,
            name,
            subresource: "",
            part: Part::Main,
            manager: self.manager,
            dry_run: false,
            options: None,
            audit: None,
            elsewhere: None,
        }
    }
}
