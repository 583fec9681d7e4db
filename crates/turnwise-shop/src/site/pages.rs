//! The pages: what each shows, as values for the templates that make HTML of them.

use std::sync::LazyLock;

use minijinja::{Environment, Error, Value, context};

use super::{ask::Ask, store::Store};
use crate::{
    catalogue::{Product, Query, capital, dollars},
    reward::Line,
    task::Imperfection,
};

/// How many products a page of results shows.
const PER_PAGE: usize = 8;

/// The templates, read once; each is escaped as HTML.
static TEMPLATES: LazyLock<Result<Environment<'static>, Error>> = LazyLock::new(|| {
    let mut all = Environment::new();
    all.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    all.add_template("frame.html", include_str!("../../templates/frame.html"))?;
    all.add_template("home.html", include_str!("../../templates/home.html"))?;
    all.add_template("results.html", include_str!("../../templates/results.html"))?;
    all.add_template("item.html", include_str!("../../templates/item.html"))?;
    all.add_template("text.html", include_str!("../../templates/text.html"))?;
    all.add_template("basket.html", include_str!("../../templates/basket.html"))?;
    all.add_template("checkout.html", include_str!("../../templates/checkout.html"))?;
    all.add_template("login.html", include_str!("../../templates/login.html"))?;
    Ok(all)
});

/// The templates.
pub(super) struct Pages;

impl Pages {
    /// The HTML of a page.
    pub(super) fn render(view: &View) -> Result<String, String> {
        let templates = TEMPLATES.as_ref().map_err(ToString::to_string)?;
        let rendered =
            templates.get_template(view.template).and_then(|template| template.render(&view.values));
        rendered.map_err(|error| error.to_string())
    }
}

/// A page before it is HTML.
pub(super) struct View {
    template: &'static str,
    values: Value,
}

/// Why a request is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    line: String,
}

impl Refusal {
    /// What was asked for makes no sense.
    pub(super) fn bad(line: &str) -> Self {
        Self { status: 400, line: line.to_owned() }
    }

    /// What was asked for is not there.
    pub(super) fn missing(line: &str) -> Self {
        Self { status: 404, line: line.to_owned() }
    }

    /// No product has this number.
    pub(super) fn no_product(id: u32) -> Self {
        Self::missing(&format!("There is no product {id}."))
    }

    /// The shop fails for once.
    pub(super) fn fault() -> Self {
        Self { status: 500, line: "The shop has a problem. Open the page again.".to_owned() }
    }
}

impl View {
    /// The page of a refusal.
    pub(super) fn refusal(refusal: &Refusal, pieces: u32) -> Self {
        let lines = vec![refusal.line.clone()];
        Self { template: "text.html", values: context! { title => "Error", pieces, lines, back => "" } }
    }
}

impl Store {
    /// What a page shows.
    pub(super) fn view(&self, ask: &Ask) -> Result<View, Refusal> {
        let pieces = self.pieces();
        let page = |template, values| Ok(View { template, values });
        match ask {
            Ask::Home => {
                let category = |name: &String| {
                    let query = Query { category: Some(name.clone()), ..Query::default() };
                    context! { name => name.as_str(), href => Ask::Search(query, 1).href() }
                };
                let categories: Vec<Value> = self.catalogue.categories.iter().map(category).collect();
                page("home.html", context! { title => "Shop", pieces, categories })
            }
            Ask::Search(query, number) => self.results(query, *number),
            Ask::Item(id) => self.item(*id),
            Ask::About(id) => self.about(*id),
            Ask::Reviews(id) => self.reviews(*id),
            Ask::Basket => {
                let row = |(at, line): (usize, &Line)| {
                    let href = Ask::Change(at, 0).href();
                    context! { text => self.describe(line), href, amount => line.amount }
                };
                let rows: Vec<Value> = self.state.basket.iter().enumerate().map(row).collect();
                page("basket.html", context! { title => "Basket", pieces, rows, total => self.total() })
            }
            Ask::Checkout if self.state.basket.is_empty() => {
                Err(Refusal::bad("The basket is empty. Nothing can be ordered."))
            }
            Ask::Checkout => {
                let lines: Vec<String> = self.state.basket.iter().map(|line| self.describe(line)).collect();
                page("checkout.html", context! { title => "Checkout", pieces, lines, total => self.total() })
            }
            Ask::Login if matches!(self.setup.imperfection, Imperfection::Login { .. }) => {
                page("login.html", context! { title => "Sign in", pieces })
            }
            Ask::Login => Err(Refusal::missing("One need not sign in here.")),
            Ask::Order => {
                let order = self.order().ok_or_else(|| Refusal::missing("There is no order yet."))?;
                let placed = "Thank you. Your order is placed.".to_owned();
                let lines = [placed].into_iter().chain(order.iter().map(|line| self.describe(line)));
                let lines: Vec<String> = lines.collect();
                page("text.html", context! { title => "Order", pieces, lines, back => "" })
            }
            Ask::Add(..) | Ask::Change(..) | Ask::Place | Ask::SignIn { .. } => {
                Err(Refusal::bad("This is done by a form."))
            }
        }
    }

