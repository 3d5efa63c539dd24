//! Deadlines: an instant, or never.

use std::time::{Duration, Instant};

/// The instant after which a call no longer waits; `None` is never.
pub(crate) type Deadline = Option<Instant>;

/// The deadline that lies `timeout` ahead. One too far ahead to be counted is never.
pub(crate) fn after(timeout: Duration) -> Deadline {
    Instant::now().checked_add(timeout)
}

/// How long to sleep now: until the deadline, but at most `slice`; `None` once it has passed.
pub(crate) fn sleep_for(deadline: Deadline, slice: Duration) -> Option<Duration> {
    match deadline {
        None => Some(slice),
        Some(end) => {
            let left = end.checked_duration_since(Instant::now())?;
            (!left.is_zero()).then(|| left.min(slice))
        }
    }
}
