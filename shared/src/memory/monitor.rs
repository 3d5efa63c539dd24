//! A monitor in shared memory: a lock, a few plain fields, and conditions to wait for.
//!
//! Queue, event, semaphore, condition, barrier and pool are each some fields and a predicate on one of these.
//! A process may be killed at any instant inside. Whoever comes next takes the lock over, and
//! nothing needs repair, because each change of state is committed by *one* atomic store.
//! Nobody runs foreign code inside: messages are encoded before and decoded after.
//!
//! # How to wait
//!
//! [`Monitor::enter_when`] is the loop of every textbook, `while !ready { wait }`. Four things are less
//! plain than that:
//!
//! - It asks `ready` from outside first. The state is made of atomics, so it may be read there; and whoever
//!   goes in only to find nothing keeps out the one who would change that.
//! - It announces itself while it is inside, and sleeps once it has left. Whoever changes the state has to
//!   be inside, and rings after that, so it sees the announcement: no ring gets lost between the two.
//! - A guard rings when it has left. Rung from inside, the sleeper would wake up before a closed door.
//! - A deadline can pass in front of the lock as well as in front of the condition, and only the second
//!   answers the question that was asked: hence [`Monitor::enter_late`].

use crate::memory::clock::{Deadline, after, sleep_for};
use crate::memory::ending;
use crate::memory::family::{self, Owner};
use crate::memory::mapping::{Mapping, Shared, shared};
use crate::memory::mutex::Mutex;
use crate::memory::seam::{Condition, Kind, waits_for};
use crate::memory::waiters::{UNTIL_A_LOOK, Waiters};
use std::io;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How long a waiter looks at the state before it sleeps. Longer than a sleeper on another
/// processor takes to wake up and answer: if both look for less, each finds the other asleep for
/// ever, and every message costs a wake-up.
const LOOK: Duration = Duration::from_micros(20);
/// Pauses between two looks, half a microsecond or so: each look takes the state away from the
/// processor that is changing it, and one that comes later finds more messages.
const PAUSES: u32 = 32;
/// After so many looks in vain, the other process takes its time or needs this very processor.
const IN_VAIN: u32 = 4;
/// From then on, one wait in so many looks, in case that has changed.
const SELDOM: u32 = 256;
/// After this time a call that does not wait asks whether the process inside is stopped. If that
/// only waits for a processor, it is given some more, up to `TRIES` times: to say "there is nothing"
/// would be wrong.
const TRY: Duration = Duration::from_millis(100);
const TRIES: u32 = 10;

/// `S` is the state, `C` the number of conditions.
pub(crate) struct Monitor<S, const C: usize> {
    mapping: Mapping,
    /// What a process says that it waits for.
    meanings: [Condition; C],
    object: u32,
    /// This process's waits since a look was last worth while.
    in_vain: AtomicU32,
    state: PhantomData<S>,
}

shared! {
    struct Header<S, C> {
        mutex: Mutex,
        conditions: [Waiters; C],
        state: S,
    }
}

/// The deadline has passed. If what was waited for is there, but a process stands still inside and
/// keeps us from it, its pid stands here.
#[derive(Debug)]
pub(crate) struct TimedOut {
    pub(crate) held_by: Option<i32>,
}

impl<S: Shared, const C: usize> Monitor<S, C> {
    /// A monitor with `arena` bytes of shared memory beside it, and what each condition means.
    #[track_caller]
    pub(crate) fn new(kind: Kind, arena: usize, meanings: [Condition; C]) -> io::Result<Self> {
        Ok(Monitor {
            mapping: Mapping::new(Self::ARENA + arena)?,
            meanings,
            object: family::new_object(kind)?,
            in_vain: AtomicU32::new(0),
            state: PhantomData,
        })
    }

    /// Where the arena begins: behind the header, at a page of its own.
    pub(crate) const ARENA: usize = size_of::<Header<S, C>>().next_multiple_of(4096);

    pub(crate) fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The number of this object, the same in every process.
    pub(crate) fn object(&self) -> u32 {
        self.object
    }

    #[inline]
    fn header(&self) -> &Header<S, C> {
        self.mapping.header()
    }

    #[inline]
    pub(crate) fn state(&self) -> &S {
        &self.header().state
    }

    pub(crate) fn taken_over(&self) -> u64 {
        self.header().mutex.taken_over()
    }

