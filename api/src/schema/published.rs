//! The schemas as `k8s-openapi` states them. The build has written them into the program (`build.rs`).

use std::io::Read;

use flate2::read::ZlibDecoder;
use serde_json::{Map, Value};

/// The raw schemas of every definition of v1.36 that is served, keyed by name.
pub(super) fn definitions() -> Map<String, Value> {
    read(include_bytes!(concat!(
        env!("OUT_DIR"),
        "/definitions.json.z"
    )))
}

/// The raw schemas of `ObjectMeta` and what it refers to.
pub(super) fn metadata_definitions() -> Map<String, Value> {
    read(include_bytes!(concat!(env!("OUT_DIR"), "/metadata.json.z")))
}

fn read(compressed: &[u8]) -> Map<String, Value> {
    let mut json = Vec::new();
    ZlibDecoder::new(compressed)
        .read_to_end(&mut json)
        .expect("the build compressed it");
    serde_json::from_slice(&json).expect("the build wrote JSON")
}
