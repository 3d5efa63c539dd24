//! What was done, what would be done next, and why somebody cannot go on, in the words of a person. Objects
//! are called as the source calls them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use running::Wait;

use crate::cause::{Cause, Why};
use crate::op::{Did, Kind, Op};
use crate::place::Place;
use crate::record::Record;

/// The names of a run's processes and objects, and what was put where: as far as the run has come.
///
/// Names of the source stand in backticks in a sentence. Two that are alike are told apart by a number
/// from the moment when there are two; and an object that has no name is "the queue", or "queue 2".
#[derive(Debug, Default)]
pub struct Words {
    processes: BTreeMap<Place, String>,
    ended: BTreeSet<Place>,
    objects: BTreeMap<u32, Object>,
    /// What was put or sent, by the object, the end that it is for, and its number.
    items: HashMap<(u32, u8, u64), String>,
    /// At which end of a pipe a process was last.
    ends: HashMap<(u32, Place), u8>,
    /// Who has done what on each object that somebody may wait for.
    helpers: BTreeMap<(u32, Help), BTreeSet<Place>>,
}

#[derive(Debug)]
struct Object {
    kind: Kind,
    names: Vec<String>,
}

/// What lets somebody go on who waits for an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Help {
    Put,
    Get,
    Done,
    Set,
    Notify,
    Arrive,
    Release,
    /// At this end of a pipe.
    Send(u8),
    Receive(u8),
}

impl Words {
    /// Those of a run that is over.
    pub fn of(record: &Record) -> Words {
        let mut words = Words::default();
        for step in &record.steps {
            words.meet(&step.event.place, &step.name);
            for did in &step.event.did {
                words.see(&step.event.place, did);
            }
            step.event.ended.iter().for_each(|ended| words.end(ended));
        }
        words
    }

    /// There is a process of this name.
    pub fn meet(&mut self, place: &Place, name: &str) {
        self.processes.insert(place.clone(), name.to_owned());
    }

    /// A process has done that.
    pub fn see(&mut self, by: &Place, did: &Did) {
        match &did.op {
            Op::New { kind, names, .. } => {
                let object = Object { kind: *kind, names: names.clone() };
                // A fresh program image counts its objects anew; what was there before is what others know.
                if self.find(did.object).is_none() {
                    self.objects.insert(did.object, object);
                }
            }
            Op::Put { nth, item: Some(item), .. } => {
                self.items.insert((did.object, 0, *nth), item.clone());
            }
            Op::Send { end, nth, item: Some(item) } => {
                self.items.insert((did.object, 1 - *end, *nth), item.clone());
            }
            _ => {}
        }
        if let Op::Send { end, .. } | Op::Receive { end, .. } = did.op {
            self.ends.insert((did.object, by.clone()), end);
        }
        if let Some(help) = Help::of(&did.op) {
            self.helpers.entry((did.object, help)).or_default().insert(by.clone());
        }
    }

    /// A process has ended.
    pub fn end(&mut self, place: &Place) {
        self.ended.insert(place.clone());
    }

    /// The name of a process.
    pub fn process(&self, place: &Place) -> String {
        match self.processes.get(place) {
            Some(name) if !name.is_empty() => name.clone(),
            _ => place.to_string(),
        }
    }

    /// The name of an object: `items`; `queues 2`, if there are several; `the queue` or `queue 2`, if it
    /// has none in the source; `to/from` for a pipe. None: nobody has told of it.
    pub fn object(&self, object: u32) -> Option<String> {
        self.objects.contains_key(&object).then(|| self.called_whole(object).replace('`', ""))
    }

    /// What kind of object it is.
    pub fn kind(&self, object: u32) -> Option<Kind> {
        self.objects.get(&object).map(|object| object.kind)
    }

    /// The item that was put into a queue with this number, or the one that was sent to that end of a pipe
    /// (of a queue: 0), if it has words.
    pub fn item(&self, object: u32, end: u8, nth: u64) -> Option<&str> {
        self.items.get(&(object, end, nth)).map(String::as_str)
    }

    /// What has this number, and at which place: 0, but for the elements of an array.
    fn find(&self, object: u32) -> Option<(&Object, u32)> {
        let (first, found) = self.objects.range(..=object).next_back()?;
        let place = object - first;
        (place < found.kind.count()).then_some((found, place))
    }

