//! An attempt as a pure state machine: no clock, no I/O, no waiting.
//!
//! [`Attempt::begin`] gives the first [`Step`]. Each step says what is to be done and takes the outcome by
//! value, which gives the next step; so nothing can be answered twice or out of turn.

mod step;

use std::sync::Arc;

use turnwise_core::{
    Action, AttemptNo, Command, Ending, Finish, Message, ParsedReply, Reply, Role, TrialId, TurnFacts,
    TurnRecord, Verdict, WorkspaceState,
};
use turnwise_policy::{Asides, Context, Controller, End, Laps, Policy, Spoken, signals::names};

pub(crate) use step::in_words;
pub use step::{Asking, Deciding, Executing, Inspecting, Recording, Step, Wondering};

use crate::{Past, Profile, ProfileError, Questions, Recited, Subgoals, context, opening::note_below};

/// An attempt that has not begun.
#[derive(Debug)]
pub struct Attempt {
    state: State,
    tell: Vec<Message>,
}

impl Attempt {
    /// An attempt of `trial`, at this place among its attempts, that tells the model `opening` first.
    pub fn new(
        trial: TrialId,
        (attempt, place): (AttemptNo, u32),
        policy: &Policy,
        profile: Arc<Profile>,
        opening: Vec<Message>,
    ) -> Self {
        let state = State {
            trial,
            attempt,
            profile,
            context: policy.context.clone(),
            past: Vec::new(),
            similarity: policy.recalled.as_ref().map(|recalled| recalled.similarity),
            asides: policy.asides(),
            opening: opening.clone(),
            controller: policy.controller_of(place),
            tally: Finished::interrupted(policy),
            workspace: WorkspaceState::default(),
            stores_states: false,
        };
        Self { state, tell: opening }
    }

    /// Whether the hidden states at the ends of its replies are recorded.
    #[must_use]
    pub fn storing_states(mut self, stores: bool) -> Self {
        self.state.stores_states = stores;
        self
    }

    /// The first step.
    pub fn begin(self) -> Step {
        Step::Ask(Asking { state: Box::new(self.state), tell: self.tell })
    }
}

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Why it ended.
    pub end: End,
    /// The harness's failure in words, for [`Ending::InfraError`].
    pub error: Option<String>,
    /// How many turns it took.
    pub turns: u32,
    /// Prompt plus reply tokens over all turns.
    pub tokens: u64,
    /// The turn limit at the end, extensions included.
    pub turn_limit: Option<u32>,
    /// How often the limit was extended.
    pub extensions: u32,
    /// How often the model was reminded after a turn, extensions included.
    pub reminders: u32,
}

impl Finished {
    /// Interrupted before the first turn.
    pub(crate) fn interrupted(policy: &Policy) -> Self {
        let (end, turn_limit) = (End::of(Ending::Interrupted), policy.turn_limit());
        Self { end, error: None, turns: 0, tokens: 0, turn_limit, extensions: 0, reminders: 0 }
    }

    /// Ended by a failure of the harness outside the turns.
    pub(crate) fn failed(error: String, policy: &Policy) -> Self {
        Self { end: End::of(Ending::InfraError), error: Some(error), ..Self::interrupted(policy) }
    }
}

/// When a reply was asked for, how long it took, and what it cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taken {
    /// When the turn began, in milliseconds since the epoch.
    pub started_at: i64,
    /// How long the model took, in milliseconds.
    pub ms: f64,
    /// What it cost in money, where the model has a price.
    pub cost: Option<f64>,
}

/// What an attempt knows between two turns.
#[derive(Debug)]
struct State {
    trial: TrialId,
    attempt: AttemptNo,
    profile: Arc<Profile>,
    /// What of the attempt the model is shown.
    context: Context,
    /// The turns so far, where they may have to be told again.
    past: Vec<Past>,
    /// How much the experience that was found for the task is of a task like it.
    similarity: Option<f64>,
    /// What is asked aside after each turn.
    asides: Asides,
    /// What the model was told first.
    opening: Vec<Message>,
    controller: Controller,
    tally: Finished,
    /// The state of the work after the last action.
    workspace: WorkspaceState,
    /// Whether the hidden states at the ends of its replies are recorded.
    stores_states: bool,
}

/// A turn under way: what is known of it since its reply came.
#[derive(Debug)]
struct Draft {
    prompt: Vec<Message>,
    reply: Reply,
    taken: Taken,
    thought: String,
    asks_more: bool,
    action: Action,
    /// What is run for it, in order.
    commands: Vec<Command>,
    /// What the model is told of each command that was run, or of what was wrong with its reply.
    answers: Vec<String>,
    exit_code: Option<i32>,
    tool_ms: f64,
}

impl State {
    fn finish(mut self, ending: Ending, error: Option<String>) -> Step {
        self.tally.end = End::of(ending);
        self.tally.error = error;
        Step::Done(self.tally)
    }

    /// Takes a reply apart.
    fn draft(&self, prompt: Vec<Message>, reply: Reply, taken: Taken) -> Result<Draft, ProfileError> {
        let bare = context::without_report(&self.context, &self.profile, &reply);
        let ParsedReply { thought, action, commands, asks_more } =
            self.profile.parse(bare.as_ref().unwrap_or(&reply))?;
        let answers = match &action {
            Action::Invalid { complaint } => vec![complaint.clone()],
            Action::Shell(_) | Action::Submit => Vec::new(),
        };
        let (exit_code, tool_ms) = (None, 0.0);
        Ok(Draft { prompt, reply, taken, thought, asks_more, action, commands, answers, exit_code, tool_ms })
    }

