//! Mutual exclusion between processes.

use crate::memory::debug::debug;
use crate::memory::family::{self, Owner};
use crate::memory::mapping::{Mapping, shared};
use crate::memory::mutex::{Mutex, Refusal, What};
use crate::memory::seam::{self, Act, Attempt, Condition, Kind, Op};
use std::io;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::time::Duration;

/// A lock that at most one process holds; Python's `multiprocessing.Lock`.
///
/// It is released when its guard is dropped, so not even an error or a panic leaves it locked.
/// Unlike Python's, it cannot be released by a process that does not hold it. A process that asks
/// for a lock that it already holds waits for itself, as in Python.
///
/// **When its holder dies**, what it protects may be half changed. Python's lock stays locked
/// forever; here every process that asks gets [`LockError::HolderDied`], until one of them inspects
/// what is protected, repairs it, and takes the lock with [`recover`](Lock::recover). A holder that is
/// only stopped still holds it.
///
/// ```
/// use multiprocessing::{Lock, Process};
/// let lock = Lock::new()?;
/// let clerk = Process::new(|| -> anyhow::Result<()> {
///     let _held = lock.lock()?;
///     // Only one process at a time is here.
///     Ok(())
/// })
/// .start()?;
/// assert!(clerk.join()?.success());
/// # Ok::<(), anyhow::Error>(())
/// ```
pub struct Lock {
    mapping: Mapping,
    object: u32,
}

debug!(Lock, |lock| object: lock.object, holder: lock.state().mutex.owner().map(Owner::pid));

shared! {
    struct State {
        mutex: Mutex,
        /// How often the lock was taken. Only the holder changes it.
        turns: AtomicU64,
    }
}

/// Why the lock was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Its holder died without releasing it.
    #[error(
        "process {pid} died while it held the lock: see whether what the lock protects is whole, \
         then take it with recover()"
    )]
    HolderDied {
        /// The dead process.
        pid: i32,
    },
}

impl Lock {
    /// A lock that nobody holds.
    ///
    /// # Errors
    /// The system has no memory, or (not on Linux) no descriptors left.
    #[track_caller]
    pub fn new() -> io::Result<Lock> {
        let mapping = Mapping::new(size_of::<State>())?;
        Ok(Lock { mapping, object: family::new_object(Kind::Lock)? })
    }

    /// Takes the lock, waiting for it (Python's `acquire()`).
    ///
    /// # Errors
    /// [`LockError::HolderDied`].
    pub fn lock(&self) -> Result<LockGuard<'_>, LockError> {
        loop {
            if let Some(guard) = self.lock_within(None)? {
                return Ok(guard);
            }
        }
    }

    /// Takes the lock if it is free (Python's `acquire(block=False)`) and no process that has waited
    /// for long is about to take it.
    ///
    /// # Errors
    /// [`LockError::HolderDied`].
    pub fn try_lock(&self) -> Result<Option<LockGuard<'_>>, LockError> {
        let (mutex, me) = (&self.state().mutex, family::me());
        let attempt = seam::about(Act::Acquire, self.object);
        loop {
            if mutex.try_acquire(me) {
                return Ok(Some(self.held(attempt, me)));
            }
            if let Some(dead) = mutex.dead_owner() {
                return Err(holder_died(attempt, dead));
            }
            if mutex.owner().is_some() || !mutex.cede_for_the_absent() {
                return Ok(None);
            }
        }
    }

    /// Takes the lock, waiting at most this long and never giving up earlier (Python's
    /// `acquire(timeout=seconds)`). `None`: the time is up.
    ///
    /// # Errors
    /// [`LockError::HolderDied`].
    pub fn lock_timeout(&self, timeout: Duration) -> Result<Option<LockGuard<'_>>, LockError> {
        self.lock_within(Some(timeout))
    }

    /// Takes the lock, even from a dead holder. Call it once you have inspected what the lock
    /// protects; Python has no counterpart. If the holder is alive, it waits like [`lock`](Lock::lock).
    pub fn recover(&self) -> LockGuard<'_> {
        let (attempt, _never) = seam::about_to_wait(Act::Acquire, self.object, None);
        loop {
            match self.state().mutex.acquire(None, self.what()) {
                Ok(me) => return self.held(attempt, me),
                Err(Refusal::Dead(owner)) if self.state().mutex.take_over(owner) => {
                    return self.held(attempt, family::me());
                }
                Err(Refusal::Dead(_) | Refusal::TimedOut(_)) => {}
            }
        }
    }

    fn lock_within(&self, limit: Option<Duration>) -> Result<Option<LockGuard<'_>>, LockError> {
        let (attempt, deadline) = seam::about_to_wait(Act::Acquire, self.object, limit);
        match self.state().mutex.acquire(deadline, self.what()) {
            Ok(me) => Ok(Some(self.held(attempt, me))),
            Err(Refusal::Dead(owner)) => Err(holder_died(attempt, owner)),
            Err(Refusal::TimedOut(_)) => Ok(None),
        }
    }

    fn what(&self) -> What {
        (self.object, Condition::Lock)
    }

    fn state(&self) -> &State {
        self.mapping.header()
    }

    fn held(&self, attempt: Attempt, owner: Owner) -> LockGuard<'_> {
        let nth = self.state().turns.load(Relaxed) + 1;
        self.state().turns.store(nth, Relaxed);
        attempt.did(|| Op::Acquire { nth, permits: 1 });
        LockGuard { lock: self, owner, not_send: PhantomData }
    }
}

fn holder_died(attempt: Attempt, holder: Owner) -> LockError {
    attempt.did(|| Op::HolderDied { holder: holder.pid() });
    LockError::HolderDied { pid: holder.pid() }
}

/// The lock is held as long as this lives, by the process that took it: a child that inherits the
/// guard over the fork does not hold the lock, and does not release it.
#[must_use = "the lock is released when the guard is dropped"]
pub struct LockGuard<'a> {
    lock: &'a Lock,
    owner: Owner,
    not_send: PhantomData<*const ()>,
}

debug!(LockGuard<'a>, |guard| lock: guard.lock.object, holder: guard.owner.pid());

impl<'a> LockGuard<'a> {
    /// What it keeps locked.
    pub(crate) fn lock(&self) -> &'a Lock {
        self.lock
    }
}

impl Drop for LockGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.owner == family::me() {
            let state = self.lock.state();
            let attempt = seam::about(Act::Release, self.lock.object);
            // Read before others change it.
            let nth = state.turns.load(Relaxed);
            state.mutex.release(self.owner);
            attempt.did(|| Op::Release { nth });
        }
    }
}