    /// As it stands in a sentence. Of an array it is one element.
    fn called(&self, object: u32) -> String {
        let whole = self.called_whole(object);
        match (self.find(object), whole.rsplit_once('`')) {
            (Some((Object { kind: Kind::Array(_), .. }, place)), Some((name, number))) => {
                format!("{name}[{place}]`{number}")
            }
            (Some((Object { kind: Kind::Array(_), .. }, place)), None) => {
                format!("element {place} of {whole}")
            }
            _ => whole,
        }
    }

    fn called_whole(&self, object: u32) -> String {
        let Some((own, _)) = self.find(object) else { return "it".to_owned() };
        let is_like = |other: &&Object| other.key() == own.key();
        let many = self.objects.values().filter(is_like).count();
        let number = self.objects.range(..=object).filter(|(_, other)| is_like(other)).count();
        let (number, which) = match many {
            1 => (String::new(), "the "),
            _ => (format!(" {number}"), ""),
        };
        match (own.names.is_empty(), own.kind) {
            (true, _) => format!("{which}{}{number}", own.kind.noun()),
            (false, Kind::Tasks | Kind::Results) => {
                format!("the {} of `{}`{number}", own.kind.noun(), own.names.join("/"))
            }
            (false, _) => format!("`{}`{number}", own.names.join("/")),
        }
    }

    /// With its kind, where the name alone could be anything.
    fn called_in_full(&self, object: u32) -> String {
        match self.objects.get(&object) {
            Some(Object { kind, names }) if !names.is_empty() => match kind {
                Kind::Tasks | Kind::Results => self.called_whole(object),
                _ => format!("the {} {}", kind.noun(), self.called_whole(object)),
            },
            _ => self.called_whole(object),
        }
    }

    /// One end of a pipe.
    fn end_called(&self, object: u32, end: u8) -> String {
        let names = self.objects.get(&object).map_or(&[][..], |object| &object.names);
        match names.get(usize::from(end)) {
            Some(name) if names.len() == 2 => {
                let called = self.called(object);
                let number = called.rsplit('`').next().unwrap_or_default();
                format!("`{name}`{number}")
            }
            _ => format!("end {end} of {}", self.called(object)),
        }
    }

    /// `3`, or `the 2nd item`.
    fn item_called(&self, object: u32, end: u8, nth: u64) -> String {
        let item = self.item(object, end, nth).map(str::to_owned);
        item.unwrap_or_else(|| format!("the {} item", ordinal(nth)))
    }

    fn somebody(&self, place: Option<&Place>) -> String {
        place.map_or_else(|| "another process".to_owned(), |place| self.process(place))
    }

