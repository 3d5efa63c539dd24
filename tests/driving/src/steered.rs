//! A run whose holder says who goes on, by the rules of `execution.rs`.
//!
//! Nothing of a run can be taken back. So what is undone is a new run, in which everybody goes on as
//! before, but not so far.

use std::fmt;
use std::io;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use running::{Begun, Wait};

use crate::conductor::End;
use crate::event::Event;
use crate::execution::{Advance, Execution, Free};
use crate::explore::is_alike;
use crate::link::Stands;
use crate::place::Place;
use crate::replay::replay;
use crate::schedule::{DIGITS, EXPLORED};
use crate::stage::{Socket, Stage};
use crate::words::Words;

/// A run that stands still until somebody is told to go on. Dropped, it ends, with all its processes.
pub struct Steered {
    command: MakeCommand,
    over: Arc<AtomicBool>,
    run: Option<Run>,
    past: Vec<Move>,
    free: Free,
    end: Option<End>,
    code: Option<i32>,
}

/// Makes the same command each time.
pub type MakeCommand = Box<dyn Fn() -> io::Result<Command> + Send>;

struct Run {
    // The first that is dropped: nobody is to notice that the conductor is gone.
    begun: Begun,
    execution: Execution,
    _socket: Socket,
}

/// What has happened so far.
#[derive(Clone)]
enum Move {
    /// Somebody did that; with the digit of the code, where there was one to choose.
    Did(Event, Option<u8>),
    /// This one could do nothing, and waits.
    Waits(Place),
    /// Somebody was ended from outside, which no code repeats.
    Killed(Event),
}

/// One process that has not ended.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Where it stands in its family.
    pub place: Place,
    /// What it is called.
    pub name: String,
    /// Its number in this run.
    pub pid: i32,
    /// Before what it stands, or stood when it began to wait: one of the acts of
    /// `shared/src/memory/event.rs`, or `Begin`.
    pub act: String,
    /// On which object; 0: on none.
    pub object: u32,
    /// The text that it tells with that: see [`Words::next`].
    pub what: Option<String>,
    /// What it waits for.
    pub waits: Option<Wait>,
    /// Whom it waits for.
    pub whom: Option<Place>,
    /// Whether it can go on.
    pub can: Can,
}

/// Whether a process can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Can {
    /// Now.
    Now,
    /// It would only look again, or pause again: nothing has changed.
    OnlyAgain,
    /// Its time limit is over, for nobody else can go on.
    Late,
    /// Not now.
    Not,
}

/// What came of telling a process to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Went {
    /// It did something.
    Did,
    /// It found that it has to wait: no step.
    Waits,
    /// It cannot go on now.
    Cannot,
}

impl Steered {
    /// Begins a run. Once `over` is true, whatever takes long is given up.
    ///
    /// # Errors
    /// If the program cannot be started, or nothing of it can be driven.
    pub fn begin(command: MakeCommand, over: Arc<AtomicBool>) -> io::Result<Steered> {
        let (past, free) = (Vec::new(), Free::default());
        let mut steered = Steered { command, over, run: None, past, free, end: None, code: None };
        steered.again(Vec::new())?;
        Ok(steered)
    }

    /// The run with this code. A code that does not lead to an end leads to where somebody has to be
    /// chosen.
    ///
    /// # Errors
    /// The same, or if the code is none of the explorer's, or does not fit the program.
    pub fn by_code(command: MakeCommand, over: Arc<AtomicBool>, code: &str) -> io::Result<Steered> {
        let Some(digits) = code.strip_prefix(EXPLORED) else {
            return Err(io::Error::other(format!(
                "the code of a run in which somebody chose begins with `{EXPLORED}`"
            )));
        };
        let mut steered = Steered::begin(command, over)?;
        let mut run = Run::new(&steered.command, &steered.over)?;
        let mut steps = Vec::new();
        let end = replay(&mut run.execution, digits, &mut |_, event| steps.push(event))?;
        if let Some(End::AnotherWay(steps)) = end {
            return Err(io::Error::other(format!(
                "after {steps} steps the program went another way than this code: the code is of another \
                 lesson or version"
            )));
        }
        drop(run);
        // The digits and what waits are found by doing it.
        steered.again(steps.into_iter().map(|event| Move::Did(event, None)).collect())?;
        while end.is_some() && steered.end.is_none() {
            let next = steered.free.now.iter().find(|place| !steered.has_waited(place)).cloned();
            match next.map(|place| steered.go(&place)).transpose()? {
                Some(Went::Waits) => {}
                _ => break,
            }
        }
        Ok(steered)
    }

