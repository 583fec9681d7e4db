//! What probes learn from made-up runs, and what they refuse.

use super::*;
use crate::{
    Predicts,
    metrics::Scored,
    probe::synthetic::{self, made_for},
};

fn options(kind: ProbeKind, seed: u64) -> TrainOptions {
    let predicts = if kind == ProbeKind::Gate { Predicts::Exit } else { Predicts::Pass };
    TrainOptions::new(kind, predicts, seed, made_for())
}

fn trained(dataset: &Dataset, options: &TrainOptions) -> (Probe, Vec<Epoch>) {
    let mut epochs = Vec::new();
    let probe = train(dataset, options, &mut |epoch| epochs.push(epoch)).unwrap();
    (probe, epochs)
}

fn area(dataset: &Dataset, kind: ProbeKind) -> f64 {
    trained(dataset, &options(kind, 3)).0.card().figures.auroc.unwrap()
}

/// The scores of other runs than any probe was trained on, run by run.
fn scores(probe: &Probe, dataset: &Dataset) -> Vec<Vec<f64>> {
    let run = |run: &Run| {
        let mut scorer = probe.begin();
        run.samples.iter().map(|sample| scorer.score(&sample.features)).collect()
    };
    dataset.runs.iter().map(run).collect()
}

#[test]
fn a_line_is_learned() {
    let data = synthetic::dataset(40, 10, 1);
    for kind in [ProbeKind::Logistic, ProbeKind::Mlp, ProbeKind::Recurrent] {
        let (probe, epochs) = trained(&data, &options(kind, 3));
        let figures = &probe.card().figures;
        let auroc = figures.auroc.unwrap();
        assert!(auroc > 0.9, "{kind:?}: {auroc}");
        assert!(figures.auroc_lo.unwrap() < auroc && auroc < figures.auroc_hi.unwrap());
        assert!(figures.brier < 0.15 && figures.ece < 0.15 && figures.slope > 0.05, "{kind:?}: {figures:?}");
        assert_eq!(figures.bins.iter().map(|bin| bin.count).sum::<usize>(), 8 * 2 * 10);

        let best = epochs.iter().rfind(|epoch| epoch.best).unwrap();
        assert!(epochs.iter().all(|epoch| epoch.validation_loss > best.validation_loss - GAIN));
        assert!(
            [500, (best.number + PATIENCE) as usize].contains(&epochs.len()),
            "{kind:?}: {}",
            epochs.len()
        );

        // The card's figures are those of unseen runs from the same source.
        let fresh = synthetic::dataset(60, 10, 2);
        let said = scores(&probe, &fresh).into_iter().flatten();
        let labels = fresh.runs.iter().flat_map(|run| &run.samples).map(|sample| sample.label.unwrap());
        let scored: Vec<_> = said.zip(labels).map(|(score, label)| Scored { score, label, run: 0 }).collect();
        assert!((crate::metrics::brier(&scored) - figures.brier).abs() < 0.05, "{kind:?}");
    }
}

#[test]
fn what_was_seen_before_only_the_recurrent_kind_knows() {
    let data = synthetic::memory(60, 12, 4);
    let (recurrent, logistic) = (area(&data, ProbeKind::Recurrent), area(&data, ProbeKind::Logistic));
    assert!(recurrent > 0.95 && logistic < 0.85, "{recurrent} {logistic}");
}

