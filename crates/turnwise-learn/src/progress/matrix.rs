//! What scoring a turn computes with: matrices of f32, and nothing that needs a tensor library.

/// A matrix, row by row, as linear layers are stored: `[out, in]`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Matrix {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) values: Vec<f32>,
}

impl Matrix {
    pub(super) fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }
}

impl super::net::Linear<Matrix> {
    /// `W x + b`.
    pub(super) fn apply(&self, x: &[f32]) -> Vec<f32> {
        let rows = self.weight.values.chunks_exact(self.weight.columns);
        rows.zip(&self.bias.values).map(|(row, bias)| dot(row, x) + bias).collect()
    }
}

/// The dot product, in sixteen chains that a compiler can lay side by side.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    let mut sums = [0.0; 16];
    for (a, b) in a.iter().zip(b) {
        for k in 0..16 {
            sums[k] += a[k] * b[k];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

/// No value under 0.
pub(super) fn relu(x: &mut [f32]) {
    x.iter_mut().for_each(|x| *x = x.max(0.0));
}
