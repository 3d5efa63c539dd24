//! A line that a person means, by its number or by what it says.

use crate::golden::Golden;
use crate::parse::{Stream, nearest};

impl Golden {
    /// The lines that are meant, by their numbers: a number, a text, or `lane | text`. Several say the same
    /// only if they stand in one lane.
    ///
    /// ```
    /// # use golden::{Golden, Language};
    /// let file = "a | runs\nb | runs\nr-* | got [n]\n";
    /// let golden = Golden::parse("file.txt", file, Language::Rust)?;
    /// assert_eq!(golden.find("got 7"), Ok(vec![3]));
    /// assert_eq!(golden.find("b | runs"), Ok(vec![2]));
    /// assert_eq!(golden.find("2"), Ok(vec![2]));
    /// assert!(golden.find("runs").unwrap_err().contains("a | runs"));
    /// # Ok::<(), Box<golden::Malformed>>(())
    /// ```
    ///
    /// # Errors
    /// No line says that, or lines of several lanes do: a text that lists them.
    pub fn find(&self, what: &str) -> Result<Vec<usize>, String> {
        let lines = &self.order.lines;
        let listed = |lines: &mut dyn Iterator<Item = &crate::order::Line>| -> String {
            let row = |line: &crate::order::Line| {
                format!("\n  {:>3}  {} | {}", line.number, line.lane, line.text.source)
            };
            lines.map(row).collect()
        };
        if let Ok(number) = what.parse::<usize>() {
            let is_there = lines.iter().any(|line| line.number == number);
            return match is_there {
                true => Ok(vec![number]),
                false => Err(format!(
                    "{} has no line {number}. It has:{}",
                    self.file,
                    listed(&mut lines.iter())
                )),
            };
        }
        let (lane, text) = match what.split_once('|') {
            Some((lane, text)) => (Some(lane.trim()), text.trim()),
            None => (None, what.trim()),
        };
        let is_it = |line: &&crate::order::Line| {
            let is_lane =
                lane.is_none_or(|lane| line.lane.to_string() == lane || line.lane.fits(lane));
            is_lane && (line.text.fit(text).is_some() || line.text.source == text)
        };
        let found: Vec<_> = lines.iter().filter(is_it).collect();
        let Some(first) = found.first() else {
            let near = nearest(text, lines.iter().map(|line| line.text.source.clone()));
            let near = near.map_or(String::new(), |near| format!(" Did you mean `{near}`?"));
            let all = listed(&mut lines.iter());
            return Err(format!("no line of {} says `{what}`.{near} It has:{all}", self.file));
        };
        if found.iter().any(|line| line.lane.family() != first.lane.family()) {
            return Err(format!(
                "several say `{what}`. Name one by its number:{}",
                listed(&mut found.into_iter())
            ));
        }
        Ok(found.iter().map(|line| line.number).collect())
    }

    /// Whether that line of the file may be this line of a run.
    pub fn may_be(&self, number: usize, process: Option<&str>, text: &str) -> bool {
        let stream = if process.is_some() { Stream::Out } else { Stream::Err };
        self.order.lines.iter().filter(|line| line.number == number).any(|line| {
            line.stream == stream
                && process.is_none_or(|name| line.lane.fits(name))
                && line.text.fit(text).is_some()
        })
    }

    /// The numbers of all its lines.
    pub fn lines(&self) -> impl Iterator<Item = usize> {
        self.order.lines.iter().map(|line| line.number)
    }

    /// A line as the file has it, without its notes.
    pub fn shown(&self, number: usize) -> Option<String> {
        let line = self.order.lines.iter().find(|line| line.number == number)?;
        Some(format!("{:<10} | {}", line.lane.to_string(), line.text.source))
    }

    /// Whether this line is on standard error.
    pub fn is_on_stderr(&self, number: usize) -> bool {
        let mut lines = self.order.lines.iter();
        lines.any(|line| line.number == number && line.stream == Stream::Err)
    }

    /// Whether this line comes in every run, and once.
    pub fn comes_once(&self, number: usize) -> bool {
        let mut lines = self.order.lines.iter();
        lines.any(|line| line.number == number && !line.optional && !line.repeats)
    }

    /// Whether several processes may say the lines of this one's lane, each another one.
    pub fn may_be_of_several(&self, number: usize) -> bool {
        self.order.lines.iter().any(|line| line.number == number && line.lane.is_any())
    }

    /// Whether no other line of the file may say the same: so that a reader knows which one is meant.
    ///
    /// ```
    /// # use golden::{Golden, Language};
    /// let file = "a | waits\na | runs as [pid]\na | waits\nb | waits\n";
    /// let golden = Golden::parse("file.txt", file, Language::Rust)?;
    /// assert_eq!([1, 2, 3, 4].map(|line| golden.is_alone(line)), [false, true, false, true]);
    /// # Ok::<(), Box<golden::Malformed>>(())
    /// ```
    pub fn is_alone(&self, number: usize) -> bool {
        let lines = &self.order.lines;
        let Some(line) = lines.iter().find(|line| line.number == number) else { return false };
        let text = self.example(line);
        lines.iter().all(|other| {
            other.number == number
                || other.stream != line.stream
                || other.lane.family() != line.lane.family()
                || other.text.fit(&text).is_none()
        })
    }

    /// Whether two lines stand in one lane.
    pub fn in_one_lane(&self, one: usize, other: usize) -> bool {
        let lane = |number: usize| {
            self.order.lines.iter().find(|line| line.number == number).map(|line| &line.lane)
        };
        lane(one) == lane(other)
    }
}
