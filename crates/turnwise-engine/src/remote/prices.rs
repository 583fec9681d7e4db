//! What models cost: a table of prices by the names of models. Pure.
//!
//! No price of any vendor is shipped; see `prices.toml` for the form.

use turnwise_core::Price;
use turnwise_toml::{Node, Table, TomlError, Value, wrong};

/// The form of the file, with no price in it.
const SHIPPED: &str = include_str!("../../prices.toml");

/// A table of prices.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prices {
    entries: Vec<Entry>,
}

/// The prices of some models.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    /// Whose they are; `*` stands for any text.
    model: String,
    price: Price,
}

/// A table of prices cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct PricesError(#[from] TomlError);

impl Prices {
    /// Reads a table, which the user knows as `file`.
    ///
    /// # Errors
    /// When it is not of the form of `prices.toml` or a price is negative.
    pub fn parse(file: &str, text: &str) -> Result<Self, PricesError> {
        let mut document = Table::open("", Node::parse(file, text)?)?;
        let entries = match document.take("price") {
            None => Vec::new(),
            Some(Node { value: Value::List(entries), .. }) => {
                entries.into_iter().map(Entry::read).collect::<Result<_, _>>()?
            }
            Some(node) => return Err(wrong("price", &node, "tables, each headed [[price]]").into()),
        };
        document.close()?;
        Ok(Self { entries })
    }

    /// The table that comes with turnwise.
    ///
    /// # Errors
    /// Never, or a test fails.
    pub fn shipped() -> Result<Self, PricesError> {
        Self::parse("prices.toml", SHIPPED)
    }

    /// The prices of a model: of the first entry that fits its name.
    pub fn of(&self, model: &str) -> Option<Price> {
        self.entries.iter().find(|entry| fits(&entry.model, model)).map(|entry| entry.price)
    }
}

impl Entry {
    fn read(entry: Node) -> Result<Self, TomlError> {
        const NUMBER: &str = "a number from 0 up";
        let amount = |node: &Node| node.number().filter(|amount| *amount >= 0.0);
        let mut table = Table::open("price", entry)?;
        let model = table.need("model", "a name, in which `*` stands for any text", |node| {
            node.text().map(str::to_owned)
        })?;
        let price = Price {
            input: table.need("input", NUMBER, amount)?,
            cached_input: table.read("cached_input", NUMBER, amount)?,
            output: table.need("output", NUMBER, amount)?,
        };
        table.close()?;
        Ok(Self { model, price })
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
    use turnwise_core::Usage;

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
        let prices = Prices::parse("p", TABLE).unwrap();
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
        assert!(Prices::parse("p", &example).unwrap().of("example-large-2").is_some());
        let wrong = |text: &str| Prices::parse("p", text).unwrap_err().to_string();
        assert_eq!(
            wrong("[[price]]\nmodel = 'a'\nimput = 1"),
            "p:1: `price.input` is missing; give it a number from 0 up"
        );
        let negative = wrong("[[price]]\nmodel = 'a'\ninput = -1\noutput = 1");
        assert_eq!(negative, "p:3: `price.input` cannot be -1; give it a number from 0 up");
        let unknown = wrong("[[price]]\nmodel = 'a'\ninput = 1\noutput = 1\ncached_inputs = 1");
        assert_eq!(unknown, "p:5: unknown key `price.cached_inputs`; did you mean `price.cached_input`?");
    }
}
