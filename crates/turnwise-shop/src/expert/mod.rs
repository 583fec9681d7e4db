//! The expert: shops the way a model should learn to, and sometimes goes wrong on purpose, notices, and mends that too.
//!
//! It knows the statement and what it has been shown, nothing else, so that a model can learn every step of it.

mod basket;
mod product;
mod results;
mod seen;
mod slip;

use std::collections::BTreeMap;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use crate::task::{Wish, Wordings, WordingsError};
use product::Candidate;
use seen::Seen;

/// The command that hands in.
const HAND_IN: &str = "submit";
/// From this many turns left on, the expert asks for more.
const MORE: u32 = 2;

/// A turn of the expert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// What it thinks, in short lines.
    pub thought: String,
    /// Whether it asks for more turns.
    pub more: bool,
    /// The command.
    pub command: String,
    /// Whether the step is right: a wrong one stays in the context, but is not to be imitated.
    pub imitate: bool,
}

impl Turn {
    /// The turn as a model writes it.
    pub fn text(&self) -> String {
        let more = if self.more { "<more>" } else { "" };
        format!("<think>{}</think>\n{more}{}", self.thought, self.command)
    }

    /// Whether it hands in the work.
    pub fn hands_in(&self) -> bool {
        self.command == HAND_IN
    }
}

/// The statement is not one of the shop's.
#[derive(Debug, thiserror::Error)]
pub enum ExpertError {
    /// It is said in no way that the expert knows.
    #[error(
        "the expert does not understand the statement \"{statement}\"; give it one that turnwise-shop made"
    )]
    Statement {
        /// The statement.
        statement: String,
    },
    /// The wordings cannot be read.
    #[error(transparent)]
    Wordings(#[from] WordingsError),
}

/// The expert in one attempt.
#[derive(Debug)]
pub struct Expert {
    wish: Wish,
    rng: ChaCha8Rng,
    /// Whether it never goes wrong on purpose.
    careful: bool,
    page: Option<Seen>,
    /// The turns that are left, if it was told.
    left: Option<u32>,
    /// How many times it changed its search.
    searches: usize,
    /// The page of results it came from.
    results: Option<String>,
    /// What it knows of products, by their paths.
    known: BTreeMap<String, Candidate>,
    /// The product that it wants to buy, or looks at.
    current: Option<String>,
    /// What it typed into the search and has not sent yet.
    typed: Option<String>,
    is_first_search: bool,
    last: Last,
}

/// The last command, as far as it matters for what it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    /// The page before.
    Back,
    /// `type` or `select`: the element's line.
    Part,
    /// Anything else: a page.
    Other,
}

impl Last {
    fn of(command: &str) -> Self {
        match command.split(' ').next() {
            Some("back") => Self::Back,
            Some("type" | "select") => Self::Part,
            _ => Self::Other,
        }
    }

    fn is_part(self) -> bool {
        self == Self::Part
    }
}

/// What is thought and done next.
struct Step {
    thought: String,
    command: String,
    imitate: bool,
}

impl Step {
    fn new(thought: impl Into<String>, command: impl Into<String>) -> Self {
        Self { thought: thought.into(), command: command.into(), imitate: true }
    }

    fn wrong(self) -> Self {
        Self { imitate: false, ..self }
    }
}

impl Expert {
    /// An expert that has read the statement; the seed decides where it goes wrong.
    ///
    /// # Errors
    /// When the statement is none of the shop's.
    pub fn new(statement: &str, seed: u64) -> Result<Self, ExpertError> {
        let wish = Wordings::get()?.understand(statement);
        let wish = wish.ok_or_else(|| ExpertError::Statement { statement: statement.to_owned() })?;
        Ok(Self {
            wish,
            rng: ChaCha8Rng::seed_from_u64(seed),
            careful: false,
            page: None,
            left: turns_left(statement),
            searches: 0,
            results: None,
            known: BTreeMap::new(),
            current: None,
            typed: None,
            is_first_search: true,
            last: Last::Other,
        })
    }

    /// The same expert, without mistakes on purpose.
    #[must_use]
    pub fn careful(self) -> Self {
        Self { careful: true, ..self }
    }

    /// The next turn, from what was shown last; before the first turn that is nothing.
    pub fn next(&mut self, observation: &str) -> Turn {
        self.left = turns_left(observation).or_else(|| self.left.map(|left| left.saturating_sub(1)));
        let shown = observation.split("\nENVIRONMENT REMINDER:").next().unwrap_or_default();
        // What is typed or chosen shows its own line only.
        match (Seen::read(shown), &mut self.page) {
            (_, Some(page)) if self.last.is_part() && !shown.starts_with("error: ") => page.update(shown),
            (Some(page), _) => self.page = Some(page),
            (None, _) => {}
        }
        let step = match self.page.clone() {
            // Nothing is behind the first page: the shop's start is a way on.
            Some(_) if self.last == Last::Back && Seen::read(shown).is_none() => self.open_start(),
            Some(page) => self.on(&page),
            None => self.open_start(),
        };
        self.last = Last::of(&step.command);
        let more =
            step.command != HAND_IN && self.left.is_some_and(|left| left <= MORE) && self.page.is_some();
        Turn { thought: step.thought, more, command: step.command, imitate: step.imitate }
    }

    fn open_start(&self) -> Step {
        Step::new("go to the shop", format!("open {}", self.wish.start))
    }

    fn on(&mut self, page: &Seen) -> Step {
        if page.title == "Error" {
            return self.on_error(page);
        }
        let path = page.path.split('?').next().unwrap_or_default();
        match path.trim_start_matches('/').split('/').collect::<Vec<_>>()[..] {
            [""] => self.search(page),
            ["search"] => self.on_results(page),
            ["item", _] => self.on_product(page),
            ["item", _, "about"] => self.on_about(page),
            ["basket", ..] => self.on_basket(page),
            ["checkout"] => self.on_checkout(page),
            ["login"] => self.on_login(page),
            ["order"] => Step::new("it is ordered", HAND_IN),
            _ => Step::new("nothing of use here", "back"),
        }
    }

    fn on_error(&self, page: &Seen) -> Step {
        let said = page.lines.iter().find(|line| !line.starts_with('[')).map_or("an error", String::as_str);
        match said.starts_with("The shop has a problem") && self.last != Last::Back {
            true => Step::new("a problem, open it again", format!("open {}", page.path)),
            false => Step::new(format!("{said}\ngo back"), "back"),
        }
    }

    /// The turns that a purchase takes from a product's page on, without choosing options.
    fn needed(&self) -> u32 {
        if self.wish.login.is_some() { 7 } else { 4 }
    }

    /// Whether there are only `spare` turns more than are needed from a product's page on.
    fn is_hurried(&self, spare: u32) -> bool {
        self.left.is_some_and(|left| left <= self.needed() + spare)
    }
}

/// The turns that the harness says are left.
fn turns_left(text: &str) -> Option<u32> {
    let (_, said) = text.rsplit_once("ENVIRONMENT REMINDER:")?;
    let (_, left) = said.split_once("You have ")?;
    left.split(' ').next()?.parse().ok()
}
