//! The container runtime seam and its implementations.
//!
//! [`Runtime`] has the verbs of CRI v1 in plain types. The kubelet knows containers only through it. Streams
//! are I/O handles instead of the URLs of a streaming server, and state changes arrive as events.
//! [`EmbeddedRuntime`] runs real containers with nothing installed; [`SimulatedRuntime`] only pretends.

mod cgroup;
mod descriptor;
mod embedded;
mod error;
mod events;
mod host;
pub mod image;
mod network;
mod overlay;
mod reexec;
mod seam;
mod shim;
mod simulated;
mod spec;

pub use embedded::{EmbeddedConfig, EmbeddedRuntime};
pub use error::{Result, RuntimeError};
pub use reexec::dispatch;
pub use seam::*;
pub use simulated::{SimulatedExit, SimulatedOptions, SimulatedRuntime};

/// A new id of a sandbox or container: 64 hexadecimal digits, as containerd's.
fn new_id() -> String {
    let halves = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()];
    halves.map(|half| half.simple().to_string()).concat()
}

/// Lower-case hexadecimal digits of `bytes`.
fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Nanoseconds since the epoch.
fn now() -> i64 {
    i64::try_from(jiff::Timestamp::now().as_nanosecond()).unwrap_or(i64::MAX)
}
