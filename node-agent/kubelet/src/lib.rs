//! Pods on a node: workers, probes, volumes, status.
//!
//! The kubelet knows the cluster only through the Kubernetes API and containers only through the
//! runtime seam. [`run`] is one real node; [`run_simulated`] is many pretended ones in one process.
//! What should happen to a pod is decided by pure functions in [`pod`]; `worker` carries it out.

pub mod config;
pub mod events;
pub mod node;
pub mod pod;

pub use config::{KubeletConfig, ServingIdentity, SimulatedConfig};
