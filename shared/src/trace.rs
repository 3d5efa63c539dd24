//! The one seam through which every synchronising operation passes.
//!
//! By default it does nothing. A tool that wants to know who started, joined, sent, received or
//! woke whom (or wants to disturb the schedule) installs a hook before the first process starts;
//! children inherit it over the fork.

use std::sync::OnceLock;

use crate::shake;

/// One synchronising operation of this process, reported as it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was done.
    pub op: Op,
    /// How many lines this process had printed with [`say!`](crate::say!) by then.
    pub lines: u64,
}

/// The kinds of operation. A `child` is a pid. An `object` is the number of a queue, lock, event or
/// other shared object: the same in every process that shares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are explained above")]
pub enum Op {
    /// This process has started `child`.
    Start { child: i32 },
    /// This process begins to run its function.
    Begin,
    /// This process is about to end.
    End,
    /// This process has joined `child`.
    Join { child: i32 },
    /// This process has put the `nth` message of a queue (counted modulo 2^28).
    Put { object: u32, nth: u64 },
    /// This process has got the `nth` message of a queue.
    Get { object: u32, nth: u64 },
    /// This process marks one message of a joinable queue as done.
    Done { object: u32 },
    /// This process saw that every message of a joinable queue is done.
    AllDone { object: u32 },
    /// This process has become the `nth` holder of a lock or semaphore.
    Acquire { object: u32, nth: u64 },
    /// This process lets go of a lock or semaphore.
    Release { object: u32 },
    /// This process sets an event.
    Set { object: u32 },
    /// This process saw that an event is set.
    Woken { object: u32 },
    /// This process sends on a pipe.
    Send { object: u32 },
    /// This process has received from a pipe.
    Receive { object: u32 },
}

static HOOK: OnceLock<fn(Step)> = OnceLock::new();

/// Has every later operation of this process, and of those it starts, reported to `hook`.
/// Only the first installation counts; the answer says whether this was it.
///
/// ```
/// use multiprocessing::{Queue, trace};
/// fn print(step: trace::Step) {
///     println!("{step:?}");
/// }
/// assert!(trace::install(print));
/// Queue::<u8>::unbounded().unwrap().put(7).unwrap(); // prints: Step { op: Put { .. }, lines: 0 }
/// ```
pub fn install(hook: fn(Step)) -> bool {
    HOOK.set(hook).is_ok()
}

/// Passes one operation to the hook, if there is one.
#[inline]
pub(crate) fn pass(op: Op) {
    if let Some(hook) = HOOK.get() {
        hook(Step { op, lines: crate::say::lines() });
    }
    shake::here();
}

/// An operation is about to begin: what this process has looked at before may not be so any more.
#[inline]
pub(crate) fn approach() {
    shake::here();
}
