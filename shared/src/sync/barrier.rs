//! A place where processes wait until all of them are there.

use crate::memory::debug::debug;
use crate::memory::mapping::shared;
use crate::memory::monitor::Monitor;
use crate::memory::seam::{self, Act, Condition, Kind, Op};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::time::Duration;

/// A place where processes wait until all of them are there; Python's `multiprocessing.Barrier`.
///
/// It is used again and again: each time that `parties` processes have come, these go on, and the next
/// to come begins a new round. Python's `wait()` gives each a number, and one of them can do something
/// for all; here nobody is told from the others.
///
/// A process that gives up waiting ([`wait_timeout`](Barrier::wait_timeout)) breaks the barrier: those
/// who wait there, and all who come later, get [`BrokenBarrierError`]. It stays broken; Python's `reset()`
/// is left out, and a new barrier does the same.
///
/// **When a process dies**, the barrier does not know whether that one would have come, as in Python: the
/// others wait, for ever or until one of them gives up. One that dies while it waits has come, and the
/// others go on without it, where Python's wait for ever.
///
/// ```
/// use multiprocessing::{Barrier, Process};
/// let bridge = Barrier::new(2)?;
/// let other = Process::new(|| bridge.wait()).start()?;
/// bridge.wait()?;
/// assert!(other.join()?.success());
/// # Ok::<(), anyhow::Error>(())
/// ```
pub struct Barrier {
    monitor: Monitor<State, 1>,
    parties: u64,
}

debug!(Barrier, |barrier| object: barrier.monitor.object(),
    there: barrier.word().load(Acquire) / ONE % barrier.parties, parties: barrier.parties,
    broken: is_broken(barrier.word().load(Acquire)));

shared! {
    struct State {
        /// The lowest bit: it is broken. The rest counts those who have come, in all rounds.
        word: AtomicU64,
    }
}

const BROKEN: u64 = 1;
const ONE: u64 = 2;

fn is_broken(word: u64) -> bool {
    word & BROKEN != 0
}

/// Somebody gave up waiting for the others at a [`Barrier`].
#[derive(Debug, thiserror::Error)]
#[error("the barrier is broken: somebody gave up waiting there")]
pub struct BrokenBarrierError;

impl Barrier {
    /// A barrier for this many processes. One of 0 is as one of 1: nobody ever waits there.
    ///
    /// # Errors
    /// The system has no memory, or (not on Linux) no descriptors left.
    #[track_caller]
    pub fn new(parties: u32) -> io::Result<Barrier> {
        let monitor = Monitor::new(Kind::Barrier, 0, [Condition::Barrier])?;
        Ok(Barrier { monitor, parties: parties.max(1).into() })
    }

    /// Waits until all are there. Whoever comes last does not wait.
    ///
    /// # Errors
    /// [`BrokenBarrierError`].
    pub fn wait(&self) -> Result<(), BrokenBarrierError> {
        self.wait_within(None)
    }

    /// Like [`wait`](Barrier::wait), but waits at most this long, and never gives up earlier: then it
    /// breaks the barrier, for itself and for all others.
    ///
    /// # Errors
    /// [`BrokenBarrierError`].
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), BrokenBarrierError> {
        self.wait_within(Some(timeout))
    }

    /// To come and to go on are two operations: between them the others come.
    fn wait_within(&self, limit: Option<Duration>) -> Result<(), BrokenBarrierError> {
        let (object, parties) = (self.monitor.object(), self.parties);
        let attempt = seam::about(Act::Arrive, object);
        let Ok(mut guard) = self.monitor.enter(None) else { unreachable!("no deadline") };
        let come = |word| (!is_broken(word)).then_some(word + ONE);
        let Ok(before) = self.word().fetch_update(SeqCst, Relaxed, come) else {
            drop(guard);
            attempt.did(|| Op::FoundBroken);
            return Err(BrokenBarrierError);
        };
        let round = before / ONE / parties + 1;
        let all_are_there = |word| word / ONE >= round * parties;
        if all_are_there(before + ONE) {
            guard.ring(0, u32::MAX);
        }
        drop(guard);
        attempt.did(|| Op::Arrive { round, parties });

        let (attempt, deadline) = seam::about_to_wait(Act::Meet, object, limit);
        let is_over = |word| all_are_there(word) || is_broken(word);
        let entered =
            self.monitor.enter_when(0, deadline, |state| is_over(state.word.load(Acquire)));
        drop(entered);
        // Outside, for a process that is stopped inside must not keep it here longer than its limit.
        let give_up = |word| (!is_over(word)).then_some(word | BROKEN);
        match self.word().fetch_update(SeqCst, Acquire, give_up) {
            Err(word) if all_are_there(word) => {
                attempt.did(|| Op::Met { round });
                return Ok(());
            }
            Err(_) => attempt.did(|| Op::FoundBroken),
            Ok(_) => {
                // Else they see it at their next look.
                if let Ok(mut guard) = self.monitor.enter(deadline) {
                    guard.ring(0, u32::MAX);
                }
                attempt.did(|| Op::Break);
            }
        }
        Err(BrokenBarrierError)
    }

    fn word(&self) -> &AtomicU64 {
        &self.monitor.state().word
    }
}
