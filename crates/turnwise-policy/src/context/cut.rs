//! Long outputs by their two ends, as mini-swe-agent shows them, and old observations as one line, as AgentDiet
//! (arXiv 2509.23586) has them.

use serde::{Deserialize, Serialize};

/// What stands for the number of characters in a text.
pub(super) const CHARS: &str = "{chars}";

/// Long outputs are shown by their two ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// How many characters are shown of a longer output, half of them from each end.
    pub chars: usize,
    /// The line between them; `{chars}` becomes the number of characters that are left out.
    pub elided: String,
}

/// Old observations are shown as one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shrink {
    /// How many of the last turns keep their observations, from 1.
    pub turns: u32,
    /// The line; `{chars}` becomes the number of characters that the observation had.
    pub shrunk: String,
}

impl Cut {
    /// The two ends of an output from which so many bytes have been left out already; `None` where it is not too long.
    pub fn ends(&self, output: &str, elided_bytes: u64) -> Option<String> {
        let length = output.chars().count();
        let elided = length.checked_sub(self.chars).filter(|elided| *elided > 0)?;
        let head = self.chars.div_ceil(2);
        let at = |chars: usize| output.char_indices().nth(chars).map_or(output.len(), |(at, _)| at);
        let (head, tail) = (&output[..at(head)], &output[at(head + elided)..]);
        let elided = (elided as u64 + elided_bytes).to_string();
        Some(format!("{head}\n{}\n{tail}", self.elided.replace(CHARS, &elided)))
    }
}

impl Shrink {
    /// The line that stands for an old observation; `None` where the observation is no longer than it.
    pub fn line(&self, observation: &str) -> Option<String> {
        let length = observation.chars().count();
        let line = self.shrunk.replace(CHARS, &length.to_string());
        (line.chars().count() < length).then_some(line)
    }
}
