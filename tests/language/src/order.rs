//! From notes to order: which line waits for which, and why.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::cause::{Cause, Verb};
use crate::lane::Lane;
use crate::parse::{Language, Malformed, Note, Parsed, ParsedLine, Seats, Slip, Stream};
use crate::text::{Hole, Kind, Template};

/// What the lines of a golden file say about one another. Lines, causes, letters, turns, locks,
/// names and counters are known by their numbers, each from 0.
#[derive(Debug, Default)]
pub(crate) struct Order {
    pub lines: Vec<Line>,
    pub causes: Vec<Cause>,
    pub letters: Vec<Letter>,
    pub turns: Vec<Turn>,
    pub queues: Vec<Queue>,
    /// How many turns of each lock may go on at once.
    pub locks: Vec<usize>,
    pub names: usize,
    pub counters: usize,
}

#[derive(Debug)]
pub(crate) struct Line {
    /// In the file, from 1.
    pub number: usize,
    pub stream: Stream,
    pub lane: Lane,
    pub text: Template,
    pub holes: Vec<HoleUse>,
    pub optional: bool,
    pub repeats: bool,
    /// Neighbouring `any order` lines of one lane share a group.
    pub group: Option<usize>,
    /// What `received from` names: items from one process keep that process's order.
    pub item_of: Option<usize>,
    /// Has its message been put before the sender says its next line?
    pub put_at_once: bool,
    pub place: Option<Place>,
    pub turns: Vec<usize>,
    pub letter: Option<usize>,
    /// The `perhaps` lines without which this optional one does not appear.
    pub needs: Vec<usize>,
    /// Lines that come first, as the file states them, and why.
    pub edges: Vec<(usize, Why)>,
    /// What only the clock puts first.
    pub usually_after: Vec<usize>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Why {
    SameProcess,
    Cause(usize),
}

#[derive(Debug)]
pub(crate) struct HoleUse {
    pub hole: Hole,
    /// Equal for holes that must have the same value.
    pub name: Option<usize>,
    pub counter: Option<usize>,
}

#[derive(Debug)]
pub(crate) struct Letter {
    pub lane: Lane,
    pub lines: Vec<usize>,
}

impl Letter {
    pub fn overlaps(&self, other: &Letter) -> bool {
        let span = |letter: &Letter| (letter.lines[0], letter.lines[letter.lines.len() - 1]);
        let ((a, b), (c, d)) = (span(self), span(other));
        a <= d && c <= b
    }
}

#[derive(Debug)]
pub(crate) struct Turn {
    pub lock: usize,
    pub lock_name: String,
    pub lines: Vec<usize>,
}

/// A queue, and the lines that say what was taken from it.
#[derive(Debug)]
pub(crate) struct Queue {
    pub name: String,
    pub lines: Vec<usize>,
}

/// The place of a message in its queue. Several have the same where the file does not say which of
/// them is first: they say the same, or come in any order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub queue: usize,
    pub rank: usize,
}

impl Order {
    /// Reads the notes, line by line.
    pub fn of(parsed: &Parsed) -> Result<Order, Box<Malformed>> {
        let mut reader = Reader { is_rust: parsed.language == Language::Rust, ..Reader::default() };
        for line in &parsed.lines {
            let read = reader.line(line);
            let read =
                read.map_err(|slip| slip.in_file(&parsed.file, line.number, &line.source))?;
            reader.order.lines.push(read);
        }
        Ok(reader.order)
    }

    /// Why line `index` must come after line `source`: the first step of the way there.
    pub fn why(&self, index: usize, source: usize) -> (usize, Why) {
        let mut seen = HashSet::new();
        let mut todo =
            Vec::from_iter(self.lines[index].edges.iter().map(|&(to, why)| (to, to, why)));
        // What is popped first stands last.
        todo.sort_by_key(|(to, ..)| *to == source);
        while let Some((to, first, why)) = todo.pop() {
            if to == source {
                return (first, why);
            }
            if seen.insert(to) {
                let onward = self.lines[to].edges.iter().filter(|(next, _)| *next >= source);
                todo.extend(onward.map(|&(next, _)| (next, first, why)));
            }
        }
        (source, Why::SameProcess)
    }
}

