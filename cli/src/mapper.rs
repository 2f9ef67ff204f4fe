//! From what the user wrote (`deploy`, `deployments.apps`, `Deployment` in `apps/v1`) to the resource that the server
//! has. The stable kinds that every server has are known without asking; everything else comes from discovery.

use crate::{
    client::Client,
    discovery::{ApiResource, Discovery},
    error::{Error, Result},
    flags::GlobalArgs,
};
use knarr_api::{
    kinds::{self, Kind},
    quote::quote,
};
use std::{
    cell::{Cell, RefCell},
    path::PathBuf,
    rc::Rc,
};

/// A resource on the server: how to reach its objects.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mapping {
    pub group: String,
    pub version: String,
    pub plural: String,
    pub singular: String,
    pub kind: String,
    pub namespaced: bool,
}

impl Mapping {
    /// `v1`, or `group/version`.
    pub fn api_version(&self) -> String {
        kinds::api_version(&self.group, &self.version)
    }

    /// The path of the collection, or of one object when `name` is not empty.
    pub fn path(&self, namespace: &str, name: &str) -> String {
        let mut path = match self.group.as_str() {
            "" => format!("/api/{}", self.version),
            group => format!("/apis/{group}/{}", self.version),
        };
        if self.namespaced && !namespace.is_empty() {
            path.push_str("/namespaces/");
            path.push_str(&crate::client::encode(namespace));
        }
        path.push('/');
        path.push_str(&self.plural);
        if !name.is_empty() {
            path.push('/');
            path.push_str(&crate::client::encode(name));
        }
        path
    }

    /// `deployments.apps`, `pods`.
    pub fn qualified(&self) -> String {
        join(&self.plural, &self.group)
    }

    /// `deployment.apps`, `pod`: how an object is named in messages, before the slash.
    pub fn kind_prefix(&self) -> String {
        join(&self.kind.to_lowercase(), &self.group)
    }

    /// Group and kind, for comparisons.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.group == group && self.kind == kind
    }

    /// The resource of a kind that no server was asked about.
    pub fn guessed(api_version: &str, kind: &str) -> Self {
        let (group, version) = kinds::split_api_version(api_version);
        if let Some(known) = kinds::by_kind(group, version, kind) {
            return Mapping::of_kind(known);
        }
        let singular = kind.to_lowercase();
        Mapping {
            group: group.to_owned(),
            version: version.to_owned(),
            plural: format!("{singular}s"),
            singular,
            kind: kind.to_owned(),
            namespaced: true,
        }
    }

    fn of_kind(kind: &Kind) -> Self {
        Mapping {
            group: kind.group.to_owned(),
            version: kind.version.to_owned(),
            plural: kind.plural.to_owned(),
            singular: kind.singular.to_owned(),
            kind: kind.kind.to_owned(),
            namespaced: kind.namespaced,
        }
    }

    fn of_resource(resource: &ApiResource) -> Self {
        Mapping {
            group: resource.group.clone(),
            version: resource.version.clone(),
            plural: resource.name.clone(),
            singular: resource.singular.clone(),
            kind: resource.kind.clone(),
            namespaced: resource.namespaced,
        }
    }
}

fn join(name: &str, group: &str) -> String {
    match group {
        "" => name.to_owned(),
        group => format!("{name}.{group}"),
    }
}

/// Answers which resource is meant.
pub struct Mapper {
    client: Client,
    cache_dir: Option<PathBuf>,
    discovery: RefCell<Option<(Rc<Discovery>, bool)>>,
    /// Whether every server is taken to have what is [everywhere](is_everywhere), and whether that was made use of.
    assumes: Cell<bool>,
    assumed: Cell<bool>,
}

impl Mapper {
    pub fn new(client: Client, globals: &GlobalArgs) -> Self {
        Mapper {
            client,
            cache_dir: globals.cache_dir.clone(),
            discovery: RefCell::new(None),
            assumes: Cell::new(true),
            assumed: Cell::new(false),
        }
    }

    /// From now on the server is asked about every kind. `false` if nothing was taken for granted so far.
    pub fn doubt(&self) -> bool {
        self.assumes.set(false);
        self.assumed.replace(false)
    }

    /// A kind that need not be asked for.
    fn granted(&self, known: Option<&Kind>) -> Option<Mapping> {
        let known = known.filter(|_| self.assumes.get())?;
        self.assumed.set(true);
        Some(Mapping::of_kind(known))
    }

