//! The framing of the debugging pipe: messages of JSON text, each ended by a zero byte, which JSON text cannot hold.

/// A message longer than the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the browser sent a message of more than {limit} bytes; the page is too large to be shown")]
pub(crate) struct TooLong {
    /// The limit, in bytes.
    pub(crate) limit: usize,
}

/// Puts messages together from the pieces that a pipe gives.
#[derive(Debug)]
pub(crate) struct Frames {
    pending: Vec<u8>,
    /// How much of `pending` has no zero byte in it for sure.
    seen: usize,
    limit: usize,
}

impl Frames {
    /// An empty buffer for messages of at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { pending: Vec::new(), seen: 0, limit }
    }

    /// Adds what was read.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    /// The next whole message, if there is one.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, TooLong> {
        let end = self.pending[self.seen..].iter().position(|byte| *byte == 0).map(|at| self.seen + at);
        let Some(end) = end else {
            self.seen = self.pending.len();
            return if self.seen > self.limit { Err(TooLong { limit: self.limit }) } else { Ok(None) };
        };
        if end > self.limit {
            return Err(TooLong { limit: self.limit });
        }
        let rest = self.pending.split_off(end + 1);
        let mut message = std::mem::replace(&mut self.pending, rest);
        message.truncate(end);
        self.seen = 0;
        Ok(Some(message))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Frames, TooLong};

    #[test]
    fn a_message_without_an_end_is_refused_at_the_limit() {
        let mut frames = Frames::new(4);
        frames.push(b"1234");
        assert_eq!(frames.next(), Ok(None));
        frames.push(b"5");
        assert_eq!(frames.next(), Err(TooLong { limit: 4 }));
        let mut frames = Frames::new(4);
        frames.push(b"12345\0");
        assert_eq!(frames.next(), Err(TooLong { limit: 4 }));
    }

    proptest! {
        #[test]
        fn messages_arrive_whole_however_they_are_cut(
            messages in prop::collection::vec(prop::collection::vec(1_u8..=255, 0..40), 0..12),
            cuts in prop::collection::vec(1_usize..30, 1..20),
        ) {
            let wire: Vec<u8> = messages.iter().flat_map(|text| text.iter().copied().chain([0])).collect();
            let mut frames = Frames::new(40);
            let mut got = Vec::new();
            let (mut rest, mut sizes) = (wire.as_slice(), cuts.iter().cycle());
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
                frames.push(piece);
                rest = after;
                while let Some(message) = frames.next().unwrap() {
                    got.push(message);
                }
            }
            prop_assert_eq!(got, messages);
        }
    }
}
