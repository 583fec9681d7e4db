//! Material as data sets: which features a sample has, and what is to be predicted of it.

use turnwise_core::{Action, Cue, States};
use turnwise_learn::{
    Dataset, Layout, PLAIN_FACTS, Predicts, Run, Sample, Scalar, cue_row, cue_scalars, turn_row,
};
use turnwise_policy::signals;
use turnwise_store::Exit;

use super::material::{Material, Trial, Turn};
use crate::error::Failure;

/// The signals that are looked at where nobody names others: how far the attempt is, how sure the model was, what went wrong, what became
/// of the work, what it repeats, and which tests were seen passing.
const SIGNALS: [&str; 26] = [
    "turn_share",
    "turn_tokens",
    "prompt_tokens",
    "entropy",
    "logprob",
    "entropy_slope",
    "error_share",
    "error_streak",
    "action_repeat",
    "action_seen",
    "distinct_actions",
    "novelty",
    "revisits",
    "no_change",
    "changes",
    "churn",
    "backtracks",
    "tests_share",
    "tests_gain",
    "tested",
    "milestone",
    "phase",
    "phase_turns",
    "similarity_recent",
    "news",
    "spin",
];

/// Which features samples are to have.
#[derive(Clone, Debug)]
pub(super) struct Features {
    /// Whether hidden states are among them.
    pub(super) states: bool,
    /// The scalars of turns, by name; the usual ones where none is named.
    pub(super) scalars: Vec<String>,
}

impl Features {
    /// The layout of samples of turns.
    pub(super) fn of_turns(&self, material: &Material) -> Result<Layout, Failure> {
        let names: Vec<&str> = match self.scalars.as_slice() {
            [] => PLAIN_FACTS.into_iter().chain(SIGNALS).collect(),
            named => named.iter().map(String::as_str).collect(),
        };
        let scalars = names.into_iter().map(scalar).collect::<Result<_, _>>()?;
        let states =
            material.trials.iter().flat_map(|trial| &trial.turns).find_map(|turn| turn.states.as_ref());
        self.with_states(states, scalars)
    }

    /// The layout of samples of cues.
    pub(super) fn of_cues(&self, material: &Material) -> Result<Layout, Failure> {
        let cues = material.trials.iter().flat_map(|trial| &trial.turns).flat_map(|turn| &turn.cues);
        self.with_states(cues.into_iter().find_map(|(_, states)| states.as_ref()), cue_scalars())
    }

    fn with_states(&self, states: Option<&States>, scalars: Vec<Scalar>) -> Result<Layout, Failure> {
        match (self.states, states) {
            (false, _) => Ok(Layout { layers: Vec::new(), width: 0, scalars }),
            (true, Some(states)) => Ok(Layout { layers: states.layers().to_vec(), width: states.width(), scalars }),
            (true, None) => Err(Failure::Nothing {
                message: "no hidden states are stored of these runs; make them with `turnwise learn label RUN`, or leave \
                          them out with `--no-states`"
                    .to_owned(),
            }),
        }
    }
}

fn scalar(name: &str) -> Result<Scalar, Failure> {
    let version = match PLAIN_FACTS.contains(&name) {
        true => 1,
        false => signals::signal(name).map(|signal| signal.version).ok_or_else(|| unknown(name))?,
    };
    Ok(Scalar { name: name.to_owned(), version })
}

fn unknown(name: &str) -> Failure {
    let known: Vec<&str> =
        PLAIN_FACTS.into_iter().chain(signals::signals().map(|signal| signal.name)).collect();
    let nearest = known
        .iter()
        .max_by(|one, other| strsim::jaro_winkler(one, name).total_cmp(&strsim::jaro_winkler(other, name)));
    let advice = nearest.map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default();
    Failure::usage(format!("there is no signal `{name}`{advice}"))
}

/// The samples of a probe that predicts this.
pub(super) fn dataset(
    material: &Material,
    predicts: Predicts,
    features: &Features,
) -> Result<Dataset, Failure> {
    if predicts == Predicts::Think {
        let layout = features.of_cues(material)?;
        let runs = material.trials.iter().map(|trial| of_cues(&layout, trial)).collect();
        return Ok(Dataset { layout, runs });
    }
    let layout = features.of_turns(material)?;
    let runs = material.trials.iter().map(|trial| of_turns(&layout, trial, predicts)).collect();
    Ok(Dataset { layout, runs })
}

fn of_turns(layout: &Layout, trial: &Trial, predicts: Predicts) -> Run {
    let samples = trial.turns.iter().enumerate().filter_map(|(at, turn)| {
        let features = turn_row(layout, &turn.facts, turn.states.as_ref())?;
        let label = match predicts {
            Predicts::Pass | Predicts::Exit => turn.passes.filter(|_| !hands_in(turn)),
            Predicts::Hopeless => hopeless(trial, at).filter(|_| !hands_in(turn)),
            Predicts::Think => None,
        };
        Some(Sample { features, label, tokens: turn.computed })
    });
    Run { task: trial.task.clone(), samples: samples.collect(), outcome: trial.score }
}

/// A rule cannot act on the turn that hands in.
pub(super) fn hands_in(turn: &Turn) -> bool {
    turn.facts.action == Action::Submit
}

/// Whether a run will never pass from here on; `None` where a limit cut it before anybody could know.
pub(super) fn hopeless(trial: &Trial, at: usize) -> Option<bool> {
    let passes = trial.solved || trial.turns[at..].iter().any(|turn| turn.passes == Some(true));
    if passes { Some(false) } else { trial.by_itself.then_some(true) }
}

fn of_cues(layout: &Layout, trial: &Trial) -> Run {
    let samples = trial.turns.iter().flat_map(|turn| &turn.cues).filter_map(|(exit, states)| {
        let features = cue_row(layout, &cue(exit, states.as_ref()?))?;
        Some(Sample { features, label: exit.as_good, tokens: f64::from(exit.spent) })
    });
    Run { task: trial.task.clone(), samples: samples.collect(), outcome: trial.score }
}

/// A stored cue as a probe sees it live.
pub(super) fn cue<'a>(exit: &Exit, states: &'a States) -> Cue<'a> {
    Cue {
        nth: exit.nth,
        spent: exit.spent,
        entropy: exit.entropy.unwrap_or_default(),
        logprob: exit.logprob.unwrap_or_default(),
        states,
    }
}
