//! The shape of a decoder: what `config.json` says, with every default filled in.
//!
//! It reads the fields of the Qwen3 and Llama families and refuses settings it would have to ignore; it does
//! not look at the weights.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{LoadError, kernels::LANES};

/// A family of decoders that the engine can run. They differ in the norm on queries and keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Qwen3: RMS norm on each query and key head before the rotation.
    Qwen3,
    /// Llama: no norm on heads.
    Llama,
}

/// The shape of a decoder. Serialises to a `config.json` in Hugging Face layout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecoderConfig {
    /// The family.
    pub model_type: Family,
    /// Width of the residual stream.
    pub hidden_size: usize,
    /// Number of layers.
    pub num_hidden_layers: usize,
    /// Query heads.
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
    /// The longest conversation, in tokens.
    pub max_position_embeddings: usize,
    /// Whether the output layer is the embedding table.
    pub tie_word_embeddings: bool,
}

impl DecoderConfig {
    /// Reads a `config.json`.
    ///
    /// # Errors
    /// When it is no JSON, names a family the engine does not run, lacks a field, or sets something the
    /// engine would have to ignore.
    pub fn from_json(bytes: &[u8]) -> Result<Self, LoadError> {
        let fields: Map<String, Value> = serde_json::from_slice(bytes)
            .map_err(|source| LoadError::Json { file: "config.json".into(), source })?;
        let model_type = fields.get("model_type").and_then(Value::as_str).unwrap_or("");
        let model_type = match model_type {
            "qwen3" => Family::Qwen3,
            "llama" => Family::Llama,
            other => return Err(LoadError::UnsupportedModel { model_type: other.to_owned() }),
        };
        refuse_unknown_settings(&fields)?;
        let hidden_size = count(&fields, "hidden_size")?;
        let num_attention_heads = count(&fields, "num_attention_heads")?;
        let config = Self {
            model_type,
            hidden_size,
            num_hidden_layers: count(&fields, "num_hidden_layers")?,
            num_attention_heads,
            num_key_value_heads: count_or(&fields, "num_key_value_heads", num_attention_heads)?,
            head_dim: count_or(&fields, "head_dim", hidden_size / num_attention_heads)?,
            intermediate_size: count(&fields, "intermediate_size")?,
            vocab_size: count(&fields, "vocab_size")?,
            rms_norm_eps: number(&fields, "rms_norm_eps").unwrap_or(1e-6),
            rope_theta: rope_theta(&fields),
            max_position_embeddings: count(&fields, "max_position_embeddings")?,
            tie_word_embeddings: fields.get("tie_word_embeddings").and_then(Value::as_bool).unwrap_or(false),
        };
        config.check()?;
        Ok(config)
    }

    /// Checks that the numbers fit together.
    ///
    /// # Errors
    /// When key heads do not divide query heads, or a width is not a multiple of 16.
    pub fn check(&self) -> Result<(), LoadError> {
        if !self.num_attention_heads.is_multiple_of(self.num_key_value_heads) {
            return Err(LoadError::setting("num_key_value_heads", self.num_key_value_heads));
        }
        let widths = [
            ("hidden_size", self.hidden_size),
            ("head_dim", self.head_dim),
            ("intermediate_size", self.intermediate_size),
        ];
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
}

/// Settings that change what the network computes and that the engine does not implement.
fn refuse_unknown_settings(fields: &Map<String, Value>) -> Result<(), LoadError> {
    let harmless = |key: &str, value: &Value| match key {
        "rope_scaling" | "quantization_config" => value.is_null(),
        "attention_bias" | "mlp_bias" | "use_sliding_window" => value.is_null() || value == false,
        "hidden_act" => value == "silu",
        "rope_parameters" => value.get("rope_type").is_none_or(|kind| kind == "default"),
        _ => true,
    };
    match fields.iter().find(|(key, value)| !harmless(key, value)) {
        Some((key, value)) => Err(LoadError::setting(key, value)),
        None => Ok(()),
    }
}

fn rope_theta(fields: &Map<String, Value>) -> f64 {
    let nested = || number(fields.get("rope_parameters")?.as_object()?, "rope_theta");
    number(fields, "rope_theta").or_else(nested).unwrap_or(10_000.0)
}

fn number(fields: &Map<String, Value>, key: &str) -> Option<f64> {
    fields.get(key)?.as_f64()
}

fn count(fields: &Map<String, Value>, key: &'static str) -> Result<usize, LoadError> {
    match fields.get(key) {
        None | Some(Value::Null) => Err(LoadError::MissingSetting { key }),
        Some(value) => value
            .as_u64()
            .and_then(|n| usize::try_from(n).ok())
            .filter(|&n| n > 0)
            .ok_or_else(|| LoadError::setting(key, value)),
    }
}

fn count_or(fields: &Map<String, Value>, key: &'static str, default: usize) -> Result<usize, LoadError> {
    match fields.get(key) {
        None | Some(Value::Null) => Ok(default),
        Some(_) => count(fields, key),
    }
}

#[cfg(test)]
mod tests {
    use super::{DecoderConfig, Family};
    use crate::LoadError;

    const QWEN: &str = r#"{"model_type":"qwen3","hidden_size":64,"num_hidden_layers":2,"num_attention_heads":4,
        "num_key_value_heads":2,"head_dim":32,"intermediate_size":96,"vocab_size":100,"rms_norm_eps":1e-6,
        "rope_parameters":{"rope_theta":1000000.0,"rope_type":"default"},"max_position_embeddings":4096,
        "tie_word_embeddings":true,"torch_dtype":"bfloat16"}"#;

    #[test]
    fn reads_its_own_writing_and_the_nested_rope_base() {
        let config = DecoderConfig::from_json(QWEN.as_bytes()).unwrap();
        assert_eq!(config.model_type, Family::Qwen3);
        assert_eq!((config.query_width(), config.key_width()), (128, 64));
        assert_eq!(config.rope_theta, 1e6);
        let written = serde_json::to_vec(&config).unwrap();
        assert_eq!(DecoderConfig::from_json(&written).unwrap(), config);
    }

    #[test]
    fn refuses_what_it_cannot_run() {
        let check = |from: &str, to: &str| DecoderConfig::from_json(QWEN.replace(from, to).as_bytes());
        assert!(
            matches!(check("qwen3", "mamba"), Err(LoadError::UnsupportedModel { model_type }) if model_type == "mamba")
        );
        assert!(matches!(
            check("\"hidden_size\":64,", ""),
            Err(LoadError::MissingSetting { key: "hidden_size" })
        ));
        assert!(
            matches!(check("\"head_dim\":32", "\"head_dim\":20"), Err(LoadError::UnsupportedSetting { key, .. }) if key == "head_dim")
        );
        assert!(
            matches!(check("\"default\"", "\"yarn\""), Err(LoadError::UnsupportedSetting { key, .. }) if key == "rope_parameters")
        );
        assert!(matches!(check("\"vocab_size\"", "vocab"), Err(LoadError::Json { .. })));
    }
}
