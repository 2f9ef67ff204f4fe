//! Duration.
