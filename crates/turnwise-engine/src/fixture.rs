//! Tiny random checkpoints and tasks for this crate's tests.

use std::{borrow::Cow, collections::BTreeMap};

use safetensors::{Dtype, tensor::TensorView};
use turnwise_core::Task;

use crate::{ArtifactBytes, DecoderConfig, Family, LayerType, MambaShape, RopeScaling};

/// A chat template in the style of ChatML.
const TEMPLATE: &str = "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n\
    {% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

/// Special tokens that the fixture's tokenizer has after its 256 bytes.
const ADDED: [&str; 5] = ["<|im_start|>", "<|im_end|>", "<think>", "</think>", "<more>"];

pub(crate) fn config(family: Family) -> DecoderConfig {
    let mamba =
        MambaShape { state_size: 8, conv_kernel: 4, time_step_rank: 3, use_bias: false, use_conv_bias: true };
    DecoderConfig {
        model_type: family,
        hidden_size: 48,
        num_hidden_layers: 3,
        num_attention_heads: 4,
        num_key_value_heads: 2,
        head_dim: 16,
        intermediate_size: 80,
        vocab_size: 270,
        rms_norm_eps: 1e-6,
        rope_theta: 10_000.0,
        rope_scaling: RopeScaling::Default,
        max_position_embeddings: 512,
        sliding_window: None,
        layer_types: vec![LayerType::FullAttention; 3],
        attention_bias: false,
        mlp_bias: false,
        tie_word_embeddings: [Family::Qwen3, Family::Mamba].contains(&family),
        mamba: (family == Family::Mamba).then_some(mamba),
    }
}

/// A checkpoint of this shape with random weights.
pub(crate) fn checkpoint(config: &DecoderConfig) -> ArtifactBytes {
    let tokenizer_config = serde_json::json!({ "chat_template": TEMPLATE, "eos_token": "<|im_end|>" });
    ArtifactBytes {
        config: Cow::Owned(serde_json::to_vec(config).unwrap()),
        tokenizer: Cow::Owned(tokenizer()),
        tokenizer_config: Cow::Owned(tokenizer_config.to_string().into_bytes()),
        chat_template: None,
        generation_config: None,
        turnwise: Some(Cow::Borrowed(br#"{"profile": "tiny", "max_reply_tokens": 300}"#)),
        profile: None,
        weights: vec![("model.safetensors".into(), weights(config).into())],
    }
}

/// A byte-level tokenizer without merges: every byte is a token.
fn tokenizer() -> Vec<u8> {
    let mut alphabet: Vec<char> =
        tokenizers::pre_tokenizers::byte_level::ByteLevel::alphabet().into_iter().collect();
    alphabet.sort_unstable();
    let vocab: BTreeMap<String, usize> =
        alphabet.into_iter().enumerate().map(|(id, c)| (c.to_string(), id)).collect();
    let added: Vec<_> = ADDED
        .iter()
        .enumerate()
        .map(|(i, content)| {
            serde_json::json!({ "id": 256 + i, "content": content, "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": true })
        })
        .collect();
    let byte_level = serde_json::json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false,
        "use_regex": true });
    let tokenizer = serde_json::json!({ "version": "1.0", "added_tokens": added, "normalizer": null,
        "pre_tokenizer": byte_level, "post_processor": null, "decoder": byte_level,
        "model": { "type": "BPE", "vocab": vocab, "merges": [] } });
    tokenizer.to_string().into_bytes()
}

