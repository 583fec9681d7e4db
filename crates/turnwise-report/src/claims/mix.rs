//! For which mix of solvable and unsolvable tasks giving up early pays: what it saves on a failed trial and wastes on a
//! solved one, for every share of solved trials.

use serde_json::json;

use super::{
    finding::{Finding, Verdict},
    savings::Savings,
    study::{RATES, Study},
    text::bar_line,
};

const CLAIM: &str = "lower-bound-mix";
const SOURCE: &str = "Conformal Thinking 2602.03814";
const SAYS: &str = "giving up early pays only where at most about half of the trials are solvable";
/// The rate that is looked at: 10 %.
const PLACE: usize = 1;

pub(super) fn examine(study: &Study<'_>, savings: &Savings) -> Finding {
    let books = &savings.chosen_books[PLACE];
    let sums = [
        books.each(|ledger| ledger.turns.saved),
        books.each(|ledger| ledger.failed),
        books.each(|ledger| ledger.turns.lost),
        books.each(|ledger| ledger.solved),
    ];
    let per_trial = |times: &[u8]| {
        let weighted = |sums: &[f64]| -> f64 {
            sums.iter().zip(times).map(|(sum, times)| sum * f64::from(*times)).sum()
        };
        let [saved, failed, lost, solved] = [0, 1, 2, 3].map(|number: usize| weighted(&sums[number]));
        (failed > 0.0 && solved > 0.0).then(|| (saved / failed, lost / solved))
    };
    let even = study.draws.estimate(|times| {
        let (saved, lost) = per_trial(times)?;
        (saved + lost > 0.0).then(|| saved / (saved + lost))
    });
    let all = vec![1; study.recorded.tasks.len()];
    let (Some(even), Some((saved, lost))) = (even, per_trial(&all)) else {
        return Finding::undecided(
            CLAIM,
            SOURCE,
            SAYS,
            "no monitor stopped a trial at a false-abort rate of 10 %",
        );
    };
    let most = saved.max(lost);
    let picture: String = (0..=10)
        .map(|tenth| {
            let share = f64::from(tenth) / 10.0;
            let net = (1.0 - share) * saved - share * lost;
            bar_line(
                &format!("{:>3.0} % solvable", 100.0 * share),
                net / most,
                &format!("{net:+.2} turns a trial"),
            )
        })
        .collect();
    let solved = study.recorded.solved() as f64 / study.recorded.trials.len() as f64;
    Finding {
        claim: CLAIM,
        source: SOURCE,
        says: SAYS,
        found: format!(
            "at a false-abort rate of {:.0} % it pays up to {:.0} % [{:.0}, {:.0}] solvable (these runs: {:.0} %), counting the turns of \
             a false abort as lost and not the task",
            100.0 * RATES[PLACE],
            100.0 * even.value,
            100.0 * even.lo,
            100.0 * even.hi,
            100.0 * solved
        ),
        verdict: match () {
            () if even.hi <= 0.55 => Verdict::Confirmed,
            () if even.lo > 0.55 => Verdict::Refuted,
            () => Verdict::Undecided,
        },
        numbers: json!({ "pays_up_to": even, "saved_per_failed": saved, "lost_per_solved": lost, "solved_share": solved }),
        table: None,
        picture: Some(picture),
    }
}
