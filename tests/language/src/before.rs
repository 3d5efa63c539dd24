//! Can one line come before another? The chain of causes that forbids it, or a search through all that
//! the file allows.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::golden::Golden;
use crate::lane::Lane;
use crate::matcher::{Heard, Matcher, State};
use crate::order::{Line, Why};
use crate::parse::Stream;

/// So many states are looked at before it is left open.
const MOST: usize = 200_000;

/// A line that always comes after another one, and why. Lines are numbers in the file, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The line that comes first.
    pub earlier: usize,
    /// The other one.
    pub later: usize,
    /// In a sentence or two.
    pub why: String,
}

impl Golden {
    /// Why a line comes after another one in every run: link by link, from the one to the other. Empty: the
    /// file does not say that it does.
    ///
    /// ```
    /// # use golden::{Golden, Language};
    /// let file = "w | puts 0\nmain | w has ended  <- joined w\nmain | bye\n";
    /// let golden = Golden::parse("file.txt", file, Language::Rust)?;
    /// let chain = golden.chain(3, 1);
    /// assert_eq!(chain.iter().map(|link| (link.earlier, link.later)).collect::<Vec<_>>(), [(1, 2), (2, 3)]);
    /// assert!(chain[0].why.starts_with("main joined w. join returns only when w has ended"));
    /// assert!(golden.chain(1, 3).is_empty());
    /// # Ok::<(), Box<golden::Malformed>>(())
    /// ```
    pub fn chain(&self, later: usize, earlier: usize) -> Vec<Link> {
        match (self.index_of(later), self.index_of(earlier)) {
            (Some(later), Some(earlier)) => self.links(later, earlier),
            _ => Vec::new(),
        }
    }

    /// The same, or if there is no such chain: what else is in the way of the later line, if it came right
    /// before the earlier one in the run that the file shows.
    ///
    /// ```
    /// # use golden::{Golden, Language};
    /// let file = "w | puts 0\nw | puts 1\n\
    ///     main | got 0  <- received from w \"puts 0\", any order\n\
    ///     main | got 1  <- received from w \"puts 1\", any order\n";
    /// let golden = Golden::parse("file.txt", file, Language::Rust)?;
    /// assert!(golden.chain(4, 3).is_empty());
    /// assert!(golden.why_after(4, 3)[0].why.starts_with("It would come too early: golden line 3"));
    /// # Ok::<(), Box<golden::Malformed>>(())
    /// ```
    pub fn why_after(&self, later: usize, earlier: usize) -> Vec<Link> {
        let chain = self.chain(later, earlier);
        match (self.index_of(later), self.index_of(earlier)) {
            (Some(later), Some(earlier)) if chain.is_empty() => {
                self.other_reason(later, earlier).into_iter().collect()
            }
            _ => chain,
        }
    }

    fn index_of(&self, number: usize) -> Option<usize> {
        self.order.lines.iter().position(|line| line.number == number)
    }

    /// The shortest way up; what one process says in a row is one step.
    fn links(&self, later: usize, earlier: usize) -> Vec<Link> {
        let lines = &self.order.lines;
        let mut came: HashMap<usize, (usize, Why)> = HashMap::new();
        let mut todo = VecDeque::from([later]);
        while let Some(line) = todo.pop_front() {
            if line == earlier {
                break;
            }
            let causes = lines[line].edges.iter().copied();
            let causes = causes.filter(|(_, why)| matches!(why, Why::Cause(_)));
            let own = self.own_above(line).into_iter().map(|above| (above, Why::SameProcess));
            for (above, why) in causes.chain(own) {
                if above >= earlier && above != later && !came.contains_key(&above) {
                    came.insert(above, (line, why));
                    todo.push_back(above);
                }
            }
        }
        let mut chain = Vec::new();
        let mut at = earlier;
        while let Some(&(next, why)) = came.get(&at) {
            let (earlier, later) = (lines[at].number, lines[next].number);
            chain.push(Link { earlier, later, why: self.in_words(next, why) });
            at = next;
        }
        chain
    }

    /// What the same process says before this line.
    fn own_above(&self, line: usize) -> Vec<usize> {
        let (mut own, mut todo) = (Vec::new(), vec![line]);
        while let Some(line) = todo.pop() {
            for &(above, why) in &self.order.lines[line].edges {
                if matches!(why, Why::SameProcess) && !own.contains(&above) {
                    own.push(above);
                    todo.push(above);
                }
            }
        }
        own
    }

    fn in_words(&self, line: usize, why: Why) -> String {
        let who = self.order.lines[line].lane.to_string();
        match why {
            Why::SameProcess => format!("{who} says its lines in this order."),
            Why::Cause(cause) => {
                let cause = &self.order.causes[cause];
                let source = cause.source.to_string();
                format!("{}. {}", cause.verb.event(&who, &source), cause.verb.sentence(&source))
            }
        }
    }

    /// What a report would say of the run that the file shows if the later line came right before the
    /// earlier one: a lock's turn or an order of sending is in the way of that.
    fn other_reason(&self, later: usize, earlier: usize) -> Option<Link> {
        let lines = &self.order.lines;
        let stream = lines[later].stream;
        if lines[earlier].stream != stream || later < earlier {
            return None;
        }
        let mut run = self.as_written();
        let on_stream = |line: usize| lines[..line].iter().filter(|of| of.stream == stream).count();
        let (from, to) = (on_stream(later), on_stream(earlier));
        match stream {
            Stream::Out => run.out[to..=from].rotate_right(1),
            Stream::Err => run.err[to..=from].rotate_right(1),
        }
        let report = self.check(&run);
        let problem = report.problems.first()?;
        let is_of_it = problem.golden_line(self) == Some(lines[later].number);
        let headline = problem.headline(&report);
        // What to look at in a program that does it is for whoever has one.
        let why = headline.lines().next().unwrap_or_default().replacen("came", "would come", 1);
        let (earlier, later) = (lines[earlier].number, lines[later].number);
        is_of_it.then(|| Link { earlier, later, why: format!("It {why}") })
    }

