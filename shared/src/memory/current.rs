//! Who this process is.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
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

    /// Its number. The system is asked each time (Python: `os.getpid()`).
    pub fn pid(&self) -> i32 {
        pid()
    }

    /// The number of the thread that asks (Python: `threading.get_native_id()`). On Linux, that of
    /// the first thread is the number of the process.
    pub fn thread_id(&self) -> u64 {
        thread_id()
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
    match &*me() {
        Some(me) => Current { name: me.name.clone(), daemon: me.daemon },
        None => Current { name: "main".into(), daemon: false },
    }
}

/// How many processes can run at once here (Python: `os.process_cpu_count()`): the processors
/// that this process may use, which can be fewer than the machine has; 1 if that is unknown.
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
    pub(crate) name: Arc<str>,
    pub(crate) daemon: bool,
    /// By a fork of ours: such a process must end with `_exit`.
    pub(crate) forked: bool,
    pub(crate) identity: Identity,
}

/// None in main. All zeroes at first, like the other state that a new process changes at once:
/// so it lies on the same page, and costs no page of its own after a fork.
static ME: Mutex<Option<Box<Me>>> = Mutex::new(None);
static MADE: AtomicU32 = AtomicU32::new(0);

fn me() -> MutexGuard<'static, Option<Box<Me>>> {
    ME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first thing that a new process does.
pub(crate) fn become_process(new: Box<Me>) {
    // Freed memory is written to: that would copy another page.
    std::mem::forget(me().replace(new));
    MADE.store(0, Relaxed);
}

#[cfg(target_vendor = "apple")]
#[allow(unsafe_code)]
fn thread_id() -> u64 {
    let mut id = 0;
    // SAFETY: 0 is the thread that calls; the number is written to a local variable.
    unsafe { libc::pthread_threadid_np(0, &mut id) };
    id
}

#[cfg(target_os = "linux")]
fn thread_id() -> u64 {
    nix::unistd::gettid().as_raw() as u64
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn thread_id() -> u64 {
    pid() as u64
}

pub(crate) fn pid() -> i32 {
    nix::unistd::getpid().as_raw()
}

pub(crate) fn is_main() -> bool {
    me().is_none()
}

pub(crate) fn is_forked() -> bool {
    me().as_ref().is_some_and(|me| me.forked)
}

/// The place of this process in the family; empty in main.
pub(crate) fn identity() -> Identity {
    me().as_ref().map_or(Vec::new(), |me| me.identity.clone())
}

/// The same in words: `1.2`, or `main`. It is the same in every run, where pids are not.
pub(crate) fn birth_place() -> String {
    let numbers: Vec<String> = identity().iter().map(u32::to_string).collect();
    if numbers.is_empty() { "main".to_owned() } else { numbers.join(".") }
}

/// A small number that differs between a process, its parent and its siblings.
pub(crate) fn number() -> u32 {
    me().as_ref().map_or(0, |me| me.identity.iter().sum())
}

pub(crate) fn next_identity() -> Identity {
    let next = MADE.fetch_add(1, Relaxed) + 1;
    [identity(), vec![next]].concat()
}

/// `Process-1:2`, as CPython names it.
pub(crate) fn default_name(identity: &[u32]) -> String {
    let numbers: Vec<String> = identity.iter().map(u32::to_string).collect();
    format!("Process-{}", numbers.join(":"))
}

/// The first bytes of a name, a few less than `most` where that would cut a letter: a part of one
/// would be no text for whoever reads it.
pub(crate) fn beginning(name: &str, most: usize) -> &str {
    let end = (0..=name.len().min(most)).rfind(|&end| name.is_char_boundary(end));
    &name[..end.unwrap_or(0)]
}
