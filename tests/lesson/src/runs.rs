//! Many runs of one program: all legal, or the first that is not; how often each order came, and who
//! said what.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use driving::{Record, Schedule};
use golden::{Golden, Row, Run, Split, Tone, Verdict, count};
use running::Stand;
use serde_json::json;

use crate::judged::{Case, Judged};
use crate::program::{Built, Program, profile_folder, shown_from_here, this_program};

/// How a program is to be checked.
#[derive(Clone)]
pub struct Plan {
    pub runs: usize,
    pub limit: Option<Duration>,
    pub speed: Option<f64>,
    /// The seed of the first run; each further run has the next one.
    pub shake: Option<u64>,
    /// Who goes on when, in the first run; with a seed, each further run has the next one.
    pub drive: Option<Schedule>,
    /// Whether a record is wanted, also of a run that nobody drives.
    pub record: bool,
}

impl Plan {
    fn seed(&self, run: usize) -> Option<u64> {
        self.shake.map(|seed| seed.wrapping_add(run as u64))
    }

    fn schedule(&self, run: usize) -> Option<Schedule> {
        Some(match self.drive.clone()? {
            Schedule::Seed(seed) => Schedule::Seed(seed.wrapping_add(run as u64)),
            code => code,
        })
    }
}

/// All runs of one program.
pub struct Outcome {
    pub program: Program,
    pub runs: usize,
    pub illegal: usize,
    /// How often each order came, by the golden lines' numbers.
    orders: BTreeMap<Vec<Option<usize>>, usize>,
    /// How often the lines that several processes share were shared in each way.
    splits: BTreeMap<Split, usize>,
    /// The run to show: the first illegal one, else the last.
    shown: Judged,
    /// Which run that was, from 0.
    number: usize,
    plan: Plan,
}

/// Says how many runs are done, if anybody wants to know.
pub type Progress<'a> = &'a (dyn Fn() + Sync);

/// Runs it as the plan says, and judges each run.
pub fn repeat(
    program: &Program,
    built: &Built,
    plan: Plan,
    jobs: usize,
    progress: Progress,
    tell: &(dyn Fn(&Stand) + Sync),
) -> Result<Outcome> {
    let golden: Golden = program.golden()?;
    let warden = &this_program()?;
    let (limit, speed, record) = (plan.limit, plan.speed, plan.record);
    let case = Case { program, built, golden: &golden, warden, limit, speed, record, tell };
    let judge = |run| {
        if running::is_stopped() {
            bail!("interrupted");
        }
        let judged = case.run(plan.seed(run), plan.schedule(run));
        progress();
        judged
    };
    let (mut orders, mut splits) = (BTreeMap::new(), BTreeMap::new());
    let (mut illegal, mut shown, mut number) = (0, None, 0);
    parallel(plan.runs, jobs, judge, |one| {
        let judged = match one {
            // What was not run any more is not missed.
            Err(_) if running::is_stopped() && number > 0 => return Ok(()),
            one => one?,
        };
        *orders.entry(judged.order.clone()).or_insert(0) += 1;
        *splits.entry(judged.split.clone()).or_insert(0) += 1;
        let is_first = illegal == 0;
        illegal += usize::from(!judged.is_legal);
        if is_first {
            shown = Some((number, judged));
        }
        number += 1;
        Ok(())
    })?;
    let (number, shown) = shown.context("no run at all: `--runs` must be 1 or more")?;
    let runs = orders.values().sum();
    Ok(Outcome { program: program.clone(), runs, illegal, orders, splits, shown, number, plan })
}

/// Does the work for 0, 1, ... in so many threads, and hands on the results in that order, each as
/// soon as it is its turn. An error there is the last one.
pub fn parallel<T: Send>(
    count: usize,
    jobs: usize,
    work: impl Fn(usize) -> T + Sync,
    mut hand_on: impl FnMut(T) -> Result<()>,
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let (sender, results) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(count) {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Relaxed);
                    if number >= count || sender.send((number, work(number))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let (mut early, mut turn) = (BTreeMap::new(), 0);
        for (number, result) in results {
            early.insert(number, result);
            while let Some(result) = early.remove(&turn) {
                hand_on(result)?;
                turn += 1;
            }
        }
        Ok(())
    })
}

impl Outcome {
    pub fn is_legal(&self) -> bool {
        self.illegal == 0
    }

