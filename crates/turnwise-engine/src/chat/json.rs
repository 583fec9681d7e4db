//! `tojson` as chat templates know it: Python's `json.dumps`, with its spacing and without the HTML escapes of
//! Jinja's own filter.

use minijinja::{Error, ErrorKind, Value, value::Kwargs};
use serde_json::Value as Json;

/// How a value is written.
struct Layout {
    /// Spaces of each level; `None` writes one line.
    indent: Option<usize>,
    item: String,
    key: String,
    ascii: Ascii,
}

/// What becomes of characters that are not ASCII.
#[derive(Clone, Copy)]
enum Ascii {
    Escaped,
    Kept,
}

/// The filter `tojson(ensure_ascii=false, indent=none, separators=none, sort_keys=false)`.
pub(super) fn tojson(value: &Value, args: Kwargs) -> Result<String, Error> {
    let failed = |source| {
        Error::new(ErrorKind::InvalidOperation, "a value cannot be written as json").with_source(source)
    };
    let mut json = serde_json::to_value(value).map_err(failed)?;
    let indent: Option<usize> = args.get("indent")?;
    let separators: Option<Vec<String>> = args.get("separators")?;
    let ascii =
        if args.get::<Option<bool>>("ensure_ascii")?.unwrap_or(false) { Ascii::Escaped } else { Ascii::Kept };
    if args.get::<Option<bool>>("sort_keys")?.unwrap_or(false) {
        json.sort_all_objects();
    }
    args.assert_all_used()?;
    let (item, key) = match separators.as_deref() {
        Some([item, key]) => (item.clone(), key.clone()),
        // Python puts no space before a line break.
        _ => (if indent.is_some() { "," } else { ", " }.to_owned(), ": ".to_owned()),
    };
    let mut out = String::new();
    Layout { indent, item, key, ascii }.write(&json, 0, &mut out);
    Ok(out)
}

impl Layout {
    fn write(&self, value: &Json, depth: usize, out: &mut String) {
        match value {
            Json::Array(items) => {
                let items = items.iter().map(|item| (None, item));
                self.enclosed(['[', ']'], items, depth, out);
            }
            Json::Object(entries) => {
                let items = entries.iter().map(|(key, value)| (Some(key.as_str()), value));
                self.enclosed(['{', '}'], items, depth, out);
            }
            Json::String(text) => self.string(text, out),
            Json::Null | Json::Bool(_) | Json::Number(_) => out.push_str(&value.to_string()),
        }
    }

    fn enclosed<'v>(
        &self,
        [open, close]: [char; 2],
        items: impl ExactSizeIterator<Item = (Option<&'v str>, &'v Json)>,
        depth: usize,
        out: &mut String,
    ) {
        out.push(open);
        let is_empty = items.len() == 0;
        for (at, (key, value)) in items.enumerate() {
            if at > 0 {
                out.push_str(&self.item);
            }
            self.line(depth + 1, out);
            if let Some(key) = key {
                self.string(key, out);
                out.push_str(&self.key);
            }
            self.write(value, depth + 1, out);
        }
        if !is_empty {
            self.line(depth, out);
        }
        out.push(close);
    }

    fn line(&self, depth: usize, out: &mut String) {
        if let Some(indent) = self.indent {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent * depth));
        }
    }

    fn string(&self, text: &str, out: &mut String) {
        let quoted = Json::from(text).to_string();
        match self.ascii {
            Ascii::Kept => out.push_str(&quoted),
            Ascii::Escaped => {
                for unit in quoted.encode_utf16() {
                    match u8::try_from(unit) {
                        Ok(byte) if byte.is_ascii() => out.push(char::from(byte)),
                        Ok(_) | Err(_) => out.extend(["\\u", &format!("{unit:04x}")]),
                    }
                }
            }
        }
    }
}
