//! What passes the seam, and the words in which it is told.

use std::fmt::{self, Write};
use std::time::Duration;

pub(crate) use crate::memory::board::Condition;

/// What passes the seam.
#[derive(Clone, Copy)]
pub(crate) enum Event<'a> {
    /// This process is about to do something on an object (0: on none). Whatever it has looked at
    /// before may not be so any more.
    About {
        act: Act,
        object: u32,
        /// How long the call waits at most if it cannot be done now; `None` is for ever, and nothing
        /// at all for a call that never waits.
        patience: Option<Duration>,
        /// The item that it puts or sends, the name of the process that it starts, joins, looks at or
        /// signals, the line that it says. Else nothing.
        what: Text<'a>,
    },
    /// This process has done it.
    Did { op: Op<'a>, object: u32 },
    /// This process cannot go on until the condition holds, or the time is over.
    Waits {
        /// Of which object; 0 where there is none.
        object: u32,
        condition: Condition,
        /// When its time limit is over, on the crate's clock; `None` if there is none.
        until: Option<Duration>,
        /// Whether the condition holds now.
        ready: &'a dyn Fn() -> bool,
    },
    /// It waits no longer.
    GoesOn,
}

/// One line, for texts are told as Debug prints them:
///
/// ```text
/// about OBJECT ACT PATIENCE WHAT PATIENCE: nanoseconds, `0` if it never waits, `-` for ever
///                                WHAT: a text in quotes, `""` if there is none
/// did OBJECT OP
/// waits UNTIL WORD               UNTIL: nanoseconds of the crate's clock, or `-`; WORD: see `board.rs`
/// goes on
/// ```
impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Event::About { act, object, patience, what } => {
                write!(f, "about {object} {act:?} {} {what:?}", nanoseconds(patience))
            }
            Event::Did { op, object } => write!(f, "did {object} {op:?}"),
            Event::Waits { object, condition, until, .. } => {
                write!(
                    f,
                    "waits {} {}",
                    nanoseconds(until),
                    condition.word(object, until.is_some())
                )
            }
            Event::GoesOn => f.write_str("goes on"),
        }
    }
}

/// Never, and what is too far away to be counted, is `-`.
fn nanoseconds(time: Option<Duration>) -> String {
    let whole = time.and_then(|time| u64::try_from(time.as_nanos()).ok());
    whole.map_or("-".to_owned(), |nanoseconds| nanoseconds.to_string())
}

/// A few words, such as an item of a queue; `""` if there are none. They are made only when they are told.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a>(pub(crate) &'a dyn fmt::Display);

/// As a string, cut where it is too long.
impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        if write!(text, "{}", self.0).is_err() {
            text.clear();
        }
        if let Some((end, _)) = text.char_indices().nth(40) {
            text.replace_range(end.., "…");
        }
        fmt::Debug::fmt(&text, f)
    }
}

/// What an object is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Queue,
    /// The two queues of a pool.
    Tasks,
    Results,
    Lock,
    Semaphore,
    Event,
    Condition,
    Barrier,
    Value,
    /// Of so many elements. Each is an object by itself; their numbers follow that of the first.
    Array(usize),
    Pipe,
    /// Whose turn it is to print.
    Output,
}

/// The kinds of operation. An object is the number of a queue, lock, event or other shared object: the
/// same in every process that shares it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    Start,
    Join,
    LookAtChild,
    LookAtProcess,
    LookAtParent,
    Signal,
    Put,
    Get,
    LookAtQueue,
    ShutDown,
    Done,
    WaitForDone,
    Acquire,
    Release,
    Set,
    Clear,
    LookAtEvent,
    WaitForEvent,
    BeginToWait,
    WaitForNotice,
    Notify,
    Arrive,
    Meet,
    Read,
    Write,
    Send,
    Receive,
    Close,
    WaitForFirst,
    Line,
    Piece,
    Pause,
}

