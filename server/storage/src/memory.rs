//! The store in memory, for tests: stricter than the real ones, and gone with the process.
