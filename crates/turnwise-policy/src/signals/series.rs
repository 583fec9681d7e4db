//! Arithmetic on short series of numbers, always in the same order, so that it comes out the same to the bit.

use std::collections::VecDeque;

/// The last so many values.
#[derive(Clone, Debug)]
pub(crate) struct Recent<T> {
    most: usize,
    values: VecDeque<T>,
}

impl<T> Recent<T> {
    /// Remembers the last `most` values.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, values: VecDeque::with_capacity(most) }
    }

    pub(crate) fn push(&mut self, value: T) {
        if self.values.len() == self.most {
            self.values.pop_front();
        }
        self.values.push_back(value);
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.values.len() == self.most
    }

    /// The oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.values.iter()
    }

    pub(crate) fn last(&self) -> Option<&T> {
        self.values.back()
    }
}

impl Recent<f64> {
    pub(crate) fn to_vec(&self) -> Vec<f64> {
        self.values.iter().copied().collect()
    }

    /// The slope of a least-squares line through at least four values, per turn.
    pub(crate) fn slope(&self) -> Option<f64> {
        let values = self.to_vec();
        let at: Vec<f64> = (0..values.len()).map(|index| index as f64).collect();
        if values.len() < 4 { None } else { line(&at, &values).map(|(_, slope)| slope) }
    }
}

/// The mean; `None` of nothing.
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() { None } else { Some(values.iter().sum::<f64>() / values.len() as f64) }
}

/// The variance (of the population); `None` of nothing.
pub(crate) fn variance(values: &[f64]) -> Option<f64> {
    let centre = mean(values)?;
    mean(&values.iter().map(|value| (value - centre).powi(2)).collect::<Vec<_>>())
}

/// The least-squares line `y = a + b x`, as (a, b); `None` where the `x` do not differ.
pub(crate) fn line(x: &[f64], y: &[f64]) -> Option<(f64, f64)> {
    let (x_mean, y_mean) = (mean(x)?, mean(y)?);
    let spread: f64 = x.iter().map(|x| (x - x_mean).powi(2)).sum();
    let both: f64 = x.iter().zip(y).map(|(x, y)| (x - x_mean) * (y - y_mean)).sum();
    let slope = both / spread;
    slope.is_finite().then_some((y_mean - slope * x_mean, slope))
}

/// The autocorrelation at lag 1: the slope of the least-squares line of each value on the one before.
pub(crate) fn lag1(values: &[f64]) -> Option<f64> {
    let (_, later) = values.split_first()?;
    line(&values[..later.len()], later).map(|(_, slope)| slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_of_least_squares() {
        assert_eq!(line(&[0.0, 1.0, 2.0], &[1.0, 3.0, 5.0]), Some((1.0, 2.0)));
        assert_eq!(line(&[1.0, 1.0], &[1.0, 3.0]), None);
        assert_eq!(lag1(&[1.0, -1.0, 1.0, -1.0]), Some(-1.0));
        assert_eq!((mean(&[]), variance(&[1.0, 3.0])), (None, Some(1.0)));
    }

    #[test]
    fn only_the_last_values_are_remembered() {
        let mut recent = Recent::new(4);
        [9.0, 1.0, 2.0, 3.0, 4.0].into_iter().for_each(|value| recent.push(value));
        assert_eq!((recent.to_vec(), recent.slope()), (vec![1.0, 2.0, 3.0, 4.0], Some(1.0)));
    }
}
