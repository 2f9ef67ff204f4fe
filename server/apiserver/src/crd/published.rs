//! What clients are told of the kinds that are served, made anew when the catalog changes, and only when asked for.

use std::sync::Arc;

use knarr_api::discovery::{self, Group, Resource, Version};
use knarr_api::kinds::Kind;
use parking_lot::Mutex;

use super::Catalog;
use super::catalog::is_builtin;

/// The documents of one generation of the catalog.
#[derive(Debug)]
pub struct Published {
    generation: u64,
    pub groups: Vec<Group>,
}

/// Keeps the latest documents.
#[derive(Debug, Default)]
pub struct Publisher {
    latest: Mutex<Option<Arc<Published>>>,
}

impl Publisher {
    /// The documents for what the catalog serves now.
    pub fn current(&self, catalog: &Catalog) -> Arc<Published> {
        let generation = catalog.generation();
        let mut latest = self.latest.lock();
        match &*latest {
            Some(known) if known.generation == generation => known.clone(),
            _ => {
                let made = Arc::new(Published::of(generation, &served(catalog)));
                *latest = Some(made.clone());
                made
            }
        }
    }
}

impl Published {
    fn of(generation: u64, rows: &[&'static Kind]) -> Self {
        let mut groups = discovery::builtin();
        for row in rows {
            add(&mut groups, row);
        }
        for group in &mut groups {
            let custom = rows.iter().any(|row| row.group == group.name);
            if custom {
                group
                    .versions
                    .sort_by(|a, b| discovery::compare_versions(&b.name, &a.name));
            }
        }
        Self { generation, groups }
    }
}

/// The rows of all custom resources that are served, in the order of group and plural.
fn served(catalog: &Catalog) -> Vec<&'static Kind> {
    let mut rows: Vec<&'static Kind> = catalog
        .all()
        .iter()
        .filter(|known| known.definition.established)
        .flat_map(|known| {
            let versions = known.definition.versions.iter();
            let served = versions.filter(|version| version.served);
            served.map(|version| version.kind).collect::<Vec<_>>()
        })
        .collect();
    rows.retain(|row| !is_builtin(row.group, row.plural));
    rows.sort_by_key(|row| (row.group, row.plural));
    rows
}

fn add(groups: &mut Vec<Group>, row: &Kind) {
    let at = groups.iter().position(|group| group.name == row.group);
    let group = match at {
        Some(index) => &mut groups[index],
        None => {
            groups.push(Group {
                name: row.group.to_owned(),
                versions: Vec::new(),
            });
            let last = groups.len() - 1;
            &mut groups[last]
        }
    };
    let resource = Resource::from(row);
    match group
        .versions
        .iter_mut()
        .find(|version| version.name == row.version)
    {
        Some(version) => version.resources.push(resource),
        None => group.versions.push(Version {
            name: row.version.to_owned(),
            resources: vec![resource],
        }),
    }
}
