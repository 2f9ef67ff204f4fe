//! `apply --applyset` (KEP-3659): a parent object knows which kinds and namespaces hold the members of a set, a label
//! marks the members, and members that are in the files no more are pruned.

use super::Apply;
use crate::{
    client::{Request, log_line_of},
    error::{Error, Result},
    flags::DryRun,
    mapper::Mapping,
    printers::ResultPrinter,
    resource::{self, Info, Target},
    session::Session,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::Method;
use knarr_api::{meta, quote::quote};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashSet};

const TOOLING: &str = "applyset.kubernetes.io/tooling";
const NAMESPACES: &str = "applyset.kubernetes.io/additional-namespaces";
const KINDS: &str = "applyset.kubernetes.io/contains-group-kinds";
/// What the first versions of the specification had in place of kinds.
const RESOURCES: &str = "applyset.kubernetes.io/contains-group-resources";
const ID: &str = "applyset.kubernetes.io/id";
const PART_OF: &str = "applyset.kubernetes.io/part-of";
const PARENT_TYPE: &str = "applyset.kubernetes.io/is-parent-type";
const TOOL: &str = "kubectl";
const MANAGER: &str = "kubectl-applyset";

/// Whether sets are switched on; upstream calls them alpha.
pub fn is_enabled() -> bool {
    std::env::var("KUBECTL_APPLYSET")
        .is_ok_and(|value| matches!(crate::flags::parse_bool(&value), Ok(true)))
}

/// The kinds that a set holds or held, by `Kind.group`, and the namespaces of its members.
#[derive(Clone, Debug, Default)]
struct Extent {
    kinds: BTreeMap<String, Mapping>,
    namespaces: BTreeSet<String>,
}

/// A set and its parent object.
pub struct ApplySet {
    parent: Mapping,
    name: String,
    namespace: String,
    /// What the parent said when the operation began.
    before: Extent,
    after: Extent,
}

impl ApplySet {
    /// The set that a reference `[RESOURCE][.GROUP]/NAME` means.
    pub async fn parse(session: &Session, reference: &str) -> Result<Self> {
        let wrong = |why: &str| {
            let reference = quote(reference);
            Error::message(format!("invalid parent reference {reference}: {why}"))
        };
        let (resource, name) = reference.split_once('/').unwrap_or(("secrets", reference));
        if name.is_empty() {
            return Err(wrong("name cannot be blank"));
        }
        let parent = session.mapper()?.resource(resource).await;
        let parent = parent.map_err(|error| match error {
            Error::Message(_) => {
                let (resource, group) = resource.split_once('.').unwrap_or((resource, ""));
                wrong(&format!("no matches for {group}/, Resource={resource}"))
            }
            other => other,
        })?;
        // The namespace must be given: that of the kubeconfig is not what a set is known by.
        let namespace = match parent.namespaced && session.enforces_namespace() {
            true => session.namespace()?.to_owned(),
            false => String::new(),
        };
        Ok(ApplySet {
            parent,
            name: name.to_owned(),
            namespace,
            before: Extent::default(),
            after: Extent::default(),
        })
    }

    /// Refuses parents that may not be.
    pub async fn check(&self, session: &Session) -> Result<()> {
        let mut errors = Vec::new();
        if self.parent.namespaced && self.namespace.is_empty() {
            errors.push(Error::message(
                "namespace is required to use namespace-scoped ApplySet",
            ));
        }
        if !self.is_builtin() && !self.is_permitted(session).await? {
            let resource = quote(&format!(
                "{}/{}, Resource={}",
                self.parent.group, self.parent.version, self.parent.plural
            ));
            errors.push(Error::message(format!(
                "resource {resource} is not permitted as an ApplySet parent"
            )));
        }
        Error::all(errors)
    }

    fn is_builtin(&self) -> bool {
        self.parent.is("", "Secret") || self.parent.is("", "ConfigMap")
    }

    /// Whether the definition of a custom resource allows it to be a parent.
    async fn is_permitted(&self, session: &Session) -> Result<bool> {
        let path = Mapping::guessed("apiextensions.k8s.io/v1", "CustomResourceDefinition");
        let request = Request::get(path.path("", "")).query("labelSelector", PARENT_TYPE);
        let list = session.client()?.send(request).await?;
        let name = self.parent.qualified();
        let mut definitions = resource::flatten(list).into_iter();
        Ok(definitions.any(|one| meta::name(&one) == name))
    }

