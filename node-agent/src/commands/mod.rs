//! The node's programs: one file each, with its flags and how it runs.

pub mod image;
pub mod node;
