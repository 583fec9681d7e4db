//! The shape of a decoder: what `config.json` says, with every default filled in.
//!
//! It knows the families' fields and refuses settings it would have to ignore; it does not look at the
//! weights.

mod read;
mod rope;

use serde::{Deserialize, Serialize};

pub use self::rope::RopeScaling;
pub(crate) use self::rope::Rotation;
use crate::{LoadError, kernels::LANES};

/// A family of decoders that the engine can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Llama 2 and 3: no norm on heads; biases and scaled rotations where the checkpoint says so.
    Llama,
    /// Mistral: Llama with a sliding window in every layer.
    Mistral,
    /// Qwen2 and Qwen2.5: biases on queries, keys and values.
    Qwen2,
    /// Qwen3: RMS norm on each query and key head before the rotation.
    Qwen3,
    /// Mamba: no attention; each layer carries a state from position to position.
    Mamba,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 5] = [Self::Llama, Self::Mistral, Self::Qwen2, Self::Qwen3, Self::Mamba];

    /// What `model_type` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Llama => "llama",
            Self::Mistral => "mistral",
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
            Self::Mamba => "mamba",
        }
    }

    /// Every name, for messages.
    pub(crate) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

/// How a layer mixes positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerType {
    /// Each position sees all before it.
    FullAttention,
    /// Each position sees the last [`DecoderConfig::sliding_window`] positions, itself included.
    SlidingAttention,
    /// A state is carried from position to position.
    Mamba,
}

/// The shape of a recurrent layer (Gu and Dao 2023), besides its width, which is
/// [`DecoderConfig::intermediate_size`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MambaShape {
    /// States of each channel.
    pub state_size: usize,
    /// Positions that the convolution spans.
    pub conv_kernel: usize,
    /// Width of what steps are made of.
    pub time_step_rank: usize,
    /// Whether the projections into and out of a layer have biases.
    pub use_bias: bool,
    /// Whether the convolution has a bias.
    pub use_conv_bias: bool,
}

/// The shape of a decoder. Serialises to a `config.json` in Hugging Face layout.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecoderConfig {
    /// The family.
    pub model_type: Family,
    /// Width of the residual stream.
    pub hidden_size: usize,
    /// Number of layers.
    pub num_hidden_layers: usize,
    /// Query heads; 0, like the other sizes of attention, in a family without it.
    pub num_attention_heads: usize,
    /// Key and value heads; divides `num_attention_heads`.
    pub num_key_value_heads: usize,
    /// Width of a head; a multiple of 16.
    pub head_dim: usize,
    /// Width of the gated feed-forward layer.
    pub intermediate_size: usize,
    /// Rows of the embedding table.
    pub vocab_size: usize,
    /// The epsilon of every RMS norm.
    pub rms_norm_eps: f64,
    /// The base of the rotary position embedding (Su et al. 2021).
    pub rope_theta: f64,
    /// How the rotation is stretched to contexts longer than those of training.
    pub rope_scaling: RopeScaling,
    /// The longest conversation, in tokens.
    pub max_position_embeddings: usize,
    /// How many positions a layer of [`LayerType::SlidingAttention`] sees.
    pub sliding_window: Option<usize>,
    /// How each layer mixes positions.
    pub layer_types: Vec<LayerType>,
    /// Whether the attention's projections have biases. Those of queries, keys and values always have in
    /// Qwen2.
    pub attention_bias: bool,
    /// Whether the feed-forward layer's projections have biases.
    pub mlp_bias: bool,
    /// Whether the output layer is the embedding table.
    pub tie_word_embeddings: bool,
    /// The recurrent layers, in a family that has them.
    #[serde(flatten)]
    pub mamba: Option<MambaShape>,
}

/// No model has a longer context; a larger number comes from a broken file.
const LONGEST_CONTEXT: usize = 1 << 24;

impl DecoderConfig {
    /// Reads a `config.json`.
    ///
    /// # Errors
    /// When it is no JSON, names a family the engine does not run, lacks a field, or sets something the
    /// engine would have to ignore.
    pub fn from_json(bytes: &[u8]) -> Result<Self, LoadError> {
        let config = read::config(bytes)?;
        config.check()?;
        Ok(config)
    }

    /// Checks that the numbers fit together.
    ///
    /// # Errors
    /// When key heads do not divide query heads, a width is not a multiple of 16, or a layer has no type.
    pub fn check(&self) -> Result<(), LoadError> {
        if !self.num_attention_heads.is_multiple_of(self.num_key_value_heads) {
            return Err(LoadError::setting("num_key_value_heads", self.num_key_value_heads));
        }
        if self.max_position_embeddings > LONGEST_CONTEXT {
            return Err(LoadError::setting("max_position_embeddings", self.max_position_embeddings));
        }
        if self.layer_types.len() != self.num_hidden_layers {
            return Err(LoadError::setting("layer_types", format!("{} layers", self.layer_types.len())));
        }
        let head = ("head_dim", self.head_dim);
        let widths = [("hidden_size", self.hidden_size), ("intermediate_size", self.intermediate_size)];
        let widths = widths.into_iter().chain(self.mamba.is_none().then_some(head));
        match widths.into_iter().find(|(_, width)| *width == 0 || !width.is_multiple_of(LANES)) {
            Some((key, width)) => Err(LoadError::setting(key, width)),
            None => Ok(()),
        }
    }

    /// Width of all query heads together.
    pub fn query_width(&self) -> usize {
        self.num_attention_heads * self.head_dim
    }

    /// Width of all key heads together; that of the value heads is the same.
    pub fn key_width(&self) -> usize {
        self.num_key_value_heads * self.head_dim
    }

    /// How many positions a layer sees, where not all.
    pub fn window(&self, layer: usize) -> Option<usize> {
        match self.layer_types.get(layer)? {
            LayerType::FullAttention | LayerType::Mamba => None,
            LayerType::SlidingAttention => self.sliding_window,
        }
    }

    /// The memory of the states of one conversation's recurrent layers, in bytes.
    pub(crate) fn state_bytes(&self) -> usize {
        let rows = self.mamba.as_ref().map_or(0, |mamba| mamba.state_size + mamba.conv_kernel - 1);
        self.num_hidden_layers * self.intermediate_size * rows * size_of::<f32>()
    }

    /// Whether each query and key head is normed.
    pub(crate) fn has_head_norms(&self) -> bool {
        match self.model_type {
            Family::Llama | Family::Mistral | Family::Qwen2 | Family::Mamba => false,
            Family::Qwen3 => true,
        }
    }

    /// Whether the projections of queries, keys and values have biases.
    pub(crate) fn qkv_bias(&self) -> bool {
        self.attention_bias || self.model_type == Family::Qwen2
    }
}

#[cfg(test)]
mod tests;
