//! A first golden file from two runs of a program: the lines, what varies, who begins, how it ends.
//! What else is ordered only the author knows.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::golden::Golden;
use crate::lane::Lane;
use crate::parse::Language;
use crate::text::{MOST_HOLES, Template, code, visible};
use crate::transcript::{End, Run, Said};

/// Farther right no cause has to stand.
const WIDEST: usize = 80;

/// A golden file that the first of two runs keeps; what the second says otherwise becomes a hole.
///
/// ```
/// # use golden::Run;
/// let first = Run::printed("main | pid 4711\nmain | \x1b[1mbold\n", "");
/// let second = Run::printed("main | pid 4715\nmain | \x1b[1mbold\n", "");
/// let file = golden::draft("Show it", None, &first, &second)?;
/// assert_eq!(file, "# Show it.\nmain       | pid [pid]\nmain       | [u+1b][[1mbold\n");
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// Which line cannot be written, and why.
pub fn draft(
    description: &str,
    limit: Option<Duration>,
    first: &Run,
    second: &Run,
) -> Result<String, String> {
    let mut rows = vec![format!("# {description}.")];
    rows.extend(settings(first, limit));
    rows.extend(lines(first, second));
    let source = rows.join("\n") + "\n";
    let golden =
        Golden::parse("draft", &source, Language::Rust).map_err(|slip| slip.to_string())?;
    let report = golden.check(first);
    match report.problems.first() {
        None => Ok(source),
        Some(problem) => Err(report.explain(problem)),
    }
}

fn settings(run: &Run, limit: Option<Duration>) -> Vec<String> {
    let mut rows = Vec::new();
    if run.end != End::Code(0) {
        rows.push(run.end.to_string());
    }
    rows.extend(limit.map(|limit| format!("limit {} s", limit.as_secs_f64())));
    for process in &run.outlived_main {
        let shown = process.split(" (pid ").next().unwrap_or("");
        // The system cuts long names.
        let is_it = |name: &&str| *name == shown || shown.len() > 11 && name.starts_with(shown);
        let name = run.out.iter().map(|said| said.process.as_str()).find(is_it);
        let lane = Lane::Named(name.unwrap_or(shown).to_owned());
        rows.push(format!("outlives main: {lane}"));
    }
    rows
}

fn lines(first: &Run, second: &Run) -> Vec<String> {
    let mut others: HashMap<&str, Vec<&Said>> = HashMap::new();
    for said in second.out.iter().rev() {
        others.entry(&said.process).or_default().push(said);
    }
    let mut rows = Vec::new();
    let mut begun = HashSet::new();
    let widest = first.out.iter().map(|said| said.to_string().chars().count()).max();
    let margin = widest.unwrap_or(0).min(WIDEST);
    for said in &first.out {
        let other = others.get_mut(said.process.as_str()).and_then(Vec::pop);
        let text = text(&said.text, other.map(|other| other.text.as_str()));
        let line = format!("{:<10} | {text}", Lane::Named(said.process.clone()));
        // A line of no process was started by nobody, and main can only start what comes later.
        let is_first = begun.insert(said.process.as_str()) && !said.process.is_empty();
        match is_first && said.process != "main" && begun.contains("main") {
            true => rows.push(format!("{line:<margin$}  <- started by main")),
            false => rows.push(line),
        }
    }
    for (index, line) in first.err.iter().enumerate() {
        // Our own errors begin with the process's name.
        let name = line.split(':').next().filter(|name| !name.is_empty() && begun.contains(name));
        let lane = Lane::Named(name.unwrap_or("main").to_owned());
        let text = text(line, second.err.get(index).map(String::as_str));
        rows.push(format!("{lane:<10} ! {text}"));
    }
    rows
}

/// The text as a golden file has it; words that are others in the other run become holes.
fn text(text: &str, other: Option<&str>) -> String {
    let one: Vec<&str> = text.split(' ').collect();
    let two: Vec<&str> = other.unwrap_or(text).split(' ').collect();
    let two = if one.len() == two.len() { two } else { one.clone() };
    let both = || one.iter().zip(&two);
    if both().filter(|(one, two)| one != two).count() > MOST_HOLES {
        return "[text]".to_owned();
    }
    let words = both().map(|(one, two)| match one == two {
        true => one.chars().map(literal).collect(),
        false => hole(one, two).to_owned(),
    });
    // An arrow behind a blank is the margin's.
    words.collect::<Vec<_>>().join(" ").replace(" <-", &format!(" {}-", code('<')))
}

fn literal(c: char) -> String {
    match c {
        '[' => "[[".to_owned(),
        c => visible(c),
    }
}

/// The narrowest hole that takes both words. A number of so many digits is rather a pid.
fn hole(one: &str, two: &str) -> &'static str {
    let forms = if one.len() < 3 { ["[n]", "[time]"] } else { ["[pid]", "[time]"] };
    let takes_both = |form: &&str| {
        let template = Template::parse(form);
        template.is_ok_and(|t| t.fit(one).is_some() && t.fit(two).is_some())
    };
    forms.into_iter().chain(["[n]"]).find(takes_both).unwrap_or("[text]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_becomes_a_hole() {
        let text = |one, two| super::text(one, Some(two));
        assert_eq!(text("pid 1234 [a]", "pid 1250 [a]"), "pid [pid] [[a]");
        assert_eq!(text("took 0.51 s", "took 0.5 s"), "took [time] s");
        assert_eq!(text("took 0.51 s", "took long s"), "took [text] s");
        assert_eq!(text("got 7", "got 9"), "got [n]");
        assert_eq!(text("got -1234", "got 9"), "got [n]");
        assert_eq!(text("got -0.5", "got nan"), "got [text]");
        assert_eq!(text("one two", "one"), "one two");
        assert_eq!(text(&"a ".repeat(65), &"b ".repeat(65)), "[text]");
    }

    #[test]
    fn what_the_margin_would_take_is_written_by_its_number() {
        assert_eq!(text("<- a <- b  <- c", None), "<- a [u+3c]- b  [u+3c]- c");
    }

    fn drafted(out: &str, change: impl Fn(&mut Run)) -> Result<String, String> {
        let mut run = Run::printed(out, "");
        change(&mut run);
        draft("It", None, &run, &run)
    }

    #[test]
    fn who_outlives_main_is_written_in_full() {
        let out = "main | a\nlong-named-process | b\n";
        let file = drafted(out, |run| {
            run.outlived_main.push("long-named-proc (pid 7, asleep)".into());
        });
        assert!(file.is_ok_and(|file| file.contains("\noutlives main: long-named-process\n")));
    }

    #[test]
    fn an_error_that_names_nobody_is_mains() {
        let file = drafted("without a lane\n", |run| run.err.push(": odd".into()));
        assert!(file.is_ok_and(|file| file.contains("\nmain       ! : odd\n")));
    }

    #[test]
    fn what_cannot_be_written_is_said() {
        let refused = drafted("main | a\n", |run| run.more = 3);
        assert!(refused.is_err_and(|why| why.contains("the last 3 lines were not kept")));
        let refused =
            drafted("", |run| run.out.push(Said { process: "main".into(), text: "\n".into() }));
        assert!(refused.is_err_and(|why| why.contains("draft:2:14: found `[u+a]`")));
    }
}
