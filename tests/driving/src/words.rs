//! What was done, in the words of a person.

use std::collections::HashMap;

use crate::cause::{Cause, Why};
use crate::op::{Did, Op};
use crate::place::Place;
use crate::record::Record;

/// The names of a run's processes and objects.
#[derive(Debug)]
pub struct Words {
    processes: HashMap<Place, String>,
    objects: HashMap<u32, String>,
}

impl Words {
    /// Those of this run. An object has no name of its own: it is "the queue", or, if there are several,
    /// "queue 2".
    pub fn of(record: &Record) -> Words {
        let steps = record.steps.iter();
        let processes = steps.map(|step| (step.event.place.clone(), step.name.clone())).collect();
        let mut kinds: Vec<(u32, &str)> = Vec::new();
        for did in record.steps.iter().flat_map(|step| &step.event.did) {
            let Some(kind) = kind(&did.op) else { continue };
            match kinds.iter_mut().find(|(object, _)| *object == did.object) {
                // A release does not tell how many permits there are.
                Some((_, known)) if *known == "lock" => *known = kind,
                Some(_) => {}
                None => kinds.push((did.object, kind)),
            }
        }
        let mut objects = HashMap::new();
        for (at, (object, kind)) in kinds.iter().enumerate() {
            let is_like = |other: &&(u32, &str)| other.1 == *kind;
            let name = match kinds.iter().filter(is_like).count() {
                1 => format!("the {kind}"),
                _ => format!("{kind} {}", kinds[..=at].iter().filter(is_like).count()),
            };
            objects.insert(*object, name);
        }
        Words { processes, objects }
    }

    /// The name of a process.
    pub fn process(&self, place: &Place) -> String {
        match self.processes.get(place) {
            Some(name) if !name.is_empty() => name.clone(),
            _ => place.to_string(),
        }
    }

    fn somebody(&self, place: Option<&Place>) -> String {
        place.map_or_else(|| "another process".to_owned(), |place| self.process(place))
    }

    /// What one process did, and another therefore could.
    pub fn cause(&self, record: &Record, cause: &Cause) -> [String; 2] {
        let [from, to] = [cause.from, cause.to].map(|step| &record.steps[step].event);
        let later = to.did.iter().find(|did| is_of(&did.op, cause.why));
        let whom = later.and_then(|did| match &did.op {
            Op::Join { child: place, .. }
            | Op::LookedAtChild { child: place, .. }
            | Op::LookedAtProcess { pid: place, .. }
            | Op::HolderDied { holder: place } => place.as_ref(),
            _ => None,
        });
        let is_it = |did: &&Did| match (&did.op, cause.why) {
            (Op::Signal { target, .. }, Why::Joined | Why::SawEnd) => target.as_ref() == whom,
            (Op::Start { child, .. }, Why::Started) => child.as_ref() == Some(&to.place),
            (_, Why::Started | Why::Joined) => false,
            (Op::Close { .. }, Why::SawEnd) => {
                later.is_some_and(|later| later.object == did.object)
            }
            (_, Why::SawEnd) => false,
            (op, _) => {
                !is_of(op, cause.why) && later.is_some_and(|later| later.object == did.object)
            }
        };
        let earlier = match from.did.iter().find(is_it) {
            Some(did) => format!("{} {}", self.process(&from.place), self.did(did)),
            None => format!("{} ended", self.process(whom.unwrap_or(&from.place))),
        };
        let later = later.map_or_else(|| "began".to_owned(), |did| self.did(did));
        [earlier, format!("{} {later}", self.process(&to.place))]
    }