/// The order so far, and what the next line needs to know of those above it.
#[derive(Default)]
struct Reader {
    is_rust: bool,
    order: Order,
    names: HashMap<(&'static str, String), usize>,
    locks: HashMap<(String, Stream), usize>,
    groups: usize,
    lanes: HashMap<Lane, LaneSoFar>,
    /// The turn that a lane's latest `takes` began, for each stream that it has lines on.
    turns: HashMap<(Lane, String), Vec<usize>>,
    starts: Vec<Start>,
    /// Who ended, and at which line that was seen.
    ended: Vec<(Lane, usize)>,
    /// Where a lane has named a cause already that means all lines.
    covered: HashMap<(Lane, Cause), usize>,
    /// Of each cause the latest lines that passed a barrier together.
    rounds: HashMap<Cause, Range<usize>>,
}

/// A `started by`: for whom, at which line, and the line that it comes after.
struct Start {
    lane: Lane,
    at: usize,
    source: usize,
    why: Why,
}

#[derive(Default)]
struct LaneSoFar {
    all: Vec<usize>,
    /// The group or the single line that came last, and the one before.
    latest: Vec<usize>,
    before: Vec<usize>,
    group: Option<usize>,
}

/// The line that is read now.
struct Here<'p> {
    index: usize,
    parsed: &'p ParsedLine,
    group: Option<usize>,
    /// May it be missing, or come again?
    varies: bool,
}

/// What the notes of a line say of others.
#[derive(Default)]
struct Relations {
    edges: Vec<(usize, Why)>,
    usually_after: Vec<usize>,
    item_of: Option<usize>,
    place: Option<Place>,
    turns: Vec<usize>,
}

impl Reader {
    fn line(&mut self, parsed: &ParsedLine) -> Result<Line, Slip> {
        let lane = &parsed.lane;
        let has = |wanted: Note| parsed.notes.iter().any(|(_, note)| *note == wanted);
        let group = has(Note::AnyOrder).then(|| self.group(lane));
        let optional = has(Note::Perhaps) || has(Note::AnyNumberOfTimes);
        let repeats = has(Note::OnceOrMore) || has(Note::AnyNumberOfTimes);
        let index = self.order.lines.len();
        let here = Here { index, parsed, group, varies: optional || repeats };
        let holes = parsed.text.holes().map(|hole| self.hole(hole)).collect();
        let letter = self.letter(&here);
        let Relations { mut edges, usually_after, item_of, place, turns } = self.notes(&here)?;
        self.is_alive(lane)?;
        let queue = |place: Option<Place>| place.map(|place| place.queue);
        let together =
            self.order.lines.iter().rev().find(|above| group.is_some() && above.group == group);
        if together.is_some_and(|above| queue(above.place) != queue(place)) {
            let expected = "neighbours in any order that are next from one queue, or none of them";
            return Err(Slip::new(0, &lane.to_string(), expected));
        }
        self.ended.extend(parsed.notes.iter().filter_map(|(_, note)| match note {
            Note::Cause(Cause { verb, source, text: None }) if verb.ends_the_source() => {
                Some((source.clone(), here.index))
            }
            _ => None,
        }));
        let start = self.starts.iter().rev().find(|start| start.lane.covers(lane));
        edges.extend(start.map(|start| (start.source, start.why)));
        let above = self.add_to_lane(&here);
        edges.extend(above.iter().map(|&above| (above, Why::SameProcess)));
        let needs = match optional && !lane.is_any() {
            true => self.perhaps_above(&here),
            false => Vec::new(),
        };
        Ok(Line {
            number: parsed.number,
            stream: parsed.stream,
            lane: lane.clone(),
            text: parsed.text.clone(),
            holes,
            optional,
            repeats,
            group,
            item_of,
            // CPython's queue leaves that to a thread, which may be late.
            put_at_once: self.is_rust && place.is_some(),
            place,
            turns,
            letter,
            needs,
            edges,
            usually_after,
        })
    }

    fn notes(&mut self, here: &Here) -> Result<Relations, Slip> {
        let ParsedLine { number, source, lane, notes, .. } = here.parsed;
        let (mut found, mut how_often) = (Relations::default(), None);
        for (at, note) in notes {
            let slip = |expected: String| {
                Slip::new(*at, source[*at..].split(", ").next().unwrap_or_default(), expected)
            };
            match note {
                Note::Cause(cause) => {
                    let sources = self.sources(cause, here).map_err(slip)?;
                    self.order.causes.push(cause.clone());
                    let why = Why::Cause(self.order.causes.len() - 1);
                    match cause.verb {
                        Verb::ByTheClockAfter => found.usually_after = sources,
                        Verb::StartedBy => {
                            let (lane, source) = (lane.family(), sources[0]);
                            let start = Start { lane, at: here.index, source, why };
                            self.start(start, *number).map_err(slip)?;
                        }
                        verb => {
                            if verb == Verb::ReceivedFrom {
                                found.item_of = sources.first().copied();
                            }
                            found.edges.extend(sources.into_iter().map(|source| (source, why)));
                        }
                    }
                }
                Note::Takes(seats) | Note::Holds(seats) if seats.count > 1 && here.varies => {
                    return Err(slip(format!("`{seats}` at a line that comes once")));
                }
                Note::Takes(seats) => {
                    self.turns.insert((lane.clone(), seats.name.clone()), Vec::new());
                    found.turns.push(self.turn(here, seats).map_err(slip)?);
                }
                Note::Holds(seats) if lane.is_any() => {
                    return Err(slip(format!(
                        "`holds {seats}` in a lane of one process; {lane} may be several"
                    )));
                }
                Note::Holds(seats) => {
                    if !self.turns.contains_key(&(lane.clone(), seats.name.clone())) {
                        return Err(slip(format!("`takes {seats}` at a line of {lane} above")));
                    }
                    found.turns.push(self.turn(here, seats).map_err(slip)?);
                }
                Note::NextFrom(_) if here.parsed.stream == Stream::Err => {
                    return Err(slip("this note at a line on standard output".into()));
                }
                Note::NextFrom(queue) if here.group.is_some() && (lane.is_any() || here.varies) => {
                    return Err(slip(format!(
                        "`next from {queue}` in any order at a line of one process that comes once"
                    )));
                }
                Note::NextFrom(queue) => {
                    if found.place.replace(self.place(here, queue)).is_some() {
                        return Err(slip("one queue that it is from".into()));
                    }
                }
                Note::Perhaps | Note::OnceOrMore | Note::AnyNumberOfTimes => {
                    if how_often.replace(note).is_some() {
                        return Err(slip("one note that says how often".into()));
                    }
                }
                Note::AnyOrder | Note::Only(_) => {}
            }
        }
        Ok(found)
    }

