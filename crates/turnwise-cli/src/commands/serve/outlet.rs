//! What of a reply that is being written can be told already: not what may turn out to be a call of a tool, or the
//! beginning of a text that ends the reply. Pure.

use turnwise_engine::certainly_beside_calls;

/// Lets the text of a reply through as far as it is certain.
#[derive(Clone, Debug)]
pub(super) struct Outlet {
    /// The texts that end the reply and are no part of it.
    stops: Vec<String>,
    /// Whether there may be calls.
    has_tools: bool,
    /// What has been written.
    whole: String,
    /// How much of it has been let through, in bytes.
    told: usize,
}

impl Outlet {
    pub(super) fn new(stops: &[String], has_tools: bool) -> Self {
        Self { stops: stops.to_vec(), has_tools, whole: String::new(), told: 0 }
    }

    /// Takes what has been written and gives what is certain of it.
    pub(super) fn take(&mut self, written: &str) -> String {
        self.whole.push_str(written);
        let certain = self.certain().max(self.told);
        let new = self.whole[self.told..certain].to_owned();
        self.told = certain;
        new
    }

    /// What was held back of a reply that is known now.
    pub(super) fn rest(&self, reply: &str) -> String {
        let Some(rest) = reply.strip_prefix(&self.whole[..self.told]) else {
            tracing::error!(reply, told = &self.whole[..self.told], "a reply is not what was told of it");
            return String::new();
        };
        rest.to_owned()
    }

    fn certain(&self) -> usize {
        let beside = match self.has_tools {
            true => certainly_beside_calls(&self.whole).len(),
            false => self.whole.len(),
        };
        let new = &self.whole[self.told..];
        let before = |stop: &String| match new.find(stop.as_str()) {
            Some(at) => self.told + at,
            None => self.whole.len() - begun(new, stop),
        };
        self.stops.iter().map(before).fold(beside, usize::min)
    }
}

/// How many bytes at the end of a text may be the beginning of `stop`.
fn begun(text: &str, stop: &str) -> usize {
    let ends = stop.char_indices().map(|(at, _)| at).rev();
    ends.into_iter().find(|&end| text.ends_with(&stop[..end])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Outlet;

    /// Takes a text character by character; gives what came, in pieces, and what was left.
    fn tell(text: &str, stops: &[&str], has_tools: bool) -> (Vec<String>, Outlet) {
        let stops: Vec<String> = stops.iter().map(|&stop| stop.to_owned()).collect();
        let mut outlet = Outlet::new(&stops, has_tools);
        let pieces = text.chars().map(|c| outlet.take(&c.to_string())).filter(|piece| !piece.is_empty());
        let pieces = pieces.collect();
        (pieces, outlet)
    }

    #[test]
    fn what_may_become_a_stop_is_held_back() {
        assert_eq!(tell("ab\n", &[], false).0, ["a", "b", "\n"]);
        let (pieces, outlet) = tell("a</b</ac", &["</act>"], false);
        assert_eq!(pieces, ["a", "</b"]);
        assert_eq!(outlet.rest("a</b</ac"), "</ac");
        assert_eq!(tell("a\n\nb", &["\n\n", "zz"], false).0, ["a"]);
        assert_eq!(tell("xaab", &["aab", "ab"], false).0, ["x"]);
    }

    #[test]
    fn what_may_become_a_call_is_held_back() {
        let (pieces, outlet) = tell("so\n\n<tool_call>{}</tool_call>", &[], true);
        assert_eq!(pieces, ["s", "o"]);
        assert_eq!(outlet.rest("so"), "");
        assert_eq!(tell("a\nb", &[], true).0, ["a", "\nb"]);
        assert_eq!(tell("<tool>", &[], true).0, ["<tool>"]);
        // What is only thought of is no call, and what a thought turns out to be goes on.
        assert_eq!(tell("<think><tool_call></think>x", &[], true).0.concat(), "<think><tool_call></think>x");
        assert_eq!(tell("a<tool_call></think>x", &[], true).0, ["a", "<tool_call></think>", "x"]);
    }

    #[test]
    fn a_reply_that_is_another_tells_no_more() {
        let (_, outlet) = tell("ab", &[], false);
        assert_eq!(outlet.rest("xy"), "");
    }
}
