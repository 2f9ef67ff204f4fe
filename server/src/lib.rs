//! Composes the control plane.
