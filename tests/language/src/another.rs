//! Another order that a golden file allows.
//!
//! Each line gets a process, each process its lines in the file's order; then, again and again, one
//! of the lines that may come next is drawn. A line that may be missing and is, takes part without
//! being printed, so that what it orders stays ordered. The matcher has no share in this.

use std::collections::{HashMap, HashSet};

use crate::golden::Golden;
use crate::lane::Lane;
use crate::order::{Place, Turn};
use crate::parse::Stream;
use crate::random::Random;
use crate::text::{Hole, Kind};
use crate::transcript::{Run, Said};

/// The most times that a repeating line comes.
const MOST: usize = 3;

/// Drawing at random may lead where locks or items let nothing more come.
const ATTEMPTS: u64 = 100;

impl Golden {
    /// Another legal order, as the seed wants it; the same seed gives the same order.
    ///
    /// ```
    /// use golden::{Golden, Language};
    ///
    /// let file = "main | starts two\na | runs <- started by main\nb | runs <- started by main\n";
    /// let golden = Golden::parse("file.txt", &file.replace(" <-", "  <-"), Language::Rust)?;
    /// let run = golden.another(7);
    /// assert_eq!(run.out.len(), 3);
    /// assert!(golden.check(&run).is_legal());
    /// # Ok::<(), Box<golden::Malformed>>(())
    /// ```
    pub fn another(&self, seed: u64) -> Run {
        for attempt in 0..ATTEMPTS {
            let mut random = Random::new(seed.wrapping_mul(ATTEMPTS).wrapping_add(attempt));
            if let Some(run) = Draw::new(self, &mut random).run() {
                return run;
            }
        }
        self.as_written()
    }
}

struct Draw<'a> {
    golden: &'a Golden,
    random: &'a mut Random,
    /// Who says each line.
    process: Vec<String>,
    /// May it be printed, or is it missing in this run?
    present: Vec<bool>,
    /// Lines that must be over first.
    first: Vec<Vec<usize>>,
    /// How often it was printed.
    count: Vec<usize>,
    over: Vec<bool>,
    /// When it was printed first: at which place of `said`.
    time: Vec<Option<usize>>,
    said: Vec<usize>,
    names: HashMap<usize, String>,
    counters: Vec<i64>,
    run: Run,
}

