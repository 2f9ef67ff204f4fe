//! What a pod is and what should happen to it: pure functions from a pod and what the runtime shows
//! to its status and to the next actions. Nothing here performs anything.

pub mod actions;
pub mod backoff;
pub mod conditions;
pub mod containers;
pub mod identity;
pub mod init;
pub mod observed;
pub mod phase;
pub mod qos;
pub mod resources;
pub mod status;
