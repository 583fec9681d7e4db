//! Signals that only who runs the model can measure. A rule that reads one abstains where it is not recorded.

use super::{Signal, names};

pub(super) const SIGNALS: &[Signal] = &[
    Signal::model(
        names::PROBE,
        "what a probe on the hidden states says: the probability that the work as it stands would pass, in [0, 1]",
        "LYNX, arXiv 2512.05325",
    ),
    Signal::model(
        names::HOPELESS,
        "what a probe says: the probability that the run will never pass from here, in [0, 1]",
        "LYNX, arXiv 2512.05325",
    ),
    // Version 1 was what is `attribution` now.
    Signal {
        version: 2,
        ..Signal::model(
            names::PROGRESS,
            "the estimated outcome given the turns so far: the sum of the credits (`attribution`) of turns 1 to t",
            "SPA-RL, arXiv 2505.20732",
        )
    },
    Signal::model(
        names::ATTRIBUTION,
        "the share of the outcome credited to this turn",
        "SPA-RL, arXiv 2505.20732",
    ),
    Signal::model(
        names::EXIT_HAZARD,
        "the probability that stopping now is right, given that it was not before, in [0, 1]",
        "PALBERT, arXiv 2204.03276",
    ),
    Signal::model(
        names::HIDDEN_COSINE,
        "cosine of the last layer's state at the end of this reply with that of the reply before, in [-1, 1]; absent on \
         the first turn",
        "MuE, arXiv 2211.11152",
    ),
    Signal::model(
        names::GOAL_KL,
        "mean KL divergence, in nats, of the reply's next-token distributions from those of the same model given only \
         the opening and the last observation, over the reply's first 64 tokens at most; absent on turn 1, where both are \
         the same, and on a submission",
        "Drift No More, arXiv 2510.07777",
    ),
    Signal::model(
        names::TRIAL_YES,
        "asked in a throw-away branch whether the task would be solved if the work were handed in now: p(yes) / (p(yes) + \
         p(no)) of the answer's first token; absent where neither is among the likeliest 20, and on a submission",
        "DEER and Dynasor, papers.md A8",
    ),
    Signal::model(
        names::TRIAL_ANSWER,
        "the answer in that branch: 1 where `trial_yes` is above 0.5, else 0",
        "Dynasor, papers.md A8",
    ),
    Signal::model(
        names::ASIDE_TOKENS,
        "tokens that were read and written for everything that was asked aside on this turn; absent where nothing was",
        "papers.md A8",
    ),
    Signal::model(
        names::JUDGE,
        "what a model that reads the transcript says: the probability that the task is or will be solved, in [0, 1]",
        "window-based cascades, arXiv 2303.08010",
    ),
    Signal::model(
        names::LOW_PROBS,
        "mean of the 10 smallest token probabilities of the reply (of all where there are fewer), the token that ends it \
         included",
        "AgentStop, arXiv 2605.15206",
    ),
    Signal::model(
        names::EXPERIENCE,
        "similarity of the past experience that was shown for this task, in [0, 1]; absent where none was found",
        "EET, arXiv 2601.05777",
    ),
    Signal::model(
        names::BLAME,
        "the weight, from 0, of this turn being the one that decided the failure; needs not sum to 1",
        "conformal error attribution, arXiv 2605.06788",
    ),
    Signal::model(
        names::SUBGOALS,
        "the share of the task's subgoals that the model, asked aside, calls met by now, in [0, 1]; it listed them, seven at most, \
         knowing the task alone; absent where it listed none, and on a submission",
        "CALM, arXiv 2409.12798",
    ),
    Signal::model(
        names::THINK_CUES,
        "how many cues in the reply's thinking a probe looked at, where the policy has one for that",
        "LYNX, arXiv 2512.05325",
    ),
    Signal::model(
        names::THINK_SCORE,
        "the highest score of that probe in the reply, in [0, 1]; absent without a cue",
        "LYNX, arXiv 2512.05325",
    ),
    Signal::model(
        names::THINK_EXIT,
        "after how many tokens of the reply its thinking was left, or would have been in shadow; absent where it was not",
        "LYNX, arXiv 2512.05325",
    ),
];
