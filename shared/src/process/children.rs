//! The children of this process that nobody has joined yet, and the end of this process.

use std::sync::atomic::{AtomicI32, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use crate::lesson::say;
use crate::memory::clock::{Time, after};
use crate::memory::seam::{self, Condition, Op};
use crate::memory::{current, ending};
use crate::process::child::Child;
use crate::process::error::ProcessError;
use crate::process::signal::Signal;

/// How long children may take to obey SIGTERM when nobody reads the output any more.
const GRACE: Duration = Duration::from_millis(200);

/// As many may always wait to be joined.
const FEW: usize = 16;

struct Children {
    /// Those that have not ended, and some that have.
    list: Vec<Child>,
    /// How many there were when all were last looked at.
    alive: usize,
}

static CHILDREN: Mutex<Children> = Mutex::new(Children { list: Vec::new(), alive: 0 });

/// Whose list it is. After a fork, of ours or behind our back, it is not this process's.
static OWNER: AtomicI32 = AtomicI32::new(0);

fn children() -> MutexGuard<'static, Children> {
    let mut children = CHILDREN.lock().unwrap_or_else(PoisonError::into_inner);
    let pid = current::pid();
    if OWNER.swap(pid, Relaxed) != pid {
        // Freeing a thousand entries would copy the pages they lie in.
        std::mem::forget(std::mem::take(&mut children.list));
    }
    children
}

/// The first thing that a new process does with its parent's list.
pub(crate) fn forget_inherited() {
    drop(children());
}

/// A child that this process has just started.
pub(crate) fn add(child: Child) -> Child {
    children().list.push(child.clone());
    child
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
    all.retain(|child| matches!(child.look(), Ok(None)));
    all
}

fn snapshot() -> Vec<Child> {
    children().list.clone()
}

/// Called at each start, this keeps children that have ended from piling up. All are looked at once
/// their number has doubled, so that a start costs the same beside a thousand of them.
pub(crate) fn tidy() {
    let mut children = children();
    if children.list.len() >= 2 * children.alive + FEW {
        children.list.retain(|child| matches!(child.poll(), Ok(None)));
        children.alive = children.list.len();
    }
}

/// Called at each start, this has the system keep how children end. If SIGCHLD is ignored, it throws
/// that away, and no join and no pool could know: but a program that ignores it, or has inherited
/// that from whoever started it, hardly means that. Its handler, if it has one, stays.
#[allow(unsafe_code)]
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
pub(crate) fn end(code: Option<i32>) {
    if let Some(code) = code {
        seam::did(Op::End { code }, 0);
    }
    if OWNER.load(Relaxed) != current::pid() {
        return;
    }
    let all = snapshot();
    let daemons = all.iter().filter(|child| child.is_daemon());
    daemons.for_each(|daemon| _ = terminate(daemon));
    for child in all.iter().filter(|child| child.is_to_be_joined()) {
        let _ = child.join_within(None, Condition::LastEnd);
    }
}

/// The end of a process whose output nobody reads.
pub(crate) fn end_at_once() {
    if OWNER.load(Relaxed) != current::pid() {
        return;
    }
    let _ = end_these(&snapshot(), GRACE);
}

/// Asks these children to end and waits; whoever has not obeyed after `grace` is killed.
pub(crate) fn end_these(these: &[Child], grace: Duration) -> Result<(), ProcessError> {
    these.iter().try_for_each(terminate)?;
    let deadline = after(grace);
    for child in these {
        let left = deadline.map(Time::left);
        if unless_lost(child.join_within(left, Condition::End).map(|exit| exit.is_none()))? {
            child.send(Signal::SIGKILL)?;
            unless_lost(child.join_within(None, Condition::End).map(drop))?;
        }
    }
    Ok(())
}

/// SIGCONT lets a stopped child take its SIGTERM.
fn terminate(child: &Child) -> Result<(), ProcessError> {
    unless_lost(child.send(Signal::SIGTERM).and_then(|()| child.send(Signal::SIGCONT)))
}

/// A child whose status is gone has ended, too.
pub(crate) fn unless_lost<A: Default>(asked: Result<A, ProcessError>) -> Result<A, ProcessError> {
    match asked {
        Err(ProcessError::Lost { .. }) => Ok(A::default()),
        asked => asked,
    }
}

/// Has the end of this program, by a return from main, a panic or [`std::process::exit`], call
/// [`end`]. Children inherit it over the fork; [`end`] looks whose children they are.
pub(crate) fn arm() {
    static ARMED: Once = Once::new();
    ARMED.call_once(|| {
        ending::register(ending::Ways {
            wait_for_children: |code| end(Some(code)),
            end_children: end_at_once,
            if_nobody_reads: say::end_if_nobody_reads,
        });
        assert_eq!(at_exit(), 0, "no memory to note what to do at the end of the program");
    });
}

#[cfg(target_env = "gnu")]
#[allow(unsafe_code)]
fn at_exit() -> i32 {
    use std::ffi::c_void;
    unsafe extern "C" {
        fn on_exit(function: extern "C" fn(i32, *mut c_void), argument: *mut c_void) -> i32;
    }
    extern "C" fn at_exit(code: i32, _nothing: *mut c_void) {
        end(Some(code));
    }
    // SAFETY: the function is there as long as the program, and it cannot unwind.
    unsafe { on_exit(at_exit, std::ptr::null_mut()) }
}

/// Here the C library does not tell the exit code.
#[cfg(not(target_env = "gnu"))]
#[allow(unsafe_code)]
fn at_exit() -> i32 {
    extern "C" fn at_exit() {
        end(None);
    }
    // SAFETY: the function is there as long as the program, and it cannot unwind.
    unsafe { libc::atexit(at_exit) }
}
