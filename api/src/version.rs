//! Which version of Kubernetes is spoken, in one place for every program.

/// The version whose API this is.
pub const KUBERNETES: &str = "v1.36.0";
/// What every component says that it is.
pub const COMPONENT: &str = "v1.36.0+knarr";
