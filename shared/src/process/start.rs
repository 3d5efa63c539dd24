//! Starting a process by fork.

use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use nix::unistd::{ForkResult, fork};

use crate::lesson::output::Output;
use crate::lesson::{pause, say};
use crate::memory::current::{self, Identity, Me};
use crate::memory::debug::debug;
use crate::memory::seam::{self, Act, Op, Text};
use crate::memory::{board, ending};
use crate::process::child::Child;
use crate::process::error::ProcessError;
use crate::process::exit::IntoExit;
use crate::process::{children, order, threads};

/// The exit code of a process whose function panics: Rust's own.
const PANICKED: i32 = 101;

/// A process to be (Python: `Process(target=…)`, before `start()`).
///
/// The child is a copy of this process at the moment of [`start`](Process::start). So its
/// function can borrow whatever is in sight, queues and locks above all; what it changes in
/// ordinary memory stays its own.
///
/// ```
/// use multiprocessing::{Process, Queue};
/// let queue = Queue::unbounded()?;
/// let child = Process::new(|| queue.put(7)).name("writer").start()?;
/// child.join()?;
/// assert_eq!(queue.get()?, 7);
/// # Ok::<(), anyhow::Error>(())
/// ```
#[must_use = "a process runs only after `start`"]
pub struct Process<'a> {
    run: Box<dyn FnOnce() -> i32 + 'a>,
    name: Option<String>,
    identity: Identity,
    daemon: bool,
    die_with_parent: bool,
}

debug!(Process<'a>, |process| name: process.name, daemon: process.daemon);

/// A worker type of your own (Python: a subclass of `Process` with a `run` method). If `run` is
/// missing, Python silently does nothing; here the program does not compile.
///
/// ```
/// use multiprocessing::{Process, Run, say};
/// struct Greeter {
///     whom: &'static str,
/// }
/// impl Run for Greeter {
///     fn run(&mut self) -> anyhow::Result<()> {
///         say!("hello, {}", self.whom);
///         Ok(())
///     }
/// }
/// Process::of(Greeter { whom: "world" }).start()?.join()?;
/// # Ok::<(), multiprocessing::ProcessError>(())
/// ```
pub trait Run {
    /// What the process does. An error ends it with exit code 1.
    fn run(&mut self) -> anyhow::Result<()>;
}

impl<'a> Process<'a> {
    /// A process that will run `run` and end with what it returns (Python: `target` and `args`).
    pub fn new<R: IntoExit>(run: impl FnOnce() -> R + 'a) -> Process<'a> {
        Process {
            run: Box::new(|| run().into_exit()),
            name: None,
            identity: current::next_identity(),
            daemon: false,
            die_with_parent: false,
        }
    }

    /// A process that will run this worker.
    pub fn of(mut worker: impl Run + 'a) -> Process<'a> {
        Process::new(move || worker.run())
    }

    /// Its name (Python: `name`), for people; on Linux `ps` shows its beginning, too. Without one, or
    /// with an empty one, it is `Process-1`, and the second child of that one `Process-1:2`. Names
    /// need not differ. [`start`](Process::start) refuses a name that could not stand before a line.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into()).filter(|name| !name.is_empty());
        self
    }

    /// Whether it is a daemon (Python: `daemon`): its creator, when it ends, terminates it instead of
    /// waiting for it. A daemon cannot start processes. A creator that is killed terminates
    /// nobody: see [`die_with_parent`](Process::die_with_parent).
    pub fn daemon(mut self, daemon: bool) -> Self {
        self.daemon = daemon;
        self
    }

    /// Whether the system kills it when its parent dies, however that dies (Linux only; Python
    /// has nothing like it).
    pub fn die_with_parent(mut self, die: bool) -> Self {
        self.die_with_parent = die;
        self
    }

    /// Starts it (Python: `start()`). What the function has captured by value is the child's from
    /// now on: this process drops its copy, as when an end of a pipe is moved into the child. If that
    /// panics, the child runs nevertheless, and [`active_children`](crate::active_children) lists it.
    ///
    /// If SIGCHLD is ignored, which a program may inherit, a start sets it back to its default:
    /// otherwise the system would not keep how children end. If it is ignored later, a `join` cannot
    /// learn how the child ended: [`Lost`](ProcessError::Lost).
    ///
    /// # What the copy takes along
    /// The copy includes what libraries keep in memory. If `rand::random` was called before, all
    /// children that are started from then on draw the same numbers; and if a line was read from
    /// [`std::io::stdin`], all of them, and this process, read the same lines of what was read ahead.
    /// (CPython's children seed `random` anew, and their `sys.stdin` is empty.) So draw and read in one
    /// process, and pass on what the others need.
    ///
    /// The child ends when its function returns. It waits for its own children, but not for threads
    /// that the function has left running, and it does not run the handlers that were registered
    /// with `atexit`, for these are main's. [`std::process::exit`] in a child does run them.
    ///
    /// # Errors
    /// [`Threads`](ProcessError::Threads) if this process has more than one thread,
    /// [`Name`](ProcessError::Name) if its name could not stand before a line,
    /// [`Daemon`](ProcessError::Daemon) if it is a daemon,
    /// [`DieWithParent`](ProcessError::DieWithParent) where the system lacks that, and
    /// [`Os`](ProcessError::Os) if there are too many processes or too little memory.
    pub fn start(self) -> Result<Child, ProcessError> {
        let Process { run, name, identity, daemon, die_with_parent } = self;
        let name: Arc<str> = name.unwrap_or_else(|| current::default_name(&identity)).into();
        let failed = |error| ProcessError::Os { action: "start", name: name.to_string(), error };

        order::refuse_without_entry();
        refuse_name(&name)?;
        refuse_in_a_daemon(&name)?;
        prepare_first_start();
        settle_before_start();
        if die_with_parent && !can_follow() {
            return Err(ProcessError::DieWithParent { name: name.to_string() });
        }
        if let Some(threads) = threads::several() {
            return Err(ProcessError::Threads { name: name.to_string(), threads });
        }
        Output::share().map_err(failed)?;
        let me = Box::new(Me { name: name.clone(), daemon, forked: true, identity });
        let (parent, nth) = (current::pid(), me.identity.last().copied().unwrap_or(0));
        let attempt = seam::about_this(Act::Start, 0, Text(&name));
        match fork_named(&name).map_err(|errno| failed(errno.into()))? {
            ForkResult::Parent { child } => {
                let child = children::add(Child::new(name, child.as_raw(), daemon));
                attempt.did(|| Op::Start { child: child.pid(), nth });
                // What it has captured may panic now; the child is in the list of children already.
                drop(run);
                Ok(child)
            }
            ForkResult::Child => {
                let _abort = AbortOnUnwind;
                if die_with_parent {
                    follow(parent);
                }
                children::forget_inherited();
                current::become_process(me);
                ending::finish(guarded(run))
            }
        }
    }
}

/// The name stands before each line of the process, and must not look like another's.
pub(crate) fn refuse_name(name: &str) -> Result<(), ProcessError> {
    let forbidden = |letter: char| letter.is_control() || letter == '|';
    match name.trim().is_empty() || name.contains(forbidden) {
        true => Err(ProcessError::Name { name: name.to_owned() }),
        false => Ok(()),
    }
}

/// A daemon would be killed without regard for its children.
pub(crate) fn refuse_in_a_daemon(name: &str) -> Result<(), ProcessError> {
    let me = current::current();
    match me.is_daemon() {
        true => {
            let daemon = me.name().to_owned();
            Err(ProcessError::Daemon { name: name.to_owned(), daemon })
        }
        false => Ok(()),
    }
}

/// What every process of this family is to inherit. A wrong value in the environment ends main, not
/// only a child.
pub(crate) fn prepare_first_start() {
    pause::speed();
    board::begin();
    children::arm();
    shorten_panics();
}

/// What has to be in order at the moment of each start.
pub(crate) fn settle_before_start() {
    children::keep_statuses();
    children::tidy();
    // What is in the buffer now comes before what the child prints, and after a fork it would
    // come twice. An error shows at the next line.
    let _ = io::stdout().flush();
}

/// Has a panic in any process but main print one line. Set before the first fork and inherited:
/// each child that set its own would copy and load pages for it. A program that sets another hook
/// later has it in its children as well.
pub(crate) fn shorten_panics() {
    static SHORTENED: AtomicBool = AtomicBool::new(false);
    // In the middle of a panic the hook cannot be changed; a later start will do it.
    if std::thread::panicking() || SHORTENED.swap(true, Relaxed) {
        return;
    }
    let mains = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if current::is_main() {
            return mains(info);
        }
        let payload = info.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        say::complain(text.unwrap_or("panicked without a text"));
    }));
}

