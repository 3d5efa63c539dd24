//! How a program is to be run, and how long it is waited for.

use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::going;
use crate::processes::Scope;
use crate::watcher::Watcher;

/// How often to look at a program that runs; at one that has to hang, more often.
const LOOK_FOR_LIFE: Duration = Duration::from_millis(100);
const LOOK_FOR_QUIET: Duration = Duration::from_millis(50);

/// How a program is to be run.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Orders {
    /// How long it may take.
    pub limit: Duration,
    /// Is it to end by the time limit? Then the limit counts only while nobody in it runs, and the
    /// run takes ten times as long at most: on a loaded machine a program is late at the place where
    /// it hangs.
    pub hangs: bool,
    /// May processes that it leaves behind go on until the limit?
    pub may_outlive: bool,
    /// A seed: run it on one core now and then, beside a busy program.
    pub load: Option<u64>,
}

impl Orders {
    /// What `main` sends at its end; `None` at the limit, or when a user stops the run.
    pub(crate) fn wait_for<T>(
        &self,
        main: &Receiver<T>,
        scope: Scope,
        watcher: &mut Watcher,
    ) -> Option<T> {
        let begin = Instant::now();
        let (mut run, mut quiet) = (Duration::ZERO, Duration::ZERO);
        while !going::is_stopped() {
            let look = Instant::now();
            let (rest, step) = match self.hangs {
                false => (self.limit.checked_sub(run)?, LOOK_FOR_LIFE),
                true if begin.elapsed() >= 10 * self.limit => return None,
                true => (self.limit.checked_sub(quiet)?, LOOK_FOR_QUIET),
            };
            if let Ok(end) = main.recv_timeout(step.min(rest)) {
                return Some(end);
            }
            if self.hangs && scope.anybody_runs(&watcher.who_wait()) {
                quiet = Duration::ZERO;
            } else {
                // A program that starts others one after the other may be missed by one look, but not by
                // many; so on a machine where looks are rare, each counts for little.
                quiet += look.elapsed().min(2 * LOOK_FOR_QUIET);
            }
            watcher.look();
            run += counted(look.elapsed());
        }
        None
    }
}

/// How much of the time between two looks counts: if it is far too long, both processes had stopped
/// (Ctrl-Z), or the machine had no time for either.
fn counted(between: Duration) -> Duration {
    between.min(5 * LOOK_FOR_LIFE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_a_program_was_stopped_is_not_its_own() {
        let (short, night) = (Duration::from_millis(120), Duration::from_secs(30_000));
        assert_eq!(counted(short), short);
        assert!(counted(night) < Duration::from_secs(1));
    }
}
