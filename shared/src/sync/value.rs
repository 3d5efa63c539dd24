//! One number that several processes share.

use crate::memory::debug::debug;
use crate::memory::seam::{Kind, Text};
use crate::sync::array::{Array, Number};
use std::io;

/// One number that several processes share; Python's `multiprocessing.Value`.
///
/// An ordinary variable is copied by the fork: what a child writes to it, only the child sees.
/// This one lies in shared memory. [`fetch_add`](Value::fetch_add) and [`fetch_update`](Value::fetch_update) are atomic;
/// `set(get() + 1)` is not, nor is Python's `value.value += 1`: two processes may both read 5 and
/// both write 6.
///
/// **When a process dies**, the number keeps its last value; there is nothing to hold, and so
/// nothing to wait for.
///
/// ```
/// use multiprocessing::{Process, Value};
/// let count = Value::new(0u32)?;
/// Process::new(|| { count.fetch_add(3); }).start()?.join()?;
/// assert_eq!(count.get(), 3);
/// # Ok::<(), anyhow::Error>(())
/// ```
pub struct Value<T>(Array<T>);

debug!(Value<T>, |value| object: value.0.object);

impl<T: Number> Value<T> {
    /// A shared number that starts as `first`.
    ///
    /// # Errors
    /// The system has no memory left.
    #[track_caller]
    pub fn new(first: T) -> io::Result<Value<T>> {
        Array::of(Kind::Value, &[first], Text(&first)).map(Value)
    }

    /// The number now.
    pub fn get(&self) -> T {
        self.0.get(0)
    }

    /// Replaces the number.
    pub fn set(&self, number: T) {
        self.0.set(0, number);
    }

    /// Replaces the number with what `change` makes of it, in one step that no other process can
    /// interrupt, and returns the previous number. `change` may be called several times.
    pub fn fetch_update(&self, change: impl FnMut(T) -> T) -> T {
        self.0.fetch_update(0, change)
    }

    /// Adds to the number in one step, and returns the previous number.
    ///
    /// # Panics
    /// On overflow in a build with overflow checks, as `+` does.
    pub fn fetch_add(&self, more: T) -> T
    where
        T: std::ops::Add<Output = T>,
    {
        self.0.fetch_add(0, more)
    }
}
