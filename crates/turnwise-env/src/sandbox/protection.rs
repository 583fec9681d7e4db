//! What a sandbox really enforces, found by looking around from inside it.

use std::{fs, io};

use turnwise_core::{EnvError, Protection};

use super::{client::Sandbox, config::SandboxConfig};

const NAMESPACES: [&str; 7] = ["user", "pid", "mnt", "net", "ipc", "uts", "cgroup"];

/// A command that looks around: one `key value` a line.
const LOOK: &str = r#"
for n in user pid mnt net ipc uts cgroup; do echo "ns:$n $(readlink /proc/self/ns/$n)"; done
while read -r key value; do echo "status:$key $value"; done < /proc/self/status
while read -r key value; do case "$key" in *:) echo "interface $key";; esac; done < /proc/net/dev
for d in / /usr /etc /var /home /opt /dev /tmp .; do [ -w "$d" ] && echo "writable $d"; done
for d in /root /home /etc/shadow /var /run /sys; do [ -e "$d" ] && echo "visible $d"; done
while read -r max key value rest; do
  case "$key $value" in "cpu time"|"file size"|"open files"|"address space") echo "limit:$key ${rest%% *}";;
  processes*) echo "limit:$key $value";; esac
done < /proc/self/limits
"#;

impl Sandbox {
    /// Looks around inside.
    pub(crate) async fn protection(&mut self, config: &SandboxConfig) -> Result<Protection, EnvError> {
        let landlock = self.ready().await?.to_owned();
        let seen = Seen(self.run(LOOK, config.limits.action_ms).await?.output);
        let facts = facts(&seen, config, &landlock);
        Ok(Protection { kind: config.kind.as_str().to_owned(), facts })
    }
}

struct Seen(String);

impl Seen {
    fn all(&self, key: &str) -> Vec<&str> {
        let rows = self.0.lines().filter_map(|line| line.split_once(' '));
        rows.filter(|(found, _)| *found == key).map(|(_, value)| value.trim()).collect()
    }

    fn one(&self, key: &str) -> &str {
        self.all(key).first().copied().unwrap_or_default()
    }
}

fn facts(seen: &Seen, config: &SandboxConfig, landlock: &str) -> Vec<(String, String)> {
    let limits = &config.limits;
    let own = |name: &&&str| ours(name).is_ok_and(|ours| ours != seen.one(&format!("ns:{name}")));
    let namespaces: Vec<_> = NAMESPACES.iter().filter(own).copied().collect();
    let has = |name| namespaces.contains(&name);
    let interfaces = seen.all("interface");
    let zero = |key| seen.one(key).chars().all(|digit| digit == '0');
    let is_root = seen.one("status:Uid:").split_whitespace().next() == Some("0");
    let says = |condition: bool, yes: &str, no: &str| if condition { yes } else { no }.to_owned();
    let rows = [
        ("namespaces", if namespaces.is_empty() { "none".to_owned() } else { namespaces.join(" ") }),
        ("user", says(is_root, "root", "not root")),
        ("writable", seen.all("writable").join(" ")),
        ("machine's files", says(seen.all("visible").is_empty(), "hidden but /usr", "visible")),
        ("machine's processes", says(has("pid"), "hidden", "visible")),
        ("network", says(has("net") && interfaces == ["lo:"], "none but its own loopback", "the machine's")),
        ("capabilities", says(zero("status:CapEff:") && zero("status:CapBnd:"), "none", "the harness's")),
        ("new privileges", says(seen.one("status:NoNewPrivs:") == "1", "denied", "possible")),
        ("system calls", says(seen.one("status:Seccomp:") == "2", "filtered", "not filtered")),
        ("landlock", landlock.to_owned()),
        (
            "memory",
            limit(seen.one("limit:address"), limits.memory_bytes, &mib(limits.memory_bytes), "a process"),
        ),
        (
            "processes",
            match is_root && !has("user") {
                true => "not limited for root".to_owned(),
                false => limit(
                    seen.one("limit:processes"),
                    limits.processes,
                    &limits.processes.to_string(),
                    "in all",
                ),
            },
        ),
        ("file size", limit(seen.one("limit:file"), limits.file_bytes, &mib(limits.file_bytes), "a file")),
        (
            "open files",
            limit(seen.one("limit:open"), limits.open_files, &limits.open_files.to_string(), "a process"),
        ),
        (
            "processor time",
            limit(seen.one("limit:cpu"), limits.cpu_s, &format!("{} s", limits.cpu_s), "a process"),
        ),
        ("/tmp", says(has("mnt"), &format!("own, {}", mib(limits.tmp_bytes)), "the machine's")),
        ("output", format!("{} KiB kept", limits.output_bytes >> 10)),
        ("time", format!("{} s a command", limits.action_ms / 1000)),
        ("left-over processes", says(has("pid"), "all killed", "killed by process group")),
    ];
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn ours(namespace: &str) -> io::Result<String> {
    Ok(fs::read_link(format!("/proc/self/ns/{namespace}"))?.to_string_lossy().into_owned())
}

/// A limit as it is in force: what was seen against what it should be.
fn limit(seen: &str, should: u64, text: &str, of: &str) -> String {
    match seen.parse::<u64>() {
        Ok(value) if value <= should => format!("{text} {of}"),
        _ => "not limited".to_owned(),
    }
}

fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}
