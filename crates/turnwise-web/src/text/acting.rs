//! Acting on elements of a page: links, buttons, fields, lists, boxes.

use url::Url;

use super::{Failed, TextBrowser, complaint};
use crate::fetch::Request;
use crate::page::{Choice, Element, Kind, Page, Press};

impl TextBrowser {
    /// The page, and where element `number` is on it.
    fn element(&mut self, number: u32) -> Result<(&mut Page, usize), Failed> {
        let Some(visit) = &mut self.now else { return complaint("no page is open") };
        let page = &mut visit.page;
        match (page.index_of(number), page.elements.len()) {
            (Some(index), _) if page.elements[index].disabled => {
                complaint(format!("[{number}] cannot be used: it is disabled"))
            }
            (Some(index), _) => Ok((page, index)),
            (None, 0) => complaint(format!("there is no [{number}]: nothing on this page has a number")),
            (None, last) => {
                complaint(format!("there is no [{number}] on this page: its numbers are 1 to {last}"))
            }
        }
    }

    pub(super) async fn click(&mut self, number: u32) -> Result<String, Failed> {
        let (page, index) = self.element(number)?;
        let element = &page.elements[index];
        match &element.kind {
            Kind::Link(Some(target)) => {
                let target = target.clone();
                self.follow(target).await
            }
            Kind::Link(None) | Kind::Clickable | Kind::Button(Press::Script) => complaint(format!(
                "[{number}] does nothing here: it needs scripts, which this browser does not run"
            )),
            Kind::Button(Press::Send { .. }) if element.form.is_some() => self.submit(number).await,
            Kind::Button(Press::Send { .. }) => {
                complaint(format!("[{number}] belongs to no form, so it does nothing"))
            }
            Kind::Button(Press::Reset) => {
                let form = element.form;
                page.reset(form);
                Ok(self.shown())
            }
            Kind::Tick { .. } => {
                tick(page, index);
                Ok(self.line(index))
            }
            Kind::Field { .. } => complaint(wrong_kind(element, &format!("type {number} \"TEXT\""))),
            Kind::List { .. } => complaint(wrong_kind(element, &format!("select {number} \"OPTION\""))),
            Kind::File => complaint(format!("[{number}] takes a file, and there are no files to give")),
        }
    }

    /// Follows a link; one to a place on the same page only moves the window.
    async fn follow(&mut self, target: Url) -> Result<String, Failed> {
        let Some(visit) = &mut self.now else { return complaint("no page is open") };
        if let Some(fragment) = target.fragment()
            && without_fragment(&target) == without_fragment(&visit.page.url)
        {
            let line = visit.page.line_of(fragment).unwrap_or(0);
            visit.screen.go_to(&visit.page, line);
            return Ok(self.shown());
        }
        self.go(Request::get(target)).await
    }

    pub(super) async fn submit(&mut self, number: u32) -> Result<String, Failed> {
        let (page, index) = self.element(number)?;
        match page.submission(index) {
            Ok(request) => self.go(request).await,
            Err(bad) => complaint(bad.to_string()),
        }
    }

    pub(super) fn type_into(&mut self, number: u32, text: &str) -> Result<String, Failed> {
        let (page, index) = self.element(number)?;
        let element = &page.elements[index];
        let Kind::Field { secret, required, .. } = element.kind else {
            let instead = match element.kind {
                Kind::List { .. } => format!("select {number} \"OPTION\""),
                Kind::File => {
                    return complaint(format!("[{number}] takes a file, and there are no files to give"));
                }
                Kind::Link(_)
                | Kind::Button(_)
                | Kind::Tick { .. }
                | Kind::Clickable
                | Kind::Field { .. } => {
                    format!("click {number}")
                }
            };
            return complaint(wrong_kind(element, &instead));
        };
        page.set(index, Kind::Field { value: text.to_owned(), secret, required });
        Ok(self.line(index))
    }

    pub(super) fn select(&mut self, number: u32, text: &str) -> Result<String, Failed> {
        let (page, index) = self.element(number)?;
        let element = &page.elements[index];
        let Kind::List { options, several, required } = &element.kind else {
            let instead = match element.kind {
                Kind::Field { .. } => format!("type {number} \"TEXT\""),
                Kind::Link(_)
                | Kind::Button(_)
                | Kind::Tick { .. }
                | Kind::Clickable
                | Kind::File
                | Kind::List { .. } => format!("click {number}"),
            };
            return complaint(wrong_kind(element, &instead));
        };
        let Some(chosen) = option_named(options, text) else {
            let text = format!("[{number}] has no option \"{text}\"; its options are: {}", named(options));
            return complaint(text);
        };
        let (mut options, several, required) = (options.clone(), *several, *required);
        for (at, option) in options.iter_mut().enumerate() {
            option.on = match several {
                true => option.on != (at == chosen),
                false => at == chosen,
            };
        }
        page.set(index, Kind::List { options, several, required });
        Ok(self.line(index))
    }

    /// The line of an element that was changed, behind the title and the URL.
    fn line(&self, index: usize) -> String {
        let Some(visit) = &self.now else { return String::new() };
        let line = visit.page.elements[index].line;
        format!("{}\n{}", visit.screen.head(&visit.page), visit.screen.line(&visit.page, line))
    }
}

fn without_fragment(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}

fn wrong_kind(element: &Element, instead: &str) -> String {
    let (number, word) = (element.number, element.kind.word());
    format!("[{number}] is a {word}; try: {instead}")
}

/// The option that a text means: exactly, else whatever the case, else by what is sent for it.
fn option_named(options: &[Choice], text: &str) -> Option<usize> {
    let wanted = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let position = |is: &dyn Fn(&Choice) -> bool| options.iter().position(|it| !it.disabled && is(it));
    position(&|it| it.text == wanted)
        .or_else(|| position(&|it| it.text.to_lowercase() == wanted.to_lowercase()))
        .or_else(|| position(&|it| it.value == wanted))
}

/// Ticks or unticks a box; a radio box is ticked, and the others of its name and form are not.
fn tick(page: &mut Page, index: usize) {
    let (name, form) = (page.elements[index].name.clone(), page.elements[index].form);
    let set = |page: &mut Page, at: usize, ticked: bool| {
        if let Kind::Tick { value, radio, required, .. } = page.elements[at].kind.clone() {
            page.set(at, Kind::Tick { value, on: ticked, radio, required });
        }
    };
    let Kind::Tick { on, radio, .. } = page.elements[index].kind else { return };
    if radio && !name.is_empty() {
        for at in 0..page.elements.len() {
            let other = &page.elements[at];
            let is_radio = matches!(other.kind, Kind::Tick { radio: true, on: true, .. });
            if is_radio && other.name == name && other.form == form {
                set(page, at, false);
            }
        }
    }
    set(page, index, radio || !on);
}

/// The options that can be chosen; of very many the first.
fn named(options: &[Choice]) -> String {
    const MOST: usize = 100;
    let texts: Vec<&str> = options.iter().filter(|it| !it.disabled).map(|it| it.text.as_str()).collect();
    match texts.len().checked_sub(MOST) {
        None | Some(0) => texts.join(", "),
        Some(more) => format!("{} and {more} more", texts[..MOST].join(", ")),
    }
}
