//! Who listens at the seam, by the environment: whoever drives the run, and what disturbs it.

use std::sync::OnceLock;

use crate::lesson::{conductor, shake};
use crate::memory::seam;

/// Lets them listen from now on. To be called before the first fork and the first line; the error is
/// the text to say.
pub(crate) fn arm() -> Result<(), String> {
    static ARMED: OnceLock<Result<(), String>> = OnceLock::new();
    let arm = || {
        if conductor::begin() {
            seam::listen(conductor::listen);
        }
        if shake::arm()? {
            seam::listen(shake::listen);
        }
        Ok(())
    };
    ARMED.get_or_init(arm).clone()
}

/// A new process is driven and disturbed by itself. A fresh program image has not asked yet.
pub(crate) fn begin() {
    shake::begin();
    if seam::is_driven() {
        conductor::begin();
    } else {
        // A wrong value was told by its parent.
        let _ = arm();
    }
}
