//! Starting a process by fork.

use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use nix::unistd::{ForkResult, fork};

use crate::current::{self, Identity, Me};
use crate::output::Output;
use crate::sentinel;
use crate::trace::{self, Op};
use crate::{Child, IntoExit, children, pause, say, shake, spawn, threads, waits};

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

/// Why a process was not started, or could not be waited for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// A fork copies only the thread that calls it.
    #[error(
        "`{name}` was not started: this process has {threads} threads, and a child would get only \
         one of them; a lock that another holds at that moment stays locked in the child for \
         ever. Start processes before threads, join the threads first, or use `spawn`"
    )]
    Threads {
        /// The process that was not started.
        name: String,
        /// How many threads there are.
        threads: u64,
    },
    /// A daemon would be killed without regard for its children.
    #[error(
        "`{name}` was not started: `{daemon}` is a daemon, and a daemon cannot start processes, \
         for nobody would wait for them when it is terminated. Start `{name}` from a process \
         that is no daemon"
    )]
    Daemon {
        /// The process that was not started.
        name: String,
        /// The process that tried.
        daemon: String,
    },
    /// The name comes before each line that the process prints, and must not look like another's.
    #[error(
        "{name:?} was not started: its name goes before its lines, so it can have no `|` and no line \
         break or other control character, and not only spaces. Choose another"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// Waiting and signals are for the process that started the child.
    #[error("only process {creator} (`{creator_name}`), which started `{name}`, can {action} it")]
    NotCreator {
        /// The child.
        name: String,
        /// What was asked for.
        action: &'static str,
        /// Who may: its number.
        creator: i32,
        /// Who may: its name.
        creator_name: String,
    },
    /// The system gives the status of a child once.
    #[error(
        "how `{name}` (process {pid}) ended cannot be known: its status is gone. Is SIGCHLD \
         ignored, or does other code of this process wait for all children?"
    )]
    Lost {
        /// The child.
        name: String,
        /// Its number.
        pid: i32,
    },
    /// Only Linux kills children with their parent, and a container may refuse the call for it.
    #[error(
        "`{name}` was not started: this system does not kill a process when its parent dies; only \
         Linux does, where the call `prctl` is allowed. Leave out `die_with_parent`"
    )]
    DieWithParent {
        /// The process that was not started.
        name: String,
    },
    /// [`Spawn`](crate::spawn::Spawn) starts a function that has a name of its own.
    #[error(
        "`{name}` was not started: a fresh program finds its function by name, and `{function}` \
         is a closure or a pointer. Write it as a `fn` and pass what it needs as the argument"
    )]
    NotAFunction {
        /// The process that was not started.
        name: String,
        /// What the compiler calls it.
        function: &'static str,
    },
    /// The fresh program did not take its argument.
    #[error(
        "`{name}` was not started: the fresh program {how} before it took its argument. Does \
         `main` begin with `{entry}`?"
    )]
    NoEntry {
        /// The process that was not started.
        name: String,
        /// What it did instead.
        how: String,
        /// The line that `main` needs.
        entry: String,
    },
    /// The argument could not be sent.
    #[error("`{name}` was not started: its argument cannot be sent: {reason}")]
    Argument {
        /// The process that was not started.
        name: String,
        /// The reason.
        reason: String,
    },
    /// The system refused.
    #[error("cannot {action} `{name}`: {source}")]
    Os {
        /// What was tried.
        action: &'static str,
        /// The process.
        name: String,
        /// The reason.
        source: io::Error,
    },
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
        let failed = |source| ProcessError::Os { action: "start", name: name.to_string(), source };

        may_start(&name)?;
        if die_with_parent && !can_follow() {
            return Err(ProcessError::DieWithParent { name: name.to_string() });
        }
        if let Some(threads) = threads::several() {
            return Err(ProcessError::Threads { name: name.to_string(), threads });
        }
        Output::share().map_err(failed)?;
        let me = Box::new(Me { name: name.clone(), daemon, forked: true, identity });
        let (sentinel, held) = sentinel::pair().map_err(failed)?;
        let parent = current::pid();
        match fork_named(&name).map_err(|errno| failed(errno.into()))? {
            ForkResult::Parent { child } => {
                let child = Child::new(name, child.as_raw(), daemon, sentinel);
                trace::pass(Op::Start { child: child.pid() });
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
                held.keep(sentinel);
                say::reset();
                current::become_process(me);
                finish(guarded(run))
            }
        }
    }
}

/// What a start by fork and a start by [`spawn`] have in common, before anything is made.
pub(crate) fn may_start(name: &str) -> Result<(), ProcessError> {
    spawn::refuse_without_entry();
    if name.trim().is_empty() || name.contains(|letter: char| letter.is_control() || letter == '|')
    {
        return Err(ProcessError::Name { name: name.to_owned() });
    }
    let me = current::current();
    if me.is_daemon() {
        let daemon = me.name().to_owned();
        return Err(ProcessError::Daemon { name: name.to_owned(), daemon });
    }
    pause::speed();
    shake::arm();
    waits::begin();
    children::arm();
    children::keep_statuses();
    shorten_panics();
    children::tidy();
    // What is in the buffer now comes before what the child prints, and after a fork it would
    // come twice. An error shows at the next line.
    let _ = io::stdout().flush();
    Ok(())
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
    shake::begin();
    waits::begin();
    trace::pass(Op::Begin);
    let code = panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|payload| {
        // Its destructor might panic too.
        std::mem::forget(payload);
        PANICKED
    });
    trace::pass(Op::End);
    code
}

/// Ends a process whose main is its parent's: without the parent's handlers for the end.
pub(crate) fn finish(code: i32) -> ! {
    children::end();
    // Nobody is left to tell an error.
    let _ = io::stdout().flush();
    // SAFETY: _exit takes any number and touches no memory.
    unsafe { libc::_exit(code) }
}

/// Ends this process in the way that is right for it.
pub(crate) fn quit(code: i32) -> ! {
    if current::is_forked() { finish(code) } else { std::process::exit(code) }
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
fn fork_named(_name: &str) -> nix::Result<ForkResult> {
    // SAFETY: the caller has made sure that this process has one thread, so no lock and no other
    // state is caught half-way: the child may do whatever its parent may.
    unsafe { fork() }
}

/// Has `ps` and `top` show this process by the first 15 bytes of a name, or a few less: a part of a
/// letter would be no text for whoever reads it in /proc. If that fails, the old name stays.
#[cfg(target_os = "linux")]
pub(crate) fn show(name: &str) {
    let end = (0..=name.len().min(15)).rfind(|&end| name.is_char_boundary(end)).unwrap_or(0);
    if let Ok(short) = std::ffi::CString::new(&name[..end]) {
        let _ = nix::sys::prctl::set_name(&short);
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn show(_name: &str) {}
