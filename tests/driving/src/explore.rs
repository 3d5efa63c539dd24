//! All runs of a program, up to the order of what commutes.
//!
//! One run stands for all that differ from it only in the order of steps that do not conflict. Where two
//! steps conflict and could have come the other way round, that is tried: *dynamic partial-order
//! reduction* with source sets and sleep sets (Abdulla, Aronsson, Jonsson and Sagonas, Optimal dynamic
//! partial order reduction, POPL 2014). A state is reached by running the program from its start.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use running::Begun;

use crate::event::{Conflict, Event, Waits, likely};
use crate::execution::{Advance, Execution, Free};
use crate::op::{Did, Op};
use crate::place::Place;
use crate::schedule::{DIGITS, EXPLORED};
use crate::stage::{Socket, Stage};

/// How far an exploration goes.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// At most so many runs.
    pub runs: usize,
    /// At most so long.
    pub time: Duration,
    /// At most so many steps a run.
    pub steps: usize,
}

/// One run, with what orders its steps.
#[derive(Clone, Debug)]
pub struct Trace {
    /// In the order in which they came.
    pub events: Vec<Event>,
    /// The names of the processes.
    pub names: BTreeMap<Place, String>,
    /// The pids that they had.
    pub pids: BTreeMap<i32, Place>,
    /// The workers of pools, which differ in nothing but their names.
    pub workers: BTreeSet<Place>,
    /// How it ended.
    pub end: TraceEnd,
    /// The same run again.
    pub code: String,
    stamps: Vec<Stamp>,
}

/// How an explored run ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TraceEnd {
    /// All its processes have ended; main with this exit code, or minus the number of a signal.
    Over(i32),
    /// Nobody can go on: who waits for what.
    Stuck(Vec<String>),
    /// Nothing happens any more but that time passes: who waits for what.
    OnlyTimePasses(Vec<String>),
}

/// What came of an exploration.
#[derive(Clone, Debug, Default)]
pub struct Explored {
    /// Runs that stand for different orders.
    pub runs: usize,
    /// Runs that were begun, and turned out to be like one before.
    pub alike: usize,
    /// Pairs of steps that were tried both ways.
    pub races: usize,
    /// The longest run.
    pub steps: usize,
    /// Why it does not stand for all runs; empty if it does.
    pub bounds: BTreeSet<String>,
}

/// How many steps of each process, by its number, have come before a step, or are it.
type Clock = BTreeMap<usize, usize>;

/// Where a step stands in the order: whose it is, the how-manieth of it, and what must come before.
#[derive(Clone, Debug, Default)]
struct Stamp {
    who: usize,
    nth: usize,
    clock: Clock,
}

impl Stamp {
    fn is_before(&self, clock: &Clock) -> bool {
        clock.get(&self.who).is_some_and(|&seen| seen >= self.nth)
    }
}

impl Trace {
    /// Whether the first step must come before the second one, in every run that this one stands for.
    pub fn orders(&self, first: usize, second: usize) -> bool {
        first < second && self.stamps[first].is_before(&self.stamps[second].clock)
    }
}

struct Node {
    /// Who went on here, and did what.
    event: Event,
    stamp: Stamp,
    is_late: bool,
    /// Everybody who was there, in the order in which a code counts them.
    all: Vec<Place>,
    /// Whoever is to be tried here, too.
    todo: BTreeSet<Place>,
    /// Whoever was tried or needs not be, and what it does here.
    done: BTreeMap<Place, Option<Event>>,
}

