//! What a threshold promises, and for whom, in one sentence.

use super::{Among, By, Method, Terms};

/// The promise of a threshold on these terms.
pub(super) fn promise(terms: &Terms, by: By) -> String {
    let delta = percent(terms.delta);
    let unit = match by {
        By::Run => "runs",
        By::Task => "tasks",
    };
    let like = match terms.method {
        Method::Pac | Method::Ltt => "drawn independently like these",
        Method::PerRun | Method::PerEvent | Method::Crc => "exchangeable with these",
    };
    let with = match terms.among {
        Among::All => "",
        Among::AtRisk => " that have a point at which to fire is wrong",
    };
    let of = format!("of future {unit} {like}{with}");
    let (has, first) = match by {
        By::Run => ("fire at a wrong point", "first fire at a wrong point"),
        By::Task => {
            ("have a run that fires at a wrong point", "have a run that first fires at a wrong point")
        }
    };
    let sure = percent(1.0 - terms.risk);
    match (terms.method, terms.half_life) {
        (Method::PerEvent, _) => format!(
            "of future single looks at which to fire is wrong, at most {delta} are fired at, on average over \
             calibration sets; a run has many looks, so of runs far more may fire at a wrong point"
        ),
        (Method::PerRun, Some(half_life)) => format!(
            "{of}, at most {delta} {has}, on average over calibration sets, and where runs drift more by the mean drift of \
             these from the next one, each counted by its weight, which halves every {half_life}"
        ),
        (Method::PerRun, None) => format!("{of}, at most {delta} {has}, on average over calibration sets"),
        (Method::Pac, _) => format!("{of}, at most {delta} {has}, for at least {sure} of calibration sets"),
        (Method::Ltt, _) => format!("{of}, at most {delta} {first}, for at least {sure} of calibration sets"),
        (Method::Crc, _) => format!(
            "{of}, the mean loss is at most {} on average over calibration sets, the loss being the largest cost of a wrong \
             point that is fired at, in [0, 1]",
            terms.delta
        ),
    }
}

/// Why it never fires.
pub(super) fn never(missing: Option<usize>, needed: Option<usize>) -> String {
    match (missing, needed) {
        (Some(missing), Some(needed)) if missing > 0 => {
            format!("it never fires, as it is calibrated on {missing} too few of the {needed} that it needs")
        }
        (Some(_), _) => "it never fires, as no threshold keeps that on the calibration set".to_owned(),
        (None, _) => "it never fires, as older ones lose weight too fast for any number to do".to_owned(),
    }
}

/// A share as a percentage.
fn percent(share: f64) -> String {
    format!("{} %", (share * 1e6).round() / 1e4)
}
