//! The OpenAPI documents: version 2 for the whole server (as JSON, and in the protobuf form of gnostic, the only one
//! that client-go asks for), and version 3 for each group and version with an index. All are made on demand from the
//! table of kinds, the schemas of `k8s-openapi` and the tables of marks; only the index is kept, callers keep what they
//! serve often.

mod custom;
mod endpoints;
mod gnostic;
mod merge;
mod operations;
mod parameters;
mod schemas;
mod v2;
mod v3;

pub use custom::Custom;
pub use merge::merge_v2;
pub use v2::{v2, v2_protobuf};
pub use v3::{v3, v3_apart, v3_index, v3_with};

/// The media type that an answer in the protobuf form of version 2 states.
pub const V2_PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
/// The names by which clients ask for it; the first is no valid media type, but it is the one that they use.
pub const V2_PROTOBUF_NAMES: &[&str] = &[
    "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
    V2_PROTOBUF,
];

const TITLE: &str = "Kubernetes";

/// The path of a group and version, without a leading slash.
fn path_of(group: &str, version: &str) -> String {
    if group.is_empty() {
        format!("api/{version}")
    } else {
        format!("apis/{group}/{version}")
    }
}

#[cfg(test)]
mod tests;