/// One operation that this process has done. A `child` or `target` is a pid. `nth` counts from 1,
/// for each object by itself.
#[derive(Clone, Copy, Debug)]
#[expect(dead_code, reason = "they are told as Debug prints them")]
pub(crate) enum Op<'a> {
    /// It has made the object, at this place of its source; a value begins with the number `first`, an
    /// array with a list of them.
    New { kind: Kind, first: Text<'a>, file: &'a str, line: u32, column: u32 },
    /// It has started `child`, the `nth` that it has made.
    Start { child: i32, nth: u32 },
    /// It begins to run its function.
    Begin,
    /// It ends, with this exit code: its function has returned or panicked, or has called
    /// [`exit`](std::process::exit). Only its children are still waited for. A process that a signal
    /// kills does not tell.
    End { code: i32 },
    /// It has joined `child`, which has ended with this exit code, or by the signal of which this is
    /// the number below zero.
    Join { child: i32, code: i32 },
    /// It has looked whether `child` is alive.
    LookedAtChild { child: i32, alive: bool },
    /// It has looked what a process is doing.
    LookedAtProcess { pid: i32, state: State },
    /// It has looked who its parent is.
    LookedAtParent { parent: i32 },
    /// It has sent a signal. One to itself is told before, for it may not come back.
    Signal { target: i32, signal: i32 },
    /// It has put the `nth` message of a queue (counted modulo 2^28), which holds at most
    /// `capacity`.
    Put { nth: u64, capacity: Option<usize>, item: Text<'a> },
    /// It has got the `nth` message of a queue.
    Get { nth: u64 },
    /// It has looked how many messages wait.
    LookedAtQueue { len: usize },
    /// It has shut a queue down that was not before.
    ShutDown,
    /// It saw that a queue was shut down: nothing could be put, or there was nothing to get.
    FoundShutDown(Act),
    /// It has reported a message of a joinable queue as done, the `nth` such report.
    Done { nth: u64 },
    /// It saw that every message of a joinable queue was done, for the `nth` time.
    AllDone { nth: u64 },
    /// It has become the `nth` holder of a lock, or has taken the `nth` permit of a semaphore that had
    /// so many at first (a lock has one): without the release with the number `nth - permits` it
    /// could not.
    Acquire { nth: u64, permits: u64 },
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
    /// It stands in the queue of a condition, as the `nth`.
    BeganToWait { nth: u64 },
    /// It was woken by a condition in the queue of which it was the `nth`: it has taken this wake-up.
    Noticed { nth: u64, wake_up: u64 },
    /// It has given the wake-ups from `before` to `given`, none if nobody waited; and those in the queue
    /// from `after` to `until` may take one now, too. All count from the first after the smaller number.
    Notify { after: u64, until: u64, before: u64, given: u64 },
    /// It has come to a barrier for so many, in this round.
    Arrive { round: u64, parties: u64 },
    /// It saw that all were there.
    Met { round: u64 },
    /// It gave up waiting there, which broke the barrier.
    Break,
    /// It saw that the barrier was broken.
    FoundBroken,
    /// It has read this shared number, or element of an array, after its `nth` change.
    Read { nth: u64, number: Text<'a> },
    /// It has changed a shared number to this one, for the `nth` time.
    Write { nth: u64, number: Text<'a> },
    /// It has sent the `nth` message from this end of a pipe (0 or 1).
    Send { end: usize, nth: u64, item: Text<'a> },
    /// It has received the `nth` message at this end of a pipe.
    Receive { end: usize, nth: u64 },
    /// It saw that nobody holds the other end of a pipe any more.
    EndOfFile { end: usize },
    /// It has closed its copy of this end of a pipe.
    Close { end: usize },
    /// It has looked whether it could receive at this end of a pipe, a message or the end of file.
    LookedAtPipe { end: usize, ready: bool },
    /// It has tried this in vain: there is nothing to get, no room, no permit, no such process, or the
    /// time is over.
    Missed(Act),
    /// It has printed a line, without the name before it.
    Line { stream: Stream, text: &'a str },
    /// It has written something that need not be a whole line.
    Piece { stream: Stream, bytes: &'a [u8] },
    /// It has paused.
    Pause { duration: Duration },
}

/// Where a line goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stream {
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
