//! Other tools' words for why an attempt ended.

use turnwise_core::{Action, Ending};

use crate::Trajectory;

/// What a command prints or holds when the work is handed in, in mini-swe-agent's versions 2 and 1.
const SENTINELS: [&str; 2] = ["COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT", "MINI_SWE_AGENT_FINAL_OUTPUT"];

/// The ending that a trajectory's own word means; without a word, what its turns and outcome say.
///
/// A word that nobody knows is the name of an exception: the harness failed.
pub(crate) fn ending_of(t: &Trajectory) -> Ending {
    let at_limit =
        t.turn_limit.is_some_and(|limit| t.turns.len() >= usize::try_from(limit).unwrap_or(usize::MAX));
    let Some(word) = &t.exit else {
        return match (t.solved, at_limit) {
            _ if t.error.is_some() || t.turns.is_empty() => Ending::InfraError,
            (Some(true), _) | (_, false) => Ending::Submitted,
            (_, true) => Ending::TurnLimit,
        };
    };
    match of_word(word) {
        Some(Ending::TurnLimit) if word == "LimitsExceeded" && !at_limit && t.turn_limit.is_some() => {
            Ending::CostLimit
        }
        Some(ending) => ending,
        None => Ending::InfraError,
    }
}

/// What is known of a word by itself.
fn of_word(word: &str) -> Option<Ending> {
    // SWE-agent hands the work in when it stops by itself: `submitted (exit_cost)`.
    let inner = word.strip_prefix("submitted (").and_then(|rest| rest.strip_suffix(')')).unwrap_or(word);
    if let Ok(ending) = inner.parse() {
        return Some(ending);
    }
    Some(match inner {
        "Submitted"
        | "finished"
        | "FINISHED"
        | "AgentState.FINISHED"
        | "completed"
        | "success"
        | "task_success" => Ending::Submitted,
        "LimitsExceeded"
        | "MaxIterationsReached"
        | "max_steps"
        | "max_propose_steps"
        | "turn"
        | "message" => Ending::TurnLimit,
        "exit_cost" | "exit_total_cost" | "exit_instance_cost" | "MaxBudgetReached" | "cost" => {
            Ending::CostLimit
        }
        "token" => Ending::TokenLimit,
        "TimeExceeded"
        | "exit_total_execution_time"
        | "exit_command_timeout"
        | "time"
        | "working"
        | "AgentTimeoutError" => Ending::TimeLimit,
        "exit_context" | "context" | "ContextWindowExceededError" => Ending::ContextFull,
        "RepeatedFormatError" | "exit_format" => Ending::FormatErrors,
        "stuck" | "STUCK" | "AgentStuckInLoopError" | "custom" => Ending::Stopped,
        "UserInterruption" | "exit_forfeit" | "early_exit" | "operator" | "paused" | "Cancelled"
        | "cancelled" => Ending::Interrupted,
        _ => return None,
    })
}

/// The word for an ending in a tool's own vocabulary: the one that the trajectory came with, or the tool's, or ours.
pub(crate) fn word<'a>(t: &'a Trajectory, words: &[(Ending, &'static str)]) -> &'a str {
    let own = words.iter().find(|(ending, _)| *ending == t.ending).map(|(_, word)| *word);
    t.exit.as_deref().or(own).unwrap_or(t.ending.as_str())
}

/// Marks the last action as the handing in where it was that: a tool's own way of handing in is a command like any
/// other.
pub(crate) fn hand_in(t: &mut Trajectory) {
    let submitted = t.ending == Ending::Submitted;
    let Some(last) = t.turns.last_mut().filter(|_| submitted) else { return };
    if let Action::Shell(command) = &last.action
        && (command.trim() == "submit" || SENTINELS.iter().any(|sentinel| command.contains(sentinel)))
    {
        last.action = Action::Submit;
    }
}

/// Takes a last reply that calls no tool for the handing in: where agents act by calls alone, that is how they end.
pub(crate) fn hand_in_by_words(t: &mut Trajectory) {
    hand_in(t);
    let submitted = t.ending == Ending::Submitted;
    let Some(last) = t.turns.last_mut().filter(|last| submitted && last.calls.is_empty()) else { return };
    if last.action == (Action::Invalid { complaint: String::new() }) {
        last.action = Action::Submit;
    }
}

#[cfg(test)]
mod tests {
    use turnwise_core::{Action, Ending};

    use super::{ending_of, hand_in};
    use crate::{Trajectory, Turn};

    fn ended(word: Option<&str>, turns: usize, limit: Option<u32>) -> Ending {
        let turn = Turn::of("", Action::Shell("ls".to_owned()));
        ending_of(&Trajectory {
            exit: word.map(str::to_owned),
            turns: vec![turn; turns],
            turn_limit: limit,
            ..Trajectory::of("k")
        })
    }

    #[test]
    fn words_of_other_tools_are_endings() {
        for (word, ending) in [
            ("Submitted", Ending::Submitted),
            ("submitted (exit_context)", Ending::ContextFull),
            ("TimeExceeded", Ending::TimeLimit),
            ("exit_format", Ending::FormatErrors),
            ("stuck", Ending::Stopped),
            ("UserInterruption", Ending::Interrupted),
            ("task_success", Ending::Submitted),
            ("max_propose_steps", Ending::TurnLimit),
            ("InternalServerError", Ending::InfraError),
            ("restarted", Ending::Restarted),
        ] {
            assert_eq!(ended(Some(word), 3, None), ending, "{word}");
        }
        assert_eq!(ended(Some("LimitsExceeded"), 3, Some(3)), Ending::TurnLimit);
        assert_eq!(ended(Some("LimitsExceeded"), 2, Some(3)), Ending::CostLimit);
    }

    #[test]
    fn without_a_word_the_turns_say_it() {
        assert_eq!(ended(None, 3, Some(3)), Ending::TurnLimit);
        assert_eq!(ended(None, 2, Some(3)), Ending::Submitted);
        assert_eq!(ended(None, 0, Some(3)), Ending::InfraError);
    }

    #[test]
    fn the_last_command_of_work_that_was_handed_in_is_the_handing_in() {
        let act = |command: &str| Turn::of("", Action::Shell(command.to_owned()));
        let sentinel = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT && cat patch.txt";
        let mut t = Trajectory { turns: vec![act(sentinel), act(sentinel)], ..Trajectory::of("k") };
        hand_in(&mut t);
        assert_eq!((&t.turns[0].action, &t.turns[1].action), (&act(sentinel).action, &Action::Submit));
        t.turns[1] = act("ls");
        hand_in(&mut t);
        assert_eq!(t.turns[1], act("ls"));
    }
}
