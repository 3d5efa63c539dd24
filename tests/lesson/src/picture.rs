//! A driven run as something that can be drawn.

use std::collections::{BTreeMap, HashMap};

use drawing::{Arrow, Graph, Kind, Lane, Mark, Picture, Span, What, reduced};
use driving::{
    Cause, Causes, Driven, End, Event, Op, Place, Record, Trace, TraceEnd, Why, Words, signal_name,
};
use golden::{Golden, Run};

/// An item of at most so many letters is called by what it says.
const SHORT: usize = 12;

/// A run, however it was driven, or recorded.
pub struct Drove {
    /// What its processes did, step by step.
    pub events: Vec<Event>,
    names: BTreeMap<Place, String>,
    pids: BTreeMap<i32, Place>,
    /// If it did not end: who waits for what.
    waits: Vec<String>,
    /// The same run again.
    pub code: String,
    /// Nobody drove it.
    recorded: bool,
}

impl From<Trace> for Drove {
    fn from(trace: Trace) -> Drove {
        let waits = match trace.end {
            TraceEnd::Over(_) => Vec::new(),
            TraceEnd::Stuck(ref waits) | TraceEnd::OnlyTimePasses(ref waits) => waits.clone(),
        };
        let Trace { events, names, pids, code, .. } = trace;
        Drove { events, names, pids, waits, code, recorded: false }
    }
}

impl From<Driven> for Drove {
    fn from(driven: Driven) -> Drove {
        let waits = match driven.end {
            End::Stuck(waits) | End::OnlyTimePasses(waits) => waits,
            _ => Vec::new(),
        };
        let name = |entry: &driving::Entry| (entry.event.place.clone(), entry.name.clone());
        let names = driven.did.iter().map(name).collect();
        let events = driven.did.into_iter().map(|entry| entry.event).collect();
        Drove { events, names, pids: driven.pids, waits, code: driven.code, recorded: false }
    }
}

impl From<Record> for Drove {
    fn from(record: Record) -> Drove {
        let name = |entry: &driving::Entry| (entry.event.place.clone(), entry.name.clone());
        let names = record.steps.iter().map(name).collect();
        let (events, pids, waits) = (record.events(), BTreeMap::new(), Vec::new());
        let code = record.header.code.unwrap_or_default();
        Drove { events, names, pids, waits, code, recorded: true }
    }
}

/// The picture of a run of this program. The same run gives the same picture, whatever the pids are.
pub fn picture(title: String, golden: &Golden, run: &Drove) -> Picture {
    let causes = Causes::of(&run.events);
    let mut draft = Draft::of(golden, run);
    draft.number_lines(golden);
    draft.end();
    let mut arrows = draft.arrows(&causes);
    arrows.extend(draft.by_the_clock(golden, &causes));
    let spans = draft.spans(&causes);
    let lanes = (0..draft.lanes.len()).map(|lane| Lane { name: draft.name(lane) }).collect();
    let (marks, recorded) = (draft.marks, run.recorded);
    Picture { title, lanes, marks, arrows, spans, recorded }
}

struct Draft<'a> {
    run: &'a Drove,
    lanes: Vec<&'a Place>,
    marks: Vec<Mark>,
    /// The step of each mark.
    steps: Vec<usize>,
    /// The moment of the first operation of each step, and one more for the end.
    moments: Vec<usize>,
}

