//! Disturbing the schedule, so that rare orders come up: `LESSON_SHAKE=7` in the environment makes
//! each process wait for a random time, mostly none, around its synchronising operations and before
//! its lines, and has some processes share one core. The number is the seed: the same number gives
//! the same waits, though the system's own part in the schedule stays free.
//!
//! A right program prints a legal order for every seed.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::memory::current;
use crate::memory::event::{Event, Step};

/// The state of this process's random numbers; 0: nothing is disturbed.
static STATE: AtomicU64 = AtomicU64::new(0);

/// Read once, before the first fork: a wrong value must end main, not only a child. The error is
/// the text to say.
fn seed() -> Result<Option<u64>, String> {
    static SEED: OnceLock<Result<Option<u64>, String>> = OnceLock::new();
    let read = || {
        let Some(text) = std::env::var_os("LESSON_SHAKE") else {
            return Ok(None);
        };
        let number = text.to_str().and_then(|text| text.trim().parse().ok());
        let why =
            || format!("LESSON_SHAKE is {text:?}: set it to a number, such as 7, or unset it");
        number.ok_or_else(why).map(Some)
    };
    SEED.get_or_init(read).clone()
}

/// Whether the schedule is to be disturbed.
pub(crate) fn arm() -> Result<bool, String> {
    let wanted = seed()?.is_some();
    if wanted && STATE.load(Relaxed) == 0 {
        begin();
    }
    Ok(wanted)
}

/// A new process draws numbers of its own, by its place in the family.
pub(crate) fn begin() {
    let Ok(Some(seed)) = seed() else { return };
    let identity = current::identity();
    let mix = |state: u64, n: u64| (state ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    let state = identity.iter().fold(mix(1, seed), |state, &n| mix(state, n.into()));
    STATE.store(state | 1, Relaxed);
    if !identity.is_empty() && below(4) == 0 {
        share_a_core();
    }
}

/// Wherever another process might get in between.
pub(crate) fn listen(step: Step<'_>) {
    if matches!(step.event, Event::About { .. } | Event::Did { .. }) {
        wait();
    }
}

fn wait() {
    match below(20) {
        0..10 => {}
        10..15 => std::thread::yield_now(),
        15..19 => std::thread::sleep(Duration::from_micros(below(2_000))),
        _ => std::thread::sleep(Duration::from_micros(below(10_000))),
    }
}

/// A number from 0 up to, but not including, `end`.
fn below(end: u64) -> u64 {
    let mut state = STATE.load(Relaxed);
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    STATE.store(state, Relaxed);
    (state >> 11) % end
}

/// The first core that this process may use: whoever comes here shares it.
#[cfg(target_os = "linux")]
fn share_a_core() {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    let this = nix::unistd::Pid::from_raw(0);
    let Ok(allowed) = sched_getaffinity(this) else {
        return;
    };
    if let Some(core) = (0..CpuSet::count()).find(|&core| allowed.is_set(core) == Ok(true)) {
        let mut one = CpuSet::new();
        // Where the system refuses, the schedule is less disturbed and as legal.
        let _ = one.set(core).and_then(|()| sched_setaffinity(this, &one));
    }
}

#[cfg(not(target_os = "linux"))]
fn share_a_core() {}
