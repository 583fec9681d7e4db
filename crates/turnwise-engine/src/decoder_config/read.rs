//! From the text of a `config.json` to a [`DecoderConfig`].
//!
//! Fields that change nothing the network computes (initialisation, dropout, caches) are passed over.

use serde_json::{Map, Value};

use super::{DecoderConfig, Family, LayerType, MambaShape, RopeScaling, rope};
use crate::LoadError;

type Fields = Map<String, Value>;

pub(super) fn config(bytes: &[u8]) -> Result<DecoderConfig, LoadError> {
    let fields: Fields = serde_json::from_slice(bytes)
        .map_err(|source| LoadError::Json { file: "config.json".into(), source })?;
    let model_type = family(&fields)?;
    refuse_unknown_settings(&fields)?;
    if model_type == Family::Mamba {
        return mamba(&fields);
    }
    let hidden_size = count(&fields, "hidden_size")?;
    let num_hidden_layers = layers(&fields)?;
    let num_attention_heads = count(&fields, "num_attention_heads")?;
    let sliding_window = sliding_window(&fields, model_type)?;
    Ok(DecoderConfig {
        model_type,
        hidden_size,
        num_hidden_layers,
        num_attention_heads,
        num_key_value_heads: count_or(&fields, "num_key_value_heads", num_attention_heads)?,
        head_dim: count_or(&fields, "head_dim", hidden_size / num_attention_heads)?,
        intermediate_size: count(&fields, "intermediate_size")?,
        vocab_size: count(&fields, "vocab_size")?,
        rms_norm_eps: number(&fields, "rms_norm_eps").unwrap_or(1e-6),
        rope_theta: rope::theta(&fields),
        rope_scaling: rope::scaling(&fields)?,
        max_position_embeddings: count(&fields, "max_position_embeddings")?,
        sliding_window,
        layer_types: layer_types(&fields, model_type, sliding_window, num_hidden_layers)?,
        attention_bias: flag(&fields, "attention_bias").unwrap_or(false),
        mlp_bias: flag(&fields, "mlp_bias").unwrap_or(false),
        tie_word_embeddings: flag(&fields, "tie_word_embeddings").unwrap_or(false),
        mamba: None,
    })
}

/// A recurrence has no longest conversation of its own; this is more than any agent says.
const LONGEST: usize = 1 << 20;

fn mamba(fields: &Fields) -> Result<DecoderConfig, LoadError> {
    let hidden_size = count(fields, "hidden_size")?;
    let num_hidden_layers = layers(fields)?;
    let epsilon = number(fields, "layer_norm_epsilon").or(number(fields, "rms_norm_eps"));
    let automatic = fields.get("time_step_rank").is_none_or(|rank| rank == "auto");
    Ok(DecoderConfig {
        model_type: Family::Mamba,
        hidden_size,
        num_hidden_layers,
        num_attention_heads: 0,
        num_key_value_heads: 0,
        head_dim: 0,
        intermediate_size: match count_or(fields, "intermediate_size", 0)? {
            0 => hidden_size * count_or(fields, "expand", 2)?,
            given => given,
        },
        vocab_size: count(fields, "vocab_size")?,
        rms_norm_eps: epsilon.unwrap_or(1e-5),
        rope_theta: 10_000.0,
        rope_scaling: RopeScaling::Default,
        max_position_embeddings: count_or(fields, "max_position_embeddings", LONGEST)?,
        sliding_window: None,
        layer_types: vec![LayerType::Mamba; num_hidden_layers],
        attention_bias: false,
        mlp_bias: false,
        tie_word_embeddings: flag(fields, "tie_word_embeddings").unwrap_or(true),
        mamba: Some(MambaShape {
            state_size: count_or(fields, "state_size", 16)?,
            conv_kernel: count_or(fields, "conv_kernel", 4)?,
            time_step_rank: match automatic {
                true => hidden_size.div_ceil(16),
                false => count(fields, "time_step_rank")?,
            },
            use_bias: flag(fields, "use_bias").unwrap_or(false),
            use_conv_bias: flag(fields, "use_conv_bias").unwrap_or(true),
        }),
    })
}

