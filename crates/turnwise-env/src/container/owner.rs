//! Whose a container is: labels from which a later process can tell that its owner is dead.

use std::{
    collections::BTreeMap,
    fs,
    hash::{BuildHasher, Hasher, RandomState},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

const MARK: &str = "turnwise";
const PID: &str = "turnwise.pid";
const START: &str = "turnwise.start";
const PLACE: &str = "turnwise.place";
const PROVIDER: &str = "turnwise.provider";

/// The label that all our containers have.
pub(super) const OURS: &str = "turnwise=1";

/// This process, and the part of it that owns some containers.
#[derive(Debug)]
pub(super) struct Owner {
    pid: u32,
    start: String,
    place: String,
    provider: String,
    containers: AtomicU64,
}

impl Owner {
    /// A new owner in this process.
    pub(super) fn new() -> Self {
        Self {
            pid: process::id(),
            start: start_of(process::id()).unwrap_or_default(),
            place: place(),
            provider: nonce(),
            containers: AtomicU64::new(0),
        }
    }

    /// The name of its next container.
    pub(super) fn next_name(&self) -> String {
        let number = self.containers.fetch_add(1, Ordering::Relaxed) + 1;
        format!("turnwise-{}-{}-{number}", self.pid, self.provider)
    }

    /// The labels of its containers.
    pub(super) fn labels(&self) -> [(&'static str, String); 5] {
        [
            (MARK, "1".to_owned()),
            (PID, self.pid.to_string()),
            (START, self.start.clone()),
            (PLACE, self.place.clone()),
            (PROVIDER, self.provider.clone()),
        ]
    }

    /// The label that only its containers have.
    pub(super) fn own_label(&self) -> String {
        format!("{PROVIDER}={}", self.provider)
    }
}

/// Whether the process that made a container with these labels is known to be dead.
pub(super) fn is_orphan(labels: &BTreeMap<String, String>) -> bool {
    let label = |name| labels.get(name).map_or("", String::as_str);
    let (Ok(pid), found) = (label(PID).parse(), label(PLACE)) else { return false };
    let here = place();
    let boot = |place: &str| place.split_once('/').map(|(boot, _)| boot.to_owned());
    if boot(found) != boot(&here) {
        // The machine was started anew since.
        return true;
    }
    // In another namespace the same number is another process, and whether it lives cannot be seen from here.
    found == here && start_of(pid).is_none_or(|start| start != label(START))
}

/// When a process was started, in ticks since the machine was; `None` when it is not, or not any more.
fn start_of(pid: u32) -> Option<String> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; the fields after it begin with the third, and this is the 22nd.
    let (_, fields) = line.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let state = fields.next()?;
    // A zombie owns nothing.
    if matches!(state, "Z" | "X") { None } else { fields.nth(18).map(str::to_owned) }
}

/// Where process numbers have a meaning: this start of the machine, and the process namespace.
fn place() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{}/{}", boot.trim(), namespace.display())
}

/// A name that nobody else has.
pub(super) fn nonce() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Owner, PID, PLACE, START, is_orphan, nonce};

    #[test]
    fn a_container_is_an_orphan_when_its_process_is_gone_or_another() {
        let owner = Owner::new();
        let labels = |changed: Option<(&str, &str)>| {
            let mut labels: BTreeMap<_, _> =
                owner.labels().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            labels.extend(changed.map(|(name, value)| (name.to_owned(), value.to_owned())));
            labels
        };
        assert!(!is_orphan(&labels(None)));
        assert!(is_orphan(&labels(Some((PID, "4194305")))));
        assert!(is_orphan(&labels(Some((START, "1")))));
        assert!(is_orphan(&labels(Some((PLACE, "another-boot/pid:[1]")))));
        let elsewhere = format!("{}1", owner.labels()[3].1);
        assert!(!is_orphan(&labels(Some((PLACE, &elsewhere)))));
        assert!(!is_orphan(&BTreeMap::new()));
    }

    #[test]
    fn nonces_differ() {
        assert_ne!(nonce(), nonce());
    }
}
