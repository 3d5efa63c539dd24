//! What passes the seam.

use std::fmt;
use std::time::Duration;

pub use crate::memory::board::Condition;

/// What passes the seam, and how many lines this process had printed with
/// [`say!`](crate::say!) by then.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// What happens.
    pub event: Event<'a>,
    /// The lines so far.
    pub lines: u64,
}

/// What passes the seam.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// This process is about to do something on an object (0: on none). Whatever it has looked at
    /// before may not be so any more.
    About {
        /// What.
        act: Act,
        /// On which object.
        object: u32,
        /// How long the call waits at most if it cannot be done now; `None` is for ever, and nothing
        /// at all for a call that never waits.
        patience: Option<Duration>,
    },
    /// This process has done it.
    Did {
        /// What, and with which outcome.
        op: Op<'a>,
        /// On which object.
        object: u32,
    },
    /// This process cannot go on until the condition holds, or the time is over.
    Waits {
        /// Of which object; 0 where there is none.
        object: u32,
        /// What it waits for.
        condition: Condition,
        /// When its time limit is over, on the crate's clock; `None` if there is none.
        until: Option<Duration>,
        /// Whether the condition holds now.
        ready: Ready<'a>,
    },
    /// It waits no longer.
    GoesOn,
}

/// The kinds of operation. An object is the number of a queue, lock, event or other shared object: the
/// same in every process that shares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "they are the names of the calls")]
pub enum Act {
    Start,
    Join,
    LookAtChild,
    LookAtProcess,
    LookAtParent,
    Signal,
    Put,
    Get,
    LookAtQueue,
    Done,
    WaitForDone,
    Acquire,
    Release,
    Set,
    Clear,
    LookAtEvent,
    WaitForEvent,
    Read,
    Write,
    Send,
    Receive,
    Close,
    Line,
    Piece,
    Pause,
}

/// One operation that this process has done. A `child` or `target` is a pid. `nth` counts from 1,
/// for each object by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are explained above")]
pub enum Op<'a> {
    /// It has started `child`, the `nth` that it has made.
    Start { child: i32, nth: u32 },
    /// It begins to run its function.
    Begin,
    /// Its function has ended, with this exit code.
    End { code: i32 },
    /// It has joined `child`.
    Join { child: i32 },
    /// It has looked whether `child` is alive.
    LookedAtChild { child: i32, alive: bool },
    /// It has looked what a process is doing.
    LookedAtProcess { pid: i32, state: State },
    /// It has looked who its parent is.
    LookedAtParent { parent: i32 },
    /// It has sent a signal.
    Signal { target: i32, signal: i32 },
    /// It has put the `nth` message of a queue (counted modulo 2^28), which holds at most
    /// `capacity`.
    Put { nth: u64, capacity: Option<usize> },
    /// It has got the `nth` message of a queue.
    Get { nth: u64 },
    /// It has looked how many messages wait.
    LookedAtQueue { len: usize },
    /// It has reported a message of a joinable queue as done, the `nth` such report.
    Done { nth: u64 },
    /// It saw that every message of a joinable queue is done, for the `nth` time at least.
    AllDone { nth: u64 },
    /// It has become the `nth` holder of a lock, or has taken the `nth` permit of a semaphore.
    Acquire { nth: u64 },
    /// It has ended the `nth` turn of a lock, or has given the `nth` permit back.
    Release { nth: u64 },
    /// It saw that the holder of a lock has died.
    HolderDied { holder: i32 },
    /// It has set an event, for the `nth` time that this changed it.
    Set { nth: u64 },
    /// It has cleared an event that had been set `nth` times.
    Clear { nth: u64 },
    /// It has looked at an event that had been set `nth` times.
    LookedAtEvent { nth: u64, set: bool },
    /// It saw that an event was set for the `nth` time.
    Woken { nth: u64 },
    /// It has read a shared number after its `nth` change.
    Read { nth: u64 },
    /// It has changed a shared number, for the `nth` time.
    Write { nth: u64 },
    /// It has sent the `nth` message from this end of a pipe (0 or 1).
    Send { end: usize, nth: u64 },
    /// It has received the `nth` message at this end of a pipe.
    Receive { end: usize, nth: u64 },
    /// It saw that nobody holds the other end of a pipe any more.
    EndOfFile { end: usize },
    /// It has closed its copy of this end of a pipe.
    Close { end: usize },
    /// It has tried this in vain: there is nothing to get, no room, no permit, or the time is over.
    Missed(Act),
    /// It has printed a line, without the name before it.
    Line { stream: Stream, text: &'a str },
    /// It has written something that need not be a whole line.
    Piece { stream: Stream, bytes: &'a [u8] },
    /// It has paused.
    Pause { duration: Duration },
}

/// Where a line goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Stream {
    Stdout,
    Stderr,
}

/// What a process is doing, as the system sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It runs, or would if it had a processor.
    Running,
    /// It sleeps until it can go on.
    Sleeping,
    /// A signal or a debugger has stopped it.
    Stopped,
    /// It has ended, and its parent has not asked how yet.
    Zombie,
    /// There is no such process.
    Gone,
}

impl State {
    /// Whether it has not ended.
    pub fn is_alive(self) -> bool {
        !matches!(self, State::Zombie | State::Gone)
    }
}

/// A question about the object that a process waits for.
#[derive(Clone, Copy)]
pub struct Ready<'a>(pub(crate) &'a dyn Fn() -> bool);

impl fmt::Debug for Ready<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ready")
    }
}
