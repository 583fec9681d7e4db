//! Training and scoring, on runs that are made up.

use std::sync::LazyLock;

use super::{
    matrix::Matrix,
    net::Net,
    synthetic::{Recipe, make_up},
    *,
};
use crate::{Layout, rank::spearman};

const KINDS: [ProgressKind; 3] = [ProgressKind::Ridge, ProgressKind::Mlp, ProgressKind::Transformer];

/// An estimator of given parts.
pub(super) fn estimator(
    layout: &Layout,
    kind: ProgressKind,
    scaler: Standardiser,
    net: Net<Matrix>,
) -> Estimator {
    let fit = Fit { runs: 0, tasks: 0, turns: 0, seed: 0, lambda: None, epochs: None, mse: 0.0 };
    let made_for = MadeFor::default();
    let learned = Learned { kind, layout: layout.clone(), made_for, fit, scaler, net };
    Estimator { learned: Arc::new(learned) }
}

fn small() -> Recipe {
    Recipe { tasks: 40, seeds: 3, width: 4, turns: (4, 9), noise: 0.0, seed: 11 }
}

/// One of each kind, learned from the small recipe with seed 1, and the runs; trained once for all tests.
pub(super) static TRAINED: LazyLock<(Dataset, [Estimator; 3])> = LazyLock::new(|| {
    let (data, _) = make_up(&small());
    let trained = KINDS.map(|kind| train(&data, kind, 1).unwrap());
    (data, trained)
});

pub(super) fn train(data: &Dataset, kind: ProgressKind, seed: u64) -> Result<Estimator, LearnError> {
    train_progress(data, &ProgressOptions { kind, seed, made_for: MadeFor::default() }, &mut |_| {})
}

/// Half of the tasks each.
fn halves(data: Dataset) -> (Dataset, Vec<Run>) {
    let half = data.runs.len() / 2;
    let mut learned = data;
    let held_out = learned.runs.split_off(half);
    (learned, held_out)
}

#[test]
fn credits_tell_what_turns_of_unseen_tasks_brought() {
    let (data, truths) = make_up(&Recipe { tasks: 80, ..small() });
    let (learned, held_out) = halves(data);
    for kind in KINDS {
        let estimator = train(&learned, kind, 1).unwrap();
        let credits: Vec<Vec<f64>> = held_out.iter().map(|run| estimator.credits(&run.samples)).collect();
        let found = agreement(&credits, &truths[learned.runs.len()..]);
        assert!(found.spearman.unwrap() > 0.5 && found.spearman_within.unwrap() > 0.5, "{kind:?}: {found:?}");
        let figures = progress_figures(&estimator, &held_out, 1).unwrap();
        assert!(figures.r2.unwrap().value > 0.3, "{kind:?}: {figures:?}");
        assert!(figures.gap < 1e-6, "{kind:?}: {figures:?}");
        let late = figures.early[2];
        assert!(late.progress.unwrap().value > 0.7, "{kind:?}: {late:?}");
    }
}

#[test]
fn sums_of_credits_are_the_prediction_and_no_credit_looks_ahead() {
    let (data, trained) = &*TRAINED;
    for estimator in trained {
        for run in &data.runs {
            let credits = estimator.credits(&run.samples);
            assert!((credits.iter().sum::<f64>() - estimator.predict(&run.samples)).abs() < 1e-6);
            let half = run.samples.len() / 2;
            assert_eq!(estimator.credits(&run.samples[..half]), credits[..half]);
        }
        assert_eq!(estimator.predict(&[]), 0.0);
    }
}

