//! Custom resources: the definitions that are served, and what happens to their objects between the store and a verb.

mod catalog;
mod controller;
mod conversion;
mod custom;
mod metrics;
mod published;
#[cfg(test)]
mod tests;

pub use catalog::Catalog;
pub use controller::run;
pub use custom::Custom;
pub use published::{Published, Publisher, hash};

use knarr_api::kinds::Kind;

/// The group of definitions.
pub const GROUP: &str = "apiextensions.k8s.io";

/// The row of CustomResourceDefinition.
pub fn definitions() -> &'static Kind {
    crate::registry::known(GROUP, "v1", "customresourcedefinitions")
}
