//! Where the same task was run by the same configuration under several limits: what the trial with the longest one would
//! have solved if it were cut at a smaller one, against what was solved by a model that was told the smaller one.

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    caps::points,
    finding::{Finding, Verdict, table},
    recorded::Trial,
    study::Study,
};

const CLAIM: &str = "cut-is-not-told";
const SOURCE: &str = "what every replay of a limit rests on; MINT 2309.10691";
const SAYS: &str =
    "cutting a recorded trial at a limit underestimates what a model solves that is told the limit";
/// How many pairs of limits are listed.
const LISTED: usize = 8;

/// Pairs of trials.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    pairs: usize,
    cut: usize,
    told: usize,
    agree: usize,
}

impl Held {
    fn add(&mut self, cut: bool, told: bool) {
        self.pairs += 1;
        self.cut += usize::from(cut);
        self.told += usize::from(told);
        self.agree += usize::from(cut == told);
    }

    fn agreement(&self) -> f64 {
        100.0 * self.agree as f64 / self.pairs.max(1) as f64
    }
}

pub(super) fn examine(study: &Study<'_>) -> Finding {
    let mut by_limit: BTreeMap<(usize, usize), BTreeMap<u32, &Trial>> = BTreeMap::new();
    for trial in &study.recorded.trials {
        if let Some(limit) = trial.limit {
            let limits = by_limit.entry((trial.configuration, trial.task)).or_default();
            limits.entry(limit).or_insert(trial);
        }
    }
    let tasks = study.recorded.tasks.len();
    let (mut all, mut of_limits) = (Held::default(), BTreeMap::<(u32, u32), Held>::new());
    let (mut difference, mut pairs) = (vec![0.0; tasks], vec![0.0; tasks]);
    for limits in by_limit.values() {
        let mut limits = limits.iter().rev();
        let Some((longest, whole)) = limits.next() else { continue };
        for (limit, told) in limits {
            let cut = whole.solved && whole.turns <= usize::try_from(*limit).unwrap_or(usize::MAX);
            all.add(cut, told.solved);
            of_limits.entry((*longest, *limit)).or_default().add(cut, told.solved);
            difference[whole.task] += f64::from(i8::from(told.solved) - i8::from(cut));
            pairs[whole.task] += 1.0;
        }
    }
    let Some(more) = study.draws.ratio(&difference, &pairs) else {
        let why = "no task was run by the same configuration under two limits";
        return Finding::undecided(CLAIM, SOURCE, SAYS, why);
    };
    let mut shown = table(&["limits", "pairs", "solved if cut", "solved if told", "agree"]);
    let mut most: Vec<_> = of_limits.iter().collect();
    most.sort_by_key(|(_, held)| std::cmp::Reverse(held.pairs));
    for ((longest, limit), held) in most.into_iter().take(LISTED) {
        let counts = [held.pairs, held.cut, held.told].map(|count| count.to_string());
        let cells = [format!("{longest} cut at {limit}")].into_iter().chain(counts);
        shown.row(cells.chain([format!("{:.1} %", held.agreement())]));
    }
    let Held { pairs, cut, told, agree } = all;
    Finding {
        claim: CLAIM,
        source: SOURCE,
        says: SAYS,
        found: format!(
            "of {pairs} pairs, {cut} are solved when the trial with the longest limit is cut at the smaller one and {told} where the model was \
             told it: {} more; {:.1} % of pairs agree",
            points(more),
            all.agreement()
        ),
        verdict: match () {
            () if more.lo > 0.0 => Verdict::Confirmed,
            () if more.hi < 0.0 => Verdict::Refuted,
            () => Verdict::Undecided,
        },
        numbers: json!({ "pairs": pairs, "solved_when_cut": cut, "solved_when_told": told, "agree": agree, "difference": more }),
        table: Some(shown),
        picture: None,
    }
}
