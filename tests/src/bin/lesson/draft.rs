//! A first golden file for a new lesson, from two runs of it.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result};
use golden::{End, Orders, Ran, Said};

use crate::program::{Built, Program, this_program};

/// Nobody watches here.
const SPEED: f64 = 10.0;

/// What can be seen: the lines, what varies, who begins, how it ends. What else is ordered
/// only the author knows.
pub fn draft(program: &Program, description: &str, orders: &Orders) -> Result<String> {
    let built = Built::new(std::slice::from_ref(program))?;
    let command = built.command(program, SPEED)?;
    let this = this_program()?;
    let run = || -> Result<Ran> {
        golden::watch(&this, &command, orders)
            .with_context(|| format!("cannot run {}", program.title()))
    };
    let (first, second) = (run()?, run()?);
    let mut others: HashMap<&str, Vec<&Said>> = HashMap::new();
    for said in second.run.out.iter().rev() {
        others.entry(&said.process).or_default().push(said);
    }
    let mut rows = vec![format!("# {description}.")];
    match first.run.end {
        End::Code(0) => {}
        end => rows.push(end.to_string()),
    }
    let mut begun = HashSet::from(["main"]);
    let margin = first.run.out.iter().map(|said| said.to_string().len()).max();
    for said in &first.run.out {
        let other = others.get_mut(said.process.as_str()).and_then(Vec::pop);
        let text = match other {
            Some(other) => with_holes(&said.text, &other.text),
            None => said.text.replace('[', "[["),
        };
        let line = format!("{:<10} | {text}", said.process);
        match begun.insert(&said.process) {
            true => rows.push(format!("{line:<0$}  <- started by main", margin.unwrap_or(0))),
            false => rows.push(line),
        }
    }
    for line in &first.run.err {
        // Our own errors begin with the process's name.
        let name = line.split(':').next().filter(|name| begun.contains(name));
        let (name, text) = (name.unwrap_or("main"), line.replace('[', "[["));
        rows.push(format!("{name:<10} ! {text}"));
    }
    Ok(rows.join("\n") + "\n")
}

/// Words that are another number in the other run become holes.
fn with_holes(text: &str, other: &str) -> String {
    let (one, two): (Vec<&str>, Vec<&str>) =
        (text.split(' ').collect(), other.split(' ').collect());
    if one.len() != two.len() {
        return text.replace('[', "[[");
    }
    let words = one.iter().zip(two).map(|(&word, other)| {
        let is_number = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
        match word == other {
            true => word.replace('[', "[["),
            false if is_number(word) && is_number(other) => match word.len() {
                0..3 => "[n]".to_owned(),
                _ => "[pid]".to_owned(),
            },
            false if word.parse::<f64>().is_ok() => "[time]".to_owned(),
            false => "[text]".to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::with_holes;

    #[test]
    fn what_varies_becomes_a_hole() {
        assert_eq!(with_holes("pid 1234 [a]", "pid 1250 [a]"), "pid [pid] [[a]");
        assert_eq!(with_holes("took 0.51 s", "took 0.5 s"), "took [time] s");
        assert_eq!(with_holes("got 7", "got 9"), "got [n]");
        assert_eq!(with_holes("one two", "one"), "one two");
    }
}
