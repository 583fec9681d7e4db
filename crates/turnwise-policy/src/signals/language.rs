//! What the model writes beside its actions.

use std::collections::BTreeSet;

use super::{Family, Gauge, Moment, Recent, Signal, fingerprint::fingerprint, names};

/// How many of the last words of thought are looked at.
const WORDS: usize = 400;

pub(super) const SIGNALS: &[Signal] = &[
    Signal::facts(
        names::RICHNESS,
        "different words as a share of the last 400 words of thought, in (0, 1]; absent before 50",
        "Thakur, papers2026.md §6.2",
    ),
    Signal::facts(
        names::HEDGES,
        "the share of the last 400 words of thought that doubt (maybe, perhaps, hmm, wait, unsure ...); absent before 50",
        "LYNX, arXiv 2512.05325; Thakur",
    ),
    Signal::facts(
        names::STATED_CONFIDENCE,
        "the N of `CONFIDENCE_SCORE: N` in the reply, over 100; absent without one",
        "EET, arXiv 2601.05777",
    ),
    Signal::facts(
        names::STATED_TURNS,
        "how many more turns the reply says it needs at most: the last number of `TURNS_NEEDED: LOW-HIGH`; absent without one",
        "BAGEN, arXiv 2606.00198",
    ),
    Signal::facts(
        names::STATED_IMPOSSIBLE,
        "1 if the reply says `TURNS_NEEDED: impossible`, else 0",
        "BAGEN, arXiv 2606.00198",
    ),
];

const HEDGES: [&str; 10] =
    ["maybe", "perhaps", "hmm", "wait", "alternatively", "unsure", "possibly", "might", "probably", "seems"];

#[derive(Debug)]
pub(super) struct Language {
    words: Recent<(u64, bool)>,
}

impl Default for Language {
    fn default() -> Self {
        Self { words: Recent::new(WORDS) }
    }
}

impl Family for Language {
    fn measure(&mut self, moment: &Moment<'_>, gauge: &mut Gauge<'_>) {
        let reply = moment.spoken.reply;
        let confidence = number_behind(reply, "CONFIDENCE_SCORE:").filter(|score| *score <= 100.0);
        gauge.set_some(names::STATED_CONFIDENCE, confidence.map(|score| score / 100.0));
        let needed = behind(reply, "TURNS_NEEDED:");
        gauge.set_some(names::STATED_TURNS, needed.and_then(last_number));
        let impossible = needed.is_some_and(|said| said.to_ascii_lowercase().contains("impossible"));
        gauge.set(names::STATED_IMPOSSIBLE, f64::from(u8::from(impossible)));
        if gauge.wants(names::RICHNESS) || gauge.wants(names::HEDGES) {
            self.listen(moment.spoken.thought, gauge);
        }
    }
}

impl Language {
    fn listen(&mut self, thought: &str, gauge: &mut Gauge<'_>) {
        for word in thought.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            let word = word.to_lowercase();
            self.words.push((fingerprint(&word), HEDGES.contains(&&*word)));
        }
        if self.words.len() < 50 {
            return;
        }
        let all = self.words.len() as f64;
        let different: BTreeSet<u64> = self.words.iter().map(|(word, _)| *word).collect();
        gauge.set(names::RICHNESS, different.len() as f64 / all);
        gauge.set(names::HEDGES, self.words.iter().filter(|(_, hedge)| *hedge).count() as f64 / all);
    }
}

/// The rest of the line behind the last `key`.
fn behind<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.rfind(key)?.checked_add(key.len()).and_then(|at| text.get(at..)?.lines().next())
}

fn number_behind(text: &str, key: &str) -> Option<f64> {
    let digits: String =
        behind(text, key)?.trim_start().chars().take_while(char::is_ascii_digit).take(6).collect();
    digits.parse().ok()
}

/// The last whole number in a text.
fn last_number(text: &str) -> Option<f64> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    numbers.next_back()?.parse::<u32>().ok().map(f64::from)
}
