//! Finds words in what a page asks for, and elements by what they are called.

use turnwise_web::{Element, Kind, Page};

/// What stands in double quotes.
pub(super) fn quoted(text: &str) -> Vec<&str> {
    text.split('"').skip(1).step_by(2).collect()
}

/// The first element that is called so, as it is written; else without regard to case.
pub(super) fn labelled<'a>(page: &'a Page, label: &str) -> Option<&'a Element> {
    let all = || page.elements.iter();
    all()
        .find(|it| it.label == label)
        .or_else(|| all().find(|it| it.label.trim().eq_ignore_ascii_case(label.trim())))
}

/// The box that is called so.
pub(super) fn tick<'a>(page: &'a Page, label: &str) -> Option<&'a Element> {
    page.elements.iter().find(|it| matches!(it.kind, Kind::Tick { .. }) && it.label.trim() == label)
}

/// The field at this place, from 0.
pub(super) fn field(page: &Page, place: usize) -> Option<&Element> {
    page.elements.iter().filter(|it| matches!(it.kind, Kind::Field { .. })).nth(place)
}

/// The first list.
pub(super) fn list(page: &Page) -> Option<&Element> {
    page.elements.iter().find(|it| matches!(it.kind, Kind::List { .. }))
}

/// The number right after some words: `the 3rd` after `the `.
pub(super) fn number_after(text: &str, words: &str) -> Option<u64> {
    let mut places = text.match_indices(words).map(|(at, _)| &text[at + words.len()..]);
    places.find_map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    })
}

/// The value of a line such as `3 x 4 =`.
pub(super) fn sum(line: &str) -> Option<i64> {
    let (term, _) = line.split_once('=')?;
    let words: Vec<&str> = term.split_whitespace().collect();
    let [left, sign, right] = words.as_slice() else { return None };
    let (left, right): (i64, i64) = (left.parse().ok()?, right.parse().ok()?);
    match *sign {
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "x" | "*" | "×" => left.checked_mul(right),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{number_after, quoted, sum};

    #[test]
    fn words_are_found_where_they_stand() {
        assert_eq!(quoted(r#"Enter "a b" and "c"."#), ["a b", "c"]);
        assert!(quoted("nothing").is_empty());
        assert_eq!(number_after("Focus into the 3rd input textbox.", "the "), Some(3));
        assert_eq!(number_after("Focus into the box.", "the "), None);
        assert_eq!(sum("8 - 9 ="), Some(-1));
        assert_eq!(sum("8 x 9 = [1] (field)"), Some(72));
        assert_eq!(sum("8 = 9 = 1"), None);
    }
}
