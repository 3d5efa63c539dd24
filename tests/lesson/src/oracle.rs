//! Whether one line can come before another, and what the answer stands on.
//!
//! A golden file that is proved says exactly what can come. So it has the answer no, and for a yes only one
//! run has to be found: some runs are driven, and each stands for all that differ from it in the order of
//! what commutes. Without a proof, or if nothing is found, all runs are explored.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use driving::{Entry, Event, Header, Order, Place, Record, Trace, TraceEnd, VERSION};
use golden::{Golden, Link};
use proving::{Letter, Reached, lead};

use crate::can::Pair;
use crate::output::note;
use crate::program::{Built, Program};
use crate::prove;

/// So long a run is looked for.
const LONG: Duration = Duration::from_millis(1_000);

/// The same run of the same program for everybody.
const SEED: u64 = 1;

/// Whether one line can come before another.
pub enum Answer {
    /// So.
    Yes(Way),
    /// Why not, from the one line to the other.
    No(Vec<Link>, Ground),
    /// No cause forbids it, and nobody can drive the program so.
    Open,
}

/// How a run goes in which it is so.
pub struct Way {
    /// Who goes on at each step.
    steps: Vec<Place>,
    names: BTreeMap<Place, String>,
}

/// A line that has just come.
pub struct Spoken<'r> {
    /// As it was printed.
    pub row: &'r str,
    /// On standard error nobody.
    pub process: Option<&'r str>,
    pub text: &'r str,
}

/// What a no stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// The golden file, which is proved, or to which the tests hold the program as far as they go.
    File { is_proved: bool },
    /// The golden file of a program that nobody can drive.
    Undriven,
    /// So many runs that stand for all, or for all that were explored.
    Runs { runs: usize, are_all: bool },
}

/// How far its golden file can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    /// It is proved.
    Proved,
    /// It is a lesson's, and the lesson was explored as far as that can be done.
    Held,
    /// It is a broken variant's, or was edited, or its program.
    No,
}

/// Answers for one program.
pub struct Oracle<'p> {
    program: &'p Program,
    pub golden: &'p Golden,
    built: &'p Built,
    trust: Trust,
    /// Runs that were driven by chance.
    pub traces: Vec<Trace>,
    random: fastrand::Rng,
    runs: usize,
    reached: Option<Reached>,
}

/// Who goes on in a run that is driven by chance.
struct Chance {
    random: fastrand::Rng,
    habit: Habit,
    /// Whoever goes on only if nobody else can.
    left_behind: Option<Place>,
}

/// Rare orders need somebody to be very fast, or very slow.
enum Habit {
    First,
    Anybody,
    /// Mostly whoever went on before.
    TheSame,
    /// At this step somebody is left behind.
    LeavesBehind(usize),
}

impl Chance {
    fn of(mut random: fastrand::Rng, run: usize) -> Chance {
        let habit = match run % 4 {
            0 if run == 0 => Habit::First,
            0 => Habit::Anybody,
            1 => Habit::TheSame,
            _ => Habit::LeavesBehind(random.usize(..60)),
        };
        Chance { random, habit, left_behind: None }
    }

    fn choose(&mut self, past: &[&Event], free: &[Place]) -> Option<Place> {
        let last = past.last().map(|event| &event.place);
        match self.habit {
            Habit::First => return free.first().cloned(),
            Habit::TheSame if self.random.u8(..10) > 0 => {
                if let Some(last) = last.filter(|last| free.contains(last)) {
                    return Some(last.clone());
                }
            }
            Habit::LeavesBehind(step) if step == past.len() => self.left_behind = last.cloned(),
            Habit::LeavesBehind(_) | Habit::TheSame | Habit::Anybody => {}
        }
        let others: Vec<&Place> =
            free.iter().filter(|place| Some(*place) != self.left_behind.as_ref()).collect();
        self.random.choice(others).cloned().or_else(|| free.first().cloned())
    }
}