    /// Whether the file allows a run of these processes in which one of the first lines comes, none of the
    /// second before it, and one after it. None: that is not found out here.
    ///
    /// ```
    /// # use golden::{Golden, Language};
    /// let file = "a | in  <- takes lock\na | out  <- holds lock\nb | in  <- takes lock\nb | out  <- holds lock\n";
    /// let golden = Golden::parse("file.txt", file, Language::Rust)?;
    /// assert_eq!(golden.can_come_first(&[3], &[1], &["a", "b"]), Some(true));
    /// assert_eq!(golden.can_come_first(&[2], &[1], &["a", "b"]), Some(false));
    /// # Ok::<(), Box<golden::Malformed>>(())
    /// ```
    pub fn can_come_first(
        &self,
        first: &[usize],
        second: &[usize],
        processes: &[&str],
    ) -> Option<bool> {
        let lines = &self.order.lines;
        let stream = lines[self.index_of(*first.first()?)?].stream;
        // What comes again has no end, and a counter's text depends on the order.
        if self.repeating_lines().next().is_some() || self.order.counters > 0 {
            return None;
        }
        let mut matcher = self.matcher();
        let mut letters = Vec::new();
        for line in lines.iter().filter(|line| line.stream == stream) {
            let text = self.example(line);
            let mut says = |process: Option<&str>| {
                let is_one_of =
                    |numbers: &[usize]| numbers.iter().any(|&n| self.may_be(n, process, &text));
                let letter = Said {
                    heard: matcher.hear(process, &text),
                    process: process.map(str::to_owned),
                    is_first: is_one_of(first),
                    is_second: is_one_of(second),
                };
                let is_known = letters.iter().any(|(known, other): &(_, Said)| {
                    (known, &other.process) == (&text, &letter.process)
                });
                if !is_known {
                    letters.push((text.clone(), letter));
                }
            };
            match stream {
                Stream::Err => says(None),
                Stream::Out => {
                    let names = processes.iter().filter(|name| line.lane.fits(name));
                    let before = names.clone().count();
                    names.for_each(|name| says(Some(name)));
                    if before == 0 && !line.optional {
                        return None;
                    }
                }
            }
        }
        let letters: Vec<Said> = letters.into_iter().map(|(_, letter)| letter).collect();
        let alike = self.alike(processes);
        search(&matcher, &letters, &alike, stream == Stream::Err)
    }

    /// The processes, in groups that differ in nothing but their names.
    fn alike<'p>(&self, processes: &[&'p str]) -> Vec<Vec<&'p str>> {
        let lanes = |process: &str| -> Vec<usize> {
            let fits = |line: &usize| self.order.lines[*line].lane.fits(process);
            (0..self.order.lines.len()).filter(fits).collect()
        };
        let mut groups: Vec<(Vec<usize>, Vec<&str>)> = Vec::new();
        for &process in processes {
            let own = lanes(process);
            let is_named = |&line: &usize| matches!(self.order.lines[line].lane, Lane::Named(_));
            if own.is_empty() || own.iter().any(is_named) {
                continue;
            }
            match groups.iter_mut().find(|(lines, _)| *lines == own) {
                Some((_, group)) => group.push(process),
                None => groups.push((own, vec![process])),
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// A text that fits: which one makes no difference to the order.
    pub(crate) fn example(&self, line: &Line) -> String {
        let as_written = self.as_written();
        let on_stream = self.order.lines.iter().filter(|of| of.stream == line.stream);
        let at = on_stream.take_while(|of| of.number < line.number).count();
        match line.stream {
            Stream::Out => as_written.out[at].text.clone(),
            Stream::Err => as_written.err[at].clone(),
        }
    }
}

/// A line that a process may say.
struct Said {
    heard: Heard,
    process: Option<String>,
    is_first: bool,
    is_second: bool,
}

/// Depth first, so that what can be is found soon.
fn search(
    matcher: &Matcher<'_>,
    letters: &[Said],
    alike: &[Vec<&str>],
    on_stderr: bool,
) -> Option<bool> {
    // Nothing yet; the first has come; the second, too.
    let start: (State, u8) = (matcher.start(), 0);
    let mut seen = HashSet::from([start.clone()]);
    let mut todo = vec![start];
    while let Some((state, stage)) = todo.pop() {
        if stage == 2 && matcher.is_final_on(&state, on_stderr) {
            return Some(true);
        }
        if seen.len() > MOST {
            return None;
        }
        for letter in letters.iter().rev() {
            let stage = match stage {
                0 if letter.is_first => 1,
                0 if letter.is_second => continue,
                1 if letter.is_second => 2,
                stage => stage,
            };
            // Of those who have said nothing yet, the first one stands for all.
            let stands_for_another = letter.process.as_deref().is_some_and(|process| {
                let group = alike.iter().find(|group| group.contains(&process));
                let silent = |other: &&&str| !matcher.has_spoken(&state, other);
                let first = group.and_then(|group| group.iter().find(silent));
                !matcher.has_spoken(&state, process) && first.is_some_and(|first| *first != process)
            });
            if stands_for_another {
                continue;
            }
            for next in matcher.step(&state, &letter.heard) {
                let next = (next, stage);
                if seen.insert(next.clone()) {
                    todo.push(next);
                }
            }
        }
    }
    Some(false)
}
