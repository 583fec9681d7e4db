//! The prompt of a turn, put together of what is recorded of the turns before it and what the policy shows of them.
//!
//! Pure: the same function makes the prompts of a live attempt and puts them together again from its record. See
//! [`turnwise_policy::Context`] for which turns stand in it.

use turnwise_core::{Message, Observation, Reply, Said};
use turnwise_policy::{Context, History, Report};

use crate::{Profile, ProfileError};

/// What stands for an action that is not there: some models are not told an empty message.
const NOTHING: &str = "(nothing)";

/// A turn as its record has it: what the model was told before it, and its reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// What the model was told since the reply before; before the first turn the opening.
    pub told: Vec<Message>,
    /// The reply.
    pub reply: Reply,
}

/// Everything that the model is shown before its next reply, which it is told `now`; `None` where that is all that was
/// shown before the last reply, that reply, and `now`: then nothing has to be said again.
pub fn shown(context: &Context, profile: &Profile, past: &[Past], now: &[Message]) -> Option<Vec<Said>> {
    if context.only_grows() || past.is_empty() {
        return None;
    }
    let turns = u32::try_from(past.len()).unwrap_or(u32::MAX);
    let view = context.view(turns);
    match &context.history {
        History::Report(report) => Some(reported(report, profile, past, now)),
        History::Full | History::Window(_) if (view.first, view.whole) == (1, 1) => None,
        History::Full => Some(recounted(context, past, now, None)),
        History::Window(window) => {
            let left_out = view.left_out();
            let note = (left_out > 0).then(|| window.note(left_out));
            Some(recounted(context, past, now, note))
        }
    }
}

/// The opening with a note below it, and the turns that are shown.
fn recounted(context: &Context, past: &[Past], now: &[Message], note: Option<String>) -> Vec<Said> {
    let view = context.view(u32::try_from(past.len()).unwrap_or(u32::MAX));
    let mut said = opening(past, note);
    // What came of a turn was told before the next one.
    let told = past.iter().skip(1).map(|turn| turn.told.as_slice()).chain([now]);
    for ((turn, told), number) in past.iter().zip(told).zip(1..) {
        if number < view.first {
            continue;
        }
        said.push(Said::Replied(turn.reply.clone()));
        let is_old = number < view.whole;
        said.extend(told.iter().map(|message| Said::Told(aged(context, message, is_old))));
    }
    said
}

/// An observation, as a line where it is old.
fn aged(context: &Context, message: &Message, is_old: bool) -> Message {
    let shrink = context.shrink.as_ref().filter(|_| is_old);
    let line = shrink.and_then(|shrink| shrink.line(&message.content));
    Message { content: line.unwrap_or_else(|| message.content.clone()), ..message.clone() }
}

/// The opening, the last report that was written, the last action and what came of it.
fn reported(report: &Report, profile: &Profile, past: &[Past], now: &[Message]) -> Vec<Said> {
    let mut replies = past.iter().rev().map(|turn| &turn.reply);
    let action = replies.clone().next().map(|reply| Said::Told(profile.action_alone(reply, report)));
    let written = replies.find_map(|reply| profile.report(reply, report));
    let mut said = opening(past, written.map(|written| report.recalled(&written)));
    said.extend(action);
    said.extend(now.iter().cloned().map(Said::Told));
    said
}

fn opening(past: &[Past], note: Option<String>) -> Vec<Said> {
    let mut opening = past.first().map(|turn| turn.told.clone()).unwrap_or_default();
    if let (Some(last), Some(note)) = (opening.last_mut(), note) {
        last.content = format!("{}\n\n{note}", last.content);
    }
    opening.into_iter().map(Said::Told).collect()
}

/// A reply as it is taken apart: without the report in it, which is no part of its command.
pub(crate) fn without_report(context: &Context, profile: &Profile, reply: &Reply) -> Option<Reply> {
    match &context.history {
        History::Full | History::Window(_) => None,
        History::Report(report) => Some(profile.without_report(reply, report)),
    }
}

/// What the model sees of an observation. Where the profile would cut again what the policy leaves of an output, its own
/// cut alone stands.
pub(crate) fn observed(
    context: &Context,
    profile: &Profile,
    command: &str,
    seen: &Observation,
) -> Result<String, ProfileError> {
    let ends = context.cut.as_ref().and_then(|cut| cut.ends(&seen.output, seen.elided_bytes));
    let Some(output) = ends else { return profile.shown(command, seen) };
    let shown = profile.shown(command, &Observation { output: output.clone(), ..seen.clone() })?;
    match shown.contains(output.trim()) {
        true => Ok(shown),
        false => profile.shown(command, seen),
    }
}

impl Profile {
    /// The report in a reply, if there is one behind its thinking.
    fn report(&self, reply: &Reply, report: &Report) -> Option<String> {
        report.split(self.spoken(&reply.text)).0
    }

    /// A reply without the report in it; all else stays where it is.
    fn without_report(&self, reply: &Reply, report: &Report) -> Reply {
        let spoken = self.spoken(&reply.text);
        let thinking = &reply.text[..reply.text.len() - spoken.len()];
        let (_, rest) = report.split(spoken);
        Reply { text: format!("{thinking}{rest}"), ..reply.clone() }
    }

    /// What is left of a reply without thinking and report: what it wants done.
    fn action_alone(&self, reply: &Reply, report: &Report) -> Message {
        let (_, rest) = report.split(self.spoken(&reply.text));
        let said = match (self.without_calls(&rest, reply).trim(), reply.tool_calls.is_empty()) {
            ("", true) => NOTHING,
            (said, _) => said,
        };
        Message::calling(said, reply.tool_calls.clone())
    }
}

#[cfg(test)]
mod tests;
