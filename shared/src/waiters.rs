//! Sleeping until another process rings: the bottom of every wait.
//!
//! A ring is a hint that the state may have changed; the state itself is the truth. Whoever sleeps
//! sleeps for a slice at most, then looks again. So a ring that is lost because its sleeper was
//! killed at the wrong instant costs the others one slice, not their life.

use crate::memory::Shared;
use std::sync::atomic::{AtomicU32, Ordering::*};
use std::time::Duration;

#[cfg(all(target_os = "linux", not(feature = "portable-wait")))]
#[path = "waiters/futex.rs"]
mod bell;
#[cfg(not(all(target_os = "linux", not(feature = "portable-wait"))))]
#[path = "waiters/pipe.rs"]
mod bell;

pub(crate) use bell::Bell;

/// The longest sleep without a look at the state.
pub(crate) const SLICE: Duration = Duration::from_millis(20);

/// Those who wait for one condition; lies in shared memory.
#[repr(C)]
pub(crate) struct Waiters {
    /// Counts the rings, so that a ring between deciding to sleep and sleeping is noticed.
    rings: AtomicU32,
    /// About how many sleep. Too high after a sleeper was killed: each ring lowers it again. Too
    /// low for a moment when a ring meets a sleeper that has just given up: each slice raises it.
    asleep: AtomicU32,
}
// SAFETY: two atomics.
unsafe impl Shared for Waiters {}

/// The intention to sleep. To be followed by `sleep` or `stay_awake`.
pub(crate) struct Ticket(u32);

impl Waiters {
    /// Announces a sleeper. Whatever changes after this call rings it awake; so look at the state
    /// once more before sleeping.
    pub(crate) fn announce(&self) -> Ticket {
        self.asleep.fetch_add(1, SeqCst);
        Ticket(self.rings.load(SeqCst))
    }

    /// Sleeps until rung, or for `at_most`. Says whether it was rung.
    pub(crate) fn sleep(&self, bell: &Bell, ticket: Ticket, at_most: Duration) -> bool {
        let rung = bell.sleep(&self.rings, ticket.0, at_most);
        if !rung {
            self.stay_awake(ticket);
        }
        rung
    }

    /// Takes the announcement back.
    pub(crate) fn stay_awake(&self, _: Ticket) {
        self.lower(1);
    }

    /// Wakes up to `most` sleepers. Costs one load when nobody sleeps.
    #[inline]
    pub(crate) fn ring(&self, bell: &Bell, most: u32) {
        let asleep = self.asleep.load(SeqCst);
        if asleep > 0 {
            let wake = most.min(asleep);
            self.lower(wake);
            self.rings.fetch_add(1, SeqCst);
            bell.ring(&self.rings, wake);
        }
    }

    fn lower(&self, by: u32) {
        let lowered = |asleep: u32| Some(asleep.saturating_sub(by));
        let _always = self.asleep.fetch_update(SeqCst, SeqCst, lowered);
    }
}
