//! The processes of a run: what each of them waits in, and how all of them are killed.

use std::collections::HashSet;
use std::time::Duration;
use std::{fmt, fs, thread};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, getpid};
use serde::{Deserialize, Serialize};

use crate::proc::Stat;

/// A process as the system shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// Its command line, or its name.
    pub name: String,
    /// What it was doing.
    pub doing: String,
    /// Is it about to vanish, whatever anybody does?
    pub(crate) vanishes: bool,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {}, {})", self.name, self.pid, self.doing)
    }
}

impl Process {
    /// CPython gives each child ends of pipes of its own, and of its older siblings.
    pub(crate) fn is_python(&self) -> bool {
        self.name.starts_with("python")
    }
}

/// How often to look whether processes have ended, where nothing tells us.
pub(crate) const LOOK: Duration = Duration::from_millis(5);

/// Whose processes are looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scope {
    /// Those of one process group, among others that this process runs.
    Group(Pid),
    /// The same group, and everybody else who descends from this process: it runs nothing else.
    Family(Pid),
}

impl Scope {
    /// The group's leader: the program's main process.
    pub fn main(self) -> Pid {
        let (Scope::Group(main) | Scope::Family(main)) = self;
        main
    }

    /// Everybody in it, zombies too.
    fn stats(self) -> Vec<Stat> {
        let mut all = Stat::of_all();
        let mut family = HashSet::new();
        if let Scope::Family(_) = self {
            let own = getpid().as_raw();
            family.insert(own);
            // Numbers may wrap around, so a child's can be the smaller one.
            while all.iter().any(|stat| family.contains(&stat.parent) && family.insert(stat.pid)) {}
            family.remove(&own);
        }
        all.retain(|stat| stat.group == self.main().as_raw() || family.contains(&stat.pid));
        all
    }

    /// Everybody in it who is alive.
    pub fn members(self) -> Vec<Process> {
        if cfg!(not(target_os = "linux")) {
            return self.as_a_group();
        }
        let alive = self.stats().into_iter().filter(|stat| !stat.is_zombie());
        alive.filter_map(describe).collect()
    }

    /// Without /proc, only whether anybody is there.
    fn as_a_group(self) -> Vec<Process> {
        let group = Process {
            pid: self.main().as_raw(),
            name: "its process group".to_owned(),
            doing: "not known".to_owned(),
            vanishes: false,
        };
        killpg(self.main(), None).map(|()| group).into_iter().collect()
    }

    /// Kills everybody in it, once: one may fork while the others are killed. Says whether there was
    /// anybody.
    pub fn kill_once(self) -> bool {
        let left = self.members();
        if left.is_empty() {
            return false;
        }
        // A process that has ended meanwhile cannot be killed.
        let _ = killpg(self.main(), Signal::SIGKILL);
        for process in left {
            let _ = kill(Pid::from_raw(process.pid), Signal::SIGKILL);
        }
        true
    }

    /// Kills until nobody is left.
    pub fn kill(self) {
        while self.kill_once() {
            thread::sleep(LOOK);
        }
    }

    /// Is anybody at work, or about to be, as far as the system shows it? Those who say that they wait
    /// only look now and then whether they still must.
    pub fn anybody_runs(self, who_wait: &[i32]) -> bool {
        let runs = |stat: &Stat| matches!(stat.state, 'R' | 'D') && !who_wait.contains(&stat.pid);
        self.stats().iter().any(runs)
    }

    /// What main has left: to be asked when main has been waited for, and nobody else has.
    ///
    /// Nobody is missed, however late the look comes: the kernel gives main's children to us in the
    /// same step in which main ends, and only we can wait for them. Those alive now have outlived main.
    /// The others may have ended before main or after it; in either case nobody has waited for them.
    pub fn left_by_main(self) -> Left {
        if cfg!(not(target_os = "linux")) {
            // Init waits for those who have ended.
            return Left { alive: self.members(), ended: Vec::new() };
        }
        let own = getpid().as_raw();
        let mut left = Left::default();
        for stat in self.stats() {
            let is_ours = stat.parent == own;
            // CPython's resource tracker is a program of its own that nobody waits for.
            let may_be_tracker = stat.name.starts_with(b"python") && !stat.is_forked();
            let mut ended = Process {
                pid: stat.pid,
                name: stat.readable_name(),
                doing: "ended".to_owned(),
                vanishes: true,
            };
            if !stat.is_zombie() {
                match describe(stat) {
                    Some(process) if !process.vanishes => {
                        left.alive.push(process);
                        continue;
                    }
                    Some(process) => ended.name = process.name,
                    None => continue,
                }
            }
            if is_ours && !may_be_tracker {
                left.ended.push(ended);
            }
        }
        left
    }
}

/// The processes that main has left, without Python's helpers, which end by themselves.
#[derive(Default)]
pub(crate) struct Left {
    pub alive: Vec<Process>,
    /// Ended, or about to, and nobody has waited for it.
    pub ended: Vec<Process>,
}

fn describe(stat: Stat) -> Option<Process> {
    let pid = stat.pid;
    let read = |file: &str| fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let mut line = read("cmdline");
    line.truncate(line.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1));
    // Its memory is gone: the program has ended, perhaps since it was seen. Or it has no command line,
    // as one that is just becoming another program.
    let is_ending = line.is_empty() && Stat::of(pid).is_none_or(|now| now.has_ended());
    let doing = match stat.state {
        _ if is_ending => "ending".to_owned(),
        'R' => "running".to_owned(),
        'T' | 't' => "stopped".to_owned(),
        _ => waiting_in(String::from_utf8_lossy(&read("wchan")).trim()),
    };
    // A process that has given itself another name is known by it.
    let path = line.split(|&byte| matches!(byte, 0 | b' ')).next()?;
    let program = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    let name = match line[program..].starts_with(&stat.name) && !is_ending {
        true => String::from_utf8_lossy(&line[program..]).replace('\0', " "),
        false => stat.readable_name(),
    };
    // Python's multiprocessing keeps processes that end when main has, and that no program can wait
    // for.
    let helpers = ["multiprocessing.resource_tracker", "multiprocessing.forkserver"];
    let is_helper = !stat.is_forked() && helpers.iter().any(|helper| name.contains(helper));
    Some(Process { pid, name, doing, vanishes: is_ending || is_helper })
}

/// The kernel's word for the place in ours.
fn waiting_in(place: &str) -> String {
    let known = [
        ("futex", "for a lock or a wake-up"),
        ("pipe_read", "for bytes from a pipe"),
        ("pipe_write", "for room in a pipe"),
        ("unix", "at a socket"),
        ("do_wait", "for a child to end"),
        ("nanosleep", "for the clock"),
        ("poll", "for something to read, or the clock"),
        ("sigsuspend", "for a signal"),
    ];
    match known.iter().find(|(part, _)| place.contains(part)) {
        Some((_, words)) => format!("waits {words}"),
        None => "waits".to_owned(),
    }
}
