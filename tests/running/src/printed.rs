//! What a program prints: the beginning is kept, up to a limit, and the rest is counted and thrown
//! away. So a program that prints for ever costs neither memory nor the verdict.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};

/// So many bytes of each stream are kept.
pub const MOST: usize = 1 << 20;

/// What came on one stream.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Printed {
    /// Whole lines, if there is more than this.
    pub text: String,
    /// How many lines were thrown away.
    pub more: u64,
}

impl Printed {
    /// Reads to the end of file.
    pub fn read(mut from: impl Read) -> io::Result<Printed> {
        let mut kept = Vec::new();
        from.by_ref().take(MOST as u64).read_to_end(&mut kept)?;
        let mut block = vec![0; 1 << 16];
        let (mut more, mut last) = (0, None);
        loop {
            match from.read(&mut block) {
                Ok(0) => break,
                Ok(count) => {
                    more += block[..count].iter().filter(|&&byte| byte == b'\n').count() as u64;
                    last = Some(block[count - 1]);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if let Some(last) = last {
            more += u64::from(last != b'\n');
            // The line that was cut is no line of the program's, unless it is the only one.
            if let Some(newline) = kept.iter().rposition(|&byte| byte == b'\n') {
                more += u64::from(newline + 1 < kept.len() && more == 0);
                kept.truncate(newline + 1);
            }
        }
        Ok(Printed { text: String::from_utf8_lossy(&kept).into_owned(), more })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: Vec<u8>) -> (usize, u64) {
        let printed = Printed::read(&bytes[..]).unwrap();
        (printed.text.len(), printed.more)
    }

    #[test]
    fn what_is_too_much_is_counted() {
        assert_eq!(read(b"one\ntwo".to_vec()), (7, 0));
        assert_eq!(read(vec![b'\n'; MOST]), (MOST, 0));
        assert_eq!(read(vec![b'\n'; MOST + 3]), (MOST, 3));
        // Sixteen bytes a line, and one more: the last whole line is cut in the second case.
        let lines =
            |end: &str| format!("{}{end}", "fifteen letters\n".repeat(MOST / 16)).into_bytes();
        assert_eq!(read(lines("x")), (MOST, 1));
        assert_eq!(read([b"\n".to_vec(), lines("")].concat()), (MOST - 15, 1));
        // One line without an end, and none at all.
        assert_eq!(read(vec![0; 3 * MOST]), (MOST, 1));
        assert_eq!(read(vec![]), (0, 0));
    }
}
