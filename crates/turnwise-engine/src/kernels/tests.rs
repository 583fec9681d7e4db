//! Every kernel against plain arithmetic, on every instruction set this machine has.

use super::{Attention, Gate, Isa, LANES, Normalise, PAGE, Panels, Project, Projected, simd::Kernel};

fn numbers(seed: u32, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        f64::from(state) / f64::from(u32::MAX) * 2.0 - 1.0
    };
    #[expect(clippy::cast_possible_truncation, reason = "rounding is the point")]
    (0..count).map(|_| next() as f32).collect()
}

fn project(isa: Isa, matrix: &Panels, x: &[f32], rows: usize) -> Vec<f32> {
    let matrix = Projected::Panels(matrix);
    let mut out = vec![f32::NAN; rows * matrix.outputs()];
    let mut lines: Vec<_> = out.chunks_exact_mut(matrix.outputs()).collect();
    isa.run(Project { matrix, panel: 0, x, out: &mut lines });
    out
}

#[test]
fn a_product_is_right_and_the_same_bits_in_every_batch() {
    let (inputs, outputs) = (48, 16 * 9 + 5);
    let bf16: Vec<f32> =
        numbers(1, inputs * outputs).iter().map(|x| f32::from_bits(x.to_bits() & 0xffff_0000)).collect();
    for weights in [numbers(1, inputs * outputs), bf16] {
        let matrix = Panels::pack(&weights, inputs);
        let x = numbers(2, 40 * inputs);
        for isa in Isa::available() {
            let alone: Vec<f32> = x.chunks(inputs).flat_map(|row| project(isa, &matrix, row, 1)).collect();
            for (i, &got) in alone.iter().enumerate() {
                let (row, output) = (i / outputs, i % outputs);
                let pairs = x[row * inputs..][..inputs].iter().zip(&weights[output * inputs..]);
                let want: f64 = pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                assert!((f64::from(got) - want).abs() < 1e-5, "{got} {want}");
            }
            for rows in 1..=40 {
                assert_eq!(project(isa, &matrix, &x[..rows * inputs], rows), alone[..rows * outputs]);
            }
            // A piece in the middle gives what the whole gives there.
            let mut piece = [0.0; 5 * LANES];
            let mut lines = [piece.as_mut_slice()];
            isa.run(Project {
                matrix: Projected::Panels(&matrix),
                panel: 3,
                x: &x[..inputs],
                out: &mut lines,
            });
            assert_eq!(piece, alone[3 * LANES..8 * LANES]);
        }
        let mut row = vec![0.0; inputs];
        matrix.copy_row(outputs - 1, &mut row);
        assert_eq!(row, weights[(outputs - 1) * inputs..]);
    }
}

#[test]
fn the_exponential_is_close() {
    struct Exp<'a>(&'a mut [f32; LANES]);
    impl Kernel for Exp<'_> {
        #[inline(always)]
        fn run<S: super::simd::Simd>(self, simd: S) {
            simd.store(simd.exp(simd.load(self.0)), self.0);
        }
    }
    for isa in Isa::available() {
        for step in 0..2000 {
            let x = step as f32 / 10.0 - 120.0;
            let mut lanes = [x; LANES];
            isa.run(Exp(&mut lanes));
            assert!((lanes[3] - x.exp()).abs() <= 3e-7 * x.exp() + 2e-38, "e^{x} = {}", lanes[3]);
        }
    }
}

#[test]
fn norm_and_gate_match_their_formulas() {
    let (width, rows) = (32, 3);
    let (x, weight) = (numbers(3, rows * width * 2), numbers(4, width));
    for isa in Isa::available() {
        let mut out = vec![0.0; rows * width];
        isa.run(Normalise { x: &x[..rows * width], weight: &weight, epsilon: 1e-6, out: &mut out });
        let mean = x[..width].iter().map(|v| v * v).sum::<f32>() / width as f32;
        assert!((out[5] - x[5] / (mean + 1e-6).sqrt() * weight[5]).abs() < 1e-6);
        isa.run(Gate { x: &x, out: &mut out, width });
        let (gate, up) = (x[2 * width + 7], x[3 * width + 7]);
        assert!((out[width + 7] - gate / (1.0 + (-gate).exp()) * up).abs() < 1e-6);
    }
}

#[test]
fn attention_matches_its_formula_alone_and_among_others() {
    let (width, heads, rows, past) = (32, 2, 5, 90);
    let total = past + rows;
    let (keys, values) = (numbers(5, total * width), numbers(6, total * width));
    let queries = numbers(7, rows * heads * width);
    let pages: Vec<(Vec<f32>, Vec<f32>)> = (0..total.div_ceil(PAGE))
        .map(|page| {
            let mut k = vec![0.0; PAGE * width];
            let mut v = vec![0.0; PAGE * width];
            for t in 0..PAGE.min(total - page * PAGE) {
                let row = (page * PAGE + t) * width;
                v[t * width..][..width].copy_from_slice(&values[row..][..width]);
                for d in 0..width {
                    k[(t / LANES * width + d) * LANES + t % LANES] = keys[row + d];
                }
            }
            (k, v)
        })
        .collect();
    let pages: Vec<(&[f32], &[f32])> = pages.iter().map(|(k, v)| (k.as_slice(), v.as_slice())).collect();
    let queries: Vec<&[f32]> = queries.chunks(width).collect();
    for isa in Isa::available() {
        for window in [usize::MAX, 100, 70, 64, 17, 1] {
            let attend = |queries: &[&[f32]], seen: usize| {
                let mut out = vec![0.0; queries.len() * width];
                let mut lines: Vec<_> = out.chunks_exact_mut(width).collect();
                let kernel = Attention {
                    pages: &pages,
                    queries,
                    heads,
                    seen,
                    window,
                    scores: &mut Vec::new(),
                    out: &mut lines,
                };
                isa.run(kernel);
                out
            };
            let all = attend(&queries, past + 1);
            for row in 0..rows {
                let seen = past + 1 + row;
                let alone = attend(&queries[row * heads..][..heads], seen);
                assert_eq!(alone, all[row * heads * width..][..heads * width]);
                let query = queries[row * heads];
                let weight = |t: usize| {
                    let dot: f32 = query.iter().zip(&keys[t * width..]).map(|(a, b)| a * b).sum();
                    f64::from(dot / (width as f32).sqrt()).exp()
                };
                let looks_at = seen.saturating_sub(window)..seen;
                let sum: f64 = looks_at.clone().map(weight).sum();
                let want: f64 = looks_at.map(|t| weight(t) / sum * f64::from(values[t * width + 3])).sum();
                assert!((f64::from(alone[3]) - want).abs() < 1e-5, "window {window}");
            }
        }
    }
}
