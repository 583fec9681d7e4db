//! What is asked of a run, with everything found and loaded.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use turnwise_agent::{KeepStates, Profile};
use turnwise_core::{Model, Price, Sampling};
use turnwise_policy::Caps;

use crate::{
    error::Failure,
    learned, model,
    options::{AgainOptions, RunOptions},
    policies::ALL,
    printer::{Printer, plural},
    profiles,
    run::{
        arms::Policies,
        select::select,
        workplace::{self, Places},
    },
    suites::{self, Catalogue, Suite},
};

/// The longest reply when nobody says otherwise, in tokens.
const MAX_TOKENS: usize = 512;

/// What is asked of a run.
pub(crate) struct RunRequest {
    /// The suites with the selected tasks.
    pub(crate) suites: Vec<Suite>,
    /// The policies, in the order of the comparison.
    pub(crate) policies: Policies,
    /// The model.
    pub(crate) model: Arc<dyn Model>,
    /// What the model costs, where that is known.
    pub(crate) price: Option<Price>,
    /// How the model is spoken to.
    pub(crate) profile: Arc<Profile>,
    /// The seeds.
    pub(crate) seeds: Vec<u64>,
    /// How replies are drawn.
    pub(crate) sampling: Sampling,
    /// Limits over every policy.
    pub(crate) caps: Caps,
    /// Where actions run.
    pub(crate) environment: EnvironmentChoice,
    /// The run database.
    pub(crate) db: PathBuf,
    /// How many trials at once.
    pub(crate) workers: usize,
    /// What becomes of trials that are there already.
    pub(crate) again: AgainOptions,
    /// What becomes of replies that are known already.
    pub(crate) known_replies: KnownReplies,
    /// Whether hidden states are stored. Likewise.
    pub(crate) keep_states: KeepStates,
    /// The command line.
    pub(crate) command: String,
}

/// Where actions run.
#[derive(Clone, Debug)]
pub(crate) enum EnvironmentChoice {
    /// Somewhere.
    Somewhere(Box<Places>),
    /// Nowhere: every action gets this observation.
    Nowhere(String),
}

/// What becomes of replies that are known already. It is no part of what a run is: its trials come out the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KnownReplies {
    /// They are given again.
    Reused,
    /// They are computed again.
    Computed,
}

impl EnvironmentChoice {
    /// Its name in the configuration of a run.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Somewhere(places) => places.name(),
            Self::Nowhere(_) => "nowhere",
        }
    }
}

impl RunRequest {
    /// Finds and loads what the options name.
    pub(crate) fn load(
        suites: &[String],
        policies: &[String],
        options: RunOptions,
        printer: &Printer,
    ) -> Result<Self, Failure> {
        let suites = suites
            .iter()
            .map(|name| Ok(select(suites::find(name)?, &options.select, options.seed)))
            .collect::<Result<Vec<_>, Failure>>()?;
        if suites.iter().all(|suite| suite.entries.is_empty()) {
            return Err(Failure::nothing_selected());
        }
        let mut sampling = Sampling::greedy(MAX_TOKENS);
        let asked = policies;
        let mut policies = Policies::load(asked, |names| {
            let settings = Settings::sort(&options.settings, names)?;
            sampling = settings.sampling.clone();
            Ok(move |name: &str| settings.of_policy(name))
        })?;
        let model = model::load(&options.model, printer)?;
        let profile = profiles::of_model(&options.model, &*model)?;
        let price = model::price(&model.info().name)?;
        let caps = options.limits.caps();
        let limited = policies.with_turns().find(|(_, _, policy)| policy.limits.cost.or(caps.cost).is_some());
        if let (Some((_, _, policy)), None) = (limited, price) {
            let (policy, model) = (policy.name.clone(), model.info().name.clone());
            return Err(Failure::NoPrice { policy, model, advice: model::where_prices_are() });
        }
        let populations: Vec<String> = suites.iter().map(|suite| suite.population.clone()).collect();
        let here = learned::here(&*model, &profile, &populations);
        // Who asks for all means those that can be used here; who names one wants to know why it cannot.
        let is_named =
            |policy: &str| asked.iter().any(|name| name == policy) || !asked.iter().any(|name| name == ALL);
        let mut unfit = BTreeSet::new();
        for (at, arm, policy) in policies.with_turns() {
            match learned::check_policy(policy, &here, options.allow_shift, printer) {
                Err(failure @ Failure::NotMadeFor { .. }) if arm.is_none() && !is_named(&policy.name) => {
                    printer.say("left out", &format!("`{}`: {failure}", policy.name));
                    unfit.insert(at);
                }
                checked => checked?,
            }
        }
        policies.leave_out(&unfit);
        let suites = suites.into_iter().map(Catalogue::load).collect::<Result<Vec<Suite>, _>>()?;
        let tasks = suites.iter().flat_map(|suite| &suite.tasks).map(|task| &**task);
        let environment = EnvironmentChoice::Somewhere(Box::new(workplace::choose(&options.place, tasks)?));
        Ok(Self {
            suites,
            policies,
            model,
            price,
            profile,
            seeds: (options.seed..options.seed.saturating_add(options.seeds)).collect(),
            sampling,
            caps,
            environment,
            db: options.db.db,
            workers: options.workers,
            again: options.again,
            known_replies: match options.no_reply_cache {
                true => KnownReplies::Computed,
                false => KnownReplies::Reused,
            },
            keep_states: match options.keep_states {
                true => KeepStates::Always,
                false => KeepStates::AsNeeded,
            },
            command: std::env::args().skip(1).collect::<Vec<_>>().join(" "),
        })
    }

