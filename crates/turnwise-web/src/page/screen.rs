//! The part of a page that is shown: a window of lines that moves.

use super::Page;
use crate::act::Direction;

/// How much of a page is shown at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Lines.
    pub lines: usize,
    /// Characters of a line; longer lines go on in the next.
    pub characters: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { lines: 60, characters: 240 }
    }
}

/// A window on a page. It knows only where it is; the page is given to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    limits: Limits,
    top: usize,
}

impl Screen {
    /// A window at the beginning of a page.
    pub fn new(limits: Limits) -> Self {
        Self { limits, top: 0 }
    }

    /// The title, the URL, and the lines in the window.
    pub fn show(&self, page: &Page) -> String {
        let rows = self.rows(page);
        let window = rows.iter().skip(self.top).take(self.limits.lines);
        let mut text = self.head(page);
        for (_, row) in window {
            text.push('\n');
            text.push_str(row);
        }
        match rows.len() {
            0 => text.push_str("\n(the page is empty)"),
            all if all > self.limits.lines => {
                text.push('\n');
                text.push_str(&self.place(all));
            }
            _ => {}
        }
        text
    }

    /// What every observation of a page begins with: its title, its URL, and its status where that is an error.
    pub fn head(&self, page: &Page) -> String {
        let title = if page.title.is_empty() { "(no title)" } else { &page.title };
        match page.status.filter(|status| *status >= 400) {
            Some(status) => format!("{title}\n{} (status {status})", page.url),
            None => format!("{title}\n{}", page.url),
        }
    }

    fn place(&self, all: usize) -> String {
        let end = (self.top + self.limits.lines).min(all);
        let more = match (self.top > 0, end < all) {
            (true, true) => "; scroll up or down for more",
            (false, true) => "; scroll down for more",
            (true, false) => "; scroll up for more",
            (false, false) => "",
        };
        format!("(lines {}-{end} of {all}{more})", self.top + 1)
    }

    /// Moves the window by its own height; `false` when there is nothing in that direction.
    pub fn scroll(&mut self, page: &Page, direction: Direction) -> bool {
        let last = self.rows(page).len().saturating_sub(self.limits.lines);
        let before = self.top;
        self.top = match direction {
            Direction::Down => (self.top + self.limits.lines).min(last),
            Direction::Up => self.top.saturating_sub(self.limits.lines),
        };
        self.top != before
    }

    /// Moves the window so that line `line` of the page is its first, or as near to it as the page's end allows.
    pub fn go_to(&mut self, page: &Page, line: usize) {
        let rows = self.rows(page);
        let row = rows.iter().position(|(at, _)| *at >= line).unwrap_or(rows.len());
        self.top = row.min(rows.len().saturating_sub(self.limits.lines));
    }

    /// The lines that hold `text`, whatever their case, wherever they are; `None` when there is none.
    pub fn find(&self, page: &Page, text: &str) -> Option<String> {
        let wanted = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let found: Vec<&String> =
            page.lines.iter().filter(|line| line.to_lowercase().contains(&wanted)).collect();
        let (all, shown) = (found.len(), found.len().min(self.limits.lines));
        let count = match all {
            0 => return None,
            1 => "1 line holds the text".to_owned(),
            _ if shown < all => format!("{all} lines hold the text; the first {shown} of them"),
            _ => format!("{all} lines hold the text"),
        };
        let mut rows = self.head(page);
        rows.extend(["\n(", &count, ")"]);
        for line in &found[..shown] {
            rows.push('\n');
            rows.push_str(&around(line, &wanted, self.limits.characters));
        }
        Some(rows)
    }

    /// A line of the page as the window would show it: one element's, after it was changed.
    pub fn line(&self, page: &Page, line: usize) -> String {
        let Some(line) = page.lines.get(line) else { return String::new() };
        let rows = wrapped(line, self.limits.characters);
        let shown = rows.iter().take(self.limits.lines).copied().collect::<Vec<_>>().join("\n");
        if rows.len() > self.limits.lines { format!("{shown}…") } else { shown }
    }

    /// The page's lines cut to the window's width, each with the line that it is of.
    fn rows(&self, page: &Page) -> Vec<(usize, String)> {
        let lines = page.lines.iter().enumerate();
        lines
            .flat_map(|(at, line)| {
                wrapped(line, self.limits.characters).into_iter().map(move |row| (at, row.to_owned()))
            })
            .collect()
    }
}

/// A line in parts of at most `width` characters, cut at spaces where there are any.
fn wrapped(line: &str, width: usize) -> Vec<&str> {
    let width = width.max(1);
    let mut rows = Vec::new();
    let mut rest = line;
    while let Some((end, _)) = rest.char_indices().nth(width) {
        let (at, next) = match rest[..end].rfind(' ') {
            Some(space) if space > 0 => (space, space + 1),
            _ => (end, end),
        };
        rows.push(&rest[..at]);
        rest = &rest[next..];
    }
    rows.push(rest);
    rows
}

/// The part of a line around a text that it holds.
fn around(line: &str, wanted: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let before = line.to_lowercase().find(wanted).unwrap_or(0);
    // Lower case may be longer or shorter than the line: the place is a guess then, and the part only a little off.
    let characters = line.to_lowercase()[..before].chars().count();
    let start = characters.saturating_sub(width / 4);
    let part: String = line.chars().skip(start).take(width).collect();
    let (left, right) = (if start > 0 { "…" } else { "" }, start + width < line.chars().count());
    format!("{left}{part}{}", if right { "…" } else { "" })
}
