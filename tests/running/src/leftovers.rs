//! What a run may leave behind outside of its processes: temporary files and shared memory.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{env, fs, io, thread};

/// Where the system shows named shared memory and named semaphores.
const SHARED_MEMORY: &str = "/dev/shm";

/// Longer than a process that is ready waits for a processor, as a rule.
const A_MOMENT: Duration = Duration::from_millis(200);

/// A folder for temporary files that is one run's own, and the shared memory that was there
/// before. Dropped, the folder is gone.
pub(crate) struct Leftovers {
    folder: PathBuf,
    shared: PathBuf,
    shared_before: BTreeSet<PathBuf>,
}

/// Those that are in use now.
static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// For a program that is about to exit without more ado.
pub(crate) fn remove_folders() {
    for folder in FOLDERS.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        // Nothing can be done about one that cannot be removed.
        let _ = fs::remove_dir_all(folder);
    }
}

impl Leftovers {
    pub fn new() -> io::Result<Leftovers> {
        Leftovers::with(Path::new(SHARED_MEMORY))
    }

    fn with(shared: &Path) -> io::Result<Leftovers> {
        // A name that nobody has used: one who was killed could not remove its own.
        let folder = nix::unistd::mkdtemp(&env::temp_dir().join("lesson-XXXXXX"))?;
        let mut folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
        folders.push(folder.clone());
        drop(folders);
        let shared_before = files_of_owner(shared, &folder);
        Ok(Leftovers { folder, shared: shared.to_owned(), shared_before })
    }

    /// To be the program's `TMPDIR`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is there now that was not there before and that no living process uses.
    pub fn left(&self) -> Vec<String> {
        self.left_after(|| thread::sleep(A_MOMENT))
    }

    fn left_after(&self, moment: impl FnOnce()) -> Vec<String> {
        let files = entries(&self.folder).into_iter();
        let files = files.map(|path| format!("the temporary file {}", name(&path)));
        let mut left = self.unused();
        if !left.is_empty() {
            // Another program's may have been between two calls: opened and not yet mapped, or
            // mapped and not yet removed.
            moment();
            let still = self.unused();
            left.retain(|path| still.contains(path));
        }
        let shared = left.iter().map(|path| format!("the shared memory {}", path.display()));
        files.chain(shared).collect()
    }

    /// New shared memory that nobody uses. Another program's, made meanwhile, is in use, or was
    /// removed while we looked.
    fn unused(&self) -> BTreeSet<PathBuf> {
        let mut new = &files_of_owner(&self.shared, &self.folder) - &self.shared_before;
        if !new.is_empty() {
            let used = used_inodes(&self.shared);
            new.retain(|path| inode(path).is_some_and(|inode| !used.contains(&inode)));
        }
        new
    }
}

impl Drop for Leftovers {
    fn drop(&mut self) {
        // A folder that cannot be removed harms nobody: its name is not used again.
        let _ = fs::remove_dir_all(&self.folder);
        let mut folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
        folders.retain(|folder| *folder != self.folder);
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn entries(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// What there is in a folder of the user who owns the other one.
fn files_of_owner(folder: &Path, owned: &Path) -> BTreeSet<PathBuf> {
    use std::os::unix::fs::MetadataExt;
    let owner = |path: &Path| fs::symlink_metadata(path).map(|data| data.uid()).ok();
    let user = owner(owned);
    entries(folder).into_iter().filter(|path| user.is_some() && owner(path) == user).collect()
}

fn inode(path: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    Some(fs::metadata(path).ok()?.ino())
}

/// The files there that the living processes of this user have mapped or opened. Not by name: a
/// mapped semaphore has the name of the temporary file that it was made in.
fn used_inodes(folder: &Path) -> BTreeSet<u64> {
    let inside = format!("{}/", folder.display());
    let mut used = BTreeSet::new();
    for process in entries(Path::new("/proc")) {
        // Names of files are bytes, too.
        let maps = fs::read(process.join("maps")).unwrap_or_default();
        let maps = String::from_utf8_lossy(&maps);
        let shared = maps.lines().filter(|line| line.contains(&inside));
        used.extend(shared.filter_map(|line| line.split_whitespace().nth(4)?.parse::<u64>().ok()));
        for open in entries(&process.join("fd")) {
            if fs::read_link(&open).is_ok_and(|target| target.starts_with(folder)) {
                used.extend(inode(&open));
            }
        }
    }
    used
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// As a named semaphore comes to its name. In a folder of its own: what lies in the real one is
    /// found by every run beside this.
    #[test]
    fn what_another_program_uses_under_another_name_was_not_left() {
        let shared = nix::unistd::mkdtemp(&env::temp_dir().join("shared-XXXXXX")).unwrap();
        let shared = shared.canonicalize().unwrap();
        let leftovers = Leftovers::with(&shared).unwrap();
        let (first, second) = (shared.join("first"), shared.join("second"));
        let used = fs::File::create(&first).unwrap();
        fs::hard_link(&first, &second).unwrap();
        fs::remove_file(&first).unwrap();
        let line = format!("the shared memory {}", second.display());
        let told = |moment: &dyn Fn()| leftovers.left_after(moment).contains(&line);
        assert!(!told(&|| ()), "it is in use");
        drop(used);
        assert!(told(&|| ()), "nobody uses it");
        assert!(!told(&|| fs::remove_file(&second).unwrap()), "it was unused for a moment only");
        assert!(!told(&|| ()), "it is gone");
        fs::remove_dir(&shared).unwrap();
    }

    #[test]
    fn a_run_looks_at_shared_memory() {
        let leftovers = Leftovers::new().unwrap();
        assert_eq!(leftovers.shared, Path::new("/dev/shm"));
        assert!(leftovers.shared.is_dir());
    }
}
