//! `why`: what of another process a line needed, operation by operation, in one driven run.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use driving::{Cause, Causes, Place, Record, Schedule, Why, Words};
use golden::{Golden, Row, Run, Tone, count};
use serde_json::{Value, json};

use crate::judged::Case;
use crate::output::{tell, tell_rows};
use crate::program::{Built, Program, this_program};

pub fn why(
    program: &Program,
    line: &str,
    other: Option<&str>,
    schedule: Option<Schedule>,
    json: bool,
) -> Result<()> {
    let golden = &program.golden()?;
    let built = &Built::new(std::slice::from_ref(program))?;
    let warden: &Path = &this_program()?;
    let case = Case { record: true, ..Case::new(program, built, golden, warden) };
    let schedule = match (schedule, &program.undriven) {
        (None, None) => Some(Schedule::Seed(1)),
        (schedule, _) => schedule,
    };
    let record = case.run(None, schedule)?.record.context("the run was not recorded")?;
    let story = Story::of(&record, golden);
    let line = story.find(line)?;
    let other = other.map(|other| story.find(other)).transpose()?;
    if other == Some(line) {
        bail!("that is one line: name two.");
    }
    let code = record.header.code.as_deref().filter(|code| !code.is_empty()).unwrap_or("-");
    let again = format!("cargo lesson run {} --schedule {code}", program.arguments());
    if json {
        let answers = match other {
            Some(other) => vec![story.pair(line, other)],
            None => story.needs(line),
        };
        let answers: Vec<Value> = answers.iter().map(|answer| story.json(answer)).collect();
        let line = &story.said[line];
        let json = json!({ "line": line.text, "golden_line": line.golden, "schedule": code, "after": answers });
        return tell(format!("{:#}\n", program.in_json(json)));
    }
    let mut rows = match other {
        Some(other) => story.in_full(&story.pair(line, other)),
        None => story.needs_in_full(line),
    };
    rows.push(Row::default());
    rows.push(match &program.undriven {
        None => Row::text("In this run: ").hanging().toned(Tone::Faint, again),
        Some(why) => Row::text(format!(
            "In this run, which cannot be had again: {why}. What went through the server is not seen here."
        )),
    });
    tell_rows(&rows)
}

/// A run, as its lines tell it.
struct Story<'r> {
    record: &'r Record,
    causes: Causes,
    words: Words,
    said: Vec<Said>,
}

struct Said {
    step: usize,
    /// As it was printed.
    text: String,
    /// The number of its golden line.
    golden: Option<usize>,
}

/// Why one line came after another: both by their numbers.
struct Answer {
    later: usize,
    earlier: usize,
    /// What happened between them; None: the later one did not need the earlier one.
    chain: Option<Vec<String>>,
}

