//! Writes the model in Hugging Face layout, weights in bf16.

use super::{
    network::{Kind, Network},
    shape::Shape,
    tokenizer::special,
};
use anyhow::{Context as _, Result};
use candle_core::{DType, Device, Tensor};
use serde_json::json;
use std::{collections::BTreeMap, fs, path::Path};

/// ChatML, one message after the other.
const TEMPLATE: &str = "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

/// Writes the model of the checkpoint in `checkpoint` to `out`.
///
/// # Errors
/// When there is no checkpoint, or a file cannot be written.
pub fn export(checkpoint: &Path, tokenizer: &Path, out: &Path) -> Result<()> {
    let json = fs::read_to_string(checkpoint.join("progress.json")).context("no checkpoint yet")?;
    let progress: super::checkpoint::Progress = serde_json::from_str(&json)?;
    let network = Network::new(progress.shape, 0, &Device::Cpu)?;
    super::checkpoint::load(checkpoint, &network, &Device::Cpu)?.context("no checkpoint yet")?;
    write(&network, tokenizer, out)
}

/// Writes `network` to `out`.
pub(super) fn write(network: &Network, tokenizer: &Path, out: &Path) -> Result<()> {
    fs::create_dir_all(out)?;
    if tokenizer != out.join("tokenizer.json") {
        fs::copy(tokenizer, out.join("tokenizer.json"))?;
    }
    let pretty = |value: &serde_json::Value| serde_json::to_string_pretty(value).map(|text| text + "\n");
    fs::write(out.join("config.json"), pretty(&config(&network.shape))?)?;
    fs::write(out.join("tokenizer_config.json"), pretty(&tokenizer_config(&network.shape))?)?;
    fs::write(out.join("generation_config.json"), pretty(&json!({ "eos_token_id": [2] }))?)?;
    fs::write(out.join("turnwise.json"), pretty(&json!({ "profile": "pocket", "max_reply_tokens": 320 }))?)?;
    let tensors = tensors(network)?;
    let tmp = out.join("model.tmp");
    safetensors::serialize_to_file(tensors, None, &tmp)?;
    fs::rename(tmp, out.join("model.safetensors"))?;
    Ok(())
}

/// Takes the weights of a model that [`write`] wrote.
pub(super) fn read(network: &Network, dir: &Path, device: &Device) -> Result<()> {
    let path = dir.join("model.safetensors");
    let all = candle_core::safetensors::load(&path, device)
        .with_context(|| format!("reading {}", path.display()))?;
    let weight = |name: &str| -> Result<Tensor> {
        let tensor =
            all.get(&format!("{name}.weight")).with_context(|| format!("the model lacks `{name}`"))?;
        Ok(tensor.to_dtype(DType::F32)?)
    };
    for (name, var) in &network.vars {
        let tensor = match &network.kinds[name] {
            Kind::Other(_) => weight(name)?,
            Kind::Matrix(parts) => {
                let parts: Vec<Tensor> = parts.iter().map(|(part, _)| weight(part)).collect::<Result<_>>()?;
                Tensor::cat(&parts, 0)?
            }
        };
        var.set(&tensor).with_context(|| format!("`{name}` of the model has another shape"))?;
    }
    Ok(())
}

fn tensors(network: &Network) -> Result<BTreeMap<String, Tensor>> {
    let mut all = BTreeMap::new();
    for (name, var) in &network.vars {
        let tensor = var.as_tensor().to_dtype(DType::BF16)?.to_device(&Device::Cpu)?;
        match &network.kinds[name] {
            Kind::Other(_) => drop(all.insert(format!("{name}.weight"), tensor)),
            Kind::Matrix(parts) => {
                let mut start = 0;
                for (part, rows) in parts {
                    all.insert(format!("{part}.weight"), tensor.narrow(0, start, *rows)?.contiguous()?);
                    start += rows;
                }
            }
        }
    }
    Ok(all)
}

fn config(shape: &Shape) -> serde_json::Value {
    json!({
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.groups,
        "head_dim": shape.width,
        "intermediate_size": shape.inner,
        "vocab_size": shape.vocabulary,
        "max_position_embeddings": shape.context,
        "rope_theta": shape.theta,
        "rms_norm_eps": shape.eps,
        "hidden_act": "silu",
        "attention_bias": false,
        "tie_word_embeddings": true,
        "torch_dtype": "bfloat16",
        "bos_token_id": null,
        "eos_token_id": 2,
        "pad_token_id": 0,
    })
}

fn tokenizer_config(shape: &Shape) -> serde_json::Value {
    json!({
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": special::END,
        "pad_token": special::PAD,
        "model_max_length": shape.context,
        "clean_up_tokenization_spaces": false,
        "chat_template": TEMPLATE,
    })
}
