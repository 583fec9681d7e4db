//! Probes written and read, and files that are none.

use std::fs;

use proptest::prelude::*;

use super::*;
use crate::{
    Predicts, ProbeKind, TrainOptions,
    probe::synthetic::{self, made_for},
    train,
};

fn probe(kind: ProbeKind, seed: u64) -> Probe {
    let predicts = if kind == ProbeKind::Gate { Predicts::Exit } else { Predicts::Think };
    let options = TrainOptions { epochs: Some(2), ..TrainOptions::new(kind, predicts, seed, made_for()) };
    train(&synthetic::dataset(6, 4, seed), &options, &mut |_| ()).unwrap()
}

fn files(probe: &Probe) -> (Vec<u8>, Vec<u8>) {
    let weights = to_safetensors(probe.net(), probe.card().standardiser.width()).unwrap();
    (to_json(probe.card()).unwrap(), weights)
}

fn refused(card: &[u8], weights: &[u8]) -> String {
    let error = Probe::from_bytes(card, weights).unwrap_err();
    assert!(matches!(error, LearnError::Malformed { .. }), "{error:?}");
    let message = error.to_string();
    assert!(!message.contains('\n'), "{message}");
    message
}

/// A card for these weights, whatever they are.
fn card_for(probe: &Probe, weights: &[u8]) -> Vec<u8> {
    to_json(&Card { weights_sha256: sha256(weights), ..probe.card().clone() }).unwrap()
}

#[test]
fn either_file_and_the_stem_name_a_probe() {
    let folder = tempfile::tempdir().unwrap();
    let stem = folder.path().join("lynx-0.05");
    let saved = probe(ProbeKind::Mlp, 1);
    saved.save(&stem).unwrap();
    for name in ["lynx-0.05", "lynx-0.05.json", "lynx-0.05.safetensors"] {
        assert_eq!(Probe::load(&folder.path().join(name)).unwrap(), saved);
    }
    saved.save(&stem).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    let missing = Probe::load(&folder.path().join("lynx-0")).unwrap_err();
    assert!(
        matches!(&missing, LearnError::File { access: "read", path, .. } if path.ends_with("lynx-0.json"))
    );
    let nowhere = saved.save(&folder.path().join("no/such")).unwrap_err();
    assert!(matches!(nowhere, LearnError::File { access: "write", .. }));
}

#[test]
fn weights_that_are_not_the_card_s_are_refused() {
    let probe = probe(ProbeKind::Recurrent, 1);
    let (card, weights) = files(&probe);
    let truncated = &weights[..weights.len() - 7];
    assert!(refused(&card, truncated).contains("SHA-256"));
    assert!(
        refused(&card_for(&probe, truncated), truncated)
            .contains("the embedded weights is no file of this kind")
    );
    assert!(refused(&card_for(&probe, &[]), &[]).contains("weights"));

    let mut flipped = weights.clone();
    *flipped.last_mut().unwrap() ^= 1;
    assert!(refused(&card, &flipped).contains(&probe.card().weights_sha256[..12]));

    // The last four bytes are of the last tensor, whose numbers are f32.
    let mut broken = weights.clone();
    let end = broken.len() - 4;
    broken[end..].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(refused(&card_for(&probe, &broken), &broken).contains("holds NaN at"));
}

#[test]
fn weights_of_another_kind_are_refused() {
    let (mlp, gate) = (probe(ProbeKind::Mlp, 1), probe(ProbeKind::Gate, 1));
    let (_, weights) = files(&mlp);
    assert!(refused(&card_for(&gate, &weights), &weights).contains("6 tensors where 2"));
    let (_, weights) = files(&probe(ProbeKind::Recurrent, 1));
    assert!(refused(&card_for(&mlp, &weights), &weights).contains("no tensor `first.weight`"));
    let one =
        crate::probe::Net::new(ProbeKind::Logistic, vec![Layer { weight: vec![0.0; 3], bias: vec![0.0] }]);
    let weights = to_safetensors(&one, 3).unwrap();
    let width = gate.card().standardiser.width();
    let wanted = format!("`head.weight` is F32 [3, 1] where F32 [{width}, 1] is wanted");
    assert!(refused(&card_for(&gate, &weights), &weights).contains(&wanted));
}

#[test]
fn a_card_that_is_none_is_refused() {
    let probe = probe(ProbeKind::Logistic, 1);
    let (card, weights) = files(&probe);
    let text = String::from_utf8(card).unwrap();
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from} in {text}");
        refused(text.replace(from, to).as_bytes(), &weights)
    };
    assert!(changed("turnwise probe 1", "turnwise probe 2").contains("`turnwise probe 2`"));
    assert!(changed("\"logistic\"", "\"forest\"").contains("forest"));
    assert!(changed("\"suite\"", "\"sweet\"").contains("sweet"));
    assert!(changed("\"width\": 3", "\"width\": 4").contains("standardises 8 features where 10"));
    assert!(refused(&text.as_bytes()[..text.len() / 2], &weights).contains("the embedded card"));
    assert!(refused(b"", &weights).contains("EOF"));
}

#[test]
fn what_a_card_looks_like() {
    let text = String::from_utf8(files(&probe(ProbeKind::Gate, 1)).0).unwrap();
    assert!(text.starts_with("{\n  \"format\": \"turnwise probe 1\",\n  \"kind\": \"gate\",\n"), "{text}");
    assert!(text.contains("\n      \"at\": [0, 1, 2, 3, 4, 5, 6],\n"), "{text}");
    let card: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(card["format"], "turnwise probe 1");
    assert_eq!((&card["kind"], &card["predicts"]), (&"gate".into(), &"exit".into()));
    assert_eq!(card["made_for"]["suite"], "made-up");
    assert_eq!(card["learned_from"]["split"]["held_out"], 1);
    assert_eq!(card["figures"]["bins"].as_array().unwrap().len(), 10);
    assert_eq!(card["layout"]["scalars"][0]["name"], "tests");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn saved_and_loaded_a_probe_scores_the_same_bits(
        kind in proptest::sample::select(ProbeKind::ALL.to_vec()),
        seed in 0..1000_u64,
        rows in proptest::collection::vec(proptest::collection::vec(proptest::num::f32::ANY, 8), 1..6),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let stem = folder.path().join("probe");
        let saved = probe(kind, seed);
        saved.save(&stem).unwrap();
        let loaded = Probe::load(&stem).unwrap();
        prop_assert_eq!(&loaded, &saved);
        let (mut one, mut other) = (saved.begin(), loaded.begin());
        for row in &rows {
            let (one, other) = (one.score(row), other.score(row));
            prop_assert_eq!(one.to_bits(), other.to_bits());
            prop_assert!((0.0..=1.0).contains(&one));
        }
    }
}