    pub fn is_undecided(&self) -> bool {
        self.shown.verdict == Verdict::Undecided
    }

    /// What the shown run printed.
    pub fn run(&self) -> &Run {
        &self.shown.run
    }

    /// What the shown run did, if that was recorded.
    pub fn record(&self) -> Option<&Record> {
        self.shown.record.as_ref()
    }

    pub fn is_interrupted(&self) -> bool {
        self.shown.interrupted.is_some()
    }

    /// For a table.
    pub fn in_short(&self) -> String {
        let (runs, illegal) = (self.runs, self.illegal);
        if let Some(stand) = &self.shown.interrupted {
            return format!("interrupted, {stand}");
        }
        match self.is_legal() {
            _ if self.is_undecided() => "cannot be judged".to_owned(),
            true if runs == 1 => "legal".to_owned(),
            true => format!("legal, {} in {runs} runs", self.counted()),
            false if runs == 1 => "not legal".to_owned(),
            false => format!("not legal in {illegal} of {runs} runs"),
        }
    }

    /// As in "2 orders and 14 splits".
    fn counted(&self) -> String {
        let orders = count(self.orders.len(), "order");
        match self.splits.keys().all(Split::is_empty) {
            true => orders,
            false => format!("{orders} and {}", count(self.splits.len(), "split")),
        }
    }

    /// Everything that there is to say.
    pub fn in_full(&self) -> Result<Vec<Row>> {
        let title = self.program.title();
        let mut rows = Vec::new();
        if self.runs == 1 {
            rows.extend(self.shown.titled(&title));
        } else {
            let (tone, legal) = match self.illegal {
                0 => (Tone::Good, "all legal".to_owned()),
                illegal => (Tone::Bad, format!("{illegal} not legal")),
            };
            let row = Row::new(0).toned(Tone::Strong, format!("{title}: "));
            let row = row.plain(count(self.runs, "run") + ", ").toned(tone, legal);
            rows.push(row.plain(format!(", {} seen", self.counted())));
            rows.extend(self.statistics());
            if !self.is_legal() {
                let run = match self.illegal {
                    1 => format!("Run {}", self.number + 1),
                    _ => format!("Run {}, the first of them", self.number + 1),
                };
                rows.push(Row::default());
                rows.extend(self.shown.titled(&run));
            }
        }
        match self.is_legal() {
            true => rows.push(
                Row::new(2)
                    .toned(Tone::Faint, "All its processes have ended; nothing was left behind."),
            ),
            false => rows.extend(self.next_steps()?),
        }
        Ok(rows)
    }

    /// The most frequent orders, each as the numbers of the golden lines, and the most frequent splits.
    fn statistics(&self) -> Vec<Row> {
        let golden = self.program.golden_path();
        let mut rows = vec![Row::text(format!("The orders, as lines of {golden}:"))];
        rows.extend(most_frequent(&self.orders, "more order", |order| ranges(order)));
        if !self.splits.keys().all(Split::is_empty) {
            rows.push(Row::text("The splits, by process:"));
            rows.extend(most_frequent(&self.splits, "more split", Split::to_string));
        }
        rows
    }

    /// How to see it again, and where to read on.
    fn next_steps(&self) -> Result<Vec<Row>> {
        let mut rows = vec![Row::default()];
        let mut say = |text: String| rows.push(Row::text(text));
        let arguments = self.program.arguments();
        if self.runs > 1 {
            match self.save() {
                Ok(file) => say(format!("See it again: cargo lesson compare {arguments} {file}")),
                Err(error) => say(format!("It was not kept: {error:#}")),
            }
            if let Some(seed) = self.plan.seed(self.number) {
                say(format!(
                    "Run it again in the same way: cargo lesson check {arguments} --shake {seed}"
                ));
            }
        } else if self.shown.is_abridged {
            match self.save() {
                Ok(file) => say(format!("What it printed, as far as it was kept: {file}")),
                Err(error) => say(format!("It was not kept: {error:#}")),
            }
        }
        say(format!("What orders its lines, and why: cargo lesson explain {arguments}"));
        Ok(rows)
    }

