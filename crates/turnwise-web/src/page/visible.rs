//! Which elements can be seen, and which of them begin lines.

use super::dom::Tag;

/// Whether an element and what is in it cannot be seen.
pub(crate) fn is_hidden(tag: &Tag, live: bool) -> bool {
    let by_name = match tag.name() {
        "head" | "script" | "style" | "template" | "title" | "meta" | "link" | "datalist" | "audio"
        | "video" | "object" | "param" | "noframes" | "noembed" => true,
        "noscript" => live,
        "dialog" => !tag.has("open"),
        _ => false,
    };
    let by_style = || {
        tag.get("style").is_some_and(|style| {
            let style: String = style.to_ascii_lowercase().split_whitespace().collect();
            style.contains("display:none") || style.contains("visibility:hidden")
        })
    };
    by_name || tag.has("hidden") || by_style()
}

/// Whether an element begins a line of its own.
pub(crate) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "caption"
            | "center"
            | "dd"
            | "details"
            | "dialog"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hgroup"
            | "hr"
            | "html"
            | "legend"
            | "li"
            | "listing"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "option"
            | "p"
            | "pre"
            | "search"
            | "section"
            | "summary"
            | "table"
            | "tr"
            | "ul"
            | "xmp"
    )
}