/// Explores the program. `command` makes the same command each time; `see` gets each run.
///
/// # Errors
/// If the program cannot be started, or does not do the same when it is let go on in the same way.
pub fn explore(
    command: &dyn Fn() -> io::Result<Command>,
    bounds: Bounds,
    see: &mut dyn FnMut(Trace),
) -> io::Result<Explored> {
    let began = Instant::now();
    let mut explorer = Explorer {
        nodes: Vec::new(),
        places: Vec::new(),
        workers: BTreeSet::new(),
        explored: Explored::default(),
        most: bounds.steps,
        choose: None,
    };
    loop {
        if running::is_stopped() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        explorer.run(&mut command()?, see)?;
        if !explorer.turn_back() {
            return Ok(explorer.explored);
        }
        let bound = if explorer.explored.runs + explorer.explored.alike >= bounds.runs {
            format!("{} runs", bounds.runs)
        } else if began.elapsed() >= bounds.time {
            format!("{} s", bounds.time.as_secs())
        } else {
            continue;
        };
        explorer.explored.bounds.insert(bound);
        return Ok(explorer.explored);
    }
}

/// Runs the program once; `choose` says who goes on, after these steps, of those who can.
///
/// # Errors
/// If the program cannot be started, or if it cannot be driven to an end.
pub fn run_once(mut command: Command, choose: Choose<'_>) -> io::Result<Trace> {
    let mut explorer = Explorer {
        nodes: Vec::new(),
        places: Vec::new(),
        workers: BTreeSet::new(),
        explored: Explored::default(),
        most: usize::MAX,
        choose: Some(choose),
    };
    let mut only = None;
    explorer.run(&mut command, &mut |trace| only = Some(trace))?;
    only.ok_or_else(|| io::Error::other("the program could not be driven to an end like that"))
}

/// Runs the program once, with these processes going on in this order, and after that whoever can.
///
/// # Errors
/// If the program cannot be started, or cannot go on like that.
pub fn follow(command: Command, order: &[Place]) -> io::Result<Trace> {
    run_once(command, &mut |past, free| match order.get(past.len()) {
        Some(place) => free.contains(place).then(|| place.clone()),
        // They seem able to go on, and may find that they have to wait.
        None => free.first().cloned(),
    })
}

type Choose<'c> = &'c mut dyn FnMut(&[&Event], &[Place]) -> Option<Place>;

struct Explorer<'c> {
    /// The run so far, and what is still to be tried on its way.
    nodes: Vec<Node>,
    places: Vec<Place>,
    /// The workers of pools, as far as they are known.
    workers: BTreeSet<Place>,
    explored: Explored,
    most: usize,
    /// Who is to go on, where that is not for the explorer to decide.
    choose: Option<Choose<'c>>,
}

