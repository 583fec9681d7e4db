//! Measures the decoder on the shape of the pocket model with random weights, on one thread:
//! `cargo run --release -p turnwise-engine --example bench -- [PROMPT] [STEPS]`.
//!
//! It measures the decoder's steps alone: no sampling, no tokenizer, no workers.

use std::{borrow::Cow, collections::BTreeMap, error::Error, io::Write, time::Instant};

use safetensors::{Dtype, tensor::TensorView};
use turnwise_engine::{
    ArtifactBytes, Decoder, DecoderConfig, Family, LayerType, NoTap, RopeScaling, Workspace,
    backend::{Cache, Cpu, Span, Want},
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let prompt: usize = arguments.next().map_or(Ok(512), |text| text.parse())?;
    let steps: usize = arguments.next().map_or(Ok(200), |text| text.parse())?;
    let decoder = Decoder::load(&checkpoint(&pocket())?, Cpu::new)?;
    for batch in [1, 8] {
        let (prefill, decode) = measure(&decoder, batch, prompt, steps)?;
        writeln!(
            std::io::stdout(),
            "batch {batch}: prefill {prefill:.0} tokens/s, decode {decode:.0} tokens/s after {prompt} tokens"
        )?;
    }
    Ok(())
}

/// Tokens a second of reading prompts in pieces of 256, and of writing; the better of three times.
fn measure(
    decoder: &Decoder<Cpu>,
    batch: usize,
    prompt: usize,
    steps: usize,
) -> Result<(f64, f64), Box<dyn Error>> {
    let tokens: Vec<u32> = (0..u32::try_from(prompt)?).map(|i| i * 7919 % 1500).collect();
    let mut workspace = Workspace::default();
    let (mut prefill, mut decode) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..3 {
        let mut caches: Vec<_> = (0..batch).map(|_| decoder.cache()).collect();
        let start = Instant::now();
        for cache in &mut caches {
            for tokens in tokens.chunks(256) {
                let span = Span { tokens, cache: &mut *cache, want: Want::Last };
                decoder.step(&mut [span], &mut workspace, &mut NoTap)?;
            }
        }
        prefill = prefill.min(start.elapsed().as_secs_f64());
        let start = Instant::now();
        for step in 0..steps {
            let token = [tokens[step % prompt]];
            let span = |cache| Span { tokens: &token, cache, want: Want::Last };
            let mut spans: Vec<_> = caches.iter_mut().map(span).collect();
            decoder.step(&mut spans, &mut workspace, &mut NoTap)?;
        }
        decode = decode.min(start.elapsed().as_secs_f64());
        assert!(caches.iter().all(|cache| cache.len() == prompt + steps));
    }
    Ok(((batch * prompt) as f64 / prefill, (batch * steps) as f64 / decode))
}

fn pocket() -> DecoderConfig {
    DecoderConfig {
        model_type: Family::Qwen3,
        hidden_size: 256,
        num_hidden_layers: 5,
        num_attention_heads: 8,
        num_key_value_heads: 4,
        head_dim: 32,
        intermediate_size: 768,
        vocab_size: 2048,
        rms_norm_eps: 1e-6,
        rope_theta: 10_000.0,
        rope_scaling: RopeScaling::Default,
        max_position_embeddings: 4096,
        sliding_window: None,
        layer_types: vec![LayerType::FullAttention; 5],
        attention_bias: false,
        mlp_bias: false,
        tie_word_embeddings: true,
        mamba: None,
    }
}

/// Random weights in bfloat16, as checkpoints are stored. The tokenizer is not read.
fn checkpoint(config: &DecoderConfig) -> Result<ArtifactBytes, Box<dyn Error>> {
    let (hidden, wide) = (config.hidden_size, config.intermediate_size);
    let (q, k, head) = (config.query_width(), config.key_width(), config.head_dim);
    let mut shapes = BTreeMap::from([
        ("model.embed_tokens.weight".to_owned(), vec![config.vocab_size, hidden]),
        ("model.norm.weight".to_owned(), vec![hidden]),
    ]);
    for layer in 0..config.num_hidden_layers {
        let parts = [
            ("input_layernorm", vec![hidden]),
            ("post_attention_layernorm", vec![hidden]),
            ("self_attn.q_proj", vec![q, hidden]),
            ("self_attn.k_proj", vec![k, hidden]),
            ("self_attn.v_proj", vec![k, hidden]),
            ("self_attn.o_proj", vec![hidden, q]),
            ("self_attn.q_norm", vec![head]),
            ("self_attn.k_norm", vec![head]),
            ("mlp.gate_proj", vec![wide, hidden]),
            ("mlp.up_proj", vec![wide, hidden]),
            ("mlp.down_proj", vec![hidden, wide]),
        ];
        shapes.extend(parts.map(|(part, shape)| (format!("model.layers.{layer}.{part}.weight"), shape)));
    }
    let mut state = 1_u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // The upper half of a small float of either sign: sign, exponent of about 1/32, seven bits.
        let bits = (state >> 31 << 15) | 0x3d00 | (state >> 20 & 0x7f);
        let [low, high, ..] = bits.to_le_bytes();
        [low, high]
    };
    let data: BTreeMap<String, (Vec<usize>, Vec<u8>)> = shapes
        .into_iter()
        .map(|(name, shape)| {
            let bytes = (0..shape.iter().product::<usize>()).flat_map(|_| random()).collect();
            (name, (shape, bytes))
        })
        .collect();
    let views: Result<Vec<_>, _> = data
        .iter()
        .map(|(name, (shape, bytes))| {
            TensorView::new(Dtype::BF16, shape.clone(), bytes).map(|view| (name, view))
        })
        .collect();
    let weights = safetensors::serialize(views?, None)?;
    let nothing = Cow::Borrowed(&b""[..]);
    Ok(ArtifactBytes {
        config: Cow::Owned(serde_json::to_vec(config)?),
        tokenizer: nothing.clone(),
        tokenizer_config: nothing,
        chat_template: None,
        generation_config: None,
        turnwise: None,
        profile: None,
        weights: vec![("model.safetensors".into(), weights.into())],
    })
}
