//! Which way each signal points in these runs, and how clearly.

use serde_json::json;
use turnwise_policy::signals::{Origin, signal};

use super::{
    alarm::Side,
    finding::{Finding, Verdict, table},
    sign::Count,
    study::Study,
};

const CLAIM: &str = "directions";
const SOURCE: &str = "Same Signal 2605.18332, 413K agent traces";
const SAYS: &str =
    "the direction of a behavioural signal is no property of the signal: it differs between configurations";
/// How many signals are listed.
const LISTED: usize = 20;

struct Direction {
    name: String,
    /// The pairs of all configurations.
    count: Count,
    /// Whether they are of one task each: in none, some or all configurations.
    of_one_task: &'static str,
    /// Configurations in which a high value is clearly bad, and in which a low one is.
    sides: [usize; 2],
    costs: bool,
}

pub(super) fn examine(study: &Study<'_>) -> Finding {
    let mut directions: Vec<Direction> = study
        .signals
        .iter()
        .map(|(number, leanings)| {
            let name = study.recorded.signals[*number].clone();
            let counts = study.pairs.concordances(leanings);
            let sides = [Side::Above, Side::Below]
                .map(|side| counts.iter().filter(|(count, _)| count.clear_side() == Some(side)).count());
            let same = counts.iter().filter(|(_, same)| *same).count();
            let of_one_task = match same {
                0 => "no",
                same if same == counts.len() => "yes",
                _ => "some",
            };
            let costs = signal(&name).is_some_and(|signal| signal.origin == Origin::Model);
            Direction {
                name,
                count: counts.into_iter().map(|(count, _)| count).sum(),
                of_one_task,
                sides,
                costs,
            }
        })
        .collect();
    directions.retain(|direction| direction.count.pairs > 0);
    directions.sort_by(|one, other| strength(other).total_cmp(&strength(one)));
    let Some(first) = directions.first() else {
        return Finding::undecided(CLAIM, SOURCE, SAYS, "no signal differs from trial to trial");
    };
    let mut shown = table(&["signal", "failed one higher", "pairs", "of one task", "bad above / below"]);
    for direction in directions.iter().take(LISTED) {
        let share = direction.count.share();
        shown.row([
            if direction.costs { format!("{} *", direction.name) } else { direction.name.clone() },
            share.map_or("–".to_owned(), |share| {
                format!("{:.3} [{:.3}, {:.3}]", share.value, share.lo, share.hi)
            }),
            direction.count.pairs.to_string(),
            direction.of_one_task.to_owned(),
            format!("{} / {}", direction.sides[0], direction.sides[1]),
        ]);
    }
    let divided =
        directions.iter().filter(|direction| direction.sides[0] > 0 && direction.sides[1] > 0).count();
    let numbers = directions.iter().map(|direction| {
        json!({ "signal": direction.name, "failed_higher": direction.count.share(), "pairs": direction.count.pairs,
            "within_task": direction.of_one_task, "bad_above": direction.sides[0], "bad_below": direction.sides[1] })
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
            "{divided} of {} signals clearly point one way in some configurations and clearly the other way in others ({configurations} in all); `{}` tells most{mark}",
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
    direction.count.share().map_or(-1.0, |share| f64::max(share.lo - 0.5, 0.5 - share.hi))
}
