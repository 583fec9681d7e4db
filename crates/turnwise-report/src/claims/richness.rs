//! How much richer the words of solved trials are, once their length is accounted for.

use serde_json::json;
use turnwise_policy::signals::names;

use super::{
    finding::{Finding, Verdict},
    study::Study,
};
use crate::stats::nearest_rank;

const CLAIM: &str = "richness";
const SOURCE: &str = "Thakur";
const SAYS: &str = "solved trials have the richer vocabulary at matched length (d = .59)";
const CLAIMED: f64 = 0.59;
/// Trials are compared within fifths of length.
const FIFTHS: [u32; 4] = [20, 40, 60, 80];
const FEWEST: usize = 20;

struct Thought {
    task: usize,
    fifth: usize,
    solved: bool,
    richness: f64,
}

pub(super) fn examine(study: &Study<'_>) -> Finding {
    let recorded = study.recorded;
    let Some(signal) = recorded.signal(names::RICHNESS) else {
        return Finding::undecided(CLAIM, SOURCE, SAYS, "no trial recorded 50 words of thought");
    };
    let lengths: Vec<usize> = recorded.trials.iter().map(|trial| trial.turns).collect();
    let bounds: Vec<usize> = FIFTHS.iter().filter_map(|percent| nearest_rank(&lengths, *percent)).collect();
    let thoughts: Vec<Thought> = recorded
        .trials
        .iter()
        .filter_map(|trial| {
            let richness = f64::from(recorded.value_after(signal, trial, trial.turns)?);
            let fifth = bounds.iter().filter(|bound| trial.turns > **bound).count();
            Some(Thought { task: trial.task, fifth, solved: trial.solved, richness })
        })
        .collect();
    let solved = thoughts.iter().filter(|thought| thought.solved).count();
    if solved < FEWEST || thoughts.len() - solved < FEWEST {
        let why = format!(
            "{solved} solved and {} failed trials have 50 words of thought; it takes {FEWEST} of each",
            thoughts.len() - solved
        );
        return Finding::undecided(CLAIM, SOURCE, SAYS, why);
    }
    let Some(d) = study.draws.estimate(|times| effect(&thoughts, times)) else {
        return Finding::undecided(CLAIM, SOURCE, SAYS, "no fifth of length has solved and failed trials");
    };
    Finding {
        claim: CLAIM,
        source: SOURCE,
        says: SAYS,
        found: format!(
            "within fifths of length d = {:.2} [{:.2}, {:.2}] over {} trials, by the last 400 words{}",
            d.value,
            d.lo,
            d.hi,
            thoughts.len(),
            if d.lo > 0.0 && d.hi < CLAIMED { ": richer, but by less than claimed" } else { "" }
        ),
        verdict: match () {
            () if d.lo > 0.0 => Verdict::Confirmed,
            () if d.hi < 0.0 => Verdict::Refuted,
            () => Verdict::Undecided,
        },
        numbers: json!({ "trials": thoughts.len(), "d": d }),
        table: None,
        picture: None,
    }
}

/// Cohen's d of solved less failed, within fifths of length: the mean of their differences, weighted as the harmonic mean
/// of the counts, over the common standard deviation.
fn effect(thoughts: &[Thought], times: &[u8]) -> Option<f64> {
    // By fifth and outcome: count, sum, sum of squares.
    let mut sums = [[[0.0; 3]; 2]; FIFTHS.len() + 1];
    for thought in thoughts {
        let times = f64::from(times[thought.task]);
        let cell = &mut sums[thought.fifth][usize::from(thought.solved)];
        cell[0] += times;
        cell[1] += times * thought.richness;
        cell[2] += times * thought.richness * thought.richness;
    }
    let (mut above, mut weights, mut squares, mut freedom) = (0.0, 0.0, 0.0, 0.0);
    for [failed, solved] in sums {
        if failed[0] < 1.0 || solved[0] < 1.0 {
            continue;
        }
        let weight = failed[0] * solved[0] / (failed[0] + solved[0]);
        above += weight * (solved[1] / solved[0] - failed[1] / failed[0]);
        weights += weight;
        for cell in [failed, solved] {
            squares += cell[2] - cell[1] * cell[1] / cell[0];
            freedom += cell[0] - 1.0;
        }
    }
    (weights > 0.0 && freedom > 0.0 && squares > 0.0).then(|| above / weights / (squares / freedom).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_effect_is_within_fifths() {
        let thought = |fifth, solved, richness| Thought { task: 0, fifth, solved, richness };
        // In either fifth solved ones are 2 higher, the standard deviation is sqrt(2).
        let thoughts = [
            thought(0, true, 3.0),
            thought(0, true, 5.0),
            thought(0, false, 1.0),
            thought(0, false, 3.0),
            thought(4, true, 13.0),
            thought(4, true, 15.0),
            thought(4, false, 11.0),
            thought(4, false, 13.0),
        ];
        assert!((effect(&thoughts, &[1]).unwrap() - 2.0 / 2.0_f64.sqrt()).abs() < 1e-12);
    }
}
