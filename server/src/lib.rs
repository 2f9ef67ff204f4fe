//! Composes the control plane: certificates, store, API server, controllers and scheduler, in one process or apart.

pub mod kubeconfig;
pub mod pki;
