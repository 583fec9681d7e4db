//! Keeps the beginning and the end of a command's output and counts the rest. Never holds more than it
//! was given to hold, however much is written.

use std::collections::VecDeque;

/// The output of a command so far.
#[derive(Debug)]
pub(crate) struct Capture {
    half: usize,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    elided: u64,
}

impl Capture {
    /// A capture that keeps `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { half: limit / 2, head: Vec::new(), tail: VecDeque::new(), elided: 0 }
    }

    /// What was kept of an output elsewhere: both ends, with this many bytes left out between them.
    pub(crate) fn of_ends(head: Vec<u8>, elided: u64, tail: Vec<u8>) -> Self {
        Self { half: head.len(), head, tail: tail.into(), elided }
    }

    /// Takes what was written next.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let room = self.half - self.head.len();
        let (head, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(head);
        let skip = rest.len().saturating_sub(self.half);
        let keep = &rest[skip..];
        let drop = (self.tail.len() + keep.len()).saturating_sub(self.half);
        self.tail.drain(..drop);
        self.tail.extend(keep);
        self.elided += (skip + drop) as u64;
    }

    /// How much was written, in bytes.
    pub(crate) fn written(&self) -> u64 {
        (self.head.len() + self.tail.len()) as u64 + self.elided
    }

    /// The output as text, with a line in the middle where something was left out, and the number of
    /// bytes left out. Bytes that are not UTF-8 become replacement characters.
    pub(crate) fn finish(mut self) -> (String, u64) {
        if self.elided == 0 {
            self.head.extend(self.tail);
            return (String::from_utf8_lossy(&self.head).into_owned(), 0);
        }
        let tail: Vec<u8> = self.tail.into();
        let head = whole_characters(&self.head);
        // A character that was cut in two is left out with the rest.
        let start = tail.iter().take(3).take_while(|byte| is_continuation(**byte)).count();
        let elided = self.elided + (self.head.len() - head.len() + start) as u64;
        let head = String::from_utf8_lossy(head);
        let tail = String::from_utf8_lossy(&tail[start..]);
        (format!("{head}\n[... {elided} bytes left out ...]\n{tail}"), elided)
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// The bytes without an unfinished character at their end.
fn whole_characters(bytes: &[u8]) -> &[u8] {
    match str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => &bytes[..error.valid_up_to()],
        _ => bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::Capture;

    fn capture(limit: usize, chunks: &[&[u8]]) -> (String, u64) {
        let mut capture = Capture::new(limit);
        for chunk in chunks {
            capture.push(chunk);
        }
        capture.finish()
    }

    #[test]
    fn short_output_is_kept_whole() {
        assert_eq!(capture(8, &[b"abc", b"defg", b"h"]), ("abcdefgh".to_owned(), 0));
    }

    #[test]
    fn long_output_keeps_both_ends_and_counts_the_rest() {
        let expect = ("abcd\n[... 6 bytes left out ...]\nwxyz".to_owned(), 6);
        assert_eq!(capture(8, &[b"abcd123456wxyz"]), expect);
        assert_eq!(capture(8, &[b"ab", b"cd1", b"2345", b"6wx", b"yz"]), expect);
    }

    #[test]
    fn a_character_is_never_cut_in_two() {
        let text = "äöüßäöüß".as_bytes();
        assert_eq!(capture(6, &[text]), ("ä\n[... 12 bytes left out ...]\nß".to_owned(), 12));
    }

    #[test]
    fn two_ends_are_cut_as_if_all_had_been_there() {
        let ends = Capture::of_ends(b"abcd".to_vec(), 6, b"wxyz".to_vec()).finish();
        assert_eq!(ends, capture(8, &[b"abcd123456wxyz"]));
        assert_eq!(Capture::of_ends(b"abc".to_vec(), 0, Vec::new()).finish(), ("abc".to_owned(), 0));
    }

    #[test]
    fn broken_text_becomes_replacement_characters() {
        assert_eq!(capture(8, &[b"a\xff\xfeb"]), ("a\u{fffd}\u{fffd}b".to_owned(), 0));
    }
}
