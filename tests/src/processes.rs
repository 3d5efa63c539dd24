//! Who belongs to a process group, and what each is waiting in.

use std::fmt;

use nix::unistd::Pid;

/// A process as the system shows it.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// Its command line, or its name.
    pub name: String,
    /// What it was doing.
    pub doing: String,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {}, {})", self.name, self.pid, self.doing)
    }
}

impl Process {
    /// Python's multiprocessing keeps a process that outlives main by a moment and that no
    /// program can wait for.
    pub(crate) fn is_python_helper(&self) -> bool {
        self.name.contains("multiprocessing.resource_tracker")
    }
}

/// Everybody in the group who is alive; zombies are not.
#[cfg(target_os = "linux")]
pub(crate) fn members(group: Pid) -> Vec<Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let mut members: Vec<Process> = pids.filter_map(|pid| look_at(pid, group)).collect();
    members.sort_by_key(|process| process.pid);
    members
}

/// `None` if it is not in the group, or no longer there.
#[cfg(target_os = "linux")]
fn look_at(pid: i32, group: Pid) -> Option<Process> {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{pid}/{file}"));
    let stat = read("stat").ok()?;
    // The name stands in brackets and may itself contain any character.
    let (name, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    let (state, _parent, own_group) = (fields.next()?, fields.next()?, fields.next()?);
    if own_group.parse() != Ok(group.as_raw()) || matches!(state, "Z" | "X") {
        return None;
    }
    let doing = match state {
        "R" => "running".to_owned(),
        "T" | "t" => "stopped".to_owned(),
        _ => waiting_in(read("wchan").unwrap_or_default().trim()),
    };
    let line = read("cmdline")
        .unwrap_or_default()
        .trim_end_matches('\0')
        .replace('\0', " ");
    // A process that has given itself another name is known by it.
    let program = line.split(' ').next()?.rsplit('/').next()?;
    let name = match program.starts_with(name) && !line.is_empty() {
        true => line,
        false => name.to_owned(),
    };
    Some(Process { pid, name, doing })
}

/// The kernel's word for the place, and ours.
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
    match (place, known.iter().find(|(part, _)| place.contains(part))) {
        ("" | "0", _) => "waiting".to_owned(),
        (_, Some((_, words))) => format!("waiting {words}: {place}"),
        (_, None) => format!("waiting in {place}"),
    }
}

/// Without /proc, only whether anybody is there.
#[cfg(not(target_os = "linux"))]
pub(crate) fn members(group: Pid) -> Vec<Process> {
    match nix::sys::signal::killpg(group, None) {
        Ok(()) => vec![Process {
            pid: group.as_raw(),
            name: "its process group".to_owned(),
            doing: "not known".to_owned(),
        }],
        Err(_) => Vec::new(),
    }
}
