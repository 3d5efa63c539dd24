//! The matcher against an oracle that shares no code and no idea with it: all ways to pair off a
//! short run with a small random golden file are enumerated, and each complete pairing is held to
//! the rules as they are written down.

use crate::random::Random;
use golden::{Golden, Language, Run, Said};

/// A line of a random golden file, before it is written down.
#[derive(Clone, Debug)]
struct Line {
    lane: &'static str,
    text: &'static str,
    on_stderr: bool,
    causes: Vec<(&'static str, &'static str, Option<&'static str>)>,
    often: &'static str,
    any_order: bool,
    lock: &'static str,
    queue: &'static str,
}

const TAKES_A_SEAT: &str = "takes one of 2 seats";
const HOLDS_A_SEAT: &str = "holds one of 2 seats";
const LANES: [&str; 6] = ["main", "w-1", "w-*", "w-[a]", "w-[b]", "main"];
const PROCESSES: [&str; 4] = ["main", "w-1", "w-2", "w-3"];
const VERBS: [&str; 9] = [
    "started by",
    "joined",
    "saw the end of",
    "received from",
    "room made by",
    "all done by",
    "woken by",
    "met",
    "read from",
];

impl Line {
    fn random(random: &mut Random) -> Line {
        let texts = ["a", "a", "b", "v [n:x]", "v [n:y]", "c", "p [pid:x]", "p [pid:y]"];
        let mut line = Line {
            lane: random.pick(&LANES),
            text: random.pick(&texts),
            on_stderr: random.one_in(8),
            causes: Vec::new(),
            often: "",
            any_order: random.one_in(3),
            lock: "",
            queue: "",
        };
        while random.one_in(3) {
            let quoted = if random.one_in(3) { Some(random.pick(&texts)) } else { None };
            line.causes.push((random.pick(&VERBS), random.pick(&LANES), quoted));
        }
        if random.one_in(5) {
            line.often = random.pick(&["perhaps", "once or more", "any number of times"]);
        }
        if random.one_in(4) {
            line.lock = random.pick(&["takes key", "holds key", TAKES_A_SEAT, HOLDS_A_SEAT]);
        }
        if random.one_in(6) {
            line.queue = random.pick(&["next from in", "next from out"]);
        }
        line
    }

    fn plain(lane: &'static str, text: &'static str) -> Line {
        let (causes, often, lock, queue) = (Vec::new(), "", "", "");
        Line { lane, text, on_stderr: false, causes, often, any_order: false, lock, queue }
    }

    /// What chance alone seldom puts together: items in any order, turns, repeated lines alike, queues
    /// with several takers and several putters.
    fn scene(random: &mut Random) -> Vec<Line> {
        let mut lines = Vec::new();
        match random.below(6) {
            5 => {
                for lane in ["w-[a]", "w-[b]", "w-[c]", "w-[a]"] {
                    let at_end = random.pick(&["", HOLDS_A_SEAT, HOLDS_A_SEAT]);
                    for (text, lock) in [("a", TAKES_A_SEAT), ("b", at_end)] {
                        let mut line = Line::plain(lane, text);
                        line.lock = lock;
                        lines.push(line);
                    }
                }
                lines.truncate(5 + random.below(4));
            }
            0 => {
                let texts = ["a", "b", "c"];
                let lane = random.pick(&["w-*", "w-*", "w-1"]);
                lines.extend(texts.map(|text| Line::plain(lane, text)));
                for text in texts {
                    let mut line = Line::plain("main", text);
                    line.causes.push(("received from", "w-*", Some(text)));
                    line.any_order = true;
                    line.often = random.pick(&["", "", "perhaps"]);
                    lines.push(line);
                }
            }
            1 => {
                for lane in ["w-[a]", "w-[b]"] {
                    for (lock, often) in
                        [("takes key", ""), ("holds key", ""), ("holds key", "perhaps")]
                    {
                        let mut line = Line::plain(lane, random.pick(&["a", "b"]));
                        (line.lock, line.often) = (lock, often);
                        lines.push(line);
                    }
                }
            }
            2 => {
                let lane = random.pick(&["w-*", "w-*", "w-*", "w-1"]);
                for text in ["a", "b", "c", "d"] {
                    let text = if random.one_in(4) { "b" } else { text };
                    let lane = if random.one_in(6) { random.pick(&LANES) } else { lane };
                    let mut line = Line::plain(lane, text);
                    line.queue = if random.one_in(8) { "" } else { "next from in" };
                    line.often = random.pick(&["", "", "", "", "", "perhaps", "once or more"]);
                    lines.push(line);
                }
            }
            3 => {
                let texts = ["a", "b", "c"];
                let queue = random.pick(&["", "next from in", "next from in"]);
                for text in texts {
                    let lane = random.pick(&["w-*", "w-*", "w-1", "w-[a]", "w-[b]"]);
                    let mut line = Line::plain(lane, text);
                    line.queue = queue;
                    line.often = random.pick(&["", "", "", "", "", "perhaps"]);
                    lines.push(line);
                    if random.one_in(4) {
                        lines.push(Line::plain(lane, "goes on"));
                    }
                }
                for text in texts {
                    let mut line = Line::plain("main", text);
                    line.causes.push(("received from", "w-*", Some(text)));
                    (line.any_order, line.queue) = (true, "next from out");
                    lines.push(line);
                }
            }
            _ => {
                for text in ["v [n:x]", "v [n:y]"] {
                    let mut line = Line::plain("w-*", text);
                    line.often = random.pick(&["", "once or more", "any number of times"]);
                    lines.push(line);
                }
                lines.push(Line::random(random));
            }
        }
        lines
    }

