//! Grants one process at a time.

use std::collections::{BTreeMap, HashMap};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{env, fs, io};

use running::Wait;

use crate::link::{Heard, Link, Stands};
use crate::schedule::{Choices, Schedule};

/// The variable that names the socket.
const VARIABLE: &str = "LESSON_CONDUCTOR";
/// A process that is silent for so long, and does not compute, waits for something past the crate.
const SILENCE: Duration = Duration::from_secs(2);
/// So many times in a row the clock may move while nothing else changes.
const MOVES: u32 = 100;
/// A pause that is longer than this means "for ever": it ends only when nobody else can go on.
const LONG: u64 = 60_000_000_000;
/// How long a process may take to vanish that has let go.
const VANISHING: Duration = Duration::from_secs(5);

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
}

/// Drives one run, from a thread of its own.
#[derive(Debug)]
pub struct Conductor {
    path: PathBuf,
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
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Relaxed);
        let path = env::temp_dir().join(format!("conductor-{}-{number}", std::process::id()));
        let socket = UnixListener::bind(&path)?;
        socket.set_nonblocking(true)?;
        let over = Arc::new(AtomicBool::new(false));
        let run = Run {
            socket,
            over: Arc::clone(&over),
            is_to_hang,
            all: BTreeMap::new(),
            guests: Vec::new(),
            names: HashMap::new(),
            choices: Choices::new(schedule),
            clock: 0,
            moves: 0,
            steps: 0,
        };
        Ok(Conductor { path, over, thread: thread::spawn(|| run.conduct()) })
    }

    /// Has the command be driven.
    pub fn invite(&self, command: &mut Command) {
        command.env(VARIABLE, &self.path);
    }

    /// What has become of the run, once its program has ended.
    ///
    /// # Errors
    /// If the connection to a process failed.
    pub fn finish(self) -> io::Result<Driven> {
        self.over.store(true, Relaxed);
        let driven = self.thread.join().unwrap_or_else(|_| Err(io::Error::other("it panicked")));
        fs::remove_file(&self.path)?;
        driven
    }
}

struct Run {
    socket: UnixListener,
    over: Arc<AtomicBool>,
    is_to_hang: bool,
    /// All who stand or wait, by their places: in the order of their birth.
    all: BTreeMap<Vec<u32>, Link>,
    /// Fresh program images on the way to the function that they are to run: nobody's order.
    guests: Vec<Link>,
    /// Of all who have ever been met, by their pids.
    names: HashMap<i32, String>,
    choices: Choices,
    /// Nanoseconds.
    clock: u64,
    moves: u32,
    steps: usize,
}

impl Run {
    fn conduct(mut self) -> io::Result<Driven> {
        let end = match self.meet(None)? {
            true => self.go_on()?,
            false => End::Stopped,
        };
        if let End::Outside(_) = end {
            self.let_go()?;
        }
        while self.is_to_hang && !self.over.load(Relaxed) && !self.all.is_empty() {
            thread::sleep(Duration::from_millis(1));
        }
        Ok(Driven { code: self.choices.code(), steps: self.steps, end })
    }

    fn go_on(&mut self) -> io::Result<End> {
        while !self.all.is_empty() {
            if self.over.load(Relaxed) {
                return Ok(End::Stopped);
            }
            let free = self.who_can()?;
            if free.is_empty() && !self.guests.is_empty() {
                // They go on as they like, and no time passes meanwhile.
                self.host()?;
                continue;
            }
            let Some(place) = (match free {
                free if !free.is_empty() => match self.choices.choose(free.len()) {
                    Some(chosen) => Some(free[chosen].clone()),
                    None => return Ok(End::AnotherWay(self.steps)),
                },
                _ => self.first_limit(),
            }) else {
                match self.all.is_empty() {
                    true => break,
                    false => return Ok(End::Stuck(self.who_waits())),
                }
            };
            if self.moves > MOVES {
                return Ok(End::OnlyTimePasses(self.who_waits()));
            }
            if let Some(outside) = self.grant(place)? {
                return Ok(outside);
            }
        }
        match self.choices.is_longer() {
            true => Ok(End::AnotherWay(self.steps)),
            false => Ok(End::Over),
        }
    }

