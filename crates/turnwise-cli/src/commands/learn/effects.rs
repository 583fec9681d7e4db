//! Whether a forced answer is as good as the recorded one. The same command is. Others are run where the recorded attempt stood: one that
//! leaves the same work and shows the same is as good; where the work differs, the hidden tests say which is better.

use std::{collections::BTreeMap, sync::Arc};

use turnwise_core::{Action, EnvError, Task, TurnRecord};
use turnwise_env::Patches;
use turnwise_store::Because;

/// The grades of a task's works that are known: the share of hidden tests passed, and whether all did, by digest.
pub(super) type Grades = BTreeMap<String, (bool, f64)>;

/// Judges the answers of one trial.
pub(super) struct Judge {
    provider: Arc<dyn Patches>,
    task: Arc<Task>,
    grades: Grades,
    /// What came of a command, by the digest of the work before it.
    known: BTreeMap<(String, String), Effect>,
}

/// What a command did.
#[derive(Clone, Debug, PartialEq)]
struct Effect {
    digest: String,
    shown: String,
    score: f64,
}

impl Judge {
    pub(super) fn new(provider: Arc<dyn Patches>, task: Arc<Task>, grades: Grades) -> Self {
        Self { provider, task, grades, known: BTreeMap::new() }
    }

    /// Judges an answer to a turn; `before` is the turn before it.
    pub(super) async fn judge(
        &mut self,
        before: Option<&TurnRecord>,
        turn: &TurnRecord,
        answer: &Action,
    ) -> Result<(Option<bool>, Because), EnvError> {
        let recorded = &turn.facts.action;
        match (recorded, answer) {
            (_, Action::Invalid { .. }) => Ok((Some(false), Because::None)),
            (Action::Submit, Action::Submit) => Ok((Some(true), Because::Same)),
            (Action::Shell(one), Action::Shell(other)) if one.trim() == other.trim() => {
                Ok((Some(true), Because::Same))
            }
            // What is handed in too early is as good where it passes.
            (_, Action::Submit) => Ok((self.passes(before), Because::Grade)),
            (_, Action::Shell(command)) => self.weigh(before, turn, command).await,
        }
    }

    fn passes(&self, before: Option<&TurnRecord>) -> Option<bool> {
        let digest = before.map_or("", |turn| turn.facts.workspace.digest.as_str());
        self.grades.get(digest).map(|(solved, _)| *solved)
    }

    async fn weigh(
        &mut self,
        before: Option<&TurnRecord>,
        turn: &TurnRecord,
        command: &str,
    ) -> Result<(Option<bool>, Because), EnvError> {
        let patch = match before {
            None => Arc::default(),
            Some(turn) => match turn.facts.workspace.known_patch() {
                Some(patch) => Arc::clone(patch),
                None => return Ok((None, Because::Effect)),
            },
        };
        let stood = before.map_or_else(String::new, |turn| turn.facts.workspace.digest.clone());
        let effect = self.effect(&stood, &patch, command).await?;
        let left = &turn.facts.workspace.digest;
        if effect.digest != *left {
            let recorded = self.grades.get(left).map(|(_, score)| *score);
            return Ok((recorded.map(|recorded| effect.score >= recorded), Because::Grade));
        }
        Ok((Some(effect.shown == turn.facts.observation.trim_end()), Because::Effect))
    }

    /// Runs a command where the attempt stood, once for each such place.
    async fn effect(&mut self, stood: &str, patch: &str, command: &str) -> Result<Effect, EnvError> {
        let key = (stood.to_owned(), command.to_owned());
        if let Some(effect) = self.known.get(&key) {
            return Ok(effect.clone());
        }
        let mut environment = self.provider.open_at(&self.task, patch).await?;
        let observation = environment.execute(command).await?;
        let digest = environment.state().await?.digest;
        let score = match self.grades.get(&digest) {
            Some((_, score)) => *score,
            None => {
                let grade = environment.grade().await?;
                self.grades.insert(digest.clone(), (grade.solved(), grade.score()));
                grade.score()
            }
        };
        environment.close().await?;
        let effect = Effect { digest, shown: observation.output.trim_end().to_owned(), score };
        self.known.insert(key, effect.clone());
        Ok(effect)
    }
}
