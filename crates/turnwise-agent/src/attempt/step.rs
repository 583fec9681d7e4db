//! The steps of an attempt. Each holds the attempt's state until its outcome is known.

use turnwise_core::{
    Action, Ending, Finish, Message, Observation, Reply, RunEvent, Said, TurnFacts, TurnRecord,
    WorkspaceState,
};
use turnwise_policy::{Asides, End, Laps};

use super::{Draft, Finished, State, Taken};
use crate::{Questions, context, opening::note_below};

/// What is to be done next.
#[derive(Debug)]
pub enum Step {
    /// Tell the model something and ask for its reply.
    Ask(Asking),
    /// Run a command in the environment.
    Execute(Executing),
    /// Look at the state of the work.
    Inspect(Inspecting),
    /// Ask the model something that the attempt never sees.
    Aside(Wondering),
    /// Decide what comes after a turn.
    Decide(Deciding),
    /// Record a turn.
    Record(Recording),
    /// Nothing: the attempt has ended.
    Done(Finished),
}

/// See [`Step::Ask`].
#[derive(Debug)]
pub struct Asking {
    pub(super) state: Box<State>,
    pub(super) tell: Vec<Message>,
}

impl Asking {
    /// What the model is told before it replies, and has not been told before.
    pub fn messages(&self) -> &[Message] {
        &self.tell
    }

    /// The model is told this, too, below the rest.
    #[must_use]
    pub fn with_note(mut self, note: Option<&str>) -> Self {
        note_below(&mut self.tell, note);
        self
    }

    /// Everything that the model is shown before it replies, [`Asking::messages`] included, where what was said before
    /// does not stay as it was: then all of it is said anew. `None` where those messages are added.
    pub fn anew(&self) -> Option<Vec<Said>> {
        let State { context, profile, past, .. } = &*self.state;
        context::shown(context, profile, past, &self.tell)
    }

    /// Whether the reply will be recited aside, as if it had been drawn where this was said.
    pub fn is_recited(&self) -> bool {
        self.state.is_recited()
    }

    /// Another attempt of the trial won, or did better.
    pub fn cancelled(self) -> Step {
        self.state.finish(Ending::Cancelled, None)
    }

    /// The model replied.
    pub fn on_reply(self, reply: Reply, taken: Taken) -> Step {
        if reply.finish == Finish::ContextFull && reply.text.is_empty() {
            return self.state.finish(Ending::ContextFull, None);
        }
        let draft = match self.state.draft(self.tell, reply, taken) {
            Ok(draft) => draft,
            Err(error) => return self.state.finish(Ending::InfraError, Some(in_words(&error))),
        };
        match draft.action {
            Action::Shell(_) => Step::Execute(Executing { state: self.state, draft }),
            Action::Submit | Action::Invalid { .. } => self.state.close_turn(draft),
        }
    }

    /// The user interrupted the run: no further turn begins.
    pub fn interrupted(self) -> Step {
        self.state.finish(Ending::Interrupted, None)
    }

    /// The model failed as a part of the harness.
    pub fn failed(self, error: &dyn std::error::Error) -> Step {
        self.state.finish(Ending::InfraError, Some(in_words(error)))
    }
}

/// See [`Step::Execute`].
#[derive(Debug)]
pub struct Executing {
    state: Box<State>,
    draft: Draft,
}

impl Executing {
    /// The command: the first that has no answer yet.
    pub fn command(&self) -> &str {
        self.draft.commands.get(self.draft.answers.len()).map_or("", |command| &command.text)
    }

    /// The command was run, in so many milliseconds. What a reply wants done ends with what hands in the work.
    pub fn on_observation(mut self, observation: &Observation, ms: f64) -> Step {
        self.draft.exit_code = observation.exit_code;
        self.draft.tool_ms += ms;
        if let Some(submission) = self.state.profile.submission(observation) {
            self.draft.answers.push(submission.to_owned());
            self.draft.action = Action::Submit;
            return Step::Inspect(Inspecting { state: self.state, draft: self.draft });
        }
        let State { context: shows, profile, .. } = &*self.state;
        match context::observed(shows, profile, self.command(), observation) {
            Ok(shown) => self.draft.answers.push(shown),
            Err(error) => return self.state.finish(Ending::InfraError, Some(in_words(&error))),
        }
        match self.draft.answers.len() < self.draft.commands.len() {
            true => Step::Execute(self),
            false => Step::Inspect(Inspecting { state: self.state, draft: self.draft }),
        }
    }

