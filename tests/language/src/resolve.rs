//! From notes to order: which line waits for which.

use std::collections::{HashMap, HashSet};

use crate::cause::{Cause, Verb};
use crate::lane::Lane;
use crate::model::{Golden, HoleUse, Letter, Line, Turn, Why};
use crate::parse::{Note, RawLine, Slip, Stream};
use crate::text::Kind;

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

impl Golden {
    /// From notes to edges between lines.
    pub(crate) fn resolve(&mut self, raw: &[(usize, &str, RawLine)]) -> Result<(), (usize, Slip)> {
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
            if let Some(start) = state.starts.iter().rev().find(|s| s.lane.covers(&line.lane)) {
                line.edges.push((start.source, start.why));
            }
            self.chain(index, &mut line, &mut state);
            if line.optional && !line.lane.is_any() {
                line.needs = self.perhaps_before(&line, &state.lanes[&line.lane].all);
            }
            state.lanes.entry(line.lane.clone()).or_default().all.push(index);
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
            holes.push(HoleUse { hole: hole.clone(), name, counter });
        }
        let letter = matches!(raw.lane, Lane::Letter { .. }).then(|| {
            let known = self.letters.iter().position(|letter| letter.lane == raw.lane);
            known.unwrap_or_else(|| {
                self.letters.push(Letter { lane: raw.lane.clone(), lines: Vec::new() });
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
            closes: Vec::new(),
            items: Vec::new(),
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
            self.lines.get(first).is_some_and(|first| first.stream == line.stream)
        });
        let turn = known.unwrap_or_else(|| {
            let next = state.locks.len();
            let lock_id = *state.locks.entry((lock.to_owned(), line.stream)).or_insert(next);
            self.locks = state.locks.len();
            let lock_name = lock.to_owned();
            self.turns.push(Turn { lock: lock_id, lock_name, lines: Vec::new() });
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
            let says = cause.text.as_ref().map(|text| format!(" with the text \"{text}\""));
            return Err(format!("a line of {}{} above", cause.source, says.unwrap_or_default()));
        };
        let all_from = |from: usize| {
            let mut all: Vec<usize> = lanes.iter().copied().flatten().copied().collect();
            all.retain(|&above| above >= from && says(above));
            all.sort_unstable();
            all
        };
        self.causes.push(cause.clone());
        let why = Why::Cause(self.causes.len() - 1);
        if cause.verb.means_all() {
            // The same cause earlier in this lane has covered what stands above it.
            let in_chain = line.group.is_none() && !line.lane.is_any();
            let key = (line.lane.clone(), cause.clone());
            let from = in_chain.then(|| state.covered.insert(key, index)).flatten();
            line.edges.extend(all_from(from.unwrap_or(0)).into_iter().map(|above| (above, why)));
            return Ok(());
        }
        match cause.verb {
            Verb::ByTheClockAfter => line.usually_after = all_from(0),
            Verb::StartedBy => {
                let lane = line.lane.family();
                if let Lane::Named(name) = &lane
                    && let Some(start) = state.starts.iter().rev().find(|s| s.lane == lane)
                    && !state.ended.iter().any(|(e, at)| *at > start.at && e.covers(&lane))
                {
                    let first = self.lines.get(start.at).map_or(line.number, |first| first.number);
                    return Err(format!(
                        "one start of {name}: line {first} has started it, and nothing saw it end"
                    ));
                }
                state.starts.push(Start { lane, at: index, source: latest, why });
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
            line.edges.extend(lane.before.iter().map(|&above| (above, Why::SameProcess)));
        }
    }

    /// Order is transitive over both streams and through optional lines; what is then checked is
    /// the order within each stream.
    pub(crate) fn close_order(&mut self) {
        for index in 0..self.lines.len() {
            let stream = self.lines[index].stream;
            let mut seen = HashSet::new();
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
            (self.lines[index].after, self.lines[index].closes) = (after, closes);
        }
    }
}
