//! What a checkpoint is and what it will take, without loading it.
//!
//! It reads headers and the tokenizer. That every tensor is there in its shape is found out by loading.

use std::collections::BTreeMap;

use crate::{ArtifactBytes, DecoderConfig, LoadError, Tokenizer, backend::COPIES, memory, weights::Weights};

/// What a checkpoint is and what it will take on the processor.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelFacts {
    /// The decoder's shape. Every one of its layers can be tapped, by its number from 0.
    pub shape: DecoderConfig,
    /// One more than the tokenizer's largest token; at most the rows of the embedding table.
    pub tokens: usize,
    /// How many numbers are stored in which type.
    pub stored: BTreeMap<String, u64>,
    /// The bytes of the files of weights.
    pub file_bytes: u64,
    /// The most bytes that the weights take while and after they are loaded.
    pub weight_bytes: u64,
    /// What a conversation takes whatever its length: the states of recurrent layers, with their snapshots.
    pub conversation_bytes: u64,
    /// What each position of a conversation takes: keys and values.
    pub position_bytes: u64,
    /// The bytes there are now, where that is known.
    pub available_bytes: Option<u64>,
}

impl ModelFacts {
    /// Looks at a checkpoint.
    ///
    /// # Errors
    /// When its configuration, a header or its tokenizer is not what it should be, or they do not fit together.
    pub fn of(artifacts: &ArtifactBytes) -> Result<Self, LoadError> {
        let shape = DecoderConfig::from_json(&artifacts.config)?;
        let weights = Weights::open(artifacts)?;
        let tokens = Tokenizer::load(artifacts)?.size();
        if tokens > shape.vocab_size {
            return Err(LoadError::Vocabulary { tokens, vocab_size: shape.vocab_size });
        }
        let layers = shape.num_hidden_layers;
        Ok(Self {
            tokens,
            stored: weights.stored(),
            file_bytes: artifacts.weight_bytes(),
            weight_bytes: weights.memory(),
            conversation_bytes: (COPIES * shape.state_bytes()) as u64,
            position_bytes: 4 * (layers * 2 * shape.key_width()) as u64,
            available_bytes: memory::available(),
            shape,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ModelFacts;
    use crate::{
        DecoderConfig, Family, LoadError,
        fixture::{checkpoint, config},
    };

    #[test]
    fn a_checkpoint_is_described_without_loading_it() {
        let facts = ModelFacts::of(&checkpoint(&config(Family::Qwen3))).unwrap();
        // 270 rows of 48, and three layers of attention 48·(64+32+32+64), feed-forward 3·48·80 and norms.
        let parameters = 270 * 48 + 48 + 3 * (48 * 192 + 3 * 48 * 80 + 2 * 48 + 2 * 16);
        assert_eq!(facts.stored.iter().collect::<Vec<_>>(), [(&"F32".to_owned(), &parameters)]);
        assert_eq!((facts.position_bytes, facts.conversation_bytes), (3 * 2 * 32 * 4, 0));
        assert_eq!((facts.tokens, facts.shape.num_hidden_layers), (261, 3));
        assert!(facts.file_bytes > 4 * parameters && facts.weight_bytes >= 4 * parameters);
        let facts = ModelFacts::of(&checkpoint(&config(Family::Mamba))).unwrap();
        assert_eq!((facts.position_bytes, facts.conversation_bytes), (0, 3 * 3 * 80 * (8 + 3) * 4));
        let small = DecoderConfig { vocab_size: 200, ..config(Family::Llama) };
        assert!(matches!(ModelFacts::of(&checkpoint(&small)), Err(LoadError::Vocabulary { .. })));
    }
}
