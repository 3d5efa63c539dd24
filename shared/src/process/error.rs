//! Why a process was not started, or could not be waited for.

use std::io;

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
    #[error("cannot {action} `{name}`: {error}")]
    Os {
        /// What was tried.
        action: &'static str,
        /// The process.
        name: String,
        /// The reason.
        error: io::Error,
    },
}
