//! Whether there is room for a model, found out before it is loaded.
//!
//! It asks the kernel and this process's control group; where neither says anything, nothing is refused.

use std::fs;

use crate::LoadError;

/// Refuses a model that needs more bytes than there are. `None` is an unknown amount, and enough.
pub(crate) fn check(needed: u64, available: Option<u64>) -> Result<(), LoadError> {
    match available {
        Some(available) if needed > available => Err(LoadError::Memory { needed, available }),
        _ => Ok(()),
    }
}

/// The bytes that can still be had without swapping: what the kernel calls available, or what the control
/// group leaves, whichever is less.
pub(crate) fn available() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok();
    let machine = machine.and_then(|text| labelled(&text, "MemAvailable:")).map(|kib| kib * 1024);
    let read = |file: &str| fs::read_to_string(format!("/sys/fs/cgroup/{file}")).ok();
    let group = || {
        let limit: u64 = read("memory.max")?.trim().parse().ok()?;
        // What files occupy of the group's memory is given back when it is needed.
        Some(limit.saturating_sub(labelled(&read("memory.stat")?, "anon")?))
    };
    machine.into_iter().chain(group()).min()
}

/// The number after a label at the beginning of a line.
fn labelled(text: &str, label: &str) -> Option<u64> {
    let mut lines = text.lines().map(str::split_whitespace);
    lines.find_map(|mut words| (words.next()? == label).then_some(words)?.next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::{available, check, labelled};
    use crate::LoadError;

    #[test]
    fn what_does_not_fit_is_refused_with_figures() {
        assert!(check(5, Some(5)).is_ok() && check(5, None).is_ok());
        let error = check(3 << 30, Some(1 << 29)).unwrap_err();
        assert!(matches!(error, LoadError::Memory { needed: 3_221_225_472, available: 536_870_912 }));
        assert_eq!(
            error.to_string(),
            "the model needs 3.0 GiB of memory and 0.5 GiB are available; free some, or use a smaller or \
             quantised checkpoint"
        );
    }

    #[test]
    fn the_kernel_is_understood() {
        let text = "MemTotal:  100 kB\nMemAvailable:   42 kB\nanon 7\n";
        assert_eq!((labelled(text, "MemAvailable:"), labelled(text, "anon")), (Some(42), Some(7)));
        assert_eq!(labelled(text, "MemFree:"), None);
        if cfg!(target_os = "linux") {
            assert!(available().is_some_and(|bytes| bytes > 1 << 20));
        }
    }
}
