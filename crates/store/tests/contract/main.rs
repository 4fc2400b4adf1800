//! The contract of the store, asked of every backend; and what is promised of the data directory alone.

mod backend;
mod nouns;
mod queue;
