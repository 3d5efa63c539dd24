//! The processes of one run: who stands before what, and what each did when it was let go on.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};
use std::{io, thread};

use running::Stat;

use crate::link::{Heard, Link, Stands};
use crate::op::{Did, Op};
use crate::place::Place;
use crate::words::Words;

/// The variable that names the socket.
const VARIABLE: &str = "LESSON_CONDUCTOR";
/// A process that is silent for so long, and does not compute, waits for something past the crate.
const SILENCE: Duration = Duration::from_secs(2);
/// The same for one that computes, where nobody watches who could stop it.
const COMPUTING: Duration = Duration::from_secs(60);
/// How long a process may take to vanish that has let go.
const VANISHING: Duration = Duration::from_secs(5);

/// Where the processes of a run find whoever drives it.
#[derive(Debug)]
pub(crate) struct Socket {
    name: OsString,
}

impl Socket {
    /// # Errors
    /// If there can be no socket.
    pub fn new() -> io::Result<(Socket, UnixListener)> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Relaxed);
        let (name, listener) = listen(format!("conductor-{}-{number}", std::process::id()))?;
        listener.set_nonblocking(true)?;
        Ok((Socket { name }, listener))
    }

    /// Has the command be driven.
    pub fn invite(&self, command: &mut Command) {
        command.env(VARIABLE, &self.name);
    }
}

/// A socket that is no file: nothing is left of it, however this program ends.
#[cfg(target_os = "linux")]
fn listen(name: String) -> io::Result<(OsString, UnixListener)> {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::SocketAddr;
    let listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
    Ok((format!("@{name}").into(), listener))
}

#[cfg(not(target_os = "linux"))]
fn listen(name: String) -> io::Result<(OsString, UnixListener)> {
    let path = std::env::temp_dir().join(name);
    let listener = UnixListener::bind(&path)?;
    Ok((path.into(), listener))
}

#[cfg(not(target_os = "linux"))]
impl Drop for Socket {
    fn drop(&mut self) {
        // One that cannot be removed harms nobody: its name is not used again.
        let _ = std::fs::remove_file(&self.name);
    }
}

/// What a process did between two points at which it stood.
#[derive(Debug, Default)]
pub(crate) struct Step {
    pub did: Vec<Did>,
    /// Whose end it was: its own, and that of everybody whom it took along.
    pub ended: Vec<Place>,
}

/// What came of letting a process go on.
#[derive(Debug)]
pub(crate) enum Granted {
    /// It stands again, or has ended.
    Step(Step),
    /// It waits for something that is not the crate's, or computes for very long.
    Outside(Step),
    /// The run was stopped from outside.
    Stopped,
}

pub(crate) struct Stage {
    listener: UnixListener,
    over: Arc<AtomicBool>,
    /// Its main, as far as it is known.
    pub main: Option<i32>,
    /// All who stand or wait, in the order of their birth.
    pub all: BTreeMap<Place, Link>,
    /// Whoever went on and has not been heard of again.
    pub outside: Option<Link>,
    /// Fresh program images on the way to the function that they are to run: nobody's order.
    guests: Vec<Link>,
    /// What they have done since somebody last went on: the parent waits for them meanwhile.
    by_guests: Vec<Did>,
    /// What everybody and everything is called, so far.
    pub words: Words,
    /// More than one thread of theirs has spoken: which one goes first, nobody decides.
    pub threaded: BTreeSet<Place>,
    /// All who have ever been met, by their pids.
    known: HashMap<i32, Known>,
}

struct Known {
    place: Place,
    name: String,
}

impl Stage {
    pub fn new(listener: UnixListener, over: Arc<AtomicBool>) -> Stage {
        let (all, guests, known) = (BTreeMap::new(), Vec::new(), HashMap::new());
        Stage {
            listener,
            over,
            main: None,
            all,
            outside: None,
            guests,
            by_guests: Vec::new(),
            words: Words::default(),
            threaded: BTreeSet::new(),
            known,
        }
    }

    pub fn is_over(&self) -> bool {
        self.over.load(Relaxed) || running::is_stopped()
    }