    /// The same for another letter and other names, as alike lines are usually written.
    fn twin(&self) -> Line {
        let mut twin = self.clone();
        let other = |text: &mut &'static str| {
            *text = match *text {
                "w-[a]" => "w-[b]",
                "w-[b]" => "w-[c]",
                "v [n:x]" => "v [n:y]",
                "p [pid:x]" => "p [pid:y]",
                text => text,
            };
        };
        other(&mut twin.lane);
        other(&mut twin.text);
        for (_, lane, text) in &mut twin.causes {
            other(lane);
            text.iter_mut().for_each(other);
        }
        twin
    }

    fn written(&self) -> String {
        let mark = if self.on_stderr { '!' } else { '|' };
        let mut notes: Vec<String> = Vec::new();
        for (verb, lane, quoted) in &self.causes {
            let quoted = quoted.map_or(String::new(), |text| format!(" \"{text}\""));
            notes.push(format!("{verb} {lane}{quoted}"));
        }
        let any_order = if self.any_order { "any order" } else { "" };
        let plain = [self.often, any_order, self.lock, self.queue];
        notes.extend(plain.into_iter().filter(|note| !note.is_empty()).map(str::to_owned));
        let margin = match notes.is_empty() {
            true => String::new(),
            false => format!("  <- {}", notes.join(", ")),
        };
        format!("{} {mark} {}{margin}\n", self.lane, self.text)
    }

    fn optional(&self) -> bool {
        matches!(self.often, "perhaps" | "any number of times")
    }

    fn repeats(&self) -> bool {
        matches!(self.often, "once or more" | "any number of times")
    }
}

fn family(lane: &str) -> &str {
    if lane.contains('[') { "w-*" } else { lane }
}

/// Rule 3: does a cause that names `pattern` mean lines of this lane?
fn covers(pattern: &str, lane: &str) -> bool {
    pattern == lane || pattern == "w-*" && lane.starts_with("w-")
}

