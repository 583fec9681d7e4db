//! The metadata of a GGUF file as a `config.json`.

use candle_core::Device;
use serde_json::{Value, json};

use super::{Header, tensors::ROPE_FACTORS};
use crate::LoadError;

/// The families, by what GGUF calls their architecture. Mistral is written as Llama.
const ARCHITECTURES: [&str; 3] = ["llama", "qwen2", "qwen3"];

pub(super) fn config(header: &Header, bytes: &[u8]) -> Result<Value, LoadError> {
    let family = header.required("general.architecture", header.text("general.architecture"))?;
    if !ARCHITECTURES.contains(&family) {
        return Err(LoadError::UnsupportedModel { model_type: family.to_owned() });
    }
    let key = |name: &str| format!("{family}.{name}");
    let optional = |name: &str| header.count(&key(name));
    let count = |name: &str| header.required(key(name), optional(name));
    let (hidden, heads) = (count("embedding_length")?, count("attention.head_count")?);
    let embedding = header.required("token_embd.weight", header.tensors.get("token_embd.weight"))?;
    let has = |tensor: &str| header.tensors.contains_key(tensor);
    let window = optional("attention.sliding_window").filter(|_| family == "llama");
    Ok(json!({
        "model_type": if window.is_some() { "mistral" } else { family },
        "hidden_size": hidden,
        "num_hidden_layers": count("block_count")?,
        "num_attention_heads": heads,
        "num_key_value_heads": optional("attention.head_count_kv").unwrap_or(heads),
        "head_dim": optional("attention.key_length").or(hidden.checked_div(heads)),
        "intermediate_size": count("feed_forward_length")?,
        "vocab_size": embedding.shape.dims().first(),
        "rms_norm_eps": header.number(&key("attention.layer_norm_rms_epsilon")),
        "rope_theta": header.number(&key("rope.freq_base")),
        "rope_scaling": rope_scaling(header, bytes, family)?,
        "max_position_embeddings": count("context_length")?,
        "sliding_window": window,
        "attention_bias": has("blk.0.attn_output.bias"),
        "mlp_bias": has("blk.0.ffn_down.bias"),
        "tie_word_embeddings": !has("output.weight"),
    }))
}

/// The metadata's scaling, or the factors that are stored as a tensor.
fn rope_scaling(header: &Header, bytes: &[u8], family: &str) -> Result<Value, LoadError> {
    let key = |name: &str| format!("{family}.rope.scaling.{name}");
    if header.tensors.contains_key(ROPE_FACTORS) {
        let broken = |source| LoadError::Gguf { file: header.file.clone(), source };
        let factors = header.tensor(bytes, ROPE_FACTORS, None)?.dequantize(&Device::Cpu);
        let factors: Vec<f32> =
            factors.and_then(|factors| factors.flatten_all()?.to_vec1()).map_err(broken)?;
        return Ok(json!({ "rope_type": "factors", "factors": factors }));
    }
    let factor = header.number(&key("factor"));
    match header.text(&key("type")) {
        None | Some("none") => Ok(Value::Null),
        Some("linear") => Ok(json!({ "rope_type": "linear", "factor": factor })),
        Some("yarn") => Ok(json!({
            "rope_type": "yarn",
            "factor": factor,
            "original_max_position_embeddings": header.count(&key("original_context_length")),
        })),
        Some(other) => Err(LoadError::setting(&key("type"), other)),
    }
}
