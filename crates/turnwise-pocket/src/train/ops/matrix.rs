//! A strided view of numbers as a matrix, and their product.

/// A matrix inside a slice: element `(i, j)` stands at `start + i * row + j * column`.
#[derive(Clone, Copy)]
pub(super) struct Matrix {
    pub(super) start: usize,
    pub(super) row: usize,
    pub(super) column: usize,
}

impl Matrix {
    /// The transposed view.
    pub(super) fn t(self) -> Self {
        Self { start: self.start, row: self.column, column: self.row }
    }

    fn end(self, rows: usize, columns: usize) -> usize {
        self.start + (rows - 1) * self.row + (columns - 1) * self.column + 1
    }
}

/// The sizes of a product: `m × k` times `k × n`.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) m: usize,
    pub(super) k: usize,
    pub(super) n: usize,
}

/// `c = a · b · scale`, or `c += …` when `add` says so.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Into {
    /// Overwrites.
    Set,
    /// Adds.
    Add,
}

/// Multiplies two matrices inside slices.
#[expect(unsafe_code, reason = "the gemm crate takes raw pointers")]
pub(super) fn multiply(
    sizes: Sizes,
    scale: f32,
    (a, at): (&[f32], Matrix),
    (b, bt): (&[f32], Matrix),
    (c, ct, into): (&mut [f32], Matrix, Into),
) {
    let Sizes { m, k, n } = sizes;
    assert!(
        at.end(m, k) <= a.len() && bt.end(k, n) <= b.len() && ct.end(m, n) <= c.len(),
        "matrix out of bounds"
    );
    let stride = |step: usize| isize::try_from(step).unwrap_or(isize::MAX);
    // SAFETY: the assertion above keeps every element that the strides reach inside its slice, and `c` is
    // borrowed mutably, so it overlaps neither `a` nor `b`.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c.as_mut_ptr().add(ct.start),
            stride(ct.column),
            stride(ct.row),
            into == Into::Add,
            a.as_ptr().add(at.start),
            stride(at.column),
            stride(at.row),
            b.as_ptr().add(bt.start),
            stride(bt.column),
            stride(bt.row),
            1.0,
            scale,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{Into, Matrix, Sizes, multiply};

    #[test]
    fn a_product_of_views_is_the_product() {
        let a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]; // 2 × 3
        let b = [1.0, 0.0, 2.0, 1.0, 0.0, 3.0]; // 2 × 3, used transposed
        let at = Matrix { start: 0, row: 3, column: 1 };
        let mut c = [10.0; 4];
        let ct = Matrix { start: 0, row: 2, column: 1 };
        multiply(Sizes { m: 2, k: 3, n: 2 }, 2.0, (&a, at), (&b, at.t()), (&mut c, ct, Into::Add));
        assert_eq!(c, [10.0 + 14.0, 10.0 + 20.0, 10.0 + 32.0, 10.0 + 44.0]);
    }
}