    /// What one process did, and another therefore could.
    pub fn cause(&self, record: &Record, cause: &Cause) -> [String; 2] {
        let [from, to] = [cause.from, cause.to].map(|step| &record.steps[step].event);
        fn of_whom(did: &Did) -> Option<&Place> {
            match &did.op {
                Op::Join { child: place, .. }
                | Op::LookedAtChild { child: place, .. }
                | Op::LookedAtProcess { pid: place, .. }
                | Op::HolderDied { holder: place } => place.as_ref(),
                _ => None,
            }
        }
        // Several may have been looked at in one step.
        let is_other = |place: &Place| *place != from.place && !from.ended.contains(place);
        let later = to
            .did
            .iter()
            .find(|did| is_of(&did.op, cause.why) && !of_whom(did).is_some_and(is_other));
        let whom = later.and_then(of_whom);
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

    /// What a process has done: to be said after its name, as in "writer put 3 into `items`".
    pub fn did(&self, did: &Did) -> String {
        let object = self.called(did.object);
        let item = |end, nth| self.item_called(did.object, end, nth);
        match &did.op {
            Op::New { .. } => format!("made {}", self.called_in_full(did.object)),
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
                format!("sent {} to {}", signal_name(*signal), self.somebody(target.as_ref()))
            }
            Op::Put { nth, .. } => format!("put {} into {object}", item(0, *nth)),
            Op::Get { nth } => format!("got {} from {object}", item(0, *nth)),
            Op::LookedAtQueue { len: 0 } => format!("saw nothing in {object}"),
            Op::LookedAtQueue { len: 1 } => format!("saw 1 item in {object}"),
            Op::LookedAtQueue { len } => format!("saw {len} items in {object}"),
            Op::ShutDown => format!("shut {object} down"),
            Op::FoundShutDown(act) if act == "Put" => {
                format!("could not put anything into {object}, which was shut down")
            }
            Op::FoundShutDown(_) => format!("saw that {object} was empty and shut down"),
            Op::Done { .. } => format!("marked one item of {object} as done"),
            Op::AllDone { .. } => format!("saw that everything in {object} was done"),
            Op::Acquire { .. } if self.kind(did.object) == Some(Kind::Semaphore) => {
                format!("took a permit of {object}")
            }
            Op::Acquire { .. } => format!("took {}", self.called_in_full(did.object)),
            Op::Release { .. } if self.kind(did.object) == Some(Kind::Semaphore) => {
                format!("gave a permit back to {object}")
            }
            Op::Release { .. } => format!("released {}", self.called_in_full(did.object)),
            Op::HolderDied { holder } => {
                let (holder, lock) = (holder.as_ref(), self.called_in_full(did.object));
                format!("saw that {}, which held {lock}, had died", self.somebody(holder))
            }
            Op::Set { .. } => format!("set {object}"),
            Op::Clear { .. } => format!("cleared {object}"),
            Op::LookedAtEvent { set: true, .. } => format!("saw that {object} was set"),
            Op::LookedAtEvent { set: false, .. } => format!("saw that {object} was not set"),
            Op::Woken { .. } => format!("was woken by {object}"),
            Op::BeganToWait { .. } => format!("began to wait for a notify of {object}"),
            Op::Noticed { .. } => format!("was woken by {object}"),
            Op::Notify { before, given, .. } if before == given => {
                format!("notified {object}, and nobody waited")
            }
            Op::Notify { .. } => format!("notified {object}"),
            Op::Arrive { .. } => format!("arrived at {object}"),
            Op::Met { .. } => format!("met all at {object}"),
            Op::Break => format!("gave up waiting at {object}, which broke it"),
            Op::FoundBroken => format!("found {object} broken"),
            Op::Read { number: Some(number), .. } => format!("read {number} from {object}"),
            Op::Read { .. } => format!("read {object}"),
            Op::Write { number: Some(number), .. } => format!("changed {object} to {number}"),
            Op::Write { .. } => format!("changed {object}"),
            Op::Send { nth, end, .. } => {
                let (item, end) = (item(1 - end, *nth), self.end_called(did.object, *end));
                format!("sent {item} on {end}")
            }
            Op::Receive { nth, end } => {
                let (item, end) = (item(*end, *nth), self.end_called(did.object, *end));
                format!("received {item} on {end}")
            }
            Op::EndOfFile { end } => {
                format!("saw the end of file on {}", self.end_called(did.object, *end))
            }
            Op::LookedAtPipe { end, ready } => {
                let end = self.end_called(did.object, *end);
                format!("saw {} on {end}", if *ready { "something" } else { "nothing" })
            }
            Op::Close { end } => format!("closed {}", self.end_called(did.object, *end)),
            Op::Missed(act) => {
                format!("tried in vain to {}", self.next(act, did.object, None))
            }
            Op::Line { text, .. } => text.clone(),
            Op::Piece { bytes, .. } => String::from_utf8_lossy(bytes).trim_end().to_owned(),
            Op::Pause { duration } => format!("paused for {duration}"),
        }
    }

