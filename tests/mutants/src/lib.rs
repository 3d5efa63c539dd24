//! The usual mistakes with processes, made in a program's source, one at a time: its *mutants*.
//!
//! A golden file is worth what it refuses. Whatever lesson has lost a join, prints behind what it
//! announces, or looks before it takes, has to be told from the real one.
//!
//! ```
//! use mutants::{Operator, mutants};
//!
//! let all = mutants("fn main() { say!(\"sets it\"); go.set(); child.join(); }")?;
//! let joins: Vec<_> = all.iter().filter(|mutant| mutant.operator == Operator::Join).collect();
//! assert_eq!(joins.len(), 1);
//! assert_eq!(joins[0].diff, "- child.join();");
//! assert_eq!(joins[0].source, "fn main() { say!(\"sets it\"); go.set();  }");
//! # Ok::<(), syn::Error>(())
//! ```
#![warn(missing_docs, missing_debug_implementations)]

mod find;
mod workbench;

use std::fmt;

pub use find::mutants;
pub use workbench::{Executable, Workbench};

/// A kind of mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// Nobody waits for the end of a process, of a pool, or of all tasks.
    Join,
    /// Nobody waits for an event or a message.
    Wait,
    /// Something is not put into a queue, or not sent.
    Put,
    /// An event or a value is not set, or not cleared.
    Set,
    /// A task is not marked as done.
    Done,
    /// A lock is not taken.
    Lock,
    /// Nobody is told that nothing more will come.
    Pill,
    /// A pool is not closed, or a process not told to end.
    End,
    /// A process does not exist, nor what uses it.
    Process,
    /// A line is said only after what it announces.
    Announced,
    /// Two neighbouring statements have changed places.
    Swap,
    /// A look and a get, instead of a get that does not wait.
    Look,
    /// There is room for one more, for one less, or without a bound; or one worker more or less.
    Bound,
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Operator::Join => "join removed",
            Operator::Wait => "wait removed",
            Operator::Put => "put removed",
            Operator::Set => "set removed",
            Operator::Done => "task_done removed",
            Operator::Lock => "lock removed",
            Operator::Pill => "pill removed",
            Operator::End => "close or terminate removed",
            Operator::Process => "process removed",
            Operator::Announced => "said after what it announces",
            Operator::Swap => "neighbours swapped",
            Operator::Look => "look, then get",
            Operator::Bound => "bound changed",
        })
    }
}

/// A program with one mistake in it.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// The kind of mistake.
    pub operator: Operator,
    /// Where in the original.
    pub line: usize,
    /// What was changed, in a line.
    pub diff: String,
    /// The whole program.
    pub source: String,
}
