//! Who this process is.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a process knows about itself (Python: `current_process()`).
#[derive(Clone, Debug)]
pub struct Current {
    name: Arc<str>,
    daemon: bool,
}

impl Current {
    /// The name it was given; `main` for the first process (Python: `MainProcess`).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its number, asked of the system now (Python: `os.getpid()`).
    pub fn pid(&self) -> i32 {
        pid()
    }

    /// The number of its parent, asked of the system now (Python: `os.getppid()`). Once the parent
    /// has died this is another process: pid 1, or whoever collects orphans.
    pub fn parent_pid(&self) -> i32 {
        nix::unistd::getppid().as_raw()
    }

    /// Whether it was started as a daemon (Python: `current_process().daemon`).
    pub fn is_daemon(&self) -> bool {
        self.daemon
    }
}

/// This process (Python: `current_process()`).
///
/// ```
/// use multiprocessing::current;
/// assert_eq!(current().name(), "main");
/// assert_eq!(current().pid() as u32, std::process::id());
/// ```
pub fn current() -> Current {
    let me = me();
    Current {
        name: me.name.clone().unwrap_or_else(|| "main".into()),
        daemon: me.daemon,
    }
}

/// How many processes can run at once here (Python: `os.process_cpu_count()`): the processors
/// that this process may use, which can be fewer than the machine has; 1 if nobody knows.
///
/// ```
/// assert!(multiprocessing::cpu_count() >= 1);
/// ```
pub fn cpu_count() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}

/// The place in the family: `[1, 2]` is the second process that the first process of main made.
pub(crate) type Identity = Vec<u32>;

pub(crate) struct Me {
    /// None: main.
    name: Option<Arc<str>>,
    daemon: bool,
    forked: bool,
    identity: Identity,
    made: u32,
}

static ME: Mutex<Me> = Mutex::new(Me {
    name: None,
    daemon: false,
    forked: false,
    identity: Vec::new(),
    made: 0,
});

fn me() -> MutexGuard<'static, Me> {
    ME.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn pid() -> i32 {
    nix::unistd::getpid().as_raw()
}

/// Whether this process came from a fork of ours, so that it must end with `_exit`.
pub(crate) fn is_forked() -> bool {
    me().forked
}

/// A small number that differs between a process, its parent and its siblings.
pub(crate) fn number() -> u32 {
    me().identity.iter().sum()
}

pub(crate) fn next_identity() -> Identity {
    let mut me = me();
    me.made += 1;
    [me.identity.as_slice(), &[me.made]].concat()
}

/// `Process-1:2`, as CPython names it.
pub(crate) fn default_name(identity: &[u32]) -> String {
    let numbers: Vec<String> = identity.iter().map(u32::to_string).collect();
    format!("Process-{}", numbers.join(":"))
}

/// The first thing that a new process does.
pub(crate) fn become_process(name: Arc<str>, identity: Identity, daemon: bool, forked: bool) {
    *me() = Me {
        name: Some(name),
        daemon,
        forked,
        identity,
        made: 0,
    };
}
