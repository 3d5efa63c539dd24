//! Processes, queues, locks and pools after Python's `multiprocessing`, for the lessons.
//!
//! ```
//! use multiprocessing::{Process, Queue, say};
//!
//! let queue = Queue::unbounded()?;
//! let writer = Process::new(|| (0..3).try_for_each(|i| queue.put(i))).name("writer").start()?;
//! writer.join()?;
//! while let Some(item) = queue.try_get()? {
//!     say!("got {item}"); // main       | got 0
//! }
//! # Ok::<(), anyhow::Error>(())
//! ```
//!
//! # How it works
//!
//! A [`Process`] is a fork: the child is a copy of its parent at the moment of the start. So its
//! function borrows what it needs, and from then on shares whatever lies in shared memory: the
//! objects of this crate. Objects are shared by inheritance only: make them before you start the
//! processes that use them. A fork copies one thread, so [`Process::start`] refuses to work in a
//! process that has several. [`spawn`] starts the program afresh instead, and shares nothing.
//!
//! Queue, event, semaphore and pool are each a few fields in a *monitor*: a lock in shared memory
//! that names its owner, and conditions to wait for. The files, from the bottom up: `memory`
//! (a shared mapping), `identity` (is that process still alive?), `waiters` (sleep and ring),
//! `mutex`, `monitor`, then a file for each object. A process that is about to sleep tells a watcher,
//! if there is one, what it waits for: `waits`.
//!
//! # When processes die
//!
//! A process may be killed at any instant without hanging or corrupting an object for the others.
//! But as in Python, a killed consumer takes with it the message in its hand, its unfinished task
//! and its permits of a semaphore; and a `get` whose producers are all dead waits. The calls with a
//! time limit are for that. A [`Lock`] whose holder died says so.
//!
//! A lock on a file tells whether a process is alive. The kernel drops that lock when the process
//! dies, but also when it closes *any* descriptor of that file. So a process that shares objects
//! must not close descriptors that it has not opened, as some daemons do when they start; one that
//! does, or whose lock was given to another, ends with a message when it notices. And only
//! a fork through the C library makes a new process in the eyes of this crate; a bare `clone`
//! system call does not.
//!
//! # Where it works
//!
//! Linux. Other systems with fork, macOS above all, compile and use a slower way to wait (pipes
//! instead of futexes, the feature `portable-wait` on Linux); nobody has run them there yet.
#![allow(unsafe_code)]
#![warn(missing_docs)]

#[cfg(windows)]
compile_error!(
    "`multiprocessing` needs fork and other calls of Unix. On Windows use WSL2 (`wsl --install`), \
     and run this there."
);

// So that cargo builds the lessons again in another checkout: see .cargo/config.toml.
const _: Option<&str> = option_env!("LESSONS_CHECKOUT");

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
#[doc(hidden)]
pub mod signals;
pub mod spawn;
mod threads;

// What they share, from the bottom up
mod identity;
mod memory;
mod monitor;
mod mutex;
mod shake;
mod time;
pub mod trace;
mod waiters;
mod waits;

mod arena;
mod event;
mod joinable;
mod lock;
mod message;
mod parcel;
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
