//! The one seam: every operation that another process can notice passes here, and every line.
//!
//! It tells three things: what a process is [about](Event::About) to do on what; what it
//! [did](Event::Did), with all that is needed to find the cause later (a put and a get of one
//! queue with the same number belong together); and what it [waits for](Event::Waits) when it
//! cannot go on. By default nobody listens, and each place costs one relaxed load.
//!
//! A listener is installed before the first process starts, and children inherit it over the fork:
//! one that records the run, one that disturbs it (`LESSON_SHAKE`), one that drives it.

use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::memory::board;
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
        /// Whether a time limit runs.
        limit: bool,
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
    Begin,
    End,
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
    Raw,
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
    /// It has done something by itself that others can notice, past this crate.
    Raw { what: &'a str },
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

/// What a listener is.
pub type Listener = fn(Step<'_>);

/// Who records, who disturbs, who drives.
static LISTENERS: [OnceLock<Listener>; 3] = [const { OnceLock::new() }; 3];
static HEARD: AtomicBool = AtomicBool::new(false);

static LINES: AtomicU64 = AtomicU64::new(0);
static WAITS: AtomicU32 = AtomicU32::new(0);

/// Has every later operation of this process, and of those that it starts, told to `listener`. There
/// is room for three; the answer says whether there was some left.
///
/// ```
/// use multiprocessing::{Queue, seam};
/// fn print(step: seam::Step) {
///     println!("{:?}", step.event);
/// }
/// assert!(seam::listen(print));
/// // About { act: Put, object: 1 }
/// // Did { op: Put { nth: 1, capacity: None }, object: 1 }
/// Queue::<u8>::unbounded().unwrap().put(7).unwrap();
/// ```
pub fn listen(listener: Listener) -> bool {
    let installed = LISTENERS.iter().any(|place| place.set(listener).is_ok());
    HEARD.store(true, Relaxed);
    installed
}

/// Does something that other processes can notice and that does not go through this crate, such as
/// a send on another crate's channel. By default this only calls `act`.
///
/// ```
/// use multiprocessing::seam;
/// let (sender, receiver) = ipc_channel::ipc::channel()?;
/// seam::raw("send", || sender.send(7))?;
/// assert_eq!(seam::raw("receive", || receiver.recv())?, 7);
/// # Ok::<(), anyhow::Error>(())
/// ```
pub fn raw<R>(what: &str, act: impl FnOnce() -> R) -> R {
    let attempt = about(Act::Raw, 0);
    let result = act();
    attempt.did(|| Op::Raw { what });
    result
}

/// This process is about to do `act` on `object` (0: on none). By default nobody listens, and this is
/// one relaxed load.
#[inline]
pub(crate) fn about(act: Act, object: u32) -> Attempt {
    let heard = HEARD.load(Relaxed);
    if heard {
        tell(Event::About { act, object });
    }
    Attempt { act, object, heard }
}

/// What a process is at. Dropped before it is done, it was in vain.
#[must_use = "an attempt that is dropped was in vain"]
pub(crate) struct Attempt {
    act: Act,
    object: u32,
    heard: bool,
}

impl Attempt {
    /// It is done. What `op` looks at costs nothing if nobody listens.
    #[inline]
    pub(crate) fn did<'a>(mut self, op: impl FnOnce() -> Op<'a>) {
        if std::mem::take(&mut self.heard) {
            tell(Event::Did { op: op(), object: self.object });
        }
    }
}

impl Drop for Attempt {
    #[inline]
    fn drop(&mut self) {
        if self.heard {
            tell(Event::Did { op: Op::Missed(self.act), object: self.object });
        }
    }
}

/// This process has done something that was no attempt.
pub(crate) fn did(op: Op<'_>, object: u32) {
    if HEARD.load(Relaxed) {
        tell(Event::Did { op, object });
    }
}

#[cold]
#[inline(never)]
fn tell(event: Event<'_>) {
    thread_local!(static TELLING: Cell<bool> = const { Cell::new(false) });
    // What a listener does itself is not told, or it would never end.
    if TELLING.replace(true) {
        return;
    }
    let step = Step { event, lines: LINES.load(Relaxed) };
    LISTENERS.iter().filter_map(OnceLock::get).for_each(|listener| listener(step));
    TELLING.set(false);
}

/// Counts a line that [`say!`](crate::say!) prints.
pub(crate) fn count_line() {
    LINES.fetch_add(1, Relaxed);
}

/// A new process has printed nothing and waits for nothing.
pub(crate) fn begin() {
    LINES.store(0, Relaxed);
    WAITS.store(0, Relaxed);
    board::begin();
}

/// This process is about to sleep until `condition` holds for `object` (0 where there is none), or
/// with a `limit` until that is over. It waits as long as the answer lives. A wait inside of another
/// is a part of it and is not told.
pub(crate) fn waits_for(object: u32, condition: Condition, limit: bool) -> Waiting {
    let first = WAITS.fetch_add(1, Relaxed) == 0;
    let waiting = Waiting { first };
    waiting.now_for(object, condition, limit);
    waiting
}

/// This process waits; dropped, it goes on.
#[must_use = "it waits no longer than this lives"]
pub(crate) struct Waiting {
    first: bool,
}

impl Waiting {
    /// It still waits, but now for this.
    pub(crate) fn now_for(&self, object: u32, condition: Condition, limit: bool) {
        if self.first {
            board::publish(object, condition, limit);
            if HEARD.load(Relaxed) {
                tell(Event::Waits { object, condition, limit });
            }
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITS.fetch_sub(1, Relaxed);
        if self.first {
            board::withdraw();
            if HEARD.load(Relaxed) {
                tell(Event::GoesOn);
            }
        }
    }
}
