//! What this command says itself. A failure to print is an error like others, not a panic.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use anyhow::{Context, Result};

/// Prints what was asked for. Who reads it through a pipe and has read enough loses nothing by not
/// being told the rest.
pub fn tell(text: impl Display) -> Result<()> {
    write_to(anstream::stdout().lock(), text)
}

/// The same for what a program printed, with every escape that is in it.
pub fn tell_as_it_is(text: impl Display) -> Result<()> {
    write_to(io::stdout().lock(), text)
}

fn write_to(mut out: impl Write, text: impl Display) -> Result<()> {
    match write!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        told => told.context("cannot write to standard output"),
    }
}

/// Says what is beside the point on standard error; nobody has to hear it.
pub fn note(text: impl Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
