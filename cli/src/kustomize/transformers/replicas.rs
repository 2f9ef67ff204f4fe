//! The number of replicas of workloads.

use super::{Context, Transform, field, field_specs};
use crate::kustomize::{
    error::{Error, Result},
    fieldspec::{Create, FieldSpec},
    kustomization::Replica,
    resmap::ResMap,
    schema::Schemas,
};
use serde_json::Value;

/// Sets the count of the workloads of one name.
pub struct Replicas {
    pub replica: Replica,
    pub places: Vec<FieldSpec>,
}

impl Transform for Replicas {
    fn apply(&self, map: &mut ResMap, _: &Schemas) -> Result<()> {
        let mut any = false;
        for place in &self.places {
            let gvk = place.gvk();
            let found =
                map.matching_any_id(|id| id.name == self.replica.name && id.gvk.is_selected(&gvk));
            any |= !found.is_empty();
            for index in found {
                place.apply(
                    &mut map.resources[index].object,
                    Create::Scalar,
                    &mut |value| {
                        *value = self.replica.count.into();
                        Ok(())
                    },
                )?;
            }
        }
        match any {
            true => Ok(()),
            false => {
                let kinds: Vec<String> = self
                    .places
                    .iter()
                    .map(|place| place.gvk().to_string())
                    .collect();
                Err(Error::text(format!(
                    "resource with name {} does not match a config with the following GVK [{}]",
                    self.replica.name,
                    kinds.join(" ")
                )))
            }
        }
    }
}

pub(super) fn plugin(_: Context<'_, '_>, config: &Value) -> Result<Box<dyn Transform>> {
    Ok(Box::new(Replicas {
        replica: field(config, "replica")?,
        places: field_specs(config)?,
    }))
}
