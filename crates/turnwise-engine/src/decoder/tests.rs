//! The two back ends against each other, and what a step must not depend on.

use std::borrow::Cow;

use candle_core::Device;

use super::{DecodeError, Decoder, Workspace};
use crate::{
    ArtifactBytes, DecoderConfig, Family, LayerType, LoadError, NoTap, RopeScaling, Tap,
    backend::{Backend, Cache, Cpu, Span, Tensors, Want},
    fixture::{checkpoint, config},
    kernels::Isa,
};

fn tokens(seed: u32, count: u32) -> Vec<u32> {
    (0..count).map(|i| (i * i * 31 + i * 7 + seed * 97) % 270).collect()
}

fn logits<B: Backend>(decoder: &Decoder<B>, tokens: &[u32], pieces: &[usize]) -> Vec<f32> {
    let mut cache = decoder.cache();
    let mut workspace = Workspace::default();
    let (mut start, mut all) = (0, Vec::new());
    for &size in pieces {
        let span = Span { tokens: &tokens[start..start + size], cache: &mut cache, want: Want::All };
        all.extend_from_slice(decoder.step(&mut [span], &mut workspace, &mut NoTap).unwrap());
        start += size;
    }
    assert_eq!(start, tokens.len());
    all
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Every family, with everything that a configuration can switch on in one of them.
fn shapes() -> Vec<DecoderConfig> {
    let windows = vec![LayerType::FullAttention, LayerType::SlidingAttention, LayerType::SlidingAttention];
    let mut shapes: Vec<_> = Family::ALL.map(config).into();
    shapes.push(DecoderConfig {
        attention_bias: true,
        mlp_bias: true,
        rope_scaling: RopeScaling::Linear { factor: 3.0 },
        sliding_window: Some(17),
        layer_types: windows,
        ..config(Family::Llama)
    });
    shapes
}

fn windowed() -> DecoderConfig {
    DecoderConfig {
        sliding_window: Some(70),
        layer_types: vec![LayerType::SlidingAttention; 3],
        ..config(Family::Mistral)
    }
}

#[test]
fn both_back_ends_agree_for_all_families() {
    for shape in shapes() {
        let artifacts = checkpoint(&shape);
        // What is not read from its own file, such as a window in Llama, is given to the back ends directly.
        let tensors = Decoder::of(&shape, &artifacts, |config| Tensors::new(Device::Cpu, config)).unwrap();
        let tokens = tokens(1, 150);
        let reference = logits(&tensors, &tokens, &[150]);
        assert!(reference.iter().all(|x| x.is_finite()));
        assert!(largest_difference(&reference, &logits(&tensors, &tokens, &[100, 1, 49])) < 1e-3);
        for isa in Isa::available() {
            let cpu = Decoder::of(&shape, &artifacts, |config| Cpu::on(isa, 1, config)).unwrap();
            let got = logits(&cpu, &tokens, &[150]);
            let difference = largest_difference(&reference, &got);
            assert!(difference < 1e-3, "{shape:?}: {difference}");
            let best = |logits: &[f32]| {
                let order = |a: &usize, b: &usize| logits[*a].total_cmp(&logits[*b]);
                (0..logits.len()).max_by(order)
            };
            assert!(reference.chunks(270).zip(got.chunks(270)).all(|(a, b)| best(a) == best(b)));
        }
    }
}

#[test]
fn the_pieces_of_a_prompt_do_not_show_in_one_bit() {
    for shape in shapes().into_iter().chain([windowed()]) {
        let decoder = Decoder::of(&shape, &checkpoint(&shape), Cpu::new).unwrap();
        the_pieces_do_not_show(&decoder, &[&[1; 140], &[64, 3, 17, 50, 6]]);
    }
}

fn the_pieces_do_not_show<B: Backend>(decoder: &Decoder<B>, pieces: &[&[usize]]) {
    let tokens = tokens(2, 140);
    let whole = logits(decoder, &tokens, &[140]);
    for pieces in pieces {
        assert_eq!(whole, logits(decoder, &tokens, pieces), "{pieces:?}");
    }
}

#[test]
fn the_threads_do_not_show_in_one_bit() {
    for shape in shapes().into_iter().chain([windowed()]) {
        let artifacts = checkpoint(&shape);
        let on =
            |threads| Decoder::of(&shape, &artifacts, |config| Cpu::with_threads(config, threads)).unwrap();
        let tokens = tokens(2, 140);
        let alone = logits(&on(1), &tokens, &[120, 20]);
        for threads in [2, 5] {
            assert_eq!(alone, logits(&on(threads), &tokens, &[120, 20]), "{threads} threads");
        }
    }
}

#[test]
fn the_batch_does_not_show_in_one_bit() {
    for shape in shapes().into_iter().chain([windowed()]) {
        the_batch_does_not_show(&Decoder::of(&shape, &checkpoint(&shape), Cpu::new).unwrap());
    }
}

fn the_batch_does_not_show<B: Backend>(decoder: &Decoder<B>) {
    let mine = tokens(3, 70);
    let alone = logits(decoder, &mine, &[69, 1]);
    let others: Vec<_> = (0..7).map(|i| tokens(10 + i, 20 * i + 5)).collect();
    let mut caches: Vec<_> = (0..8).map(|_| decoder.cache()).collect();
    let mut workspace = Workspace::default();
    let mut together = Vec::new();
    for (my_tokens, last) in [(&mine[..69], false), (&mine[69..], true)] {
        let mut parts: Vec<&[u32]> = others.iter().map(|t| if last { &t[..1] } else { &t[..] }).collect();
        parts.insert(4, my_tokens);
        let mut spans: Vec<_> = parts
            .into_iter()
            .zip(&mut caches)
            .enumerate()
            .map(|(i, (tokens, cache))| Span {
                tokens,
                cache,
                want: if i == 4 { Want::All } else { Want::Nothing },
            })
            .collect();
        together.extend_from_slice(decoder.step(&mut spans, &mut workspace, &mut NoTap).unwrap());
    }
    assert_eq!(alone, together);
}

#[test]
fn a_truncated_cache_goes_on_as_if_nothing_had_followed() {
    for family in Family::ALL {
        a_truncated_cache_goes_on(&Decoder::load(&checkpoint(&config(family)), Cpu::new).unwrap());
    }
}

fn a_truncated_cache_goes_on<B: Backend>(decoder: &Decoder<B>) {
    let (tokens, other) = (tokens(4, 130), tokens(5, 100));
    let mut cache = decoder.cache();
    let mut workspace = Workspace::default();
    let mut step = |cache: &mut _, tokens: &[u32]| {
        let span = Span { tokens, cache, want: Want::Last };
        decoder.step(&mut [span], &mut workspace, &mut NoTap).unwrap().to_vec()
    };
    step(&mut cache, &tokens[..50]);
    step(&mut cache, &other);
    cache.truncate(50);
    assert_eq!(cache.len(), 50);
    let resumed = step(&mut cache, &tokens[50..]);
    assert_eq!(resumed, step(&mut decoder.cache(), &tokens));
    // A recurrence goes back to the end of a piece, attention to anywhere.
    cache.truncate(70);
    let left = cache.len();
    assert_eq!(left, if decoder.config().mamba.is_some() { 50 } else { 70 });
    assert_eq!(step(&mut cache, &tokens[left..]), resumed);
    let mut fork = cache.clone();
    step(&mut cache, &other);
    assert_eq!(step(&mut fork, &other[..1]), step(&mut decoder.cache(), &[&tokens, &other[..1]].concat()));
    cache.truncate(0);
    assert!(cache.is_empty());
    assert_eq!(step(&mut cache, &tokens), resumed);
}

#[test]
fn a_tap_sees_the_residual_stream_of_the_layers_it_wants() {
    struct Second(Vec<f32>);
    impl Tap for Second {
        fn wants(&self, layer: usize) -> bool {
            layer == 1
        }
        fn layer(&mut self, layer: usize, hidden: &[f32]) {
            assert_eq!(layer, 1);
            self.0.extend_from_slice(hidden);
        }
    }
    fn tapped<B: Backend>(decoder: &Decoder<B>) -> Vec<f32> {
        let (mut cache, mut tap) = (decoder.cache(), Second(Vec::new()));
        let span = Span { tokens: &[1, 2, 3], cache: &mut cache, want: Want::Nothing };
        let logits = decoder.step(&mut [span], &mut Workspace::default(), &mut tap).unwrap().len();
        assert_eq!(logits, 0);
        tap.0
    }
    for family in Family::ALL {
        let artifacts = checkpoint(&config(family));
        let cpu = tapped(&Decoder::load(&artifacts, Cpu::new).unwrap());
        let reference = tapped(&Decoder::load(&artifacts, |c| Tensors::new(Device::Cpu, c)).unwrap());
        assert_eq!(cpu.len(), 3 * 48);
        assert!(largest_difference(&cpu, &reference) < 1e-4, "{family:?}");
    }
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let decoder = Decoder::load(&checkpoint(&config(Family::Qwen3)), Cpu::new).unwrap();
    let mut cache = decoder.cache();
    let mut step = |tokens: &[u32]| {
        let span = Span { tokens, cache: &mut cache, want: Want::Last };
        decoder.step(&mut [span], &mut Workspace::default(), &mut NoTap).map(|_| ())
    };
    assert!(matches!(step(&[1, 270]), Err(DecodeError::Token { token: 270, vocab_size: 270 })));
    assert!(matches!(step(&[0; 513]), Err(DecodeError::Context { positions: 513, context: 512 })));
    assert!(cache.is_empty());
}

#[test]
fn broken_weights_are_named() {
    let shape = config(Family::Qwen3);
    let good = checkpoint(&shape);
    let load = |change: &dyn Fn(&mut ArtifactBytes)| {
        let mut artifacts = good.clone();
        change(&mut artifacts);
        Decoder::load(&artifacts, Cpu::new).map(|_| ()).unwrap_err()
    };
    let truncated = load(&|a| {
        let bytes = &a.weights[0].1;
        a.weights[0].1 = bytes[..bytes.len() - 10].to_vec().into();
    });
    assert!(matches!(truncated, LoadError::Weights { file, .. } if file == "model.safetensors"));
    let reshaped = |change: &dyn Fn(&mut crate::DecoderConfig)| {
        load(&|a| {
            let mut shape = shape.clone();
            change(&mut shape);
            a.config = Cow::Owned(serde_json::to_vec(&shape).unwrap());
        })
    };
    let error = reshaped(&|c| c.vocab_size = 271);
    assert!(matches!(error, LoadError::TensorShape { tensor, .. } if tensor == "model.embed_tokens.weight"));
    let error = reshaped(&|c| c.intermediate_size = 96);
    assert!(matches!(error, LoadError::TensorShape { tensor, expected, found }
        if tensor.ends_with("mlp.gate_proj.weight") && expected == [96, 48] && found == [80, 48]));
    let error = reshaped(&|c| {
        c.num_hidden_layers = 4;
        c.layer_types.push(LayerType::FullAttention);
    });
    assert!(matches!(error, LoadError::MissingTensor { tensor } if tensor.starts_with("model.layers.3.")));
    let error = reshaped(&|c| c.model_type = Family::Qwen2);
    assert!(
        matches!(error, LoadError::MissingTensor { tensor } if tensor.ends_with("self_attn.q_proj.bias"))
    );
    let error = reshaped(&|c| c.tie_word_embeddings = false);
    assert!(matches!(error, LoadError::MissingTensor { tensor } if tensor == "lm_head.weight"));
}

#[test]
fn a_tensor_of_another_type_is_named() {
    let mut artifacts = checkpoint(&config(Family::Llama));
    let bytes = &artifacts.weights[0].1;
    let split = 8 + usize::try_from(u64::from_le_bytes(bytes[..8].try_into().unwrap())).unwrap();
    // The same bytes, said to be something else.
    let header = String::from_utf8(bytes[8..split].to_vec()).unwrap().replace("\"F32\"", "\"I32\"");
    artifacts.weights[0].1 = [&bytes[..8], header.as_bytes(), &bytes[split..]].concat().into();
    let error = Decoder::load(&artifacts, Cpu::new).map(|_| ()).unwrap_err();
    assert!(matches!(error, LoadError::TensorType { found, .. } if found == "I32"));
}

/// On a GPU what holds on the processor holds, too; skipped with a line where there is none.
#[cfg(feature = "cuda")]
mod gpu {
    use super::*;
    use crate::backend::{Cuda, Kept, nvidia};

    fn decoder(shape: &DecoderConfig, kept: Kept) -> Option<Decoder<Cuda>> {
        match nvidia() {
            Ok(_) => {
                let cuda = |config: &DecoderConfig| Cuda::keeping(kept, 0, config);
                Some(Decoder::of(shape, &checkpoint(shape), cuda).unwrap())
            }
            Err(why) => {
                println!("skipped: {why}");
                None
            }
        }
    }

    #[test]
    fn gpu_agrees_with_the_processor_for_all_families() {
        for shape in shapes().into_iter().chain([windowed()]) {
            let Some(gpu) = decoder(&shape, Kept::F32) else { return };
            let cpu = Decoder::of(&shape, &checkpoint(&shape), Cpu::new).unwrap();
            // More than one chunk of attention, and windows that begin in the middle of one.
            let tokens = tokens(1, 300);
            let difference =
                largest_difference(&logits(&cpu, &tokens, &[300]), &logits(&gpu, &tokens, &[280, 19, 1]));
            assert!(difference < 1e-3, "{shape:?}: {difference}");
        }
    }

    #[test]
    fn gpu_shows_neither_pieces_nor_batch_in_one_bit() {
        for shape in shapes().into_iter().chain([windowed()]) {
            let Some(gpu) = decoder(&shape, Kept::Bf16) else { return };
            the_pieces_do_not_show(&gpu, &[&[64, 3, 17, 50, 6], &[1, 9, 130]]);
            the_batch_does_not_show(&gpu);
        }
    }

    #[test]
    fn gpu_caches_are_cut_and_forked() {
        for family in Family::ALL {
            let Some(gpu) = decoder(&config(family), Kept::Bf16) else { return };
            a_truncated_cache_goes_on(&gpu);
            assert_eq!(gpu.gauge().bytes(), 0);
        }
    }
}