    pub fn has_guests(&self) -> bool {
        !self.guests.is_empty()
    }

    /// Whose end would end this one, too: the furthest up.
    pub fn dies_with(&self, place: &Place) -> Option<Place> {
        let mut furthest = None;
        while let Some(link) = self.all.get(furthest.as_ref().unwrap_or(place))
            && link.follows
        {
            furthest = link.place.parent();
        }
        furthest
    }

    /// All who have ever been met, by the pids that they had.
    pub fn pids(&self) -> BTreeMap<i32, Place> {
        self.known.iter().map(|(&pid, known)| (pid, known.place.clone())).collect()
    }

    /// Which process has this pid, or had it.
    pub fn place_of(&self, pid: i32) -> Option<Place> {
        self.known.get(&pid).map(|known| known.place.clone())
    }

    /// What it is called, or was.
    pub fn name_of(&self, place: &Place) -> String {
        let known = self.known.values().find(|known| known.place == *place);
        known.map_or(String::new(), |known| known.name.clone())
    }

    /// Lets one go on until it stands again. `clock`: what time it is then.
    pub fn grant(&mut self, place: &Place, clock: u64) -> io::Result<Granted> {
        let mut step = Step::default();
        let Some(mut link) = self.all.remove(place) else { return Ok(Granted::Step(step)) };
        link.tell(&format!("go {clock}"));
        let (mut heard, mut asleep) = (Instant::now(), Instant::now());
        loop {
            let line = match link.hear()? {
                Heard::Line(line) => line,
                Heard::End => {
                    until(VANISHING, || !link.is_alive());
                    self.bury(link, &mut step);
                    return Ok(Granted::Step(step));
                }
                Heard::Nothing => {
                    if self.is_over() {
                        return Ok(Granted::Stopped);
                    }
                    self.host(clock)?;
                    if link.computes() || self.has_guests() {
                        asleep = Instant::now();
                    }
                    if asleep.elapsed() > SILENCE || heard.elapsed() > COMPUTING {
                        self.outside = Some(link);
                        return Ok(Granted::Outside(step));
                    }
                    continue;
                }
            };
            (heard, asleep) = (Instant::now(), Instant::now());
            if link.stands_before(&line) {
                self.all.insert(place.clone(), link);
                return Ok(Granted::Step(step));
            }
            if line == "threads" {
                self.threaded.insert(place.clone());
            }
            if let Some(done) = line.strip_prefix("did ") {
                self.see(done, place, clock, &mut step)?;
            }
        }
    }

    /// What another process has to do with it.
    fn see(&mut self, done: &str, by: &Place, clock: u64, step: &mut Step) -> io::Result<()> {
        if let Some((_, started)) = done.split_once(" Start { child: ") {
            // Its child says who it is before anybody goes on.
            let child = started.split(',').next().and_then(|pid| pid.parse().ok());
            self.meet(child, clock)?;
        }
        step.did.append(&mut self.by_guests);
        let Some(did) = Did::told(done, |pid| self.place_of(pid)) else {
            return Err(io::Error::other(format!("nobody knows what this means: {done}")));
        };
        if let Op::Signal { target: Some(target), signal } = &did.op
            && let Ok(signal) = u32::try_from(*signal)
            && let Some(link) = self.all.get(target)
            && signal > 0
            && link.will_obey(signal)
        {
            until(VANISHING, || !link.is_alive());
            if let Some(link) = self.all.remove(target) {
                self.bury(link, step);
            }
        }
        self.words.see(by, &did);
        step.did.push(did);
        Ok(())
    }

    /// It has ended, and has taken along those who die with their parent.
    fn bury(&mut self, link: Link, step: &mut Step) {
        let place = link.place.clone();
        let follows = |link: &&Link| link.place.is_child_of(&place) && link.is_doomed();
        let followers: Vec<Place> =
            self.all.values().filter(follows).map(|link| link.place.clone()).collect();
        self.words.end(&place);
        step.ended.push(place);
        for follower in followers {
            if let Some(link) = self.all.remove(&follower) {
                until(VANISHING, || !link.is_alive());
                self.bury(link, step);
            }
        }
    }

