//! What a golden file means: its lines for one language, and which must come before which.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::cause::{Cause, Verb};
use crate::lane::Lane;
use crate::parse::{self, Item, Language, Malformed, Note, RawLine, Setting, Slip, Stream};
use crate::symmetry;
use crate::text::{Hole, Kind, Template};
use crate::transcript::{End, Run, Said};

/// A golden file, read for one language: the lines, and every order that they claim.
#[derive(Debug)]
pub struct Golden {
    /// The file's name, for messages.
    pub file: String,
    /// How the program must end.
    pub end: End,
    /// How long the program may run.
    pub limit: Duration,
    /// Processes that are still alive when main has ended.
    pub outlives_main: Vec<String>,
    /// What is legal and yet better written in another way.
    pub warnings: Vec<String>,
    pub(crate) lines: Vec<Line>,
    pub(crate) causes: Vec<Cause>,
    pub(crate) names: usize,
    pub(crate) counters: usize,
    pub(crate) letters: Vec<Letter>,
    pub(crate) turns: Vec<Turn>,
    pub(crate) locks: usize,
    pub(crate) families: Vec<Family>,
    pub(crate) by_literal: HashMap<(Stream, String), Vec<usize>>,
    pub(crate) with_holes: Vec<usize>,
    pub(crate) units: usize,
    pub(crate) classes: Vec<Vec<usize>>,
}

/// A run has this long where the golden file sets no limit.
const DEFAULT_LIMIT: Duration = Duration::from_secs(30);

