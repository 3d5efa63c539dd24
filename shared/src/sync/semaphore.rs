//! A number of permits that processes take and give back.

use crate::memory::debug::debug;
use crate::memory::family::{self, Owner};
use crate::memory::mapping::shared;
use crate::memory::monitor::{Guard, Monitor};
use crate::memory::seam::{self, Act, Attempt, Condition, Kind, Op};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::time::Duration;

/// A number of permits that processes take and give back; Python's `multiprocessing.Semaphore`.
///
/// A permit goes back when it is dropped, so not even an error or a panic keeps it.
///
/// **When a process dies**, the permits that it had taken are gone, as in Python.
///
/// ```
/// use multiprocessing::Semaphore;
/// let seats = Semaphore::new(1)?;
/// let seat = seats.acquire();
/// assert!(seats.try_acquire().is_none());
/// drop(seat);
/// assert!(seats.try_acquire().is_some());
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Semaphore {
    monitor: Monitor<State, 1>,
    first: u64,
}

debug!(Semaphore, |seats| object: seats.monitor.object(), free: seats.free(seats.monitor.state()));

shared! {
    /// There are as many permits as at first, and those that were added, less those that were taken.
    struct State {
        taken: AtomicU64,
        added: AtomicU64,
    }
}

impl Semaphore {
    /// A semaphore with this many permits. One of 0 lets processes in as [`release`](Self::release)
    /// adds permits.
    ///
    /// # Errors
    /// The system has no memory left.
    #[track_caller]
    pub fn new(permits: u32) -> io::Result<Semaphore> {
        let monitor = Monitor::new(Kind::Semaphore, 0, [Condition::Permit])?;
        Ok(Semaphore { monitor, first: permits.into() })
    }

    /// Takes a permit, waiting for one.
    pub fn acquire(&self) -> Permit<'_> {
        loop {
            if let Some(permit) = self.acquire_within(None) {
                return permit;
            }
        }
    }

    /// Takes a permit if one is free (Python's `acquire(block=False)`). (If a process stands still in
    /// the middle of another call, it gives up after a tenth of a second.)
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let attempt = seam::about(Act::Acquire, self.monitor.object());
        let entered = self.monitor.try_enter_when(|state| self.free(state) > 0);
        entered.ok().flatten().map(|guard| self.take(attempt, guard))
    }

    /// Takes a permit, waiting at most this long and never giving up earlier (Python's
    /// `acquire(timeout=seconds)`). However short the time, `None` means that none is free (or that a
    /// process that is stopped in the middle of another call keeps this one from looking).
    pub fn acquire_timeout(&self, timeout: Duration) -> Option<Permit<'_>> {
        self.acquire_within(Some(timeout))
    }

    /// Adds a permit, and lets one process that waits go on (Python's `release()`). Whoever has a
    /// [`Permit`] drops that instead; this is for a process that lets another one go on. Python's
    /// `BoundedSemaphore` refuses a permit more than there were at first: here a permit that was
    /// taken cannot go back twice.
    pub fn release(&self) {
        let attempt = seam::about(Act::Release, self.monitor.object());
        let Ok(mut guard) = self.monitor.enter(None) else { unreachable!("no deadline") };
        let added = &self.monitor.state().added;
        let nth = added.load(Relaxed) + 1;
        added.store(nth, Release);
        guard.ring(0, 1);
        drop(guard);
        attempt.did(|| Op::Release { nth });
    }

    /// Right also outside the monitor: read when none was taken meanwhile.
    fn free(&self, state: &State) -> u64 {
        loop {
            let taken = state.taken.load(Acquire);
            let all = self.first + state.added.load(Acquire);
            if taken == state.taken.load(Acquire) {
                return all - taken;
            }
        }
    }

    fn acquire_within(&self, limit: Option<Duration>) -> Option<Permit<'_>> {
        let (attempt, deadline) = seam::about_to_wait(Act::Acquire, self.monitor.object(), limit);
        let entered = self.monitor.enter_when(0, deadline, |state| self.free(state) > 0);
        entered.ok().map(|guard| self.take(attempt, guard))
    }

    fn take(&self, attempt: Attempt, inside: Guard<'_, State, 1>) -> Permit<'_> {
        let taken = &self.monitor.state().taken;
        let nth = taken.load(Relaxed) + 1;
        taken.store(nth, Release);
        drop(inside);
        attempt.did(|| Op::Acquire { nth, permits: self.first });
        Permit { semaphore: self, taker: family::me() }
    }
}

/// One permit of a [`Semaphore`], which goes back when this is dropped by the process that took it. A
/// child that inherits it over the fork has not taken it, and gives nothing back.
#[must_use = "the permit goes back when this is dropped"]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
    taker: Owner,
}

debug!(Permit<'a>, |permit| semaphore: permit.semaphore.monitor.object());

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.taker == family::me() {
            self.semaphore.release();
        }
    }
}