    /// What a process would do next that stands before this act, as in "put 3 into `items`". `what`: the
    /// text that it tells with it.
    pub fn next(&self, act: &str, object: u32, what: Option<&str>) -> String {
        let it = self.called(object);
        let or = |otherwise: &str| what.unwrap_or(otherwise).to_owned();
        let is_semaphore = self.kind(object) == Some(Kind::Semaphore);
        match act {
            "Begin" => "begin".to_owned(),
            "End" => "end".to_owned(),
            "Start" => format!("start {}", or("a process")),
            "Join" => format!("join {}", or("a child")),
            "LookAtChild" => format!("look whether {} is alive", or("a child")),
            "LookAtProcess" => "look at a process".to_owned(),
            "LookAtParent" => "look who its parent is".to_owned(),
            "Signal" => format!("send {}", or("a signal")),
            "Put" => format!("put {} into {it}", or("an item")),
            "Get" => format!("get an item from {it}"),
            "LookAtQueue" => format!("look into {it}"),
            "ShutDown" => format!("shut {it} down"),
            "Done" => format!("mark an item of {it} as done"),
            "WaitForDone" => format!("wait until everything in {it} is done"),
            "Acquire" if is_semaphore => format!("take a permit of {it}"),
            "Acquire" => format!("take {}", self.called_in_full(object)),
            "Release" if is_semaphore => format!("give a permit back to {it}"),
            "Release" => format!("release {}", self.called_in_full(object)),
            "Set" => format!("set {it}"),
            "Clear" => format!("clear {it}"),
            "LookAtEvent" => format!("look whether {it} is set"),
            "WaitForEvent" => format!("wait for {it}"),
            "BeginToWait" => format!("begin to wait for a notify of {it}"),
            "WaitForNotice" => format!("wait for a notify of {it}"),
            "Notify" => format!("notify {it}"),
            "Arrive" => format!("arrive at {it}"),
            "Meet" => format!("meet the others at {it}"),
            "Read" => format!("read {it}"),
            "Write" => format!("change {it}"),
            "Send" => format!("send {} through {it}", or("an item")),
            "Receive" => format!("receive an item through {it}"),
            "Close" => format!("close an end of {it}"),
            "WaitForFirst" => "wait for the first of several".to_owned(),
            "Line" => what.map_or("say a line".to_owned(), |text| format!("say \"{text}\"")),
            "Piece" => "print something".to_owned(),
            "Pause" => "pause".to_owned(),
            other => format!("do {other}"),
        }
    }

    /// Why a process cannot go on: to be said after its name, as in "waits for an item of `items`, and only
    /// writer, which has ended, has ever put anything there". `whom`: the process that its wait names.
    pub fn waits(&self, place: &Place, wait: Wait, whom: Option<&Place>) -> String {
        let object = wait.object();
        let it = self.called(object);
        let pool = || match self.objects.get(&object) {
            Some(Object { names, .. }) if !names.is_empty() => format!("`{}`", names.join("/")),
            _ => "its pool".to_owned(),
        };
        let end = self.ends.get(&(object, place.clone())).copied();
        let at_end = |otherwise: &str| match end {
            Some(end) => format!("on {}", self.end_called(object, end)),
            None => format!("{otherwise} {it}"),
        };
        let who = self.somebody(whom);
        let words = match wait.condition() {
            1 => format!("waits for an item of {it}"),
            2 => format!("waits for room in {it}"),
            3 => format!("waits until everything in {it} is done"),
            4 => format!("waits for {it} to be set"),
            5 => format!("waits for a permit of {it}"),
            6 => {
                let lock = self.called_in_full(object);
                match wait.whom() {
                    None => format!("waits for {lock}, which is just being passed on"),
                    Some(_) if whom == Some(place) => {
                        format!("waits for {lock}, which it holds itself")
                    }
                    Some(_) => format!("waits for {lock}, which {who} holds"),
                }
            }
            7 => format!("waits for {who}, which is in the middle of a call on {it}"),
            8 => format!("waits for {who} to end"),
            9 => format!("has nothing left to do and waits for its child {who} to end"),
            10 => format!("waits for an item {}", at_end("that comes through")),
            11 => format!("waits for room {}", at_end("in")),
            12 => format!("waits for a result of {}", pool()),
            13 => format!("waits for a task of {}", pool()),
            14 => format!("waits until {} has room for another task", pool()),
            15 => return "pauses".to_owned(),
            16 => format!("waits for a notify of {it}"),
            17 => format!("waits for the others at {it}"),
            18 => "waits for the first of several".to_owned(),
            _ => "waits".to_owned(),
        };
        let limit = if wait.is_limited() { ", for a limited time" } else { "" };
        format!("{words}{limit}{}", self.who_could_help(wait, end))
    }

