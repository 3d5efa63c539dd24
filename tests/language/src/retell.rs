//! The same line in other runs: without what varies from run to run.

use crate::golden::Golden;
use crate::parse::Stream;
use crate::text::{Hole, Kind};

impl Golden {
    /// The text with another pid, and no time: what stands in a hole for a pid becomes what `pid` makes of
    /// it, every time becomes `0.00`. `process`: on standard error nobody. None: no line of the file says
    /// that.
    ///
    /// ```
    /// # use golden::{Golden, Language};
    /// let file = "main | my pid is [pid:own] after [time] s\n";
    /// let golden = Golden::parse("file.txt", file, Language::Rust)?;
    /// let text = golden.retell(Some("main"), "my pid is 7123 after 1.25 s", |_| "1".to_owned());
    /// assert_eq!(text.as_deref(), Some("my pid is 1 after 0.00 s"));
    /// assert_eq!(golden.retell(Some("main"), "something else", str::to_owned), None);
    /// # Ok::<(), Box<golden::Malformed>>(())
    /// ```
    pub fn retell(
        &self,
        process: Option<&str>,
        text: &str,
        pid: impl Fn(&str) -> String,
    ) -> Option<String> {
        let stream = if process.is_some() { Stream::Out } else { Stream::Err };
        let (index, order) = (&self.index, &self.order);
        let may_say = |family: &usize| {
            let line = &order.lines[index.families[*family].lines[0]];
            line.stream == stream && process.is_none_or(|name| line.lane.fits(name))
        };
        let literal = index.by_literal.get(&(stream, text.to_owned()));
        if literal.into_iter().flatten().any(may_say) {
            return Some(text.to_owned());
        }
        index.with_holes.iter().filter(|&family| may_say(family)).find_map(|&family| {
            let template = &order.lines[index.families[family].lines[0]].text;
            let mut values = template.fit(text)?.into_iter();
            Some(template.filled(|hole: &Hole| {
                let value = values.next().unwrap_or_default();
                match hole.kind {
                    Kind::Pid => pid(value),
                    Kind::Time => "0.00".to_owned(),
                    _ => value.to_owned(),
                }
            }))
        })
    }

    /// What no line of these says, each with the number of the golden line that it was: a line that may be
    /// missing, or an alternative of `[one of ..]`.
    ///
    /// ```
    /// # use golden::{Golden, Language};
    /// let file = "main | it is [one of here / there]\nmain | bye  <- perhaps\n";
    /// let golden = Golden::parse("file.txt", file, Language::Rust)?;
    /// let unsaid = golden.unsaid(&[(1, "it is there".to_owned())]);
    /// assert_eq!(unsaid, [(1, "here".to_owned()), (2, "bye".to_owned())]);
    /// # Ok::<(), Box<golden::Malformed>>(())
    /// ```
    pub fn unsaid(&self, said: &[(usize, String)]) -> Vec<(usize, String)> {
        let mut unsaid = Vec::new();
        for line in &self.order.lines {
            let texts = said.iter().filter(|(number, _)| *number == line.number);
            let values: Vec<Vec<&str>> =
                texts.filter_map(|(_, text)| line.text.fit(text)).collect();
            if values.is_empty() {
                unsaid.push((line.number, line.text.source.clone()));
                continue;
            }
            for (place, hole) in line.text.holes().enumerate() {
                if let Kind::OneOf(alternatives) = &hole.kind {
                    let is_said =
                        |one: &&String| values.iter().any(|values| values[place] == **one);
                    let left = alternatives.iter().filter(|one| !is_said(one));
                    unsaid.extend(left.map(|one| (line.number, one.clone())));
                }
            }
        }
        unsaid
    }
}
