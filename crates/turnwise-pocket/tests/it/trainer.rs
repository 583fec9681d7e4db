//! The trainer: it learns, goes on where it was, and what it writes the engine reads to the same numbers.

use candle_core::Device;
use std::{fs, path::Path};
use turnwise_engine::{EngineOptions, LocalModel, Named};
use turnwise_pocket::{
    evaluate,
    task::{Oracle, Stream},
    train::{Plan, Shape, agreement, make_tokenizer, train, training_run},
};

fn tiny() -> Shape {
    Shape {
        hidden: 32,
        layers: 2,
        heads: 2,
        groups: 1,
        width: 16,
        inner: 48,
        vocabulary: 400,
        ..Shape::pocket()
    }
}

fn plan(out: &Path, sitting: u64) -> Plan {
    Plan {
        from: None,
        shops: 0,
        shape: tiny(),
        out: out.to_owned(),
        tokens: 60_000,
        sitting: Some(sitting),
        step_tokens: 1500,
        workers: 2,
        rate: 0.02,
        decay: 0.5,
        seed: 3,
        device: Device::Cpu,
    }
}

fn tokenizer(out: &Path) {
    let mut oracle = Oracle::start().unwrap();
    let runs: Vec<_> = (0..30)
        .filter_map(|index| training_run(Stream::Training, 2, index, &mut oracle).unwrap())
        .map(|(_, run)| run)
        .collect();
    make_tokenizer(&runs, tiny().vocabulary).unwrap().save(out.join("tokenizer.json"), true).unwrap();
}

/// Trains a tiny model in sittings of so many steps, and gives its weights and its log.
fn trained(sittings: &[u64]) -> (Vec<u8>, Vec<String>, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    tokenizer(dir.path());
    let mut log = Vec::new();
    for &steps in sittings {
        train(&plan(dir.path(), steps), &mut |line| log.push(line.to_owned())).unwrap();
    }
    (fs::read(dir.path().join("model.safetensors")).unwrap(), log, dir)
}

#[test]
fn a_run_that_was_stopped_goes_on_as_if_it_had_not() {
    let (whole, log, dir) = trained(&[12]);
    let (parts, _, _) = trained(&[5, 7]);
    assert!(whole == parts, "the weights differ");
    let loss = |line: &String| {
        line.split("loss ").nth(1).unwrap().split(' ').next().unwrap().parse::<f64>().unwrap()
    };
    let losses: Vec<f64> = log.iter().filter(|line| line.contains("gradient")).map(loss).collect();
    assert!(losses.len() >= 2 && losses.last() < losses.first(), "the log says {losses:?}");
    the_engine_agrees(dir.path());
}

fn the_engine_agrees(dir: &Path) {
    assert!(agreement(dir, 1).unwrap() < 1e-3, "logits differ by {}", agreement(dir, 1).unwrap());
}

#[tokio::test]
async fn the_shipped_model_is_read_and_acts() {
    let artifacts = turnwise_pocket::shipped();
    let named = Named { name: "pocket".to_owned(), spec: "pocket".to_owned() };
    let model = LocalModel::new(named, &artifacts, &EngineOptions::cpu()).unwrap();
    let scores = evaluate(&model, Stream::Validation, true, 5).await.unwrap();
    assert_eq!(scores.iter().map(|score| score.tried).sum::<usize>(), 5);
    assert!(scores.iter().all(|score| score.turns >= 3), "{scores:?}");
}

#[test]
fn the_shipped_model_has_the_size_it_should() {
    let parameters = Shape::pocket().parameters();
    assert!((3_000_000..10_000_000).contains(&parameters), "{parameters}");
    let weights: usize = turnwise_pocket::shipped().weights.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(weights > 2 * parameters && weights < 2 * parameters + 10_000, "{weights} bytes");
}
