//! Has somebody edited it since the last commit? Learners do, and then wonder.

use std::path::Path;
use std::process::Command;

/// If files in this folder of the checkout differ from the last commit: which, and how to get them
/// back. Without git, nothing.
pub fn edited(root: &Path, folder: &str) -> Option<String> {
    let mut git = Command::new("git");
    // What is new cannot be got back.
    git.args(["diff", "--relative", "--name-only", "--no-renames", "--diff-filter=MTD", "HEAD"]);
    let output = git.args(["--", folder]).current_dir(root).output().ok()?;
    let files = String::from_utf8_lossy(&output.stdout);
    let files: Vec<&str> = files.lines().collect();
    if !output.status.success() || files.is_empty() {
        return None;
    }
    let (list, arguments) = (files.join(", "), files.join(" "));
    Some(format!(
        "Edited since the last commit: {list}.\n\
         This throws the edits away: git checkout HEAD -- {arguments}"
    ))
}

/// Whether nothing in these places differs from the last commit. False, too, if git cannot tell.
pub fn is_as_committed(root: &Path, places: &[&str]) -> bool {
    let mut git = Command::new("git");
    git.args(["diff", "--quiet", "HEAD", "--"]).args(places).current_dir(root);
    git.output().is_ok_and(|output| output.status.success())
}