    /// What a process has done: to be said after its name.
    pub fn did(&self, did: &Did) -> String {
        let object = self.objects.get(&did.object).map_or("it", String::as_str);
        match &did.op {
            Op::New => "made a shared object".to_owned(),
            Op::Start { child, .. } => format!("started {}", self.somebody(child.as_ref())),
            Op::Begin => "began".to_owned(),
            Op::End { .. } => "ended".to_owned(),
            Op::Join { child, .. } => format!("joined {}", self.somebody(child.as_ref())),
            Op::LookedAtChild { child: place, alive: true } => {
                format!("saw that {} was alive", self.somebody(place.as_ref()))
            }
            Op::LookedAtChild { child: place, alive: false } => {
                format!("saw that {} had ended", self.somebody(place.as_ref()))
            }
            Op::LookedAtProcess { pid, state } => {
                format!("saw that {} was {}", self.somebody(pid.as_ref()), state.to_lowercase())
            }
            Op::LookedAtParent { parent: Some(parent) } => {
                format!("saw that its parent was {}", self.process(parent))
            }
            Op::LookedAtParent { parent: None } => "saw that its parent was gone".to_owned(),
            Op::Signal { target, signal } => {
                format!("sent signal {signal} to {}", self.somebody(target.as_ref()))
            }
            Op::Put { nth, .. } => format!("put the {} message into {object}", ordinal(*nth)),
            Op::Get { nth } => format!("got the {} message from {object}", ordinal(*nth)),
            Op::LookedAtQueue { len } => format!("saw {len} in {object}"),
            Op::Done { nth } => format!("marked the {} message of {object} as done", ordinal(*nth)),
            Op::AllDone { .. } => format!("saw that everything in {object} was done"),
            Op::Acquire { permits: 1, .. } => format!("acquired {object}"),
            Op::Acquire { .. } => format!("took a permit of {object}"),
            Op::Release { .. } if object.contains("semaphore") => {
                format!("gave a permit back to {object}")
            }
            Op::Release { .. } => format!("released {object}"),
            Op::HolderDied { holder } => {
                format!(
                    "saw that {}, which held {object}, had died",
                    self.somebody(holder.as_ref())
                )
            }
            Op::Set { .. } => format!("set {object}"),
            Op::Clear { .. } => format!("cleared {object}"),
            Op::LookedAtEvent { set: true, .. } => format!("saw that {object} was set"),
            Op::LookedAtEvent { set: false, .. } => format!("saw that {object} was not set"),
            Op::Woken { .. } => format!("was woken by {object}"),
            Op::Read { .. } => format!("read {object}"),
            Op::Write { .. } => format!("changed {object}"),
            Op::Send { nth, end } => {
                format!("sent the {} message from end {end} of {object}", ordinal(*nth))
            }
            Op::Receive { nth, end } => {
                format!("received the {} message at end {end} of {object}", ordinal(*nth))
            }
            Op::EndOfFile { .. } => format!("saw the end of {object}"),
            Op::Close { end } => format!("closed end {end} of {object}"),
            Op::Missed(act) => format!("tried in vain: {act}"),
            Op::Line { text, .. } => text.clone(),
            Op::Piece { bytes, .. } => String::from_utf8_lossy(bytes).trim_end().to_owned(),
            Op::Pause { duration } => format!("paused for {duration}"),
        }
    }
}

/// What kind of object this is an operation on.
fn kind(op: &Op) -> Option<&'static str> {
    use Op::*;
    Some(match op {
        Put { .. } | Get { .. } | LookedAtQueue { .. } | Done { .. } | AllDone { .. } => "queue",
        Acquire { permits: 1, .. } | Release { .. } | HolderDied { .. } => "lock",
        Acquire { .. } => "semaphore",
        Set { .. } | Clear { .. } | LookedAtEvent { .. } | Woken { .. } => "event",
        Read { .. } | Write { .. } => "value",
        Send { .. } | Receive { .. } | EndOfFile { .. } | Close { .. } => "pipe",
        _ => return None,
    })
}

/// Whether this is the later one of two operations of which one needed the other so.
fn is_of(op: &Op, why: Why) -> bool {
    use Op::*;
    match why {
        Why::Started => matches!(op, Begin),
        Why::Received => matches!(op, Get { .. } | Receive { .. }),
        Why::Room => matches!(op, Put { .. }),
        Why::Released => matches!(op, Acquire { .. }),
        Why::Woken => matches!(op, Woken { .. } | LookedAtEvent { .. }),
        Why::AllDone => matches!(op, AllDone { .. }),
        Why::Joined => matches!(op, Join { .. }),
        Why::SawEnd => matches!(
            op,
            LookedAtChild { .. }
                | LookedAtProcess { .. }
                | LookedAtParent { .. }
                | HolderDied { .. }
                | EndOfFile { .. }
        ),
        Why::Read => matches!(op, Read { .. }),
    }
}

fn ordinal(number: u64) -> String {
    let end = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{end}")
}