    /// Keeps the shown run in a file beside the built programs.
    fn save(&self) -> Result<String> {
        let name = self.program.arguments().replace(" --", "-").replace(' ', "-");
        let file: PathBuf = profile_folder()?.join(format!("{name}.not-legal.txt"));
        fs::write(&file, &self.shown.printed)
            .with_context(|| format!("cannot write {}", file.display()))?;
        Ok(shown_from_here(&file))
    }

    pub fn json(&self) -> serde_json::Value {
        let mut json = self.program.in_json(self.shown.json.clone());
        json["runs"] = json!(self.runs);
        json["seed"] = json!(self.plan.seed(self.number));
        json["illegal_runs"] = json!(self.illegal);
        let orders = self
            .orders
            .iter()
            .map(|(lines, times)| json!({ "times": times, "golden_lines": lines }));
        json["orders"] = json!(orders.collect::<Vec<_>>());
        let splits = self.splits.iter().filter(|(split, _)| !split.is_empty());
        let splits = splits.map(|(split, times)| json!({ "times": times, "who": split.0 }));
        json["splits"] = json!(splits.collect::<Vec<_>>());
        json
    }
}

/// How often what came: the most frequent first, a row each.
fn most_frequent<T>(all: &BTreeMap<T, usize>, more: &str, show: impl Fn(&T) -> String) -> Vec<Row> {
    const ENOUGH: usize = 8;
    let times = |times: usize, what: String| {
        let unit = if times == 1 { "time" } else { "times" };
        Row::text(format!("{times:>5} {unit:<5}  ")).hanging().plain(what)
    };
    let mut all: Vec<_> = all.iter().collect();
    all.sort_by_key(|(_, often)| std::cmp::Reverse(**often));
    let mut rows: Vec<Row> =
        all.iter().take(ENOUGH).map(|(what, often)| times(**often, show(what))).collect();
    if all.len() > ENOUGH {
        let rest = all[ENOUGH..].iter().map(|(_, often)| **often).sum();
        rows.push(times(rest, count(all.len() - ENOUGH, more)));
    }
    rows
}

/// `[2, 3, 4, 7, 6]` as "2-4 7 6"; a line that is not the golden file's as "?".
fn ranges(order: &[Option<usize>]) -> String {
    const ENOUGH: usize = 40;
    let mut words: Vec<String> = Vec::new();
    let mut at = 0;
    while at < order.len() {
        if words.len() == ENOUGH {
            words.push(format!("… and {} more", order.len() - at));
            break;
        }
        let mut end = at;
        while let (Some(this), Some(Some(next))) = (order[end], order.get(end + 1))
            && *next == this + 1
        {
            end += 1;
        }
        words.push(match (order[at], order[end]) {
            (Some(first), Some(last)) if end > at => format!("{first}-{last}"),
            (Some(line), _) => line.to_string(),
            (None, _) => "?".to_owned(),
        });
        at = end + 1;
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn an_order_is_shown_in_ranges() {
        let order = [2, 3, 4, 7, 6].map(Some);
        assert_eq!(ranges(&order), "2-4 7 6");
        assert_eq!(ranges(&[None, Some(1), None]), "? 1 ?");
        assert_eq!(ranges(&[]), "");
    }

    #[test]
    fn results_keep_their_order() {
        let mut squares = Vec::new();
        let keep = |square| {
            squares.push(square);
            Ok(())
        };
        parallel(20, 4, |n| n * n, keep).unwrap();
        assert_eq!(squares, (0..20).map(|n| n * n).collect::<Vec<_>>());
    }

    #[test]
    fn a_result_is_handed_on_when_it_is_its_turn() {
        let (first_is_on, is_on) = mpsc::channel();
        let is_on = Mutex::new(is_on);
        let work = |n| {
            // The second waits until the first is handed on: so that was not kept to the end.
            if n == 1 {
                is_on.lock().unwrap().recv_timeout(Duration::from_secs(20)).unwrap();
            }
        };
        let mut numbers = 0..;
        let tell = |()| match numbers.next() {
            Some(0) => Ok(first_is_on.send(())?),
            _ => Ok(()),
        };
        parallel(2, 2, work, tell).unwrap();
    }

    #[test]
    fn an_error_ends_it() {
        let mut taken = 0;
        let refuse = |_| {
            taken += 1;
            anyhow::bail!("enough")
        };
        assert!(parallel(usize::MAX, 3, |n| n, refuse).is_err());
        assert_eq!(taken, 1);
    }
}