    /// The environment failed as a part of the harness.
    pub fn failed(self, error: &dyn std::error::Error) -> Step {
        self.state.finish(Ending::InfraError, Some(in_words(error)))
    }
}

/// See [`Step::Inspect`].
#[derive(Debug)]
pub struct Inspecting {
    state: Box<State>,
    draft: Draft,
}

impl Inspecting {
    /// The state of the work is known.
    pub fn on_state(mut self, workspace: WorkspaceState) -> Step {
        self.state.workspace = workspace;
        self.state.close_turn(self.draft)
    }

    /// The environment failed as a part of the harness.
    pub fn failed(self, error: &dyn std::error::Error) -> Step {
        self.state.finish(Ending::InfraError, Some(in_words(error)))
    }
}

/// See [`Step::Aside`].
#[derive(Debug)]
pub struct Wondering {
    pub(super) turn: Deciding,
    pub(super) questions: Questions,
}

impl Wondering {
    /// What is to be asked.
    pub fn questions(&self) -> &Questions {
        &self.questions
    }

    /// What came of it, by name: signals of the turn.
    pub fn on_numbers(mut self, numbers: Vec<(String, f64)>) -> Step {
        self.turn.facts.signals.extend(numbers);
        Step::Decide(self.turn)
    }

    /// What came of it when the turn was recorded with these facts: nobody is asked again.
    pub fn on_record(self, facts: &TurnFacts) -> Step {
        let recorded = facts.signals.iter().filter(|(name, _)| Asides::SIGNALS.contains(&&**name));
        let numbers = recorded.cloned().collect();
        self.on_numbers(numbers)
    }
}

/// See [`Step::Decide`].
#[derive(Debug)]
pub struct Deciding {
    pub(super) state: Box<State>,
    pub(super) draft: Draft,
    pub(super) facts: TurnFacts,
}

impl Deciding {
    /// The turn is recorded already: what was learned said of it then what stands in the record, also where the hidden states that
    /// it looked at were not stored.
    #[must_use]
    pub fn on_record(mut self, recorded: &TurnFacts) -> Self {
        for name in self.state.controller.learned_signals() {
            let known = self.facts.signal(&name).or(recorded.signal(&name));
            self.facts.signals.retain(|(other, _)| *other != name);
            self.facts.signals.extend(known.map(|value| (name, value)));
        }
        self
    }

    /// Lets the policy decide; `laps` is told when each rule has spoken.
    pub fn decide(self, laps: &mut dyn Laps) -> Step {
        self.state.decide(self.draft, self.facts, laps)
    }
}

/// See [`Step::Record`].
#[derive(Debug)]
pub struct Recording {
    pub(super) state: Box<State>,
    pub(super) record: Box<TurnRecord>,
    pub(super) end: Option<End>,
    pub(super) tell: Vec<Message>,
}

impl Recording {
    /// The turn.
    pub fn turn(&self) -> &TurnRecord {
        &self.record
    }

    /// The turn limit now, extensions included.
    pub fn turn_limit(&self) -> Option<u32> {
        self.state.controller.turn_limit()
    }

    /// The event to record, with how long each vote took, in microseconds.
    pub fn event(&self, vote_us: Vec<f64>) -> RunEvent {
        let mut record = self.record.clone();
        record.vote_us = vote_us;
        RunEvent::TurnFinished(record)
    }

    /// The turn is in the store: gives it, and what comes next.
    pub fn on_recorded(mut self) -> (Box<TurnRecord>, Step) {
        let next = match self.end {
            Some(end) => {
                self.state.tally.end = end;
                Step::Done(self.state.tally)
            }
            None => Step::Ask(Asking { state: self.state, tell: self.tell }),
        };
        (self.record, next)
    }
}

/// An error with its causes.
pub(crate) fn in_words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}
