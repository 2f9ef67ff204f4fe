//! Patches: JSON patch, JSON merge patch and strategic merge patch, on values. Server-side apply is
//! [`crate::apply`].

pub mod json;
pub mod merge;
pub mod strategic;

pub use json::json_patch;
pub use merge::{create_merge_patch, create_three_way_json_merge, merge_patch};
pub use strategic::{create_three_way_merge, create_two_way_merge, strategic_merge};
