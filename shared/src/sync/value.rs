//! One number that several processes share.

use crate::memory::debug::debug;
use crate::memory::mapping::{Mapping, shared};
use crate::memory::seam::{self, Act, Kind, Op, Text};
use std::fmt::Display;
use std::io;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering::*};

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
pub struct Value<T> {
    mapping: Mapping,
    object: u32,
    number: PhantomData<T>,
}

debug!(Value<T>, |value| object: value.object);

shared! {
    struct State {
        bits: AtomicU64,
        /// How often it was changed while anybody listened.
        changes: AtomicU64,
    }
}

/// The numbers that a [`Value`] can hold: the integers up to 64 bits, `f32`, `f64` and `bool`.
pub trait Number: Copy + Display + sealed::Bits {}

mod sealed {
    pub trait Bits {
        fn to_bits(self) -> u64;
        fn from_bits(bits: u64) -> Self;
    }
}

macro_rules! numbers {
    ($($type:ty: $to:expr, $from:expr;)*) => {$(
        impl sealed::Bits for $type {
            fn to_bits(self) -> u64 { ($to)(self) }
            fn from_bits(bits: u64) -> $type { ($from)(bits) }
        }
        impl Number for $type {}
    )*};
}
numbers! {
    u8: u64::from, |b| b as u8;
    u16: u64::from, |b| b as u16;
    u32: u64::from, |b| b as u32;
    u64: |n| n, |b| b;
    usize: |n| n as u64, |b| b as usize;
    i8: |n| n as u64, |b| b as i8;
    i16: |n| n as u64, |b| b as i16;
    i32: |n| n as u64, |b| b as i32;
    i64: |n| n as u64, |b| b as i64;
    isize: |n| n as u64, |b| b as isize;
    f32: |n: f32| u64::from(n.to_bits()), |b| f32::from_bits(b as u32);
    f64: f64::to_bits, f64::from_bits;
    bool: u64::from, |b| b != 0;
}

impl<T: Number> Value<T> {
    /// A shared number that starts as `first`.
    ///
    /// # Errors
    /// The system has no memory left.
    #[track_caller]
    pub fn new(first: T) -> io::Result<Value<T>> {
        let mapping = Mapping::new(size_of::<State>())?;
        let object = seam::new_object(Kind::Value, Text(&first))?;
        let value = Value { mapping, object, number: PhantomData };
        value.state().bits.store(first.to_bits(), SeqCst);
        Ok(value)
    }

    /// The number now.
    pub fn get(&self) -> T {
        let attempt = seam::about(Act::Read, self.object);
        let bits = self.state().bits.load(SeqCst);
        let number = T::from_bits(bits);
        let changes = || self.state().changes.load(Relaxed);
        attempt.did(|| Op::Read { nth: changes(), number: Text(&number) });
        number
    }

    /// Replaces the number.
    pub fn set(&self, number: T) {
        self.fetch_update(|_| number);
    }

    /// Replaces the number with what `change` makes of it, in one step that no other process can
    /// interrupt, and returns the previous number. `change` may be called several times.
    pub fn fetch_update(&self, mut change: impl FnMut(T) -> T) -> T {
        let attempt = seam::about(Act::Write, self.object);
        let mut after = 0;
        let change = |bits| {
            after = change(T::from_bits(bits)).to_bits();
            Some(after)
        };
        let (Ok(before) | Err(before)) = self.state().bits.fetch_update(SeqCst, SeqCst, change);
        let number = T::from_bits(after);
        let changes = || self.state().changes.fetch_add(1, Relaxed) + 1;
        attempt.did(|| Op::Write { nth: changes(), number: Text(&number) });
        T::from_bits(before)
    }

    /// Adds to the number in one step, and returns the previous number.
    ///
    /// # Panics
    /// On overflow in a build with overflow checks, as `+` does.
    pub fn fetch_add(&self, more: T) -> T
    where
        T: std::ops::Add<Output = T>,
    {
        self.fetch_update(|number| number + more)
    }

    fn state(&self) -> &State {
        self.mapping.header()
    }
}
