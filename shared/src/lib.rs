//! Processes, queues, locks and pools after Python's `multiprocessing`.
#![allow(unsafe_code)]
#![warn(missing_docs)]

#[cfg(windows)]
compile_error!(
    "`multiprocessing` needs fork and other calls of Unix. On Windows use WSL2 (`wsl --install`), \
     and run this there."
);

mod child;
mod children;
mod current;
mod exit;
mod monitor;
mod output;
mod pause;
mod process;
mod say;
mod sentinel;
pub mod spawn;
mod threads;
pub mod trace;

pub use child::Child;
pub use children::active_children;
pub use current::{Current, cpu_count, current};
pub use exit::{Exit, IntoExit, Signal};
pub use pause::pause;
pub use process::{Process, ProcessError, Run};

/// What the macros expand to.
#[doc(hidden)]
pub mod __private {
    pub use crate::say::{line, raw_line};
}
