//! How components speak with the API server: typed requests, watches, informers and events, on a `kube::Client`.
//!
//! Whatever depends on the kind of an object is thin here. What a kind is decoded with is compiled once, in this crate,
//! and the watch knows objects only as text: generic clients would bring a copy of both into every component, and they
//! would be the largest part of the program.

pub mod api;
pub mod decoded;
pub mod delegated;
pub mod events;
pub mod informer;
pub mod leader;
mod metrics;
pub mod object;
pub mod renewed;
pub mod watcher;
pub mod zpages;

pub use api::Api;
pub use informer::Informer;
pub use object::Object;
pub use renewed::renewed;
