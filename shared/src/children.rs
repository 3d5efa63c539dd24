//! The children of this process that nobody has joined yet, and the end of this process.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::waits::{Condition, waits_for};
use crate::{Child, current};

/// How long children may take to obey SIGTERM when nobody reads the output any more.
const GRACE: Duration = Duration::from_millis(200);

/// As many may always wait to be joined.
const FEW: usize = 16;

struct Children {
    next: u64,
    /// How many there were when all were last looked at.
    alive: usize,
    list: BTreeMap<u64, Child>,
}

static CHILDREN: Mutex<Children> =
    Mutex::new(Children { next: 0, alive: 0, list: BTreeMap::new() });

/// Whose list it is. After a fork, of ours or behind our back, it is not this process's.
static OWNER: AtomicI32 = AtomicI32::new(0);

fn children() -> MutexGuard<'static, Children> {
    let mut children = CHILDREN.lock().unwrap_or_else(PoisonError::into_inner);
    let pid = current::pid();
    if OWNER.swap(pid, Relaxed) != pid {
        let inherited = std::mem::take(&mut children.list);
        if cfg!(any(not(target_os = "linux"), feature = "portable-wait")) {
            inherited.values().for_each(Child::disown);
        }
        // Freeing a thousand entries would copy the pages they lie in.
        std::mem::forget(inherited);
    }
    children
}

/// The first thing that a new process does with its parent's list.
pub(crate) fn forget_inherited() {
    drop(children());
}

pub(crate) fn add(make: impl FnOnce(u64) -> Child) -> Child {
    let mut children = children();
    children.next += 1;
    let number = children.next;
    let child = make(number);
    children.list.insert(number, child.clone());
    child
}

pub(crate) fn remove(number: u64) {
    children().list.remove(&number);
}

/// The children of this process that have not ended (Python: `active_children()`), in the order
/// of their start. Those that have ended are taken off the system's list, as by a join.
///
/// ```
/// use multiprocessing::{Process, active_children};
/// let child = Process::new(|| ()).start()?;
/// child.join()?;
/// assert!(active_children().is_empty());
/// # Ok::<(), multiprocessing::ProcessError>(())
/// ```
pub fn active_children() -> Vec<Child> {
    let mut all = snapshot();
    all.retain(|child| matches!(child.poll(), Ok(None)));
    all
}

fn snapshot() -> Vec<Child> {
    children().list.values().cloned().collect()
}

/// Called at each start, this keeps children that have ended and are never joined from piling up.
/// All are looked at once their number has doubled, so that a start costs the same beside a
/// thousand of them.
pub(crate) fn tidy() {
    let children = children();
    let many = children.list.len() >= 2 * children.alive + FEW;
    drop(children);
    if many {
        let alive = active_children().len();
        self::children().alive = alive;
    }
}

/// Called at each start, this has the system keep how children end. If SIGCHLD is ignored, it throws
/// that away, and no join and no pool could know: but a program that ignores it, or has inherited
/// that from whoever started it, hardly means that. Its handler, if it has one, stays.
pub(crate) fn keep_statuses() {
    // SAFETY: `sigaction` is a plain struct of which all zeroes are a value; it outlives the calls,
    // and the handler that is set is the one that was there, or the system's.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(libc::SIGCHLD, std::ptr::null(), &mut action);
        let ignored = action.sa_sigaction == libc::SIG_IGN;
        if ignored || action.sa_flags & libc::SA_NOCLDWAIT != 0 {
            action.sa_flags &= !libc::SA_NOCLDWAIT;
            if ignored {
                action.sa_sigaction = libc::SIG_DFL;
            }
            libc::sigaction(libc::SIGCHLD, &action, std::ptr::null_mut());
        }
    }
}

/// The end of a process, as in CPython: daemons are terminated, everybody else is waited for.
///
/// Also called when thread-locals are gone and a panic would abort: nothing here uses the one or
/// does the other. A child that cannot be signalled or waited for has ended: errors mean nothing.
pub(crate) fn end() {
    if OWNER.load(Relaxed) != current::pid() {
        return;
    }
    let all = snapshot();
    all.iter().filter(|child| child.is_daemon()).for_each(terminate);
    for child in &all {
        let _waiting = waits_for(0, Condition::LastEnd(child.pid()), false);
        let _ = child.wait();
    }
}

/// The end of a process whose output nobody reads.
pub(crate) fn end_at_once() {
    if OWNER.load(Relaxed) != current::pid() {
        return;
    }
    let all = snapshot();
    all.iter().for_each(terminate);
    let deadline = Instant::now() + GRACE;
    for child in &all {
        if let Ok(None) = child.wait_until(deadline) {
            let _ = child.send(Signal::SIGKILL);
            let _ = child.wait();
        }
    }
}

/// SIGCONT lets a stopped child take its SIGTERM.
fn terminate(child: &Child) {
    let _ = child.send(Signal::SIGTERM).and_then(|()| child.send(Signal::SIGCONT));
}

/// Has the end of this program, by a return from main, a panic or [`std::process::exit`], call
/// [`end`]. Children inherit it over the fork; [`end`] looks whose children they are.
pub(crate) fn arm() {
    static ARMED: Once = Once::new();
    extern "C" fn at_exit() {
        end();
    }
    ARMED.call_once(|| {
        // SAFETY: the function is there as long as the program, and it cannot unwind.
        let refused = unsafe { libc::atexit(at_exit) };
        assert_eq!(refused, 0, "no memory to note what to do at the end of the program");
    });
}
