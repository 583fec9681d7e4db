//! Carries out an attempt's steps: the only place where the machine, the model, the environment and the
//! recorder meet. Read it aloud.

use turnwise_core::{Conversation, Environment, RecordError, TurnRecord};

use crate::{Asking, Branches, Finished, Parts, Spans, Step, Taken, Update, laps::LapTimes};

/// What a turn came to.
#[derive(Debug)]
pub enum Driven {
    /// The turn is in the store, and this comes next.
    Turn(Box<TurnRecord>, Box<Step>),
    /// The attempt has ended.
    Done(Finished),
}

/// Carries out `step` and all that follow it, until a turn is in the store or the attempt has ended.
///
/// # Errors
/// When the turn cannot be recorded: then nothing may go on.
pub async fn drive(
    mut step: Step,
    parts: &Parts,
    (conversation, branches): (&mut dyn Conversation, &mut Branches),
    environment: &mut dyn Environment,
) -> Result<Driven, RecordError> {
    let mut laps = LapTimes::of(&*parts.clock);
    loop {
        step = match step {
            Step::Ask(ask) if parts.interrupt.is_raised() => ask.interrupted(),
            Step::Ask(ask) => {
                tell(&ask, conversation);
                branches.told(&ask, conversation);
                let (started_at, span) = (parts.clock.now_ms(), Spans::begin(&*parts.clock));
                match conversation.reply().await {
                    Ok(reply) => {
                        let cost = parts.price.map(|price| price.cost(&reply.usage));
                        // A reply that was known takes what it took when it was computed: nothing that is
                        // recorded depends on who came first.
                        let ms = reply.origin.map_or_else(|| span.ms(), |origin| origin.ms);
                        ask.on_reply(reply, Taken { started_at, ms, cost })
                    }
                    Err(error) => ask.failed(&error),
                }
            }
            Step::Execute(run) => {
                let span = Spans::begin(&*parts.clock);
                match environment.execute(run.command()).await {
                    Ok(observation) => run.on_observation(&observation, span.ms()),
                    Err(error) => run.failed(&error),
                }
            }
            Step::Inspect(look) => match environment.state().await {
                Ok(state) => look.on_state(state),
                Err(error) => look.failed(&error),
            },
            Step::Aside(aside) => {
                let numbers = branches.ask(aside.questions().clone(), conversation).await;
                aside.on_numbers(numbers)
            }
            Step::Decide(turn) => turn.decide(&mut laps),
            Step::Record(turn) => {
                parts.recorder.record(turn.event(laps.take())).await?;
                parts.progress.report(Update::of_turn(&turn));
                let (record, next) = turn.on_recorded();
                return Ok(Driven::Turn(record, Box::new(next)));
            }
            Step::Done(finished) => return Ok(Driven::Done(finished)),
        };
    }
}

/// Tells the model what it is to be told before it replies.
pub(crate) fn tell(ask: &Asking, conversation: &mut dyn Conversation) {
    match ask.anew() {
        Some(said) => conversation.rebuild(&said),
        None => ask.messages().iter().for_each(|message| conversation.push(message.clone())),
    }
}
