//! Words within so many columns.

/// The lines of a text, broken between words; a word that is longer than a line is broken, too.
pub(crate) fn wrap(text: &str, first: usize, others: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let width = |lines: usize| if lines == 1 { first } else { others }.max(1);
    for word in text.split(' ') {
        let used = lines.last().map_or(0, |line| line.chars().count());
        let mut rest: Vec<char> = word.chars().collect();
        let gap = usize::from(used > 0);
        if used + gap + rest.len() > width(lines.len()) && used > 0 {
            lines.push(String::new());
        } else if gap > 0
            && let Some(line) = lines.last_mut()
        {
            line.push(' ');
        }
        loop {
            let used = lines.last().map_or(0, |line| line.chars().count());
            let fits = rest.len().min(width(lines.len()).saturating_sub(used));
            let part: String = rest.drain(..fits).collect();
            if let Some(line) = lines.last_mut() {
                line.push_str(&part);
            }
            if rest.is_empty() {
                break;
            }
            lines.push(String::new());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_longer() {
        assert_eq!(wrap("one two three", 7, 5), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3, 4), ["abc", "defg", "h ij"]);
        assert_eq!(wrap("", 3, 3), [""]);
    }
}
