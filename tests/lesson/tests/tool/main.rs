//! The `lesson` command. One program, because its tests mostly sleep: they
//! do so beside each other.

mod breakages;
mod building;
mod can;
mod command;
mod ctrl_c;
mod driven;
mod go;
mod mutants;
mod navigate;
mod play;
mod quiz;
mod readme;
mod record;
mod teacher;
mod terminal;
mod watch;
mod why;
mod wrapping;

use std::path::Path;

/// The checkout.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("tests/lesson")
}

/// A file of the checkout.
fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