    /// `secrets./name`, as upstream names a parent.
    fn shown(&self) -> String {
        quote(&format!(
            "{}.{}/{}",
            self.parent.plural, self.parent.group, self.name
        ))
    }

    /// What members and the parent are labelled with.
    fn id(&self) -> String {
        let parts = [
            self.name.as_str(),
            &self.namespace,
            &self.parent.kind,
            &self.parent.group,
        ];
        let hash = Sha256::digest(parts.join("."));
        format!("applyset-{}-v1", URL_SAFE_NO_PAD.encode(hash))
    }

    /// Marks the objects as members.
    pub fn label(&self, infos: &mut [Info]) -> Result<()> {
        let id = self.id();
        for info in infos {
            if meta::label(&info.object, PART_OF).is_some() {
                return Err(Error::message(format!(
                    "ApplySet label {} already set in input data",
                    quote(PART_OF)
                )));
            }
            meta::set_label(&mut info.object, PART_OF, &id);
        }
        Ok(())
    }

    /// Reads the parent, and has it cover what is about to be applied, so that nothing is lost track of.
    pub(super) async fn begin(&mut self, apply: &Apply<'_>, infos: &[Info]) -> Result<()> {
        self.read_parent(apply.session).await?;
        for info in infos {
            let mapping = &info.mapping;
            let kinds = &mut self.after.kinds;
            kinds
                .entry(group_kind(mapping))
                .or_insert_with(|| mapping.clone());
            if mapping.namespaced && !info.namespace.is_empty() {
                self.after.namespaces.insert(info.namespace.clone());
            }
        }
        let mut both = self.after.clone();
        both.kinds.extend(self.before.kinds.clone());
        both.namespaces.extend(self.before.namespaces.clone());
        self.write_parent(apply, &both).await
    }

    async fn read_parent(&mut self, session: &Session) -> Result<()> {
        let path = self.parent.path(&self.namespace, &self.name);
        let parent = match session.client()?.send(Request::get(path)).await {
            Ok(parent) => parent,
            Err(error) if error.is_not_found() && self.is_builtin() => return Ok(()),
            Err(error) if error.is_not_found() => {
                return Err(Error::message(
                    "custom resource ApplySet parents cannot be created automatically",
                ));
            }
            Err(Error::Status(status)) => {
                return Err(Error::message(format!(
                    "failed to fetch ApplySet parent object {}: {}",
                    self.shown(),
                    status.message
                )));
            }
            Err(error) => return Err(error),
        };
        self.check_parent(&parent)?;
        self.before.kinds = kinds_of(session, &parent).await.map_err(|error| {
            Error::message(format!(
                "parsing ApplySet annotation on {}: {error}",
                self.shown()
            ))
        })?;
        let namespaces = meta::annotation(&parent, NAMESPACES).unwrap_or_default();
        let namespaces = namespaces.split(',').filter(|name| !name.is_empty());
        self.before.namespaces = namespaces.map(str::to_owned).collect();
        if self.parent.namespaced {
            self.before.namespaces.insert(self.namespace.clone());
        }
        Ok(())
    }

    /// Refuses a parent that is somebody else's.
    fn check_parent(&self, parent: &Value) -> Result<()> {
        let (shown, id) = (self.shown(), self.id());
        let Some(tooling) = meta::annotation(parent, TOOLING) else {
            return Err(Error::message(format!(
                "ApplySet parent object {shown} already exists and is missing required annotation {}",
                quote(TOOLING)
            )));
        };
        let tool = tooling.rsplit_once('/').map_or(tooling, |(tool, _)| tool);
        if tool != TOOL {
            return Err(Error::message(format!(
                "ApplySet parent object {shown} already exists and is managed by tooling {} instead of {}",
                quote(tool),
                quote(TOOL)
            )));
        }
        match meta::label(parent, ID) {
            None => Err(Error::message(format!(
                "ApplySet parent object {shown} exists and does not have required label {ID}"
            ))),
            Some(label) if label != id => Err(Error::message(format!(
                "ApplySet parent object {shown} exists and has incorrect value for label {} (got: {label}, want: {id})",
                quote(ID)
            ))),
            Some(_) => Ok(()),
        }
    }

