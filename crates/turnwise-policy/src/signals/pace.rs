//! What the attempt has used, and what it has left.

use super::{Family, Gauge, Moment, Recent, Signal, names};

/// How many turns a trend is measured over.
const TREND: usize = 8;

pub(super) const SIGNALS: &[Signal] = &[
    Signal::facts(
        names::TURN_SHARE,
        "the share of the turn limit that is used up, in (0, 1]; absent without a limit",
        "SchED, arXiv 2512.02892",
    ),
    Signal::facts(names::TURNS_LEFT, "turns left within the limit; absent without one", "papers.md row 48"),
    Signal::facts(names::TURN_TOKENS, "tokens of the reply", "AgentStop, arXiv 2605.15206"),
    Signal::facts(
        names::TOKENS_TREND,
        "slope per turn of ln(1 + tokens) of the last 8 replies; absent before turn 4",
        "papers.md A13",
    ),
    Signal::facts(names::PROMPT_TOKENS, "tokens that the model was shown for the reply", "papers.md A1"),
    Signal::facts(names::TURN_SECONDS, "model and tool time of the turn, in seconds", "papers.md A13"),
];

#[derive(Debug)]
pub(super) struct Pace {
    tokens: Recent<f64>,
}

impl Default for Pace {
    fn default() -> Self {
        Self { tokens: Recent::new(TREND) }
    }
}

impl Family for Pace {
    fn measure(&mut self, moment: &Moment<'_>, gauge: &mut Gauge<'_>) {
        let (facts, turn) = (moment.facts, f64::from(moment.facts.turn));
        if let Some(limit) = moment.limit.map(f64::from) {
            gauge.set(names::TURN_SHARE, (turn / limit).min(1.0));
            gauge.set(names::TURNS_LEFT, (limit - turn).max(0.0));
        }
        let tokens = facts.usage.decode_tokens as f64;
        self.tokens.push(tokens.ln_1p());
        gauge.set(names::TURN_TOKENS, tokens);
        if gauge.wants(names::TOKENS_TREND) {
            gauge.set_some(names::TOKENS_TREND, self.tokens.slope());
        }
        gauge.set(names::PROMPT_TOKENS, facts.usage.prompt_tokens as f64);
        gauge.set(names::TURN_SECONDS, facts.elapsed_ms as f64 / 1000.0);
    }
}
