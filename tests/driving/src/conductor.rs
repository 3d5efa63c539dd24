//! Grants one process at a time, by a seed or a code. The explorer's codes have rules of their own.

use std::collections::BTreeMap;
use std::io;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use running::Begun;

use crate::event::Event;
use crate::execution::Execution;
use crate::link::{Heard, Link};
use crate::op::Did;
use crate::place::Place;
use crate::record::Entry;
use crate::replay::replay;
use crate::schedule::{Choices, Schedule};
use crate::stage::{Granted, Socket, Stage};

/// So many times in a row the clock may move while nothing else changes.
pub(crate) const MOVES: u32 = 100;
/// So many bytes of what was done are kept: a program may print for ever.
const KEPT: usize = 64 << 20;
/// So long whoever outlives main is driven.
const OUTLIVING: Duration = Duration::from_secs(10);
/// A pause that is longer than this means "for ever": it ends only when nobody else can go on.
pub(crate) const LONG: u64 = 60_000_000_000;

/// How a driven run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// All its processes have ended.
    Over,
    /// Nobody can go on: who waits for what, a line each.
    Stuck(Vec<String>),
    /// Nothing happens any more, except that time passes: who waits for what.
    OnlyTimePasses(Vec<String>),
    /// This process waits for something that is not the crate's.
    Outside(String),
    /// The code does not fit the program: after so many choices another one was to be made.
    AnotherWay(usize),
    /// It was stopped from outside, or never began to be driven.
    Stopped,
}

/// What has become of a driven run.
#[derive(Clone, Debug)]
pub struct Driven {
    /// Its choices: a [`Schedule::Code`] for the same run.
    pub code: String,
    /// How many times a process was told to go on.
    pub steps: usize,
    /// How it ended.
    pub end: End,
    /// Who has several threads that pass the seam. The order between these is not driven.
    pub threaded: Vec<String>,
    /// What its processes did, up to the first 64 MB of it.
    pub did: Vec<Entry>,
    /// The pids that they had.
    pub pids: BTreeMap<i32, Place>,
}

/// Drives one run, which prints nothing, to its end.
///
/// # Errors
/// If the program cannot be started, or if the connection to a process failed.
pub fn drive_once(mut command: Command, schedule: Schedule) -> io::Result<Driven> {
    let conductor = Conductor::new(schedule, false)?;
    conductor.invite(&mut command);
    let mut begun = Begun::new(&mut command)?;
    begun.code()?;
    // Whoever outlives main is driven to its end, too.
    let ended = Instant::now();
    while !conductor.thread.is_finished() && ended.elapsed() < OUTLIVING {
        thread::sleep(Duration::from_millis(1));
    }
    conductor.finish()
}

/// Drives one run, from a thread of its own.
#[derive(Debug)]
pub struct Conductor {
    socket: Socket,
    over: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<Driven>>,
}

impl Conductor {
    /// Waits for the processes of a program. If it cannot go on, it ends at once, with status 70; or, if
    /// it is to hang, it stands still until somebody ends it.
    ///
    /// # Errors
    /// If there can be no socket in the directory for temporary files.
    pub fn new(schedule: Schedule, is_to_hang: bool) -> io::Result<Conductor> {
        let (socket, listener) = Socket::new()?;
        let over = Arc::new(AtomicBool::new(false));
        let run = Run {
            stage: Stage::new(listener, Arc::clone(&over)),
            is_to_hang,
            choices: Choices::new(schedule),
            clock: 0,
            moves: 0,
            steps: 0,
            did: Vec::new(),
            told: 0,
        };
        Ok(Conductor { socket, over, thread: thread::spawn(|| run.conduct()) })
    }

    /// Has the command be driven.
    pub fn invite(&self, command: &mut Command) {
        self.socket.invite(command);
    }

    /// What has become of the run, once its program has ended.
    ///
    /// # Errors
    /// If the connection to a process failed.
    pub fn finish(self) -> io::Result<Driven> {
        self.over.store(true, Relaxed);
        self.thread.join().unwrap_or_else(|_| Err(io::Error::other("it panicked")))
    }
}

struct Run {
    stage: Stage,
    is_to_hang: bool,
    choices: Choices,
    /// Nanoseconds.
    clock: u64,
    moves: u32,
    steps: usize,
    did: Vec<Entry>,
    /// So many bytes that would take.
    told: usize,
}

impl Run {
    fn conduct(mut self) -> io::Result<Driven> {
        let end = match self.choices.explored() {
            Some(code) => {
                let mut execution = Execution::new(self.stage);
                let (steps, did) = (&mut self.steps, &mut self.did);
                let end = replay(&mut execution, &code, &mut |stage, event| {
                    *steps += 1;
                    did.push(Entry { name: stage.name_of(&event.place), event });
                });
                self.stage = execution.stage;
                // Without an end the code is used up, and the run would go on.
                end?.unwrap_or(End::AnotherWay(self.steps))
            }
            None if self.stage.meet(None, 0)? => self.go_on()?,
            None => End::Stopped,
        };
        if let End::Outside(_) = end {
            self.let_go()?;
        }
        while self.is_to_hang && !self.stage.is_over() && !self.stage.all.is_empty() {
            thread::sleep(Duration::from_millis(1));
        }
        let threaded = self.stage.threaded.iter().map(|place| self.stage.name_of(place)).collect();
        let (code, pids) = (self.choices.code(), self.stage.pids());
        Ok(Driven { code, steps: self.steps, end, threaded, did: self.did, pids })
    }

