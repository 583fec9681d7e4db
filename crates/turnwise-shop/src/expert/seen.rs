//! What stands on a page, read from an observation.

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Link,
    Button,
    Field,
    List,
}

/// An element: `[6] (list) Size = M; S, M, L`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) number: u32,
    pub(super) sort: Sort,
    /// Its label; behind a link's stands the text that follows it.
    pub(super) label: String,
    /// What a field holds or what is chosen of a list.
    pub(super) value: String,
    /// What can be chosen of a list.
    pub(super) choices: Vec<String>,
}

/// A page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) title: String,
    /// The address behind the host: `/item/12`.
    pub(super) path: String,
    pub(super) lines: Vec<String>,
    pub(super) elements: Vec<Element>,
}

impl Seen {
    /// The page that an observation shows; `None` where it shows none.
    pub(super) fn read(observation: &str) -> Option<Self> {
        let mut lines = observation.lines();
        let title = lines.next()?.trim().to_owned();
        let (_, address) = lines.next()?.trim().split_once("://")?;
        // Behind the address may stand a status.
        let address = address.split(' ').next()?;
        let path = address.find('/').map_or("/", |at| &address[at..]).to_owned();
        let lines: Vec<String> = lines.map(str::to_owned).collect();
        let elements = lines.iter().flat_map(|line| elements(line)).collect();
        Some(Self { title, path, lines, elements })
    }

    /// Takes in lines that show elements anew, as after typing.
    pub(super) fn update(&mut self, observation: &str) {
        for new in observation.lines().flat_map(elements) {
            if let Some(known) = self.elements.iter_mut().find(|known| known.number == new.number) {
                *known = new;
            }
        }
    }

    /// The first element of a sort whose label begins with a text.
    pub(super) fn element(&self, sort: Sort, label: &str) -> Option<&Element> {
        self.elements.iter().find(|element| element.sort == sort && element.label.starts_with(label))
    }

    /// What follows `start` in the first line that begins so.
    pub(super) fn line(&self, start: &str) -> Option<&str> {
        self.lines.iter().find_map(|line| line.strip_prefix(start))
    }
}

/// The elements of a line.
fn elements(line: &str) -> Vec<Element> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some((number, after)) = mark(rest) {
        let end = mark(after).map_or(after.len(), |(_, behind)| after.len() - behind.len());
        let text = &after[..end];
        // The next mark itself is not a part of this text.
        let text =
            if end < after.len() { text.rsplit_once('[').map_or(text, |(text, _)| text) } else { text };
        found.push(element(number, text.trim()));
        rest = after;
    }
    found
}

/// The first `[N] ` of a text: the number, and what follows.
fn mark(text: &str) -> Option<(u32, &str)> {
    text.match_indices('[').find_map(|(at, _)| {
        let (digits, after) = text[at + 1..].split_once("] ")?;
        Some((digits.parse().ok()?, after))
    })
}

fn element(number: u32, text: &str) -> Element {
    let sorts = [("(button) ", Sort::Button), ("(field) ", Sort::Field), ("(list) ", Sort::List)];
    let found = sorts.iter().find_map(|(word, sort)| Some((*sort, text.strip_prefix(word)?)));
    let (sort, rest) = found.unwrap_or((Sort::Link, text));
    let (label, value) = match sort {
        Sort::Link | Sort::Button => (rest, ""),
        Sort::Field | Sort::List => rest.split_once(" = ").unwrap_or((rest, "")),
    };
    let (value, choices) = match sort {
        Sort::List => value.split_once("; ").unwrap_or((value, "")),
        Sort::Link | Sort::Button | Sort::Field => (value.trim_matches('"'), ""),
    };
    let choices = choices.split(", ").filter(|choice| !choice.is_empty()).map(str::to_owned).collect();
    Element { number, sort, label: label.to_owned(), value: value.to_owned(), choices }
}

#[cfg(test)]
mod tests {
    use super::{Seen, Sort};

    #[test]
    fn a_page_is_read_as_it_is_shown() {
        let mut page = Seen::read(
            "Norsa Oak Bookshelf\nhttp://shop.test/item/12\n[1] Home [2] Basket (0)\n$79.00, rated 4.5\n\
             [3] (list) Colour = black; black, white\n[4] (field) Search = \"\"\n- [5] Alba Rug $12.00\n\
             [6] (button) Add to basket",
        )
        .unwrap();
        assert_eq!((page.title.as_str(), page.path.as_str()), ("Norsa Oak Bookshelf", "/item/12"));
        assert_eq!(page.element(Sort::Link, "Basket").unwrap().number, 2);
        assert_eq!(page.element(Sort::Button, "Add").unwrap().number, 6);
        assert_eq!(page.element(Sort::Link, "Alba").unwrap().label, "Alba Rug $12.00");
        let list = page.element(Sort::List, "Colour").unwrap();
        assert_eq!((list.value.as_str(), list.choices.join("|")), ("black", "black|white".to_owned()));
        page.update("[4] (field) Search = \"a rug\"");
        assert_eq!(page.element(Sort::Field, "Search").unwrap().value, "a rug");
        assert_eq!(page.line("$79"), Some(".00, rated 4.5"));
        assert_eq!(
            Seen::read("Error\nhttp://shop.test/basket (status 500)\nA problem").unwrap().path,
            "/basket"
        );
        assert_eq!(Seen::read("error: there is no element 9"), None);
    }
}
