//! The linear algebra of a ridge regression: Gram matrices and symmetric positive definite systems, in f64.

/// A dense matrix, row by row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Dense {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) values: Vec<f64>,
}

impl Dense {
    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// Some of its rows.
    pub(super) fn select(&self, rows: &[usize]) -> Self {
        let values = rows.iter().flat_map(|row| self.row(*row)).copied().collect();
        Self { rows: rows.len(), columns: self.columns, values }
    }

    pub(super) fn transposed(&self) -> Self {
        let at = |k: usize| self.values[(k % self.rows) * self.columns + k / self.rows];
        let values = (0..self.values.len()).map(at).collect();
        Self { rows: self.columns, columns: self.rows, values }
    }

    /// `M · Mᵀ`.
    pub(super) fn gram(&self) -> Self {
        let n = self.rows;
        let mut values = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let product = dot(self.row(i), self.row(j));
                values[i * n + j] = product;
                values[j * n + i] = product;
            }
        }
        Self { rows: n, columns: n, values }
    }

    /// `M · x`.
    pub(super) fn times(&self, x: &[f64]) -> Vec<f64> {
        (0..self.rows).map(|row| dot(self.row(row), x)).collect()
    }

    /// `Mᵀ · x`.
    pub(super) fn transposed_times(&self, x: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.columns];
        for (row, factor) in x.iter().enumerate() {
            for (out, value) in out.iter_mut().zip(self.row(row)) {
                *out += factor * value;
            }
        }
        out
    }
}

/// Solves `(A + λI) x = b` for a symmetric positive semidefinite A and λ > 0, by Cholesky's factorisation row
/// by row (Golub & Van Loan, Matrix Computations, section 4.2). `None` where rounding has eaten the
/// definiteness: λ is too small for A.
pub(super) fn solve(a: &Dense, lambda: f64, b: &[f64]) -> Option<Vec<f64>> {
    let n = a.rows;
    let mut l = a.values.clone();
    for i in 0..n {
        let (above, from_i) = l.split_at_mut(i * n);
        let row = &mut from_i[..=i];
        row[i] += lambda;
        for j in 0..i {
            let other = &above[j * n..j * n + j + 1];
            row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
        }
        let square = row[i] - dot(&row[..i], &row[..i]);
        if square.is_nan() || square <= 0.0 {
            return None;
        }
        row[i] = square.sqrt();
    }
    let mut x = b.to_vec();
    for i in 0..n {
        let row = &l[i * n..=i * n + i];
        x[i] = (x[i] - dot(&row[..i], &x[..i])) / row[i];
    }
    for i in (0..n).rev() {
        let row = &l[i * n..=i * n + i];
        x[i] /= row[i];
        let known = x[i];
        for (x, factor) in x.iter_mut().zip(&row[..i]) {
            *x -= known * factor;
        }
    }
    Some(x)
}

/// The dot product, in eight chains that a compiler can lay side by side.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for k in 0..8 {
            sums[k] += a[k] * b[k];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_system_worked_by_hand() {
        // (4 2; 2 2) + 1 · I = (5 2; 2 3), whose solution for (9, 8) is (1, 2).
        let a = Dense { rows: 2, columns: 2, values: vec![4.0, 2.0, 2.0, 2.0] };
        let x = solve(&a, 1.0, &[9.0, 8.0]).unwrap();
        assert!((x[0] - 1.0).abs() < 1e-12 && (x[1] - 2.0).abs() < 1e-12, "{x:?}");
    }

    #[test]
    fn what_is_not_positive_definite_has_no_factor() {
        let a = Dense { rows: 2, columns: 2, values: vec![1.0, 3.0, 3.0, 1.0] };
        assert_eq!(solve(&a, 0.0, &[1.0, 1.0]), None);
        let a = Dense { rows: 1, columns: 1, values: vec![f64::NAN] };
        assert_eq!(solve(&a, 1.0, &[1.0]), None);
    }

    proptest! {
        #[test]
        fn a_solution_solves(
            (rows, columns) in (1_usize..24, 1_usize..24),
            seed in proptest::collection::vec(-3.0..3.0_f64, 24 * 24 + 24),
        ) {
            let (values, b) = (seed[..rows * columns].to_vec(), &seed[576..576 + rows]);
            let m = Dense { rows, columns, values };
            let a = m.gram();
            let x = solve(&a, 0.5, b).unwrap();
            for ((ax, x), b) in a.times(&x).iter().zip(&x).zip(b) {
                prop_assert!((ax + 0.5 * x - b).abs() < 1e-8);
            }
            prop_assert_eq!(&m.transposed().transposed(), &m);
            let (one, other) = (m.transposed_times(b), m.transposed().times(b));
            prop_assert!(one.iter().zip(&other).all(|(one, other)| (one - other).abs() < 1e-9));
        }
    }
}