    /// All who have not ended, in the order of their birth, in which a code counts them.
    pub fn standing(&self) -> Vec<Standing> {
        let Some(run) = &self.run else { return Vec::new() };
        let execution = &run.execution;
        let acts = execution.who_stands();
        let standing = |(place, act, object): (Place, String, u32)| {
            let link = execution.stage.all.get(&place)?;
            let waits = match link.stands {
                Stands::Waits { wait, .. } => Some(wait),
                Stands::Before { .. } => None,
            };
            let (name, pid) = (link.name.clone(), link.pid);
            let can = self.can(&place);
            let what = execution.what(&place);
            let whom = waits.and_then(|wait| execution.stage.place_of(wait.whom()?));
            Some(Standing { place, name, pid, act, object, what, waits, whom, can })
        };
        acts.into_iter().filter_map(standing).collect()
    }

    /// What everybody and everything is called now.
    pub fn words(&self) -> Option<&Words> {
        self.run.as_ref().map(|run| &run.execution.stage.words)
    }

    fn can(&self, place: &Place) -> Can {
        match () {
            () if self.end.is_some() => Can::Not,
            () if self.free.idle.contains_key(place) => Can::OnlyAgain,
            () if self.free.now.contains(place) => Can::Now,
            () if self.free.now.is_empty() && self.free.late.contains(place) => Can::Late,
            () => Can::Not,
        }
    }

    /// Lets one go on until it has done something.
    ///
    /// # Errors
    /// If the connection to a process failed.
    pub fn go(&mut self, place: &Place) -> io::Result<Went> {
        let can = self.can(place);
        let Some(run) = self.run.as_mut().filter(|_| can != Can::Not) else {
            return Ok(Went::Cannot);
        };
        let all = run.execution.everybody();
        let name = run.execution.stage.name_of(place);
        let went = match run.execution.advance(place, can == Can::Late)? {
            Advance::Did(event) => {
                let chosen = all.iter().position(|other| other == place).unwrap_or(0);
                let digit = (all.len() > 1).then(|| DIGITS[chosen % DIGITS.len()]);
                self.past.push(Move::Did(event, digit));
                Went::Did
            }
            Advance::Waits => {
                self.past.push(Move::Waits(place.clone()));
                Went::Waits
            }
            Advance::Outside => {
                self.end = Some(End::Outside(name));
                return Ok(Went::Did);
            }
            Advance::Stopped => {
                self.end = Some(End::Stopped);
                return Ok(Went::Cannot);
            }
        };
        self.look()?;
        Ok(went)
    }

    /// Whether somebody was ended from outside since the last look.
    ///
    /// # Errors
    /// If the connection to a process failed.
    pub fn look_around(&mut self) -> io::Result<bool> {
        let is_driven = !matches!(self.end, Some(End::Over | End::Outside(_)));
        let Some(run) = self.run.as_mut().filter(|_| is_driven) else { return Ok(false) };
        let killed = run.execution.killed_from_outside();
        let is_any = !killed.is_empty();
        self.past.extend(killed.into_iter().map(Move::Killed));
        if is_any {
            self.look()?;
        }
        Ok(is_any)
    }

    /// Takes the last step back; if somebody was ended from outside, that and all that came after it.
    ///
    /// # Errors
    /// If the program cannot be started, or does not do the same again.
    pub fn undo(&mut self) -> io::Result<()> {
        let killed = self.past.iter().position(|one| matches!(one, Move::Killed(_)));
        let last = self.past.iter().rposition(|one| matches!(one, Move::Did(..)));
        let keep = killed.or(last).unwrap_or(0);
        let past = self.past[..keep].to_vec();
        self.again(past)
    }

