//! `mutants`: the usual mistakes, made in the lessons one at a time, and which of them are noticed.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use driving::Schedule;
use golden::{Language, Verdict};
use mutants::{Mutant, Operator, Workbench};
use serde_json::json;

use crate::check::{Counter, jobs};
use crate::curriculum::Curriculum;
use crate::judged::Case;
use crate::output::tell;
use crate::program::{Built, Program, profile_folder, this_program};
use crate::{NOT_LEGAL, runs};

/// On so many schedules each is run.
const SEEDS: u64 = 20;

/// What became of a mutant.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    DoesNotCompile,
    /// The golden file refuses the run with this seed, and not that of the lesson as it is.
    Killed(u64),
    Survives,
}

/// Which mutants there are to be.
pub struct Choice {
    pub slug: Option<String>,
    pub sample: Option<u32>,
    pub seed: u64,
}

pub fn mutate(curriculum: &Curriculum, choice: Choice, json: bool) -> Result<u8> {
    let lessons = match &choice.slug {
        Some(slug) => vec![curriculum.lesson(slug)?],
        None => curriculum.lessons().collect(),
    };
    let programs = lessons
        .iter()
        .map(|lesson| Program::new(curriculum, lesson, Language::Rust, None))
        .collect::<Result<Vec<_>>>()?;
    let mut all = Vec::new();
    for program in &programs {
        let mutants = mutants::mutants(&program.source()?);
        let mutants = mutants.with_context(|| format!("{} is not read", program.title()))?;
        all.extend(mutants.into_iter().map(|mutant| (program, mutant)));
    }
    let all = pick(all, &choice);
    let built = Built::new(&programs)?;
    let slugs: Vec<&str> = programs.iter().map(|program| program.slug.as_str()).collect();
    let bench = Workbench::new(&curriculum.root, &slugs, &profile_folder()?)?;
    let counter = Counter::new(all.len(), !json);
    let work = |at: usize| -> Result<_> {
        let (program, mutant) = &all[at];
        let executable = bench.compile(&program.slug, &at.to_string(), &mutant.source)?;
        let fate = match executable {
            Some(executable) => judge(program, executable.path(), &built)?,
            None => Fate::DoesNotCompile,
        };
        counter.one_more();
        Ok(fate)
    };
    let mut fates = Vec::new();
    runs::parallel(all.len(), jobs(), work, |fate| {
        fates.push(fate?);
        Ok(())
    })?;
    counter.clear();
    let all = || all.iter().zip(&fates).map(|((program, mutant), fate)| (*program, mutant, *fate));
    if json {
        let list = all().map(|(program, mutant, fate)| in_json(program, mutant, fate));
        tell(format!("{:#}\n", serde_json::Value::Array(list.collect())))?;
    } else {
        tell(table(all().map(|(_, mutant, fate)| (mutant.operator, fate))))?;
        for (program, mutant, _) in all().filter(|(.., fate)| *fate == Fate::Survives) {
            let Mutant { line, operator, diff, .. } = mutant;
            tell(format!("\n{}:{line}  {operator}\n    {diff}\n", program.slug))?;
        }
    }
    Ok(if fates.contains(&Fate::Survives) { NOT_LEGAL } else { 0 })
}

/// So many of them, evenly from all.
fn pick<T>(all: Vec<T>, choice: &Choice) -> Vec<T> {
    let many = all.len();
    let sample = choice.sample.map_or(many, |sample| many.min(sample as usize));
    let first = choice.seed as usize % many.max(1);
    let mut picked: Vec<usize> = (0..sample).map(|n| (first + n * many / sample) % many).collect();
    picked.sort_unstable();
    let all = all.into_iter().enumerate();
    all.filter(|(at, _)| picked.binary_search(at).is_ok()).map(|(_, one)| one).collect()
}

/// Runs it until it is refused.
fn judge(program: &Program, executable: &Path, built: &Built) -> Result<Fate> {
    let (golden, warden) = (&program.golden()?, &this_program()?);
    let refuses = |built, seed, is_driven| -> Result<bool> {
        let case = Case { program, built, golden, warden, limit: None, speed: None, tell: &|_| {} };
        let judged = match is_driven {
            true => case.run(None, Some(Schedule::Seed(seed)))?,
            false => case.run(Some(seed), None)?,
        };
        Ok(!judged.is_legal && judged.verdict != Verdict::Undecided)
    };
    let mutant = &Built::instead(program, executable);
    let mut is_driven = true;
    for seed in 1..=SEEDS {
        if refuses(mutant, seed, is_driven)? {
            if !refuses(built, seed, is_driven)? {
                return Ok(Fate::Killed(seed));
            }
            // A lesson that is another one when it is driven.
            is_driven = false;
        }
    }
    Ok(Fate::Survives)
}

fn in_json(program: &Program, mutant: &Mutant, fate: Fate) -> serde_json::Value {
    let (word, seed) = match fate {
        Fate::DoesNotCompile => ("does not compile", None),
        Fate::Killed(seed) => ("killed", Some(seed)),
        Fate::Survives => ("survives", None),
    };
    json!({
        "lesson": program.slug,
        "line": mutant.line,
        "operator": mutant.operator.to_string(),
        "diff": mutant.diff,
        "fate": word,
        "seed": seed,
    })
}

/// How many of each kind have which fate.
fn table(all: impl Iterator<Item = (Operator, Fate)>) -> String {
    const HEADS: [&str; 4] = ["mutants", "not compiling", "killed", "survive"];
    let mut rows = BTreeMap::<String, [usize; 4]>::new();
    for (operator, fate) in all {
        let column = match fate {
            Fate::DoesNotCompile => 1,
            Fate::Killed(_) => 2,
            Fate::Survives => 3,
        };
        // The sum comes last.
        for name in [operator.to_string(), "~".to_owned()] {
            let row = rows.entry(name).or_default();
            row[0] += 1;
            row[column] += 1;
        }
    }
    let mut text = format!("{:28}  {}", "", HEADS.join("  "));
    for (name, figures) in &rows {
        text += &format!("\n{:28}", name.replace('~', "all"));
        for (figure, head) in figures.iter().zip(HEADS) {
            text += &format!("  {figure:>width$}", width = head.len());
        }
    }
    text + "\n"
}
