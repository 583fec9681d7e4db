//! A probe's card: what it is, what it was made for, and how good it was on runs that it had not seen.

use serde::{Deserialize, Serialize};

use crate::{Layout, Predicts, ProbeKind, Standardiser, metrics::Bin};

/// Everything about a probe but its weights: the `.json` beside them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// `turnwise probe 1`.
    pub format: String,
    /// The family.
    pub kind: ProbeKind,
    /// What its score is the probability of.
    pub predicts: Predicts,
    /// What it may be used with.
    pub made_for: MadeFor,
    /// What it learned from.
    pub learned_from: LearnedFrom,
    /// How good it is.
    pub figures: Figures,
    /// The SHA-256 of the file with the weights, in hex.
    pub weights_sha256: String,
    /// What its features are.
    pub layout: Layout,
    /// How they are standardised.
    pub standardiser: Standardiser,
}

/// What a probe may be used with: scores mean nothing for another model, another prompt or other tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeFor {
    /// The model's name, for people.
    pub model_name: String,
    /// The hash of its files.
    pub model_hash: String,
    /// The profile of the agent, by name.
    pub profile: String,
    /// The hash of its text.
    pub profile_hash: String,
    /// The suite.
    pub suite: String,
}

/// What a probe learned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnedFrom {
    /// Runs with labels.
    pub runs: usize,
    /// Their tasks.
    pub tasks: usize,
    /// Samples with labels.
    pub samples: usize,
    /// How many of them were true.
    pub positive: usize,
    /// What was drawn came from it.
    pub seed: u64,
    /// How the tasks were split.
    pub split: Split,
}

/// How many tasks were in each part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// Learned from.
    pub train: usize,
    /// Said when to stop.
    pub validation: usize,
    /// Kept for the figures.
    pub held_out: usize,
}

/// How good a probe is on the tasks that were kept apart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// The area under the receiver operating characteristic; none where all labels there were the same.
    pub auroc: Option<f64>,
    /// The lower end of its 95 % interval.
    pub auroc_lo: Option<f64>,
    /// The upper end.
    pub auroc_hi: Option<f64>,
    /// The Brier score.
    pub brier: f64,
    /// The expected calibration error.
    pub ece: f64,
    /// The largest local slope that was found: score by standardised feature.
    pub slope: f64,
    /// The reliability diagram.
    pub bins: Vec<Bin>,
}

impl MadeFor {
    /// In what `other`, where it is to be used, differs from what it was made for, in words; empty where it
    /// may be used. Models and profiles are the same when their hashes are, whatever they are called.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let named = |what: &str, (name, hash): (&str, &str), (other_name, other_hash): (&str, &str)| {
            let (hash, other_hash) = shortest(hash, other_hash)?;
            Some(format!("{what} hash {hash} (`{name}`) where this {what} is {other_hash} (`{other_name}`)"))
        };
        let suite = (self.suite != other.suite)
            .then(|| format!("suite `{}` where this suite is `{}`", self.suite, other.suite));
        [
            named("model", (&self.model_name, &self.model_hash), (&other.model_name, &other.model_hash)),
            named("profile", (&self.profile, &self.profile_hash), (&other.profile, &other.profile_hash)),
            suite,
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Two hashes as short as tells them apart, with at least twelve digits; `None` where they are the same.
pub(crate) fn shortest(one: &str, other: &str) -> Option<(String, String)> {
    let cut = |text: &str, length| match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None if text.is_empty() => "unknown".to_owned(),
        None => text.to_owned(),
    };
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    (one != other).then(|| (cut(one, 12.max(same + 1)), cut(other, 12.max(same + 1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made_for() -> MadeFor {
        MadeFor {
            model_name: "pocket".to_owned(),
            model_hash: "12ab34cd56ef7890aa".to_owned(),
            profile: "plain".to_owned(),
            profile_hash: "0011".to_owned(),
            suite: "pocket-dev".to_owned(),
        }
    }

    #[test]
    fn differences_are_told_in_words() {
        let here = made_for();
        assert!(here.differences(&here).is_empty());
        assert!(here.differences(&MadeFor { model_name: "copy".to_owned(), ..here.clone() }).is_empty());
        let other = MadeFor {
            model_name: "big".to_owned(),
            model_hash: "98fe34cd56ef7890aa".to_owned(),
            profile_hash: String::new(),
            suite: "swe".to_owned(),
            ..here.clone()
        };
        assert_eq!(
            here.differences(&other),
            [
                "model hash 12ab34cd56ef… (`pocket`) where this model is 98fe34cd56ef… (`big`)",
                "profile hash 0011 (`plain`) where this profile is unknown (`plain`)",
                "suite `pocket-dev` where this suite is `swe`",
            ]
        );
    }

    #[test]
    fn hashes_are_shown_up_to_where_they_differ() {
        let (one, other) = ("0123456789abcdef", "0123456789abcdXf");
        assert_eq!(
            shortest(one, other).unwrap(),
            ("0123456789abcde…".to_owned(), "0123456789abcdX…".to_owned())
        );
        assert_eq!(shortest(one, one), None);
    }
}