/// The names and shapes of a Mamba's tensors.
fn recurrent_shapes(config: &DecoderConfig, shape: &MambaShape) -> Vec<(String, Vec<usize>)> {
    let (hidden, inner, states) = (config.hidden_size, config.intermediate_size, shape.state_size);
    let mut shapes = vec![
        ("backbone.embeddings.weight".to_owned(), vec![config.vocab_size, hidden]),
        ("backbone.norm_f.weight".to_owned(), vec![hidden]),
    ];
    for layer in 0..config.num_hidden_layers {
        let parts = [
            ("norm.weight", vec![hidden]),
            ("mixer.in_proj.weight", vec![2 * inner, hidden]),
            ("mixer.conv1d.weight", vec![inner, 1, shape.conv_kernel]),
            ("mixer.conv1d.bias", vec![inner]),
            ("mixer.x_proj.weight", vec![shape.time_step_rank + 2 * states, inner]),
            ("mixer.dt_proj.weight", vec![inner, shape.time_step_rank]),
            ("mixer.dt_proj.bias", vec![inner]),
            ("mixer.A_log", vec![inner, states]),
            ("mixer.D", vec![inner]),
            ("mixer.out_proj.weight", vec![hidden, inner]),
        ];
        shapes.extend(parts.map(|(part, shape)| (format!("backbone.layers.{layer}.{part}"), shape)));
    }
    shapes
}

fn weights(config: &DecoderConfig) -> Vec<u8> {
    if let Some(shape) = &config.mamba {
        return serialised(recurrent_shapes(config, shape));
    }
    let (hidden, wide) = (config.hidden_size, config.intermediate_size);
    let (q, k) = (config.query_width(), config.key_width());
    let mut shapes = vec![
        ("model.embed_tokens.weight".to_owned(), vec![config.vocab_size, hidden]),
        ("model.norm.weight".to_owned(), vec![hidden]),
    ];
    if !config.tie_word_embeddings {
        shapes.push(("lm_head.weight".to_owned(), vec![config.vocab_size, hidden]));
    }
    for layer in 0..config.num_hidden_layers {
        let mut parts = vec![
            ("input_layernorm", vec![hidden]),
            ("post_attention_layernorm", vec![hidden]),
            ("self_attn.q_proj", vec![q, hidden]),
            ("self_attn.k_proj", vec![k, hidden]),
            ("self_attn.v_proj", vec![k, hidden]),
            ("self_attn.o_proj", vec![hidden, q]),
            ("mlp.gate_proj", vec![wide, hidden]),
            ("mlp.up_proj", vec![wide, hidden]),
            ("mlp.down_proj", vec![hidden, wide]),
        ];
        if config.model_type == Family::Qwen3 {
            parts.extend([
                ("self_attn.q_norm", vec![config.head_dim]),
                ("self_attn.k_norm", vec![config.head_dim]),
            ]);
        }
        let mut biases = Vec::new();
        if config.qkv_bias() {
            biases.extend([("self_attn.q_proj", q), ("self_attn.k_proj", k), ("self_attn.v_proj", k)]);
        }
        if config.attention_bias {
            biases.push(("self_attn.o_proj", hidden));
        }
        if config.mlp_bias {
            biases.extend([("mlp.gate_proj", wide), ("mlp.up_proj", wide), ("mlp.down_proj", hidden)]);
        }
        let name = |part, kind| format!("model.layers.{layer}.{part}.{kind}");
        shapes.extend(parts.into_iter().map(|(part, shape)| (name(part, "weight"), shape)));
        shapes.extend(biases.into_iter().map(|(part, width)| (name(part, "bias"), vec![width])));
    }
    serialised(shapes)
}

/// Random numbers in these shapes as a safetensors file.
fn serialised(shapes: Vec<(String, Vec<usize>)>) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = shapes
        .into_iter()
        .map(|(name, shape)| {
            let count: usize = shape.iter().product();
            let bytes =
                (0..count).flat_map(|_| random_weight(&mut state, shape.len()).to_le_bytes()).collect();
            (name, shape, bytes)
        })
        .collect();
    let views = tensors
        .iter()
        .map(|(name, shape, bytes)| (name, TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

/// A norm's weight near 1, a matrix's near 0.
fn random_weight(state: &mut u64, dimensions: usize) -> f32 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let uniform = (*state >> 40) as f32 / (1 << 24) as f32 - 0.5;
    if dimensions == 1 { 1.0 + 0.4 * uniform } else { 0.6 * uniform }
}

pub(crate) fn task(id: &str, gold_patch: Option<&str>) -> Task {
    Task {
        id: id.to_owned(),
        suite: "s".into(),
        gold_patch: gold_patch.map(str::to_owned),
        ..Task::default()
    }
}
