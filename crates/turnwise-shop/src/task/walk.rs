//! A way through the shop, walked on its real pages, as the commands that a browser needs for it.
//!
//! Elements are numbered as browsers number them: everything that one can act on, in document order, from 1.

use std::sync::Arc;

use super::{Goal, Imperfection, ShopSetup};
use crate::{
    catalogue::{Catalogue, Product, Query},
    site::{Ask, Body, Shop, Store},
};

/// The longest way; what needs more has gone astray.
const LONGEST: usize = 60;

/// The way is not there: a page lacks what it should have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the page has no element with {attribute}=\"{value}\", after: {}", after.join("; "))]
pub struct LostError {
    attribute: String,
    value: String,
    after: Vec<String>,
}

/// The commands that buy `product` for the wish of `setup`, from the first page to the order.
pub(super) fn buy(
    setup: &ShopSetup,
    catalogue: &Arc<Catalogue>,
    product: &Product,
) -> Result<Vec<String>, LostError> {
    let store = Store::new(Arc::clone(catalogue), setup);
    let mut walk = Walk { store, html: String::new(), commands: vec![format!("open {}", Shop::START)] };
    walk.go(Ask::Home);
    walk.find(&words(&setup.goal, product), product)?;
    walk.choose(&setup.goal, product)?;
    walk.press("name", "item", Ask::Add(product.id, setup.goal.options.clone()))?;
    walk.click(&Ask::Checkout)?;
    if let Imperfection::Login { user, password } = &setup.imperfection {
        walk.sign_in(user, password)?;
    }
    walk.press("action", "/checkout", Ask::Place)?;
    Ok(walk.commands)
}

/// What one searches for: the attributes that can be searched, and the type.
pub(super) fn words(goal: &Goal, product: &Product) -> String {
    let known = goal.attributes.iter().filter(|attribute| product.features.contains(attribute));
    let words: Vec<&str> = known.map(String::as_str).chain([goal.kind.as_str()]).collect();
    words.join(" ")
}

struct Walk {
    store: Store,
    html: String,
    commands: Vec<String>,
}

impl Walk {
    /// Goes to a page, where the shop sends one on further; a page that fails is opened again.
    fn go(&mut self, mut ask: Ask) {
        while self.commands.len() < LONGEST {
            let reply = self.store.answer(&ask);
            match reply.body {
                Body::Next(next) => ask = next,
                Body::Html(_) if reply.status == 500 => self.commands.push(format!("open {}", ask.href())),
                Body::Html(html) => {
                    self.html = html;
                    return;
                }
            }
        }
    }

    /// Searches for the words, and opens the product's page from the results.
    fn find(&mut self, words: &str, product: &Product) -> Result<(), LostError> {
        let field = self.number("name", "q")?;
        self.commands.extend([format!("type {field} \"{words}\""), format!("submit {field}")]);
        let query = Query { words: words.to_owned(), ..Query::default() };
        self.go(Ask::Search(query.clone(), 1));
        let item = Ask::Item(product.id);
        let mut page = 2;
        while self.number("href", &item.href()).is_err() {
            self.click(&Ask::Search(query.clone(), page))?;
            page += 1;
        }
        self.click(&item)
    }

    /// Chooses the wished values that are not chosen from the start.
    fn choose(&mut self, goal: &Goal, product: &Product) -> Result<(), LostError> {
        for (name, value) in &goal.options {
            let first = product.options.get(name).and_then(|values| values.first());
            if first.is_none_or(|first| first.value != *value) {
                let list = self.number("name", name)?;
                self.commands.push(format!("select {list} \"{value}\""));
            }
        }
        Ok(())
    }

    fn sign_in(&mut self, user: &str, password: &str) -> Result<(), LostError> {
        for (name, text) in [("user", user), ("password", password)] {
            let field = self.number("name", name)?;
            self.commands.push(format!("type {field} \"{text}\""));
        }
        self.press("action", "/login", Ask::SignIn { user: user.to_owned(), password: password.to_owned() })
    }

    fn click(&mut self, ask: &Ask) -> Result<(), LostError> {
        let link = self.number("href", &ask.href())?;
        self.commands.push(format!("click {link}"));
        self.go(ask.clone());
        Ok(())
    }

    /// Presses the first button behind the tag with this attribute: the one of its form.
    fn press(&mut self, attribute: &str, value: &str, ask: Ask) -> Result<(), LostError> {
        let tags = tags(&self.html);
        let start = tags.iter().position(|tag| tag.get(attribute).as_deref() == Some(value));
        let button = start.and_then(|start| tags[start..].iter().find(|tag| tag.name == "button"));
        let button = button.map(|tag| tag.number).ok_or_else(|| self.lost(attribute, value))?;
        self.commands.push(format!("click {button}"));
        self.go(ask);
        Ok(())
    }

    /// The number of the first element with this attribute.
    fn number(&self, attribute: &str, value: &str) -> Result<u32, LostError> {
        let tags = tags(&self.html);
        let found = tags.iter().find(|tag| tag.is_element() && tag.get(attribute).as_deref() == Some(value));
        found.map(|tag| tag.number).ok_or_else(|| self.lost(attribute, value))
    }

    fn lost(&self, attribute: &str, value: &str) -> LostError {
        LostError { attribute: attribute.to_owned(), value: value.to_owned(), after: self.commands.clone() }
    }
}

/// An opening tag of our own pages, whose texts are all escaped.
struct Tag<'a> {
    name: &'a str,
    rest: &'a str,
    /// How many elements there are up to it, itself included.
    number: u32,
}

impl Tag<'_> {
    fn is_element(&self) -> bool {
        match self.name {
            "input" => self.get("type").as_deref() != Some("hidden"),
            name => matches!(name, "a" | "button" | "select" | "textarea"),
        }
    }

    fn get(&self, attribute: &str) -> Option<String> {
        let (_, value) = self.rest.split_once(&format!(" {attribute}=\""))?;
        let (value, _) = value.split_once('"')?;
        Some(
            value.replace("&#x2f;", "/").replace("&#x27;", "'").replace("&quot;", "\"").replace("&amp;", "&"),
        )
    }
}

fn tags(html: &str) -> Vec<Tag<'_>> {
    let mut number = 0;
    let parts = html.split('<').skip(1).filter_map(|part| part.split_once('>'));
    parts
        .map(|(inside, _)| {
            let name = inside.split(' ').next().unwrap_or_default();
            let tag = Tag { name, rest: &inside[name.len()..], number: 0 };
            number += u32::from(tag.is_element());
            Tag { number, ..tag }
        })
        .collect()
}