    fn hole(&mut self, hole: &Hole) -> HoleUse {
        let is_counter = matches!(hole.kind, Kind::Count { .. });
        let kind = match hole.kind {
            Kind::Pid => "pid",
            Kind::Count { .. } => "count",
            _ => "n",
        };
        let count = if is_counter { &mut self.order.counters } else { &mut self.order.names };
        let fresh = || {
            *count += 1;
            *count - 1
        };
        let number = match &hole.name {
            Some(name) => Some(*self.names.entry((kind, name.clone())).or_insert_with(fresh)),
            None => is_counter.then(fresh),
        };
        let (name, counter) = if is_counter { (None, number) } else { (number, None) };
        HoleUse { hole: hole.clone(), name, counter }
    }

    fn letter(&mut self, here: &Here) -> Option<usize> {
        let (letters, lane) = (&mut self.order.letters, &here.parsed.lane);
        let letter = matches!(lane, Lane::Letter { .. }).then(|| {
            let known = letters.iter().position(|letter| letter.lane == *lane);
            known.unwrap_or_else(|| {
                letters.push(Letter { lane: lane.clone(), lines: Vec::new() });
                letters.len() - 1
            })
        })?;
        letters[letter].lines.push(here.index);
        Some(letter)
    }

    /// The group of an `any order` line: that of the line above it in its lane, if that has one.
    fn group(&mut self, lane: &Lane) -> usize {
        let open = self.lanes.get(lane).and_then(|lane| lane.group);
        self.groups += usize::from(open.is_none());
        open.unwrap_or(self.groups - 1)
    }

    /// Adds a line to its lane's latest turn; the two streams are checked apart, so there each
    /// turn and each lock is two.
    fn turn(&mut self, here: &Here, seats: &Seats) -> Result<usize, String> {
        let ParsedLine { lane, stream, .. } = here.parsed;
        let (order, name) = (&mut self.order, &seats.name);
        let next = order.locks.len();
        let lock = *self.locks.entry((name.clone(), *stream)).or_insert(next);
        if lock == next {
            order.locks.push(seats.count);
        }
        if order.locks[lock] != seats.count {
            let first = Seats { name: name.clone(), count: order.locks[lock] };
            return Err(format!("`{first}`, as above"));
        }
        let open = self.turns.entry((lane.clone(), name.clone())).or_default();
        let known = open.iter().copied().find(|&turn| {
            let first = order.lines.get(order.turns[turn].lines[0]);
            first.is_some_and(|first| first.stream == *stream)
        });
        let turn = known.unwrap_or_else(|| {
            order.turns.push(Turn { lock, lock_name: name.clone(), lines: Vec::new() });
            open.push(order.turns.len() - 1);
            order.turns.len() - 1
        });
        order.turns[turn].lines.push(here.index);
        Ok(turn)
    }

    /// Adds a line to those of its queue.
    fn place(&mut self, here: &Here, queue: &str) -> Place {
        let order = &mut self.order;
        let known = order.queues.iter().position(|known| known.name == queue);
        let queue = known.unwrap_or_else(|| {
            order.queues.push(Queue { name: queue.to_owned(), lines: Vec::new() });
            order.queues.len() - 1
        });
        let last = order.queues[queue].lines.last().and_then(|&last| order.lines.get(last));
        let rank = last.map_or(0, |last| {
            let together = here.group.is_some() && here.group == last.group
                || here.parsed.text.source == last.text.source;
            last.place.map_or(0, |place| place.rank) + usize::from(!together)
        });
        order.queues[queue].lines.push(here.index);
        Place { queue, rank }
    }

