//! A cascade of judges, cheap ones first: each decides where its score lies outside its window and passes on
//! what lies within. Window-based cascades (arXiv 2303.08010; papers.md A11): the window is the quantiles +-10
//! % around the threshold of the final decision. A judge whose signal is not there when it is asked makes the
//! rule abstain.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Say, Settings, Watcher, need, response::Side};
use crate::PolicyError;

/// The rule's settings. It remembers nothing: the signals count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct JudgeCascade {
    fires: Side,
    stages: Vec<Stage>,
}

/// One judge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Stage {
    signal: String,
    /// The window within which the next judge is asked.
    low: f64,
    high: f64,
}

impl JudgeCascade {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let fires = Side::read(table)?;
        let tables = table.tables("stage")?;
        let stages: Vec<Stage> = tables.into_iter().map(Stage::read).collect::<Result<_, _>>()?;
        if stages.is_empty() {
            let (place, what) = (table.place().clone(), "`judge_cascade` has no judges".to_owned());
            let advice = "give it one or more tables, each headed `[[judge_cascade.stage]]`".to_owned();
            return Err(PolicyError::Contradiction { place, what, advice });
        }
        Ok(Self { fires, stages })
    }
}

impl Stage {
    fn read(mut table: Table) -> Result<Self, PolicyError> {
        let low = table.real("low", (f64::MIN, f64::MAX), None)?;
        let stage = Self {
            signal: table.signal("signal", None)?,
            low,
            high: table.real("high", (low, f64::MAX), Some(low))?,
        };
        table.close()?;
        Ok(stage)
    }
}

impl Settings for JudgeCascade {
    fn name(&self) -> &'static str {
        "judge_cascade"
    }

    fn needs(&self) -> Vec<String> {
        self.stages.iter().map(|stage| stage.signal.clone()).collect()
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(self.clone())
    }

    fn explain(&self) -> String {
        let judges: Vec<String> = self.stages.iter().map(|stage| format!("`{}`", stage.signal)).collect();
        format!(
            "stops an attempt when the first judge that is sure says so: signals {}",
            judges.join(", then ")
        )
    }
}

impl Watcher for JudgeCascade {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let mut found = Finding::nothing();
        for stage in &self.stages {
            let score = need(facts, &stage.signal)?;
            let (yes, no) = match self.fires {
                Side::Above => (score > stage.high, score < stage.low),
                Side::Below => (score < stage.low, score > stage.high),
            };
            let edge = if self.fires == Side::Above { stage.high } else { stage.low };
            found = Finding::of(score, edge);
            if yes || no {
                return Ok(found.and(|| yes.then_some(Say::Stop)));
            }
        }
        // The last one was not sure either.
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{Turn, said, scores};

    #[test]
    fn only_what_lies_in_the_window_goes_to_the_next_judge() {
        let rule = "[judge_cascade]\nfires = 'above'\n[[judge_cascade.stage]]\nsignal = 'probe'\nlow = 0.4\nhigh = 0.8\n\
                    [[judge_cascade.stage]]\nsignal = 'judge'\nlow = 0.5";
        let at = |probe, judge| -> Turn<'_> { vec![("probe", probe), ("judge", judge)] };
        let turns = [at(0.3, 0.9), at(0.6, 0.4), at(0.6, 0.6), at(0.9, 0.1), vec![("probe", 0.6)]];
        assert_eq!(said(rule, &turns), "--SS?");
        assert_eq!(scores(rule, &turns[..4]), [0.3, 0.4, 0.6, 0.9]);
    }
}