/// `order[a][b]`: a comes before b, by causes and by the order in one process, closed.
fn order(lines: &[Line]) -> Vec<Vec<bool>> {
    let n = lines.len();
    let mut order = vec![vec![false; n]; n];
    for (b, line) in lines.iter().enumerate() {
        let fits = |a: usize, lane: &str, text: Option<&str>| {
            covers(lane, lines[a].lane) && text.is_none_or(|text| text == lines[a].text)
        };
        for &(verb, lane, text) in &line.causes {
            let above: Vec<usize> = (0..b).filter(|&a| fits(a, lane, text)).collect();
            match verb {
                "joined" | "saw the end of" | "all done by" => {
                    above.iter().for_each(|&a| order[a][b] = true);
                }
                "met" => {
                    // The first of the neighbours that met the same, before one of them comes again.
                    let mut first = 0;
                    for (at, met) in lines[..=b].iter().enumerate() {
                        let comes_again = |first: usize| {
                            lines[first..at].iter().any(|above| above.lane == met.lane)
                        };
                        if !met.causes.contains(&("met", lane, text)) {
                            first = at + 1;
                        } else if met.lane != "w-*" && comes_again(first) {
                            first = at;
                        }
                    }
                    above.iter().filter(|&&a| a < first).for_each(|&a| order[a][b] = true);
                }
                "started by" => {}
                _ => order[*above.last().expect("the file was accepted")][b] = true,
            }
        }
        // Rule 4: the latest start that covers this line's lane.
        let start = (0..=b).rev().find_map(|at| {
            let starts = |cause: &&(&str, &str, Option<&str>)| cause.0 == "started by";
            let start = lines[at].causes.iter().rev().find(starts)?;
            let covered = covers(family(lines[at].lane), line.lane);
            covered.then(|| (0..at).rev().find(|&a| fits(a, start.1, start.2)))?
        });
        if let Some(a) = start {
            order[a][b] = true;
        }
        for a in 0..b {
            if lines[a].lane == line.lane && line.lane != "w-*" && !same_group(lines, a, b) {
                order[a][b] = true;
            }
        }
    }
    for k in 0..n {
        for a in 0..n {
            for b in 0..n {
                order[a][b] |= order[a][k] && order[k][b];
            }
        }
    }
    order
}

fn same_group(lines: &[Line], a: usize, b: usize) -> bool {
    lines[a].lane == lines[b].lane
        && (a.min(b)..=a.max(b))
            .filter(|&x| lines[x].lane == lines[a].lane)
            .all(|x| lines[x].any_order)
}

fn fits(line: &Line, stream: bool, process: &str, text: &str) -> bool {
    let lane = line.lane == process
        || line.lane != "w-1" && family(line.lane) == "w-*" && process.starts_with("w-");
    let text = match line.text.split_once(" [") {
        Some((before, _)) => text.starts_with(before) && text.len() > 2,
        None => line.text == text,
    };
    line.on_stderr == stream && (stream || lane) && text
}

struct Heard {
    process: String,
    text: String,
    on_stderr: bool,
}

struct Oracle<'a> {
    lines: &'a [Line],
    order: Vec<Vec<bool>>,
    run: &'a [Heard],
}

