//! How alike texts are: the cosine of their vectors of term frequency times inverse document frequency, as EET counts it
//! (papers2026.md §1.2): tf = count / length, idf = ln(N / df), the query among the documents.

use std::collections::{BTreeMap, BTreeSet};

use crate::signals::words;

/// A word's weight in a text.
type Weights = BTreeMap<u64, f64>;

/// How alike a query is to each of these texts, in [0, 1].
pub(super) fn to(query: &str, texts: &[&str]) -> Vec<f64> {
    let documents: Vec<Vec<u64>> = texts.iter().chain([&query]).map(|text| words(text).collect()).collect();
    let mut holding: BTreeMap<u64, u32> = BTreeMap::new();
    for document in &documents {
        let once: BTreeSet<u64> = document.iter().copied().collect();
        once.into_iter().for_each(|word| *holding.entry(word).or_default() += 1);
    }
    let all = documents.len() as f64;
    let weigh = |document: &Vec<u64>| {
        let mut weights = Weights::new();
        document.iter().for_each(|word| *weights.entry(*word).or_default() += 1.0 / document.len() as f64);
        for (word, weight) in &mut weights {
            *weight *= holding.get(word).map_or(0.0, |holding| (all / f64::from(*holding)).ln());
        }
        weights
    };
    let vectors: Vec<Weights> = documents.iter().map(weigh).collect();
    let Some((query, texts)) = vectors.split_last() else { return Vec::new() };
    texts.iter().map(|text| cosine(query, text)).collect()
}

/// The cosine; 0 where one weighs nothing.
fn cosine(one: &Weights, other: &Weights) -> f64 {
    let dot: f64 = one.iter().filter_map(|(word, weight)| Some(weight * other.get(word)?)).sum();
    let length = |weights: &Weights| weights.values().map(|weight| weight * weight).sum::<f64>().sqrt();
    let product = length(one) * length(other);
    if product > 0.0 { (dot / product).min(1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::to;

    #[test]
    fn common_words_weigh_little() {
        // Three documents: a is in all and weighs nothing; b is in two, c, d and e in one each.
        let (b, rare) = (1.5_f64.ln(), 3_f64.ln());
        let query = (b.powi(2) + rare.powi(2)).sqrt();
        let likeness = to("a b c", &["A, b, b.", "a d e"]);
        // All of the first text's weight is on b.
        assert!((likeness[0] - b / query).abs() < 1e-12, "{likeness:?}");
        assert_eq!(likeness[1], 0.0);
        assert_eq!(to("a", &["a"]), [0.0]);
        assert_eq!(to("", &["", "x"]), [0.0, 0.0]);
    }
}
