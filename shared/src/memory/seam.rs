//! The one seam: every operation that another process can notice passes here, and every line.
//!
//! It tells three things: what a process is [about](Event::About) to do on what; what it
//! [did](Event::Did), with all that is needed to find the cause later (a put and a get of one
//! queue with the same number belong together); and what it [waits for](Event::Waits) when it
//! cannot go on. Who listens, the environment says: what records the run, what disturbs it, and whoever
//! drives it. It is asked at the first operation, before any fork. By default nobody listens, and each
//! place costs one relaxed load.

use std::cell::Cell;
use std::io;
use std::panic::Location;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use crate::memory::clock::{Deadline, Time, after};
pub(crate) use crate::memory::event::{Act, Condition, Event, Kind, Op, State, Stream, Text};
use crate::memory::{board, conductor, numbers, record, shake};

/// Who listens. Children inherit it.
static HEARD: AtomicU8 = AtomicU8::new(NOT_ASKED);
const NOT_ASKED: u8 = 0;
const NOBODY: u8 = 1;
const SOMEBODY: u8 = 2;
/// Among others somebody who decides the schedule.
const DRIVEN: u8 = 3;

static WAITS: AtomicU32 = AtomicU32::new(0);

#[inline]
fn is_heard() -> bool {
    HEARD.load(Relaxed) != NOBODY
}

/// Whether somebody decides the schedule. Then only an operation is a reason to look, not the time.
pub(crate) fn is_driven() -> bool {
    HEARD.load(Relaxed) == DRIVEN
}

/// This process is about to do `act` on `object` (0: on none), in a call that does not wait.
#[inline]
pub(crate) fn about(act: Act, object: u32) -> Attempt {
    about_within(act, object, Some(Duration::ZERO), Text(&""))
}

/// The same for an act that has a text: see [`Event::About`].
#[inline]
pub(crate) fn about_this(act: Act, object: u32, what: Text<'_>) -> Attempt {
    about_within(act, object, Some(Duration::ZERO), what)
}

/// The same for a call that waits at most for `limit` (`None` is for ever). Its time runs from here, and
/// not while it stands in front.
#[inline]
pub(crate) fn about_to_wait(act: Act, object: u32, limit: Option<Duration>) -> (Attempt, Deadline) {
    (about_within(act, object, limit, Text(&"")), limit.and_then(after))
}

/// The same for an act that has a text.
#[inline]
pub(crate) fn about_within(
    act: Act,
    object: u32,
    patience: Option<Duration>,
    what: Text<'_>,
) -> Attempt {
    let heard = is_heard();
    if heard {
        tell(Event::About { act, object, patience, what });
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

    /// It is done, and has looked at all of these.
    pub(crate) fn saw<'a>(mut self, all: impl Iterator<Item = (Op<'a>, u32)>) {
        if std::mem::take(&mut self.heard) {
            all.for_each(|(op, object)| tell(Event::Did { op, object }));
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
    if is_heard() {
        tell(Event::Did { op, object });
    }
}

/// The number of a new shared object: the same in every process that inherits the object. It is made
/// where the program calls its constructor; so all that come between are `track_caller`, too.
#[track_caller]
pub(crate) fn new_object(kind: Kind, first: Text<'_>) -> io::Result<u32> {
    let elements = if let Kind::Array(len) = kind { len } else { 1 };
    let (object, at) = (numbers::new_object(elements)?, Location::caller());
    did(Op::New { kind, first, file: at.file(), line: at.line(), column: at.column() }, object);
    Ok(object)
}

#[cold]
#[inline(never)]
fn tell(event: Event<'_>) {
    thread_local!(static TELLING: Cell<bool> = const { Cell::new(false) });
    // What a listener does itself is not told, or it would never end.
    if TELLING.replace(true) {
        return;
    }
    if HEARD.compare_exchange(NOT_ASKED, NOBODY, Relaxed, Relaxed).is_ok() {
        board::begin();
        listen();
    }
    if is_heard() {
        record::hear(&event);
        shake::hear(&event);
        conductor::hear(&event);
    }
    TELLING.set(false);
}

/// Each listener asks the environment whether it is wanted, and gets to know this process.
fn listen() {
    let heard = record::begin() | shake::begin();
    let heard = match conductor::begin() {
        true => DRIVEN,
        false if heard => SOMEBODY,
        false => NOBODY,
    };
    HEARD.store(heard, Relaxed);
}

/// A new process waits for nothing, and is another one to whoever listens.
pub(crate) fn begin() {
    WAITS.store(0, Relaxed);
    board::begin();
    if HEARD.load(Relaxed) > NOBODY {
        listen();
    }
    did(Op::Begin, 0);
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
            if is_heard() {
                let until = deadline.map(Time::since_first);
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
            if is_heard() {
                tell(Event::GoesOn);
            }
        }
    }
}
