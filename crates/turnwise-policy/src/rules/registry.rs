//! Every rule there is. Their order here is the one in which messages list them.

use serde::{Deserialize, Serialize};
use turnwise_toml::Table;

use super::{
    Settings, alternation::Alternation, barrier::Barrier, checkpoints::Checkpoints,
    confidence_nudge::ConfidenceNudge, conformal::Conformal, density_ratio::DensityRatio, drift::Drift,
    duration::Duration, early_warning::EarlyWarning, entropy_band::EntropyBand,
    falling_likelihood::FallingLikelihood, give_up::GiveUp, interval::Interval, judge_cascade::JudgeCascade,
    monitor::Monitor, no_change::NoChange, phase_budget::PhaseBudget, prefix::Prefix,
    progress_stop::ProgressStop, q_exit::QExit, reminder::Reminder, repeat::Repeat, restart::Restart,
    same_error::SameError, saturation::Saturation, sched::Sched, spinning::Spinning,
    step_quality::StepQuality, submit_now::SubmitNow, trial_answer::TrialAnswer, two_sided::TwoSided,
};
use crate::PolicyError;

macro_rules! registry {
    ($($name:literal $kind:ident),* $(,)?) => {
        /// The settings of a rule, by what it looks at.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub(crate) enum RuleKind {
            $(
                #[doc = concat!("See [`", stringify!($kind), "`].")]
                #[serde(rename = $name)]
                $kind($kind)
            ),*
        }

        /// The names of the rules: the tables of a policy file.
        pub(crate) const NAMES: &[&str] = &[$($name),*];

        impl RuleKind {
            /// Reads the table of the rule called `name`.
            pub(super) fn read(name: &str, table: &mut Table) -> Result<Self, PolicyError> {
                match name {
                    $($name => $kind::read(table).map(Self::$kind),)*
                    // `name` is one of `NAMES`.
                    _ => Repeat::read(table).map(Self::Repeat),
                }
            }

            /// The settings.
            pub(crate) fn settings(&self) -> &dyn Settings {
                match self {
                    $(Self::$kind(settings) => settings),*
                }
            }

            /// The settings, to fill in numbers.
            pub(crate) fn settings_mut(&mut self) -> &mut dyn Settings {
                match self {
                    $(Self::$kind(settings) => settings),*
                }
            }
        }
    };
}

registry! {
    // Stuck.
    "repeat" Repeat,
    "alternation" Alternation,
    "same_error" SameError,
    "no_change" NoChange,
    "spinning" Spinning,
    "phase_budget" PhaseBudget,
    "saturation" Saturation,
    // Drift.
    "drift" Drift,
    "reminder" Reminder,
    "entropy_band" EntropyBand,
    "step_quality" StepQuality,
    "falling_likelihood" FallingLikelihood,
    "early_warning" EarlyWarning,
    // Confidence.
    "sched" Sched,
    "q_exit" QExit,
    "trial_answer" TrialAnswer,
    "judge_cascade" JudgeCascade,
    "prefix" Prefix,
    "conformal" Conformal,
    "submit_now" SubmitNow,
    "give_up" GiveUp,
    "progress_stop" ProgressStop,
    // Calibrated to a rate of false aborts.
    "duration" Duration,
    "monitor" Monitor,
    "density_ratio" DensityRatio,
    "checkpoints" Checkpoints,
    "two_sided" TwoSided,
    // That act other than by stopping.
    "confidence_nudge" ConfidenceNudge,
    "restart" Restart,
    "interval" Interval,
    "barrier" Barrier,
}
