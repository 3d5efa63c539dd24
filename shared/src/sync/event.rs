//! A flag that processes wait for.

use crate::memory::debug::debug;
use crate::memory::mapping::shared;
use crate::memory::monitor::Monitor;
use crate::memory::seam::{self, Act, Condition, Kind, Op};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::time::Duration;

/// A flag that processes wait for; Python's `multiprocessing.Event`.
///
/// It stays set until it is cleared, and `set` wakes every process that waits, even if the flag is
/// cleared again at once. Python's `wait()` may then return `False` or go on waiting.
///
/// **When a process dies**, the flag stays as it is. If that process was the one to set it, the
/// others go on waiting: use [`wait_timeout`](Event::wait_timeout).
///
/// ```
/// use multiprocessing::{Event, Process};
/// let go = Event::new()?;
/// let runner = Process::new(|| go.wait()).start()?;
/// go.set();
/// assert!(runner.join()?.success());
/// # Ok::<(), anyhow::Error>(())
/// ```
pub struct Event(Monitor<State, 1>);

debug!(Event, |event| object: event.0.object(), set: event.0.state().is_set());

shared! {
    struct State {
        /// The lowest bit is the flag, the rest counts how often it was set.
        word: AtomicU64,
    }
}

impl State {
    fn is_set(&self) -> bool {
        self.word.load(Acquire) & 1 == 1
    }
    fn times(&self) -> u64 {
        self.word.load(Acquire) >> 1
    }
}

impl Event {
    /// An event that is not set.
    ///
    /// # Errors
    /// The system has no memory, or (not on Linux) no descriptors left.
    #[track_caller]
    pub fn new() -> io::Result<Event> {
        Monitor::new(Kind::Event, 0, [Condition::Set]).map(Event)
    }

    /// Sets the flag and wakes every process that waits for it. Setting it twice changes nothing.
    pub fn set(&self) {
        let attempt = seam::about(Act::Set, self.0.object());
        let Ok(mut guard) = self.0.enter(None) else { unreachable!("no deadline") };
        let state = self.0.state();
        let was_set = state.is_set();
        if !was_set {
            state.word.store((state.times() + 1) << 1 | 1, Release);
            guard.ring(0, u32::MAX);
        }
        let nth = state.times();
        drop(guard);
        // One that changes nothing has only seen that it was set.
        attempt.did(|| match was_set {
            true => Op::LookedAtEvent { nth, set: true },
            false => Op::Set { nth },
        });
    }

    /// Clears the flag: later calls of `wait` wait again.
    pub fn clear(&self) {
        let attempt = seam::about(Act::Clear, self.0.object());
        let Ok(guard) = self.0.enter(None) else { unreachable!("no deadline") };
        let state = self.0.state();
        let nth = state.times();
        state.word.store(nth << 1, Release);
        drop(guard);
        attempt.did(|| Op::Clear { nth });
    }

    /// Is the flag set now?
    pub fn is_set(&self) -> bool {
        let attempt = seam::about(Act::LookAtEvent, self.0.object());
        let word = self.0.state().word.load(Acquire);
        let set = word & 1 == 1;
        attempt.did(|| Op::LookedAtEvent { nth: word >> 1, set });
        set
    }

    /// Waits until the flag is set; returns at once if it is.
    pub fn wait(&self) {
        while !self.wait_within(None) {}
    }

    /// Like [`wait`](Event::wait), but waits at most this long, and never gives up earlier. Tells
    /// whether the flag was set (Python's `wait(seconds)`).
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.wait_within(Some(timeout))
    }

    fn wait_within(&self, limit: Option<Duration>) -> bool {
        let (attempt, deadline) = seam::about_to_wait(Act::WaitForEvent, self.0.object(), limit);
        // The setting that it waits for: the last one, if the flag is set now.
        let word = self.0.state().word.load(Acquire);
        let nth = (word >> 1) + (!word & 1);
        let set = |state: &State| state.times() >= nth;
        // The last look is for the case that whoever sets it is stopped before it has left.
        let woken = set(self.0.state())
            || self.0.enter_when(0, deadline, set).is_ok()
            || set(self.0.state());
        if woken {
            attempt.did(|| Op::Woken { nth });
        }
        woken
    }
}
