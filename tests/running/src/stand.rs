//! Where a run stands that does not end: who waits for what, and for how long nobody has gone on.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::pipes::AtPipe;
use crate::proc;
use crate::processes::{Process, Scope};
use crate::waits::{Board, Known, Wait};

/// A run that has not ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stand {
    /// How long it has run.
    pub after: Duration,
    /// For how long at least nobody has gone on.
    pub still_for: Duration,
    /// The processes that are there, and what each does or waits for.
    pub processes: Vec<Process>,
    /// The names of those that have ended and had made themselves known.
    pub ended: Vec<String>,
    /// Does each of them wait for another, without a time limit?
    pub(crate) all_wait: bool,
    /// Processes of which each waits for the next, and the last one for the first.
    pub(crate) circle: Vec<String>,
    /// Did a user stop it before its time limit?
    pub interrupted: bool,
}

impl Stand {
    pub(crate) fn now(scope: Scope, board: &Board, after: Duration, still_for: Duration) -> Stand {
        let known = board.read();
        let by_pid: HashMap<i32, &Known> = known.iter().map(|known| (known.pid, known)).collect();
        let mut processes = scope.members();
        for process in &mut processes {
            if let Some(known) = by_pid.get(&process.pid) {
                process.name.clone_from(&known.name);
            }
        }
        let told = known.iter().map(|known| (known.pid, known.name.clone()));
        let seen = processes.iter().map(|process| (process.pid, process.name.clone()));
        let names: HashMap<i32, String> = told.chain(seen).collect();
        let wait_of = |process: &Process| {
            let stopped = process.doing == "stopped";
            by_pid.get(&process.pid).and_then(|known| known.wait).filter(|_| !stopped)
        };
        let waits: Vec<Option<Wait>> = processes.iter().map(wait_of).collect();
        let all: Vec<Wait> = waits.iter().copied().flatten().collect();
        // Of what does not go through the crate only the system tells.
        let pids: Vec<i32> = processes.iter().map(|process| process.pid).collect();
        let at_pipe = |(&pid, wait): (&i32, &Option<Wait>)| match wait {
            None => AtPipe::of(pid, &pids),
            Some(_) => None,
        };
        let at_pipes: Vec<Option<AtPipe>> = pids.iter().zip(&waits).map(at_pipe).collect();
        for (process, (wait, at_pipe)) in processes.iter_mut().zip(waits.iter().zip(&at_pipes)) {
            if let Some(wait) = wait {
                process.doing = wait.in_words(process.pid, &names, &all);
            } else if let Some(at_pipe) = at_pipe {
                process.doing = at_pipe.in_words(process.pid, &names);
            }
        }
        let has_one_thread = |process: &Process| proc::threads(process.pid) == 1;
        let for_ever = |(process, (wait, at_pipe)): (&Process, (&Option<Wait>, &Option<_>))| {
            let waits = wait.map_or(at_pipe.is_some(), |wait| wait.is_for_ever());
            waits && has_one_thread(process)
        };
        let all_wait = !processes.is_empty()
            && processes.iter().zip(waits.iter().zip(&at_pipes)).all(for_ever);
        let is_there = |known: &&Known| processes.iter().any(|other| other.pid == known.pid);
        let ended = known.iter().filter(|known| !is_there(known));
        let whom = processes.iter().zip(waits.iter().zip(&at_pipes));
        let whom = whom.filter_map(|(process, (wait, at_pipe))| {
            let at_pipe = || at_pipe.as_ref().filter(|_| has_one_thread(process))?.whom();
            let whom = wait.filter(Wait::is_for_ever).and_then(|wait| wait.whom());
            Some((process.pid, whom.or_else(at_pipe)?))
        });
        let circle = circle(&whom.collect());
        let circle = circle.iter().map(|pid| names[pid].clone()).collect();
        let ended = ended.map(|known| known.name.clone()).collect();
        Stand { after, still_for, ended, all_wait, circle, processes, interrupted: false }
    }

    /// Why it is reported at all, in a few words.
    pub fn headline(&self) -> String {
        let seconds = |time: Duration| match time.as_secs() {
            0 => format!("{:.1}", time.as_secs_f64()),
            seconds => seconds.to_string(),
        };
        let how = if self.interrupted { ", when it was interrupted" } else { "" };
        match self.still_for >= Duration::from_secs(1) {
            true => format!("hangs: no progress for {} s{how}", seconds(self.still_for)),
            false => format!("does not end: still running after {} s{how}", seconds(self.after)),
        }
    }

    /// For a glance: how long, and who waits for what.
    pub fn in_a_line(&self) -> String {
        const ENOUGH: usize = 4;
        let told = self.processes.iter().take(ENOUGH);
        let told = told.map(|process| format!("{} {}", process.name, process.doing));
        let mut told = told.collect::<Vec<_>>().join("; ");
        if self.processes.len() > ENOUGH {
            told += &format!("; and {} more", self.processes.len() - ENOUGH);
        }
        format!("still running after {} s: {told}", self.after.as_secs())
    }

    /// Who waits for what, a line each, with what stands at its margin; and who could have helped, as
    /// far as that is known.
    pub fn lines(&self) -> Vec<(String, String)> {
        let name = |process: &Process| {
            let alike = self.processes.iter().filter(|other| other.name == process.name);
            match alike.count() {
                1 => process.name.clone(),
                _ => format!("{} (pid {})", process.name, process.pid),
            }
        };
        let names: Vec<String> = self.processes.iter().map(name).collect();
        let width = names.iter().map(|name| name.chars().count()).max();
        let width = width.unwrap_or(0).clamp(10, 30);
        let line = |(name, process): (String, &Process)| {
            (format!("{name:<width$}   "), process.doing.clone())
        };
        let mut lines: Vec<_> = names.into_iter().zip(&self.processes).map(line).collect();
        let mut say = |text: String| lines.push((String::new(), text));
        match &self.circle[..] {
            [] => {}
            [own] => say(format!("{own} waits for itself, so it waits forever.")),
            circle => {
                let next = circle.iter().cycle().skip(1);
                let pairs: Vec<String> =
                    circle.iter().zip(next).map(|(a, b)| format!("{a} waits for {b}")).collect();
                say(format!("A deadlock: {}.", pairs.join(", ")));
            }
        }
        match self.processes.len() {
            _ if !self.all_wait || !self.circle.is_empty() => {}
            1 => say("No other process is left that could help.".to_owned()),
            _ => say("All of them are waiting, so none can help another.".to_owned()),
        }
        if !self.ended.is_empty() {
            say(format!("Already ended: {}.", self.ended.join(", ")));
        }
        lines
    }
}

/// Who waits for whom: a circle of them, if there is one.
fn circle(whom: &BTreeMap<i32, i32>) -> Vec<i32> {
    for &start in whom.keys() {
        let mut way = vec![start];
        while let Some(&next) = whom.get(&way[way.len() - 1]) {
            if next == start {
                return way;
            }
            if way.contains(&next) {
                break;
            }
            way.push(next);
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_found_wherever_one_begins() {
        let who = |pairs: &[(i32, i32)]| circle(&pairs.iter().copied().collect());
        assert_eq!(who(&[(1, 2), (2, 3), (3, 2)]), [2, 3]);
        assert_eq!(who(&[(4, 4)]), [4]);
        assert!(who(&[(1, 2), (2, 3)]).is_empty());
    }
}
