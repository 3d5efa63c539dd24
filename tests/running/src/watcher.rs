//! Watching a run while it goes on: does any of its processes get further?

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::proc;
use crate::processes::Scope;
use crate::stand::Stand;
use crate::waits::{Board, Known};

/// How often to look whether any process goes on. One that has moved between two looks has left a
/// trace, which the second look finds.
const LOOK: Duration = Duration::from_millis(500);

/// After this time somebody may want to know what is going on, and again after twice that time.
const LONG: Duration = Duration::from_secs(2);

/// Watches a run while it goes on.
pub(crate) struct Watcher<'a> {
    scope: Scope,
    board: &'a Board,
    begin: Instant,
    next_look: Instant,
    prints: Prints,
    still_since: Instant,
    next_tale: Duration,
    told: Vec<(String, String)>,
    tell: Option<Tell<'a>>,
}

/// Hears where a run stands that takes long.
pub(crate) type Tell<'a> = &'a mut dyn FnMut(&Stand);

/// What of each process changes whenever it goes on. `None`: it is at work.
type Prints = BTreeMap<i32, Option<String>>;

impl<'a> Watcher<'a> {
    pub fn new(scope: Scope, board: &'a Board, tell: Option<Tell<'a>>) -> Watcher<'a> {
        let now = Instant::now();
        Watcher {
            scope,
            board,
            begin: now,
            next_look: now + LOOK,
            prints: Prints::new(),
            still_since: now,
            next_tale: LONG,
            told: Vec::new(),
            tell,
        }
    }

    /// To be called now and then.
    pub fn look(&mut self) {
        let now = Instant::now();
        if self.tell.is_none() || now < self.next_look {
            return;
        }
        self.next_look = now + LOOK;
        let prints = self.prints();
        if prints != self.prints || prints.values().any(Option::is_none) {
            (self.prints, self.still_since) = (prints, Instant::now());
        }
        if self.begin.elapsed() >= self.next_tale {
            self.next_tale = 2 * self.begin.elapsed();
            let stand = self.stand();
            let lines = stand.lines();
            if lines != self.told {
                self.told = lines;
                if let Some(tell) = &mut self.tell {
                    tell(&stand);
                }
            }
        }
    }

    /// The processes that say that they wait, and without a time limit.
    pub fn who_wait(&self) -> Vec<i32> {
        let known = self.board.read().into_iter();
        let waits = |known: &Known| known.wait.is_some_and(|wait| wait.is_for_ever());
        known.filter(waits).map(|known| known.pid).collect()
    }

    fn prints(&self) -> Prints {
        let known = self.board.read();
        let print = |pid: i32| {
            let waits = known.iter().find(|known| known.pid == pid && known.wait.is_some());
            match waits {
                Some(known) => Some(format!("{:?}", (known.wait, known.times))),
                None => proc::footprint(pid),
            }
        };
        let there = self.scope.members().into_iter();
        there.map(|process| (process.pid, print(process.pid))).collect()
    }

    pub fn stand(&self) -> Stand {
        let (after, still_for) = (self.begin.elapsed(), self.still_since.elapsed());
        Stand::now(self.scope, self.board, after, still_for)
    }
}
