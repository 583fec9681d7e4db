//! What a command can see and reach.

use std::{env, fs};

use turnwise_core::{EnvError, EnvironmentProvider};
use turnwise_env::{Limits, LocalConfig, LocalProvider, SandboxConfig, SandboxKind};

use crate::{config, has_namespaces, output, provider, run, task};

#[tokio::test]
async fn secrets_homes_and_the_rest_of_the_machine_are_not_there() {
    if !has_namespaces().await {
        return;
    }
    for path in
        ["/etc/shadow", "/root", "/home", "/var", "/run", "/sys", "/boot", "/srv", "/dev/vda", "/dev/mem"]
    {
        assert_eq!(output(&format!("[ -e {path} ] && echo there")).await, "", "{path}");
    }
    let listing = output("ls -A /; ls -A /tmp; ls -A /etc").await;
    for name in fs::read_dir("/").unwrap().flatten() {
        let name = name.file_name().into_string().unwrap();
        let known = ["bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "sbin", "tmp", "usr"];
        assert!(known.contains(&name.as_str()) || !listing.lines().any(|line| line == name), "{name}");
    }
    // A user's own home, wherever it is.
    if let Some(home) = env::var_os("HOME").filter(|home| home != "/") {
        let home = home.into_string().unwrap();
        assert_eq!(output(&format!("[ -e '{home}' ] && echo there")).await, "");
    }
}

#[tokio::test]
async fn nothing_but_the_work_tree_and_tmp_can_be_written() {
    if !has_namespaces().await {
        return;
    }
    let places = "/ /usr /usr/bin /usr/local /etc /bin /lib /proc/sys/kernel /dev";
    let command = format!("for d in {places}; do touch $d/x && echo wrote $d; done 2>/dev/null; true");
    assert_eq!(output(&command).await, "");
    assert_eq!(
        output("echo x >> /etc/passwd; echo x >> /usr/bin/env").await.matches("cannot create").count(),
        2
    );
    let fine = "for d in /ws /ws/doc /tmp /dev/shm; do touch $d/x && echo wrote $d; done; echo > /dev/null";
    assert_eq!(output(fine).await, "wrote /ws\nwrote /ws/doc\nwrote /tmp\nwrote /dev/shm\n");
}

#[tokio::test]
async fn the_machines_processes_are_invisible() {
    if !has_namespaces().await {
        return;
    }
    let seen = output("cd /proc; echo [0-9]*").await;
    assert!(seen.split_whitespace().count() <= 3, "{seen}");
    // Neither can the server be killed.
    assert_eq!(output("kill -9 1 -1 2>/dev/null; echo alive").await, "alive\n");
    assert_eq!(
        output("cat /proc/1/environ; ls /proc/1/fd; true").await.matches("ermission denied").count(),
        2
    );
}

#[tokio::test]
async fn there_is_no_network_but_its_own_loopback() {
    if !has_namespaces().await {
        return;
    }
    let reach = "import socket\n\
        for host in ['1.1.1.1', '10.0.0.1', '169.254.169.254']:\n    \
            try: socket.create_connection((host, 80), 1); print('reached', host)\n    \
            except OSError as e: print(e.errno)\n\
        s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname()); print('lo')\n\
        for family in [16, 17, 40]:\n    \
            try: socket.socket(family, socket.SOCK_RAW); print('opened', family)\n    \
            except OSError as e: print(e.errno)\n";
    let seen = output(&format!("cat > n.py <<'E'\n{reach}E\npython3 n.py")).await;
    assert_eq!(seen, "101\n101\n101\nlo\n1\n1\n1\n");
}

#[tokio::test]
async fn there_are_no_rights_to_gain() {
    if !has_namespaces().await {
        return;
    }
    let status = output("grep -E '^(CapEff|CapPrm|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status").await;
    let none = "0000000000000000";
    let expect = format!("CapPrm:\t{none}\nCapEff:\t{none}\nCapBnd:\t{none}\nNoNewPrivs:\t1\nSeccomp:\t2\n");
    assert_eq!(status, expect);
    let calls = "import ctypes, os\n\
        libc = ctypes.CDLL(None, use_errno=True)\n\
        def call(name, *a):\n    r = getattr(libc, name)(*a); print(name, r, ctypes.get_errno() if r < 0 else '')\n\
        call('unshare', 0x10000000)\n\
        call('mount', b'none', b'/tmp', b'tmpfs', 0, 0)\n\
        call('umount2', b'/ws', 2)\n\
        call('chroot', b'/tmp')\n\
        call('setuid', 0)\n\
        call('ptrace', 16, 1, 0, 0)\n\
        call('setns', 0, 0)\n\
        call('prlimit', 1, 0, bytes(16), None)\n\
        try: print(libc.syscall(56, 0x10000011, 0, 0, 0, 0), ctypes.get_errno())\n\
        except OSError: pass\n";
    let seen = output(&format!("cat > c.py <<'E'\n{calls}E\npython3 c.py")).await;
    let expect = "unshare -1 1\nmount -1 1\numount2 -1 1\nchroot -1 1\nsetuid -1 22\nptrace -1 1\nsetns -1 1\nprlimit -1 1\n-1 1\n";
    if cfg!(target_arch = "x86_64") {
        assert_eq!(seen, expect);
    }
}

#[tokio::test]
async fn the_variables_are_the_same_everywhere() {
    if !has_namespaces().await {
        return;
    }
    let seen = output("env | sort; pwd; hostname; id -un; umask").await;
    assert!(
        seen.contains("HOME=/ws\n")
            && seen.contains("LC_CTYPE=C.UTF-8\n")
            && seen.contains("PYTHONHASHSEED=0\n")
    );
    assert!(seen.contains("PATH=/usr/local/bin:/usr/bin:/bin\n"));
    assert!(!seen.contains("CARGO"), "{seen}");
    assert!(seen.ends_with("/ws\nturnwise\nagent\n0022\n"), "{seen}");
}

#[tokio::test]
async fn git_and_python_work_inside() {
    if !has_namespaces().await {
        return;
    }
    let seen = run(
        "git status --short && git log --format='%an %ad' && python3 -c 'import calc; print(calc.add(3, 1))'",
    )
    .await;
    assert_eq!(seen.output, "Turnwise Tue Nov 14 22:13:20 2023 +0000\n2\n");
    let commits = "echo x > n && git add n && git commit -qm m && git rev-parse HEAD";
    assert_eq!(output(commits).await, output(commits).await);
}

#[tokio::test]
async fn what_is_enforced_is_what_was_seen() {
    if !has_namespaces().await {
        return;
    }
    let protection = provider(Limits::standard()).await.protection().clone();
    assert_eq!(protection.kind, "namespaces");
    let fact = |name: &str| protection.facts.iter().find(|(key, _)| key == name).unwrap().1.clone();
    assert_eq!(fact("namespaces"), "user pid mnt net ipc uts cgroup");
    assert_eq!(fact("user"), "not root");
    assert_eq!(fact("writable"), "/tmp .");
    assert_eq!(fact("machine's files"), "hidden but /usr");
    assert_eq!(fact("network"), "none but its own loopback");
    assert_eq!(fact("memory"), "1024 MiB a process");
    assert_eq!(fact("processes"), "128 in all");
    assert_eq!(fact("system calls"), "filtered");
}

#[tokio::test]
async fn without_a_sandbox_that_is_said() {
    let config = config(SandboxKind::None, Limits::standard());
    let provider = LocalProvider::new(config).await.unwrap();
    let protection = provider.protection();
    let fact = |name: &str| protection.facts.iter().find(|(key, _)| key == name).unwrap().1.clone();
    assert_eq!(protection.kind, "none");
    assert_eq!(fact("namespaces"), "none");
    assert_eq!(fact("network"), "the machine's");
    assert_eq!(fact("machine's files"), "visible");
    assert_eq!(fact("memory"), "1024 MiB a process");
    let mut environment = provider.open(&task()).await.unwrap();
    let seen = environment.execute("echo $TURNWISE_SECRET$CARGO; cat calc.py").await.unwrap();
    assert_eq!(seen.output, "\ndef add(a, b):\n    return a - b\n");
}

#[tokio::test]
async fn a_launcher_that_is_none_is_a_clear_error() {
    let refused = async |launcher: &str| {
        let sandbox = SandboxConfig {
            launcher: launcher.into(),
            kind: SandboxKind::Namespaces,
            limits: Limits::standard(),
            read_only: vec![],
        };
        LocalProvider::new(LocalConfig { sandbox, temp: None, repositories: None, logs: None })
            .await
            .unwrap_err()
    };
    for launcher in ["/no/such/file", "/bin/true"] {
        let error = refused(launcher).await;
        assert!(matches!(&error, EnvError::SandboxUnavailable { .. }), "{error}");
    }
}