    /// What the server serves, perhaps a few hours old.
    pub async fn discovery(&self) -> Result<Rc<Discovery>> {
        Ok(self.loaded().await?.0)
    }

    /// What the server serves now.
    pub async fn refresh(&self) -> Result<Rc<Discovery>> {
        let fresh = Rc::new(Discovery::refresh(&self.client, self.cache_dir.as_deref()).await?);
        *self.discovery.borrow_mut() = Some((fresh.clone(), true));
        Ok(fresh)
    }

    /// What the server serves now, since something is not in what is known.
    async fn invalidate(&self) -> Result<Rc<Discovery>> {
        self.client
            .note(5, "discovery.go:214", "Invalidating discovery information");
        self.refresh().await
    }

    async fn loaded(&self) -> Result<(Rc<Discovery>, bool)> {
        let known = self.discovery.borrow().clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let (discovery, fresh) = Discovery::load(&self.client, self.cache_dir.as_deref()).await?;
        let loaded = (Rc::new(discovery), fresh);
        *self.discovery.borrow_mut() = Some(loaded.clone());
        Ok(loaded)
    }

    /// The resource, or for a category (`all`) the resources, that one word names.
    pub async fn resources(&self, word: &str) -> Result<Vec<Mapping>> {
        if let Some(known) = self.granted(builtin_resource(word)) {
            return Ok(vec![known]);
        }
        if word.is_empty() {
            return Err(Error::message(
                "the server doesn't have a resource type \"\"",
            ));
        }
        let (discovery, fresh) = self.loaded().await?;
        if let Some(found) = lookup(&discovery, word) {
            return Ok(found);
        }
        // A kind that was defined since the copy on disk was made.
        if !fresh && let Some(found) = lookup(&*self.invalidate().await?, word) {
            return Ok(found);
        }
        let resource = word.split('.').next().unwrap_or(word);
        Err(Error::message(format!(
            "the server doesn't have a resource type {}",
            quote(resource)
        )))
    }

    /// The one resource that a word names; a category counts as unknown.
    pub async fn resource(&self, word: &str) -> Result<Mapping> {
        let mut found = self.resources(word).await?;
        match found.len() {
            1 => Ok(found.remove(0)),
            _ => Err(Error::message(format!(
                "the server doesn't have a resource type {}",
                quote(word)
            ))),
        }
    }

    /// The preferred resource of a kind in a group.
    pub async fn group_kind(&self, group: &str, kind: &str) -> Result<Mapping> {
        let builtin = kinds::preferred()
            .find(|known| known.group == group && known.kind == kind)
            .filter(|known| is_everywhere(known));
        if let Some(known) = self.granted(builtin) {
            return Ok(known);
        }
        let find = |discovery: &Discovery| {
            let preferred = discovery.preferred();
            let mut resources = preferred.iter();
            let found = resources.find(|one| one.group == group && one.kind == kind);
            found.map(|resource| Mapping::of_resource(resource))
        };
        let (discovery, fresh) = self.loaded().await?;
        if let Some(found) = find(&discovery) {
            return Ok(found);
        }
        if !fresh && let Some(found) = find(&*self.invalidate().await?) {
            return Ok(found);
        }
        Err(Error::message(format!(
            "no matches for kind {} in group {}",
            quote(kind),
            quote(group)
        )))
    }

    /// The resource of a manifest's `apiVersion` and `kind`; the error is worded as upstream's `NoKindMatchError`.
    pub async fn kind(&self, api_version: &str, kind: &str) -> Result<Mapping> {
        let (group, version) = kinds::split_api_version(api_version);
        let builtin = kinds::by_kind(group, version, kind).filter(|known| is_everywhere(known));
        if let Some(known) = self.granted(builtin) {
            return Ok(known);
        }
        let find = |discovery: &Discovery| {
            let found = discovery.resources.iter().find(|resource| {
                resource.group == group
                    && resource.version == version
                    && resource.kind == kind
                    && !resource.is_subresource()
            });
            found.map(Mapping::of_resource)
        };
        let (discovery, fresh) = self.loaded().await?;
        if let Some(found) = find(&discovery) {
            return Ok(found);
        }
        if !fresh && let Some(found) = find(&*self.invalidate().await?) {
            return Ok(found);
        }
        Err(Error::message(format!(
            "no matches for kind {} in version {}",
            quote(kind),
            quote(api_version)
        )))
    }
}

