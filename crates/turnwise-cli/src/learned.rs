//! Learned files: opened by their kind, held against what they were made for, and brought to the policies that name them.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use turnwise_agent::Profile;
use turnwise_core::{CueProbe, Estimator as Estimates, Estimators, Model};
use turnwise_learn::{LearnError, MadeFor, Probe, progress::Estimator};
use turnwise_policy::{Place, PolicySource, PolicySpec};

use crate::{error::Failure, printer::Printer};

/// A learned file.
#[derive(Clone, Debug)]
pub(crate) enum Learned {
    Probe(Probe),
    Progress(Estimator),
}

impl Learned {
    /// At work on turns; `None` for a probe of cues.
    pub(crate) fn estimator(&self) -> Option<Arc<dyn Estimates>> {
        match self {
            Self::Probe(probe) => probe.estimator(),
            Self::Progress(estimator) => Some(estimator.estimator()),
        }
    }

    /// At work on cues; `None` for what is of turns.
    pub(crate) fn cue_probe(&self) -> Option<Arc<dyn CueProbe>> {
        match self {
            Self::Probe(probe) => probe.cue_probe(),
            Self::Progress(_) => None,
        }
    }

    /// What it was made for.
    pub(crate) fn made_for(&self) -> &MadeFor {
        match self {
            Self::Probe(probe) => &probe.card().made_for,
            Self::Progress(estimator) => estimator.made_for(),
        }
    }
}

/// The learned files that come with the program, by the paths that shipped policies name.
fn shipped(path: &str) -> Option<(&'static [u8], &'static [u8])> {
    macro_rules! files {
        ($($name:literal),* $(,)?) => {
            [$((
                concat!("learned/", $name, ".json"),
                include_bytes!(concat!("../../../policies/learned/", $name, ".json")).as_slice(),
                include_bytes!(concat!("../../../policies/learned/", $name, ".safetensors")).as_slice(),
            )),*]
        };
    }
    let files = files!["pocket-pass", "pocket-hopeless", "pocket-think", "pocket-progress"];
    files.into_iter().find(|(name, _, _)| *name == path).map(|(_, card, weights)| (card, weights))
}

/// Opens a learned file.
pub(crate) fn open(path: &Path) -> Result<Learned, LearnError> {
    let card = path.with_extension("json");
    let text = fs::read_to_string(&card).map_err(|source| LearnError::File {
        path: card,
        access: "read",
        source,
    })?;
    match is_progress(&text) {
        true => Estimator::load(path).map(Learned::Progress),
        false => Probe::load(path).map(Learned::Probe),
    }
}

/// Whether a card is that of a progress estimator.
fn is_progress(card: &str) -> bool {
    let card: serde_json::Value = serde_json::from_str(card).unwrap_or_default();
    card["format"].as_str().is_some_and(|format| format.starts_with("turnwise progress"))
}

/// Opens a file that a policy names, beside it or among those that come with the program.
fn of_policy(source: &PolicySource, named: &str) -> Result<Learned, Failure> {
    let folder = Path::new(&source.file).parent().unwrap_or(Path::new(""));
    let path: PathBuf = folder.join(named);
    if !path.with_extension("json").is_file()
        && let Some((card, weights)) = shipped(named)
    {
        let text = String::from_utf8_lossy(card);
        return Ok(match is_progress(&text) {
            true => Learned::Progress(Estimator::from_bytes(card, weights)?),
            false => Learned::Probe(Probe::from_bytes(card, weights)?),
        });
    }
    Ok(open(&path)?)
}

