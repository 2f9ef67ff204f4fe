//! The node's own objects: its registration, its status, its lease.

pub mod eviction;
pub mod heartbeat;
pub mod lease;
pub mod machine;
pub mod object;
pub mod status;
