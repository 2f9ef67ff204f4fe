//! The Kubernetes object model: values in, values out, no I/O.
