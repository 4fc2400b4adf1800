//! The command line against a real server: the built binary serves, the built binary asks.

mod answers;
mod help;
mod secrets;
mod server;
mod way;
