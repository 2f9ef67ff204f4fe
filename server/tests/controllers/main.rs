//! Behaviours that the API server and the controllers show together: both in this process, on the memory store, without
//! a scheduler and without nodes.

mod cluster;
mod endpoints;
mod garbage;
mod namespaces;
mod quotas;
mod replicas;
