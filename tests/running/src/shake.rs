//! Disturbing the schedule of a program from outside: one core only, and a busy neighbour.

use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;

/// From now on, and for what this process starts. With every other seed all share one core.
pub(crate) fn disturb(seed: u64) {
    let mut random = Rng::with_seed(seed);
    if random.bool() {
        share_one_core(&mut random);
    }
    thread::spawn(move || {
        let mut up_to_3_ms = || Duration::from_micros(random.u64(..3000));
        loop {
            let busy_until = Instant::now() + up_to_3_ms();
            while Instant::now() < busy_until {
                std::hint::spin_loop();
            }
            thread::sleep(up_to_3_ms());
        }
    });
}

#[cfg(target_os = "linux")]
fn share_one_core(random: &mut Rng) {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;
    let this = Pid::from_raw(0);
    let Ok(allowed) = sched_getaffinity(this) else {
        return;
    };
    let cores: Vec<usize> =
        (0..CpuSet::count()).filter(|&core| allowed.is_set(core) == Ok(true)).collect();
    let mut one = CpuSet::new();
    let core = cores[random.usize(..cores.len())];
    // Where the system refuses, the run is less disturbed and as legal.
    let _ = one.set(core).and_then(|()| sched_setaffinity(this, &one));
}

/// Other systems do not let a process choose its core.
#[cfg(not(target_os = "linux"))]
fn share_one_core(_random: &mut Rng) {}
