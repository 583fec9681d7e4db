//! What a browser can ask of the shop, and the address of each.

use std::collections::BTreeMap;

use form_urlencoded::Serializer;

use crate::catalogue::Query;

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The first page.
    Home,
    /// A page of results, from 1.
    Search(Query, u32),
    /// A product's page.
    Item(u32),
    /// What else is to be said of it.
    About(u32),
    /// What buyers said of it.
    Reviews(u32),
    /// The basket's page.
    Basket,
    /// Puts a product into the basket; options that are not named have their first value.
    Add(u32, BTreeMap<String, String>),
    /// Sets the amount of a line of the basket, from 0; an amount of 0 removes it.
    Change(usize, u32),
    /// The page before the order.
    Checkout,
    /// Orders what is in the basket.
    Place,
    /// The page on which one signs in.
    Login,
    /// Signs in.
    SignIn {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// The page after the order.
    Order,
}

impl Ask {
    /// The address, from the host's root on. What a form sends in its body is not in it.
    pub fn href(&self) -> String {
        match self {
            Self::Home => "/".to_owned(),
            Self::Search(query, page) => search(query, *page),
            Self::Item(id) => format!("/item/{id}"),
            Self::About(id) => format!("/item/{id}/about"),
            Self::Reviews(id) => format!("/item/{id}/reviews"),
            Self::Basket | Self::Add(..) => "/basket".to_owned(),
            Self::Change(line, _) => format!("/basket/{}", line + 1),
            Self::Checkout | Self::Place => "/checkout".to_owned(),
            Self::Login | Self::SignIn { .. } => "/login".to_owned(),
            Self::Order => "/order".to_owned(),
        }
    }

    /// Whether it only shows something.
    pub(crate) fn is_page(&self) -> bool {
        !matches!(self, Self::Add(..) | Self::Change(..) | Self::Place | Self::SignIn { .. })
    }
}

fn search(query: &Query, page: u32) -> String {
    let mut text = Serializer::new(String::new());
    if !query.words.is_empty() {
        text.append_pair("q", &query.words);
    }
    if let Some(category) = &query.category {
        text.append_pair("category", category);
    }
    if let Some(max) = query.max {
        text.append_pair("max", &max.to_string());
    }
    if page > 1 {
        text.append_pair("page", &page.to_string());
    }
    format!("/search?{}", text.finish())
}