#[test]
fn what_is_left_out_is_the_credit_where_turns_are_seen_alone() {
    let (data, trained) = &*TRAINED;
    for (kind, estimator) in KINDS.into_iter().zip(trained) {
        let run = data.runs.iter().max_by_key(|run| run.samples.len()).unwrap();
        let (credits, left_out) = (estimator.credits(&run.samples), leave_one_out(estimator, run));
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-9;
        let last = credits.len() - 1;
        assert!(near((&credits[last], &left_out[last])), "{kind:?}");
        let all = credits.iter().zip(&left_out).all(near);
        assert_eq!(all, kind != ProgressKind::Transformer, "{kind:?}: {credits:?} {left_out:?}");
        assert!(spearman(&credits, &left_out).unwrap() > 0.5, "{kind:?}: {credits:?} {left_out:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let (data, trained) = &*TRAINED;
    for (kind, one) in KINDS.into_iter().zip(trained) {
        let [again, other] = [1, 2].map(|seed| train(data, kind, seed).unwrap());
        assert_eq!(one.learned.net, again.learned.net, "{kind:?}");
        assert_eq!(one.fit(), again.fit());
        // A ridge takes from its seed only the folds that choose its penalty.
        assert!(one.learned.net != other.learned.net || kind == ProgressKind::Ridge, "{kind:?}");
    }
}

#[test]
fn it_tells_how_far_it_is_and_how_it_was_come_by() {
    let (data, _) = make_up(&Recipe { tasks: 12, ..small() });
    for kind in KINDS {
        let mut steps = Vec::new();
        let options = ProgressOptions { kind, seed: 1, made_for: MadeFor::default() };
        let fit = train_progress(&data, &options, &mut |step| steps.push(step)).unwrap().fit();
        assert!(steps.iter().enumerate().all(|(at, step)| step.nth == at + 1 && step.nth <= step.of));
        let best = steps.iter().map(|step| step.mse).fold(f64::INFINITY, f64::min);
        match kind {
            ProgressKind::Ridge => assert_eq!((fit.epochs, steps.len()), (None, 5)),
            ProgressKind::Mlp | ProgressKind::Transformer => assert_eq!((fit.lambda, fit.mse), (None, best)),
        }
        assert_eq!((fit.runs, fit.tasks), (36, 12));
    }
}

#[test]
fn what_cannot_be_learned_from_is_refused() {
    let (good, _) = make_up(&small());
    let refused = |change: &dyn Fn(&mut Dataset)| {
        let mut data = good.clone();
        change(&mut data);
        KINDS.map(|kind| train(&data, kind, 1).unwrap_err().to_string())
    };
    type Case<'a> = (&'a dyn Fn(&mut Dataset), &'a str);
    let cases: [Case<'_>; 7] = [
        (&|data| data.runs.clear(), "no samples to learn from"),
        (&|data| data.runs.truncate(12), "4 tasks where at least 5 are needed"),
        (&|data| data.runs.iter_mut().for_each(|run| run.outcome = 0.5), "all 120 runs came to 0.5"),
        (&|data| data.runs[3].outcome = f64::NAN, "came to NaN"),
        (&|data| data.runs[3].outcome = 1.5, "came to 1.5"),
        (&|data| data.runs[3].samples[1].features[5] = f32::NAN, "holds NaN in feature `layer 2[1]`"),
        (
            &|data| {
                let samples = data.runs.iter_mut().flat_map(|run| &mut run.samples);
                samples.for_each(|sample| sample.features.fill(0.25));
            },
            "none of the 19 features varies",
        ),
    ];
    for (change, wanted) in cases {
        for message in refused(change) {
            assert!(message.contains(wanted), "{message}");
        }
    }
}

#[test]
fn absent_and_absurd_features_give_finite_credits() {
    for (kind, estimator) in KINDS.into_iter().zip(&TRAINED.1) {
        let mut tracker = estimator.begin();
        for row in [vec![f32::NAN; 19], vec![f32::INFINITY; 19], vec![-1e30; 19], vec![]] {
            assert!(tracker.credit(&row).is_finite(), "{kind:?}");
        }
        assert!(tracker.cumulative().is_finite() && tracker.predicted().is_finite());
    }
}