    /// Begins again from the start.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub fn restart(&mut self) -> io::Result<()> {
        self.again(Vec::new())
    }

    /// What was done so far, step by step.
    pub fn events(&self) -> Vec<Event> {
        let event = |one: &Move| match one {
            Move::Did(event, _) | Move::Killed(event) => Some(event.clone()),
            Move::Waits(_) => None,
        };
        self.past.iter().filter_map(event).collect()
    }

    /// The code of the run so far; none if somebody was ended from outside.
    pub fn code(&self) -> Option<String> {
        let mut code = String::from(EXPLORED);
        for one in &self.past {
            match one {
                Move::Did(_, digit) => code.extend(digit.map(char::from)),
                Move::Waits(_) => {}
                Move::Killed(_) => return None,
            }
        }
        Some(code)
    }

    /// How it ended, if it has.
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// How main ended, if all have: its exit code, or minus the number of a signal.
    pub fn exit_code(&self) -> Option<i32> {
        self.code
    }

    /// What the process with this number is called, or was.
    pub fn name_of(&self, place: &Place) -> String {
        self.run.as_ref().map_or_else(String::new, |run| run.execution.stage.name_of(place))
    }

    fn has_waited(&self, place: &Place) -> bool {
        matches!(self.past.last(), Some(Move::Waits(last)) if last == place)
    }

    /// A new run, in which this happens.
    fn again(&mut self, moves: Vec<Move>) -> io::Result<()> {
        // The old one first: two at a time would be in each other's way.
        self.run = None;
        (self.past, self.end, self.code) = (Vec::new(), None, None);
        let mut run = Run::new(&self.command, &self.over)?;
        if !run.execution.begin()? {
            return Err(io::Error::other("nothing of the program can be driven"));
        }
        self.run = Some(run);
        self.look()?;
        for (step, one) in moves.into_iter().enumerate() {
            let (place, is_same) = match &one {
                Move::Did(event, _) => {
                    let went = self.go(&event.place)?;
                    let is_same = match self.past.last() {
                        Some(Move::Did(did, _)) => went == Went::Did && is_alike(did, event),
                        _ => false,
                    };
                    (&event.place, is_same)
                }
                Move::Waits(place) => (place, self.go(place)? == Went::Waits),
                Move::Killed(event) => (&event.place, false),
            };
            if !is_same {
                return Err(io::Error::other(format!(
                    "the program does not do the same again: at move {}, {place} did something else",
                    step + 1
                )));
            }
        }
        Ok(())
    }

    /// Who can go on now, and whether anybody can.
    fn look(&mut self) -> io::Result<()> {
        let Some(run) = self.run.as_mut() else { return Ok(()) };
        self.free = run.execution.who_can()?;
        let (execution, free) = (&run.execution, &self.free);
        self.end = match () {
            () if execution.stage.all.is_empty() => Some(End::Over),
            () if execution.stage.is_over() => Some(End::Stopped),
            () if execution.only_time_passes() => {
                Some(End::OnlyTimePasses(execution.stage.who_waits()))
            }
            () if free.now.is_empty() && free.late.is_empty() => {
                Some(End::Stuck(execution.stage.who_waits()))
            }
            () => None,
        };
        if self.end == Some(End::Over) {
            self.code = Some(run.begun.code()?);
        }
        Ok(())
    }
}

impl Run {
    fn new(command: &MakeCommand, over: &Arc<AtomicBool>) -> io::Result<Run> {
        let (socket, listener) = Socket::new()?;
        let mut command = command()?;
        socket.invite(&mut command);
        let begun = Begun::new(&mut command)?;
        let mut stage = Stage::new(listener, Arc::clone(over));
        stage.main = Some(begun.pid());
        Ok(Run { begun, execution: Execution::new(stage), _socket: socket })
    }
}

impl fmt::Debug for Steered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Steered").field("code", &self.code()).field("end", &self.end).finish()
    }
}
