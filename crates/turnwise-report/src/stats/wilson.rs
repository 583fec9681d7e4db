//! Wilson's interval of a share: E. B. Wilson, "Probable inference, the law of succession, and statistical
//! inference", JASA 22 (1927), eq. 4; recommended for small samples by Brown, Cai and DasGupta (2001).

use super::Estimate;

/// The 97.5 % point of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// The share `successes / trials` with its 95 % interval; `None` without trials.
pub fn wilson(successes: u64, trials: u64) -> Option<Estimate> {
    if trials == 0 || successes > trials {
        return None;
    }
    let n = trials as f64;
    let value = successes as f64 / n;
    let z2 = Z * Z;
    let middle = value + z2 / (2.0 * n);
    let half = Z * (value * (1.0 - value) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    Some(Estimate { value, lo: ((middle - half) / scale).max(0.0), hi: ((middle + half) / scale).min(1.0) })
}

#[cfg(test)]
mod tests {
    use super::wilson;

    #[test]
    fn seven_of_ten_as_worked_by_hand() {
        // (0.7 + 0.19207 -+ 1.95996 * sqrt(0.021 + 0.0096037)) / 1.38415
        let found = wilson(7, 10).unwrap();
        assert!((found.lo - 0.396_778).abs() < 1e-5 && (found.hi - 0.892_209).abs() < 1e-5, "{found:?}");
    }

    #[test]
    fn all_or_nothing_still_has_a_width() {
        let none = wilson(0, 10).unwrap();
        assert_eq!(none.lo, 0.0);
        assert!((none.hi - 0.277_533).abs() < 1e-5, "{none:?}");
        assert!((wilson(10, 10).unwrap().lo - 0.722_467).abs() < 1e-5);
        assert_eq!(wilson(0, 0), None);
    }
}
