//! Pods on a node: workers, probes, volumes, status.
//!
//! The kubelet knows the cluster only through the Kubernetes API and containers only through the
//! runtime seam. [`run`] is one real node; [`run_simulated`] is many pretended ones in one process.
//! What should happen to a pod is decided by pure functions in [`pod`]; `worker` carries it out.

pub mod admission;
mod agent;
pub mod certificate;
pub mod config;
pub mod dns;
pub mod env;
mod garbage;
pub mod logs;
pub mod metrics;
pub mod node;
pub mod objects;
pub mod pod;
pub mod probe;
mod server;
mod simulated;
pub mod volume;
pub mod worker;

pub use agent::{Error, run};
pub use config::{KubeletConfig, Serving, SimulatedConfig};
pub use node::eviction;
pub use server::Access;
pub use simulated::run_simulated;