    fn parent_with(&self, extent: &Extent) -> Value {
        let kinds: Vec<&str> = extent.kinds.keys().map(String::as_str).collect();
        let others = extent
            .namespaces
            .iter()
            .filter(|one| **one != self.namespace);
        let others: Vec<&str> = others.map(String::as_str).collect();
        let mut parent = json!({
            "apiVersion": self.parent.api_version(),
            "kind": self.parent.kind,
            "metadata": {
                "name": self.name,
                "annotations": {
                    TOOLING: format!("{TOOL}/{}", crate::commands::version::GIT_VERSION),
                    KINDS: kinds.join(","),
                    NAMESPACES: others.join(","),
                },
                "labels": {ID: self.id()},
            },
        });
        if !self.namespace.is_empty() {
            meta::set_namespace(&mut parent, &self.namespace);
        }
        parent
    }

    async fn write_parent(&self, apply: &Apply<'_>, extent: &Extent) -> Result<()> {
        if apply.dry_run == DryRun::Client {
            return Ok(());
        }
        let body = self.parent_with(extent).to_string().into_bytes();
        let path = self.parent.path(&self.namespace, &self.name);
        let send = async |force: bool| {
            let mut query = vec![
                ("fieldManager", MANAGER.to_owned()),
                apply.validation.clone(),
                ("force", force.to_string()),
            ];
            query.extend(apply.dry_run.query());
            let request = Request::new(Method::PATCH, path.as_str()).queries(query);
            let request = request.body("application/apply-patch+yaml", body.clone());
            apply.session.client()?.send(request).await
        };
        let written = match send(false).await {
            Err(error) if error.is_conflict() => {
                log_line_of(
                    'W',
                    "applyset.go:447",
                    &format!(
                        "WARNING: failed to update ApplySet: {error}\nApplySet field manager {MANAGER} should own \
                         these fields. Retrying with conflicts forced."
                    ),
                );
                send(true).await
            }
            other => other,
        };
        match written {
            Ok(_) => Ok(()),
            Err(error @ Error::Connection { .. }) => Err(error),
            Err(error) => Err(Error::message(format!(
                "failed to update ApplySet: {error}"
            ))),
        }
    }

    /// Deletes the members that were not applied, and has the parent cover what is left.
    pub(super) async fn prune(&self, apply: &Apply<'_>, applied: &[Info]) -> Result<()> {
        let kept: HashSet<&str> = applied.iter().map(|info| meta::uid(&info.object)).collect();
        let mut doomed = Vec::new();
        for mapping in self.before.kinds.values() {
            let namespaces = self.before.namespaces.iter().map(String::as_str);
            let places: Vec<&str> = match mapping.namespaced {
                true => namespaces.collect(),
                false => vec![""],
            };
            for namespace in places {
                let members = self.members(apply.session, mapping, namespace).await?;
                doomed.extend(
                    members
                        .into_iter()
                        .filter(|info| !kept.contains(meta::uid(&info.object))),
                );
            }
        }
        let mut printer = ResultPrinter::new(&apply.args.print, apply.dry_run.suffix())?;
        for info in doomed {
            let deleted = match apply.dry_run {
                DryRun::Client => Ok(Value::Null),
                DryRun::Server => apply.deletion.rehearse(apply.session, &info).await,
                DryRun::None => apply.deletion.delete(apply.session, &info).await,
            };
            deleted.map_err(|error| {
                let place = match info.namespace.as_str() {
                    "" => info.name.clone(),
                    namespace => format!("{namespace}/{}", info.name),
                };
                let kind = group_kind(&info.mapping);
                Error::message(format!("pruning {kind} {place}: {error}"))
            })?;
            printer.print(apply.session, &info, "pruned")?;
        }
        self.write_parent(apply, &self.after)
            .await
            .map_err(|error| {
                Error::message(format!(
                    "apply and prune succeeded, but ApplySet update failed: {error}"
                ))
            })
    }

