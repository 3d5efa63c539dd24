//! Waiting for what is protected by a lock to change.

use crate::memory::debug::debug;
use crate::memory::mapping::shared;
use crate::memory::monitor::Monitor;
use crate::memory::seam::{self, Act, Kind, Op};
use crate::sync::lock::{LockError, LockGuard};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering::*};

/// Where processes wait for what a [`Lock`](crate::Lock) protects to change; Python's
/// `multiprocessing.Condition`, in the form of [`std::sync::Condvar`].
///
/// Whoever needs something to be so takes the lock, looks, and waits while it is not so. Whoever makes
/// it so holds the lock, too, and notifies. A notify wakes only those who wait already; it is not kept
/// for one who comes later. That loses nothing if the looking is done under the lock: `wait` stands in
/// the queue before it releases the lock, so nobody can come in between.
///
/// Look again after each wait (`while`, not `if`): another process may have been faster, and there may
/// be one wake-up too many.
///
/// **When a process dies** while it waits, its wake-up is another's: a notify may then wake one process
/// too many, never one too few. One that dies after it was woken takes its wake-up along. (In Python the
/// next notify waits for the dead one, for ever.) Whether a process that would notify is dead, nobody
/// knows; the others wait.
///
/// ```
/// use multiprocessing::{Condition, Lock, Process, Value};
/// let (lock, changed, plates) = (Lock::new()?, Condition::new()?, Value::new(0)?);
/// let guest = Process::new(|| -> anyhow::Result<()> {
///     let mut held = lock.lock()?;
///     while plates.get() == 0 {
///         held = changed.wait(held)?;
///     }
///     Ok(())
/// })
/// .start()?;
/// let held = lock.lock()?;
/// plates.set(1);
/// changed.notify_one();
/// drop(held);
/// assert!(guest.join()?.success());
/// # Ok::<(), anyhow::Error>(())
/// ```
pub struct Condition(Monitor<State, 1>);

debug!(Condition, |condition| object: condition.0.object(), waiting: condition.waiting());

shared! {
    /// Each wait has a number, in the order of their beginning. A wake-up has no owner: whoever may take
    /// one takes it, so a process that is dead takes none.
    struct State {
        /// So many waits have begun.
        waits: AtomicU64,
        /// So many wake-ups were given, never more than there were waits.
        given: AtomicU64,
        taken: AtomicU64,
        /// Only a wait with a number up to this may take one: it began before the last notify.
        until: AtomicU64,
    }
}

impl Condition {
    /// A condition for which nobody waits.
    ///
    /// # Errors
    /// The system has no memory, or (not on Linux) no descriptors left.
    #[track_caller]
    pub fn new() -> io::Result<Condition> {
        Monitor::new(Kind::Condition, 0, [seam::Condition::Notice]).map(Condition)
    }

    /// Releases the lock, waits for a notify, and takes the lock again (Python's `wait()`).
    ///
    /// # Errors
    /// [`LockError`], when it takes the lock again.
    pub fn wait<'l>(&self, guard: LockGuard<'l>) -> Result<LockGuard<'l>, LockError> {
        let (lock, state, object) = (guard.lock(), self.0.state(), self.0.object());
        let attempt = seam::about(Act::BeginToWait, object);
        let Ok(inside) = self.0.enter(None) else { unreachable!("no deadline") };
        let nth = state.waits.load(Relaxed) + 1;
        state.waits.store(nth, Release);
        drop(inside);
        attempt.did(|| Op::BeganToWait { nth });
        drop(guard);

        let (attempt, _never) = seam::about_to_wait(Act::WaitForNotice, object, None);
        let is_woken = |state: &State| {
            state.given.load(Acquire) > state.taken.load(Acquire)
                && nth <= state.until.load(Acquire)
        };
        let Ok(inside) = self.0.enter_when(0, None, is_woken) else { unreachable!("no deadline") };
        let wake_up = state.taken.load(Relaxed) + 1;
        state.taken.store(wake_up, Release);
        drop(inside);
        attempt.did(|| Op::Noticed { nth, wake_up });
        lock.lock()
    }

    /// Wakes one of those who wait (Python's `notify()`). Unlike Python's, it may be called without the
    /// lock; but what is waited for should change under it.
    pub fn notify_one(&self) {
        self.notify(1);
    }

    /// Wakes all who wait (Python's `notify_all()`).
    pub fn notify_all(&self) {
        self.notify(u64::MAX);
    }

    fn notify(&self, most: u64) {
        let (state, attempt) = (self.0.state(), seam::about(Act::Notify, self.0.object()));
        let Ok(mut inside) = self.0.enter(None) else { unreachable!("no deadline") };
        let (waits, before) = (state.waits.load(Relaxed), state.given.load(Relaxed));
        let given = before.saturating_add(most).min(waits);
        let after = state.until.load(Relaxed);
        // In this order: killed between the two, it has given one too many, and to nobody another's.
        state.given.store(given, Release);
        state.until.store(waits, Release);
        if given > before {
            // All, for only some of those who sleep may take it.
            inside.ring(0, u32::MAX);
        }
        drop(inside);
        attempt.did(|| Op::Notify { after, until: waits, before, given });
    }

    fn waiting(&self) -> u64 {
        let state = self.0.state();
        let taken = state.taken.load(Acquire);
        state.waits.load(Acquire) - taken
    }
}