    /// A line of the basket or the order, for people.
    pub(super) fn describe(&self, line: &Line) -> String {
        let Some(product) = self.catalogue.product(line.item) else { return String::new() };
        let options: String = line.options.values().map(|value| format!(", {value}")).collect();
        let price = dollars(product.price_with(&line.options) * line.amount);
        format!("{} {}{options}, {price}", line.amount, product.name)
    }

    fn total(&self) -> String {
        let price = |line: &Line| {
            self.catalogue
                .product(line.item)
                .map_or(0, |product| product.price_with(&line.options) * line.amount)
        };
        dollars(self.state.basket.iter().map(price).sum())
    }

    fn product(&self, id: u32) -> Result<&Product, Refusal> {
        self.catalogue.product(id).ok_or_else(|| Refusal::no_product(id))
    }

    fn results(&self, query: &Query, number: u32) -> Result<View, Refusal> {
        if let Some(category) =
            query.category.as_ref().filter(|name| !self.catalogue.categories.contains(name))
        {
            return Err(Refusal::missing(&format!("There is no category {category}.")));
        }
        let found = self.catalogue.search(query);
        let at = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
        let shown = found.chunks(PER_PAGE).nth(at).unwrap_or_default();
        let from = at.saturating_mul(PER_PAGE);
        let count = match shown {
            [] => "Nothing found. Try fewer words.".to_owned(),
            _ => format!("{} to {} of {}", from + 1, from + shown.len(), found.len()),
        };
        let hit = |product: &&Product| {
            let href = Ask::Item(product.id).href();
            context! { href, name => product.name.as_str(), price => dollars(product.price) }
        };
        let turn = |number| Ask::Search(query.clone(), number).href();
        let next = if from + shown.len() < found.len() && !shown.is_empty() {
            turn(number + 1)
        } else {
            String::new()
        };
        let previous = if number > 1 { turn(number - 1) } else { String::new() };
        let values = context! {
            title => "Results",
            pieces => self.pieces(),
            words => query.words.as_str(),
            category => query.category.clone(),
            categories => self.catalogue.categories.clone(),
            max => query.max,
            count,
            hits => shown.iter().map(hit).collect::<Vec<_>>(),
            next,
            previous,
        };
        Ok(View { template: "results.html", values })
    }

    fn item(&self, id: u32) -> Result<View, Refusal> {
        let product = self.product(id)?;
        let choices = |name: &String| {
            let values: Vec<String> = self.available(id, name).into_iter().map(str::to_owned).collect();
            context! { name => name.as_str(), label => capital(name), choices => values }
        };
        let extras = product.options.iter().flat_map(|(name, values)| {
            let dearer = values.iter().filter(|choice| choice.extra > 0);
            dearer.map(move |choice| {
                format!("{} {}: {} more", capital(name), choice.value, dollars(choice.extra))
            })
        });
        let gone = self.sold_out(id).map(|(name, value)| format!("Sold out: {name} {value}"));
        let notes: Vec<String> = extras.chain(gone).collect();
        let values = context! {
            title => product.name.as_str(),
            pieces => self.pieces(),
            id,
            price => dollars(product.price),
            rating => format!("{}.{}", product.rating / 10, product.rating % 10),
            features => product.features.join(", "),
            options => product.options.keys().map(choices).collect::<Vec<_>>(),
            notes,
            about => Ask::About(id).href(),
            reviews => Ask::Reviews(id).href(),
            n_reviews => product.reviews.len(),
        };
        Ok(View { template: "item.html", values })
    }

    fn about(&self, id: u32) -> Result<View, Refusal> {
        let product = self.product(id)?;
        let details =
            (!product.details.is_empty()).then(|| format!("Good to know: {}", product.details.join(", ")));
        let lines: Vec<String> = [Some(product.sentence.clone()), details].into_iter().flatten().collect();
        Ok(self.text(&format!("About {}", product.name), &lines, id))
    }

    fn reviews(&self, id: u32) -> Result<View, Refusal> {
        let product = self.product(id)?;
        let said = |review: &crate::catalogue::Review| format!("{} of 5: {}", review.stars, review.text);
        let mut lines: Vec<String> = product.reviews.iter().map(said).collect();
        if lines.is_empty() {
            lines.push("Nobody has said anything yet.".to_owned());
        }
        Ok(self.text(&format!("Reviews of {}", product.name), &lines, id))
    }

    /// A page of lines about a product.
    fn text(&self, title: &str, lines: &[String], id: u32) -> View {
        let back = Ask::Item(id).href();
        View {
            template: "text.html",
            values: context! { title, pieces => self.pieces(), lines => lines.to_vec(), back },
        }
    }
}
