//! Reads a policy file: which keys there are, what they take, and what they are when left out.

use std::collections::BTreeMap;

use turnwise_toml::{Node, Place, Table, TomlError, Value, wrong};

use crate::{
    AtLimit, Attempts, Choice, Context, Example, Experience, Gate, Learned, Limits, PolicyError,
    PolicySource, PolicySpec, Reminders, Rule, Texts, Think, attach, budgets::Budget, reminder::TURNS, rules,
    shipped_files,
};

/// Replies without an action, one after another, that end an attempt when the file does not say.
const MAX_INVALID: u32 = 3;

/// The rule that only another attempt can obey.
const RESTART: &str = "restart";

/// The steps of a ladder when the file does not say: an earlier one makes models wind down too soon (papers.md
/// A1).
const LADDER: [f64; 2] = [0.75, 0.9];

impl PolicySpec {
    /// Reads a policy, with `settings` of the form `budget.limit=12` laid over the text, and with the files that come with the
    /// program where it names them. The examples are read but not checked: see [`PolicySpec::check`].
    ///
    /// # Errors
    /// When the text is not TOML, a key is unknown or missing, or a value is none that its key takes.
    pub fn parse(source: &PolicySource, settings: &[String]) -> Result<Self, PolicyError> {
        Self::parse_with(source, settings, &shipped_files())
    }

    /// The same with the texts of the files that it names: see [`PolicySource::files`].
    ///
    /// # Errors
    /// As [`PolicySpec::parse`], and when it names a file that is not among `files`.
    pub fn parse_with(
        source: &PolicySource,
        settings: &[String],
        files: &BTreeMap<String, String>,
    ) -> Result<Self, PolicyError> {
        let mut document = Node::parse(&source.file, &source.text)?;
        for setting in settings {
            document.set(setting)?;
        }
        attach::files(&mut document, files)?;
        let mut table = Table::open("", document)?;
        let summary = table.need("summary", "one sentence that says what the policy does", text)?;
        let choice = Choice::read(&mut table)?;
        let (budget, pacing) = match choice {
            Some(_) => (Budget::Unlimited, Pacing { reminders: Reminders::Never, at_limit: AtLimit::Submit }),
            None => budget(&mut table)?,
        };
        let limits = limits(&mut table)?;
        let texts = texts(&mut table)?;
        let context = Context::read(&mut table)?;
        let examples = examples(&mut table, choice.as_ref())?;
        let rules = rules(&mut table)?;
        let (gate, attempts) = (Gate::read(&mut table)?, Attempts::read(&mut table)?);
        let experience = Experience::read(&mut table)?;
        let (learned, think) = (Learned::read(&mut table)?, Think::read(&mut table)?);
        let place = table.place().clone();
        table.close()?;
        let name = source.name.clone();
        let Pacing { reminders, at_limit } = pacing;
        let spec = Self {
            name,
            summary,
            budget,
            limits,
            reminders,
            at_limit,
            texts,
            context,
            rules,
            gate,
            attempts,
            experience,
            learned,
            think,
            choice,
            examples,
        };
        spec.refuse_idle(&place)?;
        Ok(spec)
    }
}

impl PolicySpec {
    /// What cannot have any effect is a mistake.
    fn refuse_idle(&self, place: &Place) -> Result<(), PolicyError> {
        let idle = |what: &str, advice: &str| {
            let (place, what, advice) = (place.clone(), what.to_owned(), advice.to_owned());
            Err(PolicyError::Contradiction { place, what, advice })
        };
        if let (Some(_), Some(rule)) = (&self.choice, self.rules.first()) {
            let what = format!("a policy with `[choice]` has no rule of its own, such as `{}`", rule.name());
            return idle(&what, "put it into the files of the arms");
        }
        let mut live = self.rules.iter().filter(|rule| !rule.is_shadow());
        let restarts = live.clone().any(|rule| rule.name() == RESTART);
        if restarts && !self.attempts.follows_restart(1) {
            return idle(
                "the live rule `restart` has nothing to start again",
                "add `[attempts]` with `kind = \"retry\"`, or `shadow = true` to the rule",
            );
        }
        match &self.gate {
            Some(_) if live.next().is_none() => {
                idle("`[gate]` has no live rule to hold back", "take a `shadow = true` away, or the gate")
            }
            _ => Ok(()),
        }
    }
}

/// The keys of `[budget]` that every limited budget has.
struct Pacing {
    reminders: Reminders,
    at_limit: AtLimit,
}

