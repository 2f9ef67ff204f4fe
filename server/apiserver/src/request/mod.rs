//! Reading a request: what it asks for, with which options, in which form. No storage, no decisions.

pub mod accept;
pub mod body;
pub mod info;
pub mod options;
mod unread;

pub use info::{RequestInfo, Verb};
pub use options::Options;
pub use unread::Unread;
