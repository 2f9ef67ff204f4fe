//! Admission: what may be written, and what is filled in on the way. One plugin, one file; the table gives the order.

mod admin_access;
mod always_pull_images;
mod certificates;
mod classes;
mod configuration;
mod default_tolerations;
mod event_rate_limit;
mod limit_ranger;
mod matching;
mod namespace_lifecycle;
mod namespaces;
mod node_restriction;
mod owner_references;
mod param_access;
mod pod_node_selector;
mod pod_security;
mod pods;
mod policy;
mod priority;
mod rbac_escalation;
mod reinvocation;
mod resource_quota;
mod runtime_class;
mod service_account;
mod simple;
mod storage_objects;
mod taint_nodes;
mod versions;
mod webhook;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use knarr_api::kinds::Kind;
use knarr_api::status::Status;
use serde_json::Value;

use crate::audit::Recording;
use crate::authorization::{Attributes, Decision};
use crate::call::Call;
use crate::crd::Custom;
use crate::metrics::{Elsewhere, Step};
use crate::registry::store::Write;
use crate::registry::strategy::Part;
use crate::request::Options;
use crate::server::Shared;
use crate::user::UserInfo;
use reinvocation::Reinvocation;

pub use configuration::{AdmissionConfig, ConfigError};
pub use pod_security::TEMPLATES as POD_TEMPLATES;
pub use pods::CONTAINERS;

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Create,
    Update,
    Delete,
    /// exec, attach, portforward and proxy; the object holds the options of the connection.
    Connect,
}

impl Operation {
    /// As `AdmissionRequest` and the rules of webhooks write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
        }
    }
}

/// One write, as plugins see it. The object is in the stored form.
pub struct Request<'a> {
    pub shared: &'a Arc<Shared>,
    pub user: &'a Arc<UserInfo>,
    pub operation: Operation,
    pub kind: &'static Kind,
    /// The version that the client asked for.
    pub requested: &'static Kind,
    /// Set for custom resources.
    pub custom: Option<&'a Custom>,
    pub subresource: &'a str,
    pub namespace: &'a str,
    pub name: String,
    pub old: Option<&'a Value>,
    pub dry_run: bool,
    /// Of the verb; none for what the server writes itself.
    pub options: Option<&'a Options>,
    pub warnings: Vec<String>,
    /// Set when the request is recorded.
    pub audit: Option<&'a Recording>,
    /// Where it is noted how long others took.
    pub elsewhere: Option<&'a Elsewhere>,
    pub reinvocation: Reinvocation,
}

impl<'a> Request<'a> {
    /// Of a write.
    pub fn new(write: &Write<'a>, operation: Operation, old: Option<&'a Value>) -> Self {
        Self {
            shared: write.shared,
            user: write.user,
            operation,
            kind: write.kind,
            requested: write.requested,
            custom: write.custom,
            subresource: write.subresource,
            namespace: write.namespace,
            name: write.name.to_owned(),
            old,
            dry_run: write.dry_run,
            options: write.options,
            warnings: Vec::new(),
            audit: write.audit,
            elsewhere: write.elsewhere,
            reinvocation: Reinvocation::default(),
        }
    }

    /// Notes something for the audit log.
    pub fn annotate(&self, key: String, value: String) {
        if let Some(audit) = self.audit {
            audit.annotate(key, value);
        }
    }

    /// Others took so long over the request.
    pub fn waited(&self, time: Duration) {
        if let Some(elsewhere) = self.elsewhere {
            elsewhere.add(time);
        }
    }

    /// True for the main resource of this group and plural.
    pub fn is(&self, group: &str, plural: &str) -> bool {
        self.subresource.is_empty() && self.is_of(group, plural)
    }

    /// True for this group and plural, and all that hangs below it.
    pub fn is_of(&self, group: &str, plural: &str) -> bool {
        self.kind.group == group && self.kind.plural == plural
    }

    /// True for a namespace and all that hangs below it.
    pub fn is_namespace(&self) -> bool {
        self.is_of("", "namespaces")
    }

    /// True for a creation or an update.
    pub fn writes(&self) -> bool {
        matches!(self.operation, Operation::Create | Operation::Update)
    }

    /// Whether the user may do something else, too.
    pub async fn authorize(&self, attributes: &Attributes<'_>) -> Decision {
        let shared = self.shared;
        shared
            .authorizer
            .authorize(&shared.registry, attributes)
            .await
    }

