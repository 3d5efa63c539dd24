//! What the system shows of a process in `/proc`. Where there is no `/proc`, nobody is there.

use std::fs;
use std::path::PathBuf;

/// What `/proc/PID/stat` says.
#[derive(Clone, Debug)]
pub struct Stat {
    /// Its number.
    pub pid: i32,
    /// Its parent's.
    pub parent: i32,
    /// Its process group's.
    pub group: i32,
    /// `R` runs, `D` waits for a disk, `S` sleeps, `T` is stopped, `Z` has ended; and rarer ones.
    pub state: char,
    flags: u32,
    /// In bytes, as everything that a program may choose.
    pub(crate) name: Vec<u8>,
}

impl Stat {
    /// `None` if it is no longer there. One that has ended is there until it has been waited for.
    pub fn of(pid: i32) -> Option<Stat> {
        let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
        // The name stands in brackets and may itself contain any byte.
        let begin = stat.iter().position(|&byte| byte == b'(')? + 1;
        let end = stat.iter().rposition(|&byte| byte == b')')?;
        let name = stat.get(begin..end)?.to_vec();
        let rest = str::from_utf8(&stat[end + 1..]).ok()?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        Some(Stat {
            pid,
            parent: fields.get(1)?.parse().ok()?,
            group: fields.get(2)?.parse().ok()?,
            state: fields.first()?.chars().next()?,
            flags: fields.get(6)?.parse().ok()?,
            name,
        })
    }

    /// Of everybody, by their numbers.
    pub fn of_all() -> Vec<Stat> {
        let mut all: Vec<Stat> = numbers("/proc").into_iter().filter_map(Stat::of).collect();
        all.sort_by_key(|stat| stat.pid);
        all
    }

    /// It has ended, and its parent has not waited for it yet.
    pub fn is_zombie(&self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }

    /// Has its program ended, though the kernel may not have cleared everything up yet?
    pub(crate) fn has_ended(&self) -> bool {
        const EXITING: u32 = 0x4;
        self.flags & EXITING != 0 || self.is_zombie()
    }

    /// Does it run its parent's program?
    pub(crate) fn is_forked(&self) -> bool {
        const FORKED: u32 = 0x40;
        self.flags & FORKED != 0
    }

    /// The kernel cuts a name at 15 bytes, perhaps inside a letter: what is left of that letter goes.
    pub(crate) fn readable_name(&self) -> String {
        let whole = match str::from_utf8(&self.name) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.name.len(),
        };
        String::from_utf8_lossy(&self.name[..whole]).into_owned()
    }
}

/// The entries of a folder that are numbers.
fn numbers<N: std::str::FromStr>(folder: &str) -> Vec<N> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

/// What a process has open for writing beyond its standard streams, in words: a process that waits for the
/// end of file there waits for this one. The files of `but` are not meant. `None` if it has
/// nothing open at all: it is ending.
pub(crate) fn open_for_writing(pid: i32, but: &[PathBuf]) -> Option<Vec<String>> {
    let describe = |descriptor: &u32| {
        let open = open(pid, *descriptor)?;
        // Each process of the helper crate keeps its life lock there; a pidfd carries no data.
        let name = open.file.to_string_lossy();
        let is_own =
            name.starts_with("/memfd:multiprocessing-life") || name == "anon_inode:[pidfd]";
        if !open.is_for_writing() || is_own || but.contains(&open.file) {
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

/// What a process has open under a number.
pub(crate) struct Open {
    pub file: PathBuf,
    flags: u32,
}

/// `None`: it has not, or the system does not say.
pub(crate) fn open(pid: i32, descriptor: u32) -> Option<Open> {
    let file = fs::read_link(format!("/proc/{pid}/fd/{descriptor}")).ok()?;
    let info = fs::read_to_string(format!("/proc/{pid}/fdinfo/{descriptor}")).ok()?;
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"))?;
    Some(Open { file, flags: u32::from_str_radix(flags.trim(), 8).ok()? })
}

impl Open {
    /// The lowest two bits of the flags: 0 is for reading, 1 for writing, 2 for both.
    const ACCESS: u32 = 0o3;

    pub fn is_for_reading(&self) -> bool {
        self.flags & Self::ACCESS != 1
    }

    pub fn is_for_writing(&self) -> bool {
        self.flags & Self::ACCESS != 0
    }
}

/// Which files this process has open itself: its children inherit some of them.
pub(crate) fn open_here() -> Vec<PathBuf> {
    let own = std::process::id().cast_signed();
    let file = |descriptor| fs::read_link(format!("/proc/{own}/fd/{descriptor}")).ok();
    descriptors(own).into_iter().filter_map(file).collect()
}

/// The numbers under which a process has something open.
pub(crate) fn descriptors(pid: i32) -> Vec<u32> {
    let mut all = numbers(&format!("/proc/{pid}/fd"));
    all.sort_unstable();
    all
}

/// What changes whenever a process goes on: the time that it has computed, and how often each of its
/// threads was given a processor. `None` if it computes now, or if the system does not say.
pub(crate) fn footprint(pid: i32) -> Option<String> {
    let mut print = String::new();
    for thread in fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten() {
        let status = fs::read(thread.path().join("status")).unwrap_or_default();
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

/// How many threads it has; 0 if the system does not say.
pub(crate) fn threads(pid: i32) -> usize {
    fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count)
}
