//! Finds cues in the thinking of a reply while it is written (LYNX, arXiv 2512.05325; papers.md A2): places where a cue word, in whatever
//! capitals, has just been completed by a token.

/// Finds the cues of one reply after another.
#[derive(Clone, Debug)]
pub struct CueFinder {
    /// In small letters.
    words: Vec<String>,
    /// What the thinking begins with at the beginning of the reply; `None` where a prompt may end with that.
    open: Option<String>,
    /// What ends the thinking.
    close: String,
    /// Whether it is known that the reply begins with thinking.
    is_open: bool,
    /// The reply's text so far, in small letters, behind the last cue.
    unread: String,
    found: u32,
    is_over: bool,
}

/// A cue that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The word.
    pub word: String,
    /// Which of the reply's it is, from 1.
    pub nth: u32,
}

impl CueFinder {
    /// Finds these words in thinking that ends with `close`, and begins with `open` where the reply has to.
    pub fn new(words: &[String], open: Option<&str>, close: &str) -> Self {
        let words = words.iter().map(|word| word.to_lowercase()).filter(|word| !word.is_empty()).collect();
        let (unread, close, open) = (String::new(), close.to_lowercase(), open.map(str::to_lowercase));
        Self { words, open, close, is_open: false, unread, found: 0, is_over: false }
    }

    /// A reply begins.
    pub fn begin(&mut self) {
        self.unread.clear();
        (self.found, self.is_over, self.is_open) = (0, false, false);
    }

    /// Whether the thinking has ended.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// A token adds this text. The first cue that it completes, if it does.
    pub fn read(&mut self, adds: &str) -> Option<Found> {
        if self.is_over {
            return None;
        }
        self.unread.push_str(&adds.to_lowercase());
        self.is_over = self.unread.contains(&self.close) || !self.opens()?;
        if self.is_over {
            return None;
        }
        let ends = |word: &String| self.unread.find(word.as_str()).map(|at| (at + word.len(), word.clone()));
        let (end, word) = self.words.iter().filter_map(ends).min()?;
        self.unread.drain(..end);
        self.found += 1;
        Some(Found { word, nth: self.found })
    }

    /// Whether the reply begins with thinking; `None` while that is open.
    fn opens(&mut self) -> Option<bool> {
        let Some(open) = self.open.as_ref().filter(|_| !self.is_open) else { return Some(true) };
        let begun = self.unread.trim_start();
        if let Some(rest) = begun.strip_prefix(open.as_str()) {
            (self.unread, self.is_open) = (rest.to_owned(), true);
            return Some(true);
        }
        if open.starts_with(begun) { None } else { Some(false) }
    }
}

#[cfg(test)]
mod tests {
    use super::CueFinder;

    fn finder() -> CueFinder {
        CueFinder::new(&["wait".into(), "Hmm".into()], None, "</think>")
    }

    fn found(finder: &mut CueFinder, tokens: &[&str]) -> Vec<Option<(String, u32)>> {
        tokens.iter().map(|token| finder.read(token).map(|found| (found.word, found.nth))).collect()
    }

    #[test]
    fn a_cue_is_where_its_last_token_completes_it() {
        let mut finder = finder();
        let wait = |nth| Some(("wait".to_owned(), nth));
        let hmm = |nth| Some(("hmm".to_owned(), nth));
        assert_eq!(
            found(
                &mut finder,
                &["<think>", "W", "ai", "t, ", "a", " HMMM", "hmm", "", "</th", "ink>", "wait"]
            ),
            [None, None, None, wait(1), None, hmm(2), hmm(3), None, None, None, None]
        );
        assert!(finder.is_over());
        finder.begin();
        assert_eq!(found(&mut finder, &["wait", "ing"]), [wait(1), None]);
    }

    #[test]
    fn a_token_that_ends_the_thinking_holds_no_cue() {
        assert_eq!(found(&mut finder(), &["so wait</think>ls"]), [None]);
        assert_eq!(found(&mut CueFinder::new(&[], None, "</think>"), &["wait"]), [None]);
    }

    #[test]
    fn what_is_no_thinking_holds_no_cue() {
        let mut finder = CueFinder::new(&["wait".into()], Some("<Think>"), "</think>");
        assert_eq!(found(&mut finder, &["", "sed ", "wait"]), [None, None, None]);
        assert!(finder.is_over());
        finder.begin();
        let wait = Some(("wait".to_owned(), 1));
        assert_eq!(
            found(&mut finder, &[" <th", "ink>", "wait", "</think>", "wait"]),
            [None, None, wait, None, None]
        );
        finder.begin();
        assert_eq!(found(&mut finder, &["<think>wait"]), [Some(("wait".to_owned(), 1))]);
    }
}
