//! How progress estimators do on runs that they have not seen, and which turns they pay most for.

use serde::Serialize;
use turnwise_learn::{
    Predicts,
    progress::{
        ProgressFigures, ProgressKind, agreement, leave_one_out, progress_figures, value_differences,
    },
};

use crate::{
    commands::learn::{
        datasets::{Features, dataset},
        material::{Material, Trial},
        train::estimator,
    },
    error::Failure,
    printer::Printer,
};

/// How many runs credits are compared on with what a turn's absence changes.
const COMPARED: usize = 200;
/// How many of a run's turns are shown.
const SHOWN: usize = 10;

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct ProgressReport {
    /// How many of the runs have values by forking.
    pub(super) with_values: usize,
    pub(super) kinds: Vec<KindReport>,
    /// The most credited turns of one long solved run, by the first kind.
    pub(super) paid: Vec<Paid>,
}

/// How one kind did.
#[derive(Debug, Serialize)]
pub(super) struct KindReport {
    pub(super) kind: ProgressKind,
    pub(super) figures: ProgressFigures,
    /// Rank correlation of credits with the change of the hidden tests' score on the same turns.
    pub(super) with_score: Option<f64>,
    /// The same with what the prediction loses without the turn.
    pub(super) with_leave_one_out: Option<f64>,
    /// The same with what the turns changed of the value by forking.
    pub(super) with_values: Option<f64>,
}

/// A turn and its credit.
#[derive(Debug, Serialize)]
pub(super) struct Paid {
    pub(super) turn: u32,
    pub(super) credit: f64,
    pub(super) action: String,
}

/// Learns each kind and shows it on other runs.
pub(super) fn report(
    train: &Material,
    tested: &Material,
    features: &Features,
    seed: u64,
    printer: &Printer,
) -> Result<ProgressReport, Failure> {
    let data = dataset(tested, Predicts::Pass, features)?;
    let (mut kinds, mut paid) = (Vec::new(), Vec::new());
    let values: Vec<Vec<f64>> = tested.trials.iter().map(value_changes).collect();
    for kind in [ProgressKind::Ridge, ProgressKind::Mlp, ProgressKind::Transformer] {
        let estimator = estimator(train, kind, features, seed)?;
        printer.say("Learned", &format!("a progress estimator of kind {kind:?}"));
        let credits: Vec<Vec<f64>> = data.runs.iter().map(|run| estimator.credits(&run.samples)).collect();
        let scores: Vec<Vec<f64>> = tested.trials.iter().map(score_changes).collect();
        let compared = COMPARED.min(credits.len());
        let left_out: Vec<Vec<f64>> =
            data.runs.iter().take(compared).map(|run| leave_one_out(&estimator, run)).collect();
        kinds.push(KindReport {
            kind,
            figures: progress_figures(&estimator, &data.runs, seed)?,
            with_score: agreement(&credits, &scores).spearman_within,
            with_values: agreement(&credits, &values).spearman_within,
            with_leave_one_out: agreement(&credits[..compared], &left_out).spearman_within,
        });
        if paid.is_empty() {
            paid = most_paid(tested, &credits);
        }
    }
    let with_values = values.iter().filter(|values| !values.is_empty()).count();
    Ok(ProgressReport { with_values, kinds, paid })
}

/// What each turn changed of whether the work passes.
fn score_changes(trial: &Trial) -> Vec<f64> {
    let mut before = 0.0;
    let changes = trial.turns.iter().map(|turn| {
        let now = turn.score.unwrap_or(before);
        std::mem::replace(&mut before, now) - now
    });
    changes.map(|change| -change).collect()
}

/// What each turn changed of the value by forking, the outcome being the value behind the last; nothing where values are not known.
fn value_changes(trial: &Trial) -> Vec<f64> {
    match trial.values.as_slice() {
        [] => Vec::new(),
        known => value_differences(&[known, &[trial.score]].concat()),
    }
}

/// The turns with the largest credits of the longest run that was solved.
fn most_paid(tested: &Material, credits: &[Vec<f64>]) -> Vec<Paid> {
    let solved = tested.trials.iter().zip(credits).filter(|(trial, credits)| {
        trial.solved && trial.turns.len() == credits.len() && trial.turns.len() > SHOWN
    });
    let Some((trial, credits)) = solved.max_by_key(|(trial, _)| trial.turns.len()) else { return Vec::new() };
    let mut turns: Vec<Paid> = trial
        .turns
        .iter()
        .zip(credits)
        .map(|(turn, credit)| Paid {
            turn: turn.facts.turn,
            credit: *credit,
            action: turn.facts.action.text().lines().next().unwrap_or_default().chars().take(80).collect(),
        })
        .collect();
    turns.sort_by(|one, other| other.credit.total_cmp(&one.credit));
    turns.truncate(SHOWN);
    turns
}
