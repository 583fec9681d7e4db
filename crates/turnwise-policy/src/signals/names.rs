//! The names of the signals, in one place, so that who records one and who reads it cannot spell it differently.
//! What each measures is said where it is measured, and in `docs/signals.md`.

macro_rules! names {
    ($($constant:ident = $name:literal),* $(,)?) => {
        $(#[doc = concat!("`", $name, "`, see [`crate::signals::signal`].")] pub const $constant: &str = $name;)*
    };
}

// Actions.
names! {
    ACTION_REPEAT = "action_repeat",
    ACTION_SEEN = "action_seen",
    DISTINCT_ACTIONS = "distinct_actions",
    NOVELTY = "novelty",
    BIGRAM_REPEAT = "bigram_repeat",
    TWO_CYCLE = "two_cycle",
    ACTION_ENTROPY = "action_entropy",
    ACTION_LCS = "action_lcs",
    REVISITS = "revisits",
}

// The work.
names! {
    NO_CHANGE = "no_change",
    CHANGES = "changes",
    FIRST_CHANGE = "first_change",
    CHURN = "churn",
    BACKTRACKS = "backtracks",
    EDITED_FILES = "edited_files",
    EDIT_HITS = "edit_hits",
}

// Failures.
names! {
    ERRORS = "errors",
    ERROR_SHARE = "error_share",
    ERROR_STREAK = "error_streak",
    ERROR_TREND = "error_trend",
    SAME_ERROR = "same_error",
    EXIT_STREAK = "exit_streak",
}

// Observations.
names! {
    SIMILARITY = "similarity",
    SIMILARITY_RECENT = "similarity_recent",
    SPIN = "spin",
    NEWS = "news",
    OUTPUT_CHARS = "output_chars",
    OUTPUT_TREND = "output_trend",
    STEP_COSINE = "step_cosine",
}

// Tests.
names! {
    TESTS_SHARE = "tests_share",
    TESTS_GAIN = "tests_gain",
    TESTS_RUN_SHARE = "tests_run_share",
    NON_TEST_SHELL = "non_test_shell",
    TESTED = "tested",
    MILESTONE = "milestone",
}

// Phases.
names! {
    PHASE = "phase",
    PHASE_TURNS = "phase_turns",
    KEY_STEP = "key_step",
}

// Pace.
names! {
    TURN_SHARE = "turn_share",
    TURNS_LEFT = "turns_left",
    TURN_TOKENS = "turn_tokens",
    TOKENS_TREND = "tokens_trend",
    PROMPT_TOKENS = "prompt_tokens",
    TURN_SECONDS = "turn_seconds",
}

// How likely the model's own words were.
names! {
    ENTROPY = "entropy",
    LOGPROB = "logprob",
    ENTROPY_SLOPE = "entropy_slope",
    LOGPROB_SLOPE = "logprob_slope",
    STEP_WEIGHT = "step_weight",
    STEP_QUALITY = "step_quality",
}

// What the model wrote.
names! {
    RICHNESS = "richness",
    HEDGES = "hedges",
    STATED_CONFIDENCE = "stated_confidence",
    STATED_TURNS = "stated_turns",
    STATED_IMPOSSIBLE = "stated_impossible",
}

// Recorded by whoever runs the model.
names! {
    PROBE = "probe",
    HOPELESS = "hopeless",
    PROGRESS = "progress",
    ATTRIBUTION = "attribution",
    EXIT_HAZARD = "exit_hazard",
    HIDDEN_COSINE = "hidden_cosine",
    GOAL_KL = "goal_kl",
    TRIAL_YES = "trial_yes",
    TRIAL_ANSWER = "trial_answer",
    ASIDE_TOKENS = "aside_tokens",
    JUDGE = "judge",
    LOW_PROBS = "low_probs",
    EXPERIENCE = "experience",
    BLAME = "blame",
    SUBGOALS = "subgoals",
    THINK_CUES = "think_cues",
    THINK_SCORE = "think_score",
    THINK_EXIT = "think_exit",
}