    /// What is about to happen, in a line.
    pub(crate) fn headline(&self, left: usize, sandbox: &str) -> String {
        let tasks: usize = self.suites.iter().map(|suite| suite.tasks.len()).sum();
        let policies = match self.policies.named.len() {
            1 => "1 policy".to_owned(),
            count => format!("{count} policies"),
        };
        let total = tasks * self.policies.named.len() * self.seeds.len();
        let done = if left < total { format!(" ({} done before)", total - left) } else { String::new() };
        format!(
            "{} × {policies} × {}, model {} on {}, sandbox {sandbox}{done}",
            plural(tasks, "task"),
            plural(self.seeds.len(), "seed"),
            self.model.info().name,
            self.model.info().device,
        )
    }
}

/// The `--set` options, sorted by what they are about.
struct Settings {
    sampling: Sampling,
    /// The policy a setting is for (`None`: every policy), and the setting.
    policies: Vec<(Option<String>, String)>,
}

impl Settings {
    fn sort(settings: &[String], policies: &[&str]) -> Result<Self, Failure> {
        let mut sorted = Self { sampling: Sampling::greedy(MAX_TOKENS), policies: Vec::new() };
        for setting in settings {
            let (first, rest) = setting.split_once('.').unwrap_or((setting, ""));
            if first == "sampling" {
                sorted.set_sampling(rest).ok_or_else(|| {
                    Failure::usage(format!(
                        "`--set {setting}` is not understood; there are sampling.temperature=0.7, sampling.top_p=0.95, \
                         sampling.top_k=20, sampling.min_p=0.05, sampling.repetition_penalty=1.1 and sampling.max_tokens=512"
                    ))
                })?;
            } else if policies.contains(&first) && rest.contains('.') {
                sorted.policies.push((Some(first.to_owned()), rest.to_owned()));
            } else {
                sorted.policies.push((None, setting.clone()));
            }
        }
        Ok(sorted)
    }

    fn set_sampling(&mut self, setting: &str) -> Option<()> {
        let (key, value) = setting.split_once('=')?;
        let share =
            |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
        match key {
            "temperature" => self.sampling.temperature = share(value)?,
            "top_p" => self.sampling.top_p = share(value).filter(|share| *share <= 1.0)?,
            "min_p" => self.sampling.min_p = share(value).filter(|share| *share <= 1.0)?,
            "repetition_penalty" => {
                self.sampling.repetition_penalty = share(value).filter(|penalty| *penalty >= 1.0)?;
            }
            "top_k" => self.sampling.top_k = value.parse().ok()?,
            "max_tokens" => self.sampling.max_tokens = value.parse().ok().filter(|count| *count > 0)?,
            _ => return None,
        }
        Some(())
    }

    fn of_policy(&self, name: &str) -> Vec<String> {
        let for_it =
            self.policies.iter().filter(|(policy, _)| policy.as_deref().is_none_or(|policy| policy == name));
        for_it.map(|(_, setting)| setting.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_go_where_they_belong() {
        let all =
            ["sampling.temperature=0.7", "fixed.budget.limit=12", "limits.tokens=50k"].map(str::to_owned);
        let sorted = Settings::sort(&all, &["unlimited", "fixed"]).unwrap();
        assert!((sorted.sampling.temperature - 0.7).abs() < 1e-12);
        assert_eq!(sorted.of_policy("fixed"), ["budget.limit=12", "limits.tokens=50k"]);
        assert_eq!(sorted.of_policy("unlimited"), ["limits.tokens=50k"]);
        assert!(Settings::sort(&["sampling.temprature=1".to_owned()], &[]).is_err());
    }
}
