//! Looking at a product: what it has, what speaks against it, its options.

use super::{
    Expert, Last, Step,
    seen::{Element, Seen, Sort},
    slip::Slip,
};
use crate::{
    catalogue::{capital, dollars},
    task::cents,
};

/// What is known of a product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) name: String,
    /// How many wishes it does not fulfil, once that is known.
    faults: Option<usize>,
    /// What the page about it says, once that is read.
    details: Option<String>,
    /// Whether it is to be bought in spite of its faults.
    pub(super) settled: bool,
}

impl Candidate {
    /// Whether something speaks against it.
    pub(super) fn is_rejected(&self) -> bool {
        !self.settled && self.faults.is_some_and(|faults| faults > 0)
    }
}

/// What a look at a product's page says.
#[derive(Default)]
struct Look {
    thought: Vec<String>,
    /// Attributes that are not among its features.
    missing: Vec<String>,
    /// Options and the price: how many wishes are not fulfilled for sure.
    faults: usize,
}

impl Expert {
    /// Checks a product, and puts it into the basket if it is right.
    pub(super) fn on_product(&mut self, page: &Seen) -> Step {
        if !page.title.to_lowercase().ends_with(&self.wish.kind) {
            return Step::new(format!("this is no {}\ngo back", self.wish.kind), "back");
        }
        self.current = Some(page.path.clone());
        let known = self.known.entry(page.path.clone()).or_default();
        known.name = page.title.clone();
        let known = known.clone();
        if self.last == Last::Back && known.is_rejected() {
            return Step::new("not this one, back", "back");
        }
        if known.settled || known.faults == Some(0) {
            return self.take(page);
        }
        let look = self.look(page, &known);
        self.decide(page, &known, look)
    }

    fn decide(&mut self, page: &Seen, known: &Candidate, mut look: Look) -> Step {
        let is_open = known.details.is_none() && look.missing.len() == 1 && look.faults == 0;
        let about = page.element(Sort::Link, "About it").filter(|_| is_open && !self.is_hurried(4));
        if let Some(link) = about {
            look.thought.push("look at About it".to_owned());
            return Step::new(look.thought.join("\n"), format!("click {}", link.number));
        }
        if let Some(step) = self.imagined(page, &look) {
            return step;
        }
        let faults = look.faults + look.missing.len();
        let settled = faults > 0 && self.is_hurried(3);
        if let Some(known) = self.known.get_mut(&page.path) {
            (known.faults, known.settled) = (Some(faults), settled);
        }
        if faults > 0 && !settled {
            look.thought.push("not this one, back".to_owned());
            return Step::new(look.thought.join("\n"), "back");
        }
        if settled {
            look.thought.push("no time, take it".to_owned());
        }
        let step = self.take(page);
        look.thought.push(step.thought);
        Step { thought: look.thought.join("\n"), ..step }
    }

    /// A value that is not there is chosen as if it were: the page says so, and the product is looked at again.
    fn imagined(&mut self, page: &Seen, look: &Look) -> Option<Step> {
        let lacking = self.lists(page).find_map(|(name, value, list)| {
            let list = list.filter(|list| !list.choices.contains(value))?;
            Some((name.clone(), value.clone(), list.number))
        });
        let (name, value, number) = lacking.filter(|_| !self.last.is_part() && self.slips(Slip::Imagined))?;
        let thought = look.thought.join("\n").replace(": no\n", ": yes\n");
        Some(
            Step::new(format!("{thought}\nchoose {name} {value}"), format!("select {number} \"{value}\""))
                .wrong(),
        )
    }

    /// Compares the page with the wish, one short line for each part of it, below what the page has of it: a small model
    /// judges what it has just copied better than what stands far above.
    fn look(&self, page: &Seen, known: &Candidate) -> Look {
        let mut look = Look::default();
        let features: Vec<&str> = page.line("Features: ").unwrap_or_default().split(", ").collect();
        let details: Vec<&str> = known.details.iter().flat_map(|said| said.split(", ")).collect();
        look.thought.push(format!("has {}", [&features[..], &details].concat().join(", ")));
        for wished in &self.wish.attributes {
            let has = features.contains(&wished.as_str()) || details.contains(&wished.as_str());
            look.thought.push(format!("{wished}: {}", if has { "yes" } else { "not here" }));
            if !has {
                look.missing.push(wished.clone());
            }
        }
        let mut price = page.lines.iter().find_map(|line| cents(line.split(',').next()?)).unwrap_or(0);
        for (name, value, list) in self.lists(page) {
            let has = list.is_some_and(|list| list.choices.contains(value));
            let is_chosen = list.is_some_and(|list| list.value == *value);
            let choices = list.map_or("nothing".to_owned(), |list| list.choices.join(", "));
            look.thought.push(format!("{name} of {choices}"));
            let judged = match (has, is_chosen) {
                (true, true) => "yes, chosen",
                (true, false) => "yes",
                (false, _) => "no",
            };
            look.thought.push(format!("{name} {value}: {judged}"));
            look.faults += usize::from(!has);
            let extra = page
                .line(&format!("{} {value}: ", capital(name)))
                .and_then(|text| text.strip_suffix(" more"));
            if let Some(extra) = extra.and_then(cents) {
                look.thought.push(format!("{} and {} more", dollars(price), dollars(extra)));
                price += extra;
            }
        }
        let fits = price <= self.wish.max_price;
        look.faults += usize::from(!fits);
        let limit = dollars(self.wish.max_price);
        look.thought.push(format!(
            "{} of {limit}: {}",
            dollars(price),
            if fits { "fine" } else { "too dear" }
        ));
        look
    }

