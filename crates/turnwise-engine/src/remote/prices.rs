//! What replies of remote models cost. Pure: a table of prices, and a product.
//!
//! No price of any vendor is shipped; see `prices.toml` for the form.

use serde::Deserialize;
use turnwise_core::Usage;

/// The form of the file, with no price in it.
const SHIPPED: &str = include_str!("../../prices.toml");

/// A table of prices.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    #[serde(default)]
    price: Vec<Price>,
}

/// The prices of a model, per million tokens, in the currency of the table.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Whose they are; `*` stands for any text.
    pub model: String,
    /// Of prompt tokens that had to be computed.
    pub input: f64,
    /// Of prompt tokens that were cached; `None` is as `input`.
    pub cached_input: Option<f64>,
    /// Of tokens written.
    pub output: f64,
}

/// A table of prices cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PricesError {
    /// It is not of the form of `prices.toml`.
    #[error("the prices cannot be read; write [[price]] with model, input, cached_input and output")]
    Form {
        /// Why.
        #[source]
        source: toml::de::Error,
    },
    /// A price is negative or no number.
    #[error("the price of `{model}` is not a number from 0 up; correct it")]
    Number {
        /// The pattern of the entry.
        model: String,
    },
}

impl Prices {
    /// Reads a table.
    ///
    /// # Errors
    /// When it is not of the form of `prices.toml` or a price is negative.
    pub fn parse(text: &str) -> Result<Self, PricesError> {
        let prices: Self = toml::from_str(text).map_err(|source| PricesError::Form { source })?;
        let sound = |price: f64| price.is_finite() && price >= 0.0;
        match prices
            .price
            .iter()
            .find(|price| ![price.input, price.cached(), price.output].into_iter().all(sound))
        {
            Some(price) => Err(PricesError::Number { model: price.model.clone() }),
            None => Ok(prices),
        }
    }

    /// The table that comes with turnwise.
    ///
    /// # Errors
    /// Never, or a test fails.
    pub fn shipped() -> Result<Self, PricesError> {
        Self::parse(SHIPPED)
    }

    /// The prices of a model: of the first entry that fits its name.
    pub fn of(&self, model: &str) -> Option<&Price> {
        self.price.iter().find(|price| fits(&price.model, model))
    }
}

impl Price {
    /// What this usage costs.
    pub fn cost(&self, usage: &Usage) -> f64 {
        let cached = usage.prompt_tokens.saturating_sub(usage.prefill_tokens);
        let sum = usage.prefill_tokens as f64 * self.input
            + cached as f64 * self.cached()
            + usage.decode_tokens as f64 * self.output;
        sum / 1e6
    }

    fn cached(&self) -> f64 {
        self.cached_input.unwrap_or(self.input)
    }
}

/// Whether a name fits a pattern in which `*` stands for any text.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| fits(after, &rest[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "
        [[price]]
        model = 'large-*-mini'
        input = 1.0
        output = 4.0
        [[price]]
        model = '*large*'
        input = 2.0
        cached_input = 0.5
        output = 8";

    #[test]
    fn a_usage_costs_what_its_tokens_cost() {
        let prices = Prices::parse(TABLE).unwrap();
        let usage = Usage { prompt_tokens: 1_500_000, prefill_tokens: 500_000, decode_tokens: 250_000 };
        let cost = |model: &str| prices.of(model).map(|price| price.cost(&usage));
        assert_eq!(cost("org/large-3"), Some(1.0 + 0.5 + 2.0));
        assert_eq!(cost("large-3-mini"), Some(0.5 + 1.0 + 1.0));
        assert_eq!(cost("small"), None);
    }

    #[test]
    fn patterns_fit_any_text_where_the_star_is() {
        for (pattern, name, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "a", true),
            ("*ä*c", "xäbc", true),
            ("*ä*c", "xäbcd", false),
            ("*", "", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn the_shipped_table_is_an_example_that_works_and_mistakes_are_named() {
        assert_eq!(Prices::shipped().unwrap(), Prices::default());
        let example: Vec<&str> = SHIPPED.lines().skip_while(|line| *line != "# [[price]]").collect();
        let example = example.join("\n").replace("# ", "").replace("    left out: as input", "");
        assert!(Prices::parse(&example).unwrap().of("example-large-2").is_some());
        assert!(matches!(Prices::parse("[[price]]\nmodle = 'a'"), Err(PricesError::Form { .. })));
        let negative = "[[price]]\nmodel = 'a'\ninput = -1\noutput = 1";
        assert!(matches!(Prices::parse(negative), Err(PricesError::Number { .. })));
    }
}
