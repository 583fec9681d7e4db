//! Texts that are stored once: the key of a text, and a part of a reply as the place it has in the reply.

use sha2::{Digest, Sha256};

/// The key of a text: the first 63 bits of its SHA-256.
pub(crate) fn key(text: &str) -> i64 {
    let digest = Sha256::digest(text.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(first) & i64::MAX
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
    use super::{Part, key};

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
}
