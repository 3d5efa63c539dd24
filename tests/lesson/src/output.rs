//! What this command says itself. A failure to print is an error like others, not a panic.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;

use anyhow::{Context, Result};
use golden::Row;
use terminal_size::{Width, terminal_size_of};

use crate::paint;
use crate::wrap::{WIDEST, wrap};

/// Prints what was asked for. A reader at the other end of a pipe that has read enough loses
/// nothing by missing the rest.
pub fn tell(text: impl Display) -> Result<()> {
    write_to(anstream::stdout().lock(), text)
}

/// The same, wrapped to the terminal.
pub fn tell_rows(rows: &[Row]) -> Result<()> {
    tell(wrapped(rows, io::stdout()))
}

/// The same for a text of several lines.
pub fn tell_lines(text: &str) -> Result<()> {
    tell_rows(&rows_of(text.trim_end_matches('\n')))
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
    note_rows(&rows_of(&text.to_string()));
}

/// Says what went wrong with a side matter, which costs nothing but itself.
pub fn warn(error: &anyhow::Error) {
    note(format!("{}: {error:#}", paint::bold("warning")));
}

/// A note, row by row.
pub fn note_rows(rows: &[Row]) {
    let _ = write!(anstream::stderr(), "{}", wrapped(rows, io::stderr()));
}

/// A row for each line, as far indented.
fn rows_of(text: &str) -> Vec<Row> {
    let row = |line: &str| {
        let begins = line.trim_start();
        Row::new(line.len() - begins.len()).plain(begins)
    };
    text.split('\n').map(row).collect()
}

fn wrapped(rows: &[Row], on: impl AsFd) -> String {
    let width = width(on);
    rows.iter().map(|row| wrap(row, width, &paint::tone) + "\n").collect()
}

/// How many columns there are to fill.
pub fn width(on: impl AsFd) -> usize {
    let columns = terminal_size_of(on).map_or(WIDEST, |(Width(columns), _)| columns.into());
    columns.min(WIDEST)
}
