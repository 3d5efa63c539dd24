//! Why a step could come at all: what of another process it needed.
//!
//! This is less than the order of a run. That one reader took its message before another did is no cause;
//! that the message had been put is one.

use std::collections::{HashMap, HashSet, VecDeque};

use serde::{Deserialize, Serialize};

use crate::event::{Event, is_woken_by};
use crate::op::Op;
use crate::place::Place;

/// What kind of cause it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Why {
    /// It was started.
    Started,
    /// It got what was put, or received what was sent.
    Received,
    /// There was room, because something was got.
    Room,
    /// The lock was free again, or the permit.
    Released,
    /// The event was set, the condition notified, or the queue shut down.
    Woken,
    /// The other one came to the barrier, too.
    Met,
    /// Everything was marked as done.
    AllDone,
    /// It joined a child that had ended.
    Joined,
    /// It saw in another way that a process had ended.
    SawEnd,
    /// It read what was written.
    Read,
}

/// One step needed another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// The earlier step.
    pub from: usize,
    /// The later one, of another process.
    pub to: usize,
    /// Why.
    pub why: Why,
}

/// The causes of a run.
#[derive(Clone, Debug)]
pub struct Causes {
    /// In the order of the later steps. The end of a process that another one ended is its last step.
    pub all: Vec<Cause>,
    /// For each step, how many steps of each process it needed, with those before it of its own.
    needed: Vec<HashMap<Place, usize>>,
    /// For each step, the how-manieth of its process it is.
    nth: Vec<usize>,
    places: Vec<Place>,
}

impl Causes {
    /// Finds them.
    pub fn of(events: &[Event]) -> Causes {
        let mut all = Vec::new();
        for (to, event) in events.iter().enumerate() {
            for (from, earlier) in events[..to].iter().enumerate() {
                if earlier.place != event.place {
                    all.extend(why(earlier, event).map(|why| Cause { from, to, why }));
                }
                // Whoever was ended by another said everything before.
                for ended in earlier.ended.iter().filter(|ended| **ended != earlier.place) {
                    let last = events[..from].iter().rposition(|event| event.place == *ended);
                    if let (Some(from), Some(why)) = (last, end_seen(ended, event)) {
                        all.push(Cause { from, to, why });
                    }
                }
            }
        }
        let mut causes = Causes { all, needed: Vec::new(), nth: Vec::new(), places: Vec::new() };
        let mut latest: HashMap<&Place, usize> = HashMap::new();
        for (to, event) in events.iter().enumerate() {
            let before = latest.insert(&event.place, to);
            let mut needed =
                before.map_or_else(HashMap::new, |before| causes.needed[before].clone());
            for cause in causes.all.iter().filter(|cause| cause.to == to) {
                for (place, &count) in &causes.needed[cause.from] {
                    let known = needed.entry(place.clone()).or_insert(0);
                    *known = count.max(*known);
                }
            }
            let nth = needed.entry(event.place.clone()).or_insert(0);
            *nth += 1;
            causes.nth.push(*nth);
            causes.needed.push(needed);
            causes.places.push(event.place.clone());
        }
        causes
    }

    /// Whether the later step needed the earlier one, directly or not; or is that one.
    pub fn leads(&self, from: usize, to: usize) -> bool {
        self.needed[to].get(&self.places[from]).is_some_and(|&count| count >= self.nth[from])
    }

    /// The shortest way from one step to another: the causes on it, or None if there is none. Of several
    /// the one that is nearest to the later step.
    pub fn way(&self, from: usize, to: usize) -> Option<Vec<Cause>> {
        if !self.leads(from, to) {
            return None;
        }
        let mut ways = VecDeque::from([(to, Vec::new())]);
        let mut seen = HashSet::new();
        while let Some((at, way)) = ways.pop_front() {
            if self.places[at] == self.places[from] {
                // Where it leads to is never before that step.
                return Some(way);
            }
            let is_next = |cause: &&Cause| {
                self.places[cause.to] == self.places[at]
                    && cause.to <= at
                    && self.leads(from, cause.from)
            };
            for next in self.all.iter().rev().filter(is_next) {
                if seen.insert(next.from) {
                    ways.push_back((next.from, [&[*next], way.as_slice()].concat()));
                }
            }
        }
        None
    }
}

/// Why the later step needed the earlier one, if it did.
fn why(earlier: &Event, later: &Event) -> Option<Why> {
    let on_one_object = |a: &Op, b: &Op| match (a, b) {
        (Op::Put { nth, .. }, Op::Get { nth: got }) if nth == got => Some(Why::Received),
        (Op::Send { end, nth, .. }, Op::Receive { end: other, nth: got })
            if nth == got && end != other =>
        {
            Some(Why::Received)
        }
        (Op::Get { nth }, Op::Put { nth: put, capacity: Some(capacity), .. })
            if nth + capacity == *put =>
        {
            Some(Why::Room)
        }
        (Op::Release { nth }, Op::Acquire { nth: turn, permits }) if nth + permits == *turn => {
            Some(Why::Released)
        }
        (Op::Set { nth }, Op::Woken { nth: seen } | Op::LookedAtEvent { nth: seen, set: true })
            if nth == seen =>
        {
            Some(Why::Woken)
        }
        (Op::Notify { .. }, Op::Noticed { .. }) => is_woken_by(b, a).then_some(Why::Woken),
        (Op::Arrive { round, .. }, Op::Met { round: met }) if round == met => Some(Why::Met),
        (Op::Break, Op::FoundBroken) => Some(Why::Woken),
        (Op::ShutDown, Op::FoundShutDown(_)) => Some(Why::Woken),
        (Op::Done { .. }, Op::AllDone { .. }) => Some(Why::AllDone),
        (Op::Write { nth, .. }, Op::Read { nth: seen, .. }) if nth == seen => Some(Why::Read),
        (Op::Close { end }, Op::EndOfFile { end: other }) if end != other => Some(Why::SawEnd),
        _ => None,
    };
    for a in &earlier.did {
        if matches!(&a.op, Op::Start { child: Some(child), .. } if *child == later.place) {
            return Some(Why::Started);
        }
        let objects = later.did.iter().filter(|b| a.object != 0 && a.object == b.object);
        if let Some(why) = objects.filter_map(|b| on_one_object(&a.op, &b.op)).next() {
            return Some(why);
        }
    }
    earlier.ended.iter().find_map(|ended| end_seen(ended, later))
}

/// How a step noticed that this process has ended, if it did.
fn end_seen(ended: &Place, by: &Event) -> Option<Why> {
    let is_it = |place: &Option<Place>| place.as_ref() == Some(ended);
    by.did.iter().find_map(|did| match &did.op {
        Op::Join { child, .. } if is_it(child) => Some(Why::Joined),
        Op::LookedAtChild { child, alive: false } if is_it(child) => Some(Why::SawEnd),
        Op::LookedAtProcess { pid, state }
            if (state == "Zombie" || state == "Gone") && is_it(pid) =>
        {
            Some(Why::SawEnd)
        }
        Op::HolderDied { holder } if is_it(holder) => Some(Why::SawEnd),
        // Somebody else is its parent now.
        Op::LookedAtParent { parent } if by.place.is_child_of(ended) && !is_it(parent) => {
            Some(Why::SawEnd)
        }
        // Whose end it was, nobody tells.
        Op::EndOfFile { .. } => Some(Why::SawEnd),
        _ => None,
    })
}
