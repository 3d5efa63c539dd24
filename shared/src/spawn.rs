//! Starting a process as a fresh image of this program (Python: the start method `spawn`).
//!
//! A forked child inherits everything; a spawned one gets nothing but what is sent to it, and what
//! every program gets: environment, arguments, and the descriptors 0 to 2, but no others. The
//! program starts again from `main`, whose first line, [`entry`], recognises that it was started
//! to run a function, takes the argument from an ipc-channel and runs the function:
//!
//! ```
//! use multiprocessing::{Exit, spawn};
//!
//! fn work(number: i32) -> i32 {
//!     number + 1
//! }
//!
//! fn main() -> Result<(), multiprocessing::ProcessError> {
//!     spawn::entry(work);
//!     let child = spawn::Spawn::new(work, 2).start()?;
//!     assert_eq!(child.join()?, Exit::Code(3));
//!     Ok(())
//! }
//! ```
//!
//! Queues, locks and the other objects in shared memory do not reach the fresh program; what serde can
//! carry does, endpoints of ipc-channels included. A process with several threads may spawn.

// How the argument gets across:
//
//     this program                            the fresh one
//     a pipe, and a directory for a socket
//     fork and exec, with the order in  --->  `entry` knows the order is for its function
//     the environment                         makes a one-shot server in the directory
//     reads the server's name           <---  writes it into the pipe
//     connects, sends the argument      --->  takes it, runs the function
//
// Why the child makes the server: `accept` has no time limit, and a parent that waits in it would
// wait for ever for a child that has died. A pipe can be polled, and ends with the child; and in the
// child an alarm ends the wait.

use std::any::{TypeId, type_name};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::marker::PhantomData;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, RawFd};
use std::os::unix::process::CommandExt;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use ipc_channel::ipc::{IpcOneShotServer, IpcSender};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{self, SigHandler, SigSet, SigmaskHow};
use nix::unistd::alarm;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::lesson::say;
use crate::memory::clock::{Deadline, Time, after};
use crate::memory::current::{self, Identity, Me};
use crate::memory::debug::debug;
use crate::memory::family;
use crate::memory::seam::{self, Act, Condition, Op, Text};
use crate::process::child::Child;
use crate::process::error::ProcessError;
use crate::process::exit::{Exit, IntoExit};
use crate::process::order::{ORDER, entry_line, give_up};
use crate::process::signal::Signal;
use crate::process::{children, order, start, threads};

/// How long the fresh program may take to ask for its argument.
const LIMIT: Duration = Duration::from_secs(10);

/// What the fresh program is sent.
#[derive(Serialize, Deserialize)]
struct Boot<A> {
    name: String,
    identity: Identity,
    daemon: bool,
    argument: A,
}

/// A process to be, with a fresh image of this program (Python:
/// `get_context("spawn").Process(target=…, args=…)`).
#[must_use = "a process runs only after `start`"]
pub struct Spawn<A> {
    function: &'static str,
    id: String,
    is_function: bool,
    name: Option<String>,
    identity: Identity,
    daemon: bool,
    limit: Duration,
    argument: A,
}

debug!(Spawn<A>, |process| function: process.function, name: process.name);

impl<A: Serialize + DeserializeOwned> Spawn<A> {
    /// A process that will run `function(argument)`. The function must be a `fn` with a name (no
    /// closure), and `main` must begin with [`entry`] for it.
    pub fn new<F: Fn(A) -> R, R: IntoExit>(function: F, argument: A) -> Spawn<A> {
        let _ = function;
        let function = type_name::<F>();
        Spawn {
            function,
            id: id_of::<F>(),
            // A pointer has a size, and a closure this name.
            is_function: size_of::<F>() == 0 && !function.ends_with("{{closure}}"),
            name: None,
            identity: current::next_identity(),
            daemon: false,
            limit: LIMIT,
            argument,
        }
    }