    /// The lines above that a cause means: the latest, or all.
    fn sources(&mut self, cause: &Cause, here: &Here) -> Result<Vec<usize>, String> {
        let says = |above: &usize| {
            let text = &self.order.lines[*above].text.source;
            cause.text.as_ref().is_none_or(|wanted| wanted == text)
        };
        let lanes = self.lanes.iter().filter(|(lane, _)| cause.source.covers(lane));
        let lanes: Vec<&[usize]> = lanes.map(|(_, lane)| &lane.all[..]).collect();
        let last = |lane: &&[usize]| lane.iter().copied().rev().find(says);
        let Some(latest) = lanes.iter().filter_map(last).max() else {
            let says = cause.text.as_ref().map(|text| format!(" with the text \"{text}\""));
            return Err(format!("a line of {}{} above", cause.source, says.unwrap_or_default()));
        };
        if !cause.verb.means_all() && cause.verb != Verb::ByTheClockAfter {
            return Ok(vec![latest]);
        }
        let mut all = lanes.concat();
        all.retain(says);
        all.sort_unstable();
        let first = self.round(cause, here);
        all.retain(|&above| above < first);
        // The same cause earlier in this lane has covered what stands above it.
        let lane = &here.parsed.lane;
        if cause.verb.means_all() && here.group.is_none() && !lane.is_any() {
            let from = self.covered.insert((lane.clone(), cause.clone()), first);
            all.retain(|&above| Some(above) >= from);
        }
        Ok(all)
    }

    /// The first of the neighbours that passed a barrier together with this line. A process that comes
    /// again is in the next round.
    fn round(&mut self, cause: &Cause, here: &Here) -> usize {
        let Here { index, parsed: ParsedLine { lane, .. }, .. } = *here;
        if cause.verb != Verb::Met {
            return index;
        }
        let round = self.rounds.entry(cause.clone()).or_insert(index..index);
        let mut together = self.order.lines[round.start..round.end.min(index)].iter();
        let is_again = !lane.is_any() && together.any(|above| above.lane == *lane);
        if round.end < index || is_again {
            round.start = index;
        }
        round.end = index + 1;
        round.start
    }

    fn start(&mut self, start: Start, number: usize) -> Result<(), String> {
        if let Lane::Named(name) = &start.lane
            && let Some(first) = self.starts.iter().rev().find(|first| first.lane == start.lane)
            && !self.ended.iter().any(|(lane, at)| *at > first.at && lane.covers(&start.lane))
        {
            let first = self.order.lines.get(first.at).map_or(number, |first| first.number);
            return Err(format!(
                "one start of {name}: line {first} has started it, and nothing saw it end"
            ));
        }
        self.starts.push(start);
        Ok(())
    }

    /// Refuses a line of a process that has ended.
    fn is_alive(&self, lane: &Lane) -> Result<(), Slip> {
        let has_ended = |(ended, end): &&(Lane, usize)| {
            let again = |start: &Start| start.at > *end && start.lane.covers(lane);
            ended.covers(lane) && !self.starts.iter().any(again)
        };
        let Some((_, end)) = self.ended.iter().rev().find(has_ended) else { return Ok(()) };
        let end = self.order.lines[*end].number;
        let expected =
            format!("no line of {lane} here: it ended at line {end}, and no `started by` follows");
        Err(Slip::new(0, &lane.to_string(), expected))
    }

    /// Adds a line to its lane; gives the lines above that come first, as far as one process says
    /// them all.
    fn add_to_lane(&mut self, here: &Here) -> &[usize] {
        let lane = self.lanes.entry(here.parsed.lane.clone()).or_default();
        if here.group.is_none() || here.group != lane.group {
            lane.before = std::mem::take(&mut lane.latest);
        }
        lane.all.push(here.index);
        lane.latest.push(here.index);
        lane.group = here.group;
        if here.parsed.lane.is_any() { &[] } else { &lane.before }
    }

    /// The `perhaps` neighbours above an optional line; what those need in turn is their affair.
    fn perhaps_above(&self, here: &Here) -> Vec<usize> {
        let ParsedLine { lane, stream, .. } = here.parsed;
        let mut needs = Vec::new();
        for &above in self.lanes[lane].all.iter().rev().skip(1) {
            let neighbour = &self.order.lines[above];
            if !neighbour.optional {
                break;
            }
            let apart = here.group.is_none() || neighbour.group != here.group;
            if apart && !neighbour.repeats && neighbour.stream == *stream {
                needs.push(above);
                if neighbour.group.is_none() {
                    break;
                }
            }
        }
        needs
    }
}
