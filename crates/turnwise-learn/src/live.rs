//! What was learned, at work in attempts, live and replayed.

use std::sync::Arc;

use turnwise_core::{Cue, CueProbe, Estimating, Estimator as Estimates, States, TurnFacts};

use crate::{
    Layout, Predicts, Probe, Scorer,
    features::{cue_row, signals, turn_row},
    progress::{Estimator, ProgressKind, Tracker},
};

/// The signals of progress: the estimated outcome given the turns so far, and the share of it that is credited to a turn.
pub const PROGRESS: [&str; 2] = ["progress", "attribution"];

impl Predicts {
    /// The signal that a probe of turns gives; `None` for one of cues, which gives none.
    pub fn signal(self) -> Option<&'static str> {
        match self {
            Self::Pass => Some("probe"),
            Self::Hopeless => Some("hopeless"),
            Self::Exit => Some("exit_hazard"),
            Self::Think => None,
        }
    }
}

impl Probe {
    /// The probe at work on turns; `None` for one of cues.
    pub fn estimator(&self) -> Option<Arc<dyn Estimates>> {
        let gives = self.card().predicts.signal()?;
        Some(Arc::new(TurnProbe { probe: self.clone(), gives }))
    }

    /// The probe at work on cues; `None` for one of turns.
    pub fn cue_probe(&self) -> Option<Arc<dyn CueProbe>> {
        let is_of_cues = self.card().predicts == Predicts::Think;
        is_of_cues.then(|| Arc::new(Cues(self.clone())) as Arc<dyn CueProbe>)
    }
}

#[derive(Debug)]
struct TurnProbe {
    probe: Probe,
    gives: &'static str,
}

impl Estimates for TurnProbe {
    fn hash(&self) -> &str {
        self.probe.hash()
    }

    fn model_hash(&self) -> &str {
        &self.probe.card().made_for.model_hash
    }

    fn layers(&self) -> &[usize] {
        &self.probe.card().layout.layers
    }

    fn needs(&self) -> Vec<String> {
        signals(&self.probe.card().layout)
    }

    fn gives(&self) -> Vec<String> {
        vec![self.gives.to_owned()]
    }

    fn remembers(&self) -> bool {
        self.probe.remembers()
    }

    fn begin(&self) -> Box<dyn Estimating> {
        let layout = self.probe.card().layout.clone();
        Box::new(Scoring { layout, scorer: self.probe.begin(), gives: self.gives })
    }
}

#[derive(Debug)]
struct Scoring {
    layout: Layout,
    scorer: Scorer,
    gives: &'static str,
}

impl Estimating for Scoring {
    fn look(&mut self, facts: &TurnFacts, states: Option<&States>) -> Vec<(String, f64)> {
        let row = turn_row(&self.layout, facts, states);
        row.map(|row| (self.gives.to_owned(), self.scorer.score(&row))).into_iter().collect()
    }
}

#[derive(Debug)]
struct Cues(Probe);

impl CueProbe for Cues {
    fn hash(&self) -> &str {
        self.0.hash()
    }

    fn model_hash(&self) -> &str {
        &self.0.card().made_for.model_hash
    }

    fn layers(&self) -> &[usize] {
        &self.0.card().layout.layers
    }

    fn score(&self, cue: &Cue<'_>) -> Option<f64> {
        cue_row(&self.0.card().layout, cue).map(|row| self.0.begin().score(&row))
    }
}

impl Estimator {
    /// The estimator at work on turns.
    pub fn estimator(&self) -> Arc<dyn Estimates> {
        Arc::new(TurnProgress { hash: self.hash(), estimator: self.clone() })
    }
}

#[derive(Debug)]
struct TurnProgress {
    estimator: Estimator,
    hash: String,
}

impl Estimates for TurnProgress {
    fn hash(&self) -> &str {
        &self.hash
    }

    fn model_hash(&self) -> &str {
        &self.estimator.made_for().model_hash
    }

    fn layers(&self) -> &[usize] {
        &self.estimator.layout().layers
    }

    fn needs(&self) -> Vec<String> {
        signals(self.estimator.layout())
    }

    fn gives(&self) -> Vec<String> {
        PROGRESS.map(str::to_owned).to_vec()
    }

    fn remembers(&self) -> bool {
        self.estimator.kind() == ProgressKind::Transformer
    }

    fn begin(&self) -> Box<dyn Estimating> {
        Box::new(Crediting {
            layout: self.estimator.layout().clone(),
            tracker: self.estimator.begin(),
            sum: 0.0,
        })
    }
}

#[derive(Debug)]
struct Crediting {
    layout: Layout,
    tracker: Tracker,
    sum: f64,
}

impl Estimating for Crediting {
    /// A turn whose states are missing keeps the credit that is recorded of it, so that the sum goes on.
    fn look(&mut self, facts: &TurnFacts, states: Option<&States>) -> Vec<(String, f64)> {
        let [progress, attribution] = PROGRESS;
        let credit = match turn_row(&self.layout, facts, states) {
            Some(row) => Some(self.tracker.credit(&row)),
            None => facts.signal(attribution),
        };
        self.sum += credit.unwrap_or(0.0);
        let numbers =
            credit.map(|credit| [(progress.to_owned(), self.sum), (attribution.to_owned(), credit)]);
        numbers.into_iter().flatten().collect()
    }
}
