//! From which turn on a prediction is worth anything: how well the best single signal, as it stands after a fixed turn,
//! tells trials that will fail from those that will be solved, among trials that are still going on.
//!
//! Signal and side are chosen on one half of the tasks and judged on the other.

use serde_json::json;

use super::{
    finding::{Finding, Verdict, table},
    ranked::{Item, Ranked},
    study::{Study, in_parallel},
    text::bar_line,
};

const CLAIM: &str = "early-signal";
const SOURCE: &str = "Averta, AgentStop 2605.15206, 413K agent traces";
const SAYS: &str = "outcome shows from about turn 5, best around turn 10 (AUROC .6 to .7)";
/// The turns that are looked at.
const TURNS: [usize; 13] = [1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 75, 100];
/// With fewer trials of either outcome still going on, a turn is not looked at.
const FEWEST: usize = 20;

/// What was found after a turn.
struct After {
    turn: usize,
    trials: usize,
    solved: usize,
    area: f64,
    half: f64,
    signal: String,
}

impl After {
    /// Whether the interval lies above a coin's.
    fn tells(&self) -> bool {
        self.area - self.half > 0.5
    }
}

pub(super) fn examine(study: &Study<'_>) -> Finding {
    let after: Vec<After> = TURNS.iter().filter_map(|turn| after(study, *turn)).collect();
    let Some(best) = after.iter().max_by(|one, other| one.area.total_cmp(&other.area)) else {
        let why = format!("no turn leaves {FEWEST} solved and {FEWEST} failed trials that go on");
        return Finding::undecided(CLAIM, SOURCE, SAYS, why);
    };
    let first = after.iter().find(|after| after.tells());
    let mut shown = table(&["after turn", "going on", "solved", "AUROC", "95 %", "signal chosen most"]);
    let mut picture = String::new();
    for after in &after {
        let (lo, hi) = (after.area - after.half, after.area + after.half);
        shown.row([
            after.turn.to_string(),
            after.trials.to_string(),
            after.solved.to_string(),
            format!("{:.3}", after.area),
            format!("{lo:.3} to {hi:.3}"),
            after.signal.clone(),
        ]);
        picture.push_str(&bar_line(
            &format!("turn {:>3}", after.turn),
            2.0 * (after.area - 0.5),
            &format!("{:.2}", after.area),
        ));
    }
    let found = match first {
        Some(first) => format!(
            "first above chance after turn {} (AUROC {:.3} ± {:.3}), best after turn {} ({:.3} ± {:.3}), by one signal chosen \
             on the other half",
            first.turn, first.area, first.half, best.turn, best.area, best.half
        ),
        None => format!(
            "above chance after no turn; best after turn {} ({:.3} ± {:.3})",
            best.turn, best.area, best.half
        ),
    };
    let long_enough = after.iter().any(|after| after.turn >= 10);
    let verdict = match first {
        Some(first) if first.turn <= 5 && long_enough && (5..=20).contains(&best.turn) => Verdict::Confirmed,
        Some(first) if first.turn > 10 => Verdict::Refuted,
        None if long_enough && best.area + best.half < 0.6 => Verdict::Refuted,
        Some(_) if long_enough && best.turn > 20 => Verdict::Refuted,
        _ => Verdict::Undecided,
    };
    let numbers = after.iter().map(|after| {
        json!({ "turn": after.turn, "trials": after.trials, "solved": after.solved, "auroc": after.area,
            "lo": after.area - after.half, "hi": after.area + after.half, "signal": after.signal })
    });
    Finding {
        claim: CLAIM,
        source: SOURCE,
        says: SAYS,
        found,
        verdict,
        numbers: numbers.collect(),
        table: Some(shown),
        picture: Some(picture),
    }
}

fn after(study: &Study<'_>, turn: usize) -> Option<After> {
    let recorded = study.recorded;
    let going: Vec<_> = recorded.trials.iter().filter(|trial| trial.turns > turn).collect();
    let solved = going.iter().filter(|trial| trial.solved).count();
    if solved < FEWEST || going.len() - solved < FEWEST {
        return None;
    }
    let signals: Vec<(usize, Ranked)> = in_parallel(&study.signals, |(signal, _)| {
        let items = going.iter().map(|trial| Item {
            group: trial.group,
            task: trial.task,
            // What is absent is in the middle of nothing: below all, alike for everyone.
            score: recorded.value_after(*signal, trial, turn).map_or(f64::NEG_INFINITY, f64::from),
            solved: trial.solved,
        });
        (*signal, Ranked::new(items.collect()))
    });
    let judged: Vec<(f64, usize)> = study
        .splits
        .iter()
        .filter_map(|halves| {
            let home = |task| f64::from(u8::from(!halves.is_held_out(task)));
            let away = |task| f64::from(u8::from(halves.is_held_out(task)));
            let learned = signals
                .iter()
                .filter_map(|(signal, ranked)| Some((*signal, ranked, ranked.failed_higher(home)?)));
            let (signal, ranked, area) =
                learned.max_by(|one, other| (one.2 - 0.5).abs().total_cmp(&(other.2 - 0.5).abs()))?;
            let held_out = ranked.failed_higher(away)?;
            Some((if area >= 0.5 { held_out } else { 1.0 - held_out }, signal))
        })
        .collect();
    let area = judged.iter().map(|(area, _)| area).sum::<f64>() / judged.len().max(1) as f64;
    if judged.is_empty() {
        return None;
    }
    let times = |signal: usize| judged.iter().filter(|(_, chosen)| *chosen == signal).count();
    let most = judged
        .iter()
        .map(|(_, signal)| *signal)
        .max_by_key(|signal| (times(*signal), std::cmp::Reverse(*signal)))?;
    let halves = (solved as f64 / 2.0, (going.len() - solved) as f64 / 2.0);
    let half = 1.96 * hanley_mcneil(area, halves);
    Some(After { turn, trials: going.len(), solved, area, half, signal: recorded.signals[most].clone() })
}

/// The standard error of an area under the ROC curve from so many of either kind (Hanley and McNeil, Radiology 143
/// (1982), eq. 2). It is taken with the counts of one half, as each split judges that many.
pub(super) fn hanley_mcneil(area: f64, (one, other): (f64, f64)) -> f64 {
    let (q1, q2) = (area / (2.0 - area), 2.0 * area * area / (1.0 + area));
    let spread = area * (1.0 - area) + (one - 1.0) * (q1 - area * area) + (other - 1.0) * (q2 - area * area);
    (spread / (one * other)).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::hanley_mcneil;

    #[test]
    fn the_error_is_that_of_the_papers_example() {
        // 51 normal and 58 abnormal images, area 0.893: 0.032.
        assert!((hanley_mcneil(0.893, (58.0, 51.0)) - 0.032).abs() < 0.001);
    }
}
