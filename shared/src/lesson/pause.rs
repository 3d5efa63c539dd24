//! A sleep that is there to be watched.

use std::sync::OnceLock;
use std::time::Duration;

use crate::memory::clock::now;
use crate::memory::ending;
use crate::memory::seam::{self, Act, Condition, Op, waits_for};

/// How long a pause may go on once nobody reads the output any more.
const UNTIL_A_LOOK: Duration = Duration::from_millis(100);

/// Sleeps for `duration` divided by the environment variable `LESSON_SPEED` (1 if it is not set;
/// Python: `time.sleep`). Pauses let a reader follow; they never make a program correct.
///
/// A `LESSON_SPEED` that is not a positive number ends the program with a message and exit status 2.
///
/// ```
/// use std::time::Duration;
/// multiprocessing::pause(Duration::from_millis(1));
/// ```
pub fn pause(duration: Duration) {
    let seconds = duration.as_secs_f64() / speed();
    let duration = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    let (attempt, deadline) = seam::about_to_wait(Act::Pause, 0, Some(duration));
    let start = now();
    let waiting = waits_for(0, Condition::Clock, deadline, &|| false);
    while let Some(rest) = duration.checked_sub(start.elapsed()).filter(|rest| !rest.is_zero()) {
        std::thread::sleep(rest.min(UNTIL_A_LOOK));
        ending::if_nobody_reads();
    }
    drop(waiting);
    attempt.did(|| Op::Pause { duration });
}

/// Read once, before the first fork: a wrong value must end main, not only a child.
pub(crate) fn speed() -> f64 {
    static SPEED: OnceLock<f64> = OnceLock::new();
    *SPEED.get_or_init(|| {
        let Some(text) = std::env::var_os("LESSON_SPEED") else { return 1.0 };
        let number = text.to_str().and_then(|text| text.trim().parse().ok());
        number.filter(|speed: &f64| *speed > 0.0 && speed.is_finite()).unwrap_or_else(|| {
            ending::refuse(&format!(
                "LESSON_SPEED is {text:?}: set it to a number above 0, such as 2 for twice as fast"
            ))
        })
    })
}
