//! Linux: the kernel itself finds the sleepers, by the address of the word they sleep on.

use std::io;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// Nothing to keep: all is in the shared word.
pub(crate) struct Bell;

impl Bell {
    pub(crate) fn new() -> io::Result<Bell> {
        Ok(Bell)
    }

    /// Sleeps while the lower half of `word` is `seen`, for `at_most`. Says whether it was rung.
    pub(crate) fn sleep(&self, word: &AtomicU64, seen: u32, at_most: Duration) -> bool {
        let timeout = libc::timespec {
            tv_sec: at_most.as_secs() as libc::time_t,
            tv_nsec: at_most.subsec_nanos() as _,
        };
        // SAFETY: FUTEX_WAIT reads half of the word and the timeout, both alive for the whole call.
        // Without FUTEX_PRIVATE_FLAG the word is found by its page, in whatever process.
        let answer = unsafe {
            libc::syscall(libc::SYS_futex, lower_half(word), libc::FUTEX_WAIT, seen, &timeout)
        };
        // EAGAIN: it had already changed, which is a ring too.
        answer == 0 || io::Error::last_os_error().raw_os_error() == Some(libc::EAGAIN)
    }

    pub(crate) fn ring(&self, word: &AtomicU64, sleepers: u32) {
        let sleepers = sleepers.min(i32::MAX as u32) as i32;
        // SAFETY: FUTEX_WAKE uses the address only to find sleepers.
        unsafe { libc::syscall(libc::SYS_futex, lower_half(word), libc::FUTEX_WAKE, sleepers) };
    }
}

/// The kernel knows a futex by the address of its 32 bits.
fn lower_half(word: &AtomicU64) -> *const u32 {
    word.as_ptr().cast::<u32>().wrapping_add(usize::from(cfg!(target_endian = "big")))
}