/// Runs the function of this process, up to its exit code, whatever it does.
pub(crate) fn guarded(run: impl FnOnce() -> i32) -> i32 {
    seam::begin();
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|payload| {
        // Its destructor might panic too.
        std::mem::forget(payload);
        PANICKED
    })
}

/// The child must never run on into its parent's code.
struct AbortOnUnwind;

impl Drop for AbortOnUnwind {
    fn drop(&mut self) {
        std::process::abort();
    }
}

/// Whether the system can kill a process when its parent dies.
pub(crate) fn can_follow() -> bool {
    #[cfg(target_os = "linux")]
    return nix::sys::prctl::get_pdeathsig().is_ok();
    #[cfg(not(target_os = "linux"))]
    false
}

#[cfg(target_os = "linux")]
fn follow(parent: i32) {
    use nix::sys::signal::{Signal, raise};
    let refused = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).is_err();
    // The parent may have died before the request.
    if refused || nix::unistd::getppid().as_raw() != parent {
        let _ = raise(Signal::SIGKILL);
    }
}

#[cfg(not(target_os = "linux"))]
fn follow(_parent: i32) {}

/// Forks with the name that `ps` and `top` are to show for the child. A child inherits what its
/// parent is called at that moment. To call itself so would load two more pages.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn fork_named(name: &str) -> nix::Result<ForkResult> {
    use nix::sys::prctl::{get_name, set_name};
    let mine = get_name();
    show(name);
    // SAFETY: the caller has made sure that this process has one thread, so no lock and no other
    // state is caught half-way: the child may do whatever its parent may.
    let forked = unsafe { fork() };
    if let (Ok(mine), Ok(ForkResult::Parent { .. }) | Err(_)) = (mine, &forked) {
        let _ = set_name(&mine);
    }
    forked
}

#[cfg(not(target_os = "linux"))]
#[allow(unsafe_code)]
fn fork_named(_name: &str) -> nix::Result<ForkResult> {
    // SAFETY: the caller has made sure that this process has one thread, so no lock and no other
    // state is caught half-way: the child may do whatever its parent may.
    unsafe { fork() }
}

/// Has `ps` and `top` show this process by the first 15 bytes of a name. If that fails, the old name
/// stays.
#[cfg(target_os = "linux")]
pub(crate) fn show(name: &str) {
    if let Ok(short) = std::ffi::CString::new(current::beginning(name, 15)) {
        let _ = nix::sys::prctl::set_name(&short);
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn show(_name: &str) {}
