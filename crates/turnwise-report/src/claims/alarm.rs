//! The score that a monitor holds against its threshold, turn by turn, with the threshold still open: once the score
//! has passed a threshold the monitor has fired, so the highest score so far is all that matters.
//!
//! The last turn of a trial has no score: a stop there would come after the end and is neither a detection nor a false
//! abort.

use super::recorded::{Recorded, Trial};

/// How often a threshold must be passed, as in the rule `monitor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum When {
    Any,
    /// So often so far.
    Count(usize),
    /// So often in a row.
    Sustained(usize),
}

impl When {
    pub(super) const ALL: [Self; 3] = [Self::Any, Self::Count(3), Self::Sustained(3)];
}

impl std::fmt::Display for When {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::Count(times) => write!(f, "count {times}"),
            Self::Sustained(times) => write!(f, "sustained {times}"),
        }
    }
}

/// On which side of its threshold a signal is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Above,
    Below,
}

/// What a monitor looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Watched {
    /// The number of the turn: the cap on duration that every other monitor must beat.
    Duration,
    /// A signal by its number.
    Signal(usize),
}

/// A monitor without its threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Monitor {
    pub(super) watched: Watched,
    pub(super) when: When,
}

impl Monitor {
    pub(super) const DURATION: Self = Self { watched: Watched::Duration, when: When::Any };

    pub(super) fn name(&self, recorded: &Recorded) -> String {
        match self.watched {
            Watched::Duration => "duration cap".to_owned(),
            Watched::Signal(signal) => format!("{}, {}", recorded.signals[signal], self.when),
        }
    }

    /// The raw score after each turn but the last: what is passed when this is above the threshold.
    pub(super) fn scores(&self, recorded: &Recorded, trial: &Trial, side: Side) -> Vec<f32> {
        let turns = trial.turns - 1;
        let Watched::Signal(signal) = self.watched else {
            return (1..=turns).map(single).collect();
        };
        let values = recorded.values(signal, trial).iter().take(turns);
        let turned = values.map(|value| if side == Side::Above { *value } else { -*value });
        match self.when {
            When::Any => turned.collect(),
            When::Count(times) => counted(turned, times),
            When::Sustained(times) => sustained(turned, times),
        }
    }
}

/// The `times`-th highest value so far. A turn without a value has NaN.
fn counted(values: impl Iterator<Item = f32>, times: usize) -> Vec<f32> {
    let mut highest: Vec<f32> = Vec::new();
    values
        .map(|value| {
            if value.is_nan() {
                return value;
            }
            let place = highest.partition_point(|other| *other > value);
            highest.insert(place, value);
            highest.truncate(times);
            highest.get(times - 1).copied().unwrap_or(f32::NAN)
        })
        .collect()
}

/// The least of the last `times` values. A turn without a value neither counts nor breaks the row.
fn sustained(values: impl Iterator<Item = f32>, times: usize) -> Vec<f32> {
    let mut last: Vec<f32> = Vec::new();
    values
        .map(|value| {
            if value.is_nan() {
                return value;
            }
            last.push(value);
            if last.len() < times {
                return f32::NAN;
            }
            last[last.len() - times..].iter().copied().fold(f32::INFINITY, f32::min)
        })
        .collect()
}

/// A number of turns as a score.
#[expect(clippy::cast_precision_loss, reason = "nobody records 2^24 turns of a trial")]
pub(super) fn single(turn: usize) -> f32 {
    turn as f32
}

/// The highest score so far, after each turn of each trial but its last.
#[derive(Clone, Debug)]
pub(super) struct Peaks {
    peaks: Vec<f32>,
}

impl Peaks {
    pub(super) fn new(recorded: &Recorded, monitor: Monitor, side: Side) -> Self {
        let mut peaks = Vec::with_capacity(recorded.turns());
        for trial in &recorded.trials {
            let mut peak = f32::NEG_INFINITY;
            for score in monitor.scores(recorded, trial, side) {
                peak = peak.max(score);
                peaks.push(peak);
            }
            peaks.push(peak);
        }
        Self { peaks }
    }

