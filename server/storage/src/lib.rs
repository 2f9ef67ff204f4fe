//! The versioned key-value store and the watch cache.
