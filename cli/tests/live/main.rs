//! The program against a small server: streams, terminals, pipes, proxies and credentials. What an API server says to
//! requests is in the tests with a cluster.

mod certificates;
mod cluster;
mod completion;
mod copy;
mod credentials;
mod edit;
mod forward;
mod manifests;
mod many;
mod pipes;
mod proxies;
mod remote;
mod streams;
mod terminal;
mod terminals;
mod trust;