    async fn members(
        &self,
        session: &Session,
        mapping: &Mapping,
        namespace: &str,
    ) -> Result<Vec<Info>> {
        let selector = format!("{PART_OF}={}", self.id());
        let request = Request::get(mapping.path(namespace, "")).query("labelSelector", selector);
        let list = session.client()?.send(request).await.map_err(|error| {
            Error::message(format!(
                "listing {}/{}, Kind={} objects for pruning: {error}",
                mapping.group, mapping.version, mapping.kind
            ))
        })?;
        let target = Target {
            mapping: mapping.clone(),
            name: String::new(),
        };
        let members = resource::flatten(list).into_iter();
        Ok(members.map(|object| target.info(object)).collect())
    }
}

/// `Deployment.apps`, `ConfigMap`.
fn group_kind(mapping: &Mapping) -> String {
    match mapping.group.as_str() {
        "" => mapping.kind.clone(),
        group => format!("{}.{group}", mapping.kind),
    }
}

/// The kinds that a parent's annotation names.
async fn kinds_of(session: &Session, parent: &Value) -> Result<BTreeMap<String, Mapping>> {
    let mapper = session.mapper()?;
    let mut found = BTreeMap::new();
    let words = |text: &'static str| {
        let text = meta::annotation(parent, text)?;
        Some(
            text.split(',')
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>(),
        )
    };
    if let Some(kinds) = words(KINDS) {
        for word in kinds {
            let (kind, group) = word.split_once('.').unwrap_or((word, ""));
            let mapping = mapper.group_kind(group, kind).await.map_err(|error| {
                Error::message(format!(
                    "could not find mapping for kind in {} annotation: {error}",
                    quote(KINDS)
                ))
            })?;
            found.insert(word.to_owned(), mapping);
        }
        return Ok(found);
    }
    let Some(resources) = words(RESOURCES).filter(|resources| !resources.is_empty()) else {
        return Err(Error::message(format!(
            "kubectl requires the {} annotation to be set on all ApplySet parent objects",
            quote(KINDS)
        )));
    };
    for word in resources {
        let mapping = mapper.resource(word).await.map_err(|error| {
            Error::message(format!(
                "invalid group resource in {} annotation: {error}",
                quote(RESOURCES)
            ))
        })?;
        found.insert(group_kind(&mapping), mapping);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> ApplySet {
        ApplySet {
            parent: Mapping::guessed("v1", "Secret"),
            name: "set1".to_owned(),
            namespace: "default".to_owned(),
            before: Extent::default(),
            after: Extent::default(),
        }
    }

    #[test]
    fn the_label_is_the_one_of_the_specification() {
        // What kubectl 1.36 gave to the secret `set1` in `default`.
        assert_eq!(
            set().id(),
            "applyset-TJSViJwF6UhFlL4bnPXMWRnXnH4yPVy5hhP1Y3SCHVU-v1"
        );
    }

    #[test]
    fn a_parent_of_another_tool_is_refused() {
        let parent = |tool: &str| json!({"metadata": {"annotations": {TOOLING: tool}, "labels": {ID: set().id()}}});
        assert!(set().check_parent(&parent("kubectl/v1.27")).is_ok());
        assert_eq!(
            set().check_parent(&parent("helm/v3")).map_err(|error| error.to_string()),
            Err("ApplySet parent object \"secrets./set1\" already exists and is managed by tooling \"helm\" instead of \
                 \"kubectl\"".to_owned())
        );
        assert!(set().check_parent(&json!({"metadata": {}})).is_err());
    }

    #[test]
    fn the_parent_names_kinds_and_other_namespaces() {
        let mut extent = Extent::default();
        for (version, kind) in [("v1", "ConfigMap"), ("apps/v1", "Deployment")] {
            let mapping = Mapping::guessed(version, kind);
            extent.kinds.insert(group_kind(&mapping), mapping);
        }
        extent.namespaces = ["default", "b", "a"].map(str::to_owned).into();
        let parent = set().parent_with(&extent);
        assert_eq!(
            meta::annotation(&parent, KINDS),
            Some("ConfigMap,Deployment.apps")
        );
        assert_eq!(meta::annotation(&parent, NAMESPACES), Some("a,b"));
    }
}
