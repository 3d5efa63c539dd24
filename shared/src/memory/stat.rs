//! What Linux tells of a process or a thread in its file `stat`.

use std::fs;
use std::path::Path;

/// A part of it.
pub(crate) struct Stat {
    /// `R` runs, `S` sleeps, `T` is stopped, `Z` has ended and nobody has asked how yet.
    pub(crate) state: u8,
    #[cfg(target_os = "linux")]
    pub(crate) flags: u64,
}

/// None if there is no such file: the process is gone, or this is no Linux.
pub(crate) fn of(directory: impl AsRef<Path>) -> Option<Stat> {
    // Bytes, not text: the name in it may end in the middle of a letter, and hold a parenthesis.
    let stat = fs::read(directory.as_ref().join("stat")).ok()?;
    let behind_the_name = stat.iter().rposition(|&byte| byte == b')')? + 2;
    let fields = str::from_utf8(stat.get(behind_the_name..)?).ok()?;
    let mut fields = fields.split(' ');
    let state = *fields.next()?.as_bytes().first()?;
    Some(Stat {
        state,
        #[cfg(target_os = "linux")]
        flags: fields.nth(5)?.parse().ok()?,
    })
}