impl Oracle<'_> {
    fn accepts(&self, pairs: &mut Vec<usize>) -> bool {
        let at = pairs.len();
        if at == self.run.len() {
            return self.keeps_all_rules(pairs);
        }
        let heard = &self.run[at];
        for line in 0..self.lines.len() {
            let again = pairs.contains(&line) && !self.lines[line].repeats();
            if !again && fits(&self.lines[line], heard.on_stderr, &heard.process, &heard.text) {
                pairs.push(line);
                if self.accepts(pairs) {
                    return true;
                }
                pairs.pop();
            }
        }
        false
    }

    fn keeps_all_rules(&self, pairs: &[usize]) -> bool {
        let lines = self.lines;
        let there = |line: usize| pairs.contains(&line);
        let first = |line: usize| pairs.iter().position(|&other| other == line);
        if (0..lines.len()).any(|line| !lines[line].optional() && !there(line)) {
            return false;
        }
        let process = |at: usize| &self.run[at].process;
        let all_pairs = || (0..pairs.len()).flat_map(|y| (0..y).map(move |x| (x, y)));
        for (x, y) in all_pairs() {
            let (a, b) = (pairs[x], pairs[y]);
            if lines[a].on_stderr != lines[b].on_stderr {
                continue;
            }
            if self.order[b][a] {
                return false;
            }
            if lines[a].on_stderr {
                continue;
            }
            if process(x) == process(y) && b < a && !same_group(lines, a, b) {
                return false;
            }
            let (la, lb) = (lines[a].lane, lines[b].lane);
            if la.contains('[') && la == lb && process(x) != process(y) {
                return false;
            }
            if la.contains('[') && lb.contains('[') && la != lb && process(x) == process(y) {
                let span = |lane: &str| {
                    let first = lines.iter().position(|line| line.lane == lane);
                    (first, lines.iter().rposition(|line| line.lane == lane))
                };
                let ((a1, a2), (b1, b2)) = (span(la), span(lb));
                if a1 <= b2 && b1 <= a2 {
                    return false;
                }
            }
        }
        self.perhaps(&there)
            && self.items(pairs, &first)
            && self.turns(pairs)
            && self.values(pairs)
            && self.queues(pairs, &first)
    }

    /// Rule 8: in a lane of one process no optional line follows a missing `perhaps` neighbour.
    fn perhaps(&self, there: &dyn Fn(usize) -> bool) -> bool {
        (0..self.lines.len()).filter(|&b| there(b) && self.lines[b].optional()).all(|b| {
            let lane = self.lines[b].lane;
            lane == "w-*"
                || (0..b)
                    .rev()
                    .filter(|&a| self.lines[a].lane == lane)
                    .take_while(|&a| self.lines[a].optional())
                    .all(|a| {
                        self.lines[a].often != "perhaps"
                            || self.lines[a].on_stderr != self.lines[b].on_stderr
                            || there(a)
                            || same_group(self.lines, a, b)
                    })
        })
    }

    /// Rule 6: items received from one process keep its order.
    fn items(&self, pairs: &[usize], first: &dyn Fn(usize) -> Option<usize>) -> bool {
        for &a in pairs {
            for &b in pairs {
                let (Some(s), Some(t)) = (self.source(a), self.source(b)) else {
                    continue;
                };
                let (Some(s_at), Some(t_at)) = (first(s), first(t)) else {
                    continue;
                };
                // On stderr only a lane of one name tells whose line it is.
                let sender = |line: usize, at: usize| match self.lines[line].on_stderr {
                    true => Some(self.lines[line].lane).filter(|lane| !lane.contains(['*', '['])),
                    false => Some(self.run[at].process.as_str()),
                };
                let known =
                    self.lines[s].on_stderr == self.lines[t].on_stderr && sender(s, s_at).is_some();
                if a != b
                    && known
                    && same_group(self.lines, a, b)
                    && self.lines[a].any_order
                    && self.lines[a].on_stderr == self.lines[b].on_stderr
                    && sender(s, s_at) == sender(t, t_at)
                    && s_at < t_at
                    && first(b) < first(a)
                {
                    return false;
                }
            }
        }
        true
    }

    /// The line whose process sent what this line received.
    fn source(&self, line: usize) -> Option<usize> {
        let from = |cause: &&(&str, &str, Option<&str>)| cause.0 == "received from";
        let cause = self.lines[line].causes.iter().rev().find(from)?;
        (0..line).rev().find(|&a| {
            covers(cause.1, self.lines[a].lane)
                && cause.2.is_none_or(|text| text == self.lines[a].text)
        })
    }

    /// Rule 11: takes and puts can be found for this run that keep each queue's order, and between
    /// which each process does one thing after the other. They are looked for as a way around in
    /// what must come before what.
    fn queues(&self, pairs: &[usize], first: &dyn Fn(usize) -> Option<usize>) -> bool {
        // What happens: a line, the take before it, the put after it. All by their places.
        let n = pairs.len();
        let (line, take, put) = (|at: usize| at, |at: usize| n + at, |at: usize| 2 * n + at);
        let mut before = vec![vec![false; 3 * n]; 3 * n];
        let is_out = |at: &usize| !self.lines[pairs[*at]].on_stderr;
        let process = |at: usize| &self.run[at].process;
        let out: Vec<usize> = (0..n).filter(is_out).collect();
        let queue = |at: usize| self.lines[pairs[at]].queue;
        for (nth, &at) in out.iter().enumerate() {
            let is_own = |other: &&usize| process(**other) == process(at);
            let last = out[..nth].iter().rev().find(is_own);
            if let Some(&after) = out.get(nth + 1) {
                before[line(at)][line(after)] = true;
            }
            before[take(at)][line(at)] = true;
            if let Some(&last) = last {
                before[line(last)][take(at)] = true;
            }
            let others =
                out.iter().filter(|&&other| queue(other) == queue(at) && !queue(at).is_empty());
            for &other in others.filter(|&&other| self.is_ahead(pairs[at], pairs[other])) {
                before[take(at)][take(other)] = true;
            }
            let item = |at: usize| {
                let group = self.lines[pairs[at]].any_order && !queue(at).is_empty();
                let sent = self.source(pairs[at]).filter(|_| group).and_then(first)?;
                Some(sent).filter(|sent| first(pairs[at]) == Some(at) && is_out(sent))
            };
            let Some(sent) = item(at) else { continue };
            before[line(sent)][put(at)] = true;
            before[put(at)][line(at)] = true;
            let next_of_sender =
                out.iter().find(|&&next| next > sent && process(next) == process(sent));
            if let Some(&next) = next_of_sender {
                before[put(at)][line(next)] = true;
                before[put(at)][take(next)] |= !queue(next).is_empty();
            }
            for &later in &out[nth + 1..] {
                if item(later).is_some() && same_group(self.lines, pairs[at], pairs[later]) {
                    before[put(at)][put(later)] = true;
                }
            }
        }
        for k in 0..3 * n {
            for a in 0..3 * n {
                for b in 0..3 * n {
                    before[a][b] |= before[a][k] && before[k][b];
                }
            }
        }
        (0..3 * n).all(|event| !before[event][event])
    }

    /// Does the file say that this message leaves the queue before that one? Neighbours that say the
    /// same, and those in any order, may change places.
    fn is_ahead(&self, one: usize, other: usize) -> bool {
        let of_queue = |line: &usize| self.lines[*line].queue == self.lines[one].queue;
        let queue: Vec<usize> = (one..=other).filter(of_queue).collect();
        let may_change = |pair: &[usize]| {
            self.lines[pair[0]].text == self.lines[pair[1]].text
                || self.lines[pair[0]].any_order && same_group(self.lines, pair[0], pair[1])
        };
        queue.windows(2).any(|pair| !may_change(pair))
    }

    /// Rule 7: turns of one lock never overlap.
    fn turns(&self, pairs: &[usize]) -> bool {
        let turn = |line: usize| {
            let takes = |&a: &usize| {
                self.lines[a].lane == self.lines[line].lane
                    && self.lines[a].lock == self.lines[line].lock.replace("holds", "takes")
            };
            (!self.lines[line].lock.is_empty()).then(|| (0..=line).rev().find(takes))?
        };
        let turns: Vec<Option<usize>> = pairs.iter().map(|&line| turn(line)).collect();
        for stream in [false, true] {
            let mine: Vec<usize> = (0..pairs.len())
                .filter(|&at| self.lines[pairs[at]].on_stderr == stream)
                .filter_map(|at| turns[at])
                .collect();
            let (seats, mine): (Vec<usize>, Vec<usize>) =
                mine.into_iter().partition(|&turn| self.lines[turn].lock == TAKES_A_SEAT);
            let goes_on =
                |turn: &usize, at: usize| seats[..=at].contains(turn) && seats[at..].contains(turn);
            let overlap = |at: usize| {
                let mut turns: Vec<usize> = seats.clone();
                turns.sort();
                turns.dedup();
                turns.into_iter().filter(|turn| goes_on(turn, at)).count()
            };
            if (0..seats.len()).any(|at| overlap(at) > 2) {
                return false;
            }
            let mut blocks = mine.clone();
            blocks.dedup();
            let count = blocks.len();
            blocks.sort();
            blocks.dedup();
            if blocks.len() != count {
                return false;
            }
        }
        true
    }

    /// Equal names, equal values; other pids, other values.
    fn values(&self, pairs: &[usize]) -> bool {
        let values = |text: &str| {
            let at = (0..pairs.len()).filter(|&at| self.lines[pairs[at]].text == text);
            let mut values: Vec<&str> = at.map(|at| self.run[at].text.as_str()).collect();
            values.sort();
            values.dedup();
            values
        };
        let (p, q) = (values("p [pid:x]"), values("p [pid:y]"));
        let one = [values("v [n:x]"), values("v [n:y]"), p.clone(), q.clone()];
        one.iter().all(|values| values.len() <= 1) && (p.is_empty() || p != q)
    }
}

