//! The policies of a request, with the arms of those that choose among others.

use std::collections::{BTreeMap, BTreeSet};

use turnwise_policy::{PolicyError, PolicySource, PolicySpec};

use crate::{error::Failure, policies, run::plan::Phase};

/// The policies of a request.
pub(crate) struct Policies {
    /// Those that were named, in their order.
    pub(crate) named: Vec<PolicySpec>,
    /// The arms of those that choose, by the place of the one that does.
    pub(crate) arms: BTreeMap<usize, Vec<PolicySpec>>,
}

impl Policies {
    /// Finds the policies that are named, and their arms; `settings` gives those for a name, once all names are known.
    pub(super) fn load<F: Fn(&str) -> Vec<String>>(
        names: &[String],
        settings: impl FnOnce(&[&str]) -> Result<F, Failure>,
    ) -> Result<Self, Failure> {
        let sources = policies::find_all(names)?;
        let mut arms: BTreeMap<usize, Vec<PolicySource>> = BTreeMap::new();
        for (at, source) in sources.iter().enumerate() {
            if let Some(choice) = policies::load(source, &[])?.choice {
                let found = choice.arms.iter().map(|arm| policies::find(arm)).collect::<Result<_, _>>()?;
                arms.insert(at, found);
            }
        }
        let all: Vec<&str> =
            sources.iter().chain(arms.values().flatten()).map(|source| source.name.as_str()).collect();
        let settings = settings(&all)?;
        let is_choice = |setting: &String| setting.starts_with("choice.");
        let load = |source: &PolicySource, chooses: bool| {
            let mut own = settings(&source.name);
            // How to choose is set in what chooses, and all else in what it chooses among.
            own.retain(|setting| arms.is_empty() || is_choice(setting) == chooses);
            policies::load(source, &own)
        };
        let named = sources.iter().enumerate().map(|(at, source)| load(source, arms.contains_key(&at)));
        let named = named.collect::<Result<_, _>>()?;
        let arms = arms.iter().map(|(at, sources)| {
            let specs = sources.iter().map(|source| ends_here(load(source, false)?));
            Ok((*at, specs.collect::<Result<_, Failure>>()?))
        });
        Ok(Self { named, arms: arms.collect::<Result<_, Failure>>()? })
    }

    /// Every policy that has turns: the place of the one that was named, the place among its arms where it is one, and the
    /// policy.
    pub(crate) fn with_turns(&self) -> impl Iterator<Item = (usize, Option<usize>, &PolicySpec)> {
        self.named.iter().enumerate().flat_map(|(at, spec)| {
            let arms = self.arms.get(&at).map(|arms| arms.iter().enumerate());
            let arms = arms.into_iter().flatten().map(move |(arm, spec)| (at, Some(arm), spec));
            arms.chain(spec.choice.is_none().then_some((at, None, spec)))
        })
    }

    /// Leaves out the named policies at these places.
    pub(super) fn leave_out(&mut self, places: &BTreeSet<usize>) {
        let stays = (0..self.named.len()).filter(|at| !places.contains(at));
        let moved: BTreeMap<usize, usize> = stays.enumerate().map(|(new, old)| (old, new)).collect();
        let arms = std::mem::take(&mut self.arms).into_iter();
        self.arms = arms.filter_map(|(at, arms)| Some((*moved.get(&at)?, arms))).collect();
        let mut at = 0..;
        self.named.retain(|_| at.next().is_some_and(|at| moved.contains_key(&at)));
    }

    /// When the trials of a policy run: with those of the arm that needs most.
    pub(crate) fn phase(&self, at: usize) -> Phase {
        let needs =
            |(policy, _, spec): (usize, Option<usize>, &PolicySpec)| policy == at && spec.needs_baseline();
        if self.with_turns().any(needs) { Phase::Relative } else { Phase::Free }
    }
}

/// An arm cannot choose itself.
fn ends_here(spec: PolicySpec) -> Result<PolicySpec, Failure> {
    match &spec.choice {
        None => Ok(spec),
        Some(choice) => {
            Err(PolicyError::Chooses { policy: spec.name.clone(), arms: choice.arms.join(", ") }.into())
        }
    }
}
