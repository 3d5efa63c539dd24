//! Values by numbers, equal ones by equal numbers: small to keep and to compare.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Index;

#[derive(Clone, Debug)]
pub(crate) struct Numbered<T> {
    all: Vec<T>,
    numbers: HashMap<T, usize>,
}

impl<T: Clone + Eq + Hash> Numbered<T> {
    pub fn new() -> Numbered<T> {
        Numbered { all: Vec::new(), numbers: HashMap::new() }
    }

    pub fn number(&mut self, value: T) -> usize {
        if let Some(&number) = self.numbers.get(&value) {
            return number;
        }
        self.all.push(value.clone());
        self.numbers.insert(value, self.all.len() - 1);
        self.all.len() - 1
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }
}

impl<T> Index<usize> for Numbered<T> {
    type Output = T;
    fn index(&self, number: usize) -> &T {
        &self.all[number]
    }
}
