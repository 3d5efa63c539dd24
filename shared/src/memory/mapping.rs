//! Memory that a process and the children it forks later see in common.

use nix::sys::mman::{MapFlags, ProtFlags, mmap, mmap_anonymous, munmap};
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};
use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::ptr::NonNull;
use std::slice;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};

/// Types that are valid when every byte is zero and that several processes may use at once. A type of
/// one's own is made with [`shared!`](crate::memory::mapping::shared), which demands it of every field.
///
/// # Safety
/// The type consists of atomics only (padding aside), and its alignment is at most 4,096.
#[allow(unsafe_code)]
pub(crate) unsafe trait Shared {}

macro_rules! atomics {
    ($($atomic:ty),*) => {$(
        // SAFETY: an atomic; of each, zero is a value.
        #[allow(unsafe_code)]
        unsafe impl Shared for $atomic {}
    )*};
}
atomics!(AtomicBool, AtomicU32, AtomicU64);

// SAFETY: as the items.
#[allow(unsafe_code)]
unsafe impl<T: Shared, const N: usize> Shared for [T; N] {}

/// A struct that lies in shared memory: the compiler refuses it unless each field may.
macro_rules! shared {
    ($(#[$about:meta])* $visible:vis struct $name:ident $(<$state:ident, $number:ident>)? {
        $($(#[$what:meta])* $seen:vis $field:ident: $type:ty,)*
    }) => {
        $(#[$about])*
        #[repr(C)]
        $visible struct $name $(<$state, const $number: usize>)? {
            $($(#[$what])* $seen $field: $type,)*
        }
        // SAFETY: each field is shared, so the whole consists of atomics.
        #[allow(unsafe_code)]
        unsafe impl $(<$state: $crate::memory::mapping::Shared, const $number: usize>)?
            $crate::memory::mapping::Shared for $name $(<$state, $number>)?
        where
            $($type: $crate::memory::mapping::Shared,)*
        {
        }
    };
}
pub(crate) use shared;

/// One anonymous mapping, shared with every child forked after it was made. Fresh memory is zero
/// and costs nothing until it is touched.
pub(crate) struct Mapping {
    start: NonNull<c_void>,
    len: NonZeroUsize,
}

// SAFETY: the mapping is plain memory that belongs to this value alone; what several threads or
// processes may do with it is for the types laid over it (`Shared`) to say.
#[allow(unsafe_code)]
unsafe impl Send for Mapping {}
// SAFETY: as above.
#[allow(unsafe_code)]
unsafe impl Sync for Mapping {}

impl Mapping {
    #[allow(unsafe_code)]
    pub(crate) fn new(len: usize) -> io::Result<Mapping> {
        let len = NonZeroUsize::new(len).ok_or(io::ErrorKind::InvalidInput)?;
        let flags = MapFlags::MAP_SHARED;
        // Reserve addresses, not memory: a queue's arena is large and mostly untouched.
        #[cfg(target_os = "linux")]
        let flags = flags | MapFlags::MAP_NORESERVE;
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: the kernel chooses the place of a new mapping, so no memory in use is touched.
        let start = unsafe { mmap_anonymous(None, len, access, flags) }?;
        Ok(Mapping { start, len })
    }

    /// The beginning of a file, which nobody makes shorter: shared with everyone who maps it.
    #[allow(unsafe_code)]
    pub(crate) fn of(file: &File, len: usize) -> io::Result<Mapping> {
        let len = NonZeroUsize::new(len).ok_or(io::ErrorKind::InvalidInput)?;
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: the kernel chooses the place of a new mapping, so no memory in use is touched.
        let start = unsafe { mmap(None, len, access, MapFlags::MAP_SHARED, file, 0) }?;
        Ok(Mapping { start, len })
    }

    /// Whether three times as much is left beside a mapping of this length, if addresses are
    /// limited at all (`ulimit -v`).
    pub(crate) fn would_leave_room(len: usize) -> bool {
        let limit = getrlimit(Resource::RLIMIT_AS).map_or(RLIM_INFINITY, |(soft, _)| soft);
        limit == RLIM_INFINITY || Mapping::new(4 * len).is_ok()
    }

    pub(crate) fn len(&self) -> usize {
        self.len.get()
    }

    /// The value that lies at the start of the mapping.
    pub(crate) fn header<T: Shared>(&self) -> &T {
        &self.slice(1)[0]
    }

    /// So many values, from the start of the mapping on.
    #[allow(unsafe_code)]
    pub(crate) fn slice<T: Shared>(&self, len: usize) -> &[T] {
        assert!(len.checked_mul(size_of::<T>()).is_some_and(|size| size <= self.len()));
        // SAFETY: the mapping is page-aligned, large enough (checked), lives as long as `self`,
        // was zero when it was made, and `Shared` promises that T is valid then and made of
        // atomics, so shared references from several processes are sound.
        unsafe { slice::from_raw_parts(self.start.cast::<T>().as_ptr(), len) }
    }

    /// The address `offset` bytes from the start.
    #[allow(unsafe_code)]
    pub(crate) fn at(&self, offset: usize) -> *mut u8 {
        assert!(offset <= self.len());
        // SAFETY: the result stays within the mapping or one past its end (checked).
        unsafe { self.start.as_ptr().cast::<u8>().add(offset) }
    }

    /// Gives whole pages between the two offsets back to the system; they read as zero after.
    /// Where the system cannot do that for shared memory, nothing happens.
    #[allow(unsafe_code)]
    pub(crate) fn give_back(&self, from: usize, to: usize) {
        assert!(from <= to && to <= self.len());
        #[cfg(target_os = "linux")]
        {
            use nix::sys::mman::{MmapAdvise, madvise};
            const PAGE: usize = 4096;
            let (from, to) =
                (from.next_multiple_of(PAGE), to.next_multiple_of(PAGE).min(self.len()));
            if let Some(start) = NonNull::new(self.at(from)).filter(|_| from < to) {
                // SAFETY: the range lies within this mapping. The caller holds the object's lock
                // and has no record there, so nobody reads what is dropped. An error (a kernel
                // without MADV_REMOVE, larger pages) leaves the memory as it was.
                let _ = unsafe { madvise(start.cast(), to - from, MmapAdvise::MADV_REMOVE) };
            }
        }
    }
}

impl Drop for Mapping {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        // SAFETY: this process's view of the mapping ends here, with the only value that hands
        // out references to it; other processes keep theirs.
        let _ = unsafe { munmap(self.start, self.len()) };
    }
}
