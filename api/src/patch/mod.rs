//! Patches: JSON patch, JSON merge patch and strategic merge patch, on values. Server-side apply is
//! [`crate::apply`].

pub mod json;
pub mod merge;

pub use json::json_patch;
pub use merge::{create_merge_patch, create_three_way_json_merge, merge_patch};
