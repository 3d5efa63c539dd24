//! Lines that can be exchanged for one another.
//!
//! Ten workers that say the same, or ten results in any order, can be paired off with their
//! golden lines in 10! ways that are all alike. The matcher must not try them all, so it learns
//! here which groups of lines (units) are alike, and then takes untouched units in the file's
//! order only.
//!
//! A unit is a line together with the lines that share a letter or a named hole with it. Units
//! are alike if they are written alike up to those names, wait for the same lines, and are waited
//! for by the same lines. Two more conditions make the fixed order harmless: a unit begins with
//! one of its lines, all others being ordered after that one; and no other line that the same
//! process might say stands between two units, because one process's lines keep the file's order.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::lane::Lane;
use crate::model::{Golden, Line};

/// Numbers the units of all lines and finds the classes of those that are alike.
pub(crate) fn find_classes(golden: &mut Golden) {
    let units = units(golden);
    golden.units = units.len();
    for (unit, lines) in units.iter().enumerate() {
        for &line in lines {
            golden.lines[line].unit = unit;
        }
    }
    let mut alike: HashMap<String, Vec<usize>> = HashMap::new();
    let waited_for = dependents(golden);
    for (unit, lines) in units.iter().enumerate() {
        if let Some(signature) = signature(golden, lines, &waited_for) {
            alike.entry(signature).or_default().push(unit);
        }
    }
    let mut classes: Vec<Vec<usize>> = alike
        .into_values()
        .filter(|class| class.len() > 1)
        .flat_map(|class| split_at_others(golden, &units, class))
        .filter(|class| class.len() > 1 && spans_agree(golden, &units, class))
        .collect();
    classes.sort();
    for (class, members) in classes.iter().enumerate() {
        for &line in members.iter().flat_map(|&unit| &units[unit]) {
            golden.lines[line].class = Some(class);
        }
    }
    golden.classes = classes;
    for family in &golden.families {
        for place in (0..family.lines.len().saturating_sub(1)).rev() {
            let (line, next) = (family.lines[place], family.lines[place + 1]);
            let single = |line: usize| units[golden.lines[line].unit].len() == 1;
            if golden.lines[line].class.is_some()
                && golden.lines[line].class == golden.lines[next].class
                && single(line)
                && single(next)
            {
                golden.lines[line].skip_to = golden.lines[next].skip_to;
            }
        }
    }
}

/// Lines that share a letter, a named hole, a counter or a turn, by their first line.
fn units(golden: &Golden) -> Vec<Vec<usize>> {
    fn root(parents: &mut [usize], mut line: usize) -> usize {
        while parents[line] != line {
            parents[line] = parents[parents[line]];
            line = parents[line];
        }
        line
    }
    let mut parents: Vec<usize> = (0..golden.lines.len()).collect();
    let mut first_with: HashMap<(u8, usize), usize> = HashMap::new();
    for (index, line) in golden.lines.iter().enumerate() {
        let names = line.holes.iter().filter_map(|hole| Some((0, hole.name?)));
        let counters = line.holes.iter().filter_map(|hole| Some((1, hole.counter?)));
        let turns = line.turns.iter().map(|&turn| (2, turn));
        let letter = line.letter.map(|letter| (3, letter));
        for key in names.chain(counters).chain(turns).chain(letter) {
            let (a, b) = (*first_with.entry(key).or_insert(index), index);
            let (a, b) = (root(&mut parents, a), root(&mut parents, b));
            parents[a.max(b)] = a.min(b);
        }
    }
    let mut by_root: std::collections::BTreeMap<usize, Vec<usize>> = Default::default();
    for line in 0..golden.lines.len() {
        by_root.entry(root(&mut parents, line)).or_default().push(line);
    }
    by_root.into_values().collect()
}

/// For each line, the lines that state that they come after it.
fn dependents(golden: &Golden) -> Vec<Vec<usize>> {
    let mut dependents = vec![Vec::new(); golden.lines.len()];
    for (index, line) in golden.lines.iter().enumerate() {
        for (source, _) in &line.edges {
            dependents[*source].push(index);
        }
    }
    dependents
}

