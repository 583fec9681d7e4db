//! Forms, and the requests they make.

use url::{Url, form_urlencoded};

use super::{Element, Kind, Page, Press};
use crate::fetch::{Method, Request};

/// A form of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Where it goes; `None` where only a script could send it.
    pub action: Option<Url>,
    /// `method`, in lower case; `get` where it says none.
    pub method: String,
    /// `enctype`, in lower case; empty where it says none.
    pub encoding: String,
    /// Whether it wants its required fields filled in.
    pub validates: bool,
    /// What it sends, in document order.
    pub fields: Vec<FormField>,
}

/// What a form sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormField {
    /// A name and a value that are not shown, such as a hidden field's.
    Fixed(String, String),
    /// What an element holds, by its index into the page's elements.
    Element(usize),
}

/// A form that cannot be sent; its text is for the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadForm {
    /// The element belongs to no form.
    #[error("[{number}] belongs to no form, so there is nothing to submit")]
    NoForm {
        /// The element.
        number: u32,
    },
    /// A required field is empty.
    #[error("the form was not sent: [{number}] {label} has to be filled in first")]
    Required {
        /// The field.
        number: u32,
        /// What it is called.
        label: String,
    },
    /// The form is sent in a way that is not supported.
    #[error("the form was not sent: it is sent as `{how}`, which this browser cannot do")]
    Unsupported {
        /// `method` or `enctype`.
        how: String,
    },
}

impl Page {
    /// The request that sends the form which element `index` belongs to: as pressing it would, where it is a button that
    /// sends its form, else as pressing the form's first such button would.
    ///
    /// # Errors
    /// When there is no form, when a required field is empty, and when the form wants to be sent in a way that is not
    /// supported (files).
    pub fn submission(&self, index: usize) -> Result<Request, BadForm> {
        let element = &self.elements[index];
        let form = element.form.ok_or(BadForm::NoForm { number: element.number })?;
        let sends = |it: &&Element| it.form == Some(form) && is_sender(it);
        let presser = Some(element).filter(sends).or_else(|| self.elements.iter().find(sends));
        let form = &self.forms[form];
        if form.validates {
            self.check_required(form)?;
        }
        let (mut action, mut method) = (form.action.clone(), form.method.as_str());
        if let Some(Kind::Button(Press::Send { action: other_action, method: other_method, .. })) =
            presser.map(|it| &it.kind)
        {
            action = other_action.clone().or(action);
            method = other_method.as_deref().unwrap_or(method);
        }
        let Some(mut action) = action else {
            return Err(BadForm::Unsupported { how: "a script".to_owned() });
        };
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.pairs(form, presser) {
            pairs.append_pair(&name, &value.replace("\r\n", "\n").replace('\n', "\r\n"));
        }
        let pairs = pairs.finish();
        match (method, form.encoding.as_str()) {
            ("post", "" | "application/x-www-form-urlencoded") => Ok(Request {
                method: Method::POST,
                url: action,
                headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
                body: pairs.into_bytes(),
            }),
            ("post", encoding) => Err(BadForm::Unsupported { how: encoding.to_owned() }),
            ("dialog", _) => Err(BadForm::Unsupported { how: method.to_owned() }),
            _ => {
                action.set_query(Some(&pairs));
                action.set_fragment(None);
                Ok(Request::get(action))
            }
        }
    }

    fn check_required(&self, form: &Form) -> Result<(), BadForm> {
        let elements = form.fields.iter().filter_map(|field| match field {
            FormField::Element(index) => Some(&self.elements[*index]),
            FormField::Fixed(..) => None,
        });
        let missing = elements.filter(|it| !it.disabled).find(|it| match &it.kind {
            Kind::Field { value, required, .. } => *required && value.is_empty(),
            Kind::List { options, required, .. } => {
                *required && !options.iter().any(|it| it.on && !it.value.is_empty())
            }
            Kind::Tick { on, radio: false, required, .. } => *required && !on,
            Kind::Tick { radio: true, required, .. } => *required && !self.has_choice(it),
            Kind::Link(_) | Kind::Button(_) | Kind::File | Kind::Clickable => false,
        });
        match missing {
            Some(it) => Err(BadForm::Required { number: it.number, label: it.label.clone() }),
            None => Ok(()),
        }
    }

    /// Whether one of the boxes that exclude each other is ticked.
    fn has_choice(&self, radio: &Element) -> bool {
        self.elements.iter().any(|it| {
            it.form == radio.form
                && it.name == radio.name
                && matches!(it.kind, Kind::Tick { radio: true, on: true, .. })
        })
    }

    fn pairs(&self, form: &Form, presser: Option<&Element>) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for field in &form.fields {
            let element = match field {
                FormField::Fixed(name, value) => {
                    pairs.push((name.clone(), value.clone()));
                    continue;
                }
                FormField::Element(index) => &self.elements[*index],
            };
            if element.disabled || element.name.is_empty() {
                continue;
            }
            let pressed = presser.is_some_and(|it| it.number == element.number);
            pairs.extend(
                sent(&element.kind, pressed).into_iter().map(|it| (element.name.clone(), it.to_owned())),
            );
        }
        pairs
    }
}

/// Whether an element sends its form when it is pressed.
fn is_sender(element: &Element) -> bool {
    matches!(element.kind, Kind::Button(Press::Send { .. })) && !element.disabled
}

/// The values that a control sends under its name.
pub(crate) fn sent(kind: &Kind, pressed: bool) -> Vec<&str> {
    match kind {
        Kind::Field { value, .. } | Kind::Tick { value, on: true, .. } => vec![value],
        Kind::List { options, .. } => {
            options.iter().filter(|it| it.on && !it.disabled).map(|it| it.value.as_str()).collect()
        }
        Kind::Button(Press::Send { value, .. }) if pressed => vec![value],
        Kind::File => vec![""],
        Kind::Tick { .. } | Kind::Button(_) | Kind::Link(_) | Kind::Clickable => Vec::new(),
    }
}