/// A run that has the file's lines, perhaps with a slip, in a more or less likely order.
fn random_run(lines: &[Line], random: &mut Random) -> Vec<Heard> {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.retain(|&line| !lines[line].optional() || random.one_in(2));
    for _ in 0..random.below(lines.len() + 2) {
        let at = random.below(order.len().max(2) - 1);
        if at + 1 < order.len() {
            order.swap(at, at + 1);
        }
    }
    if random.one_in(8) && !order.is_empty() {
        order.remove(random.below(order.len()));
    }
    if random.one_in(3) && !order.is_empty() {
        let again = order[random.below(order.len())];
        order.insert(random.below(order.len() + 1), again);
    }
    let letters = [0; 3].map(|_| random.pick(&PROCESSES[1..]));
    let mut heard: Vec<Heard> = order
        .into_iter()
        .map(|line| {
            let line = &lines[line];
            let process = match line.lane {
                "w-[a]" if !random.one_in(8) => letters[0],
                "w-[b]" if !random.one_in(8) => letters[1],
                "w-[c]" if !random.one_in(8) => letters[2],
                lane if lane.contains(['*', '[']) => random.pick(&PROCESSES[1..]),
                lane => lane,
            };
            let text = match line.text.split_once(" [") {
                Some((before, name)) if name.contains(":x") => format!("{before} 1"),
                Some((before, _)) => format!("{before} {}", 1 + random.below(2)),
                None => line.text.to_owned(),
            };
            Heard { process: process.to_owned(), text, on_stderr: line.on_stderr }
        })
        .collect();
    heard.sort_by_key(|heard| heard.on_stderr);
    heard
}

