//! Texts as numbers, so that what an attempt remembers stays small: equal texts have equal numbers, and others
//! differ but for one chance in 2^64.

use std::hash::{DefaultHasher, Hasher};

/// The fingerprint of a text.
pub(crate) fn fingerprint(text: &str) -> u64 {
    let mut hash = DefaultHasher::new();
    hash.write(text.as_bytes());
    hash.finish()
}

/// The fingerprint of a text without what differs by chance from one run of a command to the next: each run of
/// digits counts as one digit.
pub(crate) fn without_digits(text: &str) -> u64 {
    let mut hash = DefaultHasher::new();
    let bytes = text.as_bytes();
    let mut from = 0;
    while from < bytes.len() {
        let digit = bytes[from].is_ascii_digit();
        let rest = &bytes[from..];
        let len = rest.iter().take_while(|byte| byte.is_ascii_digit() == digit).count();
        hash.write(if digit { b"0" } else { &rest[..len] });
        from += len;
    }
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::without_digits;

    #[test]
    fn numbers_make_no_difference_and_words_do() {
        assert_eq!(without_digits("pid 12 took 0.5s"), without_digits("pid 7 took 11.25s"));
        assert_ne!(without_digits("2 passed"), without_digits("2 failed"));
    }
}
