//! A tight limit only for tasks that the model solves often enough, and a loose one for the others:
//! GRPO-lambda's gate (arXiv
//! 2505.18086; papers.md A20), which keeps budgets from getting shorter and shorter until nothing is solved.

use serde::Serialize;
use turnwise_toml::Table;

use super::{Limited, Source, TurnCount, turn_count};
use crate::{PolicyError, TurnBudget, rules::Keys};

/// A tight limit where the solve rate allows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Gated {
    tight: TurnCount,
    loose: TurnCount,
    /// The least share of solved trials of a task.
    solve_rate: f64,
}

impl Gated {
    pub(super) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let place = table.place().clone();
        let (tight, loose) = (turn_count(table, "tight")?, turn_count(table, "loose")?);
        let solve_rate = table.real("solve_rate", (0.0, 1.0), Some(0.5))?;
        let upside_down = match (tight, loose) {
            (TurnCount::Turns(tight), TurnCount::Turns(loose)) => tight > loose,
            (TurnCount::Percentile(tight), TurnCount::Percentile(loose)) => tight > loose,
            (TurnCount::Turns(_), TurnCount::Percentile(_))
            | (TurnCount::Percentile(_), TurnCount::Turns(_)) => false,
        };
        if upside_down {
            return Err(PolicyError::Contradiction {
                place,
                what: format!("`budget.tight` is {tight} and `budget.loose` is {loose}"),
                advice: "swap them: the tight limit is the lower one".to_owned(),
            });
        }
        Ok(Self { tight, loose, solve_rate })
    }
}

impl Limited for Gated {
    fn origin(&self) -> (String, Option<String>) {
        (
            format!(
                "{} where {} of the task's trials are solved, else {}",
                self.tight, self.solve_rate, self.loose
            ),
            None,
        )
    }

    fn needs_baseline(&self) -> bool {
        true
    }

    fn resolve(&self, source: &Source<'_>) -> Result<TurnBudget, PolicyError> {
        let (tight, loose) = (self.tight.resolve(source)?, self.loose.resolve(source)?);
        let rates = source.baseline.solve_rates().into_iter();
        let often = rates.filter(|(_, rate)| *rate >= self.solve_rate);
        let tasks = often.map(|(task, _)| (task.to_owned(), tight.min(loose))).collect();
        Ok(TurnBudget { tasks, ..TurnBudget::of(loose) })
    }

    fn explain(&self) -> Vec<String> {
        vec![format!(
            "An attempt has {} if at least {} of the unlimited trials of its task were solved, else {}.",
            self.tight.in_words(),
            self.solve_rate,
            self.loose.in_words()
        )]
    }
}
