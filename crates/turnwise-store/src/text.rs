//! Texts that are stored once: the numbers of texts, and a part of a reply as the place it has in the reply.

use std::collections::{BTreeMap, VecDeque};

use sha2::{Digest, Sha256};

/// How many texts a writer remembers. A text that comes back later than that is stored again, which costs only its
/// space; an index over all texts would cost every turn more than the turn's own rows.
const REMEMBERED: usize = 1 << 16;

/// What tells texts apart: the first 128 bits of SHA-256.
type Content = [u8; 16];

/// Gives each text its number: a new one in sequence, so that texts are appended to their table, or the one it has.
#[derive(Debug)]
pub(crate) struct Texts {
    next: i64,
    numbers: BTreeMap<Content, i64>,
    oldest: VecDeque<Content>,
}

/// The number of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbered {
    /// It has to be stored under this number.
    New(i64),
    /// It is stored under this number.
    Known(i64),
}

impl Texts {
    /// Numbers texts after `last`, the highest number in the database.
    pub(crate) fn after(last: i64) -> Self {
        Self { next: last + 1, numbers: BTreeMap::new(), oldest: VecDeque::new() }
    }

    /// The number of `text`.
    pub(crate) fn number(&mut self, text: &str) -> Numbered {
        let content = content(text);
        if let Some(&number) = self.numbers.get(&content) {
            return Numbered::Known(number);
        }
        if self.oldest.len() == REMEMBERED
            && let Some(forgotten) = self.oldest.pop_front()
        {
            self.numbers.remove(&forgotten);
        }
        let number = self.next;
        self.next += 1;
        self.numbers.insert(content, number);
        self.oldest.push_back(content);
        Numbered::New(number)
    }
}

/// The key of a trial or a policy: the first 63 bits of the SHA-256 of what names it, so that nothing is looked up.
pub(crate) fn key(name: &str) -> i64 {
    let mut first = [0; 8];
    first.copy_from_slice(&content(name)[..8]);
    i64::from_be_bytes(first) & i64::MAX
}

fn content(text: &str) -> Content {
    let mut first = [0; 16];
    first.copy_from_slice(&Sha256::digest(text.as_bytes())[..16]);
    first
}

/// How a part of a reply is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// It is in the reply.
    Slice {
        /// Where it begins, in characters from 1, as SQL's `substr` counts.
        at: i64,
        /// How long it is, in characters.
        chars: i64,
    },
    /// It is a text of its own.
    Text(String),
}

impl Part {
    /// Finds `part` in `reply`.
    pub(crate) fn of(reply: &str, part: String) -> Self {
        // SQL's `substr` ends at a NUL.
        let found = if reply.contains('\0') { None } else { reply.find(&part) };
        let Some(byte) = found else { return Self::Text(part) };
        let at = i64::try_from(reply[..byte].chars().count() + 1);
        let chars = i64::try_from(part.chars().count());
        match (at, chars) {
            (Ok(at), Ok(chars)) => Self::Slice { at, chars },
            _ => Self::Text(part),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Numbered, Part, REMEMBERED, Texts, key};

    #[test]
    fn a_part_of_the_reply_is_a_place_in_it() {
        let reply = "né\nls -l";
        assert_eq!(Part::of(reply, "ls -l".to_owned()), Part::Slice { at: 4, chars: 5 });
        assert_eq!(Part::of(reply, String::new()), Part::Slice { at: 1, chars: 0 });
        assert_eq!(Part::of(reply, "pwd".to_owned()), Part::Text("pwd".to_owned()));
        assert_eq!(Part::of("a\0ls", "ls".to_owned()), Part::Text("ls".to_owned()));
    }

    #[test]
    fn keys_are_the_beginning_of_sha_256_without_its_sign() {
        assert_eq!(key(""), 0x63b0_c442_98fc_1c14);
        assert!(key("abc") > 0);
    }

    #[test]
    fn a_text_that_is_remembered_keeps_its_number() {
        let mut texts = Texts::after(7);
        assert_eq!(texts.number("a"), Numbered::New(8));
        assert_eq!(texts.number("b"), Numbered::New(9));
        assert_eq!(texts.number("a"), Numbered::Known(8));
        for other in 0..REMEMBERED {
            texts.number(&other.to_string());
        }
        let forgotten = texts.number("a");
        assert!(matches!(forgotten, Numbered::New(number) if number > 9));
        assert_eq!(texts.oldest.len(), texts.numbers.len());
    }
}
