//! What a cap on turns would have cost and lost: at percentiles of the recorded lengths, on models that were not told of it.

use serde_json::json;

use super::{
    finding::{Finding, Verdict, table},
    study::Study,
};
use crate::stats::{Estimate, nearest_rank};

const SOURCE: &str = "EET 2601.05777";
const SAYS: &str = "a cap on turns loses 10.7 points of the solve rate for 41.4 % of the cost";
const LOSS: f64 = 0.107;
const SAVED: f64 = 0.414;
/// The percentiles that are tried beside the cap that saves as much as the claim says.
const PERCENTILES: [u32; 3] = [50, 75, 90];

struct Cut {
    name: String,
    cap: usize,
    /// Of turns, and of tokens where they are known, as shares of all.
    turns: Estimate,
    tokens: Option<Estimate>,
    /// Solved trials that end after the cap, and as a share of all trials.
    lost: usize,
    points: Estimate,
}

pub(super) fn examine(study: &Study<'_>) -> Finding {
    let lengths: Vec<usize> = study.recorded.trials.iter().map(|trial| trial.turns).collect();
    let mut cuts: Vec<Cut> = PERCENTILES
        .iter()
        .filter_map(|percent| cut(study, format!("p{percent}"), nearest_rank(&lengths, *percent)?))
        .collect();
    let matched = (1..=lengths.iter().copied().max().unwrap_or(1))
        .rev()
        .find(|cap| cost_saved(study, *cap) >= SAVED)
        .and_then(|cap| cut(study, format!("saves {:.0} %", 100.0 * SAVED), cap));
    let solved = study.recorded.solved();
    let mut shown =
        table(&["cap", "turns", "turns saved", "tokens saved", "solved lost", "of the solve rate"]);
    let verdict = match &matched {
        Some(cut) if cut.points.hi <= LOSS => Verdict::Confirmed,
        _ => Verdict::Undecided,
    };
    let at = matched.as_ref().map(|cut| {
        format!(
            "; the cap of {} turns that saves {:.1} % of the cost loses at most {}",
            cut.cap,
            100.0 * cut.tokens.unwrap_or(cut.turns).value,
            points(cut.points)
        )
    });
    let said: Vec<String> = cuts
        .iter()
        .map(|cut| {
            format!(
                "{} ({} turns) loses {} of {solved} solved and saves {} of turns",
                cut.name,
                cut.cap,
                cut.lost,
                percent(cut.turns)
            )
        })
        .collect();
    cuts.extend(matched);
    for cut in &cuts {
        shown.row([
            cut.name.clone(),
            cut.cap.to_string(),
            percent(cut.turns),
            cut.tokens.map_or("–".to_owned(), percent),
            format!("{} of {solved}", cut.lost),
            points(cut.points),
        ]);
    }
    let numbers = cuts.iter().map(|cut| {
        json!({ "cap": cut.name, "turns": cut.cap, "turns_saved": cut.turns, "tokens_saved": cut.tokens,
            "solved_lost": cut.lost, "solve_rate_lost": cut.points })
    });
    Finding {
        claim: "turn-cap",
        source: SOURCE,
        says: SAYS,
        found: format!(
            "{}{}. An upper bound of the loss: these models were not told, and one that is told paces itself",
            said.join("; "),
            at.unwrap_or_default()
        ),
        verdict,
        numbers: numbers.collect(),
        table: Some(shown),
        picture: None,
    }
}

fn cut(study: &Study<'_>, name: String, cap: usize) -> Option<Cut> {
    let (mut turns, mut tokens, mut lost) = (sums(study), sums(study), sums(study));
    let mut lost_trials = 0;
    for trial in &study.recorded.trials {
        let over = trial.turns.saturating_sub(cap);
        turns[0][trial.task] += over as f64;
        turns[1][trial.task] += trial.turns as f64;
        tokens[0][trial.task] += trial.tokens_after(trial.turns) - trial.tokens_after(trial.turns - over);
        tokens[1][trial.task] += trial.tokens_after(trial.turns);
        let is_lost = trial.solved && over > 0;
        lost_trials += usize::from(is_lost);
        lost[0][trial.task] += f64::from(u8::from(is_lost));
        lost[1][trial.task] += 1.0;
    }
    let ratio = |[above, below]: [Vec<f64>; 2]| study.draws.ratio(&above, &below);
    Some(Cut {
        name,
        cap,
        turns: ratio(turns)?,
        tokens: if study.recorded.knows_tokens() { ratio(tokens) } else { None },
        lost: lost_trials,
        points: ratio(lost)?,
    })
}

fn sums(study: &Study<'_>) -> [Vec<f64>; 2] {
    [vec![0.0; study.recorded.tasks.len()], vec![0.0; study.recorded.tasks.len()]]
}

/// The share of the cost that a cap saves: of tokens where they are known, of turns otherwise.
fn cost_saved(study: &Study<'_>, cap: usize) -> f64 {
    let in_tokens = study.recorded.knows_tokens();
    let (mut all, mut kept) = (0.0, 0.0);
    for trial in &study.recorded.trials {
        let until = trial.turns.min(cap);
        all += if in_tokens { trial.tokens_after(trial.turns) } else { trial.turns as f64 };
        kept += if in_tokens { trial.tokens_after(until) } else { until as f64 };
    }
    if all > 0.0 { 1.0 - kept / all } else { 0.0 }
}

/// A share with its interval, in percent.
pub(super) fn percent(share: Estimate) -> String {
    format!("{:.1} % [{:.1}, {:.1}]", 100.0 * share.value, 100.0 * share.lo, 100.0 * share.hi)
}

/// A difference of shares with its interval, in points.
pub(super) fn points(share: Estimate) -> String {
    format!("{:.1} points [{:.1}, {:.1}]", 100.0 * share.value, 100.0 * share.lo, 100.0 * share.hi)
}
