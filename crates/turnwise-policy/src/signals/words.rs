//! The words of a text, as they are counted where texts are compared.

use std::collections::BTreeMap;

use super::fingerprint;

/// The fingerprints of the words of a text. A word is a run of letters, digits and `_`; capitals are small.
pub(crate) fn words(text: &str) -> impl Iterator<Item = u64> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.map(|word| fingerprint(&word.to_lowercase()))
}

/// How often each word of a text occurs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct WordCounts(BTreeMap<u64, u64>);

impl WordCounts {
    /// Counts those of several texts together.
    pub(crate) fn of(texts: &[&str]) -> Self {
        let mut counts = BTreeMap::new();
        for word in texts.iter().flat_map(|text| words(text)) {
            *counts.entry(word).or_default() += 1;
        }
        Self(counts)
    }

    /// The cosine of the angle between two, each a vector of counts, in [0, 1]; `None` where one has no words.
    pub(crate) fn cosine(&self, other: &Self) -> Option<f64> {
        let both = |(word, count): (&u64, &u64)| other.0.get(word).map_or(0, |theirs| count * theirs);
        let dot: u64 = self.0.iter().map(both).sum();
        let square = |counts: &Self| counts.0.values().map(|count| count * count).sum::<u64>() as f64;
        let product = square(self) * square(other);
        (product > 0.0).then(|| (dot as f64 / product.sqrt()).min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::WordCounts;

    #[test]
    fn counts_are_compared_by_their_angle() {
        let of = |text: &str| WordCounts::of(&[text]);
        assert_eq!(of("Ls a.py").cosine(&of("a ls, PY")), Some(1.0));
        assert_eq!(of("a_b").cosine(&of("a b")), Some(0.0));
        // (2, 1) and (1, 0): 2 / sqrt 5.
        let cosine = of("x x y").cosine(&of("x")).unwrap();
        assert!((cosine - 2.0 / 5_f64.sqrt()).abs() < 1e-15);
        assert_eq!(of("x").cosine(&of("... ")), None);
    }
}