    /// Waits for a new process: main, or the child with this pid. False: it has ended before, or the run.
    pub fn meet(&mut self, child: Option<i32>, clock: u64) -> io::Result<bool> {
        let began = Instant::now();
        loop {
            // It may have come before its parent could tell.
            if child.is_some_and(|child| self.all.values().any(|link| link.pid == child)) {
                return Ok(true);
            }
            match self.listener.accept() {
                Ok((stream, _)) => {
                    let Some(link) = Link::new(stream)? else { continue };
                    if self.take_in(link, child.is_some(), clock) && child.is_none() {
                        return Ok(true);
                    }
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            // It may have been killed at once, or be another program, which knows nothing of all this.
            let gave_up = child
                .or(self.main)
                .is_some_and(|child| Stat::of(child).is_none_or(|stat| stat.is_zombie()))
                || child.is_some() && began.elapsed() > COMPUTING;
            if gave_up || self.is_over() {
                return Ok(false);
            }
            self.entertain(clock);
            thread::sleep(Duration::from_micros(200));
        }
    }

    /// Takes in whoever has come unasked: a fresh program image that has not reached its function.
    pub fn host(&mut self, clock: u64) -> io::Result<()> {
        if let Ok((stream, _)) = self.listener.accept()
            && let Some(link) = Link::new(stream)?
        {
            self.take_in(link, true, clock);
        }
        self.entertain(clock);
        Ok(())
    }

    /// Whether it is somebody, and not only a guest.
    fn take_in(&mut self, mut link: Link, is_child: bool, clock: u64) -> bool {
        if is_child && link.place.is_main() {
            link.tell(&format!("go {clock}"));
            self.guests.push(link);
            return false;
        }
        // It has let go of its first connection; what it has told there comes first.
        while self.guests.iter().any(|guest| guest.pid == link.pid) && !self.is_over() {
            self.entertain(clock);
            let is_it = |guest: &Link| guest.pid == link.pid && guest.has_let_go;
            self.guests.retain(|guest| !is_it(guest));
        }
        self.words.meet(&link.place, &link.name);
        let known = Known { place: link.place.clone(), name: link.name.clone() };
        self.known.insert(link.pid, known);
        self.all.insert(link.place.clone(), link);
        true
    }

    /// Lets the guests go on as they like.
    fn entertain(&mut self, clock: u64) {
        let (known, by_guests) = (&self.known, &mut self.by_guests);
        self.guests.retain_mut(|guest| match guest.hear() {
            Ok(Heard::Line(line)) => {
                let whose = |pid| known.get(&pid).map(|known| known.place.clone());
                by_guests.extend(line.strip_prefix("did ").and_then(|did| Did::told(did, whose)));
                if line.starts_with("about") || line.starts_with("waits") {
                    guest.tell(&format!("go {clock}"));
                }
                true
            }
            Ok(Heard::Nothing) => true,
            // It has ended, or has reached its function and come again as what it is now.
            Ok(Heard::End) | Err(_) => {
                guest.has_let_go = true;
                guest.is_alive() && !known.contains_key(&guest.pid)
            }
        });
    }

    /// Removes one that has gone without a word.
    pub fn lost(&mut self, place: &Place) {
        if let Some(link) = self.all.remove(place) {
            until(VANISHING, || !link.is_alive());
            self.words.end(place);
        }
    }

    /// Who waits for what, a line each.
    pub fn who_waits(&self) -> Vec<String> {
        let what = |link: &Link| match &link.stands {
            Stands::Waits { wait, .. } => {
                let whom = wait.whom().and_then(|whom| self.place_of(whom));
                format!("{} {}", link.name, self.words.waits(&link.place, *wait, whom.as_ref()))
            }
            // Without the text of it: runs that end alike are told together.
            Stands::Before { act, object, .. } => {
                format!("{} would {}", link.name, self.words.next(act, *object, None))
            }
        };
        self.all.values().map(what).collect()
    }
}

fn until(most: Duration, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() && began.elapsed() < most {
        thread::sleep(Duration::from_micros(100));
    }
}
