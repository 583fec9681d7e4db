//! Estimators that are written and read, and files that are refused.

use std::fs;

use proptest::prelude::*;

use super::*;
use crate::progress::{
    synthetic::{Recipe, make_up},
    tests::{TRAINED, train},
};

const KINDS: [ProgressKind; 3] = [ProgressKind::Ridge, ProgressKind::Mlp, ProgressKind::Transformer];

fn learned(kind: ProgressKind) -> Estimator {
    TRAINED.1.iter().find(|estimator| estimator.kind() == kind).unwrap().clone()
}

fn refused(card: &[u8], weights: &[u8]) -> String {
    let error = Estimator::from_bytes(card, weights).unwrap_err();
    assert!(matches!(error, LearnError::Malformed { .. }), "{error:?}");
    error.to_string()
}

/// The card with the hash of these parameters, whatever they are.
fn card_for(card: &[u8], weights: &[u8]) -> Vec<u8> {
    let mut card: Card = serde_json::from_slice(card).unwrap();
    card.weights_sha256 = sha256(weights);
    to_json(&card).unwrap()
}

#[test]
fn either_file_and_the_stem_name_an_estimator() {
    let folder = tempfile::tempdir().unwrap();
    let stem = folder.path().join("progress-0.1");
    for kind in KINDS {
        let saved = learned(kind);
        saved.save(&stem).unwrap();
        for name in ["progress-0.1", "progress-0.1.json", "progress-0.1.safetensors"] {
            let loaded = Estimator::load(&folder.path().join(name)).unwrap();
            assert_eq!(loaded.learned, saved.learned);
            assert_eq!((loaded.kind(), loaded.fit()), (kind, saved.fit()));
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    let missing = Estimator::load(&folder.path().join("other")).unwrap_err();
    assert!(matches!(missing, LearnError::File { access: "read", .. }), "{missing:?}");
}

#[test]
fn parameters_that_are_not_the_card_s_are_refused() {
    for kind in KINDS {
        let (card, weights) = learned(kind).to_bytes().unwrap();
        let truncated = &weights[..weights.len() - 7];
        assert!(refused(&card, truncated).contains("SHA-256"));
        assert!(refused(&card_for(&card, truncated), truncated).contains("the embedded weights"));
        let mut broken = weights.clone();
        let end = broken.len() - 4;
        broken[end..].copy_from_slice(&f32::NAN.to_le_bytes());
        assert!(refused(&card_for(&card, &broken), &broken).contains("holds NaN"));
    }
}

#[test]
fn parameters_of_another_kind_are_refused() {
    let [ridge, mlp, transformer] = KINDS.map(|kind| learned(kind).to_bytes().unwrap());
    assert!(refused(&card_for(&ridge.0, &mlp.1), &mlp.1).contains("6 tensors where 2"));
    assert!(refused(&card_for(&transformer.0, &mlp.1), &mlp.1).contains("6 tensors where 26"));
    // A ridge over other features.
    let recipe = Recipe { tasks: 12, seeds: 2, width: 3, turns: (2, 5), noise: 0.0, seed: 5 };
    let wider = train(&make_up(&recipe).0, ProgressKind::Ridge, 1).unwrap().to_bytes().unwrap();
    let message = refused(&card_for(&ridge.0, &wider.1), &wider.1);
    assert!(message.contains("`credit.weight` is F32"), "{message}");
}

#[test]
fn a_card_that_is_none_is_refused() {
    let (card, weights) = learned(ProgressKind::Ridge).to_bytes().unwrap();
    let text = String::from_utf8(card).unwrap();
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from} in {text}");
        refused(text.replace(from, to).as_bytes(), &weights)
    };
    assert!(changed("turnwise progress 1", "turnwise probe 1").contains("`turnwise probe 1`"));
    assert!(changed("\"ridge\"", "\"forest\"").contains("forest"));
    assert!(changed("\"fit\"", "\"fat\"").contains("fat"));
    assert!(changed("\"width\": 4", "\"width\": 5").contains("standardises"));
    assert!(refused(&text.as_bytes()[..text.len() / 2], &weights).contains("the embedded card"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn saved_and_loaded_an_estimator_gives_the_same_bits(
        rows in proptest::collection::vec(proptest::collection::vec(proptest::num::f32::ANY, 19), 1..6),
    ) {
        for kind in KINDS {
            let saved = learned(kind);
            let (card, weights) = saved.to_bytes().unwrap();
            let loaded = Estimator::from_bytes(&card, &weights).unwrap();
            let (mut one, mut other) = (saved.begin(), loaded.begin());
            for row in &rows {
                let (one, other) = (one.credit(row), other.credit(row));
                prop_assert_eq!(one.to_bits(), other.to_bits());
                prop_assert!(one.is_finite());
            }
        }
    }
}
