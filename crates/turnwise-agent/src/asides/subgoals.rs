//! How many of the task's subgoals are met: the model is asked for them once, knowing the task alone, and after each turn
//! about every one of them, with yes or no. After CALM (arXiv 2409.12798; papers.md A19).

use turnwise_core::{Conversation, Message, ModelError, Said};
use turnwise_policy::signals::names;

use super::{Answer, SEED, trial};
use crate::opening::note_below;

/// How the model is asked for subgoals.
const LIST: &str = "Before you begin: which steps, each of which can be checked, lead to the goal? Write a line for each, seven at most, and nothing else.";
/// The most that are kept: each costs a question after every turn.
const MOST: usize = 7;
/// Above this p(yes) a subgoal counts as met.
const MET: f64 = 0.5;

/// What is to be known to ask about subgoals.
#[derive(Clone, Debug, PartialEq)]
pub struct Subgoals {
    /// The opening, to which they are listed.
    pub opening: Vec<Message>,
    /// What the attempt would be told next.
    pub told: Vec<Message>,
}

/// The subgoals of an attempt, once they are listed. They follow from the opening, so an attempt that is gone on with
/// later has the same.
pub(super) type Listed = Option<Vec<String>>;

/// Asks for the subgoals where they are not listed yet, and about each; `None` where the model cannot.
pub(super) async fn ask(
    conversation: &mut dyn Conversation,
    Subgoals { opening, told }: Subgoals,
    listed: &mut Listed,
) -> Result<Option<Answer>, ModelError> {
    let mut tokens = 0;
    let subgoals = match listed {
        Some(subgoals) => subgoals,
        None => {
            let Some(branch) = conversation.fork(SEED) else { return Ok(None) };
            let (subgoals, read) = list(branch, opening).await?;
            tokens += read;
            listed.insert(subgoals)
        }
    };
    let mut met = 0;
    for subgoal in &*subgoals {
        let Some(branch) = conversation.fork(SEED) else { return Ok(None) };
        let question = format!("The step \"{subgoal}\": is it done by now? Answer yes or no.");
        let Some(odds) = trial::odds(branch, noted(told.clone(), &question)).await? else { return Ok(None) };
        met += usize::from(odds.yes.is_some_and(|yes| yes > MET));
        tokens += odds.tokens;
    }
    let share = (!subgoals.is_empty()).then(|| met as f64 / subgoals.len() as f64);
    Ok(Some(Answer { numbers: share.into_iter().map(|share| (names::SUBGOALS, share)).collect(), tokens }))
}

/// The subgoals, and the tokens that were read and written for them.
async fn list(
    mut branch: Box<dyn Conversation>,
    opening: Vec<Message>,
) -> Result<(Vec<String>, u64), ModelError> {
    let said: Vec<Said> = noted(opening, LIST).into_iter().map(Said::Told).collect();
    branch.rebuild(&said);
    let reply = branch.reply().await?;
    Ok((lines(&reply.text), reply.usage.prefill_tokens + reply.usage.decode_tokens))
}

fn noted(mut messages: Vec<Message>, note: &str) -> Vec<Message> {
    note_below(&mut messages, Some(note));
    messages
}

/// The lines of a reply behind its thinking, without what numbers or marks them.
fn lines(reply: &str) -> Vec<String> {
    let said = reply.rsplit("</think>").next().unwrap_or_default();
    let is_mark = |c: char| c.is_ascii_digit() || c.is_whitespace() || "-*.)•#".contains(c);
    let lines = said.lines().map(|line| line.trim_start_matches(is_mark).trim_end());
    lines.filter(|line| !line.is_empty()).take(MOST).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{MOST, lines};

    #[test]
    fn marks_and_thoughts_are_no_part_of_a_subgoal() {
        let reply = "<think>1. what?</think>\n1. Read a.py\n\n- run the tests\n  * `2 + 2` is 4\n7) **done**";
        assert_eq!(lines(reply), ["Read a.py", "run the tests", "`2 + 2` is 4", "done**"]);
        assert_eq!(lines(&"x\n".repeat(20)).len(), MOST);
        assert!(lines("<think>nothing</think>\n - \n").is_empty());
    }
}
