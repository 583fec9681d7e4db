//! Reads the controls of forms: what an `input`, a `select`, a `textarea` or a `button` is, from its attributes.

use url::Url;

use super::dom::{Dom, Id, Tag};
use super::index::{Index, collapsed, text_of};
use super::{Choice, Kind, Press};

/// A control as the page defines it.
#[derive(Debug)]
pub(crate) struct Control {
    pub(crate) kind: Kind,
    pub(crate) label: String,
    pub(crate) name: String,
    pub(crate) disabled: bool,
    /// `type=hidden`: sent, and never shown.
    pub(crate) hidden: bool,
}

/// The control at `id`, if it is one.
pub(crate) fn control_at(dom: &Dom, index: &Index, id: Id) -> Option<Control> {
    let tag = dom.tag(id)?;
    let (kind, label) = match tag.name() {
        "input" => input(dom, index, id, tag),
        "button" => {
            let label = index.label_of_button(dom, id);
            (Kind::Button(press(tag, tag.get("type").unwrap_or("submit"), index)), label)
        }
        "textarea" => (field(tag, verbatim(dom, id), false), index.label_of(dom, id)),
        "select" => (list(dom, id, tag), index.label_of(dom, id)),
        _ => return None,
    };
    let in_disabled_set = || {
        dom.ancestors(id).filter_map(|id| dom.tag(id)).any(|it| it.name() == "fieldset" && it.has("disabled"))
    };
    Some(Control {
        kind,
        label,
        name: tag.get("name").unwrap_or_default().to_owned(),
        disabled: tag.has("disabled") || in_disabled_set(),
        hidden: tag.name() == "input" && kind_of(tag) == "hidden",
    })
}

fn kind_of(tag: &Tag) -> String {
    tag.get("type").unwrap_or("text").trim().to_ascii_lowercase()
}

fn input(dom: &Dom, index: &Index, id: Id, tag: &Tag) -> (Kind, String) {
    let value = tag.get("value");
    let kind = kind_of(tag);
    let called = |fallback: &str| {
        let texts = [value, tag.get("alt"), tag.get("aria-label"), tag.get("title")];
        let mut texts = texts.into_iter().flatten().map(collapsed).filter(|text| !text.is_empty());
        texts.next().unwrap_or_else(|| fallback.to_owned())
    };
    match kind.as_str() {
        "submit" | "image" => (Kind::Button(press(tag, "submit", index)), called("Submit")),
        "reset" => (Kind::Button(Press::Reset), called("Reset")),
        "button" => (Kind::Button(Press::Script), called("")),
        "file" => (Kind::File, index.label_of(dom, id)),
        "checkbox" | "radio" => {
            let kind = Kind::Tick {
                value: value.unwrap_or("on").to_owned(),
                on: tag.has("checked"),
                radio: kind == "radio",
                required: tag.has("required"),
            };
            let label = match index.is_labelled(dom, id) {
                true => index.label_of(dom, id),
                // Without a label only the value tells one choice of a name from another.
                false => collapsed(&[tag.get("name"), value].map(Option::unwrap_or_default).join(" ")),
            };
            (kind, label)
        }
        _ => (field(tag, value.unwrap_or_default().to_owned(), kind == "password"), index.label_of(dom, id)),
    }
}

fn field(tag: &Tag, value: String, secret: bool) -> Kind {
    Kind::Field { value, secret, required: tag.has("required") }
}

fn press(tag: &Tag, kind: &str, index: &Index) -> Press {
    match kind.trim().to_ascii_lowercase().as_str() {
        "reset" => Press::Reset,
        "button" => Press::Script,
        _ => Press::Send {
            value: tag.get("value").unwrap_or_default().to_owned(),
            action: tag.get("formaction").and_then(|action| index.link(action)),
            method: tag.get("formmethod").map(str::to_ascii_lowercase),
        },
    }
}

/// The text of a `textarea`, as it is; the parser has dropped the line break that it may begin with.
fn verbatim(dom: &Dom, id: Id) -> String {
    use super::dom::Data;
    let texts = dom.inside(id).filter_map(|id| match dom.data(id) {
        Data::Text(text) => Some(text.as_str()),
        Data::Element(_) | Data::Other => None,
    });
    texts.collect()
}

fn list(dom: &Dom, id: Id, tag: &Tag) -> Kind {
    let several = tag.has("multiple");
    let mut options = Vec::new();
    for option in dom.inside(id) {
        let Some(tag) = dom.tag(option).filter(|tag| tag.name() == "option") else { continue };
        let text = match tag.get("label") {
            Some(label) if !label.trim().is_empty() => collapsed(label),
            _ => text_of(dom, option, |_| false),
        };
        let in_disabled_group = || {
            let group = dom.parent(option).and_then(|parent| dom.tag(parent));
            group.is_some_and(|it| it.name() == "optgroup" && it.has("disabled"))
        };
        options.push(Choice {
            value: tag.get("value").map_or_else(|| text.clone(), str::to_owned),
            text,
            on: tag.has("selected"),
            disabled: tag.has("disabled") || in_disabled_group(),
        });
    }
    if !several {
        // The last one that is marked counts; a list without a mark stands on its first option.
        let chosen =
            options.iter().rposition(|it| it.on).or_else(|| options.iter().position(|it| !it.disabled));
        for (at, option) in options.iter_mut().enumerate() {
            option.on = Some(at) == chosen;
        }
    }
    Kind::List { options, several, required: tag.has("required") }
}

impl Index {
    /// A link's target, where it is one that can be fetched.
    pub(crate) fn link(&self, href: &str) -> Option<Url> {
        self.base.join(href.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
    }

    fn label_of_button(&self, dom: &Dom, id: Id) -> String {
        let named = dom.tag(id).and_then(|tag| tag.get("aria-label")).map(collapsed);
        match named.filter(|name| !name.is_empty()) {
            Some(name) => name,
            None => match text_of(dom, id, |_| false) {
                text if text.is_empty() => self.label_of(dom, id),
                text => text,
            },
        }
    }
}
