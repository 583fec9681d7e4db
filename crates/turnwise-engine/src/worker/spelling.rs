//! The text of a reply while it is written: what each token adds to it, in whole characters.

use crate::Tokenizer;

/// What a tokenizer writes for bytes that are no character, or not yet.
const BROKEN: char = '\u{fffd}';

/// How far the tokens of a reply have been spelled out.
///
/// A token's text may depend on the one before it, so tokens are spelled together with those before them, from a place
/// where a character ended.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spelling {
    /// Where what is spelled together begins.
    begin: usize,
    /// Up to here everything has been spelled out.
    end: usize,
}

impl Spelling {
    /// What the tokens behind those spelled out add to the text: nothing as long as a character is incomplete.
    pub(super) fn added(&mut self, reply: &[u32], tokenizer: &Tokenizer) -> String {
        let decode = |tokens: &[u32]| tokenizer.decode(tokens).unwrap_or_default();
        let (before, now) = (decode(&reply[self.begin..self.end]), decode(&reply[self.begin..]));
        match now.strip_prefix(&before) {
            Some(added) if !added.ends_with(BROKEN) => {
                (self.begin, self.end) = (self.end, reply.len());
                added.to_owned()
            }
            Some(_) | None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BROKEN, Spelling, Tokenizer};
    use crate::{Family, fixture};

    fn tokenizer() -> Tokenizer {
        Tokenizer::load(&fixture::checkpoint(&fixture::config(Family::Qwen3))).unwrap()
    }

    fn pieces(tokens: &[u32], tokenizer: &Tokenizer) -> Vec<String> {
        let mut spelling = Spelling::default();
        (1..=tokens.len()).map(|end| spelling.added(&tokens[..end], tokenizer)).collect()
    }

    #[test]
    fn characters_come_whole() {
        let tokenizer = tokenizer();
        let tokens = tokenizer.encode("aä€b").unwrap();
        assert_eq!(pieces(&tokens, &tokenizer), ["a", "", "ä", "", "", "€", "b"]);
        // What never becomes a character is spelled with the next one that does.
        let broken = [&tokens[1..2], &tokens[..1]].concat();
        assert_eq!(pieces(&broken, &tokenizer), ["", "\u{fffd}a"]);
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_text(tokens in proptest::collection::vec(0_u32..261, 0..40)) {
            let tokenizer = tokenizer();
            let whole = tokenizer.decode(&tokens).unwrap();
            let told = pieces(&tokens, &tokenizer).concat();
            prop_assert!(whole.starts_with(&told), "{told:?} of {whole:?}");
            prop_assert!(whole[told.len()..].chars().all(|c| c == BROKEN));
        }
    }
}
