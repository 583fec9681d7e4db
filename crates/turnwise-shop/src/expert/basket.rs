//! From the basket to the order.

use super::{
    Expert, Step,
    seen::{Seen, Sort},
};

impl Expert {
    /// Checks the basket; what is wrong in it is removed.
    pub(super) fn on_basket(&mut self, page: &Seen) -> Step {
        let lines: Vec<&str> =
            page.lines.iter().map(String::as_str).filter(|line| is_article(line)).collect();
        let buttons: Vec<u32> = page
            .elements
            .iter()
            .filter(|element| element.sort == Sort::Button && element.label == "Remove")
            .map(|element| element.number)
            .collect();
        let judged: Vec<(String, bool)> = lines.iter().map(|line| self.judged(line)).collect();
        for ((thought, is_right), remove) in judged.iter().zip(&buttons) {
            if !is_right {
                return Step::new(format!("{thought}\nremove it"), format!("click {remove}"));
            }
        }
        match (judged.first(), page.element(Sort::Link, "Check out")) {
            (Some((thought, _)), Some(link)) => {
                Step::new(format!("{thought}\nright"), format!("click {}", link.number))
            }
            _ => self.go_on(),
        }
    }

    /// From an empty basket back to the product, or to the results.
    fn go_on(&self) -> Step {
        match (&self.current, &self.results) {
            (Some(item), _) => Step::new("to the product again", format!("open {item}")),
            (None, Some(results)) => Step::new("to the results again", format!("open {results}")),
            (None, None) => self.open_start(),
        }
    }

    /// What is thought of a line of the basket, `1 Norsa Oak Bookshelf, black, 80 cm, $84.00`, and whether it is right.
    fn judged(&self, line: &str) -> (String, bool) {
        let parts: Vec<&str> = line.split(", ").collect();
        let current = self.current.as_ref().and_then(|path| self.known.get(path));
        let is_settled = current.is_some_and(|known| known.settled) || self.is_hurried(0);
        let name = parts.first().and_then(|first| first.split_once(' ')).map_or("", |(_, name)| name);
        if current.is_some_and(|known| known.name != name) {
            return (format!("{line}\nthe wrong thing"), false);
        }
        let (mut thought, mut is_right) = (line.to_owned(), true);
        for (option, value) in self.wish.options.iter().filter(|_| !is_settled) {
            let has = parts[1..].contains(&value.as_str());
            thought.extend(["\n", option, " ", value, if has { ": yes" } else { ": no" }]);
            is_right &= has;
        }
        (thought, is_right)
    }

    /// Signs in.
    pub(super) fn on_login(&self, page: &Seen) -> Step {
        let Some((user, password)) = &self.wish.login else { return Step::new("I have no password", "back") };
        let field = |label: &str| page.element(Sort::Field, label);
        if let Some(name) = field("User").filter(|name| name.value != *user) {
            return Step::new(format!("sign in as {user}"), format!("type {} \"{user}\"", name.number));
        }
        // A password is shown as stars.
        if let Some(secret) = field("Password").filter(|secret| secret.value.len() != password.len()) {
            return Step::new(
                format!("password {password}"),
                format!("type {} \"{password}\"", secret.number),
            );
        }
        match page.element(Sort::Button, "Sign in") {
            Some(button) => Step::new("send it", format!("click {}", button.number)),
            None => Step::new("no way to sign in here", "back"),
        }
    }

    /// Orders.
    pub(super) fn on_checkout(&self, page: &Seen) -> Step {
        match page.element(Sort::Button, "Place order") {
            Some(button) => Step::new("order it", format!("click {}", button.number)),
            None => Step::new("no way to order here", "back"),
        }
    }
}

/// Whether a line of the page is an article with its amount and price.
fn is_article(line: &str) -> bool {
    let amount = line.split(' ').next().is_some_and(|word| word.parse::<u32>().is_ok());
    amount && line.rsplit_once(", $").is_some()
}
