//! One attempt with what it needs: its environment, its conversation, and the turns it has taken.

use std::sync::Arc;

use turnwise_core::{
    AttemptNo, BranchPoint, Conversation, EnvError, Environment, Grade, Message, ModelError, Sampling,
    SessionSpec, TurnRecord, VerdictKind,
};
use turnwise_policy::{AtLimit, Attempts, Ended, Standing, Start};

use super::{Kept, Ledger};
use crate::{
    Attempt, Branches, Driven, Finished, Parts, Step, TrialPlan, attempt_seed, drive, opening,
    opening::note_below,
    prompt_hash,
    resume::resume,
    trial::{Failure, is_limit},
    watching::watch,
};

/// An attempt that was begun.
pub(crate) struct Running {
    pub(crate) number: AttemptNo,
    pub(crate) place: u32,
    environment: Box<dyn Environment>,
    conversation: Option<Box<dyn Conversation>>,
    /// Where something is asked aside.
    branches: Branches,
    /// Its turns, those of the attempt that it branches off from included.
    turns: Vec<TurnRecord>,
    /// How many of them are another attempt's.
    borrowed: usize,
    state: State,
}

enum State {
    Runs(Box<Step>),
    Ended(Finished),
    /// While a turn is under way; it stays so only where the turn could not be recorded.
    Moves,
}

/// How an attempt might be begun.
struct Candidate {
    number: AttemptNo,
    /// What it begins with.
    kept: Kept,
    /// Its own that are recorded.
    own: Vec<TurnRecord>,
}

impl Candidate {
    fn behind(&self) -> Option<BranchPoint> {
        self.kept.turns.last().map(|last| BranchPoint { attempt: last.attempt, turn: last.facts.turn })
    }
}

impl Running {
    /// Begins the attempt at a place, with the turns of an earlier one that it keeps, or takes it to where its record ends. A record that does not come out again ends that
    /// attempt and begins another at the same place; where not even the turns that it was to begin with come out again, it
    /// begins at the task's beginning.
    pub(crate) async fn begin(
        ledger: &mut Ledger<'_>,
        place: u32,
        start: &Start,
        kept: Kept,
    ) -> Result<Self, Failure> {
        if let Some(begun) = ledger.recorded(place) {
            let kept = if begun.behind.is_some() { kept.clone() } else { Kept::default() };
            let candidate = Candidate { number: begun.attempt, kept, own: begun.turns.clone() };
            if let Some(running) = Self::stand(ledger, place, start, candidate).await? {
                return Ok(running);
            }
        }
        if !kept.turns.is_empty() {
            let candidate = Candidate { number: ledger.new_number(), kept, own: Vec::new() };
            if let Some(running) = Self::stand(ledger, place, start, candidate).await? {
                return Ok(running);
            }
        }
        let candidate = Candidate { number: ledger.new_number(), kept: Kept::default(), own: Vec::new() };
        let fresh = Self::stand(ledger, place, start, candidate).await?;
        // With no turns to come out again there is nothing that could come out differently.
        fresh.ok_or_else(|| Failure::Environment(EnvError::Gone { task: ledger.plan.key.task.clone() }))
    }

