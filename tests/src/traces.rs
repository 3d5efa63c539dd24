//! What a run may leave behind outside of its processes: temporary files and shared memory.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{env, fs, io};

/// A folder for temporary files that is one run's own, and the shared memory that was there
/// before. Dropped, the folder is gone.
pub(crate) struct Traces {
    folder: PathBuf,
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

impl Traces {
    pub fn new() -> io::Result<Traces> {
        // A name that nobody has used: one who was killed could not remove its own.
        let folder = nix::unistd::mkdtemp(&env::temp_dir().join("lesson-XXXXXX"))?;
        let mut folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
        folders.push(folder.clone());
        drop(folders);
        Ok(Traces { folder, shared_before: shared_memory() })
    }

    /// To be the program's `TMPDIR`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is there now that was not there before and that no living process uses.
    pub fn left(&self) -> Vec<String> {
        let files = entries(&self.folder).into_iter();
        let files = files.map(|path| format!("the temporary file {}", name(&path)));
        let new: Vec<PathBuf> = shared_memory().difference(&self.shared_before).cloned().collect();
        let used = match new.is_empty() {
            true => String::new(),
            false => mappings(),
        };
        // Another program's, made meanwhile, is in use; what nobody uses was left.
        let unused = |path: &&PathBuf| !used.contains(&*path.to_string_lossy());
        let shared =
            new.iter().filter(unused).map(|path| format!("the shared memory {}", path.display()));
        files.chain(shared).collect()
    }
}

impl Drop for Traces {
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

/// Named shared memory and named semaphores, where the system shows them.
fn shared_memory() -> BTreeSet<PathBuf> {
    use std::os::unix::fs::MetadataExt;
    let own = nix::unistd::getuid().as_raw();
    let mine = |path: &PathBuf| fs::symlink_metadata(path).is_ok_and(|data| data.uid() == own);
    entries(Path::new("/dev/shm")).into_iter().filter(mine).collect()
}

/// All that the living processes of this user have mapped or opened, by name.
fn mappings() -> String {
    let mut all = String::new();
    for process in entries(Path::new("/proc")) {
        all += &fs::read_to_string(process.join("maps")).unwrap_or_default();
        for open in entries(&process.join("fd")) {
            if let Ok(target) = fs::read_link(open) {
                all += &target.to_string_lossy();
                all.push('\n');
            }
        }
    }
    all
}
