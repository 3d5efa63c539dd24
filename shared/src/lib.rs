//! Processes, queues, locks and pools after Python's `multiprocessing`.
#![allow(unsafe_code)]
#![warn(missing_docs)]

#[cfg(windows)]
compile_error!(
    "`multiprocessing` needs fork and other calls of Unix. On Windows use WSL2 (`wsl --install`), \
     and run this there."
);

// Processes
mod child;
mod children;
mod current;
mod exit;
mod output;
mod pause;
mod process;
mod say;
mod sentinel;
pub mod spawn;
mod threads;

// What they share, from the bottom up
mod identity;
mod memory;
mod monitor;
mod mutex;
mod time;
pub mod trace;
mod waiters;

mod arena;
mod event;
mod joinable;
mod lock;
mod message;
mod pipe;
mod pool;
mod queue;
mod semaphore;
mod value;

pub use child::Child;
pub use children::active_children;
pub use current::{Current, cpu_count, current};
pub use event::Event;
pub use exit::{Exit, IntoExit, Signal};
pub use joinable::{JoinableQueue, TooManyDone};
pub use lock::{Lock, LockError, LockGuard};
pub use message::{Bytes, CodecError, Message};
pub use pause::pause;
pub use pipe::{Pipe, PipeEnd, PipeError};
pub use pool::{AsyncResult, Pool, PoolError};
pub use process::{Process, ProcessError, Run};
pub use queue::{GetError, PutError, Queue};
pub use semaphore::{NothingTaken, Semaphore};
pub use value::{Number, Value};

/// What the macros expand to.
#[doc(hidden)]
pub mod __private {
    pub use crate::say::{line, raw_line};
}
