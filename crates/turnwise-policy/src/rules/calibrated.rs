//! Reads what a calibrated threshold is taken from: a `threshold` itself, the runs' extremes as `scores`, or whole `runs`, and on
//! which terms.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::{Node, Table, Value};

use super::{
    Finding, Keys, Say,
    bound::{Bound, one_of},
    keys::number,
    response::Side,
};
use crate::{
    PolicyError,
    calibration::{Among, By, Calibration, CalibrationRun, Event, Method, Terms},
    read,
};

/// A threshold with what it promises, and from which turn on scores are held against it. Of what it was taken from nothing
/// is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Calibrated {
    bound: Bound,
    /// What is promised; `None` where the threshold was given, or its terms are only the share `lost`, as ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    promise: Option<String>,
    /// The first turn on which it may fire.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    floor: u32,
}

/// The first turn.
fn first() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives it by reference")]
fn is_first(floor: &u32) -> bool {
    *floor == 1
}

/// What differs between the rules that read one.
pub(super) struct Reading<'a> {
    pub(super) signal: &'a str,
    pub(super) fires: Side,
    /// For whom the promise is made where nothing is said.
    pub(super) among: Among,
}

impl Calibrated {
    /// Reads `floor`, and `threshold`, or `scores` or `runs` with the terms.
    pub(super) fn read(table: &mut Table, reading: &Reading<'_>) -> Result<Self, PolicyError> {
        one_of(table, &["runs", "scores", "threshold"])?;
        let floor = table.count("floor", (1, u32::MAX), Some(1))?;
        let new = ["runs", "delta", "method"].iter().any(|key| table.peek(key).is_some());
        let terms = terms(table, reading.among)?;
        let runs = match table.numbers("scores")? {
            Some(scores) => extremes(table, &scores, &terms)?,
            None if table.peek("runs").is_some() => runs(table, floor)?,
            None => {
                let expected = "a number, or calibration `runs`, as the `file` of them has";
                let threshold = table.need("threshold", expected, number)?;
                return Ok(Self { bound: Bound::given(reading.fires, threshold), promise: None, floor });
            }
        };
        let calibration = Calibration { signal: reading.signal.to_owned(), fires: reading.fires, runs };
        let threshold = calibration.threshold(&terms);
        let bound = Bound::of(reading.fires, &threshold);
        Ok(Self { bound, promise: new.then_some(threshold.promise), floor })
    }

    /// Holds the score of a turn against it, unless it is too early for that.
    pub(super) fn find<E>(
        &self,
        facts: &TurnFacts,
        score: impl FnOnce() -> Result<f64, E>,
    ) -> Result<Finding, E> {
        if facts.turn < self.floor { Ok(Finding::nothing()) } else { Ok(self.bound.find(score()?)) }
    }

    /// Whether a score passes it, on whatever turn.
    pub(super) fn passes(&self, score: f64) -> bool {
        self.bound.find(score).say != Say::Continue
    }

    /// What must hold of `what` for an attempt to be stopped, in words that follow "stops an attempt".
    pub(super) fn explain(&self, what: &str) -> String {
        let from = if self.floor > 1 { format!(", from turn {} on,", self.floor) } else { String::new() };
        let promise = self.promise.as_ref().map(|promise| format!(" ({promise})")).unwrap_or_default();
        format!("stops an attempt{from} once {what} is {}{promise}", self.bound.explain())
    }
}

