//! The engine against Hugging Face transformers: tiny checkpoints that transformers wrote, with what
//! transformers makes of them. `scripts/fixtures.py` writes both.

use std::{
    fs,
    path::{Path, PathBuf},
};

use candle_core::Device;
use serde::Deserialize;
use turnwise_core::{Message, Role, Style};

use crate::{
    ArtifactBytes, ChatTemplate, Decoder, NoTap, Tokenizer, Workspace,
    backend::{Backend, Cpu, Span, Tensors, Want},
};

/// The largest difference of a logit that counts as agreement.
const TOLERANCE: f32 = 1e-3;

#[derive(Deserialize)]
struct Reference {
    prompt: Vec<u32>,
    positions: Vec<usize>,
    logits: Vec<Vec<f32>>,
    greedy: Vec<u32>,
    conversation: Vec<Said>,
    rendered: String,
    tokens: Vec<u32>,
}

#[derive(Deserialize)]
struct Said {
    role: String,
    content: String,
}

fn fixtures() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut fixtures: Vec<_> = entries.filter(|path| path.join("reference.json").exists()).collect();
    fixtures.sort();
    assert!(fixtures.len() >= 8);
    fixtures
}

fn reference(fixture: &Path) -> Reference {
    serde_json::from_slice(&fs::read(fixture.join("reference.json")).unwrap()).unwrap()
}

/// The logits of the prompt at the reference's positions against it, and the greedy continuation.
fn compare<B: Backend>(decoder: &Decoder<B>, reference: &Reference) -> (f32, Vec<u32>) {
    let (mut cache, mut workspace) = (decoder.cache(), Workspace::default());
    let mut step = |tokens: &[u32], want| {
        let span = Span { tokens, cache: &mut cache, want };
        decoder.step(&mut [span], &mut workspace, &mut NoTap).unwrap().to_vec()
    };
    let width = decoder.config().vocab_size;
    let logits = step(&reference.prompt, Want::All);
    let mut difference = 0.0_f32;
    for (&at, expected) in reference.positions.iter().zip(&reference.logits) {
        let got = &logits[at * width..][..width];
        assert_eq!(got.len(), expected.len());
        difference = got.iter().zip(expected).fold(difference, |most, (a, b)| most.max((a - b).abs()));
    }
    let mut next = likeliest(&logits[logits.len() - width..]);
    let mut written = Vec::new();
    for _ in &reference.greedy {
        written.push(next);
        next = likeliest(&step(&[next], Want::Last));
    }
    (difference, written)
}

fn likeliest(logits: &[f32]) -> u32 {
    let order = |a: &usize, b: &usize| logits[*a].total_cmp(&logits[*b]);
    u32::try_from((0..logits.len()).max_by(order).unwrap()).unwrap()
}

#[test]
fn logits_and_greedy_continuations_are_those_of_transformers() {
    for fixture in fixtures() {
        let (artifacts, reference) = (ArtifactBytes::from_dir(&fixture).unwrap(), reference(&fixture));
        let name = fixture.file_name().unwrap().to_string_lossy().into_owned();
        let cpu = compare(&Decoder::load(&artifacts, Cpu::new).unwrap(), &reference);
        let tensors = Decoder::load(&artifacts, |config| Tensors::new(Device::Cpu, config)).unwrap();
        let tensors = compare(&tensors, &reference);
        // Shown by `cargo test -- --nocapture agreement`; the figures in docs/engine.md are these.
        println!("{name}: cpu {:.1e}, tensors {:.1e}", cpu.0, tensors.0);
        for (difference, written) in [cpu, tensors] {
            assert!(difference <= TOLERANCE, "{name}: {difference}");
            assert_eq!(written, reference.greedy, "{name}");
        }
    }
}