    /// 403: `pods "x" is forbidden: WHY`.
    pub fn forbidden(&self, why: impl std::fmt::Display) -> Status {
        Status::forbidden(self.kind.group, self.kind.plural, &self.name, why)
    }
}

/// One admission plugin. It is only called for the writes that it handles.
#[async_trait]
pub trait Plugin: Send + Sync {
    /// The name by which upstream's `--enable-admission-plugins` knows it.
    fn name(&self) -> &'static str;

    /// Whether the plugin looks at such a write at all.
    fn handles(&self, request: &Request<'_>) -> bool;

    /// Changes the object, or refuses. Of a deletion the object is null. It may be called twice for one write. It is
    /// only called if the table says so.
    async fn admit(&self, _request: &mut Request<'_>, _object: &mut Value) -> Result<(), Status> {
        Ok(())
    }

    /// Refuses, or not. Of a deletion the object is `request.old`. It is only called if the table says so.
    async fn validate(&self, _request: &mut Request<'_>, _object: &Value) -> Result<(), Status> {
        Ok(())
    }
}

/// Whether a plugin is on when no flag names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    On,
    Off,
}

use self::Default::{Off, On};
use Step::{Admit, Validate};

/// Whether it is on by default, and what it has a say in.
type Row = (Default, &'static [Step], &'static dyn Plugin);

/// All plugins, in upstream's order (pkg/kubeapiserver/options/plugins.go), with what is on by default. NodeRestriction
/// is off there, and turned on by every installer: the Node authorizer of this server needs it.
pub const PLUGINS: &[Row] = &[
    (Off, &[], &simple::AlwaysAdmit),
    (Off, &[Admit], &namespaces::NamespaceAutoProvision),
    (
        On,
        &[Admit, Validate],
        &namespace_lifecycle::NamespaceLifecycle,
    ),
    (Off, &[Validate], &namespaces::NamespaceExists),
    (Off, &[Validate], &simple::LimitPodHardAntiAffinityTopology),
    (On, &[Admit, Validate], &limit_ranger::LimitRanger),
    (On, &[Admit, Validate], &service_account::ServiceAccount),
    (On, &[Validate], &node_restriction::NodeRestriction),
    (On, &[Admit], &taint_nodes::TaintNodesByCondition),
    (
        Off,
        &[Admit, Validate],
        &always_pull_images::AlwaysPullImages,
    ),
    (On, &[Validate], &pod_security::PodSecurity),
    (Off, &[Admit, Validate], &pod_node_selector::PodNodeSelector),
    (On, &[Admit, Validate], &priority::Priority),
    (On, &[Admit], &default_tolerations::DefaultTolerationSeconds),
    (Off, &[Validate], &event_rate_limit::EventRateLimit),
    (Off, &[Admit], &simple::ExtendedResourceToleration),
    (On, &[Admit], &classes::DefaultStorageClass),
    (On, &[Admit], &storage_objects::StorageObjectInUseProtection),
    (
        Off,
        &[Validate],
        &owner_references::OwnerReferencesPermissionEnforcement,
    ),
    (
        On,
        &[Validate],
        &storage_objects::PersistentVolumeClaimResize,
    ),
    (On, &[Admit, Validate], &runtime_class::RuntimeClass),
    (On, &[Validate], &certificates::CertificateApproval),
    (On, &[Validate], &certificates::CertificateSigning),
    (On, &[Validate], &certificates::ClusterTrustBundleAttest),
    (
        On,
        &[Validate],
        &certificates::CertificateSubjectRestriction,
    ),
    (On, &[Admit], &classes::DefaultIngressClass),
    (Off, &[Validate], &simple::DenyServiceExternalIPs),
    (On, &[Admit], &policy::MutatingAdmissionPolicy),
    (On, &[Admit], &webhook::MutatingAdmissionWebhook),
    (On, &[Validate], &policy::ValidatingAdmissionPolicy),
    (On, &[Validate], &webhook::ValidatingAdmissionWebhook),
    (On, &[Validate], &resource_quota::ResourceQuota),
    (Off, &[Validate], &simple::AlwaysDeny),
];

/// What no flag turns off: checks that upstream makes in the storage of a kind.
const ALWAYS: &[&dyn Plugin] = &[
    &rbac_escalation::RbacEscalation,
    &admin_access::AdminAccess,
    &param_access::ParamAccess,
    &certificates::PodCertificateSigning,
];