    /// Takes a candidate to where its turns end; `None` where they do not come out again.
    async fn stand(
        ledger: &mut Ledger<'_>,
        place: u32,
        start: &Start,
        candidate: Candidate,
    ) -> Result<Option<Self>, Failure> {
        let (parts, plan, number) = (ledger.parts, ledger.plan, candidate.number);
        let behind = candidate.behind();
        // The trial's first attempt is told nothing; whose turns are kept was told at its beginning what all are told.
        let first = if behind.is_some() { candidate.kept.place } else { place };
        let tell = start.tell.as_deref().filter(|_| first > 1);
        let opening = opening(&plan.task, &plan.policy, &parts.profile).map(|said| with_tell(said, tell));
        // A prompt that cannot be written has no hash; the attempt ends as `infra_error` then.
        let hash = opening.as_ref().map_or_else(|_| String::new(), |opening| prompt_hash(opening));
        ledger.started((number, place), behind, hash).await?;
        let opening = opening?;
        let attempt = Attempt::new(
            plan.trial.clone(),
            (number, place),
            &plan.policy,
            Arc::clone(&parts.profile),
            opening,
        )
        .storing_states(parts.keep_states.stores(&plan.policy));
        let environment = parts.environments.open(&plan.task).await?;
        let mut conversation = converse(parts, plan, place)?;
        watch(parts, &plan.policy, &mut *conversation);
        let (conversation, branches) = (Some(conversation), Branches::default());
        let (turns, state) = (Vec::new(), State::Moves);
        let borrowed = candidate.kept.turns.len();
        let mut running = Self { number, place, environment, conversation, branches, turns, borrowed, state };
        match running.catch_up(attempt.begin(), &candidate, start).await {
            Ok(Some(step)) => {
                running.turns = [candidate.kept.turns, candidate.own].concat();
                running.settle(step);
                Ok(Some(running))
            }
            Ok(None) => {
                tracing::info!(trial = %plan.trial, place, "the recorded turns came out differently");
                ledger.ended(number, &Finished::interrupted(&plan.policy)).await?;
                running.close().await;
                Ok(None)
            }
            Err(error) => {
                running.close().await;
                Err(error.into())
            }
        }
    }

    /// Goes through what is recorded, with what the model is told where its own turns begin.
    async fn catch_up(
        &mut self,
        first: Step,
        candidate: &Candidate,
        start: &Start,
    ) -> Result<Option<Step>, EnvError> {
        let Some(conversation) = self.conversation.as_deref_mut() else { return Ok(None) };
        let environment = &mut *self.environment;
        let mut step = first;
        for stretch in candidate.kept.turns.chunk_by(|one, next| one.attempt == next.attempt) {
            // Where one attempt branches off from another, the model is told what each is told when it begins.
            step = match resume(step, stretch, conversation, environment).await? {
                Some(Step::Ask(ask)) => Step::Ask(ask.with_note(start.tell.as_deref())),
                // What is kept of an attempt ends before the attempt does.
                Some(_) | None => return Ok(None),
            };
        }
        resume(step, &candidate.own, conversation, environment).await
    }

    /// Its turns, those that it began with included.
    pub(crate) fn turns(&self) -> &[TurnRecord] {
        &self.turns
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(self.state, State::Runs(_))
    }

    /// How many turns it has taken, those it began with included.
    pub(crate) fn taken(&self) -> u32 {
        self.turns.last().map_or(0, |turn| turn.facts.turn)
    }

    /// Takes a turn.
    pub(crate) async fn turn(&mut self, parts: &Parts) -> Result<(), Failure> {
        let (State::Runs(step), Some(conversation)) =
            (std::mem::replace(&mut self.state, State::Moves), self.conversation.as_deref_mut())
        else {
            return Ok(());
        };
        match drive(*step, parts, (conversation, &mut self.branches), &mut *self.environment).await? {
            Driven::Turn(record, next) => {
                self.turns.push(*record);
                self.settle(*next);
            }
            Driven::Done(finished) => self.end(finished),
        }
        Ok(())
    }

    /// Another attempt won, or did better.
    pub(crate) fn cancel(&mut self) {
        match std::mem::replace(&mut self.state, State::Moves) {
            State::Runs(step) => match *step {
                Step::Ask(ask) => self.settle(ask.cancelled()),
                other @ (Step::Execute(_)
                | Step::Inspect(_)
                | Step::Aside(_)
                | Step::Decide(_)
                | Step::Record(_)
                | Step::Done(_)) => {
                    self.settle(other);
                }
            },
            ended @ (State::Ended(_) | State::Moves) => self.state = ended,
        }
    }

    /// Whether it ended without an ending of its own.
    pub(crate) fn was_lost(&self) -> bool {
        matches!(&self.state, State::Ended(finished) if !finished.end.ending.is_final())
    }

    pub(crate) fn finish(&self) -> Option<&Finished> {
        match &self.state {
            State::Ended(finished) => Some(finished),
            State::Runs(_) | State::Moves => None,
        }
    }

