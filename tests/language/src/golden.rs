//! A golden file, from its text to what it says.

use std::time::Duration;

use crate::index::Index;
use crate::order::Order;
use crate::parse::{Language, Malformed, Parsed};
use crate::transcript::End;

/// A golden file, read for one language.
#[derive(Debug)]
pub struct Golden {
    /// The file's name, for messages.
    pub file: String,
    /// How the program must end.
    pub end: End,
    /// How long the program may run.
    pub limit: Duration,
    /// Processes that are still alive when main has ended.
    pub outlives_main: Vec<String>,
    /// What is legal and yet better written in another way.
    pub warnings: Vec<String>,
    pub(crate) order: Order,
    pub(crate) index: Index,
}

impl Golden {
    /// Reads a golden file as it stands for one language. `file` is only named in messages.
    ///
    /// # Errors
    /// The first place that is not the language, or that claims something impossible.
    pub fn parse(file: &str, source: &str, language: Language) -> Result<Golden, Box<Malformed>> {
        let parsed = Parsed::read(file, source, language)?;
        let order = Order::of(&parsed)?;
        let index = Index::of(&order);
        let warnings = order.warnings(&index, file);
        let Parsed { file, end, limit, outlives_main, lines, .. } = parsed;
        let golden = Golden { file, end, limit, outlives_main, warnings, order, index };
        golden.keeps_its_rules(&lines)?;
        Ok(golden)
    }
}
