//! Who belongs to a process group, and what each is waiting in.

use std::fmt;
use std::path::PathBuf;

use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

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

/// Whose processes are looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scope {
    /// Those of one process group, among others that this process runs.
    Group(Pid),
    /// The same group, and everybody else who descends from this process: it runs nothing else.
    Family(Pid),
}

/// Whom main has left, but for Python's helpers, which end by themselves.
#[derive(Default)]
pub(crate) struct Left {
    pub alive: Vec<Process>,
    /// Ended, or about to, and nobody has waited for it.
    pub ended: Vec<Process>,
}

/// What `/proc/PID/stat` says.
#[cfg(target_os = "linux")]
struct Seen {
    pid: i32,
    parent: i32,
    group: i32,
    state: char,
    flags: u32,
    /// In bytes, as everything that a program may choose.
    name: Vec<u8>,
}

#[cfg(target_os = "linux")]
impl Seen {
    /// Does it run its parent's program?
    fn is_forked(&self) -> bool {
        const FORKED: u32 = 0x40;
        self.flags & FORKED != 0
    }

    /// Has its program ended, though the kernel may not have cleared everything up yet?
    fn has_ended(&self) -> bool {
        const EXITING: u32 = 0x4;
        self.flags & EXITING != 0 || matches!(self.state, 'Z' | 'X')
    }
}

/// Everybody in scope who is alive; zombies are not.
#[cfg(target_os = "linux")]
pub(crate) fn members(scope: Scope) -> Vec<Process> {
    let alive = |seen: &Seen| !matches!(seen.state, 'Z' | 'X');
    let seen = in_scope(scope).into_iter();
    seen.filter(alive).filter_map(describe).collect()
}

/// Is anybody at work, or about to be, as far as the system shows it? Those who say that they wait
/// only look now and then whether they still must.
#[cfg(target_os = "linux")]
pub(crate) fn anybody_runs(scope: Scope, who_wait: &[i32]) -> bool {
    let runs = |seen: &Seen| matches!(seen.state, 'R' | 'D') && !who_wait.contains(&seen.pid);
    in_scope(scope).iter().any(runs)
}

/// Whom main has left, asked once main has been waited for and before anybody else is.
///
/// Nobody is missed, however late the look comes: the kernel gives main's children to us in the same
/// step in which main ends, and only we can wait for them. Who is alive now has outlived main. Who
/// is not may have ended before main or after it; in either case nobody has waited for it.
#[cfg(target_os = "linux")]
pub(crate) fn left_by_main(scope: Scope) -> Left {
    let own = nix::unistd::getpid().as_raw();
    let mut left = Left::default();
    for seen in in_scope(scope) {
        let is_ours = seen.parent == own;
        // CPython's resource tracker is a program of its own that nobody waits for.
        let may_be_tracker = seen.name.starts_with(b"python") && !seen.is_forked();
        let mut ended = Process {
            pid: seen.pid,
            name: readable(&seen.name),
            doing: "ended".to_owned(),
            vanishes: true,
        };
        if !matches!(seen.state, 'Z' | 'X') {
            match describe(seen) {
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

/// What a process has open for writing beyond its standard streams, in words: whoever waits for the
/// end of file there waits for this process. The files of `but` are not meant. `None` if it has
/// nothing open at all: it is ending.
#[cfg(target_os = "linux")]
pub(crate) fn open_for_writing(pid: i32, but: &[PathBuf]) -> Option<Vec<String>> {
    /// The lowest two bits of the flags that a descriptor was opened with.
    const ACCESS: u32 = 0o3;
    let describe = |descriptor: &u32| {
        let file = std::fs::read_link(format!("/proc/{pid}/fd/{descriptor}")).ok()?;
        let info = std::fs::read_to_string(format!("/proc/{pid}/fdinfo/{descriptor}")).ok()?;
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"))?;
        let is_read_only = u32::from_str_radix(flags.trim(), 8).ok()? & ACCESS == 0;
        // Each process of the helper crate keeps its life lock there; a pidfd carries no data.
        let name = file.to_string_lossy();
        let is_own =
            name.starts_with("/memfd:multiprocessing-life") || name == "anon_inode:[pidfd]";
        if is_read_only || is_own || but.contains(&file) {
            return None;
        }
        let what = match name.split_once(":[") {
            Some(("pipe", _)) => "the writing end of a pipe".to_owned(),
            Some((kind, _)) => format!("a {kind}"),
            None => format!("the file {name}"),
        };
        Some(format!("{what} (descriptor {descriptor})"))
    };
    let descriptors = descriptors(pid);
    let own = descriptors.iter().filter(|&&descriptor| descriptor > 2);
    (!descriptors.is_empty()).then(|| own.filter_map(describe).collect())
}

/// Which files this process has open itself: its children inherit some of them.
#[cfg(target_os = "linux")]
pub(crate) fn open_here() -> Vec<PathBuf> {
    let own = nix::unistd::getpid().as_raw();
    let file = |descriptor| std::fs::read_link(format!("/proc/{own}/fd/{descriptor}")).ok();
    descriptors(own).into_iter().filter_map(file).collect()
}

#[cfg(target_os = "linux")]
fn descriptors(pid: i32) -> Vec<u32> {
    let entries = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten();
    let mut all: Vec<u32> =
        entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
    all.sort_unstable();
    all
}

#[cfg(target_os = "linux")]
fn in_scope(scope: Scope) -> Vec<Seen> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let mut all: Vec<Seen> = pids.filter_map(look_at).collect();
    all.sort_by_key(|seen| seen.pid);
    let (Scope::Group(group) | Scope::Family(group)) = scope;
    let mut family = std::collections::HashSet::new();
    if let Scope::Family(_) = scope {
        family.insert(nix::unistd::getpid().as_raw());
        // Numbers may wrap around, so a child's can be the smaller one.
        while all.iter().any(|seen| family.contains(&seen.parent) && family.insert(seen.pid)) {}
        family.remove(&nix::unistd::getpid().as_raw());
    }
    all.retain(|seen| seen.group == group.as_raw() || family.contains(&seen.pid));
    all
}

/// `None` if it is no longer there.
#[cfg(target_os = "linux")]
fn look_at(pid: i32) -> Option<Seen> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may itself contain any byte.
    let begin = stat.iter().position(|&byte| byte == b'(')? + 1;
    let end = stat.iter().rposition(|&byte| byte == b')')?;
    let name = stat.get(begin..end)?.to_vec();
    let rest = str::from_utf8(&stat[end + 1..]).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    Some(Seen {
        pid,
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        state: fields.first()?.chars().next()?,
        flags: fields.get(6)?.parse().ok()?,
        name,
    })
}

/// The kernel cuts a name at 15 bytes, perhaps inside a letter: what is left of that letter goes.
#[cfg(target_os = "linux")]
fn readable(name: &[u8]) -> String {
    let whole = match str::from_utf8(name) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => name.len(),
    };
    String::from_utf8_lossy(&name[..whole]).into_owned()
}

#[cfg(target_os = "linux")]
fn describe(seen: Seen) -> Option<Process> {
    let is_forked = seen.is_forked();
    let Seen { pid, name, .. } = seen;
    let read = |file: &str| std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let mut line = read("cmdline");
    line.truncate(line.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1));
    // Its memory is gone: the program has ended, perhaps since it was seen. Or it has no command line,
    // as one that is just becoming another program.
    let is_ending = line.is_empty() && look_at(pid).is_none_or(|now| now.has_ended());
    let doing = match seen.state {
        _ if is_ending => "ending".to_owned(),
        'R' => "running".to_owned(),
        'T' | 't' => "stopped".to_owned(),
        _ => waiting_in(String::from_utf8_lossy(&read("wchan")).trim()),
    };
    // A process that has given itself another name is known by it.
    let path = line.split(|&byte| matches!(byte, 0 | b' ')).next()?;
    let program = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    let name = match line[program..].starts_with(&name) && !is_ending {
        true => String::from_utf8_lossy(&line[program..]).replace('\0', " "),
        false => readable(&name),
    };
    // Python's multiprocessing keeps processes that end when main has, and that no program can wait
    // for.
    let helpers = ["multiprocessing.resource_tracker", "multiprocessing.forkserver"];
    let is_helper = !is_forked && helpers.iter().any(|helper| name.contains(helper));
    Some(Process { pid, name, doing, vanishes: is_ending || is_helper })
}

