//! A number of permits that processes take and give back.

use crate::memory::Shared;
use crate::monitor::{Guard, Monitor};
use crate::time::{Deadline, after};
use crate::trace::{Op, pass};
use crate::waits::Condition;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::time::Duration;

/// A number of permits that processes take and give back; Python's
/// `multiprocessing.BoundedSemaphore`.
///
/// **When a process dies**, the permits that it had taken are gone, as in Python.
///
/// ```
/// use multiprocessing::Semaphore;
/// let seats = Semaphore::new(1)?;
/// seats.acquire();
/// assert!(!seats.try_acquire());
/// seats.release()?;
/// assert!(seats.release().is_err()); // one seat, released twice
/// # Ok::<(), anyhow::Error>(())
/// ```
pub struct Semaphore {
    monitor: Monitor<State, 1>,
    permits: u64,
}

#[repr(C)]
struct State {
    taken: AtomicU64,
    /// How often a permit was taken.
    turns: AtomicU64,
}
// SAFETY: atomics only.
unsafe impl Shared for State {}

/// A permit was released that nobody had taken.
#[derive(Debug, thiserror::Error)]
#[error(
    "release() of a semaphore whose {permits} permits are all free: call it once for each acquire()"
)]
pub struct NothingTaken {
    permits: u64,
}

impl Semaphore {
    /// A semaphore whose permits are all free.
    ///
    /// # Errors
    /// `permits` is 0: nobody could ever acquire one. Or the system has no memory, or (not on
    /// Linux) no descriptors left.
    pub fn new(permits: u32) -> io::Result<Semaphore> {
        if permits == 0 {
            let why = "a semaphore of 0 permits lets nobody in: use at least 1";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        Ok(Semaphore { monitor: Monitor::new(0, [Condition::Permit])?, permits: permits.into() })
    }

    /// Takes a permit, waiting for one.
    pub fn acquire(&self) {
        while !self.acquire_until(None) {}
    }

    /// Takes a permit if one is free, and tells whether it has. (If a process stands still in the
    /// middle of another call, it says no after a tenth of a second.)
    pub fn try_acquire(&self) -> bool {
        let free = self.monitor.try_enter_when(|state| self.is_free(state));
        free.is_ok_and(|guard| guard.map(|guard| self.take(guard)).is_some())
    }

    /// Takes a permit, waiting at most this long and never giving up earlier. Tells whether it has
    /// one. However short the time, it says no only if none is free (or if a process that is stopped
    /// in the middle of another call keeps it from looking).
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.acquire_until(after(timeout))
    }

    /// Gives a permit back, and lets one process that waits go on. Any process may do this.
    ///
    /// # Errors
    /// [`NothingTaken`], if all permits are free (Python's `ValueError`).
    pub fn release(&self) -> Result<(), NothingTaken> {
        pass(Op::Release { object: self.monitor.object() });
        let Ok(mut guard) = self.monitor.enter(None) else { unreachable!("no deadline") };
        let taken = &self.monitor.state().taken;
        match taken.load(Relaxed) {
            0 => Err(NothingTaken { permits: self.permits }),
            n => {
                taken.store(n - 1, Release);
                guard.ring(0, 1);
                Ok(())
            }
        }
    }

    fn is_free(&self, state: &State) -> bool {
        state.taken.load(Acquire) < self.permits
    }

    fn acquire_until(&self, deadline: Deadline) -> bool {
        self.monitor
            .enter_when(0, deadline, |state| self.is_free(state))
            .map(|guard| self.take(guard))
            .is_ok()
    }

    fn take(&self, inside: Guard<'_, State, 1>) {
        let State { taken, turns } = self.monitor.state();
        taken.store(taken.load(Relaxed) + 1, Release);
        let nth = turns.load(Relaxed) + 1;
        turns.store(nth, Relaxed);
        drop(inside);
        pass(Op::Acquire { object: self.monitor.object(), nth });
    }
}
