//! How many threads this process has.

/// Whether it is certain that there is only one. `unshare` with this flag "has no effect" if the
/// caller has one thread, and fails otherwise; containers may forbid it. It takes a tenth of the
/// time of a look into /proc, and that counts at each start.
#[cfg(target_os = "linux")]
fn certainly_one() -> bool {
    // SAFETY: the call takes a number and, with this flag alone, changes nothing.
    unsafe { libc::unshare(libc::CLONE_THREAD) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn certainly_one() -> bool {
    false
}

/// None where the system does not tell.
#[cfg(target_os = "linux")]
fn count() -> Option<u64> {
    use std::os::linux::fs::MetadataExt;
    // One directory for each thread; a directory has two more links than directories in it.
    let links = std::fs::metadata("/proc/self/task").ok()?.st_nlink();
    links.checked_sub(2).filter(|&threads| threads > 0)
}

#[cfg(target_vendor = "apple")]
fn count() -> Option<u64> {
    // SAFETY: the struct is plain numbers, of which all zeroes are a value.
    let mut info: libc::proc_taskinfo = unsafe { std::mem::zeroed() };
    let size = size_of_val(&info) as libc::c_int;
    let into = (&raw mut info).cast();
    // SAFETY: `into` points to `size` writable bytes, as this kind of question demands.
    let written =
        unsafe { libc::proc_pidinfo(crate::current::pid(), libc::PROC_PIDTASKINFO, 0, into, size) };
    (written == size).then_some(info.pti_threadnum as u64)
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn count() -> Option<u64> {
    None
}

/// The number of threads, if it is more than one. A thread that was joined may be counted for
/// some microseconds more, so a second look follows the first for up to 50 ms.
pub(crate) fn several() -> Option<u64> {
    if certainly_one() {
        return None;
    }
    for _ in 0..100 {
        match count() {
            Some(threads) if threads > 1 => {
                std::thread::sleep(std::time::Duration::from_micros(500));
            }
            _ => return None,
        }
    }
    count().filter(|&threads| threads > 1)
}
