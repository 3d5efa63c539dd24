//! Lines on stdout and stderr.

/// How many lines this process has printed.
pub(crate) fn lines() -> u64 {
    0
}
