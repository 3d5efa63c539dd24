//! What a process can see of others that are not its children.

use crate::memory::current::Current;
use crate::memory::seam::{self, Act, Op, State};
use crate::memory::stat;

/// What this process is doing, whoever started it: a child of a child, a sibling. Unlike
/// [`Child::is_alive`](crate::Child::is_alive), it leaves a zombie as it is.
///
/// The system may give the number of a process that is [`Gone`](State::Gone) to another one.
///
/// ```
/// use multiprocessing::{Process, State, state};
/// let child = Process::new(|| ()).start()?;
/// while state(child.pid()).is_alive() {}
/// assert_eq!(state(child.pid()), State::Zombie);
/// child.join()?;
/// assert_eq!(state(child.pid()), State::Gone);
/// # Ok::<(), multiprocessing::ProcessError>(())
/// ```
pub fn state(pid: i32) -> State {
    let look = seam::about(Act::LookAtProcess, 0);
    let state = stat::state(pid);
    look.did(|| Op::LookedAtProcess { pid, state });
    state
}

impl Current {
    /// The number of its parent. The system is asked each time (Python: `os.getppid()`). Once the
    /// parent has died this is another process: pid 1, or the one that collects orphans.
    pub fn parent_pid(&self) -> i32 {
        let look = seam::about(Act::LookAtParent, 0);
        let parent = nix::unistd::getppid().as_raw();
        look.did(|| Op::LookedAtParent { parent });
        parent
    }
}
