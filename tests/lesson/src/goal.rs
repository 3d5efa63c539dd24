//! How far a run has come towards a goal, and which of the goal's conditions decides that.

use anyhow::{Context, Result, bail};
use curriculum::Goal;
use driving::{End, Line, TraceEnd};
use golden::{Golden, Language, Run};

use crate::program::{Program, titled};

/// What a run makes of a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All that it asks for has happened, and nothing can change that.
    Reached,
    /// That is not decided.
    Open,
    /// Whatever comes now, it is not reached.
    Lost,
}

/// How a run ended, as far as a goal cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All its processes have ended.
    Over,
    /// Nobody can go on, or only time passes.
    Hangs,
}

impl From<&TraceEnd> for Ended {
    fn from(end: &TraceEnd) -> Ended {
        match end {
            TraceEnd::Over(_) => Ended::Over,
            TraceEnd::Stuck(_) | TraceEnd::OnlyTimePasses(_) => Ended::Hangs,
        }
    }
}

impl Ended {
    /// None: it was left before its end.
    pub fn of(end: &End) -> Option<Ended> {
        match end {
            End::Over => Some(Ended::Over),
            End::Stuck(_) | End::OnlyTimePasses(_) => Some(Ended::Hangs),
            End::Outside(_) | End::AnotherWay(_) | End::Stopped => None,
        }
    }
}

/// A goal whose lines have been read.
pub struct Aim<'g> {
    /// The goal.
    pub goal: &'g Goal,
    /// Its lines as a golden file: first those to be said, then those not to be said, then the pairs.
    lines: Golden,
}

/// What one condition says.
struct Verdict {
    reach: Reach,
    why: String,
    /// The line of the run that decided it; the end comes after all lines.
    at: usize,
}

/// What progress keeps of a goal of the lesson, when it was reached.
pub fn title(slug: &str, goal: &Goal) -> String {
    format!("{}, goal: {}", titled(slug, goal.broken.as_deref()), goal.name)
}

