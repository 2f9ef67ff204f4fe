//! The Kubernetes object model: values in, values out. Nothing here does I/O or knows an async runtime.

pub mod apply;
pub mod cel;
pub mod convert;
pub mod crd;
pub mod defaults;
pub mod discovery;
pub mod duration;
pub mod json;
pub mod jsonpath;
pub mod kinds;
pub mod meta;
pub mod openapi;
pub mod patch;
pub mod protobuf;
pub mod quantity;
pub mod quota;
pub mod quote;
pub use knarr_raw as raw;
pub mod schema;
pub mod selector;
pub mod status;
pub mod strconv;
pub mod table;
pub mod validation;
mod walk;
pub mod warnings;
pub mod yaml;
