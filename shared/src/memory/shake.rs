//! Disturbing the schedule, so that rare orders come up: `LESSON_SHAKE=7` in the environment makes
//! each process wait for a random time, mostly none, around its synchronising operations and before
//! its lines, and has some processes share one core. The number is the seed: the same number gives
//! the same waits, though the system's own part in the schedule stays free.
//!
//! A right program prints a legal order for every seed.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::memory::event::Event;
use crate::memory::{current, ending};

/// The state of this process's random numbers; 0: nothing is disturbed.
static STATE: AtomicU64 = AtomicU64::new(0);

/// Whether this process, which has just begun, is to be disturbed. It draws numbers of its own, by its
/// place in the family.
pub(crate) fn begin() -> bool {
    let Some(text) = std::env::var_os("LESSON_SHAKE") else { return false };
    let seed: Option<u64> = text.to_str().and_then(|text| text.trim().parse().ok());
    let Some(seed) = seed else {
        ending::refuse(&format!(
            "LESSON_SHAKE is {text:?}: set it to a number, such as 7, or unset it"
        ))
    };
    let identity = current::identity();
    let mix = |state: u64, n: u64| (state ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    let state = identity.iter().fold(mix(1, seed), |state, &n| mix(state, n.into()));
    STATE.store(state | 1, Relaxed);
    if !identity.is_empty() && below(4) == 0 {
        share_a_core();
    }
    true
}

/// Wherever another process might get in between.
pub(crate) fn hear(event: &Event<'_>) {
    let is_step = matches!(event, Event::About { .. } | Event::Did { .. });
    if is_step && STATE.load(Relaxed) != 0 {
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
