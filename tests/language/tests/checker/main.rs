//! The golden files and the checker: what a file says, which runs it allows, which line is blamed.

mod advice;
mod another;
mod blame;
mod draft;
mod files;
mod folder;
mod fuzz;
mod language;
mod oracle;
mod orders;
mod random;
mod rendering;
mod slips;
mod speed;
mod steps;