    /// What it came to, without the reminders and extensions of the turns that are another attempt's.
    pub(crate) fn own_finish(&self) -> Option<Finished> {
        let mut finished = self.finish()?.clone();
        for turn in self.turns.iter().take(self.borrowed) {
            match turn.verdict {
                VerdictKind::Extend => {
                    finished.extensions = finished.extensions.saturating_sub(1);
                    finished.reminders = finished.reminders.saturating_sub(1);
                }
                VerdictKind::Remind | VerdictKind::Shorten => {
                    finished.reminders = finished.reminders.saturating_sub(1);
                }
                VerdictKind::Continue | VerdictKind::Stop | VerdictKind::Restart | VerdictKind::Abstain => {}
            }
        }
        Some(finished)
    }

    /// What it came to, for the policy; `None` while it runs or where it was lost.
    pub(crate) fn ended(&self, rules: &Attempts) -> Option<Ended> {
        let finished = self.finish().filter(|finished| finished.end.ending.is_final())?;
        Some(Ended {
            place: self.place,
            ending: finished.end.ending,
            turns: finished.turns,
            digest: self.turns.last().map(|turn| turn.facts.workspace.digest.clone()).unwrap_or_default(),
            keep: finished.end.keep,
            worth: self.turns.iter().map(|turn| turn.facts.signal(rules.signal()?)).collect(),
        })
    }

    /// Where it stood after a round.
    pub(crate) fn standing(&self, round: u32, rules: &Attempts) -> Standing {
        let then = self.turns.iter().rev().find(|turn| turn.facts.turn <= round);
        let is_over = self.taken() <= round;
        Standing {
            place: self.place,
            ending: self.finish().filter(|_| is_over).map(|finished| finished.end.ending),
            turns: then.map_or(0, |turn| turn.facts.turn),
            digest: then.map(|turn| turn.facts.workspace.digest.clone()).unwrap_or_default(),
            worth: then.and_then(|turn| turn.facts.signal(rules.signal()?)),
        }
    }

    /// Hands in what it left: the patch, and the grade where anything grades it.
    pub(crate) async fn hand_in(
        &mut self,
        at_limit: AtLimit,
        is_graded: bool,
    ) -> Result<(String, Option<Grade>), EnvError> {
        let discards = at_limit == AtLimit::Discard;
        if discards && self.finish().is_some_and(|finished| is_limit(finished.end.ending)) {
            self.environment.reset().await?;
        }
        let patch = self.environment.patch().await?;
        Ok((patch, if is_graded { Some(self.environment.grade().await?) } else { None }))
    }

    /// Ends what it holds. A failure to do so changes nothing of what it came to.
    pub(crate) async fn close(self) {
        if let Err(error) = self.environment.close().await {
            tracing::warn!(%error, "the environment was not closed");
        }
    }

    fn settle(&mut self, step: Step) {
        match step {
            Step::Done(finished) => self.end(finished),
            Step::Ask(_)
            | Step::Execute(_)
            | Step::Inspect(_)
            | Step::Aside(_)
            | Step::Decide(_)
            | Step::Record(_) => {
                self.state = State::Runs(Box::new(step));
            }
        }
    }

    /// A conversation that is over gives back what it holds at once.
    fn end(&mut self, finished: Finished) {
        self.conversation = None;
        self.branches = Branches::default();
        self.state = State::Ended(finished);
    }
}

fn with_tell(mut opening: Vec<Message>, tell: Option<&str>) -> Vec<Message> {
    note_below(&mut opening, tell);
    opening
}

fn converse(parts: &Parts, plan: &TrialPlan, place: u32) -> Result<Box<dyn Conversation>, ModelError> {
    let sampling = match plan.policy.attempts.temperature() {
        Some(temperature) if place > 1 && plan.sampling.temperature == 0.0 => {
            Sampling { temperature, ..plan.sampling.clone() }
        }
        Some(_) | None => plan.sampling.clone(),
    };
    let seed = attempt_seed(plan.key.seed, &plan.key.task, place);
    let style = parts.profile.style_for(&plan.task);
    parts.model.open(SessionSpec { task: &plan.task, sampling, seed, style: &style })
}
