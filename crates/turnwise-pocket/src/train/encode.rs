//! Expert runs as tokens with weights, and batches of them.

use super::tokenizer::special;
use crate::expert::{Trajectory, Weight};
use std::{ops::Range, sync::Arc};
use tokenizers::Tokenizer;

/// One run as tokens; `weights[k]` counts the prediction *of* token `k`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Encoded {
    pub(super) tokens: Vec<u32>,
    pub(super) weights: Vec<f32>,
    pub(super) imitated: Vec<bool>,
}

/// Packed sequences: what position `k` sees, should predict, and how much that counts.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) tokens: Vec<u32>,
    pub(super) targets: Arc<Vec<u32>>,
    pub(super) weights: Arc<Vec<f32>>,
    pub(super) sequences: Arc<Vec<Range<usize>>>,
    /// Whether position `k` predicts a token of a right step of the expert.
    pub(super) imitated: Vec<bool>,
}

/// Turns runs into tokens exactly as the engine does when it runs the model.
pub(super) struct Encoder {
    tokenizer: Tokenizer,
    start: u32,
    end: u32,
}

impl Encoder {
    /// Takes a tokenizer that [`super::make_tokenizer`] made.
    pub(super) fn new(tokenizer: Tokenizer) -> tokenizers::Result<Self> {
        let id =
            |token: &str| tokenizer.token_to_id(token).ok_or_else(|| format!("the tokenizer lacks {token}"));
        Ok(Self { start: id(special::START)?, end: id(special::END)?, tokenizer })
    }

    /// Encodes a run in ChatML.
    pub(super) fn encode(&self, run: &Trajectory) -> tokenizers::Result<Encoded> {
        let mut all = Encoded { tokens: Vec::new(), weights: Vec::new(), imitated: Vec::new() };
        for segment in &run.segments {
            let weight = match segment.weight {
                Weight::Prompt => 0.05,
                Weight::Imitate => 1.0,
                Weight::Ignore => 0.0,
                Weight::Observe => 0.35,
            };
            all.push(&[self.start], 0.0, false);
            all.push(&self.ids(&format!("{}\n", segment.role))?, 0.0, false);
            let imitated = segment.weight == Weight::Imitate;
            for line in segment.text.split_inclusive('\n') {
                all.push(&self.ids(line)?, weight * emphasis(line), imitated);
            }
            all.push(&[self.end], weight, imitated);
            all.push(&self.ids("\n")?, 0.0, false);
        }
        Ok(all)
    }

    fn ids(&self, text: &str) -> tokenizers::Result<Vec<u32>> {
        Ok(self.tokenizer.encode_fast(text, false)?.get_ids().to_vec())
    }
}

/// Lines that decide count more: where a thought finds the bug and writes its repair, the model must copy what
/// stands in the file instead of what it remembers of the family; where it holds a product against the wish, a
/// word of each page. No token spans lines, so a line is encoded as it is within its text.
fn emphasis(line: &str) -> f32 {
    let line = line.trim_end();
    let finds = line.ends_with(" hmm") || line.starts_with("fix ") || line.contains("sed -i");
    let judges = [": yes", ", chosen", ": no", ": not here", ": fine", ": look", ": seen", ": too dear"];
    let shops = judges.iter().any(|end| line.ends_with(end))
        || ["<think>search for ", "choose ", "type ", "select "].iter().any(|start| line.starts_with(start));
    if finds || shops { 2.5 } else { 1.0 }
}

impl Encoded {
    fn push(&mut self, tokens: &[u32], weight: f32, imitated: bool) {
        self.tokens.extend_from_slice(tokens);
        self.weights.resize(self.tokens.len(), weight);
        self.imitated.resize(self.tokens.len(), imitated);
    }
}

impl Batch {
    /// Packs runs one behind the other.
    pub(super) fn pack(runs: &[Encoded]) -> Self {
        let (mut tokens, mut targets, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        let (mut sequences, mut imitated) = (Vec::new(), Vec::new());
        for run in runs {
            let n = run.tokens.len() - 1;
            sequences.push(tokens.len()..tokens.len() + n);
            tokens.extend_from_slice(&run.tokens[..n]);
            targets.extend_from_slice(&run.tokens[1..]);
            weights.extend_from_slice(&run.weights[1..]);
            imitated.extend_from_slice(&run.imitated[1..]);
        }
        Self {
            tokens,
            targets: Arc::new(targets),
            weights: Arc::new(weights),
            sequences: Arc::new(sequences),
            imitated,
        }
    }

    /// The sum of the weights.
    pub(super) fn weight(&self) -> f64 {
        self.weights.iter().map(|&w| f64::from(w)).sum()
    }
}