impl<'a> Draw<'a> {
    fn new(golden: &'a Golden, random: &'a mut Random) -> Draw<'a> {
        let lines = &golden.order.lines;
        let mut draw = Draw {
            golden,
            random,
            process: Vec::new(),
            present: Vec::new(),
            first: Vec::new(),
            count: vec![0; lines.len()],
            over: vec![false; lines.len()],
            time: vec![None; lines.len()],
            said: Vec::new(),
            names: HashMap::new(),
            counters: vec![0; golden.order.counters],
            run: Run {
                end: golden.end,
                outlived_main: golden.outlives_main.clone(),
                ..Run::default()
            },
        };
        draw.process = draw.processes();
        for line in lines {
            let without = line.needs.iter().any(|&needed| !draw.present[needed]);
            let present = !line.optional || (!without && draw.random.below(2) == 0);
            draw.present.push(present);
        }
        draw.first = draw.order();
        draw
    }

    /// A process for each line, as its lane allows.
    fn processes(&mut self) -> Vec<String> {
        let lines = &self.golden.order.lines;
        let named: HashSet<String> = lines
            .iter()
            .filter(|line| matches!(line.lane, Lane::Named(_)))
            .map(|line| line.lane.example())
            .collect();
        let mut letters: Vec<String> = Vec::new();
        for letter in &self.golden.order.letters {
            let mut free = Vec::new();
            // One more than there are letters: somebody is always free.
            for number in 1.. {
                let name = numbered(&letter.lane, number);
                let earlier = letters.iter().zip(&self.golden.order.letters);
                let taken = earlier
                    .filter(|(process, other)| **process == name && letter.overlaps(other))
                    .count();
                if taken == 0 && !named.contains(&name) {
                    free.push(name);
                }
                if free.len() == 2 {
                    break;
                }
            }
            letters.push(free.swap_remove(self.random.below(2) as usize));
        }
        let mut all: Vec<&String> = named.iter().chain(&letters).collect();
        all.sort();
        all.dedup();
        let mut processes = Vec::new();
        for line in lines {
            let mut fits: Vec<String> = match (&line.lane, line.letter) {
                (_, Some(letter)) => vec![letters[letter].clone()],
                (lane, None) => {
                    let fits = all.iter().filter(|name| lane.fits(name));
                    fits.map(|&name| name.clone()).collect()
                }
            };
            if fits.is_empty() {
                fits = vec![numbered(&line.lane, 1), numbered(&line.lane, 2)];
            }
            let chosen = self.random.below(fits.len() as u64) as usize;
            processes.push(fits.swap_remove(chosen));
        }
        processes
    }

    /// What the causes order, and the file's order of each process's lines.
    fn order(&self) -> Vec<Vec<usize>> {
        let lines = &self.golden.order.lines;
        let mut first: Vec<Vec<usize>> = lines
            .iter()
            .map(|line| line.edges.iter().map(|&(source, _)| source).collect())
            .collect();
        let mut said: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, line) in lines.iter().enumerate() {
            if line.stream == Stream::Out {
                let above = said.entry(&self.process[index]).or_default();
                let together =
                    |other: &usize| line.group.is_some() && lines[*other].group == line.group;
                let before: Vec<usize> =
                    above.iter().copied().filter(|other| !together(other)).collect();
                // What stands behind this message is taken after it, and it after those lines.
                if let Some(Place { queue, rank }) = line.place {
                    for &later in &self.golden.order.queues[queue].lines {
                        if lines[later].place.is_some_and(|place| place.rank > rank) {
                            first[later].extend(&before);
                        }
                    }
                }
                first[index].extend(before);
                above.push(index);
            }
        }
        first
    }

    /// Draws to the end, or to where nothing more can come.
    fn run(mut self) -> Option<Run> {
        while self.over.contains(&false) {
            let ready: Vec<usize> =
                (0..self.over.len()).filter(|&line| self.may_come(line)).collect();
            if ready.is_empty() {
                return None;
            }
            let line = ready[self.random.below(ready.len() as u64) as usize];
            if self.present[line] {
                self.say(line);
            }
            let repeats = self.golden.order.lines[line].repeats && self.present[line];
            let once_more = repeats && self.count[line] < MOST && self.random.below(2) == 0;
            self.over[line] = !once_more;
        }
        Some(self.run)
    }

    fn may_come(&self, line: usize) -> bool {
        !self.over[line]
            && self.first[line].iter().all(|&above| self.over[above])
            && self.may_overtake(line)
            && self.finds_locks_free(line)
    }

    /// Items that one process sent arrive in the order of sending. Into a queue it puts an item before
    /// it does anything else: that one arrives before what anybody announces afterwards.
    fn may_overtake(&self, line: usize) -> bool {
        let lines = &self.golden.order.lines;
        let (Some(group), Some(source)) = (lines[line].group, lines[line].item_of) else {
            return true;
        };
        (0..lines.len()).all(|other| {
            let Some(its) = lines[other].item_of else { return true };
            if other == line || self.over[other] || lines[other].group != Some(group) {
                return true;
            }
            let next = self.next_taken(its);
            let is_after_put = |&said: &usize| {
                self.process[said] == self.process[its] && lines[said].stream == lines[its].stream
                    || next.zip(lines[said].place).is_some_and(|(next, place)| {
                        place.queue == next.queue && place.rank > next.rank
                    })
            };
            match (self.time[its], self.time[source]) {
                (None, _) => true,
                (_, None) => self.process[its] != self.process[source],
                (Some(sent), Some(this)) if this <= sent => true,
                (Some(sent), Some(this)) => {
                    self.process[its] != self.process[source]
                        && !(lines[line].put_at_once
                            && self.said[sent + 1..=this].iter().any(is_after_put))
                }
            }
        })
    }

    /// What the process of a line takes next, if it says nothing else before.
    fn next_taken(&self, line: usize) -> Option<Place> {
        let lines = &self.golden.order.lines;
        let is_next = |&next: &usize| {
            self.process[next] == self.process[line]
                && self.present[next]
                && lines[next].stream == lines[line].stream
        };
        lines[(line + 1..lines.len()).find(is_next)?].place
    }

    /// A turn goes on while fewer others of its lock go on than may.
    fn finds_locks_free(&self, line: usize) -> bool {
        let turns = &self.golden.order.turns;
        self.golden.order.lines[line].turns.iter().all(|&own| {
            let goes_on = |(other, turn): &(usize, &Turn)| {
                let begun = turn.lines.iter().any(|&line| self.over[line] || self.count[line] > 0);
                let ended = turn.lines.iter().all(|&line| self.over[line]);
                *other != own && turn.lock == turns[own].lock && begun && !ended
            };
            let others = turns.iter().enumerate().filter(goes_on).count();
            others < self.golden.order.locks[turns[own].lock]
        })
    }

    fn say(&mut self, index: usize) {
        let line = &self.golden.order.lines[index];
        let mut holes = line.holes.iter();
        let text = line.text.filled(|hole| {
            let used = holes.next().expect("as many as the text has");
            if let (Kind::Count { first, step }, Some(counter)) = (&hole.kind, used.counter) {
                let value = first + self.counters[counter] * step;
                self.counters[counter] += 1;
                return value.to_string();
            }
            if let Some(value) = used.name.and_then(|name| self.names.get(&name)) {
                return value.clone();
            }
            let value = match used.name {
                // Of two names, each is another process.
                Some(name) if hole.kind == Kind::Pid => (1000 + name).to_string(),
                Some(name) => self.in_range(name),
                None => self.value(hole),
            };
            if let Some(name) = used.name {
                self.names.insert(name, value.clone());
            }
            value
        });
        self.time[index].get_or_insert(self.said.len());
        self.said.push(index);
        self.count[index] += 1;
        match line.stream {
            Stream::Out => self.run.out.push(Said { process: self.process[index].clone(), text }),
            Stream::Err => self.run.err.push(text),
        }
    }

    /// A number that suits every line with that name.
    fn in_range(&mut self, name: usize) -> String {
        let (mut low, mut high) = (0, i64::MAX);
        for used in self.golden.order.lines.iter().flat_map(|line| &line.holes) {
            if let (true, Kind::Range(from, to)) = (used.name == Some(name), &used.hole.kind) {
                (low, high) = (low.max(*from), high.min(*to));
            }
        }
        self.number(low, high.min(low.saturating_add(9)))
    }

    fn value(&mut self, hole: &Hole) -> String {
        match &hole.kind {
            Kind::Pid => self.number(1000, 1999),
            Kind::Text => "some text".to_owned(),
            Kind::Time => format!("0.{}", self.number(1, 9)),
            Kind::Number => self.number(0, 9),
            Kind::Range(low, high) => self.number(*low, *high),
            Kind::Count { first, .. } => first.to_string(),
            Kind::OneOf(list) => list[self.random.below(list.len() as u64) as usize].clone(),
        }
    }

    fn number(&mut self, low: i64, high: i64) -> String {
        let many = high.saturating_sub(low).saturating_add(1).max(1);
        (low + self.random.below(many.cast_unsigned()).cast_signed()).to_string()
    }
}

/// `reader-*` and 1 as `reader-1`.
fn numbered(lane: &Lane, number: usize) -> String {
    match lane {
        Lane::Named(name) => name.clone(),
        Lane::Any { before, after } | Lane::Letter { before, after, .. } => {
            format!("{before}{number}{after}")
        }
    }
}
