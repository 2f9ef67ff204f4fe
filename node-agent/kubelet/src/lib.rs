//! Pods on a node: workers, probes, volumes, status.