    fn of(&self, trial: &Trial) -> &[f32] {
        &self.peaks[trial.start..trial.start + trial.turns - 1]
    }

    /// The highest score of a trial; less than any threshold where there is none.
    pub(super) fn top(&self, trial: &Trial) -> f64 {
        self.of(trial).last().map_or(f64::NEG_INFINITY, |peak| f64::from(*peak))
    }

    /// The turn after which a trial is stopped, if it is.
    pub(super) fn fires(&self, trial: &Trial, threshold: f64) -> Option<usize> {
        let peaks = self.of(trial);
        let before = peaks.partition_point(|peak| f64::from(*peak) <= threshold);
        (before < peaks.len()).then_some(before + 1)
    }
}

/// The scores of a monitor for either side, as which one is bad differs between configurations.
#[derive(Clone, Debug)]
pub(super) struct Alarm {
    above: Peaks,
    /// Of what is only ever bad above there is no other side.
    below: Option<Peaks>,
}

impl Alarm {
    pub(super) fn new(recorded: &Recorded, monitor: Monitor) -> Self {
        let turned = monitor.watched != Watched::Duration;
        Self {
            above: Peaks::new(recorded, monitor, Side::Above),
            below: turned.then(|| Peaks::new(recorded, monitor, Side::Below)),
        }
    }

    fn on(&self, side: Option<Side>) -> Option<&Peaks> {
        match side? {
            Side::Above => Some(&self.above),
            Side::Below => self.below.as_ref(),
        }
    }

    /// The highest score of a trial, where a side was learned.
    pub(super) fn top(&self, trial: &Trial, side: Option<Side>) -> f64 {
        self.on(side).map_or(f64::NEG_INFINITY, |peaks| peaks.top(trial))
    }

    /// The turn after which a trial is stopped, if it is.
    pub(super) fn fires(&self, trial: &Trial, side: Option<Side>, threshold: f64) -> Option<usize> {
        self.on(side)?.fires(trial, threshold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::recorded::Observed;

    fn one_trial(values: &[f32]) -> Recorded {
        let mut recorded = Recorded::new(vec!["errors".to_owned()]);
        let values: Vec<Vec<f32>> = values.iter().map(|value| vec![*value]).collect();
        recorded.add(Observed {
            task: "t".to_owned(),
            configuration: "c".to_owned(),
            limit: None,
            solved: Some(false),
            ending: None,
            tokens: None,
            values: &values,
        });
        recorded
    }

    #[test]
    fn a_monitor_fires_where_the_rule_of_that_name_would() {
        let recorded = one_trial(&[0.9, 0.1, f32::NAN, 0.9, 0.8, 0.7, 0.0]);
        let trial = &recorded.trials[0];
        let fires = |when, threshold| {
            let monitor = Monitor { watched: Watched::Signal(0), when };
            Peaks::new(&recorded, monitor, Side::Above).fires(trial, threshold)
        };
        assert_eq!(fires(When::Any, 0.5), Some(1));
        assert_eq!(fires(When::Any, 0.9), None);
        assert_eq!(fires(When::Count(3), 0.5), Some(5));
        assert_eq!(fires(When::Sustained(3), 0.5), Some(6));
        assert_eq!(fires(When::Sustained(3), 0.7), None);
        let any = Monitor { watched: Watched::Signal(0), when: When::Any };
        let below = Peaks::new(&recorded, any, Side::Below);
        // The last turn does not count: 0.1 is the least before it.
        assert_eq!((below.fires(trial, -0.5), f64::from(-0.1_f32)), (Some(2), below.top(trial)));
    }

    #[test]
    fn a_cap_on_duration_stops_who_goes_on_after_it() {
        let recorded = one_trial(&[0.0; 5]);
        let peaks = Peaks::new(&recorded, Monitor::DURATION, Side::Above);
        let trial = &recorded.trials[0];
        assert_eq!(
            (peaks.fires(trial, 3.0), peaks.fires(trial, 4.0), peaks.top(trial)),
            (Some(4), None, 4.0)
        );
    }
}
