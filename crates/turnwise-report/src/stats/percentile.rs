//! Percentiles of nearest rank: the smallest value that at least `percent` of the values do not exceed (Hyndman and
//! Fan 1996, definition 1). Always one of the values.

/// The percentile of nearest rank of `values`, which need not be sorted; `percent` in (0, 100]. `None` without values
/// or outside that range.
pub fn nearest_rank<T: Ord + Copy>(values: &[T], percent: u32) -> Option<T> {
    if percent == 0 || percent > 100 {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let percent = usize::try_from(percent).ok()?;
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::nearest_rank;

    #[test]
    fn ranks_are_rounded_up() {
        let values = [50, 15, 40, 20, 35];
        assert_eq!(nearest_rank(&values, 5), Some(15));
        assert_eq!(nearest_rank(&values, 30), Some(20));
        assert_eq!(nearest_rank(&values, 40), Some(20));
        assert_eq!(nearest_rank(&values, 50), Some(35));
        assert_eq!(nearest_rank(&values, 100), Some(50));
    }

    #[test]
    fn nothing_has_no_percentile() {
        assert_eq!(nearest_rank::<u32>(&[], 50), None);
        assert_eq!(nearest_rank(&[1], 0), None);
        assert_eq!(nearest_rank(&[1], 101), None);
    }
}
