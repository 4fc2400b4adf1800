//! What a server said, as the cause of a failure.

/// A server's own message, its detail and hint included.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Said(pub(crate) String);