    /// Its name, as for [`Process::name`](crate::Process::name).
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into()).filter(|name| !name.is_empty());
        self
    }

    /// Whether it is a daemon, as for [`Process::daemon`](crate::Process::daemon).
    pub fn daemon(mut self, daemon: bool) -> Self {
        self.daemon = daemon;
        self
    }

    /// How long the fresh program may be silent. For the tests.
    #[doc(hidden)]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Starts it, and returns once it has been sent its argument (Python: `start()`).
    ///
    /// # Errors
    /// [`NotAFunction`](ProcessError::NotAFunction) for a closure,
    /// [`NoEntry`](ProcessError::NoEntry) if the fresh program ends, or does nothing for 10
    /// seconds, before it has taken its argument, [`Argument`](ProcessError::Argument) if serde
    /// cannot encode that, [`Daemon`](ProcessError::Daemon) if this process is a daemon, and
    /// [`Os`](ProcessError::Os). Whatever the error, no process is left behind.
    pub fn start(self) -> Result<Child, ProcessError> {
        let Spawn { function, id, is_function, name, identity, daemon, limit, argument } = self;
        let name = name.unwrap_or_else(|| current::default_name(&identity));
        if !is_function {
            return Err(ProcessError::NotAFunction { name, function });
        }
        order::refuse_without_entry();
        start::refuse_name(&name)?;
        start::refuse_in_a_daemon(&name)?;
        start::prepare_first_start();
        start::settle_before_start();
        let nth = identity.last().copied().unwrap_or(0);
        let attempt = seam::about_this(Act::Start, 0, Text(&name));
        let launched = Launch::new(function, &id, &name, daemon, limit)
            .map_err(|error| ProcessError::Os { action: "start", name: name.clone(), error })?;
        let child = launched.child.clone();
        launched
            .hand_over(Boot { name, identity, daemon, argument })
            .inspect_err(|_| end(&child))?;
        attempt.did(|| Op::Start { child: child.pid(), nth });
        Ok(child)
    }
}

/// A fresh program that has not got its argument yet.
struct Launch {
    function: &'static str,
    child: Child,
    answer: io::PipeReader,
    /// For the socket. Made and removed by this side, so that a child that is killed leaves none.
    directory: Directory,
    limit: Duration,
    deadline: Deadline,
    /// Descriptors that ipc-channel, which panics without them, will find free.
    room: Vec<io::PipeReader>,
}

impl Launch {
    #[allow(unsafe_code)]
    fn new(
        function: &'static str,
        id: &str,
        name: &str,
        daemon: bool,
        limit: Duration,
    ) -> io::Result<Launch> {
        let directory = Directory::new()?;
        let (answer, write_end) = io::pipe()?;
        let room = (0..3).map(|_| answer.try_clone()).collect::<Result<_, _>>()?;
        let fd = write_end.as_raw_fd();
        let mut arguments = std::env::args_os();
        let mut command = Command::new(this_program()?);
        if let Some(zeroth) = arguments.next() {
            command.arg0(zeroth);
        }
        command.args(arguments).env(ORDER, format!("{fd}\n{id}\n{function}\n{}", directory.0));
        let open = open_descriptors();
        // SAFETY: between fork and exec only close_range and fcntl are called, which are
        // async-signal-safe; `fd` is open until after the spawn.
        unsafe {
            command.pre_exec(move || keep_only(fd, &open));
        }
        // Its handle would do nothing when it is dropped: the child is ours to wait for.
        let pid = command.spawn()?.id() as i32;
        drop(write_end);
        let child = children::add(Child::new(Arc::from(name), pid, daemon));
        let deadline = after(limit);
        Ok(Launch { function, child, answer, directory, limit, deadline, room })
    }

    fn hand_over<A: Serialize>(mut self, boot: Boot<A>) -> Result<(), ProcessError> {
        let Some(server) = self.server() else {
            return Err(self.no_entry());
        };
        self.room.clear();
        // A handler that interrupts ipc-channel would make it fail.
        let unmasked = mask_handlers();
        let send = || IpcSender::connect(server).map_err(Into::into).and_then(|to| to.send(boot));
        // The argument's `Serialize` may panic.
        let sent = panic::catch_unwind(AssertUnwindSafe(send));
        if let Some(unmasked) = unmasked {
            let _ = unmasked.thread_set_mask();
        }
        let sent = sent.unwrap_or_else(|payload| {
            end(&self.child);
            panic::resume_unwind(payload)
        });
        match sent {
            Ok(()) => Ok(()),
            Err(ipc_channel::IpcError::SerializationError(error)) => {
                let reason = std::error::Error::source(&error)
                    .map_or_else(|| error.to_string(), |source| source.to_string());
                Err(ProcessError::Argument { name: self.child.name().to_owned(), reason })
            }
            Err(_) => Err(self.no_entry()),
        }
    }

