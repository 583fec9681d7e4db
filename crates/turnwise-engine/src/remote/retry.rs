//! Whether a failed request is made again, and when. Pure: the same seed waits the same.

use std::time::Duration;

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use reqwest::header::{self, HeaderMap};

use super::RemoteError;

/// No wait of our own is longer. What a server asks for may be.
const LONGEST: Duration = Duration::from_secs(30);

/// Whether a failure may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// It will not.
    Never,
    /// It may; the server may have said when.
    After(Option<Duration>),
}

/// Whether this failure may pass.
pub(super) fn again(error: &RemoteError) -> Again {
    match error {
        RemoteError::Refused(refusal) => match (refusal.status, &*refusal.code) {
            (429, "insufficient_quota") => Again::Never,
            (408 | 425 | 429 | 500.., _) => Again::After(refusal.after),
            _ => Again::Never,
        },
        RemoteError::Unreachable { .. }
        | RemoteError::Silent { .. }
        | RemoteError::Broken { .. }
        | RemoteError::Cut { .. } => Again::After(None),
        RemoteError::Address { .. }
        | RemoteError::Client { .. }
        | RemoteError::Threads { .. }
        | RemoteError::Late { .. }
        | RemoteError::Malformed { .. }
        | RemoteError::GaveUp { .. } => Again::Never,
    }
}

/// The wait before try number `tries` + 1: from half to all of a time that doubles each time, or what the
/// server asked for and a little more, so that those it sent away do not come back all at once.
pub(super) fn wait(first: Duration, tries: u32, asked: Option<Duration>, luck: &mut Luck) -> Duration {
    let chance = luck.next();
    match asked {
        Some(asked) => asked + first.mul_f64(chance),
        None => {
            let doubled = first.saturating_mul(1 << tries.saturating_sub(1).min(20));
            doubled.min(LONGEST).mul_f64(0.5 + 0.5 * chance)
        }
    }
}

/// Chance that the seed of a reply decides.
#[derive(Debug)]
pub(super) struct Luck(ChaCha8Rng);

impl Luck {
    pub(super) fn new(seed: u64, reply: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(reply);
        Self(rng)
    }

    /// Uniform in [0, 1).
    fn next(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / (f64::from(u32::MAX) + 1.0)
    }
}

/// When a server wants to be asked again: `retry-after-ms`, or `Retry-After` in seconds or as a date, which
/// counts from the response's own date.
pub(super) fn after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |text: &str| text.parse::<f64>().ok();
    if let Some(ms) = text("retry-after-ms").and_then(number) {
        return Duration::try_from_secs_f64(ms / 1e3).ok();
    }
    let asked = text(header::RETRY_AFTER.as_str())?;
    if let Some(seconds) = number(asked) {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let (then, now) = (httpdate::parse_http_date(asked).ok()?, text(header::DATE.as_str())?);
    Some(then.duration_since(httpdate::parse_http_date(now).ok()?).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(500);

    fn waits(seed: u64, reply: u64) -> Vec<Duration> {
        let mut luck = Luck::new(seed, reply);
        (1..=9).map(|tries| wait(FIRST, tries, None, &mut luck)).collect()
    }

    #[test]
    fn waits_double_up_to_a_limit_and_the_seed_decides_the_rest() {
        let waited = waits(7, 0);
        assert_eq!(waited, waits(7, 0));
        assert_ne!(waited, waits(8, 0));
        assert_ne!(waited, waits(7, 1));
        for (tries, waited) in waited.into_iter().enumerate() {
            let whole = FIRST.saturating_mul(1 << tries).min(LONGEST);
            assert!(whole / 2 <= waited && waited <= whole, "{waited:?} of {whole:?}");
        }
    }

    #[test]
    fn a_server_is_asked_when_it_wants_to_be() {
        let mut luck = Luck::new(1, 1);
        let asked = Duration::from_secs(90);
        let waited = wait(FIRST, 4, Some(asked), &mut luck);
        assert!(asked <= waited && waited <= asked + FIRST);
        let of = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            pairs.iter().for_each(|(name, value)| drop(headers.insert(*name, value.parse().unwrap())));
            after(&headers)
        };
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(of(&[("retry-after", "2")]), Some(Duration::from_secs(2)));
        assert_eq!(of(&[("retry-after", "0.5")]), Some(FIRST));
        assert_eq!(of(&[("retry-after-ms", "500"), ("retry-after", "2")]), Some(FIRST));
        let later = ("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT");
        assert_eq!(of(&[date, later]), Some(Duration::from_secs(30)));
        assert_eq!(of(&[later, ("date", "Sun, 06 Nov 1994 09:00:00 GMT")]), Some(Duration::ZERO));
        assert_eq!([of(&[later]), of(&[("retry-after", "soon")]), of(&[("retry-after", "-1")])], [None; 3]);
    }
}
