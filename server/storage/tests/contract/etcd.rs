//! The store on a real etcd with TLS, which the test starts.