    /// Who has done before what somebody waits for, and whether they are still there.
    fn who_could_help(&self, wait: Wait, end: Option<u8>) -> String {
        let Some((help, done)) = Help::needed(wait, end) else { return String::new() };
        let helpers = self.helpers.get(&(wait.object(), help));
        let Some(helpers) = helpers.filter(|_| wait.object() != 0) else {
            return format!(", and nobody has ever {done}");
        };
        let name = |place: &Place| match self.ended.contains(place) {
            true => format!("{}, which has ended,", self.process(place)),
            false => self.process(place),
        };
        let names: Vec<String> = helpers.iter().map(name).collect();
        match names.split_last() {
            Some((last, [])) => format!(", and only {last} has ever {done}"),
            Some((last, rest)) => {
                format!(", and only {} and {last} have ever {done}", rest.join(", "))
            }
            None => String::new(),
        }
    }
}

impl Help {
    fn of(op: &Op) -> Option<Help> {
        match op {
            Op::Put { .. } => Some(Help::Put),
            Op::Get { .. } => Some(Help::Get),
            Op::Done { .. } => Some(Help::Done),
            Op::Set { .. } => Some(Help::Set),
            Op::Notify { .. } => Some(Help::Notify),
            Op::Arrive { .. } => Some(Help::Arrive),
            Op::Release { .. } => Some(Help::Release),
            Op::Send { end, .. } => Some(Help::Send(*end)),
            Op::Receive { end, .. } => Some(Help::Receive(*end)),
            _ => None,
        }
    }

    /// What this wait needs, and what those have done who could help.
    fn needed(wait: Wait, end: Option<u8>) -> Option<(Help, &'static str)> {
        match wait.condition() {
            1 => Some((Help::Put, "put anything there")),
            2 => Some((Help::Get, "got anything from there")),
            3 => Some((Help::Done, "marked anything done there")),
            4 => Some((Help::Set, "set it")),
            5 => Some((Help::Release, "given a permit back")),
            10 => end.map(|end| (Help::Send(1 - end), "sent anything there")),
            16 => Some((Help::Notify, "notified it")),
            17 => Some((Help::Arrive, "arrived there")),
            11 => end.map(|end| (Help::Receive(1 - end), "received anything from there")),
            _ => None,
        }
    }
}

impl Kind {
    /// In a word.
    fn noun(self) -> &'static str {
        match self {
            Kind::Queue => "queue",
            Kind::Tasks => "tasks",
            Kind::Results => "results",
            Kind::Lock => "lock",
            Kind::Semaphore => "semaphore",
            Kind::Event => "event",
            Kind::Condition => "condition",
            Kind::Barrier => "barrier",
            Kind::Value => "value",
            Kind::Array(_) => "array",
            Kind::Pipe => "pipe",
            Kind::Output => "output",
        }
    }
}

impl Object {
    /// Two with the same must be told apart by a number.
    fn key(&self) -> (&[String], Option<Kind>) {
        let is_alike = match self.kind {
            // A pool has both.
            Kind::Tasks | Kind::Results => false,
            _ => !self.names.is_empty(),
        };
        (&self.names, (!is_alike).then_some(self.kind))
    }
}