    /// Chooses options that are not as wished yet, then puts the product into the basket.
    fn take(&mut self, page: &Seen) -> Step {
        let forgets = !self.wish.options.is_empty() && self.slips(Slip::Forgotten);
        let open = if self.is_hurried(0) { Vec::new() } else { self.open_options(page) };
        if let Some((name, value, list)) = open.first() {
            if forgets {
                return self.add(page).wrong();
            }
            let others: Vec<&String> = list.choices.iter().filter(|choice| *choice != value).collect();
            let wrong =
                self.slips(Slip::WrongValue).then(|| self.pick(others.len())).and_then(|at| others.get(at));
            let chosen = wrong.map_or(value, |wrong| wrong);
            let next = open
                .get(1)
                .map_or("that is all".to_owned(), |(name, value, _)| format!("then {name} {value}"));
            let thought = format!("choose {name} {chosen}, {next}");
            let step = Step::new(thought, format!("select {} \"{chosen}\"", list.number));
            return if wrong.is_some() { step.wrong() } else { step };
        }
        let reviews = page.element(Sort::Link, "Reviews").map(|link| link.number);
        match reviews.filter(|_| self.slips(Slip::WrongLink)) {
            Some(link) => Step::new("take it", format!("click {link}")).wrong(),
            None => self.add(page),
        }
    }

    /// The options that are there and not as wished yet.
    fn open_options<'p>(&self, page: &'p Seen) -> Vec<(String, String, &'p Element)> {
        let of = |(name, value, list): (&String, &String, Option<&'p Element>)| {
            let list = list.filter(|list| list.value != *value && list.choices.contains(value))?;
            Some((name.clone(), value.clone(), list))
        };
        self.lists(page).filter_map(of).collect()
    }

    /// The options that are wished for, each with the value wished and the page's list of them, where it has one.
    fn lists<'a, 'p: 'a>(
        &'a self,
        page: &'p Seen,
    ) -> impl Iterator<Item = (&'a String, &'a String, Option<&'p Element>)> {
        self.wish.options.iter().map(|(name, value)| (name, value, page.element(Sort::List, &capital(name))))
    }

    fn add(&self, page: &Seen) -> Step {
        match page.element(Sort::Button, "Add to basket") {
            Some(button) => Step::new("take it", format!("click {}", button.number)),
            None => Step::new("no way to buy it here", "back"),
        }
    }

    /// Reads what is said of a product.
    pub(super) fn on_about(&mut self, page: &Seen) -> Step {
        let item = page.path.trim_end_matches("/about").to_owned();
        let said = page.line("Good to know: ").unwrap_or_default().to_owned();
        let known = self.known.entry(item).or_default();
        known.details = Some(said.clone());
        let details: Vec<&str> = said.split(", ").collect();
        let found = self.wish.attributes.iter().find(|wished| details.contains(&wished.as_str()));
        match found {
            Some(wished) => Step::new(format!("has {said}\n{wished}: yes"), "back"),
            None => Step::new(format!("has {said}\nit is not here either"), "back"),
        }
    }

    /// When nothing fits: takes what has the fewest faults.
    pub(super) fn take_best(&mut self, page: &Seen) -> Step {
        let best = self.known.iter_mut().min_by_key(|(_, known)| known.faults.unwrap_or(usize::MAX));
        match best {
            Some((path, known)) => {
                known.settled = true;
                Step::new(format!("nothing fits, take {}", known.name), format!("open {path}"))
            }
            None => match page.elements.iter().find(|element| element.label.contains('$')) {
                Some(link) => Step::new("take the first", format!("click {}", link.number)),
                None => Step::new("nothing to buy", super::HAND_IN),
            },
        }
    }
}
