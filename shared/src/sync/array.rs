//! A fixed number of numbers that several processes share.

use crate::memory::debug::debug;
use crate::memory::mapping::{Mapping, shared};
use crate::memory::seam::{self, Act, Kind, Op, Text};
use std::fmt::{self, Display};
use std::io;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering::*};

/// A fixed number of numbers that several processes share; Python's `multiprocessing.Array` with
/// `lock=False`.
///
/// Each element is for itself what a [`Value`](crate::Value) is: one call is one step, that no other
/// process can interrupt. What takes two calls is two steps, also if it is about one element: whoever
/// moves an amount from one to another needs a [`Lock`](crate::Lock), and so does whoever adds them up.
/// Python's `Array` has a lock of its own, which each access takes.
///
/// It is one mapping of 16 bytes for each number. A system has a limit for the number of mappings (65,530
/// on Linux), so for many numbers take one array, and not many values.
///
/// **When a process dies**, each number keeps its last value.
///
/// ```
/// use multiprocessing::{Array, Process};
/// let squares = Array::new(&[0u32; 3])?;
/// let work = |i| squares.set(i, (i * i) as u32);
/// for child in [Process::new(|| work(1)).start()?, Process::new(|| work(2)).start()?] {
///     child.join()?;
/// }
/// assert_eq!(squares.iter().collect::<Vec<_>>(), [0, 1, 4]);
/// # Ok::<(), anyhow::Error>(())
/// ```
///
/// # Panics
/// A call for an element that is not there, as a slice does.
pub struct Array<T> {
    mapping: Mapping,
    len: usize,
    /// The number of the first; each has one of its own.
    pub(crate) object: u32,
    number: PhantomData<T>,
}

debug!(Array<T>, |array| object: array.object, len: array.len);

shared! {
    struct Cell {
        bits: AtomicU64,
        /// How often it was changed while anybody listened.
        changes: AtomicU64,
    }
}

/// The numbers that a [`Value`](crate::Value) and an [`Array`] can hold: the integers up to 64 bits, `f32`, `f64` and `bool`.
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

impl<T: Number> Array<T> {
    /// As many shared numbers as these, which they are at first: `Array::new(&[0; 1000])`.
    ///
    /// # Errors
    /// The system has no memory left.
    #[track_caller]
    pub fn new(first: &[T]) -> io::Result<Array<T>> {
        Array::of(Kind::Array(first.len()), first, Text(&List(first)))
    }

    #[track_caller]
    pub(crate) fn of(kind: Kind, first: &[T], told: Text<'_>) -> io::Result<Array<T>> {
        let size = first.len().max(1).checked_mul(size_of::<Cell>());
        let mapping = Mapping::new(size.ok_or(io::ErrorKind::OutOfMemory)?)?;
        let object = seam::new_object(kind, told)?;
        let array = Array { mapping, len: first.len(), object, number: PhantomData };
        // Fresh memory is zero: it is not touched before it is used.
        for (cell, number) in array.cells().iter().zip(first).filter(|(_, n)| n.to_bits() != 0) {
            cell.bits.store(number.to_bits(), SeqCst);
        }
        Ok(array)
    }

    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "its length is fixed")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The number at this place now.
    #[track_caller]
    pub fn get(&self, place: usize) -> T {
        let (cell, object) = self.cell(place);
        let attempt = seam::about(Act::Read, object);
        let number = T::from_bits(cell.bits.load(SeqCst));
        attempt.did(|| Op::Read { nth: cell.changes.load(Relaxed), number: Text(&number) });
        number
    }

    /// All numbers, each read when it is asked for: others may change them meanwhile.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = T> {
        (0..self.len).map(|place| self.get(place))
    }

    /// Replaces the number at this place.
    #[track_caller]
    pub fn set(&self, place: usize, number: T) {
        self.fetch_update(place, |_| number);
    }

    /// Replaces the number at this place with what `change` makes of it, in one step that no other
    /// process can interrupt, and returns the previous number. `change` may be called several times.
    #[track_caller]
    pub fn fetch_update(&self, place: usize, mut change: impl FnMut(T) -> T) -> T {
        let (cell, object) = self.cell(place);
        let attempt = seam::about(Act::Write, object);
        let mut after = 0;
        let change = |bits| {
            after = change(T::from_bits(bits)).to_bits();
            Some(after)
        };
        let (Ok(before) | Err(before)) = cell.bits.fetch_update(SeqCst, SeqCst, change);
        let number = T::from_bits(after);
        let changes = || cell.changes.fetch_add(1, Relaxed) + 1;
        attempt.did(|| Op::Write { nth: changes(), number: Text(&number) });
        T::from_bits(before)
    }

    /// Adds to the number at this place in one step, and returns the previous number.
    ///
    /// # Panics
    /// On overflow in a build with overflow checks, as `+` does.
    #[track_caller]
    pub fn fetch_add(&self, place: usize, more: T) -> T
    where
        T: std::ops::Add<Output = T>,
    {
        self.fetch_update(place, |number| number + more)
    }

    fn cells(&self) -> &[Cell] {
        self.mapping.slice(self.len)
    }

    /// With the number of its object.
    #[track_caller]
    fn cell(&self, place: usize) -> (&Cell, u32) {
        match self.cells().get(place) {
            Some(cell) => (cell, self.object.wrapping_add(place as u32)),
            None => panic!("no element {place} in an array of {}", self.len),
        }
    }
}

/// As a list in brackets.
struct List<'n, T>(&'n [T]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(T::to_string).collect();
        write!(f, "[{}]", numbers.join(", "))
    }
}
