//! What a program can print at all, and whether that is what its golden file says.
//!
//! [`reach`] explores all runs of a program. What they print, on each stream, is a language: words of lines.
//! [`Reached::compare`] holds it against the orders that a golden file allows, which is a language, too.
#![warn(missing_docs, missing_debug_implementations)]

mod against;
mod language;
mod lead;
mod nearest;
mod notes;
mod numbered;
mod poset;
mod reach;

pub use language::Letter;
pub use lead::{IsIt, lead};
pub use notes::Untrue;
pub use reach::{Finding, Reached, printed, reach};