impl<'r> Story<'r> {
    fn of(record: &'r Record, golden: &Golden) -> Story<'r> {
        let mut lines = record.lines();
        // As a report has them.
        lines.sort_by_key(|line| line.is_error);
        let printed = |is_error: bool| -> String {
            let lines = lines.iter().filter(|line| line.is_error == is_error);
            lines.map(|line| format!("{}\n", line.text)).collect()
        };
        let run = Run::printed(&printed(false), &printed(true));
        let judged: Vec<_> = golden.check(&run).lines().map(|line| line.golden_line).collect();
        let golden_line = |at: usize| judged.get(at).copied().flatten();
        let said = |(at, line): (usize, driving::Line)| Said {
            step: line.step,
            text: line.text,
            golden: golden_line(at),
        };
        let mut said: Vec<Said> = lines.into_iter().enumerate().map(said).collect();
        said.sort_by_key(|line| line.step);
        let causes = Causes::of(&record.events());
        Story { record, causes, words: Words::of(record), said }
    }

    /// The line that somebody means by its text, or by its number in the golden file.
    fn find(&self, wanted: &str) -> Result<usize> {
        let wanted = wanted.trim();
        let number = wanted.parse::<usize>().ok();
        let spaceless = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = spaceless(wanted);
        let is_exact = |said: &Said| match number {
            Some(number) => said.golden == Some(number),
            None => {
                let line = spaceless(&said.text);
                line == text || line.split_once(" | ").is_some_and(|(_, line)| line == text)
            }
        };
        let is_near = |said: &Said| number.is_none() && spaceless(&said.text).contains(&text);
        let all = |is_meant: &dyn Fn(&Said) -> bool| -> Vec<usize> {
            (0..self.said.len()).filter(|&at| is_meant(&self.said[at])).collect()
        };
        let mut found = all(&is_exact);
        if found.is_empty() {
            found = all(&is_near);
        }
        let Some(&first) = found.first() else {
            let what = match number {
                Some(number) => format!("line {number} of the golden file did not come"),
                None => format!("nobody said `{wanted}`"),
            };
            bail!("{what} in this run. Its lines:\n{}", self.listed(&all(&|_| true)))
        };
        let key = |at: usize| (&self.said[at].text, self.said[at].golden);
        if found.iter().any(|&other| key(other) != key(first)) {
            let listed = self.listed(&found);
            return Err(anyhow!(
                "`{wanted}` may be one of several lines. Name one by its number in the golden file, or \
                 by more of its text:\n{listed}"
            ));
        }
        Ok(first)
    }

    fn listed(&self, lines: &[usize]) -> String {
        let row = |&at: &usize| {
            let Said { text, golden, .. } = &self.said[at];
            let number = golden.map_or("?".to_owned(), |number| number.to_string());
            format!("  {number:>3}  {text}")
        };
        lines.iter().map(row).collect::<Vec<_>>().join("\n")
    }

    fn place(&self, line: usize) -> &Place {
        &self.record.steps[self.said[line].step].event.place
    }

    /// The one that came later, and why.
    fn pair(&self, one: usize, other: usize) -> Answer {
        let (earlier, later) = (one.min(other), one.max(other));
        let (from, to) = (self.said[earlier].step, self.said[later].step);
        let chain = self.causes.way(from, to).map(|way| {
            let sentences = way.iter().flat_map(|cause| self.words.cause(self.record, cause));
            let mut chain: Vec<String> = sentences.collect();
            // One operation may end one cause and begin the next.
            chain.dedup();
            let is_itself = |cause: &Cause| cause.to == to && cause.why != Why::Started;
            if way.last().is_some_and(|cause| !is_itself(cause)) {
                chain.push(format!("{} said the line", self.words.process(self.place(later))));
            }
            chain
        });
        Answer { later, earlier, chain }
    }

    /// The latest line of each other process that this one needed.
    fn needs(&self, line: usize) -> Vec<Answer> {
        let mut asked = vec![self.place(line)];
        let mut answers = Vec::new();
        for earlier in (0..line).rev() {
            let place = self.place(earlier);
            if !asked.contains(&place)
                && self.causes.leads(self.said[earlier].step, self.said[line].step)
            {
                asked.push(place);
                answers.push(self.pair(line, earlier));
            }
        }
        answers
    }

    fn in_full(&self, answer: &Answer) -> Vec<Row> {
        let (later, earlier) = (&self.said[answer.later].text, &self.said[answer.earlier].text);
        let width = later.chars().count().max(earlier.chars().count());
        let head = |text: &str, word: &str| {
            let row = Row::new(0).toned(Tone::Strong, format!("{text:width$}"));
            row.toned(Tone::Faint, format!("  {word}")).hanging()
        };
        let why = if answer.chain.is_some() { "because" } else { "" };
        let mut rows = vec![head(later, "came after"), head(earlier, why)];
        rows.extend(self.chain_in_full(answer));
        rows
    }

    fn chain_in_full(&self, answer: &Answer) -> Vec<Row> {
        let process = |line: usize| self.words.process(self.place(line));
        let (later, earlier) = (process(answer.later), process(answer.earlier));
        match answer.chain.as_deref() {
            None => vec![Row::text(format!(
                "{later} needed nothing for it that came after this. In this run {earlier} said its \
                 line first, by the schedule."
            ))],
            Some([]) => vec![Row::text(format!("{later} said both, one after the other"))],
            Some(chain) => chain.iter().map(Row::text).collect(),
        }
    }

    fn needs_in_full(&self, line: usize) -> Vec<Row> {
        let answers = self.needs(line);
        let mut rows = vec![Row::new(0).toned(Tone::Strong, &self.said[line].text)];
        for answer in &answers {
            let text = &self.said[answer.earlier].text;
            rows.push(Row::default());
            rows.push(Row::new(0).toned(Tone::Faint, "after  ").plain(text).hanging());
            rows.extend(self.chain_in_full(answer).into_iter().map(|row| Row { indent: 7, ..row }));
        }
        let mut others: Vec<&Place> = (0..line).map(|line| self.place(line)).collect();
        others.sort();
        others.dedup();
        others.retain(|place| {
            let is_it = |answer: &Answer| self.place(answer.earlier) == *place;
            *place != self.place(line) && !answers.iter().any(is_it)
        });
        if !others.is_empty() {
            let names: Vec<_> = others.iter().map(|place| self.words.process(place)).collect();
            rows.push(Row::default());
            rows.push(Row::text(format!(
                "No line of {} was needed: in this run {} before it by the schedule.",
                names.join(" or "),
                if names.len() == 1 { "it spoke" } else { "they spoke" },
            )));
        } else if answers.is_empty() {
            let own = count(line, "line");
            rows.push(Row::text(match line {
                0 => "It is the first line.".to_owned(),
                _ => format!("Only the same process said anything before it, {own}."),
            }));
        }
        rows
    }

    fn json(&self, answer: &Answer) -> Value {
        json!({
            "later": self.said[answer.later].text,
            "earlier": self.said[answer.earlier].text,
            "earlier_golden_line": self.said[answer.earlier].golden,
            "is_needed": answer.chain.is_some(),
            "chain": answer.chain.as_deref().unwrap_or_default(),
        })
    }
}
