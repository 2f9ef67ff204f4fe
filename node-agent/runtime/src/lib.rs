//! The container runtime seam and its implementations.