impl Explorer<'_> {
    fn run(&mut self, command: &mut Command, see: &mut dyn FnMut(Trace)) -> io::Result<()> {
        let (socket, listener) = Socket::new()?;
        socket.invite(command);
        let mut begun = Begun::new(command)?;
        let stage = Stage::new(listener, Arc::new(AtomicBool::new(false)));
        let mut execution = Execution::new(stage);
        if !execution.begin()? {
            return Ok(());
        }
        // What was done before the one that is tried now is known.
        let known = self.nodes.len();
        let (mut names, mut pids) = (BTreeMap::new(), BTreeMap::new());
        let mut depth = 0;
        let end = loop {
            for link in execution.stage.all.values() {
                names.entry(link.place.clone()).or_insert_with(|| link.name.clone());
                pids.insert(link.pid, link.place.clone());
                if link.stands.is_for_a_task() {
                    self.workers.insert(link.place.clone());
                }
            }
            let free = execution.who_can()?;
            if execution.stage.all.is_empty() {
                break TraceEnd::Over(begun.code()?);
            }
            if execution.only_time_passes() {
                break TraceEnd::OnlyTimePasses(execution.stage.who_waits());
            }
            if depth >= self.most {
                self.explored.bounds.insert(format!("{} steps in one run", self.most));
                return Ok(());
            }
            let next = if depth < known {
                self.repeat(&mut execution, &free, depth, known)?
            } else if free.now.is_empty() && free.late.is_empty() {
                self.consider_waiting(&execution);
                break TraceEnd::Stuck(execution.stage.who_waits());
            } else {
                self.go_on(&mut execution, &free)?
            };
            match next {
                Next::Went => depth += 1,
                Next::LooksAgain => {}
                Next::IsAlike => {
                    self.explored.alike += 1;
                    return Ok(());
                }
                Next::IsOutside(place) => {
                    let name = names.remove(&place).unwrap_or_default();
                    let bound = "waits for something that does not go through the crate";
                    self.explored.bounds.insert(format!("{name} {bound}"));
                    return Ok(());
                }
            }
        };
        self.explored.runs += 1;
        self.explored.steps = self.explored.steps.max(depth);
        see(Trace {
            events: self.nodes.iter().map(|node| node.event.clone()).collect(),
            names,
            pids,
            workers: self.workers.clone(),
            end,
            code: self.code(),
            stamps: self.nodes.iter().map(|node| node.stamp.clone()).collect(),
        });
        Ok(())
    }

    /// Does what is known, or at its end what is to be tried.
    fn repeat(
        &mut self,
        execution: &mut Execution,
        free: &Free,
        depth: usize,
        known: usize,
    ) -> io::Result<Next> {
        let is_new = depth + 1 == known;
        let node = &self.nodes[depth];
        let (place, is_late) = (node.event.place.clone(), node.is_late);
        let all = execution.everybody();
        match execution.advance(&place, is_late)? {
            Advance::Did(event) if is_new => self.enter(depth, event, all, free),
            Advance::Did(event) if is_alike(&event, &node.event) => {
                // Pids are those of this run.
                let Event { waits, is_again, .. } = node.event;
                self.nodes[depth].event = Event { waits, is_again, ..event };
            }
            Advance::Waits if is_new => {
                // It could not go on here after all.
                self.nodes[depth].done.insert(place, None);
                return Ok(Next::IsAlike);
            }
            Advance::Did(_) | Advance::Waits => return Err(went_another_way(depth, &place)),
            Advance::Outside => return Ok(Next::IsOutside(place)),
            Advance::Stopped => return Err(io::ErrorKind::Interrupted.into()),
        }
        Ok(Next::Went)
    }

    /// Goes on where nobody was before.
    fn go_on(&mut self, execution: &mut Execution, free: &Free) -> io::Result<Next> {
        let mut done = if self.choose.is_some() { BTreeMap::new() } else { self.asleep() };
        let is_late = free.now.is_empty();
        let candidates = if is_late { &free.late } else { &free.now };
        if is_late {
            // Now it is certain that whoever waits waits in vain.
            self.consider_waiting(execution);
        }
        let all = execution.everybody();
        let chosen: Option<Vec<Place>> = self.choose.as_mut().map(|choose| {
            let past: Vec<&Event> = self.nodes.iter().map(|node| &node.event).collect();
            choose(&past, candidates).into_iter().collect()
        });
        if chosen.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Next::IsAlike);
        }
        let candidates = chosen.as_ref().unwrap_or(candidates);
        for place in candidates {
            let first = self.stands_for(self.nodes.len(), place);
            let is_another = first != *place && candidates.contains(&first);
            if is_another || done.contains_key(&first) {
                continue;
            }
            // It would only pass the time, and somebody who would not has been tried.
            let is_busy =
                |other: &Place| !free.idle.contains_key(other) && free.now.contains(other);
            if free.idle.contains_key(place) && done.keys().any(is_busy) {
                break;
            }
            match execution.advance(place, is_late)? {
                Advance::Did(event) => {
                    let mut todo = BTreeSet::from([place.clone()]);
                    if is_late {
                        todo.extend(free.late.iter().cloned());
                    }
                    let depth = self.nodes.len();
                    let stamp = Stamp::default();
                    self.nodes.push(Node {
                        event: event.clone(),
                        stamp,
                        is_late,
                        all: Vec::new(),
                        todo,
                        done,
                    });
                    self.enter(depth, event, all, free);
                    return Ok(Next::Went);
                }
                Advance::Waits => done.insert(place.clone(), None),
                Advance::Outside => return Ok(Next::IsOutside(place.clone())),
                Advance::Stopped => return Err(io::ErrorKind::Interrupted.into()),
            };
        }
        // Either those who seemed free wait now, or whatever could come has been seen.
        match done.values().any(Option::is_some) {
            true => Ok(Next::IsAlike),
            false => Ok(Next::LooksAgain),
        }
    }

    /// Whoever need not be tried after the last step: it was before, and that step was none of its business.
    fn asleep(&self) -> BTreeMap<Place, Option<Event>> {
        let Some(node) = self.nodes.last() else { return BTreeMap::new() };
        let last = &node.event;
        let sleeps = |(place, event): (&Place, &Option<Event>)| {
            let event = event.as_ref()?;
            let commutes =
                last.conflict(event) == Conflict::No && event.conflict(last) == Conflict::No;
            (*place != last.place && commutes).then(|| (place.clone(), Some(event.clone())))
        };
        node.done.iter().filter_map(sleeps).collect()
    }

    /// The step is the one at this depth now.
    fn enter(&mut self, depth: usize, event: Event, all: Vec<Place>, free: &Free) {
        self.nodes.truncate(depth + 1);
        let (stamp, races) = self.past(depth, &event);
        let node = &mut self.nodes[depth];
        // Whoever was ended by another might have done something before.
        for ended in event.ended.iter().filter(|ended| **ended != event.place) {
            if let Some(says_lines) = free.idle.get(ended) {
                let bound = "says lines until it is ended, and was let go on a few times";
                self.explored.bounds.extend(says_lines.then(|| format!("{ended} {bound}")));
            } else if free.now.contains(ended) && node.todo.insert(ended.clone()) {
                self.explored.races += 1;
            }
        }
        for (place, did) in &event.cut_off {
            // Not one that pauses: nobody takes the time away from it.
            if let (Op::Missed(act), 1..) = (&did.op, did.object) {
                self.consider(depth, place.clone(), act, did.object);
            }
        }
        let node = &mut self.nodes[depth];
        (node.stamp, node.event, node.all) = (stamp, event, all);
        for race in races {
            self.try_the_other_way(race, depth);
        }
    }

    /// The stamp of a step at this depth, and the earlier ones that it races with.
    fn past(&mut self, depth: usize, event: &Event) -> (Stamp, Vec<usize>) {
        let who = match self.places.iter().position(|place| *place == event.place) {
            Some(who) => who,
            None => {
                self.places.push(event.place.clone());
                self.places.len() - 1
            }
        };
        let before = self.nodes[..depth].iter().rfind(|node| node.stamp.who == who);
        let own = before.map_or_else(Stamp::default, |node| node.stamp.clone());
        let mut stamp = Stamp { who, nth: own.nth + 1, clock: own.clock.clone() };
        let mut races = Vec::new();
        for (at, node) in self.nodes[..depth].iter().enumerate() {
            if node.stamp.who == who {
                continue;
            }
            let conflict = node.event.conflict(event);
            if conflict == Conflict::No {
                continue;
            }
            let is_race = conflict == Conflict::Race && !node.is_late && !event.is_again;
            if is_race && !node.stamp.is_before(&own.clock) {
                races.push(at);
            }
            for (&other, &count) in &node.stamp.clock {
                let seen = stamp.clock.entry(other).or_insert(0);
                *seen = count.max(*seen);
            }
        }
        stamp.clock.insert(who, stamp.nth);
        (stamp, races)
    }

    /// Has somebody be tried before the step at `first` with whom the one at `second` can come before it.
    fn try_the_other_way(&mut self, first: usize, second: usize) {
        let raced = &self.nodes[first].stamp;
        let is_free = |at: &usize| !raced.is_before(&self.nodes[*at].stamp.clock);
        let mut rest: Vec<usize> = (first + 1..second).filter(is_free).collect();
        rest.push(second);
        let mut starts: Vec<Place> = Vec::new();
        for (position, &at) in rest.iter().enumerate() {
            let Node { event, stamp, .. } = &self.nodes[at];
            // The last one is to come without what it met at the first.
            let needs = |&earlier: &usize| {
                let before = &self.nodes[earlier];
                match at == second {
                    true => {
                        before.stamp.who == stamp.who
                            || before.event.conflict(event) != Conflict::No
                    }
                    false => before.stamp.is_before(&stamp.clock),
                }
            };
            if !rest[..position].iter().any(needs) {
                starts.push(self.stands_for(first, &event.place));
            }
        }
        let node = &self.nodes[first];
        let is_tried = |place: &Place| match node.done.get(place) {
            Some(done) => done.is_some(),
            None => node.todo.contains(place),
        };
        if starts.iter().any(is_tried) {
            return;
        }
        // Whoever raced, if it can; else whoever comes first.
        let place = starts.iter().rfind(|place| !node.done.contains_key(*place));
        if let Some(place) = place.cloned() {
            self.explored.races += 1;
            self.nodes[first].todo.insert(place);
        }
    }

    /// Those who wait for ever.
    fn consider_waiting(&mut self, execution: &Execution) {
        for (place, act, object) in execution.who_stands() {
            self.consider(self.nodes.len(), place, &act, object);
        }
    }

    /// One that waits in vain, at this depth, might have come before somebody who took what it waits for.
    fn consider(&mut self, depth: usize, place: Place, act: &str, object: u32) {
        let did = vec![Did { object, op: likely(act) }];
        let event = Event { did, waits: Waits::Long, ..Event::nothing(place) };
        let (_, races) = self.past(depth, &event);
        for first in races {
            let place = self.stands_for(first, &event.place);
            let node = &mut self.nodes[first];
            if !node.done.contains_key(&place) && node.todo.insert(place) {
                self.explored.races += 1;
            }
        }
    }

    /// The first of the workers that have done the same as this one up to that depth. Which of them goes
    /// on makes no difference but for its name.
    fn stands_for(&self, depth: usize, place: &Place) -> Place {
        if !self.workers.contains(place) {
            return place.clone();
        }
        let past = |place: &Place| -> Vec<&Vec<Did>> {
            let nodes = self.nodes[..depth].iter();
            nodes.filter(|node| node.event.place == *place).map(|node| &node.event.did).collect()
        };
        let own = past(place);
        let is_like = |other: &&Place| other.is_sibling_of(place) && past(other) == own;
        self.workers.iter().find(is_like).unwrap_or(place).clone()
    }

    /// Goes back to where something is left to be tried. False: nothing is.
    fn turn_back(&mut self) -> bool {
        while let Some(node) = self.nodes.last_mut() {
            if !node.event.did.is_empty() || !node.event.ended.is_empty() {
                node.done.entry(node.event.place.clone()).or_insert(Some(node.event.clone()));
            }
            let next = node.todo.iter().find(|place| !node.done.contains_key(*place)).cloned();
            if let Some(place) = next {
                node.event = Event::nothing(place);
                return true;
            }
            self.nodes.pop();
        }
        false
    }

    /// Who went on at each step, of those who were there.
    fn code(&self) -> String {
        let choice = |node: &Node| {
            let chosen = node.all.iter().position(|place| *place == node.event.place)?;
            (node.all.len() > 1).then(|| char::from(DIGITS[chosen % DIGITS.len()]))
        };
        std::iter::once(EXPLORED).chain(self.nodes.iter().filter_map(choice)).collect()
    }
}

/// How an exploration goes on.
enum Next {
    /// By another step.
    Went,
    /// Those who seemed able to go on wait now.
    LooksAgain,
    /// All that could come now has been seen.
    IsAlike,
    /// It cannot: this one waits for something that is not the crate's.
    IsOutside(Place),
}

/// The same but for what differs from run to run: texts that name a pid or a time.
pub(crate) fn is_alike(one: &Event, other: &Event) -> bool {
    let kinds = |event: &Event| -> Vec<_> {
        event.did.iter().map(|did| (did.object, std::mem::discriminant(&did.op))).collect()
    };
    one.place == other.place && kinds(one) == kinds(other) && one.ended == other.ended
}

fn went_another_way(step: usize, place: &Place) -> io::Error {
    io::Error::other(format!(
        "the program does not do the same again: at step {step}, {place} did something else than before"
    ))
}
