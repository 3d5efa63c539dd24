//! What of a message is not bytes: the descriptors of the ends of pipes in it, which go beside them.

use std::cell::{Cell, RefCell};
use std::os::fd::{AsFd, OwnedFd};

thread_local! {
    /// In the order of the message; `None`, where only bytes can go.
    static BESIDE: RefCell<Option<Vec<OwnedFd>>> = const { RefCell::new(None) };
    /// The encoding reports errors without their text.
    static WHY: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Encodes or decodes where descriptors can go beside the bytes. They are those that are given, and then
/// those that are left, or have come.
pub(crate) fn carrying<R>(fds: Vec<OwnedFd>, codec: impl FnOnce() -> R) -> (R, Vec<OwnedFd>) {
    let outside = BESIDE.replace(Some(fds));
    let result = codec();
    (result, BESIDE.replace(outside).unwrap_or_default())
}

/// Puts a copy of a descriptor there.
pub(crate) fn put(fd: impl AsFd) -> Result<(), &'static str> {
    BESIDE.with_borrow_mut(|fds| {
        let fds = fds.as_mut().ok_or(
            "an end of a pipe can be sent through a pipe only; a queue, a pool and a spawn carry bytes, \
             and an end is more than bytes",
        )?;
        fds.push(fd.as_fd().try_clone_to_owned().map_err(|_| "no descriptor is left for a copy")?);
        Ok(())
    })
}

/// Takes the next one.
pub(crate) fn take() -> Result<OwnedFd, &'static str> {
    BESIDE.with_borrow_mut(|fds| match fds {
        Some(fds) if !fds.is_empty() => Ok(fds.remove(0)),
        _ => Err(
            "an end of a pipe has not come along: this process may have no descriptor left for it",
        ),
    })
}

/// For an error, in which only the text counts.
pub(crate) fn refuse(why: &'static str) -> &'static str {
    WHY.set(Some(why));
    why
}

/// Why it was refused, if it was.
pub(crate) fn why() -> Option<&'static str> {
    WHY.take()
}
