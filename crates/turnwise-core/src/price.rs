//! What replies cost in money. Whose prices these are and where they come from is known elsewhere.

use crate::Usage;

/// The prices of a model, per million tokens. Any currency will do, as long as it is one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// Of prompt tokens that had to be computed.
    pub input: f64,
    /// Of prompt tokens that were cached; `None` is as `input`.
    pub cached_input: Option<f64>,
    /// Of tokens written.
    pub output: f64,
}

impl Price {
    /// What this usage costs.
    pub fn cost(&self, usage: &Usage) -> f64 {
        let cached = usage.prompt_tokens.saturating_sub(usage.prefill_tokens);
        let sum = usage.prefill_tokens as f64 * self.input
            + cached as f64 * self.cached_input.unwrap_or(self.input)
            + usage.decode_tokens as f64 * self.output;
        sum / 1e6
    }
}