/// The chain of plugins, and what they keep between writes.
pub struct Admission {
    admitting: Vec<&'static dyn Plugin>,
    validating: Vec<&'static dyn Plugin>,
    mutating_hooks: webhook::Hooks,
    validating_hooks: webhook::Hooks,
    quota_locks: resource_quota::Locks,
    event_limits: event_rate_limit::Limits,
    node_selectors: pod_node_selector::Selectors,
    pod_security: pod_security::Configuration,
    mutating_policies: policy::Policies,
    validating_policies: policy::Policies,
}

impl Admission {
    /// The plugins that the configuration turns on.
    pub fn new(config: &AdmissionConfig) -> Result<Self, ConfigError> {
        let rows = config.plugins()?;
        let of = |step| {
            let rows = rows.iter().filter(|(_, steps, _)| steps.contains(&step));
            rows.map(|(_, _, plugin)| *plugin).collect()
        };
        Ok(Self {
            admitting: of(Admit),
            validating: of(Validate),
            mutating_hooks: webhook::Hooks::mutating(),
            validating_hooks: webhook::Hooks::validating(),
            quota_locks: resource_quota::Locks::default(),
            event_limits: config.typed("EventRateLimit", event_rate_limit::Limits::parse)?,
            node_selectors: config.typed("PodNodeSelector", pod_node_selector::Selectors::parse)?,
            pod_security: config.typed("PodSecurity", pod_security::Configuration::parse)?,
            mutating_policies: policy::Policies::mutating(),
            validating_policies: policy::Policies::validating(),
        })
    }

    /// Lets every plugin change the object; twice, if one of them asks for it.
    pub async fn admit(&self, request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        let began = Instant::now();
        let mut result = self.round(request, object).await;
        if result.is_ok() && request.reinvocation.wanted {
            request.reinvocation.second = true;
            result = self.round(request, object).await;
        }
        let metrics = &request.shared.metrics.admission;
        let rejected = result.is_err();
        metrics.step(Step::Admit, request.operation, rejected, began.elapsed());
        result
    }

    /// Both, for what nothing comes between.
    pub async fn both(&self, request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        self.admit(request, object).await?;
        self.validate(request, object).await
    }

    async fn round(&self, request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        let mut clock = Instant::now();
        for plugin in &self.admitting {
            if plugin.handles(request) {
                let result = plugin.admit(request, object).await;
                measured(*plugin, Step::Admit, request, &mut clock, &result);
                result?;
            }
        }
        Ok(())
    }

    /// Asks every plugin whether the result is permitted.
    pub async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        let began = Instant::now();
        let result = self.validate_all(request, object).await;
        let metrics = &request.shared.metrics.admission;
        let rejected = result.is_err();
        metrics.step(Step::Validate, request.operation, rejected, began.elapsed());
        result
    }

    async fn validate_all(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        for plugin in ALWAYS {
            if plugin.handles(request) {
                plugin.validate(request, object).await?;
            }
        }
        let mut clock = Instant::now();
        for plugin in &self.validating {
            if plugin.handles(request) {
                let result = plugin.validate(request, object).await;
                measured(*plugin, Step::Validate, request, &mut clock, &result);
                result?;
            }
        }
        Ok(())
    }
}

/// Counts what a plugin took: all since the one before it had its say.
fn measured(
    plugin: &dyn Plugin,
    step: Step,
    request: &Request<'_>,
    clock: &mut Instant,
    result: &Result<(), Status>,
) {
    let metrics = &request.shared.metrics.admission;
    let (name, operation) = (plugin.name(), request.operation);
    let now = Instant::now();
    metrics.plugin(name, step, operation, result.is_err(), now - *clock);
    *clock = now;
}

/// Admits what is created and not stored: reviews, bindings, evictions, requests for tokens.
pub async fn created(call: &mut Call, object: &mut Value) -> Result<(), Status> {
    unstored(call, Operation::Create, None, object).await
}

/// Admits what passes by without being stored as it is.
pub async fn unstored(
    call: &mut Call,
    operation: Operation,
    old: Option<&Value>,
    object: &mut Value,
) -> Result<(), Status> {
    let name = match knarr_api::meta::name(object) {
        "" => call.info.name.clone(),
        name => name.to_owned(),
    };
    let write = call.write(&name, Part::Other);
    let mut request = Request::new(&write, operation, old);
    let admitted = call.shared.admission.both(&mut request, object).await;
    let warnings = request.warnings;
    call.warnings.extend(warnings);
    admitted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_plugin_is_named_twice() {
        let mut names: Vec<_> = PLUGINS.iter().map(|(_, _, plugin)| plugin.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PLUGINS.len());
    }
}
