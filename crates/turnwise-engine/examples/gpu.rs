//! Proves the GPU back end on a machine that has a GPU, in a few minutes:
//! `gpu [--fixtures DIR] [--bandwidth BYTES_PER_SECOND] [--layers N]`.
//!
//! It holds the fixtures against what transformers made of them, then makes a decoder in the shape of a 7B with random
//! bfloat16 weights on the device, checks that no conversation sees another, and measures decoding beside the memory's
//! bandwidth, reading a prompt, and what looking at a layer costs. No sampling, no tokenizer, no workers.

use std::{error::Error, fs, io::Write, path::Path, time::Instant};

use serde_json::Value;
use turnwise_engine::{
    ArtifactBytes, Decoder, DecoderConfig, Family, LayerType, NoTap, RopeScaling, Tap, Workspace,
    backend::{Backend, Cache, Cuda, Kept, Span, Want, nvidia},
};

type Failed = Box<dyn Error>;

/// What an H200 reads a second by its datasheet.
const H200: f64 = 4.8e12;

fn main() -> Result<(), Failed> {
    let (mut fixtures, mut bandwidth, mut layers) = (None, H200, 28);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or("every option takes a value")?;
        match name.as_str() {
            "--fixtures" => fixtures = Some(value),
            "--bandwidth" => bandwidth = value.parse()?,
            "--layers" => layers = value.parse()?,
            _ => return Err(format!("there is no option {name}").into()),
        }
    }
    for gpu in nvidia()? {
        let (name, gib) = (&gpu.name, gpu.memory >> 30);
        say(&format!("{name}: {gib} GiB, compute capability {:?}", gpu.capability))?;
    }
    if let Some(directory) = fixtures {
        agree(Path::new(&directory))?;
    }
    let shape = shape(layers);
    let began = Instant::now();
    let decoder = Decoder::filled(&shape, Cuda::new(0, &shape)?, Cuda::random_matrix)?;
    let bytes = weight_bytes(&shape);
    say(&format!("{:.1} GB of weights made in {:.1} s", bytes / 1e9, began.elapsed().as_secs_f64()))?;
    alone_and_together(&decoder)?;
    let mut first = None;
    for batch in [1, 8, 16, 32, 64] {
        let seconds = decode(&decoder, batch, 512, &mut NoTap)?;
        let rate = batch as f64 / seconds;
        let base = *first.get_or_insert(rate);
        // Keys and values of 544 positions in bfloat16, halfway through.
        let cached = (batch * 544 * shape.num_hidden_layers * 4 * shape.key_width()) as f64;
        say(&format!(
            "decode, batch {batch}: {:.2} ms a step, {rate:.0} tokens/s ({:.1} times batch 1), {:.0} % of the bandwidth",
            seconds * 1e3,
            rate / base,
            100.0 * (bytes + cached) / seconds / bandwidth
        ))?;
    }
    let seconds = decode(&decoder, 1, 8000, &mut NoTap)?;
    say(&format!("decode, batch 1 after 8,000 tokens: {:.2} ms a step", seconds * 1e3))?;
    let seconds = decode(&decoder, 8, 512, &mut Looks(shape.num_hidden_layers / 2))?;
    say(&format!("decode, batch 8 with one layer watched: {:.2} ms a step", seconds * 1e3))?;
    for chunk in [256, 1024] {
        let mut cache = decoder.cache();
        let rate = prefill(&decoder, &mut cache, 2048, chunk)?;
        say(&format!("prefill of 2,048 tokens in pieces of {chunk}: {rate:.0} tokens/s"))?;
    }
    Ok(())
}

fn say(line: &str) -> Result<(), Failed> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

/// Qwen2.5-7B without its biases.
fn shape(layers: usize) -> DecoderConfig {
    DecoderConfig {
        model_type: Family::Llama,
        hidden_size: 3584,
        num_hidden_layers: layers,
        num_attention_heads: 28,
        num_key_value_heads: 4,
        head_dim: 128,
        intermediate_size: 18944,
        vocab_size: 152_064,
        rms_norm_eps: 1e-6,
        rope_theta: 1e6,
        rope_scaling: RopeScaling::Default,
        max_position_embeddings: 32768,
        sliding_window: None,
        layer_types: vec![LayerType::FullAttention; layers],
        attention_bias: false,
        mlp_bias: false,
        tie_word_embeddings: false,
        mamba: None,
    }
}

/// What a step reads of the weights: all but the embedding table.
fn weight_bytes(shape: &DecoderConfig) -> f64 {
    let (hidden, wide) = (shape.hidden_size, shape.intermediate_size);
    let attention = (2 * shape.query_width() + 2 * shape.key_width()) * hidden;
    (2 * (shape.num_hidden_layers * (attention + 3 * wide * hidden) + shape.vocab_size * hidden)) as f64
}

fn token(i: usize) -> u32 {
    u32::try_from(i * 7919 % 150_000).unwrap_or(0)
}

