//! Composes the node.
