//! A program that has ended: what it printed, how it ended, and what it left behind.

use serde::{Deserialize, Serialize};

use crate::processes::Process;
use crate::stand::Stand;

/// A run, and what had to be ended by force.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ended {
    /// How it ended: its exit code; a signal is negative, as in Python (`-15` for SIGTERM). `None`: it
    /// had to be ended.
    pub code: Option<i32>,
    /// What it printed on standard output.
    pub out: String,
    /// What it printed on standard error.
    pub err: String,
    /// How many more lines it printed than are kept.
    pub more: u64,
    /// The processes that were alive when main had ended.
    pub outlived_main: Vec<Process>,
    /// Those that had ended, too, when its end was seen, and that nobody had waited for: before main, or
    /// just after it.
    /// Only Linux tells.
    pub ended_unjoined: Vec<Process>,
    /// Where it stood when it was ended, at its time limit or by a user.
    pub stand: Option<Stand>,
    /// Those still there after main's end, which had to be killed.
    pub left_over: Vec<Process>,
    /// What processes that outlived main still held open at their end, by process.
    pub held_open: Vec<(String, Vec<String>)>,
    /// Temporary files and named shared memory that were left behind.
    pub left_behind: Vec<String>,
}

impl Ended {
    /// The processes that were still there when it was ended.
    pub fn at_the_limit(&self) -> &[Process] {
        self.stand.as_ref().map_or(&[], |stand| &stand.processes)
    }

    /// What it printed: standard output, then standard error.
    pub fn printed(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// What it left behind although the golden file says nothing of it: a sentence each. That
    /// somebody outlived main where nobody may is what the golden file judges.
    pub fn complaints(&self, may_outlive: bool) -> Vec<String> {
        let mut complaints = Vec::new();
        for process in &self.left_over {
            if may_outlive {
                complaints.push(format!(
                    "{process} was still there at the time limit and had to be killed. A process \
                     that outlives main must end by itself."
                ));
            }
        }
        for (process, open) in &self.held_open {
            complaints.push(format!(
                "{process} outlived main and kept {} open until it ended. Anyone who waits for end \
                 of file there waits for {process} as well. Let it close what it does not need as \
                 soon as it starts.",
                open.join(" and ")
            ));
        }
        for process in self.ended_unjoined.iter().filter(|_| !may_outlive) {
            let (name, pid) = (&process.name, process.pid);
            complaints.push(format!(
                "{name} (pid {pid}) ended, and nobody waited for it: it was a zombie until its \
                 parent ended. Join every process that you start."
            ));
        }
        for trace in &self.left_behind {
            complaints.push(format!(
                "It left {trace} behind. A program must remove what it creates there, even when it \
                 fails: let a guard do that when it is dropped."
            ));
        }
        complaints
    }
}
