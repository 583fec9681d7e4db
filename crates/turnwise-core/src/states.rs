//! Hidden states that outlive their reply: what probes look at.

use half::f16;

/// The residual stream at one place of a reply, after some layers. Kept in half precision, in memory as in the store: what a
/// live probe sees is what one that is learned from the record has seen, to the bit.
#[derive(Clone, Debug, PartialEq)]
pub struct States {
    /// The layers, from 0, ascending.
    layers: Vec<usize>,
    /// `[layers, width]`.
    values: Vec<f16>,
}

/// The largest number in half precision: a state beyond it is kept as this.
const LARGEST: f32 = 65_504.0;

impl States {
    /// Rounds the states after these layers, `[hidden_size]` each; `None` where they are not one for each layer, all of one
    /// width.
    pub fn of(layers: &[usize], states: &[&[f32]]) -> Option<Self> {
        let width = states.first()?.len();
        let fits = states.len() == layers.len() && states.iter().all(|state| state.len() == width);
        let round = |value: &f32| f16::from_f32(value.clamp(-LARGEST, LARGEST));
        let values = states.iter().flat_map(|state| state.iter().map(round)).collect();
        fits.then(|| Self { layers: layers.to_vec(), values })
    }

    /// As they were written by [`States::bytes`]; `None` where that is not what they are.
    pub fn from_bytes(layers: Vec<usize>, bytes: &[u8]) -> Option<Self> {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let values: Vec<f16> = pairs.iter().map(|pair| f16::from_le_bytes(*pair)).collect();
        let fits = rest.is_empty() && !layers.is_empty() && values.len().is_multiple_of(layers.len());
        fits.then_some(Self { layers, values })
    }

    /// Two bytes a number, the lower one first, `[layers, width]`.
    pub fn bytes(&self) -> Vec<u8> {
        self.values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    /// The layers, from 0, ascending.
    pub fn layers(&self) -> &[usize] {
        &self.layers
    }

    /// How wide a state is.
    pub fn width(&self) -> usize {
        self.values.len() / self.layers.len().max(1)
    }

    /// Adds the states after these layers to `row`, one after another, `[layers, width]`. `false` where one of them was not
    /// kept; then nothing is added.
    pub fn extend(&self, layers: &[usize], row: &mut Vec<f32>) -> bool {
        let width = self.width();
        let places: Option<Vec<usize>> =
            layers.iter().map(|layer| self.layers.iter().position(|kept| kept == layer)).collect();
        let Some(places) = places else { return false };
        for place in places {
            row.extend(self.values[place * width..(place + 1) * width].iter().map(|value| value.to_f32()));
        }
        true
    }
}

/// The layers that are looked at where nobody says otherwise: those at a quarter, a half and three quarters of the depth, and the last
/// (LYNX, arXiv 2512.05325; papers.md A2), each once.
pub fn quarters(layers: usize) -> Vec<usize> {
    let mut quarters: Vec<usize> =
        (1..=4).filter_map(|part| (layers * part).div_ceil(4).checked_sub(1)).collect();
    quarters.dedup();
    quarters
}

#[cfg(test)]
mod tests {
    use super::{States, quarters};

    #[test]
    fn states_come_back_as_they_were_kept() {
        let states = States::of(&[1, 3], &[&[0.5, -1.25, 1e9], &[0.1, 0.0, -0.1]]).unwrap();
        assert_eq!((states.layers(), states.width()), (&[1, 3][..], 3));
        let bytes = states.bytes();
        assert_eq!(bytes.len(), 12);
        let again = States::from_bytes(vec![1, 3], &bytes).unwrap();
        assert_eq!(again, states);
        let mut row = vec![7.0];
        assert!(again.extend(&[3, 1], &mut row));
        // 0.1 is no number in half precision, and what is too large is the largest there is.
        assert_eq!(row, [7.0, 0.099_975_586, 0.0, -0.099_975_586, 0.5, -1.25, 65_504.0]);
        assert!(!again.extend(&[1, 2], &mut row) && row.len() == 7);
    }

    #[test]
    fn what_fits_nowhere_is_refused() {
        assert_eq!(States::of(&[1], &[]), None);
        assert_eq!(States::of(&[1, 2], &[&[1.0], &[1.0, 2.0]]), None);
        assert_eq!(States::from_bytes(vec![1, 2], &[0; 6]), None);
        assert_eq!(States::from_bytes(vec![1], &[0; 3]), None);
    }

    #[test]
    fn the_quarters_are_those_of_the_paper() {
        assert_eq!(
            [28, 32, 5, 2, 1].map(quarters),
            [vec![6, 13, 20, 27], vec![7, 15, 23, 31], vec![1, 2, 3, 4], vec![0, 1], vec![0]]
        );
        assert!(quarters(0).is_empty());
    }
}
