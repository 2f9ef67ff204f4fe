//! References by name, which follow when names and namespaces change.

use super::{
    config::NameReference,
    error::{Error, Result},
    fieldspec::{Create, FieldSpec},
    id::{Gvk, ResId},
    resmap::ResMap,
    resource::Resource,
};
use knarr_api::yaml;
use serde_json::Value;
use std::collections::HashSet;

/// Brings all references up to date.
pub fn update(map: &mut ResMap, references: &[NameReference]) -> Result<()> {
    let before = map.resources.clone();
    for index in 0..before.len() {
        let original = before[index].original_id();
        let candidates = candidates(&before, &before[index]);
        for reference in references {
            let places = reference
                .referrers
                .iter()
                .filter(|place| original.gvk.is_selected(&place.gvk()));
            for place in places {
                let referrer = Referrer {
                    resource: &before[index],
                    id: before[index].current_id(),
                    role: role_of(&before[index], place),
                    kind: &reference.gvk,
                    candidates: &candidates,
                };
                referrer.follow(place, &mut map.resources[index].object)?;
            }
        }
    }
    Ok(())
}

/// The objects that one may refer to: of the whole cluster, of its namespace, or of a namespace that a role binding
/// names.
fn candidates<'r>(all: &'r [Resource], referrer: &Resource) -> Vec<&'r Resource> {
    let own = referrer.current_id();
    if own.gvk.is_cluster_scoped() {
        return all.iter().collect();
    }
    let mut bound: HashSet<&str> = HashSet::new();
    if own.gvk.kind == "RoleBinding" {
        let subjects = referrer.object["subjects"].as_array();
        for subject in subjects.into_iter().flatten() {
            if subject["kind"] == "ServiceAccount" {
                bound.extend(subject["namespace"].as_str());
            }
        }
    }
    all.iter()
        .filter(|candidate| {
            let id = candidate.current_id();
            id.gvk.is_cluster_scoped()
                || id.in_same_namespace(&own)
                || bound.contains(candidate.namespace())
        })
        .collect()
}

/// The group and kind that a role binding names, for its `roleRef`.
fn role_of(resource: &Resource, place: &FieldSpec) -> Option<Gvk> {
    if !place.path.ends_with("roleRef/name") {
        return None;
    }
    let role = &resource.object["roleRef"];
    Some(Gvk::new(
        role["apiGroup"].as_str()?,
        "",
        role["kind"].as_str()?,
    ))
}

struct Referrer<'a> {
    resource: &'a Resource,
    id: ResId,
    role: Option<Gvk>,
    kind: &'a Gvk,
    candidates: &'a [&'a Resource],
}

impl Referrer<'_> {
    fn follow(&self, place: &FieldSpec, object: &mut Value) -> Result<()> {
        let anywhere = FieldSpec {
            path: place.path.clone(),
            ..Default::default()
        };
        anywhere
            .apply(object, Create::Nothing, &mut |value| self.set(value))
            .map_err(|error| {
                error.within(format!(
                    "updating name reference in '{}' field of '{}'",
                    place.path, self.id
                ))
            })
    }

    fn set(&self, value: &mut Value) -> Result<()> {
        match value {
            Value::Null => Ok(()),
            Value::Object(_) => self.set_map(value),
            Value::Array(items) => items.iter_mut().try_for_each(|item| match item {
                Value::Object(_) => self.set_map(item),
                Value::Array(_) => Err(Error::text(
                    "node is expected to be either a string or a map of string",
                )),
                _ => self.set_name(item),
            }),
            _ => self.set_name(value),
        }
    }

    fn set_name(&self, value: &mut Value) -> Result<()> {
        let Some(old) = value.as_str() else {
            return Ok(());
        };
        let same = |one: &Resource, other: &Resource| one.name() == other.name();
        if let Some(found) = self.select(old, self.candidates, same)? {
            *value = Value::from(found.name());
        }
        Ok(())
    }

    /// A map of name and namespace.
    fn set_map(&self, value: &mut Value) -> Result<()> {
        let Some(old) = value.get("name") else {
            return Err(Error::text("path config error; no 'name' field in node"));
        };
        let old = old.as_str().unwrap_or_default().to_owned();
        let narrowed;
        let candidates = match value.get("namespace").and_then(Value::as_str) {
            None => self.candidates,
            Some(namespace) => {
                narrowed = self.in_namespace(namespace);
                &narrowed
            }
        };
        let same = |one: &Resource, other: &Resource| {
            one.name() == other.name() && one.namespace() == other.namespace()
        };
        let Some(found) = self.select(&old, candidates, same)? else {
            return Ok(());
        };
        if found.name() == old && found.namespace().is_empty() {
            return Ok(());
        }
        if let Some(map) = value.as_object_mut() {
            map.insert("name".to_owned(), Value::from(found.name()));
            if !found.namespace().is_empty() {
                map.insert("namespace".to_owned(), Value::from(found.namespace()));
            }
        }
        Ok(())
    }

    /// The candidates that were in a namespace originally, or else are in it now.
    fn in_namespace(&self, namespace: &str) -> Vec<&Resource> {
        let of = |id: fn(&Resource) -> ResId| -> Vec<&Resource> {
            self.candidates
                .iter()
                .copied()
                .filter(|candidate| {
                    let id = id(candidate);
                    !id.gvk.is_cluster_scoped() && id.effective_namespace() == namespace
                })
                .collect()
        };
        match of(Resource::original_id) {
            found if !found.is_empty() => found,
            _ => of(Resource::current_id),
        }
    }

    /// The one object that is meant by a name. `None`: there is none, or nothing has changed.
    fn select<'r>(
        &self,
        old: &str,
        candidates: &[&'r Resource],
        same: impl Fn(&Resource, &Resource) -> bool,
    ) -> Result<Option<&'r Resource>> {
        let mut found: Vec<&Resource> = candidates
            .iter()
            .copied()
            .filter(|candidate| {
                let ids = candidate.previous_ids();
                ids.iter().any(|id| id.name == old)
                    && ids.iter().any(|id| id.gvk.is_selected(self.kind))
                    && self
                        .role
                        .as_ref()
                        .is_none_or(|role| ids.iter().any(|id| id.gvk.is_selected(role)))
                    && self.can_see(candidate)
            })
            .collect();
        for allow_empty in [true, false] {
            if found.len() > 1 {
                found.retain(|candidate| candidate.same_affixes(self.resource, allow_empty));
            }
        }
        match found.as_slice() {
            [] => Ok(None),
            [first, rest @ ..] if rest.iter().all(|other| same(first, other)) => Ok(Some(first)),
            many => Err(self.ambiguous(many)),
        }
    }

    fn can_see(&self, candidate: &Resource) -> bool {
        let id = candidate.current_id();
        self.id.gvk.is_cluster_scoped()
            || id.gvk.is_cluster_scoped()
            || id.gvk.kind == "ServiceAccount"
            || id.in_same_namespace(&self.id)
    }

    fn ambiguous(&self, found: &[&Resource]) -> Error {
        let ids: Vec<String> = found
            .iter()
            .map(|resource| resource.current_id().to_string())
            .collect();
        let mut text = format!(
            "found multiple possible referrals: {}\n\n**** Too many possible referral targets to referrer:\n{}\n",
            ids.join(", "),
            yaml::to_string(&self.resource.annotated())
        );
        for (index, resource) in found.iter().enumerate() {
            let object = yaml::to_string(&resource.annotated());
            text.push_str(&format!("--- possible referral {index}:\n{object}\n"));
        }
        Error::text(text)
    }
}