/// Whether this is the later one of two operations of which one needed the other so.
fn is_of(op: &Op, why: Why) -> bool {
    use Op::*;
    match why {
        Why::Started => matches!(op, Begin),
        Why::Received => matches!(op, Get { .. } | Receive { .. }),
        Why::Room => matches!(op, Put { .. }),
        Why::Released => matches!(op, Acquire { .. }),
        Why::Woken => {
            matches!(
                op,
                Woken { .. }
                    | LookedAtEvent { .. }
                    | Noticed { .. }
                    | FoundBroken
                    | FoundShutDown(_)
            )
        }
        Why::Met => matches!(op, Met { .. }),
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

/// The name of a signal, or `signal 34`.
pub fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        6 => "SIGABRT",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        other => return format!("signal {other}"),
    };
    name.to_owned()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that main makes, in this order, from object 1 on.
    fn words(made: &[(Kind, &[&str])]) -> Words {
        let mut words = Words::default();
        for (object, (kind, names)) in (1..).zip(made) {
            let names = names.iter().map(|&name| name.to_owned()).collect();
            words.see(&Place::default(), &did(object, Op::New { kind: *kind, names, first: None }));
        }
        words
    }

    fn did(object: u32, op: Op) -> Did {
        Did { object, op }
    }

    fn put(nth: u64, item: Option<&str>) -> Op {
        Op::Put { nth, capacity: None, item: item.map(str::to_owned) }
    }

    #[test]
    fn an_object_is_called_as_the_source_calls_it() {
        let made: &[(Kind, &[&str])] = &[
            (Kind::Queue, &["items"]),
            (Kind::Lock, &[]),
            (Kind::Pipe, &["to", "from"]),
            (Kind::Tasks, &["pool"]),
            (Kind::Results, &["pool"]),
        ];
        let called = |words: &Words, object: u32| words.object(object).unwrap_or_default();
        let words = words(made);
        let expected = ["items", "the lock", "to/from", "the tasks of pool", "the results of pool"];
        for (object, expected) in (1..).zip(expected) {
            assert_eq!(called(&words, object), expected);
        }
        assert_eq!(words.object(6), None);
    }

    #[test]
    fn two_of_one_name_are_told_apart_once_there_are_two() {
        let made: &[(Kind, &[&str])] = &[
            (Kind::Queue, &["items"]),
            (Kind::Lock, &[]),
            (Kind::Pipe, &["to", "from"]),
            (Kind::Pipe, &["to", "from"]),
            (Kind::Lock, &[]),
            (Kind::Event, &["items"]),
        ];
        assert_eq!(words(&made[..3]).object(1).unwrap(), "items");
        assert_eq!(words(&made[..3]).object(2).unwrap(), "the lock");
        let words = words(made);
        assert_eq!(words.object(1).unwrap(), "items 1");
        assert_eq!(words.object(6).unwrap(), "items 2");
        assert_eq!(words.object(5).unwrap(), "lock 2");
        let receive = did(4, Op::Receive { end: 1, nth: 2 });
        assert_eq!(words.did(&receive), "received the 2nd item on `from` 2");
    }

    #[test]
    fn an_element_is_called_by_its_array() {
        let mut words = words(&[(Kind::Value, &["sum"])]);
        let main = Place::default();
        let new = |names: &[&str]| Op::New {
            kind: Kind::Array(3),
            names: names.iter().map(|&name| name.to_owned()).collect(),
            first: None,
        };
        words.see(&main, &did(10, new(&["totals"])));
        let write = || Op::Write { nth: 1, number: Some("7".to_owned()) };
        assert_eq!(words.did(&did(12, write())), "changed `totals[2]` to 7");
        assert_eq!(words.did(&did(13, write())), "changed it to 7");
        assert_eq!(words.did(&did(10, new(&[]))), "made the array `totals`");
        assert_eq!(words.next("Read", 10, None), "read `totals[0]`");
        assert_eq!((words.object(10).unwrap(), words.object(11)), ("totals".to_owned(), None));
        // A fresh program image counts anew.
        words.see(&main, &did(11, Op::New { kind: Kind::Lock, names: Vec::new(), first: None }));
        assert_eq!(words.next("Read", 11, None), "read `totals[1]`");
        words.see(&main, &did(20, new(&["totals"])));
        words.see(&main, &did(30, new(&[])));
        assert_eq!(words.next("Write", 12, None), "change `totals[2]` 1");
        assert_eq!(words.next("Write", 20, None), "change `totals[0]` 2");
        assert_eq!(words.next("Write", 31, None), "change element 1 of the array");
    }

    #[test]
    fn what_was_put_is_what_is_got() {
        let made: &[(Kind, &[&str])] =
            &[(Kind::Queue, &["items"]), (Kind::Queue, &[]), (Kind::Pipe, &["to", "from"])];
        let mut words = words(made);
        let main = Place::default();
        words.see(&main, &did(1, put(1, Some("Some(3)"))));
        words.see(&main, &did(2, put(1, None)));
        let send = Op::Send { end: 0, nth: 1, item: Some("\"hi\"".to_owned()) };
        words.see(&main, &did(3, send.clone()));
        let said = |object, op| words.did(&did(object, op));
        assert_eq!(said(1, put(1, None)), "put Some(3) into `items`");
        assert_eq!(said(1, Op::Get { nth: 1 }), "got Some(3) from `items`");
        assert_eq!(said(2, Op::Get { nth: 1 }), "got the 1st item from the queue");
        assert_eq!(said(3, send), "sent \"hi\" on `to`");
        assert_eq!(said(3, Op::Receive { end: 1, nth: 1 }), "received \"hi\" on `from`");
        // The other way nothing was sent.
        assert_eq!(said(3, Op::Receive { end: 0, nth: 1 }), "received the 1st item on `to`");
    }

    #[test]
    fn what_would_be_done_next() {
        let made: &[(Kind, &[&str])] = &[
            (Kind::Queue, &["items"]),
            (Kind::Lock, &["book"]),
            (Kind::Semaphore, &["seats"]),
            (Kind::Event, &[]),
        ];
        let words = words(made);
        for (act, object, what, next) in [
            ("Put", 1, Some("3"), "put 3 into `items`"),
            ("Put", 1, None, "put an item into `items`"),
            ("Get", 1, None, "get an item from `items`"),
            ("Acquire", 2, None, "take the lock `book`"),
            ("Acquire", 3, None, "take a permit of `seats`"),
            ("WaitForEvent", 4, None, "wait for the event"),
            ("WaitForFirst", 0, None, "wait for the first of several"),
            ("Join", 0, Some("writer"), "join writer"),
            ("Line", 0, Some("hello"), "say \"hello\""),
            ("Line", 0, None, "say a line"),
        ] {
            assert_eq!(words.next(act, object, what), next);
        }
        // Each of the crate's acts has words.
        let acts = include_str!("../../../shared/src/memory/event.rs");
        let acts = acts.split_once("pub(crate) enum Act {").unwrap().1.split_once('}').unwrap().0;
        for act in acts.split(',').map(str::trim).filter(|act| !act.is_empty()) {
            assert_ne!(words.next(act, 1, None), format!("do {act}"));
        }
        let missed = Op::Missed("Get".to_owned());
        assert_eq!(words.did(&did(1, missed)), "tried in vain to get an item from `items`");
    }

    /// As `shared/src/memory/board.rs` writes it.
    fn wait(condition: u64, object: u64, whom: u64) -> Wait {
        Wait::of_word(condition << 57 | object << 32 | whom)
    }

    #[test]
    fn why_somebody_cannot_go_on() {
        let made: &[(Kind, &[&str])] = &[
            (Kind::Queue, &["items"]),
            (Kind::Lock, &["lock"]),
            (Kind::Event, &["go"]),
            (Kind::Results, &["pool"]),
            (Kind::Pipe, &["to", "from"]),
        ];
        let mut words = words(made);
        let [main, writer, reader]: [Place; 3] =
            ["main", "1", "2"].map(|place| place.parse().unwrap());
        words.meet(&writer, "writer");
        let waits = |words: &Words, wait| words.waits(&reader, wait, Some(&writer));
        let item = wait(1, 1, 0);
        assert_eq!(
            waits(&words, item),
            "waits for an item of `items`, and nobody has ever put anything there"
        );
        words.see(&writer, &did(1, put(1, Some("3"))));
        let only = "waits for an item of `items`, and only writer has ever put anything there";
        assert_eq!(waits(&words, item), only);
        words.end(&writer);
        let only = only.replace("writer", "writer, which has ended,");
        assert_eq!(waits(&words, item), only);
        words.see(&main, &did(1, put(2, None)));
        assert_eq!(
            waits(&words, item),
            "waits for an item of `items`, and only main and writer, which has ended, have ever put anything there"
        );
        assert_eq!(waits(&words, wait(6, 2, 7)), "waits for the lock `lock`, which writer holds");
        assert_eq!(
            words.waits(&writer, wait(6, 2, 7), Some(&writer)),
            "waits for the lock `lock`, which it holds itself"
        );
        assert_eq!(waits(&words, wait(8, 0, 7)), "waits for writer to end");
        assert_eq!(
            waits(&words, wait(4, 3, 0)),
            "waits for `go` to be set, and nobody has ever set it"
        );
        assert_eq!(waits(&words, wait(12, 4, 0)), "waits for a result of `pool`");
        assert_eq!(waits(&words, wait(18, 0, 0)), "waits for the first of several");
        // Which end it is, is known once the process has used it.
        let receive = wait(10, 5, 0);
        assert_eq!(waits(&words, receive), "waits for an item that comes through `to/from`");
        words.see(&main, &did(5, Op::Send { end: 0, nth: 1, item: None }));
        words.see(&reader, &did(5, Op::Receive { end: 1, nth: 1 }));
        assert_eq!(
            waits(&words, receive),
            "waits for an item on `from`, and only main has ever sent anything there"
        );
    }
}
