//! What a learned file says of recorded runs, look by look, and what it would have been wrong to do there.

use turnwise_learn::{Predicts, Probe, cue_row, turn_row};
use turnwise_policy::calibration::{Calibration, CalibrationRun, Side};

use super::{
    datasets::{cue, hands_in},
    material::{Material, Trial},
};

/// The signal that a probe of cues stands under in calibration files.
pub(super) const THINK_SCORE: &str = "think_score";

/// The scores of a probe on a trial, a look for each turn or cue, and whether to act there would have been wrong. NaN where a rule could
/// not act.
pub(super) fn looks(probe: &Probe, trial: &Trial) -> Vec<(f64, bool)> {
    match probe.card().predicts {
        Predicts::Think => cues(probe, trial),
        Predicts::Pass | Predicts::Exit => turns(probe, trial, |at| trial.turns[at].passes != Some(true)),
        // To give up is wrong where the run is solved in the end and its work does not pass yet.
        Predicts::Hopeless => turns(probe, trial, |at| trial.solved && trial.turns[at].passes != Some(true)),
    }
}

fn turns(probe: &Probe, trial: &Trial, wrong: impl Fn(usize) -> bool) -> Vec<(f64, bool)> {
    let mut scorer = probe.begin();
    let looks = trial.turns.iter().enumerate().map(|(at, turn)| {
        let row = turn_row(&probe.card().layout, &turn.facts, turn.states.as_ref());
        let score = row.map_or(f64::NAN, |row| scorer.score(&row));
        if hands_in(turn) { (f64::NAN, false) } else { (score, wrong(at)) }
    });
    looks.collect()
}

fn cues(probe: &Probe, trial: &Trial) -> Vec<(f64, bool)> {
    let exits = trial.turns.iter().flat_map(|turn| &turn.cues);
    let looks = exits.map(|(exit, states)| {
        let row = states.as_ref().and_then(|states| cue_row(&probe.card().layout, &cue(exit, states)));
        let score = row.map_or(f64::NAN, |row| probe.begin().score(&row));
        (score, exit.as_good == Some(false))
    });
    looks.collect()
}

/// A probe's scores on runs, to take thresholds from.
pub(super) fn calibration<'t>(probe: &Probe, trials: impl IntoIterator<Item = &'t Trial>) -> Calibration {
    let runs = trials.into_iter().map(|trial| CalibrationRun::new(&trial.task, looks(probe, trial)));
    let signal = probe.card().predicts.signal().unwrap_or(THINK_SCORE);
    Calibration { signal: signal.to_owned(), fires: Side::Above, runs: runs.collect() }
}

/// The runs whose tasks fall into this part of so many, by a hash that a seed decides: runs of one task always fall together.
pub(super) fn part(material: &Material, seed: u64, parts: u64) -> Vec<(u64, &Trial)> {
    let of = |trial: &Trial| fnv(seed, &trial.task) % parts;
    material.trials.iter().map(|trial| (of(trial), trial)).collect()
}

/// FNV-1a over a seed and a text, with its high bits folded in.
fn fnv(seed: u64, text: &str) -> u64 {
    let bytes = seed.to_le_bytes().into_iter().chain(text.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::fnv;

    #[test]
    fn parts_are_about_equal_and_differ_by_seed() {
        let tasks: Vec<String> = (0..2000).map(|number| format!("pocket-{number:04}")).collect();
        let first = |seed: u64| tasks.iter().filter(|task| fnv(seed, task).is_multiple_of(2)).count();
        assert!((900..1100).contains(&first(0)) && (900..1100).contains(&first(1)));
        assert!(tasks.iter().any(|task| fnv(0, task) % 2 != fnv(1, task) % 2));
    }
}
