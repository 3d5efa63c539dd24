//! Stand-in.
pub(crate) fn lines() -> u64 {
    0
}
#[inline]
pub(crate) fn end_if_nobody_reads() {}
