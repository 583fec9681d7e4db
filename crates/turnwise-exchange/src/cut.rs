//! Texts that are too long are cut in the middle, as the sandbox cuts what a command prints.

/// The longest text that is kept of a turn, in bytes. Far above what any harness shows a model; what is longer is a
/// log that got into a trajectory.
pub const LONGEST_TEXT: usize = 1 << 20;

/// Cuts the text if it is too long and says how many bytes were left out.
pub(crate) fn cut(text: &mut String) -> u64 {
    if text.len() <= LONGEST_TEXT {
        return 0;
    }
    let head = floor(text, LONGEST_TEXT / 2);
    let tail = ceiling(text, text.len() - LONGEST_TEXT / 2);
    let elided = tail - head;
    *text = format!("{}\n[... {elided} bytes left out ...]\n{}", &text[..head], &text[tail..]);
    elided as u64
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceiling(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_TEXT, cut};

    #[test]
    fn a_million_lines_keep_their_beginning_and_end() {
        let mut text: String = (0..1_000_000).map(|n| format!("{n} é\n")).collect();
        let full = text.len();
        let elided = cut(&mut text);
        assert!(text.starts_with("0 é\n1 é\n") && text.ends_with("999998 é\n999999 é\n"));
        assert!(text.contains(&format!("\n[... {elided} bytes left out ...]\n")));
        assert!(text.len() <= LONGEST_TEXT + 60 && full as u64 - elided <= LONGEST_TEXT as u64);
        let mut short = "short".to_owned();
        assert_eq!(cut(&mut short), 0);
        assert_eq!(short, "short");
    }
}
