//! Who said which of the lines that are anybody's.

use std::collections::BTreeMap;
use std::fmt;

use crate::lane::Lane;
use crate::report::Report;

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
}
