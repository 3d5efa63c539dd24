//! Stand-in.
#![allow(clippy::undocumented_unsafe_blocks)]

#[derive(Debug)]
pub(crate) struct Monitor(*mut libc::pthread_mutex_t);
unsafe impl Send for Monitor {}
unsafe impl Sync for Monitor {}
pub(crate) struct TimedOut;
pub(crate) struct Guard<'a>(&'a Monitor);

impl Monitor {
    pub(crate) fn new() -> std::io::Result<Monitor> {
        unsafe {
            let page = nix::sys::mman::mmap_anonymous(
                None,
                std::num::NonZeroUsize::new(4096).unwrap(),
                nix::sys::mman::ProtFlags::PROT_READ | nix::sys::mman::ProtFlags::PROT_WRITE,
                nix::sys::mman::MapFlags::MAP_SHARED,
            )?;
            let mutex = page.as_ptr().cast();
            let mut attr = std::mem::zeroed();
            libc::pthread_mutexattr_init(&mut attr);
            libc::pthread_mutexattr_setpshared(&mut attr, libc::PTHREAD_PROCESS_SHARED);
            #[cfg(target_os = "linux")]
            libc::pthread_mutexattr_setrobust(&mut attr, libc::PTHREAD_MUTEX_ROBUST);
            libc::pthread_mutex_init(mutex, &attr);
            Ok(Monitor(mutex))
        }
    }
    pub(crate) fn enter(
        &self,
        deadline: Option<std::time::Instant>,
    ) -> Result<Guard<'_>, TimedOut> {
        loop {
            match unsafe { libc::pthread_mutex_trylock(self.0) } {
                0 => return Ok(Guard(self)),
                #[cfg(target_os = "linux")]
                libc::EOWNERDEAD => {
                    unsafe { libc::pthread_mutex_consistent(self.0) };
                    return Ok(Guard(self));
                }
                _ => {}
            }
            if deadline.is_some_and(|deadline| std::time::Instant::now() >= deadline) {
                return Err(TimedOut);
            }
            std::thread::sleep(std::time::Duration::from_micros(50));
        }
    }
}
impl Drop for Guard<'_> {
    fn drop(&mut self) {
        unsafe { libc::pthread_mutex_unlock(self.0.0) };
    }
}
