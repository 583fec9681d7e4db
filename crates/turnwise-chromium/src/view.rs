//! What the agent was last shown of a page, and what its numbers mean to the browser.

use turnwise_web::{Act, Direction, Element, Kind, Limits, Page, Screen};

/// The page as it was last looked at.
#[derive(Debug)]
pub(crate) struct View {
    page: Page,
    screen: Screen,
}

/// What is different from the last look.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Another page, or much of it.
    Page,
    /// One line, by its index.
    Line(usize),
    /// Nothing.
    Nothing,
}

impl View {
    /// Of a page that is seen for the first time.
    pub(crate) fn new(page: Page) -> Self {
        Self { page, screen: Screen::new(Limits::default()) }
    }

    /// The page.
    pub(crate) fn page(&self) -> &Page {
        &self.page
    }

    /// Takes in the page as it is now.
    pub(crate) fn update(&mut self, page: Page) -> Change {
        let (old, new) = (&self.page.lines, &page.lines);
        let most = old.len().max(new.len());
        let changed: Vec<usize> = (0..most).filter(|at| old.get(*at) != new.get(*at)).collect();
        let same_length = old.len() == new.len();
        let same_place = page.url == self.page.url;
        let same_title = page.title == self.page.title;
        if !same_place {
            self.screen = Screen::new(Limits::default());
        }
        self.page = page;
        match changed.as_slice() {
            [] if same_place && same_title => Change::Nothing,
            [line] if same_place && same_title && same_length => Change::Line(*line),
            _ => Change::Page,
        }
    }

    /// The page's part in sight.
    pub(crate) fn show(&self) -> String {
        self.screen.show(&self.page)
    }

    /// One line of it.
    pub(crate) fn line(&self, line: usize) -> String {
        self.screen.line(&self.page, line)
    }

    /// The lines that hold a text.
    pub(crate) fn find(&self, text: &str) -> Option<String> {
        self.screen.find(&self.page, text)
    }

    /// Moves the part in sight; `false` when there is nothing in that direction.
    pub(crate) fn scroll(&mut self, direction: Direction) -> bool {
        self.screen.scroll(&self.page, direction)
    }

    /// The browser's name of the element that an act is on.
    pub(crate) fn node(&self, number: u32, act: &Act) -> Result<String, String> {
        let Some(element) = self.page.index_of(number).map(|index| &self.page.elements[index]) else {
            return Err(match self.page.elements.len() {
                0 => format!("there is no [{number}]: nothing on this page has a number"),
                last => format!("there is no [{number}]: the page has [1] to [{last}]"),
            });
        };
        if let Some(complaint) = unfit(element, act) {
            return Err(format!("[{number}] {complaint}"));
        }
        element.node.clone().ok_or_else(|| format!("[{number}] cannot be reached"))
    }
}

/// Why an act does not suit an element.
fn unfit(element: &Element, act: &Act) -> Option<&'static str> {
    if element.disabled {
        return Some("is disabled");
    }
    match (act, &element.kind) {
        (Act::Click(_), Kind::List { .. }) => Some("is a list: use select N \"OPTION\""),
        (Act::Click(_), Kind::File) => Some("is for a file, and there are none"),
        (Act::Type(..), kind) if !matches!(kind, Kind::Field { .. }) => Some("is not a field"),
        (Act::Select(..), kind) if !matches!(kind, Kind::List { .. }) => Some("is not a list"),
        _ => None,
    }
}
