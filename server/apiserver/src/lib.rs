//! The Kubernetes API server.
//!
//! A request goes through [`handler`]: it is read, authenticated, authorized, and dispatched to a verb or a subresource.
//! Writes go through the generic store in [`registry`], which asks admission and the kind's strategy. Nothing here knows
//! which store is behind `knarr-storage`, and no route is made for any kind: the table of kinds says what is served.

pub mod admission;
mod aggregation;
pub mod allocator;
pub mod audit;
#[cfg(test)]
mod auth_tests;
pub mod authentication;
pub mod authorization;
#[cfg(test)]
mod bad_input_tests;
#[cfg(test)]
mod behaviours;
mod bootstrap;
mod call;
pub mod config;
pub mod config_reloads;
pub mod cors;
mod crd;
mod dial;
mod feed;
#[cfg(test)]
mod flood_tests;
pub mod flow_control;
mod handler;
mod health;
mod identity;
mod in_process;
mod kubelet;
#[cfg(test)]
mod managers_tests;
mod metrics;
mod node_metrics;
mod outbound;
pub mod port_range;
pub mod registry;
mod reload;
pub mod request;
mod response;
pub mod server;
mod subresources;
mod system;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls_tests;
mod token_bucket;
mod token_review;
mod verbs;
mod webhook_client;
#[cfg(test)]
mod wire_tests;

use knarr_component::{remembered, user};

pub use admission::AdmissionConfig;
pub use config::{Config, KubeletClient};
pub use in_process::in_process;
pub use knarr_component::tls;
pub use reload::Reload;
pub use server::{ApiServer, Error};
pub use user::UserInfo;