    /// The name of the child's server, unless the child ends or the time is over before.
    fn server(&mut self) -> Option<String> {
        let mut text = Vec::new();
        while text.last() != Some(&b'\n') {
            let rest = self.deadline.map_or(self.limit, Time::left);
            if rest.is_zero() {
                return None;
            }
            let limit = PollTimeout::try_from(rest + Duration::from_millis(1)).ok()?;
            if poll(&mut [PollFd::new(self.answer.as_fd(), PollFlags::POLLIN)], limit) == Ok(1) {
                let mut part = [0; 512];
                match self.answer.read(&mut part) {
                    Ok(0) => return None,
                    Ok(count) => text.extend_from_slice(&part[..count]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => return None,
                }
            }
        }
        text.pop();
        String::from_utf8(text).ok()
    }

    fn no_entry(&self) -> ProcessError {
        let end = self.child.join_within(self.deadline.map(Time::left), Condition::End);
        if let Ok(Some(Exit::Signal(Signal::SIGPIPE))) = end {
            // It prints where this program prints. If that is closed, nothing is dropped any more.
            self.directory.remove();
            say::end_if_output_is_closed();
        }
        let how = match end {
            Ok(Some(exit)) => format!("ended ({exit})"),
            Ok(None) => format!("was silent for {} seconds", self.limit.as_secs()),
            Err(error) => format!("was lost ({error})"),
        };
        let entry = entry_line(self.function);
        ProcessError::NoEntry { name: self.child.name().to_owned(), how, entry }
    }
}

/// Ends a fresh program that will get no argument. It may have ended by itself, which is as good.
fn end(child: &Child) {
    let _ = child
        .send(Signal::SIGKILL)
        .and_then(|()| child.join_within(None, Condition::End).map(drop));
}

/// The image of this very program, though its file may have been replaced or removed.
fn this_program() -> io::Result<PathBuf> {
    let file = std::env::current_exe()?;
    Ok(if cfg!(target_os = "linux") { "/proc/self/exe".into() } else { file })
}

/// As far as the system tells.
fn open_descriptors() -> Vec<RawFd> {
    let entries = std::fs::read_dir("/dev/fd").into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

/// In a child that is about to become the fresh program: of its descriptors that has the three
/// which every program has, and this one. `open` were open before the fork.
#[allow(unsafe_code)]
fn keep_only(fd: RawFd, open: &[RawFd]) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    // SAFETY: the call takes three numbers; nothing is closed before the child's image goes.
    let all = unsafe {
        libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) == 0
    };
    #[cfg(not(target_os = "linux"))]
    let all = false;
    for &other in open.iter().filter(|&&other| other > 2 && !all) {
        // SAFETY: the call takes numbers, and says so if none is open there.
        unsafe { libc::fcntl(other, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
    // SAFETY: as above.
    Errno::result(unsafe { libc::fcntl(fd, libc::F_SETFD, 0) })?;
    Ok(())
}

/// Tells a function from every other of this program, also from one of the same name in another
/// block. The same in each run of the program.
#[allow(unsafe_code)]
fn id_of<F>() -> String {
    trait HasId {
        fn id(&self) -> TypeId
        where
            Self: 'static;
    }
    impl<T> HasId for PhantomData<T> {
        fn id(&self) -> TypeId
        where
            Self: 'static,
        {
            TypeId::of::<T>()
        }
    }
    let function: &dyn HasId = &PhantomData::<F>;
    // SAFETY: only the lifetime changes. `id` reads nothing of the value, and lifetimes are no part
    // of a TypeId; so nothing that is borrowed is used for longer than it lives.
    let function: &(dyn HasId + 'static) = unsafe { std::mem::transmute(function) };
    format!("{:?}", function.id())
}

/// Keeps this program's signal handlers off this thread, but not a signal that ends the program.
#[allow(unsafe_code)]
fn mask_handlers() -> Option<SigSet> {
    let mut set = SigSet::empty();
    for signal in signal::Signal::iterator() {
        // SAFETY: `sigaction` is a plain struct of which all zeroes are a value; nothing is changed.
        let handler = unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signal as i32, std::ptr::null(), &mut action);
            action.sa_sigaction
        };
        // A fault in this very code must reach its handler.
        let fault = matches!(
            Signal(signal as i32),
            Signal::SIGSEGV | Signal::SIGBUS | Signal::SIGFPE | Signal::SIGILL
        );
        if !fault && handler != libc::SIG_DFL && handler != libc::SIG_IGN {
            set.add(signal);
        }
    }
    set.thread_swap_mask(SigmaskHow::SIG_BLOCK).ok()
}

/// The address of a socket has room for about a hundred characters, below the directory for
/// about 30 more.
const LONGEST: usize = 70;

struct Directory(String);

impl Directory {
    /// Readable by this user only.
    fn new() -> io::Result<Directory> {
        let usual = std::env::temp_dir();
        let fits = usual.as_os_str().len() <= LONGEST;
        let parent = if fits { &usual } else { Path::new("/tmp") };
        let path = nix::unistd::mkdtemp(&parent.join("mp-XXXXXX"))
            .map_err(|errno| family::refused_in(parent, errno))?;
        let path = path.into_os_string();
        path.into_string().map(Directory).map_err(|path| {
            io::Error::other(format!("the temporary directory {path:?} has no UTF-8 name"))
        })
    }

    /// The child has removed what was in it, or was killed before it could.
    fn remove(&self) {
        // If it is empty, no descriptor is needed.
        let _ = std::fs::remove_dir(&self.0).or_else(|_| std::fs::remove_dir_all(&self.0));
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        self.remove();
    }
}

/// The line with which `main` begins, one for each function that is ever spawned. In a program
/// that was started to run `function`, this runs it and never returns; otherwise it does nothing
/// (Python's counterpart is `if __name__ == "__main__":`, which guards everything else).
///
/// A `main` without it does not start program after program without end: the fresh program ends with
/// a message as soon as it tries to start a process.
///
/// It must come before anything else, because it removes a variable from the environment, which no
/// other thread may be reading.
pub fn entry<F, A, R>(function: F)
where
    F: Fn(A) -> R,
    A: Serialize + DeserializeOwned,
    R: IntoExit,
{
    let Ok(order) = std::env::var(ORDER) else {
        return;
    };
    let [fd, id, name, directory] = order.splitn(4, '\n').collect::<Vec<_>>()[..] else {
        return;
    };
    if id != id_of::<F>() {
        return;
    }
    if threads::several().is_some() {
        give_up(&format!("`{}` must stand before the first thread", entry_line(name)));
    }
    let boot = fd.parse().map_err(io::Error::other).and_then(|fd| receive::<A>(fd, directory));
    let Boot { name, identity, daemon, argument } =
        boot.unwrap_or_else(|error| give_up(&format!("cannot take the argument: {error}")));
    start::show(&name);
    current::become_process(Box::new(Me { name: name.into(), daemon, forked: false, identity }));
    start::shorten_panics();
    // It tells how it ends.
    children::arm();
    std::process::exit(start::guarded(|| function(argument).into_exit()))
}

#[allow(unsafe_code)]
fn receive<A: Serialize + DeserializeOwned>(fd: i32, directory: &str) -> io::Result<Boot<A>> {
    if fd < 0 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: only looked at: if nothing is open under this number, fcntl says so.
    let number = unsafe { BorrowedFd::borrow_raw(fd) };
    fcntl(number, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    // SAFETY: the parent has opened it for this process, which has just begun and knows no other
    // owner.
    let mut answer = unsafe { File::from_raw_fd(fd) };
    // Nothing has a time limit from here on but the alarm: the parent may be dead.
    // SAFETY: the default action is no handler, so no code of ours runs inside a signal.
    unsafe { signal::signal(signal::Signal::SIGALRM, SigHandler::SigDfl)? };
    alarm::set(LIMIT.as_secs() as u32);
    let mut environment = [(ORDER, None), ("TMPDIR", Some(directory.into()))];
    let before = std::env::var_os("TMPDIR");
    set(&environment);
    let server = IpcOneShotServer::new();
    environment[1].1 = before;
    set(&environment);
    let (server, name) = server?;
    answer.write_all(format!("{name}\n").as_bytes())?;
    drop(answer);
    let (_, boot) = server.accept().map_err(io::Error::other)?;
    alarm::cancel();
    Ok(boot)
}

/// Only for [`receive`], in a process with one thread.
#[allow(unsafe_code)]
fn set(environment: &[(&str, Option<OsString>)]) {
    for (name, value) in environment {
        // SAFETY: `entry` has made sure that no other thread can read the environment meanwhile.
        unsafe {
            match value {
                Some(value) => std::env::set_var(name, value),
                None => std::env::remove_var(name),
            }
        }
    }
}
