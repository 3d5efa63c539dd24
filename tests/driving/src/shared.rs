//! What is shared at a moment of a run: computed from what was done so far.

use crate::event::Event;
use crate::op::{Did, Kind, Op};
use crate::place::Place;

/// The shared objects that somebody has used so far, by their numbers, in the order of their first use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared(pub Vec<(u32, Thing)>);

/// So many numbers of an array are kept at most.
const MOST: usize = 32;

/// How one of them stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A queue.
    Queue {
        /// The messages in it, by their numbers, the one that comes out next first.
        waiting: Vec<u64>,
        /// It holds at most so many.
        capacity: Option<u64>,
        /// So many were put so far.
        put: u64,
        /// Of a joinable queue: so many were reported as done.
        done: Option<u64>,
        /// Whether it was shut down.
        shut_down: bool,
    },
    /// A lock.
    Lock {
        /// Whose turn it is.
        holder: Option<Place>,
    },
    /// A semaphore.
    Semaphore {
        /// So many permits are left.
        free: u64,
        /// There were so many at first.
        permits: u64,
    },
    /// An event.
    Event {
        /// Whether it is set.
        set: bool,
    },
    /// A condition.
    Condition {
        /// So many wait there, or have not noticed yet that they were woken.
        waiting: u64,
    },
    /// A barrier.
    Barrier {
        /// So many have come in this round.
        there: u64,
        /// So many have to; unknown before the first one.
        parties: Option<u64>,
        /// Whether somebody gave up waiting there.
        broken: bool,
    },
    /// A shared number.
    Value {
        /// The number, as far as it is known.
        number: Option<String>,
    },
    /// An array of shared numbers.
    Array {
        /// The first of them, `?` where one is not known.
        numbers: Vec<String>,
        /// How many there are.
        len: u32,
    },
    /// A pipe.
    Pipe {
        /// So many messages are on their way from either end.
        on_the_way: [u64; 2],
        /// Whether a copy of this end was closed by somebody.
        closed: [bool; 2],
    },
}

impl Shared {
    /// What is shared after these steps.
    pub fn after(events: &[Event]) -> Shared {
        let mut shared = Shared::default();
        for event in events {
            for did in &event.did {
                shared.take_in(&event.place, did);
            }
        }
        shared
    }

    /// One of them.
    pub fn get(&self, object: u32) -> Option<&Thing> {
        self.0.iter().find(|(number, _)| *number == object).map(|(_, thing)| thing)
    }

    fn take_in(&mut self, place: &Place, did: &Did) {
        let is_it = |(number, thing): &(u32, Thing)| {
            did.object.checked_sub(*number).is_some_and(|place| place < thing.count())
        };
        let at = match self.0.iter().position(is_it) {
            // A fresh program image counts its own objects anew.
            Some(_) if matches!(did.op, Op::New { .. }) => return,
            Some(at) => at,
            None => {
                let Some(new) = Thing::new(&did.op) else { return };
                self.0.push((did.object, new));
                self.0.len() - 1
            }
        };
        let (first, thing) = &mut self.0[at];
        thing.change(place, &did.op, (did.object - *first) as usize);
    }
}

impl Thing {
    /// Of what kind it is, by something that is done only to its kind.
    fn new(op: &Op) -> Option<Thing> {
        use Op::*;
        Some(match op {
            Put { .. }
            | Get { .. }
            | LookedAtQueue { .. }
            | ShutDown
            | FoundShutDown(_)
            | Done { .. }
            | AllDone { .. }
            | New { kind: Kind::Queue | Kind::Tasks | Kind::Results, .. } => Thing::Queue {
                waiting: Vec::new(),
                capacity: None,
                put: 0,
                done: None,
                shut_down: false,
            },
            Acquire { permits: 1, .. } | HolderDied { .. } => Thing::Lock { holder: None },
            Acquire { permits, .. } => Thing::Semaphore { free: *permits, permits: *permits },
            Set { .. } | Clear { .. } | LookedAtEvent { .. } | Woken { .. } => {
                Thing::Event { set: false }
            }
            New { kind: Kind::Lock, .. } => Thing::Lock { holder: None },
            New { kind: Kind::Event, .. } => Thing::Event { set: false },
            New { kind: Kind::Condition, .. }
            | BeganToWait { .. }
            | Noticed { .. }
            | Notify { .. } => Thing::Condition { waiting: 0 },
            New { kind: Kind::Barrier, .. } | Arrive { .. } | Met { .. } | Break | FoundBroken => {
                Thing::Barrier { there: 0, parties: None, broken: false }
            }
            New { kind: Kind::Value, .. } => Thing::Value { number: None },
            New { kind: Kind::Array(len), .. } => Thing::Array { numbers: Vec::new(), len: *len },
            New { kind: Kind::Pipe, .. } => Thing::Pipe { on_the_way: [0; 2], closed: [false; 2] },
            Read { .. } | Write { .. } => Thing::Value { number: None },
            Send { .. }
            | Receive { .. }
            | EndOfFile { .. }
            | Close { .. }
            | LookedAtPipe { .. } => Thing::Pipe { on_the_way: [0; 2], closed: [false; 2] },
            _ => return None,
        })
    }

