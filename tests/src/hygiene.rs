//! What a run must not leave behind, in words.

use crate::run::Ran;

impl Ran {
    /// What it left behind although the golden file says nothing of it: a sentence each. That
    /// somebody outlived main where nobody may is in the [`Report`](crate::Report) already.
    pub fn left(&self, may_outlive: bool) -> Vec<String> {
        let mut complaints = Vec::new();
        for process in &self.left_over {
            if may_outlive {
                complaints.push(format!(
                    "{process} was still there at the time limit, and had to be killed. A process \
                     that outlives main must come to an end by itself."
                ));
            }
        }
        for (process, open) in &self.held_open {
            complaints.push(format!(
                "{process} outlived main and had {} open to its end. Whoever waits for the end of \
                 file there waits for {process}, too: let it close at its start what it does not \
                 need.",
                open.join(" and ")
            ));
        }
        for process in &self.never_joined {
            let (name, pid) = (&process.name, process.pid);
            complaints.push(format!(
                "{name} (pid {pid}) ended, and nobody waited for it: until its parent ended it \
                 was a zombie. Join every process that you start."
            ));
        }
        for trace in &self.left_behind {
            complaints.push(format!(
                "It left {trace} behind. What a program makes there it must remove, also when it \
                 fails: let a guard do it that is dropped."
            ));
        }
        complaints
    }
}
