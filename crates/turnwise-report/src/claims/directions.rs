//! Which way each signal points in these runs, and how clearly.

use serde_json::json;
use turnwise_policy::signals::{Origin, signal};

use super::{
    alarm::Side,
    finding::{Finding, Verdict, table},
    sign::Count,
    study::Study,
};
use crate::stats::{Estimate, wilson};

const CLAIM: &str = "directions";
const SOURCE: &str = "Same Signal 2605.18332, 413K agent traces";
const SAYS: &str =
    "the direction of a behavioural signal is no property of the signal: it differs between configurations";
/// How many signals are listed.
const LISTED: usize = 20;

struct Direction {
    name: String,
    within: Count,
    across: Count,
    /// Configurations in which a high value is bad, and in which a low one is.
    sides: [usize; 2],
    costs: bool,
}

impl Direction {
    /// The pairs that say more: those of one task where there are any.
    fn count(&self) -> Count {
        if self.within.pairs > 0 { self.within } else { self.across }
    }

    fn share(&self) -> Option<Estimate> {
        let Count { above, pairs } = self.count();
        wilson(above as u64, pairs as u64)
    }
}

pub(super) fn examine(study: &Study<'_>) -> Finding {
    let mut directions: Vec<Direction> = study
        .signals
        .iter()
        .map(|(number, leanings)| {
            let name = study.recorded.signals[*number].clone();
            let [within, across] = study.pairs.concordance(leanings);
            let learned = study.pairs.sides_of_all(leanings);
            let sides = [Side::Above, Side::Below]
                .map(|side| learned.iter().filter(|found| **found == Some(side)).count());
            let costs = signal(&name).is_some_and(|signal| signal.origin == Origin::Model);
            Direction { name, within, across, sides, costs }
        })
        .collect();
    directions.sort_by(|one, other| strength(other).total_cmp(&strength(one)));
    let Some(first) = directions.first() else {
        return Finding::undecided(CLAIM, SOURCE, SAYS, "no signal differs from trial to trial");
    };
    let mut shown = table(&["signal", "failed one higher", "pairs", "of one task", "bad above / below"]);
    for direction in directions.iter().take(LISTED) {
        let share = direction.share();
        shown.row([
            if direction.costs { format!("{} *", direction.name) } else { direction.name.clone() },
            share.map_or("–".to_owned(), |share| {
                format!("{:.3} [{:.3}, {:.3}]", share.value, share.lo, share.hi)
            }),
            direction.count().pairs.to_string(),
            if direction.within.pairs > 0 { "yes" } else { "no" }.to_owned(),
            format!("{} / {}", direction.sides[0], direction.sides[1]),
        ]);
    }
    let divided =
        directions.iter().filter(|direction| direction.sides[0] > 0 && direction.sides[1] > 0).count();
    let numbers = directions.iter().map(|direction| {
        json!({ "signal": direction.name, "failed_higher": direction.share(), "pairs": direction.count().pairs,
            "within_task": direction.within.pairs > 0, "bad_above": direction.sides[0], "bad_below": direction.sides[1] })
    });
    let configurations = study.recorded.groups.len();
    let mark = if directions.iter().any(|direction| direction.costs) {
        ". Signals with * are made by a model; where the run did not record what that cost, it is not charged"
    } else {
        ". All of these are measured from recorded facts and cost no token"
    };
    Finding {
        claim: CLAIM,
        source: SOURCE,
        says: SAYS,
        found: format!(
            "{divided} of {} signals point one way in some configurations and the other way in others ({configurations} in all); `{}` tells most{mark}",
            directions.len(),
            first.name
        ),
        verdict: match () {
            () if configurations < 2 => Verdict::Undecided,
            () if 2 * divided > directions.len() => Verdict::Confirmed,
            () if divided == 0 => Verdict::Refuted,
            () => Verdict::Undecided,
        },
        numbers: numbers.collect(),
        table: Some(shown),
        picture: None,
    }
}

/// How far the nearer end of the interval is from a coin's.
fn strength(direction: &Direction) -> f64 {
    direction.share().map_or(-1.0, |share| f64::max(share.lo - 0.5, 0.5 - share.hi))
}