fn family(fields: &Fields) -> Result<Family, LoadError> {
    let named = fields.get("model_type").and_then(Value::as_str).unwrap_or("");
    let known = Family::ALL.into_iter().find(|family| family.name() == named);
    known.ok_or_else(|| LoadError::UnsupportedModel { model_type: named.to_owned() })
}

/// Settings that change what the network computes and that the engine does not implement.
fn refuse_unknown_settings(fields: &Fields) -> Result<(), LoadError> {
    let harmless = |key: &str, value: &Value| match key {
        "quantization_config" => value.is_null(),
        "hidden_act" => value == "silu",
        "partial_rotary_factor" => value.is_null() || value.as_f64() == Some(1.0),
        _ => true,
    };
    match fields.iter().find(|(key, value)| !harmless(key, value)) {
        Some((key, value)) => Err(LoadError::setting(key, value)),
        None => Ok(()),
    }
}

/// The window, where the family uses one: Mistral always, Qwen when it says so, Llama never.
fn sliding_window(fields: &Fields, family: Family) -> Result<Option<usize>, LoadError> {
    let used = match family {
        Family::Llama | Family::Mamba => false,
        Family::Mistral => true,
        // A configuration that lists its layers has decided already.
        Family::Qwen2 | Family::Qwen3 => {
            flag(fields, "use_sliding_window").unwrap_or_else(|| listed_layers(fields).is_some())
        }
    };
    match fields.get("sliding_window") {
        Some(value) if used && !value.is_null() => count(fields, "sliding_window").map(Some),
        _ => Ok(None),
    }
}

fn listed_layers(fields: &Fields) -> Option<&Value> {
    fields.get("layer_types").filter(|list| !list.is_null())
}

fn layer_types(
    fields: &Fields,
    family: Family,
    window: Option<usize>,
    layers: usize,
) -> Result<Vec<LayerType>, LoadError> {
    if window.is_none() {
        return Ok(vec![LayerType::FullAttention; layers]);
    }
    if let Some(list) = listed_layers(fields) {
        return serde_json::from_value(list.clone()).map_err(|_| LoadError::setting("layer_types", list));
    }
    let first = match family {
        Family::Llama | Family::Mistral | Family::Mamba => 0,
        Family::Qwen2 | Family::Qwen3 => {
            let given = fields.get("max_window_layers").and_then(Value::as_u64);
            given.and_then(|layers| usize::try_from(layers).ok()).unwrap_or(28)
        }
    };
    let kind = |layer| if layer < first { LayerType::FullAttention } else { LayerType::SlidingAttention };
    Ok((0..layers).map(kind).collect())
}

pub(super) fn number(fields: &Fields, key: &str) -> Option<f64> {
    fields.get(key)?.as_f64()
}

fn flag(fields: &Fields, key: &str) -> Option<bool> {
    fields.get(key)?.as_bool()
}

/// The number of layers; more than thousands come from a broken file.
fn layers(fields: &Fields) -> Result<usize, LoadError> {
    match count(fields, "num_hidden_layers")? {
        layers @ 0..=65_536 => Ok(layers),
        layers => Err(LoadError::setting("num_hidden_layers", layers)),
    }
}

fn count(fields: &Fields, key: &'static str) -> Result<usize, LoadError> {
    match fields.get(key) {
        None | Some(Value::Null) => Err(LoadError::MissingSetting { key }),
        Some(value) => value
            .as_u64()
            .and_then(|n| usize::try_from(n).ok())
            .filter(|&n| n > 0)
            .ok_or_else(|| LoadError::setting(key, value)),
    }
}

fn count_or(fields: &Fields, key: &'static str, default: usize) -> Result<usize, LoadError> {
    match fields.get(key) {
        None | Some(Value::Null) => Ok(default),
        Some(_) => count(fields, key),
    }
}
