//! What a golden file means: its lines for one language, and which must come before which.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::cause::Cause;
use crate::lane::Lane;
use crate::parse::{self, Item, Language, Malformed, Note, Setting, Slip, Stream};
use crate::text::{Hole, Kind, Template};
use crate::transcript::End;

/// A golden file, read for one language: the lines, and every order that they claim.
#[derive(Debug, Default)]
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
    /// The lines that use each name.
    pub(crate) uses: Vec<Vec<usize>>,
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
    /// Optional and repeated lines that are over once this line has appeared.
    pub closes: Vec<usize>,
    /// Lines whose `item_of` is this one.
    pub items: Vec<usize>,
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
        let mut golden =
            Golden { file: file.to_owned(), limit: DEFAULT_LIMIT, ..Golden::default() };
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
        golden.warn();
        golden.check_itself(&raw)?;
        Ok(golden)
    }

    /// Which lines a text can belong to.
    fn index(&mut self) {
        let mut known: HashMap<(Stream, Lane, String), usize> = HashMap::new();
        self.uses = vec![Vec::new(); self.names];
        for (index, line) in self.lines.iter().enumerate() {
            for name in line.holes.iter().filter_map(|hole| hole.name) {
                self.uses[name].push(index);
            }
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
                self.families.push(Family { lines: Vec::new(), in_order: false });
            }
            self.families[family].lines.push(index);
        }
        let mut dependents = vec![Vec::new(); self.lines.len()];
        for (index, line) in self.lines.iter().enumerate() {
            line.edges.iter().for_each(|(source, _)| dependents[*source].push(index));
        }
        for at in 0..self.families.len() {
            let family = &self.families[at].lines;
            let keep_order =
                |&line: &usize| !self.lines[line].lane.is_any() && self.lines[line].group.is_none();
            self.families[at].in_order =
                family.iter().all(keep_order) || self.are_alike(family, &dependents);
        }
        // The more a text leaves open, the later it is tried.
        let lines = &self.lines;
        let open = |hole: &HoleUse| hole.hole.kind == Kind::Text;
        self.with_holes
            .sort_by_key(|&family| lines[self.families[family].lines[0]].holes.iter().any(open));
    }

    /// Are these lines of one family neighbours that can be exchanged for one another?
    fn are_alike(&self, family: &[usize], dependents: &[Vec<usize>]) -> bool {
        let sources = |line: usize| self.lines[line].edges.iter().map(|(source, _)| source);
        let is_plain = |&line: &usize| {
            let line = &self.lines[line];
            let is_named = |hole: &HoleUse| hole.name.is_some() || hole.counter.is_some();
            !line.optional
                && !line.repeats
                && line.group.is_none()
                && line.turns.is_empty()
                && !line.holes.iter().any(is_named)
        };
        family.iter().all(is_plain)
            && family.windows(2).all(|pair| {
                pair[0] + 1 == pair[1]
                    && sources(pair[0]).eq(sources(pair[1]))
                    && dependents[pair[0]] == dependents[pair[1]]
            })
    }

    /// Why line `index` must come after line `source`: the first step of the way there.
    pub(crate) fn why(&self, index: usize, source: usize) -> (usize, Why) {
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
