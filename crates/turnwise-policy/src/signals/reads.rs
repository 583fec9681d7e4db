//! What each signal is measured from. One that is not named here is taken to be measured from everything.

use super::{Origin, Signal, names::*};
use crate::Reads;

const NUMBERS: &[&str] = &[
    NO_CHANGE,
    CHANGES,
    FIRST_CHANGE,
    CHURN,
    BACKTRACKS,
    ERRORS,
    ERROR_SHARE,
    ERROR_STREAK,
    ERROR_TREND,
    EXIT_STREAK,
    TURN_SHARE,
    TURNS_LEFT,
    TURN_TOKENS,
    TOKENS_TREND,
    PROMPT_TOKENS,
    TURN_SECONDS,
    ENTROPY,
    LOGPROB,
    ENTROPY_SLOPE,
    LOGPROB_SLOPE,
    STEP_WEIGHT,
    STEP_QUALITY,
];
const ACTIONS: &[&str] = &[
    ACTION_REPEAT,
    ACTION_SEEN,
    DISTINCT_ACTIONS,
    NOVELTY,
    BIGRAM_REPEAT,
    TWO_CYCLE,
    ACTION_ENTROPY,
    ACTION_LCS,
    REVISITS,
    EDITED_FILES,
    EDIT_HITS,
    SAME_ERROR,
    PHASE,
    PHASE_TURNS,
];
const OBSERVATIONS: &[&str] = &[
    SIMILARITY,
    SIMILARITY_RECENT,
    SPIN,
    NEWS,
    OUTPUT_CHARS,
    OUTPUT_TREND,
    TESTS_SHARE,
    TESTS_GAIN,
    MILESTONE,
];
const STEPS: &[&str] = &[TESTS_RUN_SHARE, NON_TEST_SHELL, TESTED, KEY_STEP, STEP_COSINE];
const REPLIES: &[&str] = &[STATED_CONFIDENCE, STATED_TURNS, STATED_IMPOSSIBLE];
const THOUGHTS: &[&str] = &[RICHNESS, HEDGES];

const TABLE: [(&[&str], Reads); 6] = [
    (NUMBERS, Reads::NOTHING),
    (ACTIONS, Reads::ACTION),
    (OBSERVATIONS, Reads::OBSERVATION),
    (STEPS, Reads::STEP),
    (REPLIES, Reads::REPLY),
    (THOUGHTS, Reads::THOUGHT),
];
const EVERYTHING: Reads =
    Reads { action: true, observation: true, reply: true, thought: true, signals: true };

/// What a signal is measured from.
pub(crate) fn reads(signal: &Signal) -> Reads {
    match signal.origin {
        Origin::Model => Reads::SIGNALS,
        Origin::Facts => {
            let row = TABLE.iter().find(|(names, _)| names.contains(&signal.name));
            row.map_or(EVERYTHING, |(_, reads)| *reads)
        }
    }
}