/// Reads `delta` or, as it was called first, `lost`; `method`, `risk`, `by`, `among` and `half_life`.
fn terms(table: &mut Table, among: Among) -> Result<Terms, PolicyError> {
    let contradiction = |what: String, advice: &str| PolicyError::Contradiction {
        place: table.place().clone(),
        what,
        advice: advice.to_owned(),
    };
    if let (Some(_), Some(_)) = (table.peek("delta"), table.peek("lost")) {
        let what = format!("`{}` and `{}` are both given", table.path_of("delta"), table.path_of("lost"));
        return Err(contradiction(what, "leave one out: both are the share that is put up with"));
    }
    let lost = table.share("lost", Some(Terms::default().delta))?;
    let delta = table.share("delta", Some(lost))?;
    let method = table.word("method", &Method::WORDS)?.unwrap_or_default();
    let risk = table.share("risk", Some(Terms::default().risk))?;
    let by = table.word("by", &[("task", By::Task), ("run", By::Run)])?;
    let among = table.word("among", &[("all", Among::All), ("at_risk", Among::AtRisk)])?.unwrap_or(among);
    let half_life = match table.peek("half_life").is_some() {
        true => Some(table.real("half_life", (f64::MIN_POSITIVE, f64::MAX), None)?),
        false => table.read("half_life", "", |_| None)?,
    };
    if half_life.is_some() && method != Method::PerRun {
        return Err(PolicyError::Contradiction {
            place: table.place().clone(),
            what: format!("`{}` is for the method \"per_run\"", table.path_of("half_life")),
            advice: format!("leave it out with the method \"{}\"", method.as_str()),
        });
    }
    Ok(Terms { method, delta, risk, by, among, half_life })
}

/// Runs of which only the extremes over wrong looks are known.
fn extremes(table: &Table, scores: &[f64], terms: &Terms) -> Result<Vec<CalibrationRun>, PolicyError> {
    if matches!(terms.method, Method::PerEvent | Method::Ltt) {
        return Err(PolicyError::Contradiction {
            place: table.place().clone(),
            what: format!(
                "the method \"{}\" looks at whole runs, and `{}` has one number of each",
                terms.method.as_str(),
                table.path_of("scores")
            ),
            advice: format!("give it `{}`, or another method", table.path_of("runs")),
        });
    }
    let run = |(at, score): (usize, &f64)| CalibrationRun::new(&at.to_string(), [(*score, true)]);
    Ok(scores.iter().enumerate().map(run).collect())
}

/// Reads `runs`, without the looks before the turn `floor`.
fn runs(table: &mut Table, floor: u32) -> Result<Vec<CalibrationRun>, PolicyError> {
    let early = usize::try_from(floor - 1).unwrap_or(usize::MAX);
    let tables = table.tables("runs")?;
    tables.into_iter().map(|run| read_run(run, early)).collect()
}

/// Reads `task`, `scores`, `wrong` and `costs` of a run.
fn read_run(mut table: Table, early: usize) -> Result<CalibrationRun, PolicyError> {
    let task = table.need("task", "the name of the run's task", read::text)?;
    let expected = "a list of numbers, one for each turn from the first, `nan` where there was none";
    let scores = table.need("scores", expected, |node| items(node, score))?;
    let many = scores.len();
    let expected = format!("a list of {many} times true or false, one for each of the scores");
    let wrong = table.need("wrong", &expected, |node| {
        items(node, truth).filter(|wrong: &Vec<bool>| wrong.len() == many)
    })?;
    let expected = format!("a list of {many} numbers from 0 to 1, one for each of the scores");
    let costs = table
        .read("costs", &expected, |node| items(node, share).filter(|costs: &Vec<f64>| costs.len() == many))?;
    table.close()?;
    let events = scores.into_iter().zip(wrong).map(|(score, wrong)| Event { score, wrong });
    let costs = costs.unwrap_or_default().into_iter().skip(early).collect();
    Ok(CalibrationRun { task, events: events.skip(early).collect(), costs })
}

/// A list whose items are all read by `read`.
fn items<T>(node: &Node, read: impl Fn(&Node) -> Option<T>) -> Option<Vec<T>> {
    let Value::List(items) = &node.value else { return None };
    items.iter().map(read).collect()
}

/// A number, or NaN where there was none.
fn score(node: &Node) -> Option<f64> {
    match node.value {
        Value::Real(number) if number.is_nan() => Some(number),
        Value::Real(_)
        | Value::Whole(_)
        | Value::Text(_)
        | Value::Flag(_)
        | Value::List(_)
        | Value::Table(_)
        | Value::Other(_) => number(node),
    }
}

/// `true` or 1, `false` or 0.
fn truth(node: &Node) -> Option<bool> {
    node.flag().or_else(|| match node.whole() {
        Some(0) => Some(false),
        Some(1) => Some(true),
        Some(_) | None => None,
    })
}

/// A number from 0 to 1.
fn share(node: &Node) -> Option<f64> {
    number(node).filter(|share| (0.0..=1.0).contains(share))
}
