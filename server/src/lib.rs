//! Composes the control plane: certificates, store, API server, controllers and scheduler, in one process or apart.

pub mod apiserver_options;
pub mod audit_options;
pub mod auth_options;
pub mod causes;
pub mod certificate_files;
pub mod commands;
pub mod control_plane;
pub mod encryption;
pub mod feature_gates;
mod go_url;
pub mod kubeconfig;
pub mod leader_options;
pub mod options;
pub mod pki;
pub mod progress;
pub mod protocol_options;
pub mod renewal;
mod secure_serving;
pub mod signing;

pub use knarr_api::zpages::Flags;
pub use knarr_component::{flags, machine};