    /// A pause may end at any time, but not before a time limit that is over earlier, or a long one.
    fn who_can(&mut self) -> io::Result<Vec<Vec<u32>>> {
        let limits = self.all.values().filter_map(|link| link.stands.gives_up_at());
        let first_limit = limits.min().unwrap_or(u64::MAX).min(self.clock + LONG);
        let (mut free, mut gone) = (Vec::new(), Vec::new());
        for (place, link) in &mut self.all {
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
            if let Some(link) = self.all.remove(&place) {
                until(VANISHING, || !link.is_alive());
            }
        }
        Ok(free)
    }

    /// Nobody drives any more: everybody goes on as they can, and the clock is the real one.
    fn let_go(&mut self) -> io::Result<()> {
        let (began, at_first) = (Instant::now(), self.clock);
        let mut running: Vec<Link> = Vec::new();
        while !self.over.load(Relaxed) {
            self.clock = at_first + began.elapsed().as_nanos() as u64;
            self.host()?;
            for place in self.who_can_go_on_in_time()? {
                if let Some(mut link) = self.all.remove(&place) {
                    link.tell(&format!("go {}", self.clock));
                    running.push(link);
                }
            }
            for mut link in std::mem::take(&mut running) {
                match link.hear()? {
                    Heard::Line(line) if link.stands_before(&line) => {
                        self.all.insert(link.place.clone(), link);
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
    fn who_can_go_on_in_time(&mut self) -> io::Result<Vec<Vec<u32>>> {
        let mut free = self.who_can()?;
        let clock = self.clock;
        let is_over = |link: &Link| {
            let time = link.stands.gives_up_at().or(link.stands.pauses_until());
            time.map(|time| time <= clock)
        };
        free.retain(|place| {
            is_over(&self.all[place]) != Some(false) || !self.all[place].is_not_ready
        });
        let late = self.all.iter().filter(|(_, link)| is_over(link) == Some(true));
        free.extend(late.map(|(place, _)| place.clone()));
        free.sort();
        free.dedup();
        Ok(free)
    }

    /// A time limit is over only when nobody else can go on: the first one.
    fn first_limit(&self) -> Option<Vec<u32>> {
        let limit = |link: &Link| link.stands.gives_up_at().or(link.stands.pauses_until());
        let limits = self.all.iter().filter_map(|(place, link)| Some((limit(link)?, place)));
        limits.min().map(|(_, place)| place.clone())
    }

    /// Lets one go on until it stands again. An answer: the run cannot be driven any further.
    fn grant(&mut self, place: Vec<u32>) -> io::Result<Option<End>> {
        let Some(mut link) = self.all.remove(&place) else { return Ok(None) };
        // Only the end of a pause or of a limit moves the clock.
        let limit = link.stands.gives_up_at().filter(|_| link.is_not_ready);
        if let Some(time) = link.stands.pauses_until().or(limit) {
            self.clock = self.clock.max(time);
            self.moves += 1;
        }
        link.tell(&format!("go {}", self.clock));
        self.steps += 1;
        let mut heard = Instant::now();
        loop {
            let line = match link.hear()? {
                Heard::Line(line) => line,
                Heard::End => {
                    until(VANISHING, || !link.is_alive());
                    self.moves = 0;
                    return Ok(None);
                }
                Heard::Nothing => {
                    if self.over.load(Relaxed) {
                        return Ok(Some(End::Stopped));
                    }
                    self.host()?;
                    if link.computes() || !self.guests.is_empty() {
                        heard = Instant::now();
                    } else if heard.elapsed() > SILENCE {
                        let name = link.name.clone();
                        self.all.insert(place, link);
                        return Ok(Some(End::Outside(name)));
                    }
                    continue;
                }
            };
            heard = Instant::now();
            if link.stands_before(&line) {
                self.all.insert(place, link);
                return Ok(None);
            }
            if let Some(done) = line.strip_prefix("did ") {
                self.see(done, &link)?;
            }
        }
    }

    /// What another process has to do with it.
    fn see(&mut self, done: &str, by: &Link) -> io::Result<()> {
        let op = done.split_once(' ').map_or("", |(_, op)| op);
        let is_a_look = ["Pause", "Line", "Looked", "Missed", "Read"];
        if !is_a_look.iter().any(|look| op.starts_with(look)) {
            self.moves = 0;
        }
        if op.starts_with("Start") {
            self.meet(Some(by))?;
        } else if let Some(target) = op.strip_prefix("Signal { target: ") {
            let mut numbers = target.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty());
            let mut number = || numbers.next().and_then(|number| number.parse().ok()).unwrap_or(0);
            let (pid, signal) = (number() as i32, number());
            let target = self.all.values().find(|link| link.pid == pid);
            if let Some(target) = target.filter(|_| signal > 0)
                && target.will_obey(signal)
            {
                until(VANISHING, || !target.is_alive());
            }
        }
        Ok(())
    }

    /// Waits for a new process. False: the run was over before.
    fn meet(&mut self, parent: Option<&Link>) -> io::Result<bool> {
        let began = Instant::now();
        loop {
            match self.socket.accept() {
                Ok((stream, _)) => {
                    let Some(mut link) = Link::new(stream)? else { continue };
                    if parent.is_some() && link.place.is_empty() {
                        link.tell(&format!("go {}", self.clock));
                        self.guests.push(link);
                        continue;
                    }
                    self.names.insert(link.pid, link.name.clone());
                    self.all.insert(link.place.clone(), link);
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            // Another program than ours may have been started, which knows nothing of all this.
            let gave_up = parent.is_some() && began.elapsed() > SILENCE;
            if gave_up || self.over.load(Relaxed) {
                return Ok(false);
            }
            self.entertain();
            thread::sleep(Duration::from_micros(200));
        }
    }

    /// Takes in whoever has come unasked: a fresh program image that has not reached its function.
    fn host(&mut self) -> io::Result<()> {
        if let Ok((stream, _)) = self.socket.accept()
            && let Some(mut link) = Link::new(stream)?
        {
            match link.place.is_empty() {
                true => {
                    link.tell(&format!("go {}", self.clock));
                    self.guests.push(link);
                }
                false => {
                    self.names.insert(link.pid, link.name.clone());
                    self.all.insert(link.place.clone(), link);
                }
            }
        }
        self.entertain();
        Ok(())
    }

    /// Lets the guests go on as they like.
    fn entertain(&mut self) {
        let (clock, names) = (self.clock, &self.names);
        self.guests.retain_mut(|guest| match guest.hear() {
            Ok(Heard::Line(line)) => {
                if line.starts_with("about") || line.starts_with("waits") {
                    guest.tell(&format!("go {clock}"));
                }
                true
            }
            Ok(Heard::Nothing) => true,
            // It has ended, or has reached its function and come again as what it is now.
            Ok(Heard::End) | Err(_) => guest.is_alive() && !names.contains_key(&guest.pid),
        });
    }

    fn who_waits(&self) -> Vec<String> {
        let wait = |link: &Link| match link.stands {
            Stands::Waits { wait, .. } => Some(wait),
            Stands::Before => None,
        };
        let waits: Vec<Wait> = self.all.values().filter_map(wait).collect();
        let what = |link: &Link| match wait(link) {
            Some(wait) => format!("{} {}", link.name, wait.in_words(link.pid, &self.names, &waits)),
            None => format!("{} stands before an operation", link.name),
        };
        self.all.values().map(what).collect()
    }
}

fn until(most: Duration, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() && began.elapsed() < most {
        thread::sleep(Duration::from_micros(200));
    }
}
