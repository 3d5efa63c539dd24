//! `mutants`: the usual mistakes, made in the lessons one at a time, and which of them are noticed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Mutex, OnceLock};
use std::thread;

use anyhow::{Context, Result};
use driving::Schedule;
use golden::{Language, Verdict};
use mutants::{Mutant, Operator, Workbench};
use proving::{Finding, Reached};
use serde_json::json;

use crate::check::Counter;
use crate::judged::Case;
use crate::output::tell;
use crate::program::{Built, Program, profile_folder, this_program};
use crate::{NOT_LEGAL, prove, runs};
use curriculum::Curriculum;

/// On so many schedules each is run before it is explored: most are refused at once.
const SEEDS: u64 = 3;

/// What became of a mutant.
#[derive(Clone, PartialEq)]
enum Fate {
    DoesNotCompile,
    /// The golden file refuses the run with this seed, and not that of the lesson as it is.
    Refused(u64),
    /// It can print what the lesson cannot, or cannot print what the lesson can.
    OtherRuns,
    /// All that it can print and how it can end is the lesson's, too, and the other way round.
    Equivalent,
    /// Nothing was noticed, and not all was explored: why.
    Survives(String),
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
    let mut programs = lessons
        .iter()
        .map(|lesson| Program::new(curriculum, lesson, Language::Rust, None))
        .collect::<Result<Vec<_>>>()?;
    if choice.slug.is_some() {
        programs.iter().try_for_each(Program::refuse_undriven)?;
    }
    programs.retain(|program| program.undriven.is_none());
    let mut all = Vec::new();
    for program in &programs {
        let mutants = mutants::mutants(&program.source()?);
        let mutants = mutants.with_context(|| format!("{} is not read", program.title()))?;
        all.extend(mutants.into_iter().map(|mutant| (program, mutant)));
    }
    let wholes: HashMap<&str, OnceLock<Mutex<Reached>>> =
        programs.iter().map(|program| (program.slug.as_str(), OnceLock::new())).collect();
    let all = pick(all, &choice);
    let built = Built::new(&programs)?;
    let slugs: Vec<&str> = programs.iter().map(|program| program.slug.as_str()).collect();
    let bench = Workbench::new(&curriculum.root, &slugs, &profile_folder()?)?;
    let counter = Counter::new(all.len(), !json);
    let work = |at: usize| -> Result<_> {
        let (program, mutant) = &all[at];
        let executable = bench.compile(&program.slug, &at.to_string(), &mutant.source)?;
        let fate = match executable {
            Some(executable) => judge(program, executable.path(), &built, &wholes[&*program.slug])?,
            None => Fate::DoesNotCompile,
        };
        counter.one_more();
        Ok(fate)
    };
    let mut fates = Vec::new();
    let jobs = thread::available_parallelism().map_or(1, usize::from);
    runs::parallel(all.len(), jobs, work, |fate| {
        fates.push(fate?);
        Ok(())
    })?;
    counter.clear();
    let all = || all.iter().zip(&fates).map(|((program, mutant), fate)| (*program, mutant, fate));
    if json {
        let list = all().map(|(program, mutant, fate)| in_json(program, mutant, fate));
        tell(format!("{:#}\n", serde_json::Value::Array(list.collect())))?;
    } else {
        tell(table(all().map(|(_, mutant, fate)| (mutant.operator, fate))))?;
        for (program, mutant, fate) in all() {
            let Mutant { line, operator, diff, .. } = mutant;
            if let Fate::Survives(bound) = fate {
                let slug = &program.slug;
                tell(format!("\n{slug}:{line}  {operator}: {bound}\n    {diff}\n"))?;
            }
        }
    }
    let survives = |fate: &Fate| matches!(fate, Fate::Survives(_));
    Ok(if fates.iter().any(survives) { NOT_LEGAL } else { 0 })
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
fn judge(
    program: &Program,
    executable: &Path,
    built: &Built,
    whole: &OnceLock<Mutex<Reached>>,
) -> Result<Fate> {
    let (golden, warden) = (&program.golden()?, &this_program()?);
    let refuses = |built, seed, is_driven| -> Result<bool> {
        let case = Case::new(program, built, golden, warden);
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
                return Ok(Fate::Refused(seed));
            }
            // A lesson that is another one when it is driven.
            is_driven = false;
        }
    }
    let mut mutant = prove::reached(program, mutant)?;
    let whole = match whole.get() {
        Some(whole) => whole,
        None => {
            let reached = prove::reached(program, built)?;
            whole.get_or_init(|| Mutex::new(reached))
        }
    };
    let mut whole = whole.lock().expect("nobody panics");
    let is_refused = |reached: &mut Reached| {
        let is = |finding: &_| matches!(finding, Finding::Refused(_) | Finding::EndsOtherwise(..));
        reached.compare(golden).iter().any(is)
    };
    // That is certain, even if not all was explored.
    if is_refused(&mut mutant) && !is_refused(&mut whole) {
        return Ok(Fate::OtherRuns);
    }
    let bounds: BTreeSet<String> = &mutant.explored.bounds | &whole.explored.bounds;
    Ok(match mutant.is_like(&mut whole) {
        _ if !bounds.is_empty() => {
            Fate::Survives(bounds.into_iter().collect::<Vec<_>>().join("; "))
        }
        true => Fate::Equivalent,
        false => Fate::OtherRuns,
    })
}

fn in_json(program: &Program, mutant: &Mutant, fate: &Fate) -> serde_json::Value {
    let (seed, bound) = match fate {
        Fate::Refused(seed) => (Some(seed), None),
        Fate::Survives(bound) => (None, Some(bound)),
        _ => (None, None),
    };
    json!({
        "lesson": program.slug,
        "line": mutant.line,
        "operator": mutant.operator.to_string(),
        "diff": mutant.diff,
        "fate": HEADS[fate.column()],
        "seed": seed,
        "bound": bound,
    })
}

/// What is said of a fate, in a word or two; the first column is the number of all.
const HEADS: [&str; 6] =
    ["mutants", "does not compile", "refused by a seed", "other runs", "equivalent", "survives"];

impl Fate {
    fn column(&self) -> usize {
        match self {
            Fate::DoesNotCompile => 1,
            Fate::Refused(_) => 2,
            Fate::OtherRuns => 3,
            Fate::Equivalent => 4,
            Fate::Survives(_) => 5,
        }
    }
}

/// How many of each kind have which fate.
fn table<'a>(all: impl Iterator<Item = (Operator, &'a Fate)>) -> String {
    let mut rows = BTreeMap::<String, [usize; HEADS.len()]>::new();
    for (operator, fate) in all {
        // The sum comes last.
        for name in [operator.to_string(), "~".to_owned()] {
            let row = rows.entry(name).or_default();
            row[0] += 1;
            row[fate.column()] += 1;
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