impl<'a> Draft<'a> {
    fn of(golden: &Golden, run: &'a Drove) -> Draft<'a> {
        let (lanes, marks, steps) = (Vec::new(), Vec::new(), Vec::new());
        let mut draft = Draft { run, lanes, marks, steps, moments: Vec::new() };
        let mut parts: HashMap<(&Place, &str), Vec<u8>> = HashMap::new();
        let mut moment = 0;
        for (step, event) in run.events.iter().enumerate() {
            draft.moments.push(moment);
            let lane = draft.lane(&event.place);
            let name = run.names.get(&event.place).map_or("", String::as_str);
            for did in &event.did {
                moment += 1;
                let mut mark = Mark {
                    at: moment,
                    lane,
                    by: None,
                    kind: Kind::Line,
                    golden: None,
                    text: String::new(),
                };
                match &did.op {
                    Op::Start { child: Some(child), .. } => {
                        mark = Mark {
                            lane: draft.lane(child),
                            by: Some(lane),
                            kind: Kind::Start,
                            ..mark
                        };
                        mark.text = format!("is started by {}", draft.name(lane));
                        draft.push(step, mark);
                    }
                    Op::Line { stream, text } => {
                        let is_error = stream == "Stderr";
                        mark.kind = if is_error { Kind::ErrorLine } else { Kind::Line };
                        let process = (!is_error).then_some(name);
                        for text in text.split('\n') {
                            let text = retell(golden, run, process, text.trim_end());
                            draft.push(step, Mark { text, ..mark.clone() });
                        }
                    }
                    Op::Piece { stream, bytes } => {
                        let is_error = stream == "Stderr";
                        mark.kind = if is_error { Kind::ErrorLine } else { Kind::Line };
                        let part = parts.entry((&event.place, stream)).or_default();
                        part.extend(bytes);
                        while let Some(end) = part.iter().position(|&byte| byte == b'\n') {
                            let text: Vec<u8> = part.drain(..=end).collect();
                            let text = String::from_utf8_lossy(&text).trim_end().to_owned();
                            let own =
                                text.split_once('|').filter(|(who, _)| who.trim_end() == name);
                            let text = own.map_or(text.as_str(), |(_, text)| text.trim_start());
                            let process = (!is_error).then_some(name);
                            let text = retell(golden, run, process, text);
                            draft.push(step, Mark { text, ..mark.clone() });
                        }
                    }
                    _ => {}
                }
            }
            for ended in &event.ended {
                moment += 1;
                let mark = draft.ending(step, ended, moment);
                draft.push(step, mark);
            }
        }
        draft.moments.push(moment + 1);
        draft
    }

    /// Which golden line each line is.
    fn number_lines(&mut self, golden: &Golden) {
        let printed = |kind: Kind| -> String {
            let said = |mark: &Mark| match kind {
                Kind::Line => format!("{} | {}\n", self.name(mark.lane), mark.text),
                _ => format!("{}\n", mark.text),
            };
            self.marks.iter().filter(|mark| mark.kind == kind).map(said).collect()
        };
        let run = Run::printed(&printed(Kind::Line), &printed(Kind::ErrorLine));
        let judged: Vec<_> = golden.check(&run).lines().map(|line| line.golden_line).collect();
        let is_line = |&at: &usize| matches!(self.marks[at].kind, Kind::Line | Kind::ErrorLine);
        // As a report has them.
        let mut marks: Vec<usize> = (0..self.marks.len()).filter(is_line).collect();
        marks.sort_by_key(|&at| self.marks[at].kind == Kind::ErrorLine);
        for (at, golden) in marks.into_iter().zip(judged) {
            self.marks[at].golden = golden;
        }
    }

    fn push(&mut self, step: usize, mark: Mark) {
        self.marks.push(mark);
        self.steps.push(step);
    }

    fn lane(&mut self, place: &'a Place) -> usize {
        let known = self.lanes.iter().position(|known| *known == place);
        known.unwrap_or_else(|| {
            self.lanes.push(place);
            self.lanes.len() - 1
        })
    }

    fn name(&self, lane: usize) -> String {
        let name = self.run.names.get(self.lanes[lane]);
        name.cloned().unwrap_or_else(|| self.lanes[lane].to_string())
    }

    /// How a process has ended.
    fn ending(&mut self, step: usize, ended: &'a Place, at: usize) -> Mark {
        let event = &self.run.events[step];
        let by = self.lane(&event.place);
        let lane = self.lane(ended);
        let is_it = |target: &Option<Place>| target.as_ref() == Some(ended);
        let signal = event.did.iter().find_map(|did| match &did.op {
            Op::Signal { target, signal } if is_it(target) => Some(*signal),
            _ => None,
        });
        // It may say so earlier: a parent waits for its children after that.
        let own = self.run.events[..=step].iter().rev().filter(|event| event.place == *ended);
        let code = own.flat_map(|event| &event.did).find_map(|did| match did.op {
            Op::End { code } => Some(code),
            _ => None,
        });
        let by = (by != lane).then_some(by);
        let (kind, text) = match (signal, code) {
            (Some(signal), _) => {
                let sender = by.map_or_else(|| "itself".to_owned(), |by| self.name(by));
                (Kind::Killed, format!("is killed by {sender} with {}", signal_name(signal)))
            }
            (None, None) if by.is_some() => (Kind::Killed, "ends with its parent".to_owned()),
            (None, Some(0)) => (Kind::End, "ends".to_owned()),
            (None, Some(code)) if code > 0 => (Kind::End, format!("ends with exit code {code}")),
            (None, Some(code)) => (Kind::Killed, format!("is killed by {}", signal_name(-code))),
            (None, None) => (Kind::Killed, "is gone".to_owned()),
        };
        Mark { at, lane, by, kind, golden: None, text }
    }

    /// Whoever has not ended waits for ever.
    fn end(&mut self) {
        let step = self.run.events.len();
        for wait in &self.run.waits {
            let living = (0..self.lanes.len()).filter(|&lane| {
                let is_end = |kind| matches!(kind, Kind::End | Kind::Killed | Kind::Stuck);
                self.marks.iter().all(|mark| mark.lane != lane || !is_end(mark.kind))
            });
            let words = |lane: usize| {
                let name = self.run.names.get(self.lanes[lane])?;
                Some((lane, wait.strip_prefix(name.as_str())?.strip_prefix(' ')?.to_owned()))
            };
            if let Some((lane, text)) = living.filter_map(words).next() {
                let at = self.moments[step] + lane;
                self.push(step, Mark { at, lane, by: None, kind: Kind::Stuck, golden: None, text });
            }
        }
    }

    /// What was the cause of what, as far as it does not follow.
    fn arrows(&self, causes: &Causes) -> Vec<Arrow> {
        let graph = self.graph(causes);
        let mut arrows = Vec::new();
        for (from, to) in reduced(&graph) {
            if !self.share_a_lane(from, to) {
                let word = self.word(causes, from, to);
                arrows.push(Arrow { from, to, word });
            }
        }
        arrows
    }

    /// What the golden file has only the clock for, where there is no cause after all.
    fn by_the_clock(&self, golden: &Golden, causes: &Causes) -> Vec<Arrow> {
        let graph = self.graph(causes);
        let word = drawing::BY_THE_CLOCK.to_owned();
        let arrow = |(line, source): (usize, usize)| {
            let to = self.marks.iter().position(|mark| mark.golden == Some(line))?;
            let from = self.marks[..to].iter().rposition(|mark| mark.golden == Some(source))?;
            (!graph.leads(from, to)).then(|| Arrow { from, to, word: word.clone() })
        };
        golden.by_the_clock().filter_map(arrow).collect()
    }

    fn share_a_lane(&self, from: usize, to: usize) -> bool {
        let (from, to) = (&self.marks[from], &self.marks[to]);
        from.lane == to.lane
            || to.by == Some(from.lane)
            || from.by.is_some_and(|by| by == to.lane || to.by == Some(by))
    }

    fn graph(&self, causes: &Causes) -> Graph {
        let many = self.marks.len();
        Graph::new(many, |from, to| self.share_a_lane(from, to) || self.leads(causes, from, to))
    }

    fn leads(&self, causes: &Causes, from: usize, to: usize) -> bool {
        let (first, second) = (self.steps[from], self.steps[to]);
        if second >= self.run.events.len() {
            return false;
        }
        // An end is noticed: what else was done in its step came before. Whoever was killed by another
        // did so in no step of its own.
        let mark = &self.marks[from];
        let saw = |cause: &&driving::Cause| {
            let is_its = self.run.events[cause.from].place == *self.lanes[mark.lane];
            is_its && matches!(cause.why, Why::Joined | Why::SawEnd) && cause.to > first
        };
        match mark.kind {
            Kind::End | Kind::Killed => {
                causes.all.iter().filter(saw).any(|cause| causes.leads(cause.to, second))
            }
            _ => first < second && causes.leads(first, second),
        }
    }

    fn word(&self, causes: &Causes, from: usize, to: usize) -> String {
        let way = causes.way(self.steps[from], self.steps[to]).unwrap_or_default();
        let Some(last) = way.last() else { return word(Why::SawEnd).to_owned() };
        // It may come through somebody who has said nothing meanwhile.
        let through = &self.run.events[last.from].place;
        match self.lanes.iter().position(|lane| *lane == through) {
            Some(lane) if lane != self.marks[from].lane => {
                format!("{} {}, after", word(last.why), self.name(lane))
            }
            _ => self.item(last).unwrap_or_else(|| word(last.why).to_owned()),
        }
    }

    /// Of what was received: which item it was, and from where; if that can be said in short.
    fn item(&self, cause: &Cause) -> Option<String> {
        if cause.why != Why::Received {
            return None;
        }
        let mut words = Words::default();
        for event in &self.run.events[..=cause.to] {
            event.did.iter().for_each(|did| words.see(&event.place, did));
        }
        // A pid is another one in the next run.
        let is_pid =
            |part: &str| part.parse().is_ok_and(|number: i32| self.run.pids.contains_key(&number));
        let is_short = |did: &&driving::Did| {
            let item = match did.op {
                Op::Get { nth } => words.item(did.object, 0, nth),
                Op::Receive { end, nth } => words.item(did.object, end, nth),
                _ => None,
            };
            item.is_some_and(|item| {
                let mut parts = item.split(|letter: char| !letter.is_ascii_digit());
                item.chars().count() <= SHORT && !parts.any(is_pid)
            })
        };
        let did = self.run.events[cause.to].did.iter().find(is_short)?;
        let by = if matches!(did.op, Op::Get { .. }) { "put by" } else { "sent by" };
        Some(format!("{}, {by}", words.did(did).replace('`', "")))
    }

    fn spans(&self, causes: &Causes) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut last: HashMap<&Place, usize> = HashMap::new();
        for (step, event) in self.run.events.iter().enumerate() {
            let lane = self.lanes.iter().position(|lane| **lane == event.place).unwrap_or(0);
            if let Some(before) = last.insert(&event.place, step) {
                let from = self.moments[before + 1];
                let until = match event.did.first().map(|did| &did.op) {
                    Some(Op::Pause { .. } | Op::Missed(_)) => Some(self.moments[step]),
                    Some(
                        Op::Get { .. }
                        | Op::Put { .. }
                        | Op::Acquire { .. }
                        | Op::Woken { .. }
                        | Op::Noticed { .. }
                        | Op::Met { .. }
                        | Op::FoundBroken
                        | Op::FoundShutDown(_)
                        | Op::AllDone { .. }
                        | Op::Join { .. }
                        | Op::Receive { .. }
                        | Op::EndOfFile { .. },
                    ) => {
                        let causes = causes.all.iter().filter(|cause| cause.to == step);
                        causes.map(|cause| cause.from).max().map(|cause| self.moments[cause + 1])
                    }
                    _ => None,
                };
                let is_long = |until: &usize| *until > from;
                if let Some(to) = until.filter(is_long) {
                    spans.push(Span { lane, what: What::Waits, from, to });
                }
            }
            spans.extend(self.held(step));
        }
        for mark in self.marks.iter().filter(|mark| mark.kind == Kind::Stuck) {
            let before = last.get(self.lanes[mark.lane]);
            let from = before.map_or(0, |&before| self.moments[before + 1]);
            spans.push(Span { lane: mark.lane, what: What::Waits, from, to: mark.at });
        }
        spans
    }

