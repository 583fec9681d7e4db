//! Finds what a test run says at its end.

/// How much of an observation is looked at, from its end, in bytes.
const TAIL: usize = 2_000;

/// Tests counted in an observation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Summary {
    pub(super) passed: f64,
    pub(super) total: f64,
}

impl Summary {
    /// The last summary in an observation: `3/5 passed`, `2 passed, 1 failed` as pytest and cargo write it, or
    /// what unittest says (`Ran 5 tests`, then `OK` or `FAILED (failures=2)`).
    pub(super) fn find(observation: &str) -> Option<Self> {
        let tail = tail(observation);
        // Most observations say nothing of tests: three searches of the whole are cheaper than many of its lines.
        if !["passed", "failed", "Ran "].iter().any(|word| tail.contains(word)) {
            return None;
        }
        // What unittest says of failures stands below the number of tests.
        let mut failed = None;
        let found = tail.lines().rev().find_map(|line| {
            match line.trim() {
                "OK" => failed = Some(0.0),
                line if line.starts_with("FAILED (") => failed = Some(numbers(line).sum()),
                _ => {}
            }
            let ran = line.strip_prefix("Ran ").and_then(first_number);
            let of_unittest = ran.zip(failed).map(|(total, failed)| {
                let passed = f64::max(total - failed, 0.0);
                Self { passed, total }
            });
            of_unittest.or_else(|| counted(line))
        });
        found.filter(|summary| summary.total > 0.0)
    }

    /// The share that passed, in [0, 1].
    pub(super) fn share(self) -> f64 {
        (self.passed / self.total).clamp(0.0, 1.0)
    }
}

fn tail(text: &str) -> &str {
    let mut from = text.len().saturating_sub(TAIL);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    &text[from..]
}

/// `3/5 passed`, or a line of counts with `passed` or `failed` behind them.
fn counted(line: &str) -> Option<Summary> {
    if !line.contains("passed") && !line.contains("failed") {
        return None;
    }
    let words: Vec<&str> = line.split(|c: char| c.is_whitespace() || ",;=()".contains(c)).collect();
    let (mut passed, mut failed) = (None, 0.0);
    for pair in words.windows(2) {
        if let (Some((some, all)), "passed") = (pair[0].split_once('/'), pair[1]) {
            return Some(Summary { passed: some.parse().ok()?, total: all.parse().ok()? });
        }
        let Ok(count) = pair[0].parse::<u32>() else { continue };
        match pair[1] {
            "passed" => passed = Some(f64::from(count)),
            "failed" | "error" | "errors" => failed += f64::from(count),
            _ => {}
        }
    }
    let any = passed.is_some() || failed > 0.0;
    let passed = passed.unwrap_or(0.0);
    any.then_some(Summary { passed, total: passed + failed })
}

fn first_number(text: &str) -> Option<f64> {
    numbers(text).next()
}

/// The whole numbers in a text, in order.
fn numbers(text: &str) -> impl Iterator<Item = f64> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse::<u32>().ok()).map(f64::from)
}

#[cfg(test)]
mod tests {
    use super::Summary;

    #[test]
    fn summaries_of_common_tools_are_found() {
        let found = |text: &str| Summary::find(text).map(|summary| (summary.passed, summary.total));
        assert_eq!(found("1/3 passed"), Some((1.0, 3.0)));
        assert_eq!(found("x\n==== 2 failed, 5 passed, 1 error in 0.12s ====\n"), Some((5.0, 8.0)));
        assert_eq!(found("test result: FAILED. 4 passed; 1 failed; 0 ignored"), Some((4.0, 5.0)));
        assert_eq!(found("..F\nRan 3 tests in 0.001s\n\nFAILED (failures=1, errors=1)"), Some((1.0, 3.0)));
        assert_eq!(found("Ran 3 tests in 0.001s\n\nOK"), Some((3.0, 3.0)));
        assert_eq!(found("it passed by"), None);
        assert_eq!(found("0/0 passed"), None);
        assert_eq!(found(&format!("1/2 passed{}", "é".repeat(2_000))), None);
    }
}
