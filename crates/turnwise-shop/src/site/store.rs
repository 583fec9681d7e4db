//! The shop of one trial: its state, and its answer to each request. It does not know that there is a network.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    ask::Ask,
    pages::{Pages, Refusal, View},
    record,
};
use crate::{
    catalogue::Catalogue,
    reward::Line,
    task::{Imperfection, ShopSetup},
};

/// The most pieces of a line.
const MOST: u32 = 99;

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// What is shown, or where to go on.
    pub body: Body,
    /// How many milliseconds pass before it is sent.
    pub pause: u64,
}

/// What an answer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A page.
    Html(String),
    /// The page to go on with.
    Next(Ask),
}

/// The shop of one trial.
#[derive(Debug)]
pub struct Store {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) setup: ShopSetup,
    pub(super) state: State,
}

/// What happened in a trial.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) basket: Vec<Line>,
    pub(super) order: Option<Vec<Line>>,
    signed_in: bool,
    /// How many pages were asked for.
    pages: u64,
}

impl Store {
    /// A shop in which nobody has been yet.
    pub fn new(catalogue: Arc<Catalogue>, setup: &ShopSetup) -> Self {
        Self { catalogue, setup: setup.clone(), state: State::default() }
    }

    /// The answer to a request.
    pub fn answer(&mut self, ask: &Ask) -> Reply {
        if !ask.is_page() {
            return self.carry_out(ask).map_or_else(|refusal| self.refuse(&refusal), go);
        }
        self.state.pages += 1;
        let (fails, pause) = match self.setup.imperfection {
            Imperfection::Errors { every } => (is_turn(self.state.pages, every), 0),
            Imperfection::Slow { every, millis } if is_turn(self.state.pages, every) => (false, millis),
            Imperfection::Slow { .. }
            | Imperfection::Plain
            | Imperfection::SoldOut { .. }
            | Imperfection::Login { .. } => (false, 0),
        };
        if fails {
            return self.refuse(&Refusal::fault());
        }
        if *ask == Ask::Checkout && self.is_closed() {
            return go(Ask::Login);
        }
        match self.view(ask) {
            Ok(view) => Reply { pause, ..self.show(200, &view) },
            Err(refusal) => Reply { pause, ..self.refuse(&refusal) },
        }
    }

    /// A page that says what is wrong.
    pub(super) fn refuse(&self, refusal: &Refusal) -> Reply {
        self.show(refusal.status, &View::refusal(refusal, self.pieces()))
    }

    /// Puts the shop back to where nobody has been.
    pub fn reset(&mut self) {
        self.state = State::default();
    }

    /// What was ordered.
    pub fn order(&self) -> Option<&[Line]> {
        self.state.order.as_deref()
    }

    /// The state of the work as lines: the basket, then the order.
    pub fn work(&self) -> Vec<String> {
        let text = |what: &str, line: &Line| {
            let product = self.catalogue.product(line.item)?;
            Some(format!("{what}: {}", record::text(line, product)))
        };
        let basket = self.state.basket.iter().filter_map(|line| text("basket", line));
        let order = self.state.order.iter().flatten().filter_map(|line| text("order", line));
        basket.chain(order).collect()
    }

    /// How many pieces are in the basket.
    pub(super) fn pieces(&self) -> u32 {
        self.state.basket.iter().map(|line| line.amount).sum()
    }

    /// The values of options that a product has and that are not sold out.
    pub(super) fn available(&self, id: u32, option: &str) -> Vec<&str> {
        let values = self.catalogue.product(id).and_then(|product| product.options.get(option));
        let all = values.into_iter().flatten().map(|choice| choice.value.as_str());
        all.filter(|value| self.sold_out(id) != Some((option, value))).collect()
    }

    /// The option and its value that are sold out of a product.
    pub(super) fn sold_out(&self, id: u32) -> Option<(&str, &str)> {
        let Imperfection::SoldOut { items } = &self.setup.imperfection else { return None };
        items.iter().find(|gone| gone.item == id).map(|gone| (gone.option.as_str(), gone.value.as_str()))
    }

