//! Composes the control plane: certificates, store, API server, controllers and scheduler, in one process or apart.

pub mod commands;
pub mod control_plane;
pub mod kubeconfig;
pub mod options;
pub mod pki;
pub mod progress;