    fn go_on(&mut self) -> io::Result<End> {
        while !self.stage.all.is_empty() {
            if self.stage.is_over() {
                // One that was killed from outside may be there only by its name.
                let anybody = self.stage.all.values().any(Link::is_alive);
                return Ok(if anybody { End::Stopped } else { End::Over });
            }
            let free = self.who_can()?;
            if free.is_empty() && self.stage.has_guests() {
                // They go on as they like, and no time passes meanwhile.
                self.stage.host(self.clock)?;
                continue;
            }
            let Some(place) = (match free {
                free if !free.is_empty() => match self.choices.choose(free.len()) {
                    Some(chosen) => Some(free[chosen].clone()),
                    None => return Ok(End::AnotherWay(self.steps)),
                },
                _ => self.first_limit(),
            }) else {
                match self.stage.all.is_empty() {
                    true => break,
                    false => return Ok(End::Stuck(self.stage.who_waits())),
                }
            };
            if self.moves > MOVES {
                return Ok(End::OnlyTimePasses(self.stage.who_waits()));
            }
            if let Some(outside) = self.grant(&place)? {
                return Ok(outside);
            }
        }
        match self.choices.is_longer() {
            true => Ok(End::AnotherWay(self.steps)),
            false => Ok(End::Over),
        }
    }

    /// A pause may end at any time, but not before a time limit that is over earlier, or a long one.
    fn who_can(&mut self) -> io::Result<Vec<Place>> {
        let limits = self.stage.all.values().filter_map(|link| link.stands.gives_up_at());
        let first_limit = limits.min().unwrap_or(u64::MAX).min(self.clock + LONG);
        let (mut free, mut gone) = (Vec::new(), Vec::new());
        for (place, link) in &mut self.stage.all {
            let pauses = link.stands.pauses_until();
            match link.can_go_on()? {
                Some(true) => free.push(place.clone()),
                Some(false) if pauses.is_some_and(|until| until <= first_limit) => {
                    free.push(place.clone());
                }
                Some(false) => {}
                None => gone.push(place.clone()),
            }
        }
        for place in gone {
            self.stage.lost(&place);
            let name = self.stage.name_of(&place);
            let ended = vec![place.clone()];
            self.did.push(Entry { name, event: Event { ended, ..Event::nothing(place) } });
        }
        Ok(free)
    }

    /// Nobody drives any more: everybody goes on as they can, and the clock is the real one.
    fn let_go(&mut self) -> io::Result<()> {
        let (began, at_first) = (Instant::now(), self.clock);
        let mut running: Vec<Link> = self.stage.outside.take().into_iter().collect();
        while !self.stage.is_over() {
            self.clock = at_first + began.elapsed().as_nanos() as u64;
            self.stage.host(self.clock)?;
            for place in self.who_can_go_on_in_time()? {
                if let Some(mut link) = self.stage.all.remove(&place) {
                    link.tell(&format!("go {}", self.clock));
                    running.push(link);
                }
            }
            for mut link in std::mem::take(&mut running) {
                match link.hear()? {
                    Heard::Line(line) if link.stands_before(&line) => {
                        self.stage.all.insert(link.place.clone(), link);
                    }
                    Heard::Line(_) | Heard::Nothing => running.push(link),
                    Heard::End => {}
                }
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Those who can go on now, or whose time is over.
    fn who_can_go_on_in_time(&mut self) -> io::Result<Vec<Place>> {
        let mut free = self.who_can()?;
        let (clock, all) = (self.clock, &self.stage.all);
        let is_over = |link: &Link| {
            let time = link.stands.gives_up_at().or(link.stands.pauses_until());
            time.map(|time| time <= clock)
        };
        free.retain(|place| is_over(&all[place]) != Some(false) || !all[place].is_not_ready);
        let late = all.iter().filter(|(_, link)| is_over(link) == Some(true));
        free.extend(late.map(|(place, _)| place.clone()));
        free.sort();
        free.dedup();
        Ok(free)
    }

    /// A time limit is over only when nobody else can go on: the first one.
    fn first_limit(&self) -> Option<Place> {
        let limit = |link: &Link| link.stands.gives_up_at().or(link.stands.pauses_until());
        let all = &self.stage.all;
        let limits = all.iter().filter_map(|(place, link)| Some((limit(link)?, place)));
        limits.min().map(|(_, place)| place.clone())
    }

    /// Lets one go on until it stands again. An answer: the run cannot be driven any further.
    fn grant(&mut self, place: &Place) -> io::Result<Option<End>> {
        let link = &self.stage.all[place];
        let name = link.name.clone();
        // Only the end of a pause or of a limit moves the clock.
        let limit = link.stands.gives_up_at().filter(|_| link.is_not_ready);
        if let Some(time) = link.stands.pauses_until().or(limit) {
            self.clock = self.clock.max(time);
            self.moves += 1;
        }
        self.steps += 1;
        let (granted, is_outside) = match self.stage.grant(place, self.clock)? {
            Granted::Step(step) => (step, false),
            Granted::Outside(step) => (step, true),
            Granted::Stopped => return Ok(Some(End::Stopped)),
        };
        let is_change = |did: &Did| !did.op.is_a_look();
        if granted.did.iter().any(is_change) || !granted.ended.is_empty() {
            self.moves = 0;
        }
        self.told += granted.did.iter().map(Did::size).sum::<usize>();
        if self.told < KEPT && (!granted.did.is_empty() || !granted.ended.is_empty()) {
            let event =
                Event { did: granted.did, ended: granted.ended, ..Event::nothing(place.clone()) };
            self.did.push(Entry { name: name.clone(), event });
        }
        Ok(is_outside.then_some(End::Outside(name)))
    }
}
