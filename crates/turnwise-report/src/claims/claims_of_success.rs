//! How many failed trials end with the model handing in: it takes a failure for a success.

use serde_json::json;
use turnwise_core::Ending;

use super::{
    caps::percent,
    finding::{Finding, Verdict},
    study::Study,
};
use crate::stats::wilson;

const CLAIM: &str = "failures-claim-success";
const SOURCE: &str = "CURA 2608.27808";
const SAYS: &str = "about 90 % of failed trials end in a claim of success";

pub(super) fn examine(study: &Study<'_>) -> Finding {
    let failed = study.recorded.trials.iter().filter(|trial| !trial.solved && trial.ending.is_some());
    let (mut all, mut submitted) = (0, 0);
    for trial in failed {
        all += 1;
        submitted += u64::from(trial.ending == Some(Ending::Submitted));
    }
    let Some(share) = wilson(submitted, all) else {
        return Finding::undecided(CLAIM, SOURCE, SAYS, "no failed trial has a known ending");
    };
    if submitted == 0 {
        let why = format!(
            "none of {all} failed trials was handed in: all ended at a limit, whatever they claimed before"
        );
        return Finding::undecided(CLAIM, SOURCE, SAYS, why);
    }
    Finding {
        claim: CLAIM,
        source: SOURCE,
        says: SAYS,
        found: format!(
            "{submitted} of {all} failed trials were handed in: {}. Where a file gives no word for the ending, a trial that did not \
             reach its limit counts as handed in",
            percent(share)
        ),
        verdict: match () {
            () if share.lo >= 0.8 => Verdict::Confirmed,
            () if share.hi < 0.8 => Verdict::Refuted,
            () => Verdict::Undecided,
        },
        numbers: json!({ "failed": all, "submitted": submitted, "share": share }),
        table: None,
        picture: None,
    }
}
