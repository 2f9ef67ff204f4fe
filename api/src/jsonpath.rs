//! Jsonpath.