impl<'g> Aim<'g> {
    /// # Errors
    /// If one of its lines cannot be read.
    pub fn of(goal: &'g Goal) -> Result<Aim<'g>> {
        let lines = goal.said.iter().chain(&goal.unsaid).chain(goal.before.iter().flatten());
        let mut text = String::new();
        for line in lines {
            // A letter stands for one worker in all lines, and here each line is for itself.
            if line.split(['|', '!']).next().is_some_and(|lane| lane.contains('[')) {
                bail!("the goal `{}`: name the worker of `{line}`, or say worker-*", goal.name);
            }
            text += line;
            text.push('\n');
        }
        let lines = Golden::parse("the goal", &text, Language::Rust);
        let lines = lines.with_context(|| format!("the goal `{}` cannot be read", goal.name))?;
        Ok(Aim { goal, lines })
    }

    /// What progress keeps when it was reached.
    pub fn title(&self, program: &Program) -> String {
        title(&program.slug, self.goal)
    }

    /// Where a run stands that has said this so far, and why. Without an end it goes on.
    pub fn after(&self, said: &[Line], ended: Option<Ended>) -> (Reach, String) {
        let verdicts = self.verdicts(said, ended);
        let first = |reach| verdicts.iter().find(|verdict| verdict.reach == reach);
        let last = verdicts.iter().max_by_key(|verdict| verdict.at);
        let decides = first(Reach::Lost).or_else(|| first(Reach::Open)).or(last);
        decides.map_or((Reach::Open, String::new()), |verdict| (verdict.reach, verdict.why.clone()))
    }

    fn verdicts(&self, said: &[Line], ended: Option<Ended>) -> Vec<Verdict> {
        use Reach::{Lost, Open, Reached};
        let Goal { said: wanted, unsaid, before, hangs, .. } = self.goal;
        let at_the_end = said.len();
        let verdict = |reach, at, why| Verdict { reach, why, at };
        let end = match ended {
            Some(Ended::Hangs) => "it hangs",
            _ => "it has ended",
        };
        let missing = |line: &str| match ended {
            None => verdict(Open, at_the_end, format!("`{line}` has not come yet")),
            Some(_) => verdict(Lost, at_the_end, format!("{end}, and `{line}` has not come")),
        };
        let mut number = 0;
        let mut next = || {
            number += 1;
            said.iter().position(|line| self.is(number, line))
        };
        let mut verdicts = Vec::new();
        for line in wanted {
            verdicts.push(match next() {
                Some(at) => verdict(Reached, at, format!("{} came", shown(&said[at]))),
                None => missing(line),
            });
        }
        for line in unsaid {
            verdicts.push(match (next(), ended) {
                (Some(at), _) => {
                    let came = shown(&said[at]);
                    let why = match came == format!("`{line}`") {
                        true => format!("{came} came, and must not"),
                        false => format!("{came} came: `{line}` must not"),
                    };
                    verdict(Lost, at, why)
                }
                (None, None) => {
                    verdict(Open, at_the_end, format!("`{line}` has not come, and must not"))
                }
                (None, Some(_)) => {
                    verdict(Reached, at_the_end, format!("{end}, and `{line}` has not come"))
                }
            });
        }
        for [first, second] in before {
            verdicts.push(match (next(), next()) {
                (Some(one), Some(other)) if one < other => {
                    let (one, late) = (shown(&said[one]), shown(&said[other]));
                    verdict(Reached, other, format!("{one} came before {late}"))
                }
                (_, Some(other)) => {
                    let early = shown(&said[other]);
                    verdict(Lost, other, format!("{early} came before `{first}`"))
                }
                (Some(_), None) => missing(second),
                (None, None) => missing(first),
            });
        }
        if *hangs {
            verdicts.push(match ended {
                None => verdict(Open, at_the_end, "it does not hang yet".to_owned()),
                Some(Ended::Over) => {
                    verdict(Lost, at_the_end, "it has ended and did not hang".to_owned())
                }
                Some(Ended::Hangs) => verdict(Reached, at_the_end, "it hangs".to_owned()),
            });
        }
        verdicts
    }

    /// Whether the line with this number of the goal may be this line of a run.
    fn is(&self, number: usize, line: &Line) -> bool {
        match line.is_error {
            true => self.lines.may_be(number, None, &line.text),
            false => Run::printed(&line.text, "")
                .out
                .iter()
                .any(|said| self.lines.may_be(number, Some(&said.process), &said.text)),
        }
    }
}

/// A line of a run, without what only fills its column.
fn shown(line: &Line) -> String {
    let run = Run::printed(&line.text, "");
    match run.out.first() {
        Some(said) if !line.is_error && !said.process.is_empty() => {
            format!("`{} | {}`", said.process, said.text)
        }
        _ => format!("`{}`", line.text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(said: &[&str], unsaid: &[&str], before: &[[&str; 2]], hangs: bool) -> Goal {
        let owned = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect();
        Goal {
            name: "so".to_owned(),
            broken: None,
            said: owned(said),
            unsaid: owned(unsaid),
            before: before.iter().map(|pair| pair.map(str::to_owned)).collect(),
            hangs,
            code: String::new(),
        }
    }

    fn lines(said: &[&str]) -> Vec<Line> {
        let line = |(step, text): (usize, &&str)| match text.split_once('!') {
            Some((_, error)) => Line { step, is_error: true, text: error.trim().to_owned() },
            None => Line { step, is_error: false, text: (*text).to_owned() },
        };
        said.iter().enumerate().map(line).collect()
    }

    /// Each beginning of a run, and what it makes of the goal.
    fn check(goal: &Goal, said: &[&str], ended: Option<Ended>, reach: Reach, why: &str) {
        let aim = Aim::of(goal).unwrap();
        assert_eq!(aim.after(&lines(said), ended), (reach, why.to_owned()), "{said:?}");
    }

    use Ended::{Hangs, Over};
    use Reach::{Lost, Open, Reached};

    #[test]
    fn what_is_to_be_said() {
        let goal = goal(&["reader-2   | got 5", "fails ! no such [text]"], &[], &[], false);
        let one = "reader-2   | got 5";
        check(&goal, &["reader-1   | got 5"], None, Open, "`reader-2   | got 5` has not come yet");
        check(&goal, &[one], None, Open, "`fails ! no such [text]` has not come yet");
        check(&goal, &[one, "fails ! no such file"], None, Reached, "`no such file` came");
        check(&goal, &["fails ! no such file", one], None, Reached, "`reader-2 | got 5` came");
        // It is another stream.
        check(
            &goal,
            &[one, "fails | no such file"],
            None,
            Open,
            "`fails ! no such [text]` has not come yet",
        );
        check(
            &goal,
            &[one],
            Some(Over),
            Lost,
            "it has ended, and `fails ! no such [text]` has not come",
        );
        check(
            &goal,
            &[one],
            Some(Hangs),
            Lost,
            "it hangs, and `fails ! no such [text]` has not come",
        );
    }

    #[test]
    fn what_is_not_to_be_said() {
        let goal = goal(&[], &["reader-* | got [n]", "main | bye"], &[], false);
        check(
            &goal,
            &["main | hello"],
            None,
            Open,
            "`reader-* | got [n]` has not come, and must not",
        );
        check(
            &goal,
            &["main | hello"],
            Some(Over),
            Reached,
            "it has ended, and `main | bye` has not come",
        );
        let why = "`reader-1 | got 2` came: `reader-* | got [n]` must not";
        check(&goal, &["reader-1   | got 2"], None, Lost, why);
        check(&goal, &["reader-1   | got 2"], Some(Over), Lost, why);
        check(&goal, &["main       | bye"], None, Lost, "`main | bye` came, and must not");
    }

    #[test]
    fn what_is_to_come_first() {
        let goal = goal(&[], &[], &[["main | got 1", "main | got 0"]], false);
        let (zero, one) = ("main       | got 0", "main       | got 1");
        check(&goal, &[], None, Open, "`main | got 1` has not come yet");
        check(&goal, &[one], None, Open, "`main | got 0` has not come yet");
        check(&goal, &[one, zero], None, Reached, "`main | got 1` came before `main | got 0`");
        check(&goal, &[zero], None, Lost, "`main | got 0` came before `main | got 1`");
        check(&goal, &[zero, one], None, Lost, "`main | got 0` came before `main | got 1`");
        check(&goal, &[one], Some(Over), Lost, "it has ended, and `main | got 0` has not come");
    }

    #[test]
    fn standing_still() {
        let goal = goal(&["a | x"], &[], &[], true);
        check(&goal, &["a | x"], None, Open, "it does not hang yet");
        check(&goal, &["a | x"], Some(Hangs), Reached, "it hangs");
        check(&goal, &["a | x"], Some(Over), Lost, "it has ended and did not hang");
        check(&goal, &[], Some(Hangs), Lost, "it hangs, and `a | x` has not come");
    }

    #[test]
    fn what_cannot_be_read() {
        let wrong = |line: &str| match Aim::of(&goal(&[line], &[], &[], false)) {
            Err(error) => format!("{error:#}"),
            Ok(_) => panic!("`{line}` was read"),
        };
        assert!(wrong("main got 1").contains("the goal `so` cannot be read"));
        assert!(wrong("main | got [m]").contains("nearest valid form: [n]"));
        assert!(wrong("worker-[a] | begins").contains("name the worker"));
    }
}
