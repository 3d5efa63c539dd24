//! The clock of lessons and crate, and deadlines: a moment, or never.

use std::ops::Sub;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// A moment on the clock: see [`now`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(Instant);

/// The time, for measuring how long something takes (Python: `time.monotonic()`).
///
/// ```
/// let began = multiprocessing::now();
/// assert!(began.elapsed().as_secs() < 60);
/// ```
pub fn now() -> Time {
    match SET.load(Relaxed) {
        REAL => {
            let now = Instant::now();
            FIRST.get_or_init(|| now);
            Time(now)
        }
        nanoseconds => Time(first() + Duration::from_nanos(nanoseconds)),
    }
}

/// Where the clock of a driven run stands, since its first moment.
static SET: AtomicU64 = AtomicU64::new(REAL);
const REAL: u64 = u64::MAX;

/// Sets the clock, which then only moves when it is set again.
pub(crate) fn set(since_first: Duration) {
    SET.store(since_first.as_nanos() as u64, Relaxed);
}

/// The first moment that anybody has asked for: a driven run begins then, though its clock was set
/// later. Children inherit it.
static FIRST: OnceLock<Instant> = OnceLock::new();

fn first() -> Instant {
    *FIRST.get_or_init(Instant::now)
}

impl Time {
    /// How much time has passed since then.
    pub fn elapsed(self) -> Duration {
        now() - self
    }

    /// On a clock that begins at its first moment.
    pub(crate) fn since_first(self) -> Duration {
        self - Time(first())
    }

    /// How much time is left until then; zero once it has passed.
    pub(crate) fn left(self) -> Duration {
        self - now()
    }
}

/// The time from one moment to another; zero if that one is not earlier.
impl Sub for Time {
    type Output = Duration;
    fn sub(self, earlier: Time) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }
}

/// The moment after which a call no longer waits; `None` is never.
pub(crate) type Deadline = Option<Time>;

/// The deadline that lies `timeout` ahead. One too far ahead to be counted is never.
pub(crate) fn after(timeout: Duration) -> Deadline {
    now().0.checked_add(timeout).map(Time)
}

/// How long to sleep now: until the deadline, but at most `slice`; `None` once it has passed.
pub(crate) fn sleep_for(deadline: Deadline, slice: Duration) -> Option<Duration> {
    let left = deadline.map_or(slice, Time::left);
    (!left.is_zero()).then(|| left.min(slice))
}