fn budget(document: &mut Table) -> Result<(Budget, Pacing), PolicyError> {
    let Some(node) = document.take("budget") else {
        return Err(PolicyError::File(TomlError::Missing {
            place: document.place().clone(),
            key: "budget".to_owned(),
            expected: "a table with `kind = \"unlimited\"`, \"fixed\" or \"dynamic\"".to_owned(),
        }));
    };
    let mut table = Table::open("budget", node)?;
    let budget = Budget::read(&mut table)?;
    let reminders = match budget {
        Budget::Unlimited => Reminders::Never,
        Budget::Fixed(_) | Budget::Dynamic(_) | Budget::Reference(_) | Budget::Best(_) | Budget::Gated(_) => {
            reminders(&mut table)?
        }
    };
    let fates = [("submit", AtLimit::Submit), ("discard", AtLimit::Discard)];
    let at_limit = table.word("at_limit", &fates)?.unwrap_or(AtLimit::Submit);
    table.close()?;
    Ok((budget, Pacing { reminders, at_limit }))
}

fn reminders(table: &mut Table) -> Result<Reminders, PolicyError> {
    let ways = [("every_turn", 0), ("ladder", 1), ("never", 2)];
    match table.word("reminders", &ways)?.unwrap_or(0) {
        0 => Ok(Reminders::EveryTurn),
        1 => {
            let expected = "a list of shares between 0 and 1, ascending, such as [0.75, 0.9]";
            let steps = table.read("ladder", expected, shares)?;
            Ok(Reminders::Ladder(steps.unwrap_or_else(|| LADDER.to_vec())))
        }
        _ => Ok(Reminders::Never),
    }
}

fn limits(document: &mut Table) -> Result<Limits, PolicyError> {
    let mut limits = Limits { tokens: None, ms: None, cost: None, max_invalid: Some(MAX_INVALID) };
    let Some(node) = document.take("limits") else { return Ok(limits) };
    let mut table = Table::open("limits", node)?;
    let number = "a whole number, \"500k\" or \"1m\"; 0 is off";
    limits.tokens = table.read("tokens", number, amount)?.filter(|tokens| *tokens > 0);
    limits.ms = table.read("seconds", number, amount)?.filter(|s| *s > 0).map(|s| s.saturating_mul(1000));
    let number = "an amount of money such as 0.50; 0 is off";
    limits.cost = table.read("cost", number, money)?.filter(|cost| *cost > 0.0);
    let whole = "a whole number; 0 is off";
    if let Some(most) = table.read("max_invalid", whole, whole_u32)? {
        limits.max_invalid = Some(most).filter(|most| *most > 0);
    }
    table.close()?;
    Ok(limits)
}

fn texts(document: &mut Table) -> Result<Texts, PolicyError> {
    let mut texts = Texts::default();
    let Some(node) = document.take("texts") else { return Ok(texts) };
    let mut table = Table::open("texts", node)?;
    let expected = "one line of text that contains `{turns}`";
    let line = |node: &Node| text(node).filter(|text| text.contains(TURNS) && !text.contains('\n'));
    if let Some(reminder) = table.read("reminder", expected, line)? {
        texts.reminder = reminder;
    }
    if let Some(extension) = table.read("extension", expected, line)? {
        texts.extension = extension;
    }
    table.close()?;
    Ok(texts)
}

fn rules(document: &mut Table) -> Result<Vec<Rule>, PolicyError> {
    let mut rules = Vec::new();
    while let Some((name, node)) = document.take_next(rules::NAMES) {
        rules.push(Rule::read(name, node)?);
    }
    Ok(rules)
}

fn examples(document: &mut Table, choice: Option<&Choice>) -> Result<Vec<Example>, PolicyError> {
    let Some(node) = document.take("example") else { return Ok(Vec::new()) };
    let Value::List(items) = node.value else {
        return Err(wrong("example", &node, "one or more tables, each headed `[[example]]`").into());
    };
    items.into_iter().map(|item| Example::read(Table::open("example", item)?, choice)).collect()
}

/// Text of one line or more, not empty.
pub(crate) fn text(node: &Node) -> Option<String> {
    node.text().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A whole number that is not negative.
pub(crate) fn whole_u32(node: &Node) -> Option<u32> {
    node.whole()?.try_into().ok()
}

fn amount(node: &Node) -> Option<u64> {
    if let Some(number) = node.whole() {
        return u64::try_from(number).ok();
    }
    let text = text(node)?;
    let (digits, unit) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1_000),
        None => match text.strip_suffix(['m', 'M']) {
            Some(digits) => (digits, 1_000_000),
            None => (text.as_str(), 1),
        },
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

/// An amount of money.
fn money(node: &Node) -> Option<f64> {
    node.number().filter(|amount| *amount >= 0.0)
}

fn shares(node: &Node) -> Option<Vec<f64>> {
    let Value::List(items) = &node.value else { return None };
    let steps: Vec<f64> = items
        .iter()
        .map(|item| if let Value::Real(share) = item.value { Some(share) } else { None })
        .collect::<Option<_>>()?;
    let inside = steps.iter().all(|share| *share > 0.0 && *share < 1.0);
    let ascending = steps.windows(2).all(|pair| pair[0] < pair[1]);
    (inside && ascending && !steps.is_empty()).then_some(steps)
}

#[cfg(test)]
mod tests;
