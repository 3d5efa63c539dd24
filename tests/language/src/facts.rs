//! A report piece by piece, for other programs, and the check of what only stdout tells.

use std::collections::BTreeMap;
use std::fmt;

use crate::lane::Lane;
use crate::model::Golden;
use crate::order::Line;
use crate::parse::Stream;
use crate::transcript::Run;
use crate::verdict::{Problem, Report};

/// One line of a run and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedLine {
    /// As it was printed.
    pub text: String,
    /// On stderr?
    pub on_stderr: bool,
    /// The number of its line in the golden file.
    pub golden_line: Option<usize>,
    /// A word or two: `golden line 3`, `too early`.
    pub word: String,
}

impl Golden {
    /// Judges text that a program has printed, where nobody knows how it ended. Lines without a
    /// process's name are taken for stderr if the golden file has any; without such lines, stderr
    /// is not judged.
    ///
    /// ```
    /// use golden::{Golden, Language};
    ///
    /// let file = "main | starts\nmain ! a complaint\nexit 1\n";
    /// let golden = Golden::parse("file.txt", file, Language::Rust)?;
    /// assert!(golden.check_printed("main       | starts\n").is_legal());
    /// assert!(golden.check_printed("a complaint\nmain       | starts\n").is_legal());
    /// assert!(!golden.check_printed("main       | stops\n").is_legal());
    /// # Ok::<(), Box<golden::Malformed>>(())
    /// ```
    pub fn check_printed(&self, text: &str) -> Report<'_> {
        let mut run = Run::printed(text, "");
        if self.order.lines.iter().any(|line| line.stream == Stream::Err) {
            let names_nobody = |line: &&Line| {
                line.stream == Stream::Out && line.lane == Lane::Named(String::new())
            };
            let is_out = |said: &crate::Said| {
                let mut unnamed = self.order.lines.iter().filter(names_nobody);
                !said.process.is_empty() || unnamed.any(|line| line.text.fit(&said.text).is_some())
            };
            let (out, err) = run.out.into_iter().partition(is_out);
            let err: Vec<crate::Said> = err;
            run.out = out;
            run.err = err.into_iter().map(|said| said.text).collect();
        }
        (run.end, run.outlived_main) = (self.end, self.outlives_main.clone());
        let no_stderr = run.err.is_empty();
        let mut report = self.check(&run);
        report.problems.retain(|problem| match problem {
            Problem::Missing { line } => {
                !no_stderr || self.order.lines[*line].stream == Stream::Out
            }
            _ => true,
        });
        report
    }
}

/// Who said which of the lines that may come from any of several processes: for each process, its
/// lines, or the letters of those that one process says.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Split(pub BTreeMap<String, Vec<String>>);

impl Split {
    /// Does the golden file name the process of every line?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// As in `reader-1 got 0, 2; reader-2 got 1`: the words that all lines begin with are said once a
/// process.
impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<&str> = self.0.values().flatten().map(String::as_str).collect();
        let first = all.first().copied().unwrap_or_default();
        let ends = first.match_indices(' ').map(|(at, _)| at + 1).rev();
        let common =
            ends.into_iter().find(|&end| all.iter().all(|text| text.starts_with(&first[..end])));
        let common = common.unwrap_or(0);
        for (nth, (process, texts)) in self.0.iter().enumerate() {
            let rest: Vec<&str> = texts.iter().map(|text| &text[common..]).collect();
            let semicolon = if nth == 0 { "" } else { "; " };
            write!(f, "{semicolon}{process} {}{}", &first[..common], rest.join(", "))?;
        }
        Ok(())
    }
}

impl Report<'_> {
    /// Who said which of the lines that are anybody's.
    pub fn split(&self) -> Split {
        let mut split = Split::default();
        for (said, pair) in self.run.out.iter().zip(&self.pairs) {
            let Some(line) = pair.map(|line| &self.golden.order.lines[line]) else { continue };
            let what = match &line.lane {
                Lane::Named(_) => continue,
                Lane::Letter { word, .. } => format!("[{word}]"),
                Lane::Any { .. } => said.text.clone(),
            };
            let own = split.0.entry(said.process.clone()).or_default();
            if !own.contains(&what) {
                own.push(what);
            }
        }
        split
    }

    /// The golden lines that never came, by their numbers.
    pub fn missing(&self) -> impl Iterator<Item = usize> {
        self.problems.iter().filter_map(|problem| match problem {
            Problem::Missing { line } => Some(self.golden.order.lines[*line].number),
            _ => None,
        })
    }

    /// What is wrong, each in a few sentences; first, if it is so, that the run does not end.
    pub fn problems(&self) -> impl Iterator<Item = String> {
        let endless = self.endless().map(|stand| stand.headline.clone());
        let lines = self.never_came().filter(|_| endless.is_some());
        let lines = lines.map(|(_, lines)| format!("{lines} never came"));
        let told = self.told().map(|problem| self.explain(problem));
        endless.into_iter().chain(told).chain(lines)
    }

    /// The run's lines: standard output, then standard error.
    pub fn lines(&self) -> impl Iterator<Item = JudgedLine> {
        let out = self.run.out.len();
        (0..out + self.run.err.len()).map(move |at| {
            let line = self.pairs.get(at).copied().flatten();
            JudgedLine {
                text: self.said(at),
                on_stderr: at >= out,
                golden_line: line.map(|line| self.golden.order.lines[line].number),
                word: self.margin(at),
            }
        })
    }
}
