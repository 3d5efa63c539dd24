//! A report piece by piece, for other programs, and the check of what only stdout tells.

use crate::lane::Lane;
use crate::model::{Golden, Line};
use crate::parse::Stream;
use crate::stand::Stand;
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
        if self.lines.iter().any(|line| line.stream == Stream::Err) {
            let names_nobody = |line: &&Line| {
                line.stream == Stream::Out && line.lane == Lane::Named(String::new())
            };
            let is_out = |said: &crate::Said| {
                let mut unnamed = self.lines.iter().filter(names_nobody);
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
            Problem::Missing { line } => !no_stderr || self.lines[*line].stream == Stream::Out,
            _ => true,
        });
        report
    }
}

impl Report<'_> {
    /// What is wrong, each in a few sentences; first, if it is so, that the run does not end.
    pub fn problems(&self) -> impl Iterator<Item = String> {
        let endless = self.endless().map(Stand::headline);
        let lines = self.never_came().filter(|_| endless.is_some());
        let lines = lines.map(|(_, lines)| format!("{lines} never came"));
        let told = self.told().map(|problem| self.explain(problem));
        endless.into_iter().chain(told).chain(lines)
    }

    /// Where it stood, if it did not end and may not be so.
    pub fn stand(&self) -> Option<&Stand> {
        self.stand.as_ref().filter(|_| !self.is_legal())
    }

    /// The run's lines: standard output, then standard error.
    pub fn lines(&self) -> impl Iterator<Item = JudgedLine> {
        let out = self.run.out.len();
        (0..out + self.run.err.len()).map(move |at| {
            let line = self.pairs.get(at).copied().flatten();
            JudgedLine {
                text: self.said(at),
                on_stderr: at >= out,
                golden_line: line.map(|line| self.golden.lines[line].number),
                word: self.margin(at),
            }
        })
    }
}