/// Brings a policy the learned files that it names.
pub(crate) fn attach(source: &PolicySource, spec: &mut PolicySpec) -> Result<(), Failure> {
    let place = Place { file: source.file.clone(), line: 1 };
    if !spec.learned.is_empty() {
        let mut estimators = Vec::new();
        for named in spec.learned.files() {
            let estimator = of_policy(source, named)?.estimator();
            estimators.push(estimator.ok_or_else(|| Failure::NotMadeFor {
                what: format!("{place}: `learned.files` names {named}, a probe of cues in the thinking"),
                advice: "name it as `probe` in a table `[think]`".to_owned(),
            })?);
        }
        spec.attach(Estimators(estimators), &place)?;
    }
    if let Some(think) = &mut spec.think {
        let probe = of_policy(source, think.file())?.cue_probe();
        think.attach(probe.ok_or_else(|| Failure::NotMadeFor {
            what: format!(
                "{place}: `think.probe` names {}, which is no probe of cues in the thinking",
                think.file()
            ),
            advice: "make one with `turnwise learn probe --predict think`".to_owned(),
        })?);
    }
    Ok(())
}

/// Refuses a use that a learned file was not made for, or warns of it where that is allowed.
pub(crate) fn check_made_for(
    what: &str,
    made_for: &MadeFor,
    here: &MadeFor,
    allow_shift: bool,
    printer: &Printer,
) -> Result<(), Failure> {
    let known = |mine: &str, theirs: &str| if mine.is_empty() { theirs.to_owned() } else { mine.to_owned() };
    // What an older record does not say is no difference.
    let made_for =
        MadeFor { profile_hash: known(&made_for.profile_hash, &here.profile_hash), ..made_for.clone() };
    let suites: Vec<&str> = made_for.suite.split(", ").collect();
    let of_suite = here.suite.split(", ").all(|suite| suites.contains(&suite));
    let here =
        MadeFor { suite: if of_suite { made_for.suite.clone() } else { here.suite.clone() }, ..here.clone() };
    let differences = made_for.differences(&here);
    if differences.is_empty() {
        return Ok(());
    }
    let what = format!("{what} was made for another use: {}", differences.join(", "));
    if allow_shift {
        printer.say("shift", &format!("{what}; no guarantee carries over"));
        return Ok(());
    }
    let advice = "learn it anew on runs of this one, or add `--allow-shift` and no guarantee".to_owned();
    Err(Failure::NotMadeFor { what, advice })
}

/// What policies are about to be used with.
pub(crate) fn here(model: &dyn Model, profile: &Profile, populations: &[String]) -> MadeFor {
    let info = model.info();
    MadeFor {
        model_name: info.name.clone(),
        model_hash: info.hash.clone(),
        profile: profile.name.clone(),
        profile_hash: profile.hash.clone(),
        suite: populations.join(", "),
    }
}

/// Holds what was learned for a policy against where it is to be used.
pub(crate) fn check_policy(
    spec: &PolicySpec,
    here: &MadeFor,
    allow_shift: bool,
    printer: &Printer,
) -> Result<(), Failure> {
    let with_states = spec.learned.estimators().0.iter().filter(|one| !one.layers().is_empty());
    let models = with_states
        .map(|one| one.model_hash())
        .chain(spec.think.iter().filter_map(|think| Some(think.probe()?.model_hash())));
    for model in models {
        let made_for =
            MadeFor { model_name: "another".to_owned(), model_hash: model.to_owned(), ..here.clone() };
        check_made_for(
            &format!("what policy `{}` learned", spec.name),
            &made_for,
            here,
            allow_shift,
            printer,
        )?;
    }
    for of_rule in spec.made_for() {
        let known = |said: &Option<String>, else_: &str| said.clone().unwrap_or_else(|| else_.to_owned());
        let made_for = MadeFor {
            model_name: known(&of_rule.model_name, &here.model_name),
            model_hash: known(&of_rule.model_hash, &here.model_hash),
            profile: known(&of_rule.profile, &here.profile),
            profile_hash: known(&of_rule.profile_hash, &here.profile_hash),
            suite: known(&of_rule.suite, &here.suite),
        };
        let what = format!("rule `{}` of policy `{}`", of_rule.rule, spec.name);
        check_made_for(&what, &made_for, here, allow_shift, printer)?;
    }
    Ok(())
}
