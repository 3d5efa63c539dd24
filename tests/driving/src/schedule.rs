//! The choices of a run, where more than one process could go on.

/// Which process goes on, where several can.
#[derive(Clone, Debug)]
pub enum Schedule {
    /// Chosen by these random numbers.
    Seed(u64),
    /// As it was in the run with this code.
    Code(String),
}

/// A choice is one of these: the first who can go on, in the order of their birth, is `0`.
pub(crate) const DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// With this begins the code of a run that the explorer has found.
pub(crate) const EXPLORED: char = 'x';

pub(crate) struct Choices {
    from: Schedule,
    state: u64,
    code: String,
}

impl Choices {
    pub fn new(from: Schedule) -> Choices {
        let seed = if let Schedule::Seed(seed) = from { seed } else { 0 };
        Choices { from, state: seed, code: String::new() }
    }

    /// One of so many. None: the code has another opinion of how many there are.
    pub fn choose(&mut self, many: usize) -> Option<usize> {
        if many == 1 {
            return Some(0);
        }
        let many = many.min(DIGITS.len());
        let choice = match &self.from {
            Schedule::Seed(_) => self.below(many),
            Schedule::Code(code) => {
                let digit = *code.as_bytes().get(self.code.len())?;
                DIGITS[..many].iter().position(|&other| other == digit)?
            }
        };
        self.code.push(DIGITS[choice].into());
        Some(choice)
    }

    /// The same numbers on every machine and in every version (splitmix64).
    fn below(&mut self, many: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 33) as usize % many
    }

    /// What was chosen so far.
    pub fn code(self) -> String {
        match self.from {
            Schedule::Code(code) if code.starts_with(EXPLORED) => code,
            _ => self.code,
        }
    }

    /// What comes after the letter with which the explorer's codes begin, if it is one of them. No other
    /// code does: the first choice is between two.
    pub fn explored(&self) -> Option<String> {
        match &self.from {
            Schedule::Code(code) => code.strip_prefix(EXPLORED).map(str::to_owned),
            Schedule::Seed(_) => None,
        }
    }

    /// Whether the code names more choices than there were.
    pub fn is_longer(&self) -> bool {
        matches!(&self.from, Schedule::Code(code) if code.len() > self.code.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_makes_the_same_choices() {
        let many = [2, 3, 1, 5, 36, 1, 2];
        let mut first = Choices::new(Schedule::Seed(7));
        let chosen: Vec<_> = many.map(|many| first.choose(many)).into();
        let code = first.code();
        assert_eq!(code.len(), 5);
        let mut again = Choices::new(Schedule::Code(code.clone()));
        assert_eq!(many.map(|many| again.choose(many)).to_vec(), chosen);
        assert!(!again.is_longer());
        let mut other = Choices::new(Schedule::Code(code));
        assert!(other.choose(2).is_some() && other.is_longer());
        let mut wrong = Choices::new(Schedule::Code("9".to_owned()));
        assert_eq!(wrong.choose(2), None);
    }
}
