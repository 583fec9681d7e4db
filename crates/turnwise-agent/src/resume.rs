//! How an attempt comes to stand where recorded turns end, its own or those of the attempt that it branches off from: the
//! actions are run again in a fresh environment, and as long as everything comes out as recorded, the conversation is
//! restored.

use turnwise_core::{Conversation, EnvError, Environment, TurnRecord};
use turnwise_policy::Untimed;

use crate::{Step, Taken, driver::tell};

/// Takes an attempt from `step` through recorded turns. `None` when something comes out differently; then the
/// environment and the conversation are of no more use, and the attempt is to be started over.
///
/// # Errors
/// When the environment fails as a part of the harness.
pub(crate) async fn resume(
    mut step: Step,
    recorded: &[TurnRecord],
    conversation: &mut dyn Conversation,
    environment: &mut dyn Environment,
) -> Result<Option<Step>, EnvError> {
    let mut turns = recorded.iter();
    let mut now = None;
    let mut tool_ms = 0.0;
    loop {
        step = match step {
            Step::Ask(ask) => {
                now = turns.next();
                let Some(turn) = now else { return Ok(Some(Step::Ask(ask))) };
                if ask.messages() != turn.prompt {
                    return Ok(None);
                }
                tell(&ask, conversation);
                conversation.restore(&turn.reply);
                tool_ms = turn.tool_ms;
                // What it cost then counts, whatever the prices are now.
                let taken = Taken { started_at: turn.started_at, ms: turn.model_ms, cost: turn.facts.cost };
                ask.on_reply(turn.reply.clone(), taken)
            }
            Step::Execute(run) => {
                let observation = environment.execute(run.command()).await?;
                // The record has the time of all commands of a turn together.
                run.on_observation(&observation, std::mem::take(&mut tool_ms))
            }
            Step::Inspect(look) => look.on_state(environment.state().await?),
            // With no turn at hand there was no reply to ask anything about.
            Step::Aside(aside) => match now {
                Some(turn) => aside.on_record(&turn.facts),
                None => return Ok(None),
            },
            Step::Decide(turn) => match now {
                Some(recorded) => turn.on_record(&recorded.facts).decide(&mut Untimed),
                None => return Ok(None),
            },
            Step::Record(again) => {
                let same = now.is_some_and(|turn| {
                    turn.facts == again.turn().facts && turn.verdict == again.turn().verdict
                });
                if !same {
                    return Ok(None);
                }
                again.on_recorded().1
            }
            Step::Done(finished) => return Ok(Some(Step::Done(finished))),
        };
    }
}
