//! What the matcher looks up: the order drawn to its conclusion, and the lines by what they say.

use std::collections::{HashMap, HashSet};

use crate::lane::Lane;
use crate::order::{HoleUse, Line, Order};
use crate::parse::Stream;
use crate::text::Kind;

/// Made from an [`Order`]; the first three are by line.
#[derive(Debug)]
pub(crate) struct Index {
    /// Mandatory lines of the same stream that must come first, up to transitivity.
    pub after: Vec<Vec<usize>>,
    /// Optional and repeated lines that are over once this line has appeared.
    pub closes: Vec<Vec<usize>>,
    /// Lines whose `item_of` is this one.
    pub items: Vec<Vec<usize>>,
    /// The lines that use each name.
    pub uses: Vec<Vec<usize>>,
    pub families: Vec<Family>,
    pub by_literal: HashMap<(Stream, String), Vec<usize>>,
    /// The families of texts with holes: the more a text leaves open, the later it is tried.
    pub with_holes: Vec<usize>,
}

/// Lines of one stream and lane that are written alike, in the file's order.
#[derive(Debug)]
pub(crate) struct Family {
    pub lines: Vec<usize>,
    /// Is only the first open one to be tried? So it is where the lines keep their order whoever
    /// says them, and where it makes no difference which of them it is.
    pub in_order: bool,
}

impl Index {
    pub fn of(order: &Order) -> Index {
        let lines = &order.lines;
        let (after, closes) = (0..lines.len()).map(|line| before(lines, line)).unzip();
        let mut items = vec![Vec::new(); lines.len()];
        let mut uses = vec![Vec::new(); order.names];
        let mut families: Vec<Vec<usize>> = Vec::new();
        let mut known: HashMap<(Stream, &Lane, &str), usize> = HashMap::new();
        for (index, line) in lines.iter().enumerate() {
            if let Some(source) = line.item_of {
                items[source].push(index);
            }
            for name in line.holes.iter().filter_map(|hole| hole.name) {
                uses[name].push(index);
            }
            let key = (line.stream, &line.lane, line.text.source.as_str());
            let family = *known.entry(key).or_insert(families.len());
            if family == families.len() {
                families.push(Vec::new());
            }
            families[family].push(index);
        }
        let mut by_literal: HashMap<_, Vec<usize>> = HashMap::new();
        let mut with_holes = Vec::new();
        for (family, family_lines) in families.iter().enumerate() {
            let line = &lines[family_lines[0]];
            match line.text.literal() {
                Some(text) => {
                    by_literal.entry((line.stream, text.to_owned())).or_default().push(family);
                }
                None => with_holes.push(family),
            }
        }
        let is_open = |hole: &HoleUse| hole.hole.kind == Kind::Text;
        with_holes.sort_by_key(|&family| lines[families[family][0]].holes.iter().any(is_open));
        let followers = followers(lines);
        let keeps_order = |&line: &usize| !lines[line].lane.is_any() && lines[line].group.is_none();
        let family = |of: Vec<usize>| Family {
            in_order: of.iter().all(keeps_order) || are_alike(lines, &of, &followers),
            lines: of,
        };
        let families = families.into_iter().map(family).collect();
        Index { after, closes, items, uses, families, by_literal, with_holes }
    }
}

/// What must be there before a line, and what is over then. Order is transitive over both streams
/// and through optional lines; what is then checked is the order within each stream.
fn before(lines: &[Line], index: usize) -> (Vec<usize>, Vec<usize>) {
    let (mut after, mut closes) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    let mut todo: Vec<usize> = lines[index].edges.iter().map(|edge| edge.0).collect();
    while let Some(above) = todo.pop() {
        if !seen.insert(above) {
            continue;
        }
        let line = &lines[above];
        let same_stream = line.stream == lines[index].stream;
        if same_stream && (line.optional || line.repeats) {
            closes.push(above);
        }
        if same_stream && !line.optional {
            after.push(above);
        } else {
            todo.extend(line.edges.iter().map(|edge| edge.0));
        }
    }
    (after, closes)
}

/// For each line, the lines that state that they come after it.
fn followers(lines: &[Line]) -> Vec<Vec<usize>> {
    let mut followers = vec![Vec::new(); lines.len()];
    for (index, line) in lines.iter().enumerate() {
        line.edges.iter().for_each(|(source, _)| followers[*source].push(index));
    }
    followers
}

/// Are these lines of one family neighbours that can be exchanged for one another?
fn are_alike(lines: &[Line], family: &[usize], followers: &[Vec<usize>]) -> bool {
    let sources = |line: usize| lines[line].edges.iter().map(|(source, _)| source);
    let is_plain = |&line: &usize| {
        let line = &lines[line];
        let is_named = |hole: &HoleUse| hole.name.is_some() || hole.counter.is_some();
        let comes_once = !line.optional && !line.repeats;
        comes_once
            && line.group.is_none()
            && line.turns.is_empty()
            && !line.holes.iter().any(is_named)
    };
    family.iter().all(is_plain)
        && family.windows(2).all(|pair| {
            let queue = |line: usize| lines[line].place.map(|place| place.queue);
            pair[0] + 1 == pair[1]
                && queue(pair[0]) == queue(pair[1])
                && sources(pair[0]).eq(sources(pair[1]))
                && followers[pair[0]] == followers[pair[1]]
        })
}