    /// As `Kind::count`.
    fn count(&self) -> u32 {
        if let Thing::Array { len, .. } = self { (*len).max(1) } else { 1 }
    }

    /// `element`: of an array, at which place.
    fn change(&mut self, place: &Place, op: &Op, element: usize) {
        match (self, op) {
            (Thing::Queue { waiting, capacity, put, .. }, Op::Put { nth, capacity: most, .. }) => {
                waiting.push(*nth);
                (*capacity, *put) = (*most, *put + 1);
            }
            (Thing::Queue { waiting, .. }, Op::Get { nth }) => waiting.retain(|other| other != nth),
            (Thing::Queue { done, .. }, Op::Done { nth }) => *done = Some(*nth),
            (Thing::Queue { shut_down, .. }, Op::ShutDown | Op::FoundShutDown(_)) => {
                *shut_down = true;
            }
            (Thing::Lock { holder }, Op::Acquire { .. }) => *holder = Some(place.clone()),
            (Thing::Lock { holder }, Op::Release { .. }) => *holder = None,
            (Thing::Semaphore { free, .. }, Op::Acquire { .. }) => *free = free.saturating_sub(1),
            (Thing::Semaphore { free, .. }, Op::Release { .. }) => *free += 1,
            (Thing::Event { set }, Op::Set { .. } | Op::Woken { .. }) => *set = true,
            (Thing::Event { set }, Op::Clear { .. }) => *set = false,
            (Thing::Event { set }, Op::LookedAtEvent { set: seen, .. }) => *set = *seen,
            (Thing::Condition { waiting }, Op::BeganToWait { .. }) => *waiting += 1,
            (Thing::Condition { waiting }, Op::Noticed { .. }) => {
                *waiting = waiting.saturating_sub(1);
            }
            (Thing::Barrier { there, parties, .. }, Op::Arrive { parties: all, .. }) => {
                (*there, *parties) = ((*there + 1) % all.max(&1), Some(*all));
            }
            (Thing::Barrier { broken, .. }, Op::Break | Op::FoundBroken) => *broken = true,
            (Thing::Value { number: known }, Op::New { first: number, .. })
            | (
                Thing::Value { number: known },
                Op::Write { number, .. } | Op::Read { number, .. },
            ) => {
                known.clone_from(number);
            }
            (Thing::Array { numbers, .. }, Op::New { first: Some(list), .. }) => {
                let list = list.trim_matches(['[', ']']).split(", ").filter(|n| !n.is_empty());
                // A long list was cut, perhaps in the middle of a number.
                let whole = list.take_while(|number| !number.ends_with('…'));
                numbers.extend(whole.take(MOST).map(str::to_owned));
            }
            (Thing::Array { numbers, .. }, Op::Write { number, .. } | Op::Read { number, .. })
                if element < MOST =>
            {
                let len = numbers.len().max(element + 1);
                numbers.resize(len, "?".to_owned());
                numbers[element] = number.clone().unwrap_or_else(|| "?".to_owned());
            }
            (Thing::Pipe { on_the_way, .. }, Op::Send { end, .. }) => {
                on_the_way[usize::from(*end & 1)] += 1;
            }
            (Thing::Pipe { on_the_way, .. }, Op::Receive { end, .. }) => {
                let from = &mut on_the_way[usize::from(1 - (*end & 1))];
                *from = from.saturating_sub(1);
            }
            (Thing::Pipe { closed, .. }, Op::Close { end }) => closed[usize::from(*end & 1)] = true,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each is a process, an object and what it did there.
    fn after(steps: &[(&str, u32, Op)]) -> Vec<(u32, Thing)> {
        let event = |(place, object, op): &(&str, u32, Op)| Event {
            did: vec![Did { object: *object, op: op.clone() }],
            ..Event::nothing(place.parse().unwrap())
        };
        Shared::after(&steps.iter().map(event).collect::<Vec<_>>()).0
    }

    fn queue(waiting: &[u64], capacity: Option<u64>, put: u64, done: Option<u64>) -> Thing {
        Thing::Queue { waiting: waiting.to_vec(), capacity, put, done, shut_down: false }
    }

    #[test]
    fn a_queue_holds_what_was_put_and_not_got() {
        let put = |nth| ("1", 3, Op::Put { nth, capacity: Some(4), item: None });
        let get = |nth| ("2", 3, Op::Get { nth });
        let steps = [put(1), put(2), put(3), get(1)];
        assert_eq!(after(&steps), [(3, queue(&[2, 3], Some(4), 3, None))]);
        let shut = ("1", 3, Op::ShutDown);
        let Thing::Queue { shut_down, .. } = after(&[put(1), shut])[0].1 else { panic!() };
        assert!(shut_down);
        let look = ("2", 3, Op::LookedAtQueue { len: 0 });
        assert_eq!(after(&[look]), [(3, queue(&[], None, 0, None))]);
    }

    #[test]
    fn a_joinable_queue_counts_what_is_done() {
        let put = |nth| ("1", 3, Op::Put { nth, capacity: None, item: None });
        let (get, done) = (("2", 3, Op::Get { nth: 1 }), ("2", 3, Op::Done { nth: 1 }));
        let steps = [put(1), put(2), get, done, put(3)];
        assert_eq!(after(&steps), [(3, queue(&[2, 3], None, 3, Some(1)))]);
    }

    #[test]
    fn a_lock_has_a_holder_and_a_semaphore_permits() {
        let take = |place, object, nth, permits| (place, object, Op::Acquire { nth, permits });
        let steps = [take("2", 1, 1, 1), take("1", 5, 1, 3), take("2", 5, 2, 3)];
        let semaphore = |free| (5, Thing::Semaphore { free, permits: 3 });
        let holder = "2".parse().ok();
        assert_eq!(after(&steps), [(1, Thing::Lock { holder }), semaphore(1)]);
        let back = [("2", 1, Op::Release { nth: 1 }), ("2", 5, Op::Release { nth: 1 })];
        let steps = [&steps[..], &back[..]].concat();
        assert_eq!(after(&steps), [(1, Thing::Lock { holder: None }), semaphore(2)]);
    }

    #[test]
    fn an_event_a_value_and_a_pipe() {
        let steps = [
            ("main", 1, Op::LookedAtEvent { nth: 0, set: false }),
            ("main", 2, Op::Write { nth: 2, number: Some("7".to_owned()) }),
            ("main", 4, Op::Send { end: 0, nth: 1, item: None }),
            ("main", 4, Op::Send { end: 0, nth: 2, item: None }),
            ("1", 4, Op::Receive { end: 1, nth: 1 }),
            ("1", 4, Op::Close { end: 1 }),
        ];
        let [event, value, pipe] = [0, 1, 2].map(|at| after(&steps)[at].clone());
        assert_eq!(event, (1, Thing::Event { set: false }));
        assert_eq!(value, (2, Thing::Value { number: Some("7".to_owned()) }));
        assert_eq!(pipe, (4, Thing::Pipe { on_the_way: [1, 0], closed: [false, true] }));
        let new = |kind, first: Option<&str>| {
            ("main", 6, Op::New { kind, names: Vec::new(), first: first.map(str::to_owned) })
        };
        let first = Thing::Value { number: Some("0".to_owned()) };
        assert_eq!(after(&[new(Kind::Value, Some("0"))]), [(6, first)]);
        let list = new(Kind::Array(4), Some("[10, 0, 3…"));
        let change = |object| ("1", object, Op::Write { nth: 1, number: Some("7".to_owned()) });
        let numbers = |numbers: &[&str]| {
            let numbers = numbers.iter().map(|&number| number.to_owned()).collect();
            Thing::Array { numbers, len: 4 }
        };
        assert_eq!(after(&[list.clone(), change(6)]), [(6, numbers(&["7", "0"]))]);
        assert_eq!(after(&[list.clone(), change(9)]), [(6, numbers(&["10", "0", "?", "7"]))]);
        assert_eq!(after(&[list, change(10)]).len(), 2);
        assert_eq!(after(&[new(Kind::Lock, None)]), [(6, Thing::Lock { holder: None })]);
        assert_eq!(after(&[new(Kind::Output, None)]), []);
        let set = after(&[("1", 1, Op::Set { nth: 1 })]);
        assert_eq!(set, [(1, Thing::Event { set: true })]);
        assert_eq!(after(&[("1", 1, Op::Woken { nth: 1 })]), set);
    }
}
