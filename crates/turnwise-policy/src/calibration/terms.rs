//! The terms on which a threshold is asked for.

use serde::{Deserialize, Serialize};

/// How a threshold comes from calibration runs. `delta` and `risk` are those of [`Terms`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The `ceil((n + 1) (1 - delta))`-th smallest of the `n` runs' extremes over their wrong looks.
    #[default]
    PerRun,
    /// The same over single looks, as LYNX publishes it: the promise is one for looks, not for runs. See
    /// [`PredictionSet`](super::PredictionSet).
    PerEvent,
    /// The least extreme that a share `delta` of runs exceeds with probability `risk` at most: a tolerance bound
    /// (papers2026.md §4.2).
    Pac,
    /// Learn-then-Test (arXiv 2110.01052) in fixed sequence, by exact binomial tests of the share of runs whose *first*
    /// firing is wrong, which may fall again as the threshold falls.
    Ltt,
    /// Conformal risk control (arXiv 2208.02814): the least threshold with `(sum of the losses + 1) / (n + 1) <= delta`. The loss of a
    /// run is the largest cost of a wrong look beyond the threshold. Where all cost 1, this is `PerRun`.
    Crc,
}

impl Method {
    /// The methods by their words; the first is the default.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("per_run", Self::PerRun),
        ("per_event", Self::PerEvent),
        ("pac", Self::Pac),
        ("ltt", Self::Ltt),
        ("crc", Self::Crc),
    ];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(_, method)| *method == self).map_or("", |(word, _)| word)
    }
}

/// What counts as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// A task with all its runs, of which the worst counts. Runs of one task share what makes it hard, so they are not
    /// exchangeable with a run of a new task: counted one by one they would pass for more than they are. The worst run of a
    /// task is at least as bad as one of its runs drawn at random, and that one is exchangeable with a run of a new task, so
    /// what is promised for tasks holds for single runs of new tasks too (papers2026.md §9.3).
    Task,
    /// A run.
    Run,
}

/// For whom the promise is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Among {
    /// For all runs. One that is nowhere fired at wrongly counts as kept, whatever the threshold.
    #[default]
    All,
    /// For those that have a look at which to fire is wrong, such as those that would be solved, where firing gives up.
    AtRisk,
}

/// The terms on which a threshold is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// The method.
    pub method: Method,
    /// The share of wrong firing that is put up with, in (0, 1).
    pub delta: f64,
    /// For [`Method::Pac`] and [`Method::Ltt`]: with which probability over calibration sets more than that may come, in (0, 1).
    pub risk: f64,
    /// What counts as one; `None`: see [`Calibration::by`](super::Calibration::by). A look counts for itself under
    /// [`Method::PerEvent`].
    pub by: Option<By>,
    /// For whom the promise is made.
    pub among: Among,
    /// For [`Method::PerRun`]: after how many runs or tasks one counts half as much. `None`: all count alike.
    pub half_life: Option<f64>,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            method: Method::default(),
            delta: 0.1,
            risk: 0.1,
            by: None,
            among: Among::All,
            half_life: None,
        }
    }
}