#[test]
fn the_matcher_agrees_with_the_oracle() {
    let seed = std::env::var("GOLDEN_SEED").map_or(1, |seed| seed.parse().expect("a number"));
    let rounds = std::env::var("GOLDEN_ROUNDS").map_or(5_000, |n| n.parse().expect("a number"));
    let mut random = Random::new(seed);
    let (mut legal, mut illegal, mut refused) = (0, 0, 0);
    for _ in 0..rounds {
        let count = 2 + random.below(4);
        let mut lines: Vec<Line> = match random.below(4) {
            0 => Line::scene(&mut random),
            _ => (0..count).map(|_| Line::random(&mut random)).collect(),
        };
        // Lines that can be exchanged for one another need their own care.
        while random.one_in(2) && lines.len() < 5 {
            let from = random.below(lines.len());
            let to = (from + 1 + random.below(2)).min(lines.len());
            let twins: Vec<Line> = lines[from..to].iter().map(Line::twin).collect();
            lines.extend(twins);
        }
        let source: String = lines.iter().map(Line::written).collect();
        let Ok(golden) = Golden::parse("random.txt", &source, Language::Rust) else {
            refused += 1;
            continue;
        };
        for _ in 0..10 {
            let heard = random_run(&lines, &mut random);
            let mut run = Run::default();
            for Heard { process, text, on_stderr } in &heard {
                match on_stderr {
                    true => run.err.push(text.clone()),
                    false => {
                        run.out.push(Said { process: process.clone(), text: text.clone() });
                    }
                }
            }
            let oracle = Oracle { lines: &lines, order: order(&lines), run: &heard };
            let expected = oracle.accepts(&mut Vec::new());
            let report = golden.check(&run);
            assert_eq!(report.is_legal(), expected, "seed {seed}\n{source}\n{report}");
            *(if expected { &mut legal } else { &mut illegal }) += 1;
        }
    }
    println!("{legal} legal, {illegal} illegal, {refused} files refused");
    assert!(legal > rounds / 5 && illegal > rounds / 5 && refused < rounds, "too one-sided");
}