impl<'p> Oracle<'p> {
    pub fn new(program: &'p Program, golden: &'p Golden, built: &'p Built) -> Oracle<'p> {
        let trust = match golden.orders() {
            _ if program.broken.is_some() || !program.is_as_committed() => Trust::No,
            Some(_) => Trust::Proved,
            None => Trust::Held,
        };
        let (traces, random) = (Vec::new(), fastrand::Rng::with_seed(SEED));
        Oracle { program, golden, built, trust, traces, random, runs: 0, reached: None }
    }

    /// For those who know that nothing was edited, or want to know what follows if not.
    pub fn trusting(program: &'p Program, golden: &'p Golden, built: &'p Built) -> Oracle<'p> {
        let is_proved = golden.orders().is_some();
        let trust = if is_proved { Trust::Proved } else { Trust::Held };
        Oracle { trust, ..Oracle::new(program, golden, built) }
    }

    /// Drives one more run: the first one as it comes, the others by chance. False: that cannot be done.
    pub fn run(&mut self) -> Result<bool> {
        if self.program.undriven.is_some() {
            return Ok(false);
        }
        let command = prove::command(self.program, self.built)?;
        let mut chance = Chance::of(self.random.fork(), self.runs);
        self.runs += 1;
        let trace = driving::run_once(command, &mut |past, free| chance.choose(past, free));
        // Whoever only looks and pauses may have been let go on for ever.
        let ends = |trace: &Trace| self.golden.may_hang || matches!(trace.end, TraceEnd::Over(_));
        self.traces.extend(trace.ok().filter(ends));
        Ok(!self.traces.is_empty())
    }

    pub fn answer(&mut self, pair: &Pair) -> Result<Answer> {
        if self.program.undriven.is_some() {
            let no = |chain| Answer::No(chain, Ground::Undriven);
            return Ok(self.chain(pair).map_or(Answer::Open, no));
        }
        if self.trust != Trust::No
            && let Some(chain) = self.chain(pair)
        {
            return Ok(Answer::No(chain, Ground::File { is_proved: self.trust == Trust::Proved }));
        }
        let can_be_driven = !self.traces.is_empty() || self.run()?;
        if let Some(way) = self.way_so_far(pair) {
            return Ok(Answer::Yes(way));
        }
        if can_be_driven && self.trust == Trust::Proved && !self.is_allowed(pair) {
            return Ok(Answer::No(self.why_not(pair), Ground::File { is_proved: true }));
        }
        let began = Instant::now();
        while can_be_driven && began.elapsed() < LONG {
            self.run()?;
            let last = self.traces.last().and_then(|trace| self.way(trace, pair));
            if let Some(way) = last {
                return Ok(Answer::Yes(way));
            }
        }
        self.explored(pair)
    }

    /// In one of the runs that were driven so far, or in one for which that stands.
    fn way_so_far(&self, pair: &Pair) -> Option<Way> {
        self.traces.iter().find_map(|trace| self.way(trace, pair))
    }

    /// The causes that put each of the first lines after one of the second.
    pub fn chain(&self, pair: &Pair) -> Option<Vec<Link>> {
        let of = |&later: &usize| {
            let chains = pair.second.iter().map(|&earlier| self.golden.chain(later, earlier));
            chains.filter(|chain| !chain.is_empty()).min_by_key(Vec::len)
        };
        let chains: Option<Vec<_>> = pair.first.iter().map(of).collect();
        chains?.into_iter().next()
    }

    fn why_not(&self, pair: &Pair) -> Vec<Link> {
        let reasons = |&later: &usize| {
            pair.second.iter().map(move |&earlier| self.golden.why_after(later, earlier))
        };
        let mut reasons = pair.first.iter().flat_map(reasons);
        reasons.find(|reason| !reason.is_empty()).unwrap_or_default()
    }

    fn is_allowed(&self, pair: &Pair) -> bool {
        let names = self.traces.iter().flat_map(|trace| trace.names.values());
        let mut names: Vec<&str> = names.map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        self.golden.can_come_first(&pair.first, &pair.second, &names) != Some(false)
    }

    fn way(&self, trace: &Trace, pair: &Pair) -> Option<Way> {
        let is_first = |letter: &Letter| pair.is_first(self.golden, letter);
        let is_second = |letter: &Letter| pair.is_second(self.golden, letter);
        let steps = lead(self.golden, trace, &is_first, &is_second)?;
        Some(Way { steps, names: trace.names.clone() })
    }

    fn explored(&mut self, pair: &Pair) -> Result<Answer> {
        if self.reached.is_none() {
            let why = match self.trust {
                Trust::Proved => "none was found in which it is so",
                Trust::No if self.program.broken.is_none() => "something was edited",
                Trust::Held | Trust::No => "its golden file is not proved",
            };
            note(format!("All its runs are explored, because {why}. That may take a while."));
            self.reached = Some(prove::reached(self.program, self.built)?);
        }
        let Some(reached) = self.reached.as_mut() else {
            unreachable!("it has just been explored")
        };
        let is_first = |letter: &Letter| pair.is_first(self.golden, letter);
        let is_second = |letter: &Letter| pair.is_second(self.golden, letter);
        let Some(word) = reached.with_first(&is_first, &is_second) else {
            let explored = &reached.explored;
            let (runs, are_all) = (explored.runs, explored.bounds.is_empty());
            return Ok(Answer::No(self.why_not(pair), Ground::Runs { runs, are_all }));
        };
        let steps = reached.schedule(&word);
        let steps = steps.with_context(|| format!("no run prints {word:?}"))?;
        let names = reached.names();
        Ok(Answer::Yes(Way { steps, names }))
    }

    /// Drives the run; `say` hears each line when it comes.
    pub fn drive(
        &self,
        way: &Way,
        say: &mut dyn FnMut(Spoken<'_>) -> Result<()>,
    ) -> Result<Record> {
        let order = Order::Exact;
        let lesson = self.program.slug.clone();
        let header = Header { record: VERSION, lesson, broken: None, code: None, order };
        let mut record = Record { header, steps: Vec::new() };
        let (mut told, mut done) = (0, Ok(()));
        let mut hear = |events: &[&Event]| {
            for event in &events[record.steps.len()..] {
                let name = way.names.get(&event.place).cloned().unwrap_or_default();
                record.steps.push(Entry { name, event: (*event).clone() });
            }
            let lines = record.lines();
            for line in &lines[told..] {
                let name = record.steps[line.step].name.as_str();
                let process = (!line.is_error).then_some(name);
                let own = line.text.split_once(" | ").filter(|_| !line.is_error);
                let text = own.map_or(line.text.as_str(), |(_, text)| text);
                if done.is_ok() {
                    done = say(Spoken { row: &line.text, process, text });
                }
            }
            told = lines.len();
        };
        let mut steps = way.steps.iter();
        let trace =
            driving::run_once(prove::command(self.program, self.built)?, &mut |past, free| {
                hear(past);
                steps.next().filter(|place| free.contains(place)).cloned()
            });
        let trace = trace.with_context(|| format!("cannot drive {} so", self.program.title()))?;
        hear(&trace.events.iter().collect::<Vec<_>>());
        record.header.code = Some(trace.code);
        done.map(|()| record)
    }
}
