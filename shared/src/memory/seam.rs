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
use crate::memory::clock::{Deadline, Time, after};
pub use crate::memory::event::{Act, Condition, Event, Op, Ready, State, Step, Stream};

/// What a listener is.
pub type Listener = fn(Step<'_>);

/// Who records, who disturbs, who drives.
static LISTENERS: [OnceLock<Listener>; 3] = [const { OnceLock::new() }; 3];

static HEARD: AtomicBool = AtomicBool::new(false);
static DRIVEN: AtomicBool = AtomicBool::new(false);

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
/// // About { act: Put, object: 1, patience: None }
/// // Did { op: Put { nth: 1, capacity: None }, object: 1 }
/// Queue::<u8>::unbounded().unwrap().put(7).unwrap();
/// ```
pub fn listen(listener: Listener) -> bool {
    let installed = LISTENERS.iter().any(|place| place.set(listener).is_ok());
    HEARD.store(true, Relaxed);
    installed
}

/// This process is about to do `act` on `object` (0: on none), in a call that does not wait. By default
/// nobody listens, and this is one relaxed load.
#[inline]
pub(crate) fn about(act: Act, object: u32) -> Attempt {
    about_within(act, object, Some(Duration::ZERO))
}

/// The same for a call that waits at most for `limit` (`None` is for ever). Its time runs from here, and
/// not while it stands in front.
#[inline]
pub(crate) fn about_to_wait(act: Act, object: u32, limit: Option<Duration>) -> (Attempt, Deadline) {
    let attempt = about_within(act, object, limit);
    (attempt, limit.and_then(after))
}

#[inline]
fn about_within(act: Act, object: u32, patience: Option<Duration>) -> Attempt {
    let heard = HEARD.load(Relaxed);
    if heard {
        tell(Event::About { act, object, patience });
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

/// Whether somebody decides the schedule. Then only an operation is a reason to look, not the time.
pub(crate) fn is_driven() -> bool {
    DRIVEN.load(Relaxed)
}

/// Somebody decides the schedule of this process, and of those that it starts.
pub(crate) fn is_driven_from_now_on() {
    DRIVEN.store(true, Relaxed);
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
/// until the deadline; `ready` says whether it holds. It waits as long as the answer lives. A wait
/// inside of another is a part of it and is not told.
pub(crate) fn waits_for(
    object: u32,
    condition: Condition,
    deadline: Deadline,
    ready: &dyn Fn() -> bool,
) -> Waiting {
    let mut waiting = Waiting { first: WAITS.fetch_add(1, Relaxed) == 0, over: false };
    waiting.now_for(object, condition, deadline, ready);
    waiting
}

/// This process waits; dropped, it goes on.
#[must_use = "it waits no longer than this lives"]
pub(crate) struct Waiting {
    first: bool,
    over: bool,
}

impl Waiting {
    /// It still waits, but now for this.
    pub(crate) fn now_for(
        &mut self,
        object: u32,
        condition: Condition,
        deadline: Deadline,
        ready: &dyn Fn() -> bool,
    ) {
        if self.first {
            board::publish(object, condition, deadline.is_some());
            if HEARD.load(Relaxed) {
                let (until, ready) = (deadline.map(Time::since_first), Ready(ready));
                tell(Event::Waits { object, condition, until, ready });
            }
            self.over = is_driven();
        }
    }

    /// Whether the run is driven, so that the wait is over by now: no need to sleep.
    pub(crate) fn is_over(&self) -> bool {
        self.over
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
