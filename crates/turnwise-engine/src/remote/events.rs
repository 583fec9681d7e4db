//! Server-sent events: the data of each, from bytes that are cut anywhere. Names, ids and comments of events
//! are passed over: chat completions use none.

use std::mem;

/// Takes events out of a stream of bytes.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// What came since the last line ended.
    line: Vec<u8>,
    data: Option<String>,
}

impl Events {
    /// Takes the next bytes and gives the data of the events that they complete.
    pub(super) fn feed(&mut self, bytes: impl AsRef<[u8]>) -> Vec<String> {
        let mut events = Vec::new();
        for &byte in bytes.as_ref() {
            if byte != b'\n' {
                self.line.push(byte);
                continue;
            }
            let line = mem::take(&mut self.line);
            events.extend(self.take_line(String::from_utf8_lossy(&line).trim_end_matches('\r')));
        }
        events
    }

    /// A blank line ends an event.
    fn take_line(&mut self, line: &str) -> Option<String> {
        if line.is_empty() {
            return self.data.take();
        }
        if let Some(more) = line.strip_prefix("data:") {
            let more = more.strip_prefix(' ').unwrap_or(more);
            match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(more);
                }
                None => self.data = Some(more.to_owned()),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Events;

    const STREAM: &str =
        ": hello\n\ndata: {\"a\": \"ä\"}\r\n\r\nevent: x\ndata:1\ndata: 2\nid: 7\n\n\n\ndata: cut";

    #[test]
    fn events_are_their_data() {
        assert_eq!(Events::default().feed(STREAM), ["{\"a\": \"ä\"}", "1\n2"]);
    }

    proptest! {
        #[test]
        fn where_the_bytes_are_cut_does_not_matter(cuts in proptest::collection::vec(0..STREAM.len(), 0..8)) {
            let mut cuts = cuts;
            cuts.extend([0, STREAM.len()]);
            cuts.sort_unstable();
            let mut events = Events::default();
            let bytes = STREAM.as_bytes();
            let found: Vec<String> = cuts.windows(2).flat_map(|cut| events.feed(&bytes[cut[0]..cut[1]])).collect();
            prop_assert_eq!(found, ["{\"a\": \"ä\"}", "1\n2"]);
        }
    }
}