/// Seconds of a step that writes one token for each of `batch` conversations, the median of 64.
fn decode(decoder: &Decoder<Cuda>, batch: usize, past: usize, tap: &mut impl Tap) -> Result<f64, Failed> {
    let mut workspace = Workspace::default();
    let mut first = decoder.cache();
    prefill(decoder, &mut first, past, 1024)?;
    // Forks share what was read; what each of them writes is its own.
    let mut caches: Vec<_> = (0..batch).map(|_| first.clone()).collect();
    let mut times = Vec::new();
    for step in 0..68 {
        let tokens: Vec<_> = (0..batch).map(|i| [token(step * 67 + i)]).collect();
        let spans = caches.iter_mut().zip(&tokens);
        let mut spans: Vec<_> =
            spans.map(|(cache, tokens)| Span { tokens, cache, want: Want::Last }).collect();
        let began = Instant::now();
        let logits = decoder.step(&mut spans, &mut workspace, tap)?;
        times.push(began.elapsed().as_secs_f64());
        if !logits.iter().all(|x| x.is_finite()) {
            return Err("a logit is no number".into());
        }
    }
    let mut times = times.split_off(4);
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// Tokens a second of reading a prompt; the cache has it afterwards.
fn prefill<C: Cache, B: Backend<Cache = C>>(
    decoder: &Decoder<B>,
    cache: &mut C,
    count: usize,
    chunk: usize,
) -> Result<f64, Failed> {
    let tokens: Vec<u32> = (0..count).map(token).collect();
    let mut workspace = Workspace::default();
    let began = Instant::now();
    let mut read = 0;
    for piece in tokens.chunks(chunk) {
        read += piece.len();
        let want = if read == count { Want::Last } else { Want::Nothing };
        decoder.step(&mut [Span { tokens: piece, cache, want }], &mut workspace, &mut NoTap)?;
    }
    Ok(count as f64 / began.elapsed().as_secs_f64())
}

/// The same conversation alone, among others, and with its prompt in pieces.
fn alone_and_together(decoder: &Decoder<Cuda>) -> Result<(), Failed> {
    let tokens: Vec<u32> = (0..700).map(token).collect();
    let run = |pieces: &[usize], others: usize| -> Result<Vec<f32>, Failed> {
        let mut workspace = Workspace::default();
        let mut caches: Vec<_> = (0..=others).map(|_| decoder.cache()).collect();
        let (mut start, mut logits) = (0, Vec::new());
        for &size in pieces {
            let piece = &tokens[start..start + size];
            let mut spans: Vec<_> = caches
                .iter_mut()
                .enumerate()
                .map(|(i, cache)| match i == others / 2 {
                    true => Span { tokens: piece, cache, want: Want::Last },
                    false => Span { tokens: &tokens[i..i + 1 + i % 3], cache, want: Want::Nothing },
                })
                .collect();
            logits = decoder.step(&mut spans, &mut workspace, &mut NoTap)?.to_vec();
            start += size;
        }
        Ok(logits)
    };
    let alone = run(&[699, 1], 0)?;
    for (pieces, others) in [(&[699, 1][..], 31), (&[300, 399, 1], 7), (&[64, 635, 1], 40)] {
        if run(pieces, others)? != alone {
            return Err(format!("pieces {pieces:?} among {others} others give other logits").into());
        }
    }
    say("a conversation's logits are the same to the bit alone, among 31 others, and read in other pieces")
}

struct Looks(usize);

impl Tap for Looks {
    fn wants(&self, layer: usize) -> bool {
        layer == self.0
    }
}

/// The fixtures against transformers.
fn agree(directory: &Path) -> Result<(), Failed> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let Ok(text) = fs::read(path.join("reference.json")) else { continue };
        let reference: Value = serde_json::from_slice(&text)?;
        let numbers =
            |key: &str| -> Result<Vec<u32>, Failed> { Ok(serde_json::from_value(reference[key].clone())?) };
        let (prompt, positions, greedy) = (numbers("prompt")?, numbers("positions")?, numbers("greedy")?);
        let expected: Vec<Vec<f32>> = serde_json::from_value(reference["logits"].clone())?;
        let artifacts = ArtifactBytes::from_dir(&path)?;
        let decoder = Decoder::load(&artifacts, |config| Cuda::keeping(Kept::F32, 0, config))?;
        let (mut cache, mut workspace) = (decoder.cache(), Workspace::default());
        let mut step = |tokens: &[u32], want| -> Result<Vec<f32>, Failed> {
            let span = Span { tokens, cache: &mut cache, want };
            Ok(decoder.step(&mut [span], &mut workspace, &mut NoTap)?.to_vec())
        };
        let logits = step(&prompt, Want::All)?;
        let width = decoder.config().vocab_size;
        let mut largest = 0.0_f32;
        for (at, expected) in positions.iter().zip(&expected) {
            let got = &logits[*at as usize * width..][..width];
            largest = got.iter().zip(expected).fold(largest, |most, (a, b)| most.max((a - b).abs()));
        }
        let best = |logits: &[f32]| (0..width).max_by(|a, b| logits[*a].total_cmp(&logits[*b])).unwrap_or(0);
        let mut next = u32::try_from(best(&logits[logits.len() - width..]))?;
        let mut written = Vec::new();
        for _ in &greedy {
            written.push(next);
            next = u32::try_from(best(&step(&[next], Want::Last)?))?;
        }
        let same = if written == greedy { "the same 64 tokens" } else { "OTHER TOKENS" };
        say(&format!("{}: largest difference {largest:.1e}, {same}", path.display()))?;
        if largest > 1e-3 || written != greedy {
            return Err("the GPU does not agree with transformers".into());
        }
    }
    Ok(())
}