/// On a GPU, or skipped with a line where there is none.
#[cfg(feature = "cuda")]
#[test]
fn gpu_agrees_with_transformers() {
    use crate::backend::{Cuda, Kept, nvidia};
    if let Err(why) = nvidia() {
        return println!("skipped: {why}");
    }
    for fixture in fixtures() {
        let (artifacts, reference) = (ArtifactBytes::from_dir(&fixture).unwrap(), reference(&fixture));
        let on = |kept| Decoder::load(&artifacts, |config| Cuda::keeping(kept, 0, config)).unwrap();
        let (difference, written) = compare(&on(Kept::F32), &reference);
        let (shorter, _) = compare(&on(Kept::Bf16), &reference);
        let name = fixture.file_name().unwrap().to_string_lossy().into_owned();
        println!("{name}: gpu {difference:.1e}, with keys and values in bfloat16 {shorter:.1e}");
        assert!(difference <= TOLERANCE, "{name}: {difference}");
        assert_eq!(written, reference.greedy, "{name}");
        assert!(shorter <= 50.0 * TOLERANCE, "{name}: {shorter}");
    }
    for (path, reference) in gguf_fixtures() {
        let artifacts = ArtifactBytes::from_gguf(&path).unwrap();
        let decoder = Decoder::load(&artifacts, |config| Cuda::keeping(Kept::F32, 0, config)).unwrap();
        let (difference, written) = compare(&decoder, &reference);
        println!("{}: gpu {difference:.1e}", path.display());
        assert!(difference <= TOLERANCE, "{}: {difference}", path.display());
        assert_eq!(written, reference.greedy, "{}", path.display());
    }
}

#[test]
fn quantised_files_give_what_transformers_makes_of_the_weights_they_stand_for() {
    let mut names = Vec::new();
    for (path, reference) in gguf_fixtures() {
        let artifacts = ArtifactBytes::from_gguf(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let (difference, written) = compare(&Decoder::load(&artifacts, Cpu::new).unwrap(), &reference);
        let tensors = Decoder::load(&artifacts, |config| Tensors::new(Device::Cpu, config)).unwrap();
        let (of_tensors, _) = compare(&tensors, &reference);
        println!("{name}: cpu {difference:.1e}, tensors {of_tensors:.1e}");
        assert!(difference <= TOLERANCE, "{name}: {difference}");
        assert_eq!(written, reference.greedy, "{name}");
        // candle rounds activations to eight bits before it multiplies them with a quantised matrix.
        let largest = reference.logits.iter().flatten().fold(0.0_f32, |most, x| most.max(x.abs()));
        let tolerance = if name.contains("-q") { 0.1 * largest } else { TOLERANCE };
        assert!(of_tensors <= tolerance, "{name}: {of_tensors}");
        names.push(name);
    }
    assert_eq!(names.len(), 5);
}

fn gguf_fixtures() -> Vec<(PathBuf, Reference)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/gguf");
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "gguf")).collect();
    paths.sort();
    let reference =
        |path: &PathBuf| serde_json::from_slice(&fs::read(path.with_extension("json")).unwrap()).unwrap();
    paths.into_iter().map(|path| (path.clone(), reference(&path))).collect()
}

#[test]
fn chat_templates_and_tokens_are_those_of_transformers() {
    let directories =
        fixtures().into_iter().map(|path| (ArtifactBytes::from_dir(&path).unwrap(), reference(&path)));
    let files = gguf_fixtures().into_iter();
    let files = files.map(|(path, reference)| (ArtifactBytes::from_gguf(&path).unwrap(), reference));
    for (artifacts, reference) in directories.chain(files) {
        let tokenizer = Tokenizer::load(&artifacts).unwrap();
        let template = ChatTemplate::load(&artifacts, tokenizer.special().clone()).unwrap();
        let message = |said: &Said| {
            let role = match said.role.as_str() {
                "system" => Role::System,
                "assistant" => Role::Assistant,
                _ => Role::User,
            };
            Message::new(role, &said.content)
        };
        let messages: Vec<_> = reference.conversation.iter().map(message).collect();
        let rendered = template.render(&messages, &Style::PLAIN).unwrap();
        assert_eq!(rendered, reference.rendered);
        let tokens = tokenizer.encode(&rendered).unwrap();
        assert_eq!(tokens, reference.tokens);
        assert_eq!(tokenizer.decode(&tokens).unwrap(), rendered);
    }
}

#[test]
fn a_missing_shard_is_named() {
    let fixture = fixtures().into_iter().find(|path| path.ends_with("llama-biased")).unwrap();
    let copy = tempfile::tempdir().unwrap();
    for file in fs::read_dir(&fixture).unwrap().map(|entry| entry.unwrap().path()) {
        fs::copy(&file, copy.path().join(file.file_name().unwrap())).unwrap();
    }
    let whole = ArtifactBytes::from_dir(copy.path()).unwrap();
    assert!(whole.weights.len() > 1);
    let (shard, _) = &whole.weights[1];
    fs::remove_file(copy.path().join(shard)).unwrap();
    let error = ArtifactBytes::from_dir(copy.path()).unwrap_err().to_string();
    assert!(error.contains(shard) && error.contains("cannot be read"), "{error}");
}