    #[inline]
    pub(crate) fn enter(&self, deadline: Deadline) -> Result<Guard<'_, S, C>, TimedOut> {
        let what = (self.object, Condition::Inside as fn(i32) -> Condition);
        let entered = self.header().mutex.enter(deadline, what);
        let owner = entered.map_err(|owner| TimedOut { held_by: owner.map(Owner::pid) })?;
        Ok(Guard { monitor: self, owner, ring: [0; C], not_send: PhantomData })
    }

    /// Enters if `ready` holds now. An error is the process that stands still inside.
    #[inline]
    pub(crate) fn try_enter_when(
        &self,
        ready: impl Fn(&S) -> bool,
    ) -> Result<Option<Guard<'_, S, C>>, i32> {
        let mut tries = 0;
        while ready(self.state()) {
            match self.enter(after(TRY)) {
                Ok(guard) if ready(self.state()) => return Ok(Some(guard)),
                Err(TimedOut { held_by: Some(pid) }) => {
                    tries += 1;
                    if tries == TRIES || family::may_be_stopped(pid) {
                        return Err(pid);
                    }
                }
                // Another was faster, or it is free again by now.
                Ok(_) | Err(TimedOut { held_by: None }) => {}
            }
        }
        Ok(None)
    }

    /// Enters once `ready` holds, which only changes together with a ring of `condition`.
    #[inline]
    pub(crate) fn enter_when(
        &self,
        condition: usize,
        deadline: Deadline,
        ready: impl Fn(&S) -> bool,
    ) -> Result<Guard<'_, S, C>, TimedOut> {
        let mut waiting = None;
        loop {
            if !ready(self.state()) {
                self.look_for(&ready);
            }
            let guard = match self.enter(deadline) {
                Ok(guard) => guard,
                Err(missed) => return self.enter_late(missed, ready),
            };
            if ready(self.state()) {
                return Ok(guard);
            }
            let Some(sleep) = sleep_for(deadline, UNTIL_A_LOOK) else {
                return Err(TimedOut { held_by: None });
            };
            let waiters = &self.header().conditions[condition];
            let ticket = waiters.announce();
            drop(guard);
            let (meaning, holds) = (self.meanings[condition], || ready(self.state()));
            let waiting = match &mut waiting {
                None => waiting.insert(waits_for(self.object, meaning, deadline, &holds)),
                Some(waiting) => {
                    waiting.now_for(self.object, meaning, deadline, &holds);
                    waiting
                }
            };
            if waiting.is_over() {
                waiters.stay_awake(ticket);
            } else if !waiters.sleep(ticket, sleep) {
                ending::if_nobody_reads();
            }
        }
    }

    /// The time went by in front of the lock. That is no answer to the question whether `ready`
    /// holds: if it does, the call still enters, unless the process inside is stopped.
    #[cold]
    fn enter_late(
        &self,
        missed: TimedOut,
        ready: impl Fn(&S) -> bool,
    ) -> Result<Guard<'_, S, C>, TimedOut> {
        let stopped = |pid: &i32| cfg!(target_os = "linux") && family::may_be_stopped(*pid);
        let entered = match missed.held_by.filter(stopped) {
            Some(pid) if ready(self.state()) => Err(pid),
            Some(_) => Ok(None),
            None => self.try_enter_when(ready),
        };
        match entered {
            Ok(guard) => guard.ok_or(TimedOut { held_by: None }),
            Err(pid) => Err(TimedOut { held_by: Some(pid) }),
        }
    }

    /// Waits awake for a moment, if that has been worth while lately.
    fn look_for(&self, ready: impl Fn(&S) -> bool) {
        let in_vain = self.in_vain.load(Relaxed);
        self.in_vain.store(in_vain.wrapping_add(1), Relaxed);
        if in_vain >= IN_VAIN && !in_vain.is_multiple_of(SELDOM) {
            return;
        }
        let began = Instant::now();
        while began.elapsed() < LOOK {
            for _ in 0..PAUSES {
                std::hint::spin_loop();
            }
            if ready(self.state()) {
                self.in_vain.store(0, Relaxed);
                return;
            }
        }
    }
}

/// This process is inside the monitor, and leaves when the guard is dropped.
pub(crate) struct Guard<'a, S: Shared, const C: usize> {
    monitor: &'a Monitor<S, C>,
    owner: Owner,
    ring: [u32; C],
    not_send: PhantomData<*const ()>,
}

impl<S: Shared, const C: usize> Guard<'_, S, C> {
    /// On leaving, wakes up to `most` of those who wait for `condition`.
    #[inline]
    pub(crate) fn ring(&mut self, condition: usize, most: u32) {
        self.ring[condition] = most;
    }
}

impl<S: Shared, const C: usize> Drop for Guard<'_, S, C> {
    #[inline]
    fn drop(&mut self) {
        let header = self.monitor.header();
        if self.owner == family::me() {
            header.mutex.release(self.owner);
        }
        for (condition, most) in self.ring.into_iter().enumerate() {
            if most > 0 {
                header.conditions[condition].ring(most);
            }
        }
    }
}
