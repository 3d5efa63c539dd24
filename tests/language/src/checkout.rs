//! Which checkout is meant: the one in which one stands. A path fixed when this was compiled would
//! name another one after a copy, or with a target directory that two of them share.

use std::path::{Path, PathBuf};
use std::{env, io};

// So that cargo builds the command and the tests again in another checkout: see .cargo/config.toml.
const _: Option<&str> = option_env!("LESSONS_CHECKOUT");

/// Names another checkout.
const ROOT: &str = "LESSON_ROOT";

/// The root of the checkout that the current directory lies in; `LESSON_ROOT` names another one.
///
/// # Errors
/// If the current directory is in none, or the variable names none.
pub fn checkout() -> io::Result<PathBuf> {
    let is_checkout = |folder: &Path| {
        folder.join("book/src/SUMMARY.md").is_file() && folder.join("lessons").is_dir()
    };
    if let Some(root) = env::var_os(ROOT) {
        let root = std::path::absolute(root)?;
        return match is_checkout(&root) {
            true => Ok(root),
            false => Err(io::Error::other(format!(
                "{ROOT} is {}, and that is no checkout of the lessons: it has no lessons, or no \
                 book/src/SUMMARY.md. Name another folder, or unset it.",
                root.display()
            ))),
        };
    }
    let here = env::current_dir()
        .map_err(|error| io::Error::other(format!("the current directory is gone: {error}")))?;
    here.ancestors().find(|folder| is_checkout(folder)).map(Path::to_owned).ok_or_else(|| {
        io::Error::other(format!(
            "{} is in no checkout of the lessons. Go into one (cd), or name it in {ROOT}.",
            here.display()
        ))
    })
}