    /// What the model is told about a turn: an answer to each of its calls, or else one message.
    fn tell(&self, draft: &Draft, note: Option<&str>) -> Vec<Message> {
        let role = match draft.action {
            Action::Invalid { .. } => self.profile.critic(),
            Action::Shell(_) | Action::Submit => self.profile.observer(),
        };
        let answers = &draft.answers;
        let calls = draft.reply.tool_calls.iter().enumerate();
        // A complaint is about the whole reply, so every call is answered with it.
        let mut tell: Vec<Message> = calls
            .filter_map(|(at, call)| {
                Some(Message::answer(&*call.id, answers.get(at).or(answers.last())?.clone()))
            })
            .collect();
        if tell.is_empty() {
            tell.push(Message::new(role, answers.join("\n")));
        }
        note_below(&mut tell, note);
        tell
    }

    /// What is to be asked aside about a turn. One that ends the attempt itself is past asking.
    fn questions(&self, draft: &Draft) -> Questions {
        let is_over = draft.action == Action::Submit || draft.reply.finish == Finish::ContextFull;
        if is_over || self.asides.is_empty() {
            return Questions::default();
        }
        let trial = self.asides.question.as_ref().map(|question| self.tell(draft, Some(question)));
        let drift = self.is_recited().then(|| Recited {
            knowing: self.opening.iter().chain(&draft.prompt).map(uncalled).collect(),
            tokens: draft.reply.tokens.clone(),
        });
        let subgoals = self
            .asides
            .subgoals
            .then(|| Subgoals { opening: self.opening.clone(), told: self.tell(draft, None) });
        Questions { trial, drift, subgoals }
    }

    /// Whether the reply of this turn is recited to somebody who knows less: before the first there is nothing else to know.
    fn is_recited(&self) -> bool {
        self.asides.drift && self.tally.turns > 0
    }

    /// Nothing more happens on a turn: what is to be asked aside is asked, and what comes after it decided.
    fn close_turn(self: Box<Self>, draft: Draft) -> Step {
        let mut signals = draft.reply.measured.clone();
        signals.extend(self.similarity.map(|similarity| (names::EXPERIENCE.to_owned(), similarity)));
        let facts = TurnFacts {
            turn: self.tally.turns + 1,
            action: draft.action.clone(),
            observation: draft.answers.join("\n"),
            exit_code: draft.exit_code,
            workspace: self.workspace.clone(),
            asks_more: draft.asks_more,
            usage: draft.reply.usage,
            elapsed_ms: whole(draft.taken.ms + draft.tool_ms),
            cost: draft.taken.cost,
            signals,
        };
        let questions = self.questions(&draft);
        let turn = Deciding { state: self, draft, facts };
        match questions.is_empty() {
            true => Step::Decide(turn),
            false => Step::Aside(Wondering { turn, questions }),
        }
    }

    /// Decides what comes after a turn, and what is recorded of it.
    fn decide(mut self: Box<Self>, mut draft: Draft, mut facts: TurnFacts, laps: &mut dyn Laps) -> Step {
        let Reply { text, stats, states, .. } = &draft.reply;
        let spoken = Spoken { reply: text, thought: &draft.thought, stats: *stats, states: states.as_ref() };
        let decision = self.controller.decide(&mut facts, spoken, laps);
        self.count(&facts);
        draft.reply.states.take_if(|_| !self.stores_states);
        let verdict = decision.verdict.kind();
        let end = match draft.reply.finish {
            Finish::ContextFull => Some(End::of(Ending::ContextFull)),
            Finish::Stop | Finish::Length => decision.end,
        };
        let note = match decision.verdict {
            Verdict::Remind { text } | Verdict::Extend { text, .. } | Verdict::Shorten { text, .. } => {
                Some(text)
            }
            Verdict::Continue | Verdict::Stop | Verdict::Restart { .. } => None,
        };
        let tell = self.tell(&draft, note.as_deref());
        if !self.context.only_grows() {
            self.past.push(Past { told: draft.prompt.clone(), reply: draft.reply.clone() });
        }
        let record = TurnRecord {
            trial: self.trial.clone(),
            attempt: self.attempt,
            prompt: draft.prompt,
            reply: draft.reply,
            thought: draft.thought,
            facts,
            votes: decision.votes,
            vote_us: Vec::new(),
            verdict,
            model_ms: draft.taken.ms,
            tool_ms: draft.tool_ms,
            started_at: draft.taken.started_at,
        };
        Step::Record(Recording { state: self, record: Box::new(record), end, tell })
    }

    fn count(&mut self, facts: &TurnFacts) {
        self.tally.turns += 1;
        self.tally.tokens += facts.usage.prompt_tokens + facts.usage.decode_tokens;
        self.tally.turn_limit = self.controller.turn_limit();
        self.tally.extensions = self.controller.extensions();
        self.tally.reminders = self.controller.reminders();
    }
}

/// A message where the call that it answers was never made.
fn uncalled(message: &Message) -> Message {
    match message.tool_call_id {
        Some(_) => Message::new(Role::User, message.content.as_str()),
        None => message.clone(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "milliseconds of a turn: not negative, and far below 2^53"
)]
fn whole(ms: f64) -> u64 {
    ms.max(0.0).round() as u64
}

#[cfg(test)]
mod tests;
