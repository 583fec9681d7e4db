//! Whether the task would be solved by now, in one word: the model is asked, and what counts is how likely it is to begin
//! its answer with yes rather than no. After DEER and Dynasor (papers.md A8).

use std::sync::{Arc, Mutex};

use turnwise_core::{Conversation, Likely, Message, ModelError, Outlook, Seen, Watcher};
use turnwise_policy::signals::names;

use super::{Answer, lock};

/// How many of the likeliest tokens are looked at.
const LIKELIEST: usize = 20;

/// Asks in a branch; `None` where nobody can watch it. One token is drawn, no more.
pub(super) async fn ask(
    branch: Box<dyn Conversation>,
    told: Vec<Message>,
) -> Result<Option<Answer>, ModelError> {
    let Some(Odds { yes, tokens }) = odds(branch, told).await? else { return Ok(None) };
    let numbers = yes.map(|yes| {
        let answer = f64::from(u8::from(yes > 0.5));
        [(names::TRIAL_YES, yes), (names::TRIAL_ANSWER, answer)]
    });
    Ok(Some(Answer { numbers: numbers.into_iter().flatten().collect(), tokens }))
}

/// How likely the model is to answer a question with yes.
pub(super) struct Odds {
    /// p(yes) / (p(yes) + p(no)); `None` where neither is likely.
    pub(super) yes: Option<f64>,
    /// Read and written for it.
    pub(super) tokens: u64,
}

/// Asks, in a branch that is told this; `None` where the model cannot be watched.
pub(super) async fn odds(
    mut branch: Box<dyn Conversation>,
    told: Vec<Message>,
) -> Result<Option<Odds>, ModelError> {
    let watcher = Arc::new(Mutex::new(FirstWord::default()));
    if !branch.watch(Some(watcher.clone())) {
        return Ok(None);
    }
    told.into_iter().for_each(|message| branch.push(message));
    let usage = branch.reply().await?.usage;
    let yes = lock(&watcher).yes;
    Ok(Some(Odds { yes, tokens: usage.prefill_tokens + usage.decode_tokens }))
}

/// Looks at the first token and ends the reply. It measures nothing that a known reply could bring, as it interferes.
#[derive(Debug, Default)]
struct FirstWord {
    yes: Option<f64>,
}

impl Watcher for FirstWord {
    fn likeliest(&self) -> usize {
        LIKELIEST
    }

    fn token(&mut self, seen: &Seen<'_>) -> Outlook {
        self.yes = yes(seen.likeliest);
        Outlook::Stop
    }
}

/// p(yes) / (p(yes) + p(no)); `None` where neither is among the likeliest.
fn yes(likeliest: &[Likely]) -> Option<f64> {
    let of = |word: &str| -> f64 {
        likeliest.iter().filter(|likely| begins(word, &likely.text)).map(|likely| likely.logprob.exp()).sum()
    };
    let (yes, no) = (of("yes"), of("no"));
    (yes + no > 0.0).then(|| yes / (yes + no))
}

/// Whether a word begins so; capitals and leading blanks make no difference.
fn begins(word: &str, piece: &str) -> bool {
    let piece = piece.trim_start().to_lowercase();
    !piece.is_empty() && word.starts_with(&piece)
}

#[cfg(test)]
mod tests {
    use turnwise_core::Likely;

    use super::yes;

    fn of(pieces: &[(&str, f64)]) -> Option<f64> {
        let likely = |(text, p): &(&str, f64)| Likely { token: 0, text: (*text).to_owned(), logprob: p.ln() };
        yes(&pieces.iter().map(likely).collect::<Vec<_>>())
    }

    #[test]
    fn beginnings_of_yes_are_weighed_against_beginnings_of_no() {
        // 0.3 + 0.1 + 0.2 for yes, 0.15 for no; the others count for neither.
        let pieces =
            [("Yes", 0.3), (" y", 0.1), ("YE", 0.2), ("\nNo", 0.15), ("not", 0.1), ("", 0.05), (" ", 0.1)];
        assert!((of(&pieces).unwrap() - 0.8).abs() < 1e-12);
        assert_eq!(of(&[("n", 0.5)]), Some(0.0));
        assert_eq!(of(&[("yesterday", 0.5), ("none", 0.5)]), None);
    }
}
