//! A lock in shared memory that names its owner, and that survives the owner's death.
//!
//! One atomic word is the lock: 0, or the process inside. Whoever finds it taken tries about a hundred
//! times, then sleeps. A sleeper that was not rung asks whether the owner still lives (see
//! [`family`]). A stopped owner lives: nobody takes its lock away, however long it stands still.
//!
//! A second word says who is next, and is no more than a courtesy. A waiter that has slept for a
//! millisecond puts itself there; from then on nobody else takes the lock when it is free
//! ([`Mutex::try_acquire`]), and the owner rings everybody when it leaves, so that the next one wakes.
//! That one may not come: it may be stopped, or dead. So anybody who finds the lock free and kept for
//! another may strike the other out (`cede`), and nothing is lost by that but the courtesy: the first word
//! alone says whose the lock is.
//!
//! There are two ways to get past a dead owner. [`Mutex::enter`] takes over in silence, for whatever the
//! crate keeps behind a lock is whole at any instant. [`Mutex::acquire`] tells, for what a lesson's `Lock`
//! protects may be half changed.

use crate::memory::clock::{Deadline, sleep_for};
use crate::memory::ending;
use crate::memory::family::{self, Owner};
use crate::memory::mapping::shared;
use crate::memory::seam::{Condition, waits_for};
use crate::memory::waiters::{UNTIL_A_LOOK, Waiters};
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::time::{Duration, Instant};

/// Tries before sleeping: a few microseconds, many times what an owner usually needs.
const TRIES: u32 = 100;
/// A waiter older than this asks for the next turn.
const PATIENCE: Duration = Duration::from_millis(1);
/// The sleep before asking whether the owner is alive. From then on a sleeper sleeps for a quarter
/// of the time that it has waited, at least this and at most [`LONGEST`]: so a dead owner costs
/// little more time than was lost already, and a stopped one next to no processor. So long, too, the
/// others leave a free lock to the one who asked for the next turn.
const SHORTEST: Duration = Duration::from_millis(5);
const LONGEST: Duration = UNTIL_A_LOOK;

shared! {
    pub(crate) struct Mutex {
        owner: AtomicU64,
        /// The waiter that has the next turn, or 0. Without it, four processes that enter and leave
        /// without pause can keep a fifth out for a third of a second.
        next: AtomicU64,
        /// How often the lock of a dead owner was taken over: the tests ask.
        taken_over: AtomicU64,
        sleepers: Waiters,
    }
}

/// Why `acquire` came back without the lock.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The deadline has passed; the lock was last seen with this owner (if it had one).
    TimedOut(Option<Owner>),
    /// The owner is dead. `take_over` makes the lock ours.
    Dead(Owner),
}

/// An object, and the condition that its owner's pid makes.
pub(crate) type What = (u32, fn(i32) -> Condition);

impl Mutex {
    /// `what`: the object that this lock belongs to, and how it is waited for.
    #[inline]
    pub(crate) fn acquire(&self, deadline: Deadline, what: What) -> Result<Owner, Refusal> {
        let me = family::me();
        for _ in 0..TRIES {
            if self.try_acquire(me) {
                return Ok(me);
            }
            std::hint::spin_loop();
        }
        let outcome = self.acquire_slowly(me, deadline, what);
        if outcome.is_err() {
            self.cede(me);
        }
        outcome.map(|()| me)
    }

    /// As `acquire`, but takes the lock of a dead owner over.
    #[inline]
    pub(crate) fn enter(&self, deadline: Deadline, what: What) -> Result<Owner, Option<Owner>> {
        loop {
            match self.acquire(deadline, what) {
                Ok(me) => return Ok(me),
                Err(Refusal::TimedOut(owner)) => return Err(owner),
                Err(Refusal::Dead(owner)) if self.take_over(owner) => return Ok(family::me()),
                Err(Refusal::Dead(_)) => {} // somebody else took it over
            }
        }
    }

    #[inline]
    pub(crate) fn try_acquire(&self, me: Owner) -> bool {
        let next = self.next.load(Relaxed);
        if (next != 0 && next != me.0)
            || self.owner.load(Relaxed) != 0
            || self.owner.compare_exchange(0, me.0, SeqCst, Relaxed).is_err()
        {
            return false;
        }
        if next != 0 {
            self.next.store(0, Relaxed);
        }
        true
    }