/// One line and its place in the partial order. Other lines are named by their index.
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
    pub turns: Vec<usize>,
    pub letter: Option<usize>,
    /// The `perhaps` lines without which this optional one does not appear.
    pub needs: Vec<usize>,
    /// Lines that come first, as the file states them, and why.
    pub edges: Vec<(usize, Why)>,
    /// What only the clock puts first.
    pub usually_after: Vec<usize>,
    /// Mandatory lines of the same stream that must come first, up to transitivity.
    pub after: Vec<usize>,
    /// The reverse of `after`.
    pub before: Vec<usize>,
    /// Optional and repeated lines that are over once this line has appeared.
    pub closes: Vec<usize>,
    /// Lines whose `item_of` is this one.
    pub items: Vec<usize>,
    pub family: usize,
    pub place_in_family: usize,
    /// In the family, the next line that cannot be exchanged for this one.
    pub skip_to: usize,
    pub unit: usize,
    pub class: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Why {
    SameProcess,
    /// Which of the file's causes.
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

/// Lines of one stream and lane that are written alike, in the file's order.
#[derive(Debug)]
pub(crate) struct Family {
    pub lines: Vec<usize>,
    /// Do its lines keep their order whoever says them? Then only the first open one can be next.
    pub in_order: bool,
}

impl Golden {
    /// Reads a golden file as it stands for one language. `file` is only named in messages.
    ///
    /// # Errors
    /// The first place that is not the language, or that claims something impossible.
    pub fn parse(file: &str, source: &str, language: Language) -> Result<Golden, Box<Malformed>> {
        let mut golden = Golden {
            file: file.to_owned(),
            end: End::Code(0),
            limit: DEFAULT_LIMIT,
            outlives_main: Vec::new(),
            warnings: Vec::new(),
            lines: Vec::new(),
            causes: Vec::new(),
            names: 0,
            counters: 0,
            letters: Vec::new(),
            turns: Vec::new(),
            locks: 0,
            families: Vec::new(),
            by_literal: HashMap::new(),
            with_holes: Vec::new(),
            units: 0,
            classes: Vec::new(),
        };
        let mut raw = Vec::new();
        for (index, text) in source.lines().enumerate() {
            let at = |slip: Slip| slip.in_file(file, index + 1, text);
            match parse::item(text).map_err(at)? {
                None => {}
                Some(Item::Setting(_, Some(only))) if only != language => {}
                Some(Item::Setting(setting, _)) => match setting {
                    Setting::Exit(code) => golden.end = End::Code(code),
                    Setting::ExitByTheTimeLimit => golden.end = End::TimeLimit,
                    Setting::Limit(limit) => golden.limit = limit,
                    Setting::OutlivesMain(name) => golden.outlives_main.push(name),
                },
                Some(Item::Line(line)) => {
                    let only = line.notes.iter().find_map(|(_, note)| match note {
                        Note::Only(only) => Some(*only),
                        _ => None,
                    });
                    if only.is_none_or(|only| only == language) {
                        raw.push((index + 1, text, line));
                    }
                }
            }
        }
        golden.resolve(&raw).map_err(|(index, slip)| {
            let (number, text, _) = &raw[index];
            slip.in_file(file, *number, text)
        })?;
        golden.close_order();
        golden.index();
        symmetry::find_classes(&mut golden);
        golden.warn();
        golden.check_itself(&raw)?;
        Ok(golden)
    }

    /// From notes to edges between lines.
    fn resolve(&mut self, raw: &[(usize, &str, RawLine)]) -> Result<(), (usize, Slip)> {
        let mut state = Resolver::default();
        for (index, (number, source, line)) in raw.iter().enumerate() {
            let mut line = self.blank_line(*number, line, &mut state);
            self.read_notes(index, &mut line, &raw[index].2.notes, source, &mut state)
                .map_err(|slip| (index, slip))?;
            if let Some((_, end)) = state.ended.iter().rev().find(|(lane, end)| {
                let restarted = |start: &Start| start.at > *end && start.lane.covers(&line.lane);
                lane.covers(&line.lane) && !state.starts.iter().any(restarted)
            }) {
                let found = line.lane.to_string();
                let expected = format!(
                    "no line of {found} here: it ended at line {}, and no `started by` follows",
                    raw[*end].0
                );
                return Err((index, Slip::new(0, &found, expected)));
            }
            for (_, note) in &raw[index].2.notes {
                if let Note::Cause(cause) = note
                    && cause.verb.ends_the_source()
                    && cause.text.is_none()
                {
                    state.ended.push((cause.source.clone(), index));
                }
            }
            if let Some(start) = state
                .starts
                .iter()
                .rev()
                .find(|s| s.lane.covers(&line.lane))
            {
                line.edges.push((start.source, start.why));
            }
            self.chain(index, &mut line, &mut state);
            if line.optional && !line.lane.is_any() {
                line.needs = self.perhaps_before(&line, &state.lanes[&line.lane].all);
            }
            state
                .lanes
                .entry(line.lane.clone())
                .or_default()
                .all
                .push(index);
            self.lines.push(line);
        }
        for index in 0..self.lines.len() {
            if let Some(source) = self.lines[index].item_of {
                self.lines[source].items.push(index);
            }
        }
        Ok(())
    }

    /// The `perhaps` neighbours above an optional line; what those need in turn is their affair.
    fn perhaps_before(&self, line: &Line, lane: &[usize]) -> Vec<usize> {
        let mut needs = Vec::new();
        for &above in lane.iter().rev() {
            let neighbour = &self.lines[above];
            if !neighbour.optional {
                break;
            }
            let apart = line.group.is_none() || neighbour.group != line.group;
            if apart && !neighbour.repeats && neighbour.stream == line.stream {
                needs.push(above);
                if neighbour.group.is_none() {
                    break;
                }
            }
        }
        needs
    }

    fn blank_line(&mut self, number: usize, raw: &RawLine, state: &mut Resolver) -> Line {
        let mut holes = Vec::new();
        for hole in raw.text.holes() {
            let kind = match hole.kind {
                Kind::Pid => "pid",
                Kind::Count { .. } => "count",
                _ => "n",
            };
            let key = hole.name.as_ref().map(|name| (kind, name.clone()));
            let (mut name, mut counter) = (None, None);
            let fresh = |count: &mut usize| {
                *count += 1;
                *count - 1
            };
            match (&hole.kind, key) {
                (Kind::Count { .. }, None) => counter = Some(fresh(&mut self.counters)),
                (Kind::Count { .. }, Some(key)) => {
                    let known = state.names.entry(key);
                    counter = Some(*known.or_insert_with(|| fresh(&mut self.counters)));
                }
                (_, None) => {}
                (_, Some(key)) => {
                    let known = state.names.entry(key);
                    name = Some(*known.or_insert_with(|| fresh(&mut self.names)));
                }
            }
            holes.push(HoleUse {
                hole: hole.clone(),
                name,
                counter,
            });
        }
        let letter = matches!(raw.lane, Lane::Letter { .. }).then(|| {
            let known = self
                .letters
                .iter()
                .position(|letter| letter.lane == raw.lane);
            known.unwrap_or_else(|| {
                self.letters.push(Letter {
                    lane: raw.lane.clone(),
                    lines: Vec::new(),
                });
                self.letters.len() - 1
            })
        });
        if let Some(letter) = letter {
            self.letters[letter].lines.push(self.lines.len());
        }
        let has = |wanted: Note| raw.notes.iter().any(|(_, note)| *note == wanted);
        Line {
            number,
            stream: raw.stream,
            lane: raw.lane.clone(),
            text: raw.text.clone(),
            holes,
            optional: has(Note::Perhaps) || has(Note::AnyNumberOfTimes),
            repeats: has(Note::OnceOrMore) || has(Note::AnyNumberOfTimes),
            group: None,
            item_of: None,
            turns: Vec::new(),
            letter,
            needs: Vec::new(),
            edges: Vec::new(),
            usually_after: Vec::new(),
            after: Vec::new(),
            before: Vec::new(),
            closes: Vec::new(),
            items: Vec::new(),
            family: 0,
            place_in_family: 0,
            skip_to: 0,
            unit: 0,
            class: None,
        }
    }

    fn read_notes(
        &mut self,
        index: usize,
        line: &mut Line,
        notes: &[(usize, Note)],
        source: &str,
        state: &mut Resolver,
    ) -> Result<(), Slip> {
        if notes.iter().any(|(_, note)| *note == Note::AnyOrder) {
            let open = state.lanes.entry(line.lane.clone()).or_default();
            line.group = Some(open.group.unwrap_or(state.groups));
            state.groups += usize::from(open.group.is_none());
        }
        let mut how_often = None;
        for (at, note) in notes {
            let slip = |expected: String| {
                let found = source[*at..].split(", ").next().unwrap_or_default();
                Slip::new(*at, found, expected)
            };
            match note {
                Note::Cause(cause) => self.read_cause(index, line, cause, state).map_err(slip)?,
                Note::Takes(lock) => {
                    let key = (line.lane.clone(), lock.clone());
                    state.turns.insert(key, Vec::new());
                    self.add_to_turn(index, line, lock, state);
                }
                Note::Holds(lock) if line.lane.is_any() => {
                    let lane = &line.lane;
                    return Err(slip(format!(
                        "`holds {lock}` in a lane of one process; {lane} may be several"
                    )));
                }
                Note::Holds(lock) => {
                    let lane = &line.lane;
                    if !state.turns.contains_key(&(lane.clone(), lock.clone())) {
                        return Err(slip(format!("`takes {lock}` at a line of {lane} above")));
                    }
                    self.add_to_turn(index, line, lock, state);
                }
                Note::Perhaps | Note::OnceOrMore | Note::AnyNumberOfTimes => {
                    if how_often.replace(note).is_some() {
                        return Err(slip("one note that says how often".into()));
                    }
                }
                Note::AnyOrder | Note::Only(_) => {}
            }
        }
        Ok(())
    }

    /// Adds a line to its lane's latest turn; the two streams are checked apart, so there each
    /// turn and each lock is two.
    fn add_to_turn(&mut self, index: usize, line: &mut Line, lock: &str, state: &mut Resolver) {
        let key = (line.lane.clone(), lock.to_owned());
        let open = state.turns.entry(key).or_default();
        let known = open.iter().copied().find(|&turn| {
            let first = self.turns[turn].lines[0];
            self.lines
                .get(first)
                .is_some_and(|first| first.stream == line.stream)
        });
        let turn = known.unwrap_or_else(|| {
            let next = state.locks.len();
            let lock_id = *state
                .locks
                .entry((lock.to_owned(), line.stream))
                .or_insert(next);
            self.locks = state.locks.len();
            let lock_name = lock.to_owned();
            self.turns.push(Turn {
                lock: lock_id,
                lock_name,
                lines: Vec::new(),
            });
            open.push(self.turns.len() - 1);
            self.turns.len() - 1
        });
        self.turns[turn].lines.push(index);
        line.turns.push(turn);
    }

    fn read_cause(
        &mut self,
        index: usize,
        line: &mut Line,
        cause: &Cause,
        state: &mut Resolver,
    ) -> Result<(), String> {
        let lanes: Vec<&[usize]> = state
            .lanes
            .iter()
            .filter(|(lane, _)| cause.source.covers(lane))
            .map(|(_, lane)| &lane.all[..])
            .collect();
        let says = |above: usize| {
            let text = &self.lines[above].text.source;
            cause.text.as_ref().is_none_or(|wanted| wanted == text)
        };
        let last = |lane: &&[usize]| lane.iter().rev().copied().find(|&above| says(above));
        let Some(latest) = lanes.iter().filter_map(last).max() else {
            let says = cause
                .text
                .as_ref()
                .map(|text| format!(" with the text \"{text}\""));
            return Err(format!(
                "a line of {}{} above",
                cause.source,
                says.unwrap_or_default()
            ));
        };
        let all_from = |from: usize| {
            let mut all: Vec<usize> = lanes.iter().copied().flatten().copied().collect();
            all.retain(|&above| above >= from && says(above));
            all
        };
        self.causes.push(cause.clone());
        let why = Why::Cause(self.causes.len() - 1);
        if cause.verb.means_all() {
            // The same cause earlier in this lane has covered what stands above it.
            let in_chain = line.group.is_none() && !line.lane.is_any();
            let key = (line.lane.clone(), cause.clone());
            let from = in_chain.then(|| state.covered.insert(key, index)).flatten();
            line.edges.extend(
                all_from(from.unwrap_or(0))
                    .into_iter()
                    .map(|above| (above, why)),
            );
            return Ok(());
        }
        match cause.verb {
            Verb::ByTheClockAfter => line.usually_after = all_from(0),
            Verb::StartedBy => {
                let lane = line.lane.family();
                if let Lane::Named(name) = &lane
                    && let Some(start) = state.starts.iter().rev().find(|s| s.lane == lane)
                    && !state
                        .ended
                        .iter()
                        .any(|(e, at)| *at > start.at && e.covers(&lane))
                {
                    let first = self
                        .lines
                        .get(start.at)
                        .map_or(line.number, |first| first.number);
                    return Err(format!(
                        "one start of {name}: line {first} has started it, and nothing saw it end"
                    ));
                }
                state.starts.push(Start {
                    lane,
                    at: index,
                    source: latest,
                    why,
                });
            }
            _ => line.edges.push((latest, why)),
        }
        if cause.verb == Verb::ReceivedFrom {
            line.item_of = Some(latest);
        }
        Ok(())
    }

    /// Orders a line after its lane's lines above, as far as one process says them all.
    fn chain(&self, index: usize, line: &mut Line, state: &mut Resolver) {
        let lane = state.lanes.entry(line.lane.clone()).or_default();
        let joins = line.group.is_some() && line.group == lane.group;
        if !joins {
            lane.before = std::mem::take(&mut lane.latest);
        }
        lane.latest.push(index);
        lane.group = line.group;
        if !line.lane.is_any() {
            line.edges
                .extend(lane.before.iter().map(|&above| (above, Why::SameProcess)));
        }
    }

    /// Order is transitive over both streams and through optional lines; what is then checked is
    /// the order within each stream.
    fn close_order(&mut self) {
        for index in 0..self.lines.len() {
            let stream = self.lines[index].stream;
            let mut seen = std::collections::HashSet::new();
            let mut todo: Vec<usize> = self.lines[index].edges.iter().map(|edge| edge.0).collect();
            let (mut after, mut closes) = (Vec::new(), Vec::new());
            while let Some(above) = todo.pop() {
                if !seen.insert(above) {
                    continue;
                }
                let line = &self.lines[above];
                let same_stream = line.stream == stream;
                if same_stream && (line.optional || line.repeats) {
                    closes.push(above);
                }
                if same_stream && !line.optional {
                    after.push(above);
                } else {
                    todo.extend(line.edges.iter().map(|edge| edge.0));
                }
            }
            for &above in &after {
                self.lines[above].before.push(index);
            }
            (self.lines[index].after, self.lines[index].closes) = (after, closes);
        }
    }

    /// Which lines a text can belong to.
    fn index(&mut self) {
        let mut known: HashMap<(Stream, Lane, String), usize> = HashMap::new();
        for index in 0..self.lines.len() {
            let line = &self.lines[index];
            let key = (line.stream, line.lane.clone(), line.text.source.clone());
            let next = self.families.len();
            let family = *known.entry(key).or_insert(next);
            if family == next {
                match line.text.literal() {
                    Some(text) => {
                        let key = (line.stream, text.to_owned());
                        self.by_literal.entry(key).or_default().push(family);
                    }
                    None => self.with_holes.push(family),
                }
                self.families.push(Family {
                    lines: Vec::new(),
                    in_order: !line.lane.is_any(),
                });
            }
            let family_lines = &mut self.families[family];
            family_lines.in_order &= line.group.is_none();
            family_lines.lines.push(index);
            let place = family_lines.lines.len() - 1;
            let line = &mut self.lines[index];
            (line.family, line.place_in_family, line.skip_to) = (family, place, place + 1);
        }
        // The more a text leaves open, the later it is tried.
        let lines = &self.lines;
        let open = |hole: &HoleUse| hole.hole.kind == Kind::Text;
        self.with_holes
            .sort_by_key(|&family| lines[self.families[family].lines[0]].holes.iter().any(open));
    }

    fn warn(&mut self) {
        let mut warnings = Vec::new();
        for family in &self.families {
            let first = &self.lines[family.lines[0]];
            if first.lane.is_any()
                && let Some(&second) = family.lines.get(1)
            {
                warnings.push(format!(
                    "{}: lines {} and {} of {} say the same: the check cannot tell them apart",
                    self.file, first.number, self.lines[second].number, first.lane
                ));
            }
        }
        let mut lanes: BTreeMap<&Lane, &Line> = BTreeMap::new();
        for line in &self.lines {
            if let Some(above) = lanes.insert(&line.lane, line)
                && line.repeats
                && above.repeats
                && (above.text.fit(&example_text(line)).is_some()
                    || line.text.fit(&example_text(above)).is_some())
            {
                warnings.push(format!(
                    "{}: lines {} and {} both repeat and match the same text",
                    self.file, above.number, line.number
                ));
            }
        }
        self.warnings = warnings;
    }

    /// The file must itself be a legal run.
    fn check_itself(&self, raw: &[(usize, &str, RawLine)]) -> Result<(), Box<Malformed>> {
        let report = self.check(&self.as_written());
        let Some(problem) = report.problems.first() else {
            return Ok(());
        };
        let number = problem.golden_line(self).unwrap_or(0);
        let (number, text, _) = raw
            .iter()
            .find(|line| line.0 == number)
            .or(raw.last())
            .expect("a problem has a line");
        let expected = format!(
            "a file that keeps its own rules: {}",
            problem.headline(self)
        );
        Err(Slip::new(0, text, expected).in_file(&self.file, *number, text))
    }

    /// The run that the file shows: every line once, in the file's order, with values made up
    /// for the holes.
    pub fn as_written(&self) -> Run {
        let mut run = Run {
            end: self.end,
            ..Run::default()
        };
        run.outlived_main = self.outlives_main.clone();
        let mut counted = vec![0; self.counters];
        // A number's name may have its range at another line.
        let mut lows = vec![None; self.names];
        for used in self.lines.iter().flat_map(|line| &line.holes) {
            if let (Some(name), Kind::Range(low, _)) = (used.name, &used.hole.kind) {
                lows[name] = lows[name].max(Some(*low));
            }
        }
        for line in &self.lines {
            let mut holes = line.holes.iter();
            let text = line.text.filled(|hole| {
                let used = holes.next();
                let name = used.and_then(|used| used.name);
                match (&hole.kind, used.and_then(|used| used.counter)) {
                    (Kind::Count { first, step }, Some(counter)) => {
                        counted[counter] += 1;
                        (first + (counted[counter] - 1) * step).to_string()
                    }
                    (Kind::Pid, _) => (1000 + name.unwrap_or(0)).to_string(),
                    _ => match name.and_then(|name| lows[name]) {
                        Some(low) => low.to_string(),
                        None => example_value(hole),
                    },
                }
            });
            match line.stream {
                Stream::Out => run.out.push(Said {
                    process: line.lane.example(),
                    text,
                }),
                Stream::Err => run.err.push(text),
            }
        }
        run
    }

    /// Why line `index` must come after line `source`: the first step of the way there.
    pub(crate) fn why(&self, index: usize, source: usize) -> (usize, Why) {
        let mut seen = std::collections::HashSet::new();
        let mut todo = Vec::from_iter(
            self.lines[index]
                .edges
                .iter()
                .map(|&(to, why)| (to, to, why)),
        );
        // What is popped first stands last.
        todo.sort_by_key(|(to, ..)| *to == source);
        while let Some((to, first, why)) = todo.pop() {
            if to == source {
                return (first, why);
            }
            if seen.insert(to) {
                let onward = self.lines[to]
                    .edges
                    .iter()
                    .filter(|(next, _)| *next >= source);
                todo.extend(onward.map(|&(next, _)| (next, first, why)));
            }
        }
        (source, Why::SameProcess)
    }
}

/// What is remembered from line to line while notes are resolved.
#[derive(Default)]
struct Resolver {
    names: HashMap<(&'static str, String), usize>,
    locks: HashMap<(String, Stream), usize>,
    groups: usize,
    lanes: HashMap<Lane, LaneState>,
    /// The turn that a lane's latest `takes` began, for each stream that it has lines on.
    turns: HashMap<(Lane, String), Vec<usize>>,
    starts: Vec<Start>,
    ended: Vec<(Lane, usize)>,
    covered: HashMap<(Lane, Cause), usize>,
}

/// A `started by`: for whom, at which line, and the line that it comes after.
struct Start {
    lane: Lane,
    at: usize,
    source: usize,
    why: Why,
}

#[derive(Default)]
struct LaneState {
    all: Vec<usize>,
    /// The group or the single line that came last, and the one before.
    latest: Vec<usize>,
    before: Vec<usize>,
    group: Option<usize>,
}

fn example_value(hole: &Hole) -> String {
    match &hole.kind {
        Kind::Pid => "1000".into(),
        Kind::Text => "some text".into(),
        Kind::Time => "0.5".into(),
        Kind::Number => "0".into(),
        Kind::Range(first, _) | Kind::Count { first, .. } => first.to_string(),
        Kind::OneOf(list) => list[0].clone(),
    }
}

fn example_text(line: &Line) -> String {
    line.text.filled(example_value)
}
