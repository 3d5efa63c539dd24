//! What a run must not leave behind, in words.

use crate::run::Ended;

impl Ended {
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