    #[cold]
    fn acquire_slowly(
        &self,
        me: Owner,
        deadline: Deadline,
        (object, condition): What,
    ) -> Result<(), Refusal> {
        let began = Instant::now();
        let waits_now = || condition(self.owner().map_or(0, Owner::pid));
        let free = || self.owner.load(Relaxed) == 0 || self.dead_owner().is_some();
        let mut waiting = waits_for(object, waits_now(), deadline, &free);
        let mut slice = PATIENCE;
        loop {
            let ticket = self.sleepers.announce();
            if self.try_acquire(me) {
                self.sleepers.stay_awake(ticket);
                return Ok(());
            }
            let Some(sleep) = sleep_for(deadline, slice) else {
                self.sleepers.stay_awake(ticket);
                // Even those who never wait look after the others: there may be nobody else.
                if let Some(dead) = self.dead_owner() {
                    return Err(Refusal::Dead(dead));
                }
                match self.owner() {
                    None if self.cede_for_the_absent() => continue,
                    owner => return Err(Refusal::TimedOut(owner)),
                }
            };
            waiting.now_for(object, waits_now(), deadline, &free);
            let rung = if waiting.is_over() {
                self.sleepers.stay_awake(ticket);
                false
            } else {
                self.sleepers.sleep(ticket, sleep)
            };
            if self.try_acquire(me) {
                return Ok(());
            }
            if !rung {
                ending::if_nobody_reads();
                if let Some(dead) = self.dead_owner() {
                    return Err(Refusal::Dead(dead));
                }
                // Free, but kept for one that does not come: stopped, killed or very slow.
                if self.owner().is_none() && slice > PATIENCE {
                    self.cede(Owner(self.next.load(Relaxed)));
                }
                slice = (began.elapsed() / 4).clamp(SHORTEST, LONGEST);
            }
            if began.elapsed() >= PATIENCE {
                let _ = self.next.compare_exchange(0, me.0, Relaxed, Relaxed);
            }
        }
    }

    /// Gives up `waiter`'s claim to the next turn.
    fn cede(&self, waiter: Owner) {
        let _ = self.next.compare_exchange(waiter.0, 0, Relaxed, Relaxed);
    }

    /// Gives up the claim to the next turn of a process that will not come: it is dead, or stopped.
    /// False: there was none.
    pub(crate) fn cede_for_the_absent(&self) -> bool {
        let waiter = Owner(self.next.load(Relaxed));
        let absent = waiter.0 != 0 && (waiter.is_dead() || family::may_be_stopped(waiter.pid()));
        if absent {
            self.cede(waiter);
        }
        absent
    }

    /// Makes the lock of a dead owner ours. False: another process was faster.
    pub(crate) fn take_over(&self, dead: Owner) -> bool {
        let me = family::me().0;
        let taken = self.owner.compare_exchange(dead.0, me, SeqCst, Relaxed);
        if taken.is_ok() {
            self.taken_over.fetch_add(1, Relaxed);
        }
        taken.is_ok()
    }

    pub(crate) fn taken_over(&self) -> u64 {
        self.taken_over.load(Relaxed)
    }

    pub(crate) fn owner(&self) -> Option<Owner> {
        Some(Owner(self.owner.load(Relaxed))).filter(|owner| owner.0 != 0)
    }

    /// The owner, if it died as the owner. One that was seen here, let go and ended is none: hence
    /// the second look.
    pub(crate) fn dead_owner(&self) -> Option<Owner> {
        self.owner().filter(|owner| owner.is_dead() && self.owner() == Some(*owner))
    }

    /// Lets go. `me` is what `acquire` gave, and still this process: a forked child that inherits a
    /// guard does not own the lock.
    #[inline]
    pub(crate) fn release(&self, me: Owner) {
        if self.owner.compare_exchange(me.0, 0, SeqCst, Relaxed).is_err() {
            family::taken_for_dead();
        }
        // If one has the next turn, all are woken, so that it is among them.
        let most = if self.next.load(Relaxed) == 0 { 1 } else { u32::MAX };
        self.sleepers.ring(most);
    }
}
