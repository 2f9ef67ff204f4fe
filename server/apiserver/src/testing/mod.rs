//! What the tests of this crate share: certificates, and a server on the memory store.

pub mod pki;