#[test]
fn a_gate_leaves_where_it_is_right_and_sooner_where_tokens_cost_more() {
    let (data, fresh) = (synthetic::done(60, 8, 5), synthetic::done(60, 8, 6));
    let hazards = |cost| {
        let (probe, _) = trained(&data, &TrainOptions { cost, ..options(ProbeKind::Gate, 2) });
        scores(&probe, &fresh)
    };
    // Expected error and share of samples seen when left by these hazards.
    let left = |hazards: &[Vec<f64>]| {
        let (mut wrong, mut seen) = (0.0, 0.0);
        for (run, hazards) in fresh.runs.iter().zip(hazards) {
            let mut stayed = 1.0;
            for (at, (sample, hazard)) in run.samples.iter().zip(hazards).enumerate() {
                let exit = if at + 1 == run.samples.len() { stayed } else { stayed * hazard };
                wrong += if sample.label.unwrap() { 0.0 } else { exit };
                seen += exit * (at + 1) as f64 / run.samples.len() as f64;
                stayed -= exit;
            }
        }
        (wrong / fresh.runs.len() as f64, seen / fresh.runs.len() as f64)
    };
    let (wrong, seen) = left(&hazards(0.2));
    // Without a gate all 8 samples are seen; the first true one is the 5th of 8 on average.
    assert!(wrong < 0.1 && seen < 0.75, "{wrong} {seen}");
    let (rash, early) = left(&hazards(5.0));
    assert!(rash > 0.5 && early < 0.3, "{rash} {early}");
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_gives_others() {
    let data = synthetic::dataset(12, 5, 1);
    for kind in ProbeKind::ALL {
        let of = |seed| trained(&data, &TrainOptions { epochs: Some(4), ..options(kind, seed) });
        assert_eq!(of(7), of(7));
        assert_ne!(of(7).0.card().weights_sha256, of(8).0.card().weights_sha256);
    }
}

#[test]
fn the_card_says_what_was_learned_from() {
    let mut data = synthetic::dataset(10, 5, 1);
    data.runs[0].samples[2].label = None;
    data.runs[4].samples.iter_mut().for_each(|sample| sample.label = None);
    let (probe, epochs) =
        trained(&data, &TrainOptions { epochs: Some(3), ..options(ProbeKind::Logistic, 9) });
    let card = probe.card();
    let positive = data.runs.iter().flat_map(|run| &run.samples).filter(|it| it.label == Some(true)).count();
    let split = crate::Split { train: 6, validation: 2, held_out: 2 };
    let wanted = LearnedFrom { runs: 19, tasks: 10, samples: 94, positive, seed: 9, split };
    assert_eq!((card.learned_from, &card.made_for), (wanted, &made_for()));
    assert_eq!(card.standardiser.dropped(&card.layout), ["same"]);
    assert_eq!(epochs.len(), 3);
    assert!(probe.check(&data.runs[0].samples[0].features).is_ok());
    assert!(matches!(probe.check(&[1.0]), Err(LearnError::Features { found: 1, wanted: 8 })));
}

#[test]
fn what_nothing_can_be_learned_from_is_refused() {
    let refused = |change: &dyn Fn(&mut Dataset)| {
        let mut data = synthetic::dataset(6, 4, 1);
        change(&mut data);
        let mut heard = 0;
        let error = train(&data, &options(ProbeKind::Mlp, 1), &mut |_| heard += 1).unwrap_err();
        assert_eq!(heard, 0);
        error
    };
    let each = |data: &mut Dataset, change: &dyn Fn(&mut crate::Sample)| {
        data.runs.iter_mut().flat_map(|run| &mut run.samples).for_each(change);
    };
    let error = refused(&|data| data.runs.clear());
    assert!(matches!(error, LearnError::Empty { what: "samples", .. }), "{error}");
    let error = refused(&|data| each(data, &|sample| sample.label = None));
    assert!(matches!(error, LearnError::Empty { what: "labels", .. }), "{error}");
    let error = refused(&|data| each(data, &|sample| sample.label = Some(false)));
    assert!(matches!(error, LearnError::OneClass { count: 48, label: false }), "{error}");
    let error = refused(&|data| each(data, &|sample| sample.features.fill(0.25)));
    assert!(matches!(error, LearnError::Constant { count: 8, .. }), "{error}");
    let error = refused(&|data| data.runs.truncate(8));
    assert!(matches!(error, LearnError::TooFew { found: 4, wanted: 5, .. }), "{error}");
    let error = refused(&|data| data.runs[3].samples[2].features[4] = f32::NAN);
    assert!(
        matches!(&error, LearnError::NotFinite { feature, sample: 2, .. } if feature == "layer 3[1]"),
        "{error}"
    );
    let error = refused(&|data| data.runs[3].samples[2].features[6] = f32::INFINITY);
    assert!(matches!(&error, LearnError::NotFinite { feature, .. } if feature == "tests"), "{error}");
    let error = refused(&|data| data.runs[3].samples[2].tokens = f64::NAN);
    assert!(matches!(&error, LearnError::NotFinite { feature, .. } if feature == "tokens"), "{error}");
    let error = refused(&|data| data.runs[0].samples[1].features.truncate(7));
    assert!(matches!(error, LearnError::Width { found: 7, wanted: 8, .. }), "{error}");
}

#[test]
fn what_cannot_be_asked_for_is_refused() {
    let data = synthetic::dataset(6, 4, 1);
    let gate = options(ProbeKind::Gate, 1);
    let asked = [
        TrainOptions { predicts: Predicts::Pass, ..gate.clone() },
        TrainOptions { predicts: Predicts::Exit, ..options(ProbeKind::Mlp, 1) },
        TrainOptions { cost: -1.0, ..gate.clone() },
        TrainOptions { cost: f64::NAN, ..gate.clone() },
        TrainOptions { epochs: Some(0), ..gate },
    ];
    for options in asked {
        assert!(
            matches!(train(&data, &options, &mut |_| ()), Err(LearnError::Options { .. })),
            "{options:?}"
        );
    }
}

#[test]
fn a_loss_that_is_no_number_is_named() {
    // A whole run's tokens cost more than an f32 holds.
    let data = synthetic::dataset(6, 4, 1);
    let options = TrainOptions { cost: 1e60, ..options(ProbeKind::Gate, 1) };
    let error = train(&data, &options, &mut |_| ()).unwrap_err();
    assert!(matches!(error, LearnError::Diverged { what: "training", epoch: 1, .. }), "{error}");
}

#[test]
fn runs_far_longer_than_gradients_go_back_are_learned_from() {
    let data = synthetic::memory(6, 700, 4);
    let (_, epochs) = trained(&data, &TrainOptions { epochs: Some(2), ..options(ProbeKind::Recurrent, 1) });
    assert_eq!(epochs.len(), 2);
}
