//! What becomes of recorded runs where a threshold is obeyed.

use serde::Serialize;
use turnwise_learn::Predicts;
use turnwise_policy::quantile::per_run;
use turnwise_report::stats::{Estimate, wilson};

use crate::commands::learn::{datasets::hands_in, material::Trial};

/// A recorded run with a probe's scores on it.
pub(super) struct Looked<'t> {
    pub(super) trial: &'t Trial,
    /// A look for each turn, or for each cue of all turns.
    pub(super) looks: Vec<(f64, bool)>,
    pub(super) predicts: Predicts,
}

/// What becomes of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fate {
    /// Whether the promise is about this run.
    counts: bool,
    acted: bool,
    wrong: bool,
    solved: bool,
    /// Tokens shown and written, computed, and thought: of the whole run, and of those not spent.
    total: [f64; 3],
    saved: [f64; 3],
}

/// What becomes of all runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Outcome {
    /// Runs that the promise is about.
    pub(super) runs: u64,
    /// Runs that were acted on.
    pub(super) acted: u64,
    /// The share of those runs that were acted on wrongly.
    pub(super) wrong: Option<Estimate>,
    /// Runs recorded as solved, and solved where the threshold is obeyed.
    pub(super) solved_recorded: u64,
    pub(super) solved: u64,
    /// The shares of tokens shown and written, of those computed, and of those thought that are not spent.
    pub(super) saved_tokens: f64,
    pub(super) saved_computed: f64,
    pub(super) saved_thinking: f64,
}

impl Outcome {
    /// The outcome over runs, each with its fate.
    pub(super) fn of<'l, 't: 'l>(
        looked: impl Iterator<Item = &'l Looked<'t>>,
        fate: impl Fn(&Looked<'t>) -> Fate,
    ) -> Self {
        let (mut outcome, mut wrong) = (Self::default(), 0);
        let (mut total, mut saved) = ([0.0; 3], [0.0; 3]);
        for one in looked {
            let fate = fate(one);
            outcome.runs += u64::from(fate.counts);
            outcome.acted += u64::from(fate.acted);
            wrong += u64::from(fate.counts && fate.wrong);
            outcome.solved_recorded += u64::from(one.trial.solved);
            outcome.solved += u64::from(fate.solved);
            for kind in 0..3 {
                total[kind] += fate.total[kind];
                saved[kind] += fate.saved[kind];
            }
        }
        let share = |kind: usize| if total[kind] > 0.0 { saved[kind] / total[kind] } else { 0.0 };
        outcome.wrong = wilson(wrong, outcome.runs);
        (outcome.saved_tokens, outcome.saved_computed, outcome.saved_thinking) =
            (share(0), share(1), share(2));
        outcome
    }
}

impl Looked<'_> {
    /// What becomes of the run where the probe's first score above the threshold is obeyed: of turns it ends the run there, of cues it
    /// ends the thinking of that reply.
    pub(super) fn first(&self, threshold: f64) -> Fate {
        match self.predicts {
            Predicts::Think => self.thinks(threshold),
            Predicts::Pass | Predicts::Hopeless | Predicts::Exit => {
                let at = self.looks.iter().position(|(score, _)| *score > threshold);
                let wrong = at.is_some_and(|at| self.looks[at].1);
                self.ended(at, wrong)
            }
        }
    }

    /// What becomes of it where it may have no more turns than this.
    pub(super) fn capped(&self, cap: f64) -> Fate {
        let turns = &self.trial.turns;
        let at = turns.iter().position(|turn| f64::from(turn.facts.turn) >= cap && !hands_in(turn));
        let at = at.filter(|at| at + 1 < turns.len());
        let wrong = at.is_some_and(|at| self.trial.solved && turns[at].passes != Some(true));
        self.ended(at, wrong)
    }

    /// A run that ends behind a turn, or goes on as recorded.
    fn ended(&self, at: Option<usize>, wrong: bool) -> Fate {
        let mut fate = Fate { counts: self.counts(), acted: at.is_some(), wrong, ..Fate::default() };
        fate.solved = match at {
            Some(at) => self.trial.turns[at].passes == Some(true),
            None => self.trial.solved,
        };
        for (turn, spent) in self.trial.turns.iter().enumerate() {
            for (kind, tokens) in [spent.tokens, spent.computed, spent.thinking].into_iter().enumerate() {
                fate.total[kind] += tokens;
                fate.saved[kind] += if at.is_some_and(|at| turn > at) { tokens } else { 0.0 };
            }
        }
        fate
    }

    /// A run whose replies leave their thinking at their first cue above the threshold. Replayed, so what came after is taken to be as it
    /// was: the answer is said to be as good.
    fn thinks(&self, threshold: f64) -> Fate {
        let mut fate = Fate { counts: true, solved: self.trial.solved, ..Fate::default() };
        let mut looks = self.looks.iter();
        for turn in &self.trial.turns {
            for (kind, tokens) in [turn.tokens, turn.computed, turn.thinking].into_iter().enumerate() {
                fate.total[kind] += tokens;
            }
            let of_turn = looks.by_ref().take(turn.cues.len()).collect::<Vec<_>>();
            let Some(at) = of_turn.iter().position(|(score, _)| *score > threshold) else { continue };
            fate.acted = true;
            fate.wrong |= of_turn[at].1;
            let spared = f64::from(turn.cues[at].0.spared);
            fate.saved.iter_mut().for_each(|saved| *saved += spared);
        }
        fate
    }

    /// Whether the promise is about this run: to give up can only be wrong where a run is solved, and did not pass all along.
    fn counts(&self) -> bool {
        match self.predicts {
            Predicts::Hopeless => self.looks.iter().any(|(_, wrong)| *wrong),
            Predicts::Pass | Predicts::Exit | Predicts::Think => true,
        }
    }
}

/// The cap on turns that at most this share of solved runs exceeds, calibrated per run (papers2026.md §9.1).
pub(super) fn duration_cap(calibrate: &[Trial], delta: f64) -> f64 {
    // A solved run loses nothing once its work passes.
    let needed = calibrate.iter().filter(|trial| trial.solved).map(|trial| {
        let passing = trial.turns.iter().find(|turn| turn.passes == Some(true));
        f64::from(passing.or(trial.turns.last()).map_or(0, |turn| turn.facts.turn))
    });
    per_run(&needed.collect::<Vec<_>>(), delta)
}
