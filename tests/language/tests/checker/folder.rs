//! The golden files of the project and the examples.

use std::fs;
use std::path::{Path, PathBuf};

/// All of them, those of broken variants included.
pub fn golden_files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("../golden"), root.join("tests/examples")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the folder") {
            let path = entry.expect("its entries").path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files.retain(|path| path.extension().is_some_and(|end| end == "txt"));
    assert!(files.len() >= 45, "forty lessons and five examples at least");
    files
}