/// The kernel's word for the place in ours.
#[cfg(target_os = "linux")]
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

/// What changes whenever a process goes on: the time that it has computed, and how often each of its
/// threads was given a processor. `None` if it computes now.
#[cfg(target_os = "linux")]
pub(crate) fn footprint(pid: i32) -> Option<String> {
    let mut print = String::new();
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    for thread in threads {
        let status = std::fs::read(thread.path().join("status")).unwrap_or_default();
        for line in String::from_utf8_lossy(&status).lines() {
            if line.starts_with("State:\tR") || line.starts_with("State:\tD") {
                return None;
            }
            if line.contains("ctxt_switches") {
                print += line;
            }
        }
    }
    Some(print)
}

/// How many threads it has; 0 if nobody tells.
#[cfg(target_os = "linux")]
pub(crate) fn threads(pid: i32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count)
}

/// Elsewhere nobody tells.
#[cfg(not(target_os = "linux"))]
pub(crate) fn footprint(_pid: i32) -> Option<String> {
    None
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn threads(_pid: i32) -> usize {
    0
}

/// Without /proc, only whether anybody is there.
#[cfg(not(target_os = "linux"))]
pub(crate) fn members(scope: Scope) -> Vec<Process> {
    let (Scope::Group(group) | Scope::Family(group)) = scope;
    match nix::sys::signal::killpg(group, None) {
        Ok(()) => vec![Process {
            pid: group.as_raw(),
            name: "its process group".to_owned(),
            doing: "not known".to_owned(),
            vanishes: false,
        }],
        Err(_) => Vec::new(),
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn anybody_runs(_scope: Scope, _who_wait: &[i32]) -> bool {
    false
}

/// Elsewhere nobody tells.
#[cfg(not(target_os = "linux"))]
pub(crate) fn open_for_writing(_pid: i32, _but: &[PathBuf]) -> Option<Vec<String>> {
    None
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn open_here() -> Vec<PathBuf> {
    Vec::new()
}

/// Elsewhere init waits for those who have ended.
#[cfg(not(target_os = "linux"))]
pub(crate) fn left_by_main(scope: Scope) -> Left {
    Left { alive: members(scope), ended: Vec::new() }
}
