//! Users that sandboxes work as when the harness is root.

use std::fs;

use nix::unistd::geteuid;

use crate::SandboxKind;

/// User ids that belong to nobody, one for each trial, for a harness that runs as root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UserIds {
    first: u32,
    count: u32,
}

impl UserIds {
    /// Those of this machine; none where the harness is not root or keeps nothing apart.
    pub(crate) fn of(kind: SandboxKind) -> Option<Self> {
        if kind == SandboxKind::None || !geteuid().is_root() {
            return None;
        }
        // In a container root may have only some of the ids.
        let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
        match map.split_whitespace().last().and_then(|count| count.parse().ok()).unwrap_or(0) {
            u32::MAX => Some(Self { first: 0x7000_0000, count: 65_536 }),
            60_500.. => Some(Self { first: 60_100, count: 400 }),
            // This root is somebody else outside.
            _ => None,
        }
    }

    /// The id for a number; numbers that are close have different ids.
    pub(crate) fn of_number(self, number: u32) -> u32 {
        self.first + number % self.count
    }
}