    /// The turn that began in this step: until it was given back, or the holder was gone.
    fn held(&self, step: usize) -> Vec<Span> {
        let event = &self.run.events[step];
        let mut spans = Vec::new();
        for did in &event.did {
            let Op::Acquire { .. } = did.op else { continue };
            let later = &self.run.events[step..];
            let is_over = |other: &driving::Event| {
                let releases = other.did.iter().any(|other| {
                    other.object == did.object && matches!(other.op, Op::Release { .. })
                });
                other.place == event.place && releases || other.ended.contains(&event.place)
            };
            let end = later.iter().position(is_over).map_or(self.run.events.len(), |at| at + step);
            let lane = self.lanes.iter().position(|lane| **lane == event.place).unwrap_or(0);
            let (from, to) = (self.moments[step] + 1, self.moments[end]);
            spans.push(Span { lane, what: What::Holds, from, to: to.max(from) });
        }
        spans
    }
}

fn word(why: Why) -> &'static str {
    match why {
        Why::Started => "started by",
        Why::Received => "received from",
        Why::Room => "room made by",
        Why::Released => "released by",
        Why::Woken => "woken by",
        Why::Met => "met",
        Why::AllDone => "all done by",
        Why::Joined => "joined",
        Why::SawEnd => "saw the end of",
        Why::Read => "read from",
    }
}

/// The text as it would be in every run: a pid is that of a place, and no time has passed.
fn retell(golden: &Golden, run: &Drove, process: Option<&str>, text: &str) -> String {
    let known = |digits: &str| {
        let place = digits.parse().ok().and_then(|pid: i32| run.pids.get(&pid));
        place.map(as_pid)
    };
    let of_place = |pid: &str| known(pid).unwrap_or_else(|| "9".to_owned());
    golden.retell(process, text, of_place).unwrap_or_else(|| {
        let is_digit = |letter: char| letter.is_ascii_digit();
        let mut out = String::new();
        for part in text.split_inclusive(|letter| !is_digit(letter)) {
            let digits = part.trim_end_matches(|letter| !is_digit(letter));
            out.push_str(&known(digits).unwrap_or_else(|| digits.to_owned()));
            out.push_str(&part[digits.len()..]);
        }
        out
    })
}

/// A number that stands for the place in all runs.
fn as_pid(place: &Place) -> String {
    let digits = place.to_string().replace("main", "0");
    digits.split('.').fold("1".to_owned(), |pid, number| format!("{pid}{number:0>2}"))
}
