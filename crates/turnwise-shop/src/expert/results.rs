//! Searching, and choosing what to look at among the results.

use super::{
    Expert, Step,
    seen::{Seen, Sort},
    slip::Slip,
};
use crate::{catalogue::dollars, task::cents};

/// How many pages of results are looked through before the search is changed.
const PAGES: u32 = 2;

/// A result.
struct Hit {
    number: u32,
    name: String,
    price: u32,
}

impl Expert {
    /// Types the search's words and sends them.
    pub(super) fn search(&mut self, page: &Seen) -> Step {
        let Some(field) = page.element(Sort::Field, "Search") else {
            return Step::new("no search here", "back");
        };
        let number = field.number;
        if self.typed.as_ref() == Some(&field.value) {
            self.typed = None;
            return Step::new("send it", format!("submit {number}"));
        }
        let slip = if self.is_first_search { self.slipped_words() } else { None };
        self.is_first_search = false;
        let words = slip.clone().unwrap_or_else(|| self.words());
        let step = Step::new(format!("search for {words}"), format!("type {number} \"{words}\""));
        self.typed = Some(words);
        if slip.is_some() { step.wrong() } else { step }
    }

    /// The words to search for: attributes and type; each change of the search leaves out the longest attribute.
    fn words(&self) -> String {
        let mut attributes: Vec<&str> = self.wish.attributes.iter().map(String::as_str).collect();
        for _ in 0..self.searches.min(attributes.len()) {
            let longest = (0..attributes.len()).rev().max_by_key(|&at| attributes[at].split(' ').count());
            longest.map(|at| attributes.remove(at));
        }
        attributes.push(&self.wish.kind);
        attributes.join(" ")
    }

    fn slipped_words(&mut self) -> Option<String> {
        if self.slips(Slip::Narrow) {
            let options: String =
                self.wish.options.iter().map(|(name, value)| format!(" {name} {value}")).collect();
            let price = self.wish.max_price / 100;
            return Some(format!(
                "{}{options} that costs at most {price} dollars in all please",
                self.words()
            ));
        }
        self.slips(Slip::Wide).then(|| self.wish.kind.clone()).filter(|kind| *kind != self.words())
    }

    /// Opens the first result that may fit.
    pub(super) fn on_results(&mut self, page: &Seen) -> Step {
        if self.typed.is_some() {
            return self.search(page);
        }
        self.results = Some(page.path.clone());
        let words = page.element(Sort::Field, "Search").map(|field| field.value.clone()).unwrap_or_default();
        let hits = hits(page);
        // What was searched for on purpose, wrongly, is noticed by what it finds.
        let is_slip = words != self.words();
        let reason = match hits.is_empty() {
            true => "nothing found, fewer words",
            false if is_slip && words == self.wish.kind => "too many things",
            false => return self.open_hit(page, &hits),
        };
        self.searches += usize::from(!is_slip);
        let step = self.search(page);
        Step { thought: format!("{reason}\n{}", step.thought), ..step }
    }

    fn open_hit(&mut self, page: &Seen, hits: &[Hit]) -> Step {
        let mut thought: Vec<String> = Vec::new();
        let mut wrong = None;
        let limit = dollars(self.wish.max_price);
        for hit in hits {
            let what = format!("{} {} {} of {limit}", hit.number, hit.name, dollars(hit.price));
            match self.judge(hit) {
                None => {
                    if self.slips(Slip::WrongProduct)
                        && let Some(step) = wrong
                    {
                        return step;
                    }
                    thought.push(format!("{what}: look"));
                    return Step::new(thought.join("\n"), format!("click {}", hit.number));
                }
                Some(fault) => {
                    thought.push(format!("{what}: {fault}"));
                    let text = format!("{what}: look");
                    let is_new = fault != "seen";
                    wrong =
                        is_new.then(|| Step::new(text, format!("click {}", hit.number)).wrong()).or(wrong);
                }
            }
        }
        // All of it is said: who writes line by line cannot know before the last that none fits.
        let said = thought.join("\n");
        let turned = page.path.rsplit_once("page=").and_then(|(_, number)| number.parse().ok()).unwrap_or(1);
        match page.element(Sort::Link, "Next page") {
            Some(next) if turned < PAGES => {
                Step::new(format!("{said}\nnone fits, next page"), format!("click {}", next.number))
            }
            _ if self.searches < self.wish.attributes.len() => {
                self.searches += 1;
                let step = self.search(page);
                Step { thought: format!("{said}\nnone fits\n{}", step.thought), ..step }
            }
            _ => self.take_best(page),
        }
    }

    /// What speaks against a result; `None` where nothing does.
    fn judge(&self, hit: &Hit) -> Option<&'static str> {
        if !hit.name.to_lowercase().ends_with(&self.wish.kind) {
            return Some("no");
        }
        if self.known.values().any(|known| known.name == hit.name && known.is_rejected()) {
            return Some("seen");
        }
        (hit.price > self.wish.max_price).then_some("too dear")
    }
}

fn hits(page: &Seen) -> Vec<Hit> {
    let links = page.elements.iter().filter(|element| element.sort == Sort::Link);
    links
        .filter_map(|link| {
            let (name, price) = link.label.rsplit_once(' ')?;
            Some(Hit { number: link.number, name: name.to_owned(), price: cents(price)? })
        })
        .collect()
}
