//! What a lesson gives a learner to reach can be reached, and not by whoever only lets it run.

use anyhow::{Context, Result, bail};
use driving::{Event, Place, Record, Schedule, Trace};
use golden::Language;
use lesson::{Aim, Built, Curriculum, Ended, Lesson, Program, Reach};

/// There are two or more for a lesson whose lines can come in several orders. Not for these: of two orders,
/// or of three, whoever lets it run sees all but one; and what is faster is measured.
const FEWER: [&str; 4] = ["main-waits", "is-alive", "globals", "parallel-speedup"];

/// So many columns has the name of a goal.
const WIDEST: usize = 60;

/// Each of its goals is reached by its code, and by neither of those who have no goal.
pub fn holds(curriculum: &Curriculum, lesson: &Lesson, built: &Built) -> Result<()> {
    let sheet = lesson.sheet(curriculum)?;
    if sheet.undriven.is_some() {
        // Its sheet could not be read with a goal in it.
        return Ok(());
    }
    let is_few = sheet.goals_of(None).count() < 2;
    let golden = Program::new(curriculum, lesson, Language::Rust, None)?.golden()?;
    if (is_few && golden.orders() != Some(1)) != FEWER.contains(&lesson.slug.as_str()) {
        bail!("it has {} goals, and {:?} orders", sheet.goals.len(), golden.orders());
    }
    let variants = lesson.broken.iter().map(|name| Some(name.as_str()));
    for broken in [None].into_iter().chain(variants) {
        let aims = sheet.goals_of(broken).map(Aim::of).collect::<Result<Vec<_>>>()?;
        if aims.is_empty() {
            continue;
        }
        let program = Program::new(curriculum, lesson, Language::Rust, broken)?;
        let command = || built.command(&program, 1.0);
        for aim in &aims {
            let (name, code) = (&aim.goal.name, &aim.goal.code);
            let is_plain = name.starts_with(char::is_lowercase) && !name.ends_with('.');
            if !is_plain || name.chars().count() > WIDEST {
                bail!(
                    "`{name}` is to begin with a small letter, without a full stop, in {WIDEST} columns"
                );
            }
            let driven = driving::drive_once(command()?, Schedule::Code(code.clone()))?;
            let ended = Ended::of(&driven.end)
                .with_context(|| format!("`{name}`, schedule {code}: {:?}", driven.end))?;
            let lines = Record::driven(&lesson.slug, broken, driven).lines();
            match aim.after(&lines, Some(ended)) {
                (Reach::Reached, _) => {}
                (_, why) => bail!("schedule {code} does not reach `{name}`: {why}"),
            }
        }
        for (who, choose) in [("first", first as Choose), ("next", next)] {
            let trace = driving::run_once(command()?, &mut |past, free| choose(past, free))?;
            let ended = Ended::from(&trace.end);
            let lines = lines(lesson, trace);
            let reached =
                aims.iter().find(|aim| aim.after(&lines, Some(ended)).0 == Reach::Reached);
            if let Some(aim) = reached {
                bail!("`{}` is reached when always the {who} one goes on", aim.goal.name);
            }
        }
    }
    Ok(())
}

type Choose = fn(&[&Event], &[Place]) -> Option<Place>;

/// Always the first one who can.
fn first(_: &[&Event], free: &[Place]) -> Option<Place> {
    free.first().cloned()
}

/// One after the other.
fn next(past: &[&Event], free: &[Place]) -> Option<Place> {
    let later = past.last().and_then(|last| free.iter().find(|place| **place > last.place));
    later.or(free.first()).cloned()
}

fn lines(lesson: &Lesson, trace: Trace) -> Vec<driving::Line> {
    Record::explored(&lesson.slug, None, trace).lines()
}