/// Whether every server of the supported releases has the kind: a stable version, and none that was dropped.
fn is_everywhere(kind: &Kind) -> bool {
    const EVERYWHERE: &[&str] = &[
        "",
        "apps",
        "batch",
        "autoscaling",
        "networking.k8s.io",
        "rbac.authorization.k8s.io",
        "policy",
        "storage.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "scheduling.k8s.io",
        "apiextensions.k8s.io",
        "node.k8s.io",
        "admissionregistration.k8s.io",
        "apiregistration.k8s.io",
        "certificates.k8s.io",
    ];
    const NEW: &[&str] = &[
        "ServiceCIDR",
        "IPAddress",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "VolumeAttributesClass",
    ];
    let stable = kind.version == "v1" || (kind.group, kind.version) == ("autoscaling", "v2");
    stable
        && kind.deprecated.is_none()
        && EVERYWHERE.contains(&kind.group)
        && !NEW.contains(&kind.kind)
}

fn builtin_resource(word: &str) -> Option<&'static Kind> {
    let word = word.to_lowercase();
    let (name, group) = match word.split_once('.') {
        Some((name, group)) => (name, Some(group)),
        None => (word.as_str(), None),
    };
    kinds::preferred()
        .filter(|kind| is_everywhere(kind))
        .find(|kind| {
            let named =
                kind.plural == name || kind.singular == name || kind.short_names.contains(&name);
            named && group.is_none_or(|group| group == kind.group && !group.is_empty())
        })
}

fn lookup(discovery: &Discovery, word: &str) -> Option<Vec<Mapping>> {
    let preferred = discovery.preferred();
    let category: Vec<Mapping> = preferred
        .iter()
        .filter(|resource| resource.categories.iter().any(|category| category == word))
        .map(|resource| Mapping::of_resource(resource))
        .collect();
    if !category.is_empty() {
        return Some(category);
    }
    let word = word.to_lowercase();
    let mut parts = word.splitn(3, '.');
    let name = parts.next().unwrap_or_default();
    if let (Some(version), Some(group)) = (parts.next(), parts.next()) {
        let exact = discovery.resources.iter().find(|resource| {
            resource.version == version
                && resource.group == group
                && (is_named(resource, name)
                    || resource.short_names.iter().any(|short| short == name))
                && !resource.is_subresource()
        });
        if let Some(exact) = exact {
            return Some(vec![Mapping::of_resource(exact)]);
        }
    }
    let group = word.split_once('.').map(|(_, group)| group);
    let among = |wanted: &dyn Fn(&str) -> bool| {
        let by_name = preferred
            .iter()
            .find(|resource| wanted(&resource.group) && is_named(resource, name));
        let found = by_name.or_else(|| {
            preferred.iter().find(|resource| {
                wanted(&resource.group) && resource.short_names.iter().any(|short| short == name)
            })
        });
        found.map(|resource| vec![Mapping::of_resource(resource)])
    };
    match group {
        None => among(&|_| true),
        Some(group) => {
            among(&|known| known == group).or_else(|| among(&|known| known.starts_with(group)))
        }
    }
}

fn is_named(resource: &ApiResource, name: &str) -> bool {
    resource.name == name || resource.singular == name || resource.kind.to_lowercase() == name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_kinds_need_no_server() {
        for (word, want) in [
            ("po", "pods"),
            ("Pod", "pods"),
            ("ns", "namespaces"),
            ("deploy", "deployments"),
            ("deployments.apps", "deployments"),
            ("hpa", "horizontalpodautoscalers"),
            ("crd", "customresourcedefinitions"),
            ("ing", "ingresses"),
        ] {
            assert_eq!(builtin_resource(word).expect(word).plural, want);
        }
        assert!(builtin_resource("foo").is_none() && builtin_resource("all").is_none());
    }

    #[test]
    fn legacy_versions_are_asked_for() {
        let legacy = kinds::by_kind("apps", "v1beta1", "Deployment").expect("the table has it");
        assert!(!is_everywhere(legacy));
    }

    #[test]
    fn an_object_is_named_with_its_group() {
        let mapping = Mapping::of_kind(builtin_resource("deploy").expect("it is built in"));
        assert_eq!(mapping.kind_prefix(), "deployment.apps");
        assert_eq!(
            mapping.path("a", "b"),
            "/apis/apps/v1/namespaces/a/deployments/b"
        );
        assert_eq!(mapping.path("", ""), "/apis/apps/v1/deployments");
    }
}
