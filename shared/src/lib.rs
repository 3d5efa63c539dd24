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
//! # What there is
//!
//! | here | Python | lesson |
//! |---|---|---|
//! | [`Process`] | `Process`, before `start()` | `start-function` |
//! | [`Run`] | a subclass of `Process` | `start-struct` |
//! | [`spawn::Spawn`] | a `Process` of `get_context("spawn")` | `start-methods` |
//! | [`Child`] | `Process`, after `start()` | `join-timeout` |
//! | [`Exit`], [`IntoExit`], [`Signal`] | `Process.exitcode` | `exit-codes` |
//! | [`Current`] | `current_process()` | `names-and-pids` |
//! | [`State`] | | `is-alive` |
//! | [`Queue`] | `Queue` | `queue` |
//! | [`JoinableQueue`] | `JoinableQueue` | `poison-pill` |
//! | [`Queue::shutdown`] | `queue.Queue.shutdown()`, for threads | `queue-shutdown` |
//! | [`Message`], [`Bytes`] | what can be pickled | `objects` |
//! | [`PipeEnd`] | `Connection`; `Pipe()` makes two | `pipe` |
//! | [`wait`], [`Ready`] | `connection.wait()` | `supervisor` |
//! | [`Event`] | `Event` | `event` |
//! | [`Lock`], [`LockGuard`] | `Lock` | `lock` |
//! | [`Semaphore`], [`Permit`] | `Semaphore` | `semaphore` |
//! | [`Condition`] | `Condition` | `condition` |
//! | [`Barrier`] | `Barrier` | `barrier` |
//! | [`Value`], [`Number`] | `Value` | `globals` |
//! | [`Array`] | `Array` | `array` |
//! | [`Pool`] | `Pool` | `pool-blocking` |
//! | [`Pool::imap_unordered`] | `Pool.imap_unordered` | `map-reduce` |
//! | [`AsyncResult`] | `AsyncResult` | `pool-async` |
//! | [`Time`] | what `time.monotonic()` gives | `queue-timeout` |
//!
//! # Time limits
//!
//! A call with a time limit is a function of its own, `…_timeout`, and never gives up before its time
//! is over. Then the answer is `None`, or `false` from a call that has nothing to give. Only a message
//! that could not be put is an error, [`PutError::Full`]; and a barrier breaks.
//!
//! # How it works
//!
//! A [`Process`] is a fork: the child is a copy of its parent at the moment of the start. So its
//! function borrows what it needs, and from then on shares whatever lies in shared memory: the
//! objects of this crate. Objects are shared by inheritance only: make them before you start the
//! processes that use them. A fork copies one thread, so [`Process::start`] refuses to work in a
//! process that has several. [`spawn`] starts the program afresh instead, and shares nothing.
//!
//! Queue, event, semaphore, condition, barrier and pool are each a few fields in a *monitor*: a lock in shared memory
//! that names its owner, and conditions to wait for. Every operation passes one
//! *seam*: there a run can be recorded, disturbed, and driven.
//!
//! How the crate is built, and why so, is told in `README.md` beside its sources.
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
//! Linux, and macOS from 14.4 on. Other systems with fork compile, but a process that waits there
//! looks each millisecond. Nobody has run the crate on either yet.
#![warn(missing_docs, missing_debug_implementations)]

#[cfg(windows)]
compile_error!(
    "`multiprocessing` needs fork and other calls of Unix. On Windows use WSL2 (`wsl --install`), \
     and run this there."
);

// So that cargo builds the lessons again in another checkout: see .cargo/config.toml.
const _: Option<&str> = option_env!("LESSONS_CHECKOUT");

// The rooms, from the bottom up: a file uses only what stands above it in this list, or, within its
// room, above it in the list there. A test holds every file to that.
mod memory;
mod lesson;
mod process;
mod queue;
mod sync;
mod pool;
mod pipe;
mod first;
pub mod spawn;

pub use first::{Ready, wait, wait_timeout};
pub use lesson::pause::pause;
pub use lesson::say::{stderr, stdout, yes_or_no};
pub use memory::clock::{Time, now};
pub use memory::current::{Current, cpu_count, current};
pub use memory::event::State;
pub use pipe::{PipeEnd, PipeError, pipe};
pub use pool::pool::{Pool, PoolError};
pub use pool::results::AsyncResult;
pub use process::child::Child;
pub use process::children::active_children;
pub use process::error::ProcessError;
pub use process::exit::{Exit, IntoExit};
pub use process::look::state;
pub use process::signal::{Signal, raise};
pub use process::start::{Process, Run};
pub use queue::joinable::{JoinableQueue, TooManyDone};
pub use queue::message::{Bytes, CodecError, Message};
pub use queue::queue::{GetError, PutError, Queue};
pub use sync::array::{Array, Number};
pub use sync::barrier::{Barrier, BrokenBarrierError};
pub use sync::condition::Condition;
pub use sync::event::Event;
pub use sync::lock::{Lock, LockError, LockGuard};
pub use sync::semaphore::{Permit, Semaphore};
pub use sync::value::Value;

/// What the macros expand to.
#[doc(hidden)]
pub mod __private {
    pub use crate::lesson::say::{line, raw_line};
}
