//! Text as a browser lays it out, in lines: white space collapses, blocks begin lines, cells stand in rows.

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Text that stays as it is.
    Text(String),
    /// An element that shows what it holds now, by its index.
    Element(usize),
}

/// Lines under construction.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    done: Vec<Vec<Piece>>,
    /// The line's parts, up to its last text.
    parts: Vec<Piece>,
    /// The line's last text.
    tail: String,
    /// Whether the line has more on it than the bars of a table.
    has_content: bool,
    /// Whether white space was met since the last character.
    space: bool,
    /// What the next line begins with: `- `, `# `.
    prefix: String,
    /// Elements whose number stands before the next thing that is shown.
    marks: Vec<(usize, u32)>,
    /// Where elements came to stand: their index, and their line's.
    placed: Vec<(usize, usize)>,
    /// In how many cells the writer is: there, a new line is a space.
    flat: usize,
}

impl Lines {
    /// The number of lines that are finished.
    pub(crate) fn count(&self) -> usize {
        self.done.len()
    }

    /// Text in which white space collapses.
    pub(crate) fn text(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                ' ' | '\t' | '\n' | '\r' | '\u{c}' => self.space = true,
                _ => self.character(character),
            }
        }
    }

    /// Text in which white space stays.
    pub(crate) fn verbatim(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '\n' => self.force_break(),
                '\t' => "    ".chars().for_each(|space| self.character(space)),
                _ => self.character(character),
            }
        }
    }

    fn character(&mut self, character: char) {
        match character {
            '\u{a0}' => self.push(' '),
            character if is_invisible(character) => {}
            character => self.push(character),
        }
    }

    fn push(&mut self, character: char) {
        self.begin();
        self.tail.push(character);
        self.has_content = true;
    }

    /// Everything that stands before the next character.
    fn begin(&mut self) {
        if self.space && !self.is_empty() {
            self.tail.push(' ');
        }
        self.space = false;
        self.tail.push_str(&std::mem::take(&mut self.prefix));
        for (index, number) in std::mem::take(&mut self.marks) {
            let last = self.tail.chars().next_back();
            if last.is_some_and(|last| !last.is_whitespace() && !"([{\"'“‘„«/".contains(last)) {
                self.tail.push(' ');
            }
            self.tail.extend(["[", &number.to_string(), "] "]);
            self.placed.push((index, self.done.len()));
        }
    }

    fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.tail.is_empty()
    }

    fn keep_tail(&mut self) {
        if !self.tail.is_empty() {
            self.parts.push(Piece::Text(std::mem::take(&mut self.tail)));
        }
    }

    /// An element that shows what it holds, with space on both sides.
    pub(crate) fn element(&mut self, index: usize) {
        self.space = true;
        self.begin();
        self.keep_tail();
        self.parts.push(Piece::Element(index));
        self.placed.push((index, self.done.len()));
        (self.has_content, self.space) = (true, true);
    }

    /// The element's number stands before the next thing that is shown.
    pub(crate) fn mark(&mut self, index: usize, number: u32) {
        self.marks.push((index, number));
    }

    /// Whether the element's number is still to be shown.
    pub(crate) fn is_waiting(&self, index: usize) -> bool {
        self.marks.iter().any(|(waiting, _)| *waiting == index)
    }

    /// The next line begins with `prefix`. Gives what [`Lines::end_prefix`] needs.
    pub(crate) fn begin_prefix(&mut self, prefix: &str) -> usize {
        let before = self.prefix.len();
        self.prefix.push_str(prefix);
        before
    }

    /// Nothing was shown that the prefix stands before.
    pub(crate) fn end_prefix(&mut self, before: usize) {
        self.prefix.truncate(before);
    }

    /// Ends the line, if there is anything on it.
    pub(crate) fn end(&mut self) {
        if self.flat > 0 {
            self.space = true;
        } else if !self.is_empty() {
            self.finish();
        }
        self.space = self.flat > 0;
    }

    /// Ends the line, even an empty one.
    pub(crate) fn force_break(&mut self) {
        match self.flat {
            0 => self.finish(),
            _ => self.space = true,
        }
    }

    fn finish(&mut self) {
        self.keep_tail();
        self.done.push(std::mem::take(&mut self.parts));
        (self.space, self.has_content) = (false, false);
    }

    /// A row begins: no line ends before it does.
    pub(crate) fn begin_row(&mut self, bars: bool) {
        self.end();
        self.flat += 1;
        if bars {
            self.bar();
        }
    }

    /// A cell of the row is over.
    pub(crate) fn end_cell(&mut self, bars: bool) {
        self.space = true;
        if bars {
            self.bar();
        }
    }

    fn bar(&mut self) {
        if !self.is_empty() {
            self.tail.push(' ');
        }
        self.tail.push('|');
        self.space = true;
    }

    /// The row is over; one without content is not shown.
    pub(crate) fn end_row(&mut self) {
        self.flat -= 1;
        if self.flat == 0 && !self.has_content {
            self.parts.clear();
            self.tail.clear();
        }
        self.end();
    }

    /// The lines, and where elements came to stand.
    pub(crate) fn done(mut self) -> (Vec<Vec<Piece>>, Vec<(usize, usize)>) {
        self.flat = 0;
        self.end();
        (self.done, self.placed)
    }
}

/// Whether a character means nothing to a reader of text: soft hyphens, marks without width or of direction, and controls,
/// which could also mislead a terminal.
pub(crate) fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        )
}
