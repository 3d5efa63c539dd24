//! How many threads this process has.

#[cfg(target_vendor = "apple")]
use crate::memory::current;
#[cfg(target_os = "linux")]
use crate::memory::stat;

/// Whether it is certain that there is only one. `unshare` with this flag "has no effect" if the
/// caller has one thread, and fails otherwise; containers may forbid it. It takes a tenth of the
/// time of a look into /proc, and that counts at each start.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn certainly_one() -> bool {
    // SAFETY: the call takes a number and, with this flag alone, changes nothing.
    unsafe { libc::unshare(libc::CLONE_THREAD) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn certainly_one() -> bool {
    false
}

/// None where the system does not tell. A thread that was joined is still listed for a moment, but
/// as one that exits: it runs no code of the program any more, so it holds no lock.
#[cfg(target_os = "linux")]
fn count() -> Option<u64> {
    const PF_EXITING: u64 = 4;
    let threads = std::fs::read_dir("/proc/self/task").ok()?;
    let stats = threads.filter_map(|thread| stat::of(thread.ok()?.path()));
    Some(stats.filter(|stat| stat.flags & PF_EXITING == 0).count() as u64)
}

#[cfg(target_vendor = "apple")]
#[allow(unsafe_code)]
fn count() -> Option<u64> {
    // SAFETY: the struct is plain numbers, of which all zeroes are a value.
    let mut info: libc::proc_taskinfo = unsafe { std::mem::zeroed() };
    let size = size_of_val(&info) as libc::c_int;
    let into = (&raw mut info).cast();
    // SAFETY: `into` points to `size` writable bytes, as this kind of question demands.
    let written =
        unsafe { libc::proc_pidinfo(current::pid(), libc::PROC_PIDTASKINFO, 0, into, size) };
    (written == size).then_some(info.pti_threadnum as u64)
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn count() -> Option<u64> {
    None
}

/// The number of threads, if it is more than one.
pub(crate) fn several() -> Option<u64> {
    if certainly_one() {
        return None;
    }
    count().filter(|&threads| threads > 1)
}
