//! Chronograf's files and JSON.
