//! Numbers that no two processes of a family draw twice.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::memory::mapping::{Mapping, shared};

shared! {
    struct Numbers {
        objects: AtomicU32,
        elements: AtomicU32,
        serials: AtomicU32,
    }
}

/// Made with the first shared object. So it is older than any object, and every process that
/// inherits one inherits it, too.
static NUMBERS: OnceLock<Mapping> = OnceLock::new();

fn numbers() -> io::Result<&'static Numbers> {
    if NUMBERS.get().is_none() {
        // If another thread was faster, its numbers stand; nobody has drawn one of ours.
        let _ = NUMBERS.set(Mapping::new(size_of::<Numbers>())?);
    }
    Ok(NUMBERS.get().expect("it was made above").header())
}

/// For a new shared object: the same number in every process that inherits the object. Where it has
/// several elements, this is the number of the first, and those of the others follow: from the upper half,
/// for nobody waits for one, and the board has room for small numbers only.
pub(crate) fn new_object(elements: usize) -> io::Result<u32> {
    let numbers = numbers()?;
    Ok(match elements {
        0 | 1 => numbers.objects.fetch_add(1, Relaxed) + 1,
        many => numbers.elements.fetch_add(many as u32, Relaxed) | 1 << 31,
    })
}

/// For a process that makes itself known. It is never used again, as its pid may be.
pub(crate) fn new_serial() -> io::Result<u32> {
    Ok(numbers()?.serials.fetch_add(1, Relaxed) + 1)
}