    /// Whether one has to sign in before anything else.
    fn is_closed(&self) -> bool {
        matches!(self.setup.imperfection, Imperfection::Login { .. }) && !self.state.signed_in
    }

    fn show(&self, status: u16, view: &View) -> Reply {
        let (status, html) = match Pages::render(view) {
            Ok(html) => (status, html),
            // The templates are part of the crate and every one is tested: this is a fault of ours, said plainly.
            Err(error) => (500, format!("<title>Error</title><p>The page cannot be shown: {error}</p>")),
        };
        Reply { status, body: Body::Html(html), pause: 0 }
    }

    /// Does what a form asks for; gives the page that is shown then.
    fn carry_out(&mut self, ask: &Ask) -> Result<Ask, Refusal> {
        if self.state.order.is_some() && !matches!(ask, Ask::SignIn { .. }) {
            return Err(Refusal::bad("Your order is placed. It cannot be changed."));
        }
        match ask {
            Ask::Add(id, options) => self.add(*id, options),
            Ask::Change(line, amount) => self.change(*line, *amount),
            Ask::Place => self.place(),
            Ask::SignIn { user, password } => self.sign_in(user, password),
            Ask::Home
            | Ask::Search(..)
            | Ask::Item(_)
            | Ask::About(_)
            | Ask::Reviews(_)
            | Ask::Basket
            | Ask::Checkout
            | Ask::Login
            | Ask::Order => Ok(ask.clone()),
        }
    }

    fn add(&mut self, id: u32, wanted: &BTreeMap<String, String>) -> Result<Ask, Refusal> {
        let product = self.catalogue.product(id).ok_or_else(|| Refusal::no_product(id))?;
        let mut options = BTreeMap::new();
        for name in product.options.keys() {
            let available = self.available(id, name);
            let value = match wanted.get(name) {
                Some(value) => available.iter().find(|known| *known == value),
                None => available.first(),
            };
            let value =
                value.ok_or_else(|| Refusal::bad(&format!("This {name} cannot be had. Choose another.")))?;
            options.insert(name.clone(), (*value).to_owned());
        }
        let known = self.state.basket.iter_mut().find(|line| line.item == id && line.options == options);
        match known {
            Some(line) => line.amount = (line.amount + 1).min(MOST),
            None => self.state.basket.push(Line { item: id, options, amount: 1 }),
        }
        Ok(Ask::Basket)
    }

    fn change(&mut self, at: usize, amount: u32) -> Result<Ask, Refusal> {
        if amount > MOST {
            return Err(Refusal::bad("The amount has to be a number from 0 to 99."));
        }
        let line =
            self.state.basket.get_mut(at).ok_or_else(|| Refusal::missing("This is not in the basket."))?;
        line.amount = amount;
        self.state.basket.retain(|line| line.amount > 0);
        Ok(Ask::Basket)
    }

    fn place(&mut self) -> Result<Ask, Refusal> {
        if self.is_closed() {
            return Ok(Ask::Login);
        }
        if self.state.basket.is_empty() {
            return Err(Refusal::bad("The basket is empty. Nothing was ordered."));
        }
        self.state.order = Some(std::mem::take(&mut self.state.basket));
        Ok(Ask::Order)
    }

    fn sign_in(&mut self, given: &str, word: &str) -> Result<Ask, Refusal> {
        let Imperfection::Login { user, password } = &self.setup.imperfection else {
            return Err(Refusal::missing("One need not sign in here."));
        };
        if (given, word) != (user.as_str(), password.as_str()) {
            return Err(Refusal::bad("The user or the password is wrong."));
        }
        self.state.signed_in = true;
        Ok(if self.state.order.is_some() { Ask::Order } else { Ask::Checkout })
    }
}

fn go(next: Ask) -> Reply {
    Reply { status: 303, body: Body::Next(next), pause: 0 }
}

/// Whether it is the turn of what comes every `every`-th time.
fn is_turn(count: u64, every: u64) -> bool {
    every > 0 && count.is_multiple_of(every)
}
