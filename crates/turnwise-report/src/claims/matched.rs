//! The claims about savings, from the table of all monitors at matched rates.

use serde_json::json;

use super::{
    caps::{percent, points},
    finding::{Finding, Verdict, table},
    savings::{Row, Saving, Savings},
    study::{RATES, Study},
    text::bar_line,
};
use crate::stats::Estimate;

/// How many monitors are listed at each rate.
const LISTED: usize = 6;

/// Whether monitors of signals beat a cap on duration at the same rate of false aborts.
pub(super) fn against_duration(study: &Study<'_>, savings: &Savings) -> Finding {
    const CLAIM: &str = "beats-duration";
    const SOURCE: &str = "FailFast 2608.03222, AgentStop 2605.15206";
    const SAYS: &str = "at a false-abort rate of 5, 10, 25 % a monitor saves more than a cap on duration (20.4 % against 11.4 % at 5 %)";
    if let Some(why) = too_few(study, savings) {
        return Finding::undecided(CLAIM, SOURCE, SAYS, why);
    }
    let mut shown = table(&[
        "monitor",
        "rate",
        "false aborts",
        "detected",
        "not spent",
        "saved (net)",
        "tokens",
        "less the cap's",
    ]);
    let (mut said, mut picture, mut verdicts) = (Vec::new(), String::new(), Vec::new());
    for (place, rate) in RATES.iter().enumerate() {
        let mut rows: Vec<&Row> = savings.monitors.iter().collect();
        rows.sort_by(|one, other| turns(other, place).total_cmp(&turns(one, place)));
        let head = [&savings.duration, &savings.chosen];
        for row in head.into_iter().chain(rows.into_iter().take(LISTED)) {
            shown.row(cells(&row.monitor, &row.savings[place]));
        }
        for row in head {
            let name = if std::ptr::eq(row, &savings.duration) { "cap" } else { "chosen" };
            let label = format!("{:>2.0} %  {name:<6}", 100.0 * rate);
            picture.push_str(&bar_line(
                &label,
                2.0 * turns(row, place),
                &format!("{:+.1} % of turns", 100.0 * turns(row, place)),
            ));
        }
        let above = savings.monitors.iter().filter(|row| beats(&row.savings[place])).count();
        let chosen = &savings.chosen.savings[place];
        if let (Some(cap), Some(saved), Some(more)) =
            (savings.duration.savings[place].turns, chosen.turns, chosen.over_duration)
        {
            let never = match chosen.never {
                never if never > 0.005 => format!(" ({:.0} % of its thresholds are `never`)", 100.0 * never),
                _ => String::new(),
            };
            let idle = if cap.hi < 0.0 { ", and so does stopping nothing" } else { "" };
            said.push(format!(
                "at {:.0} % the cap saves {}, the monitor chosen on other tasks {}{never}, {} more; {above} of {} monitors beat the cap{idle}",
                100.0 * rate,
                percent(cap),
                percent(saved),
                points(more),
                savings.monitors.len()
            ));
            verdicts.push(verdict(saved, more));
        }
    }
    let first = verdicts.first().copied().unwrap_or(Verdict::Undecided);
    Finding {
        claim: CLAIM,
        source: SOURCE,
        says: SAYS,
        found: format!(
            "{}. Saved is net, the turns of a false abort being charged, so that less than nothing can be saved; not spent is gross",
            said.join("; ")
        ),
        verdict: if verdicts.iter().all(|verdict| *verdict == first) { first } else { Verdict::Undecided },
        numbers: json!(savings),
        table: Some(shown),
        picture: Some(picture),
    }
}

/// Whether 15 to 20 % of the waste is saved for less than 5 % of what is solved.
pub(super) fn waste(study: &Study<'_>, savings: &Savings) -> Finding {
    const CLAIM: &str = "waste-for-utility";
    const SOURCE: &str = "AgentStop 2605.15206";
    const SAYS: &str = "15 to 20 % of the wasted cost is saved for less than 5 % of what is solved";
    if let Some(why) = too_few(study, savings) {
        return Finding::undecided(CLAIM, SOURCE, SAYS, why);
    }
    let saving = &savings.chosen.savings[0];
    let (Some(waste), Some(lost)) = (saving.waste, saving.false_aborts) else {
        return Finding::undecided(CLAIM, SOURCE, SAYS, "no trial failed");
    };
    let cap = savings.duration.savings[0].waste.map_or("–".to_owned(), percent);
    let enough = Verdict::at_least(waste, 0.15);
    Finding {
        claim: CLAIM,
        source: SOURCE,
        says: SAYS,
        found: format!(
            "the monitor chosen on other tasks saves {} of the turns of failed trials, false aborts charged, and loses {} of what is \
             solved; the cap on duration saves {cap}",
            percent(waste),
            percent(lost)
        ),
        verdict: match enough {
            Verdict::Confirmed if lost.hi > 0.07 => Verdict::Undecided,
            Verdict::Confirmed | Verdict::Refuted | Verdict::Undecided => enough,
        },
        numbers: json!({ "waste_saved": waste, "solved_lost": lost }),
        table: None,
        picture: None,
    }
}

/// Why there is nothing to compare, if there is not.
fn too_few(study: &Study<'_>, savings: &Savings) -> Option<String> {
    let solved = study.recorded.solved();
    let failed = study.recorded.trials.len() - solved;
    if savings.monitors.is_empty() {
        return Some("no signal differs from trial to trial".to_owned());
    }
    if failed == 0 || savings.duration.savings.iter().all(|saving| saving.never >= 1.0) {
        return Some(format!(
            "{solved} solved and {failed} failed trials: no configuration has the solved ones on half of its tasks that a threshold needs (3 for \
             25 %), so every threshold is `never`"
        ));
    }
    None
}

fn turns(row: &Row, place: usize) -> f64 {
    row.savings[place].turns.map_or(0.0, |turns| turns.value)
}

fn beats(saving: &Saving) -> bool {
    saving.over_duration.is_some_and(|more| more.lo > 0.0)
}

/// A monitor that saves nothing is no better than a cap that does harm.
fn verdict(saved: Estimate, more: Estimate) -> Verdict {
    match () {
        () if more.lo > 0.0 && saved.lo > 0.0 => Verdict::Confirmed,
        () if more.hi < 0.0 => Verdict::Refuted,
        () => Verdict::Undecided,
    }
}

fn cells(monitor: &str, saving: &Saving) -> Vec<String> {
    let show = |share: Option<Estimate>| share.map_or("–".to_owned(), percent);
    let short = |share: Option<Estimate>| {
        share.map_or("–".to_owned(), |share| format!("{:.1} %", 100.0 * share.value))
    };
    vec![
        monitor.to_owned(),
        format!("{:.0} %", 100.0 * saving.rate),
        short(saving.false_aborts),
        short(saving.detected),
        short(saving.turns_gross),
        show(saving.turns),
        short(saving.tokens),
        saving.over_duration.map_or("–".to_owned(), points),
    ]
}
