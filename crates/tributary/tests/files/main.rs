//! Files that define objects, on a real store and a real folder: what is loaded, what is refused and why, and what happens while they change.

#[path = "../cli/server.rs"]
mod server;

mod broken;
mod house;
mod living;
mod loading;
mod process;
mod resolving;
