//! The policies that come with the program, compiled in. The files in `policies/` are their documentation.

use std::collections::BTreeMap;

use crate::PolicySource;

/// The shipped policies, in the order in which they are listed.
pub fn shipped() -> Vec<PolicySource> {
    macro_rules! policies {
        ($($name:literal),* $(,)?) => {
            [$(($name, concat!("policies/", $name, ".toml"), include_str!(concat!("../../../policies/", $name, ".toml")))),*]
        };
    }
    policies![
        "unlimited",
        "fixed",
        "fixed-ladder",
        "dynamic",
        "dynamic-no-patch",
        "dynamic-asked",
        "dynamic-progress",
        "reference",
        "best",
        "gated",
        "barrier",
        "interval",
        "repeat",
        "alternation",
        "same-error",
        "no-change",
        "spinning",
        "phase-budget",
        "saturation",
        "drift",
        "reminder",
        "entropy-band",
        "step-quality",
        "falling-likelihood",
        "early-warning",
        "sched",
        "q-exit",
        "trial-answer",
        "judge-cascade",
        "prefix",
        "conformal",
        "duration",
        "monitor",
        "density-ratio",
        "checkpoints",
        "two-sided",
        "confidence-nudge",
        "experience",
        "restart",
        "retry",
        "start-again",
        "makespan",
        "fork",
        "agree",
        "first-finish",
        "vote",
        "halving",
        "window",
        "report",
        "observations",
        "router",
        "thompson",
        "hedge",
        "lynx-submit",
        "lynx-giveup",
        "lynx-think",
        "progress-stop",
    ]
    .into_iter()
    .map(|(name, file, text)| PolicySource {
        name: name.to_owned(),
        file: file.to_owned(),
        text: text.to_owned(),
    })
    .collect()
}

/// The texts of the files that shipped policies name, by the paths under which they do.
pub fn shipped_files() -> BTreeMap<String, String> {
    macro_rules! files {
        ($($name:literal),* $(,)?) => {
            [$((concat!("learned/", $name), include_str!(concat!("../../../policies/learned/", $name)))),*]
        };
    }
    let files =
        files!["pocket-pass.toml", "pocket-hopeless.toml", "pocket-think.toml", "pocket-progress.toml"];
    files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::shipped;
    use crate::PolicySpec;

    #[test]
    fn every_shipped_policy_loads_and_keeps_its_examples() {
        let faults = shipped().into_iter().filter_map(|source| {
            let spec = PolicySpec::parse(&source, &[]);
            let few = spec.as_ref().is_ok_and(|spec| spec.examples.len() < 2);
            let fault = spec.and_then(|spec| spec.check()).err().map(|error| error.to_string());
            fault.or_else(|| few.then(|| format!("{} should show more", source.name)))
        });
        let faults: Vec<String> = faults.collect();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
