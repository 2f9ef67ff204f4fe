//! Composes the node: container runtime, kubelet and proxy, in one process.

mod access;
mod certificates;
pub mod commands;
mod node;
mod options;

pub use knarr_kubelet::certificate::CertificateAndKey;
pub use knarr_kubelet::{Access, Serving};
pub use knarr_runtime::dispatch;
pub use node::{Clients, Error, Identity, Node, Simulated};
pub use options::{NodeOptions, Place, instance, parse_quantities};
