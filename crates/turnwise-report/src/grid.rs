//! Columns of text that line up.

/// Where a column's text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// To the left: words.
    Left,
    /// To the right: numbers.
    Right,
}

/// A table of text: a heading, and rows as long as it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grid {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    /// A table with these columns.
    pub fn new(columns: &[(&str, Align)]) -> Self {
        let columns = columns.iter().map(|(title, align)| ((*title).to_owned(), *align)).collect();
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row; what it has too little is blank, what it has too much is left out.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells = cells.into_iter().chain(std::iter::repeat(String::new()));
        self.rows.push(cells.take(self.columns.len()).collect());
    }

    /// The columns' titles and sides.
    pub fn columns(&self) -> &[(String, Align)] {
        &self.columns
    }

    /// The rows.
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// The table as lines, two blanks between columns and none at the end of a line.
    pub fn render(&self) -> String {
        let titles: Vec<String> = self.columns.iter().map(|(title, _)| title.clone()).collect();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|index| {
                let cells = self.rows.iter().map(|row| width(&row[index]));
                cells.chain([width(&titles[index])]).max().unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for cells in std::iter::once(&titles).chain(&self.rows) {
            let cells = cells.iter().zip(&self.columns).zip(&widths);
            let line: Vec<String> = cells.map(|((cell, (_, align)), &to)| pad(cell, to, *align)).collect();
            text.push_str(line.join("  ").trim_end());
            text.push('\n');
        }
        text
    }

    /// The table as Markdown.
    pub fn markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let titles = self.columns.iter().map(|(title, _)| title.clone()).collect();
        let sides = self.columns.iter().map(|(_, align)| match align {
            Align::Left => "---".to_owned(),
            Align::Right => "---:".to_owned(),
        });
        let rows =
            self.rows.iter().map(|row| line(row.iter().map(|cell| cell.replace('|', "\\|")).collect()));
        std::iter::once(line(titles)).chain([line(sides.collect())]).chain(rows).collect()
    }
}

/// How many characters a text has.
pub(crate) fn width(text: &str) -> usize {
    text.chars().count()
}

/// A text brought to a width.
pub(crate) fn pad(text: &str, to: usize, align: Align) -> String {
    let blanks = " ".repeat(to.saturating_sub(width(text)));
    match align {
        Align::Left => format!("{text}{blanks}"),
        Align::Right => format!("{blanks}{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Align, Grid};

    #[test]
    fn columns_line_up() {
        let mut grid = Grid::new(&[("policy", Align::Left), ("turns", Align::Right)]);
        grid.row(["unlimited".to_owned(), "9".to_owned()]);
        grid.row(["né".to_owned()]);
        grid.row(["a".to_owned(), "123456".to_owned(), "too much".to_owned()]);
        assert_eq!(grid.render(), "policy      turns\nunlimited       9\nné\na          123456\n");
        let markdown = "| policy | turns |\n| --- | ---: |\n| unlimited | 9 |\n| né |  |\n| a | 123456 |\n";
        assert_eq!(grid.markdown(), markdown);
    }
}