/// What a unit looks like from outside; `None` if it cannot be exchanged at all.
fn signature(golden: &Golden, unit: &[usize], waited_for: &[Vec<usize>]) -> Option<String> {
    let place = |line: usize| unit.binary_search(&line).ok();
    let relative = |line: usize| match place(line) {
        Some(place) => format!("+{place}"),
        None => line.to_string(),
    };
    let mut names: HashMap<(u8, usize), usize> = HashMap::new();
    let mut local = |kind: u8, id: usize| {
        let next = names.len();
        *names.entry((kind, id)).or_insert(next)
    };
    let mut text = String::new();
    for (nth, &index) in unit.iter().enumerate() {
        let line = &golden.lines[index];
        let fixed = matches!(line.lane, Lane::Named(_));
        // A line that comes again may bind its unit to a second process, or later.
        if line.repeats || (fixed && line.group.is_none()) {
            return None;
        }
        let same_letter = line.letter.is_some() && line.letter == golden.lines[unit[0]].letter;
        if nth > 0 {
            let follows = line.edges.iter().any(|(source, _)| place(*source).is_some());
            let apart = !line.lane.meets(&golden.lines[unit[0]].lane);
            if !follows
                || !(same_letter || fixed && (apart || line.lane == golden.lines[unit[0]].lane))
            {
                return None;
            }
        }
        let lane = if line.letter.is_some() { line.lane.family() } else { line.lane.clone() };
        write!(text, "{:?} {lane:?} {:?} ", line.stream, line.letter.is_some()).ok()?;
        let mut holes = line.holes.iter();
        let written = line.text.filled(|hole| {
            let mut plain = hole.clone();
            plain.name = None;
            let used = holes.next().map(|hole| (hole.name, hole.counter));
            let name = used.and_then(|(name, _)| name).map(|name| local(0, name));
            let counter = used.and_then(|(_, counter)| counter).map(|counter| local(1, counter));
            format!("\u{0}{} {name:?} {counter:?}\u{0}", plain.source())
        });
        write!(text, "{written:?} {} {} {:?} ", line.optional, line.repeats, line.group).ok()?;
        for &turn in &line.turns {
            write!(text, "turn {} {} ", golden.turns[turn].lock, local(2, turn)).ok()?;
        }
        let mut lists = [
            line.edges.iter().map(|(source, _)| relative(*source)).collect::<Vec<_>>(),
            waited_for[index].iter().map(|&line| relative(line)).collect(),
            line.items.iter().map(|&line| relative(line)).collect(),
            line.item_of.iter().map(|&line| relative(line)).collect(),
            line.needs.iter().map(|&line| relative(line)).collect(),
        ];
        for list in &mut lists {
            list.sort();
        }
        writeln!(text, "{lists:?}").ok()?;
    }
    Some(text)
}

/// Cuts a class where a line stands between its units that a process of theirs might say.
fn split_at_others(golden: &Golden, units: &[Vec<usize>], class: Vec<usize>) -> Vec<Vec<usize>> {
    let start = units[class[0]][0];
    let end =
        class.iter().filter_map(|&unit| units[unit].last()).max().map_or(start, |end| end + 1);
    let mut lanes: Vec<&Lane> =
        units[class[0]].iter().map(|&line| &golden.lines[line].lane).collect();
    lanes.sort();
    lanes.dedup();
    // The lines of one named lane are in order anyway.
    let meets = |line: &Line, lane: &Lane| {
        line.lane.meets(lane) && !(line.lane == *lane && matches!(lane, Lane::Named(_)))
    };
    let other = |line: &Line| {
        class.binary_search(&line.unit).is_err() && lanes.iter().any(|lane| meets(line, lane))
    };
    // others_below[n]: how many there are among the first n lines from the class's first one.
    let mut others_below = vec![0];
    for line in &golden.lines[start..end] {
        others_below.push(others_below[others_below.len() - 1] + usize::from(other(line)));
    }
    let mut parts: Vec<Vec<usize>> = Vec::new();
    let mut part_end = start;
    for &unit in &class {
        let unit_end = units[unit].last().map_or(start, |&last| last + 1);
        part_end = part_end.max(unit_end);
        match parts.last_mut() {
            Some(part)
                if {
                    let from = units[part[0]][0] - start;
                    others_below[part_end - start] == others_below[from]
                } =>
            {
                part.push(unit)
            }
            _ => {
                part_end = unit_end;
                parts.push(vec![unit]);
            }
        }
    }
    parts
}

/// Letters must all overlap (all different processes) or all stand apart.
fn spans_agree(golden: &Golden, units: &[Vec<usize>], class: &[usize]) -> bool {
    let letter =
        |unit: &usize| golden.lines[units[*unit][0]].letter.map(|letter| &golden.letters[letter]);
    let letters: Vec<_> = class.iter().filter_map(letter).collect();
    let Some(first) = letters.first() else {
        return true;
    };
    if letters.iter().all(|letter| letter.overlaps(first)) {
        let last_start = letters.iter().map(|letter| letter.lines[0]).max();
        let first_end = letters.iter().filter_map(|letter| letter.lines.last().copied()).min();
        return last_start <= first_end;
    }
    letters.windows(2).all(|pair| !pair[0].overlaps(pair[1]))
}
