//! Sleeping until another process rings, and ringing: the system's part of it.
//!
//! The system finds the sleepers by the address of the word on which they sleep, in whatever
//! process. So there is nothing to make and nothing to keep.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// Sleeps while the lower half of `word` is `seen`, for `at_most`. Says whether it was rung.
pub(crate) fn sleep(word: &AtomicU64, seen: u32, at_most: Duration) -> bool {
    system::sleep(lower_half(word), seen, at_most)
}

/// Wakes up to `most` of those who sleep on `word`.
pub(crate) fn ring(word: &AtomicU64, most: u32) {
    system::ring(lower_half(word), most);
}

/// What the system compares and waits for are 32 bits.
fn lower_half(word: &AtomicU64) -> *mut u32 {
    word.as_ptr().cast::<u32>().wrapping_add(usize::from(cfg!(target_endian = "big")))
}

#[cfg(target_os = "linux")]
mod system {
    use std::io;
    use std::time::Duration;

    #[allow(unsafe_code)]
    pub fn sleep(word: *mut u32, seen: u32, at_most: Duration) -> bool {
        let timeout = libc::timespec {
            tv_sec: at_most.as_secs() as libc::time_t,
            tv_nsec: at_most.subsec_nanos() as _,
        };
        // SAFETY: FUTEX_WAIT reads the word and the timeout, both alive for the whole call.
        // Without FUTEX_PRIVATE_FLAG the word is found by its page, in whatever process.
        let answer =
            unsafe { libc::syscall(libc::SYS_futex, word, libc::FUTEX_WAIT, seen, &timeout) };
        // EAGAIN: it had already changed, which is a ring too.
        answer == 0 || io::Error::last_os_error().raw_os_error() == Some(libc::EAGAIN)
    }

    #[allow(unsafe_code)]
    pub fn ring(word: *mut u32, most: u32) {
        let most = most.min(i32::MAX as u32) as i32;
        // SAFETY: FUTEX_WAKE uses the address only to find sleepers.
        unsafe { libc::syscall(libc::SYS_futex, word, libc::FUTEX_WAKE, most) };
    }
}

/// From macOS 14.4 on.
#[cfg(target_vendor = "apple")]
mod system {
    use std::time::Duration;

    #[allow(unsafe_code)]
    pub fn sleep(word: *mut u32, seen: u32, at_most: Duration) -> bool {
        let nanoseconds = at_most.as_nanos().max(1) as u64;
        // SAFETY: the call reads four bytes at the address, which are alive for the whole call.
        let answer = unsafe {
            libc::os_sync_wait_on_address_with_timeout(
                word.cast(),
                seen.into(),
                size_of::<u32>(),
                libc::OS_SYNC_WAIT_ON_ADDRESS_SHARED,
                libc::OS_CLOCK_MACH_ABSOLUTE_TIME,
                nanoseconds,
            )
        };
        // The number of those who still sleep, also if the value had already changed.
        answer >= 0
    }

    #[allow(unsafe_code)]
    pub fn ring(word: *mut u32, most: u32) {
        let shared = libc::OS_SYNC_WAKE_BY_ADDRESS_SHARED;
        for _ in 0..most {
            // SAFETY: the call uses the address only to find sleepers.
            let answer =
                unsafe { libc::os_sync_wake_by_address_any(word.cast(), size_of::<u32>(), shared) };
            if answer < 0 {
                return; // nobody sleeps any more
            }
        }
    }
}

/// Without such a call, a sleeper looks each millisecond.
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
mod system {
    use std::time::Duration;

    pub fn sleep(_word: *mut u32, _seen: u32, at_most: Duration) -> bool {
        std::thread::sleep(at_most.min(Duration::from_millis(1)));
        true
    }

    pub fn ring(_word: *mut u32, _most: u32) {}
}
