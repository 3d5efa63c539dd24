//! Sleeping until another process rings: the bottom of every wait.
//!
//! A ring is a hint that the state may have changed; the state itself is the truth. Whoever sleeps
//! sleeps for a slice at most, then looks again. So a ring that is lost because its sleeper was
//! killed at the wrong instant costs the others one slice, not their life.

use crate::memory::bell;
use crate::memory::mapping::shared;
use std::sync::atomic::{AtomicU64, Ordering::*, fence};
use std::time::Duration;

/// The longest sleep without a look at the state.
pub(crate) const UNTIL_A_LOOK: Duration = Duration::from_millis(20);

shared! {
/// Those who wait for one condition; lies in shared memory.
///
/// Both halves of the word change in one step. Were they two words, a ring between the steps could
/// be taken for one that was before the sleeper, or count it twice: either way somebody sleeps on.
pub(crate) struct Waiters {
    /// Lower half: counts the rings, so that a ring between deciding to sleep and sleeping is
    /// noticed. Upper half: how many sleep. It is never too low. It is too high after a sleeper was
    /// killed, or was awake when it was rung: each ring lowers it again.
    word: AtomicU64,
}
}

const SLEEPER: u64 = 1 << 32;

/// How often it has been rung.
fn rings(word: u64) -> u32 {
    word as u32
}

fn asleep(word: u64) -> u32 {
    (word >> 32) as u32
}

/// The intention to sleep. To be followed by `sleep` or `stay_awake`.
pub(crate) struct Ticket(u32);

impl Waiters {
    /// Announces a sleeper. Whatever changes after this call rings it awake; so look at the state
    /// once more before sleeping.
    pub(crate) fn announce(&self) -> Ticket {
        let before = self.word.fetch_add(SLEEPER, SeqCst);
        // The look must come after the announcement, also on processors that would hurry it:
        // whoever changes the state looks at the word afterwards, so one of us sees the other.
        fence(SeqCst);
        Ticket(rings(before))
    }

    /// Sleeps until rung, or for `at_most`. Says whether it was rung.
    pub(crate) fn sleep(&self, ticket: Ticket, at_most: Duration) -> bool {
        let rung = bell::sleep(&self.word, ticket.0, at_most);
        if !rung {
            self.stay_awake(ticket);
        }
        rung
    }

    /// Takes the announcement back, unless it may have been answered by a ring.
    pub(crate) fn stay_awake(&self, ticket: Ticket) {
        let lowered = |word: u64| word.checked_sub(SLEEPER).filter(|_| rings(word) == ticket.0);
        let _or_answered = self.word.fetch_update(SeqCst, SeqCst, lowered);
    }

    /// Wakes up to `most` sleepers. Costs one load when nobody sleeps. The change that it tells of
    /// must be made by a `SeqCst` operation, or inside a lock that the sleeper has announced itself in.
    #[inline]
    pub(crate) fn ring(&self, most: u32) {
        if asleep(self.word.load(SeqCst)) > 0 {
            self.ring_them(most);
        }
    }

    #[cold]
    fn ring_them(&self, most: u32) {
        let rung = |word| {
            let left = asleep(word).saturating_sub(most);
            Some(u64::from(left) << 32 | u64::from(rings(word).wrapping_add(1)))
        };
        let before = self.word.fetch_update(SeqCst, SeqCst, rung);
        bell::ring(&self.word, asleep(before.unwrap_or_else(|word| word)).min(most));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// One of those who want a lock. It is about to do what its name says.
    #[derive(Clone, Copy, PartialEq, Eq, Hash)]
    enum At {
        Announce,
        Look(u32),
        StayAwake(u32),
        Sleep(u32),
        InBed(u32),
        GiveUp(u32),
        Release,
        Ring,
        Wake(u32),
        Done,
    }

    #[derive(Clone, PartialEq, Eq, Hash)]
    struct World {
        word: u64,
        taken: bool,
        /// Where each is, and how many rounds it has still to go.
        all: [(At, u32); 3],
        /// How many sleepers may still give up: their time is over.
        give_up: u32,
    }

    /// Every world that may come next if `who` goes on.
    fn next(world: &World, who: usize) -> Vec<World> {
        let mut new = world.clone();
        let waiters = Waiters { word: AtomicU64::new(world.word) };
        let (at, rounds) = world.all[who];
        let mut go = |at| new.all[who] = (at, rounds);
        match at {
            At::Announce => go(At::Look(waiters.announce().0)),
            At::Look(ticket) if world.taken => go(At::Sleep(ticket)),
            At::Look(ticket) => {
                go(At::StayAwake(ticket));
                new.taken = true;
            }
            At::StayAwake(ticket) => {
                waiters.stay_awake(Ticket(ticket));
                go(At::Release);
            }
            // What the system does in one step.
            At::Sleep(ticket) if rings(world.word) == ticket => go(At::InBed(ticket)),
            At::Sleep(_) => go(At::Announce),
            At::InBed(_) if world.give_up == 0 => return Vec::new(),
            At::InBed(ticket) => {
                go(At::GiveUp(ticket));
                new.give_up -= 1;
            }
            At::GiveUp(ticket) => {
                waiters.stay_awake(Ticket(ticket));
                go(At::Announce);
            }
            At::Release => {
                go(At::Ring);
                new.taken = false;
            }
            At::Ring => {
                waiters.ring(1);
                let woken = asleep(world.word) - asleep(waiters.word.load(SeqCst));
                go(At::Wake(woken));
            }
            At::Wake(woken) => {
                go(if rounds == 1 { At::Done } else { At::Announce });
                new.all[who].1 -= 1;
                let beds = |at: At| matches!(at, At::InBed(_));
                let in_bed: Vec<_> = (0..3).filter(|&i| beds(new.all[i].0)).collect();
                if woken > 0 && !in_bed.is_empty() {
                    assert_eq!(woken, 1);
                    let wake = |&i: &usize| {
                        let mut new = new.clone();
                        new.all[i].0 = At::Announce;
                        new
                    };
                    return in_bed.iter().map(wake).collect();
                }
            }
            At::Done => return Vec::new(),
        }
        new.word = waiters.word.into_inner();
        vec![new]
    }

    /// Three want a lock, in every order in which their steps can follow one another: nobody sleeps
    /// for ever, though no sleeper looks after a slice here.
    #[test]
    fn no_ring_is_lost_in_any_order() {
        let all = [2, 1, 1].map(|rounds| (At::Announce, rounds));
        let mut to_do: Vec<_> =
            (0..3).map(|give_up| World { word: 0, taken: false, all, give_up }).collect();
        let mut seen = HashSet::new();
        while let Some(world) = to_do.pop() {
            if !seen.insert(world.clone()) {
                continue;
            }
            let next: Vec<_> = (0..3).flat_map(|who| next(&world, who)).collect();
            let done = world.all.iter().all(|(at, _)| *at == At::Done);
            assert!(done || !next.is_empty(), "everybody sleeps, and the lock is free");
            to_do.extend(next);
        }
        println!("{} worlds", seen.len());
        assert!(seen.len() > 10_000);
    }
}
