//! The namespace of all objects.

use super::{Context, Transform, field, field_specs, scalar_text};
use crate::kustomize::{
    error::{Error, Result},
    fieldspec::{Create, FieldSpec},
    resmap::ResMap,
    schema::Schemas,
};
use knarr_api::{meta, quote::go_json};
use serde_json::Value;

/// Which subjects of role bindings get the namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subjects {
    /// Those that are called `default`.
    DefaultOnly,
    AllServiceAccounts,
    None,
}

/// Sets the namespace.
pub struct Namespace {
    pub namespace: String,
    pub places: Vec<FieldSpec>,
    /// Only where there is none.
    pub unset_only: bool,
    pub subjects: Subjects,
}

impl Transform for Namespace {
    fn apply(&self, map: &mut ResMap, _: &Schemas) -> Result<()> {
        if self.namespace.is_empty() {
            return Ok(());
        }
        for index in 0..map.resources.len() {
            let resource = &mut map.resources[index];
            if resource.is_empty() {
                continue;
            }
            resource.store_previous_id();
            self.transform(&mut resource.object)?;
            let id = resource.current_id();
            let same: Vec<String> = map
                .resources
                .iter()
                .filter(|other| other.current_id().equals(&id))
                .map(|other| go_json(&other.annotated()))
                .collect();
            if same.len() != 1 {
                return Err(Error::text(format!(
                    "namespace transformation produces ID conflict: [{}]",
                    same.join(" ")
                )));
            }
        }
        Ok(())
    }
}

impl Namespace {
    fn transform(&self, object: &mut Value) -> Result<()> {
        let gvk = crate::kustomize::id::Gvk::of(object);
        let binding = matches!(gvk.kind.as_str(), "RoleBinding" | "ClusterRoleBinding");
        if !gvk.is_cluster_scoped() {
            FieldSpec::created("metadata/namespace").apply(
                object,
                Create::Scalar,
                &mut |value| self.set(value),
            )?;
        }
        if binding {
            self.set_subjects(object);
        }
        for place in &self.places {
            let elsewhere = place.path == "metadata/namespace"
                || (place.path == "subjects"
                    && matches!(place.kind.as_str(), "RoleBinding" | "ClusterRoleBinding"));
            if !elsewhere {
                place.apply(object, Create::Scalar, &mut |value| self.set(value))?;
            }
        }
        Ok(())
    }

    fn set(&self, value: &mut Value) -> Result<()> {
        let Some(old) = scalar_text(value) else {
            return Err(Error::text(
                "wrong node kind: expected ScalarNode but got MappingNode",
            ));
        };
        if !self.unset_only || old.is_empty() {
            *value = Value::from(self.namespace.as_str());
        }
        Ok(())
    }

    fn set_subjects(&self, object: &mut Value) {
        let Some(subjects) = object.get_mut("subjects").and_then(Value::as_array_mut) else {
            return;
        };
        for subject in subjects {
            let wanted = match self.subjects {
                Subjects::DefaultOnly => meta_text(subject, "name") == "default",
                Subjects::AllServiceAccounts => meta_text(subject, "kind") == "ServiceAccount",
                Subjects::None => false,
            };
            let has_none = meta_text(subject, "namespace").is_empty();
            if let (true, Some(map)) = (
                wanted && (!self.unset_only || has_none),
                subject.as_object_mut(),
            ) {
                map.insert("namespace".to_owned(), Value::from(self.namespace.as_str()));
            }
        }
    }
}

fn meta_text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

pub(super) fn plugin(_: Context<'_, '_>, config: &Value) -> Result<Box<dyn Transform>> {
    let subjects = match config["setRoleBindingSubjects"]
        .as_str()
        .unwrap_or_default()
    {
        "" | "defaultOnly" => Subjects::DefaultOnly,
        "allServiceAccounts" => Subjects::AllServiceAccounts,
        "none" => Subjects::None,
        other => {
            return Err(Error::text(format!(
                "invalid value {} for setRoleBindingSubjects: must be one of \"defaultOnly\", \"none\" or \"allServiceAccounts\"",
                knarr_api::quote::quote(other)
            )));
        }
    };
    Ok(Box::new(Namespace {
        namespace: meta::namespace(config).to_owned(),
        places: field_specs(config)?,
        unset_only: field(config, "unsetOnly")?,
        subjects,
    }))
}
