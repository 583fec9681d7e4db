//! What an action sees and what comes back from it.

use std::time::{Duration, Instant};

use turnwise_core::{EnvironmentProvider, Observation};
use turnwise_env::{ContainerConfig, ContainerLimits, ContainerProvider};

use super::{config, engine::engine, output, provider, run, task};

fn seen(output: &str, exit_code: i32) -> Observation {
    Observation { output: output.to_owned(), exit_code: Some(exit_code), ..Observation::default() }
}

#[tokio::test]
async fn an_action_gives_what_it_wrote_and_its_status() {
    let Some(engine) = engine() else { return };
    let provider = provider(engine).await;
    let mut environment = provider.open(&task()).await.unwrap();
    for (command, text, status) in [
        ("echo hi; echo there >&2", "hi\nthere\n", 0),
        ("exit 7", "", 7),
        ("printf 'no end'", "no end", 0),
        ("pwd; cat", "/testbed\n", 0),
        ("printf 'a\\377\\000b'; false", "a\u{fffd}\0b", 1),
        ("echo first; echo x >/dev/stderr; echo last >/dev/stdout", "first\nx\nlast\n", 0),
        ("echo \"it's\" '$HOME' \"Á ü 漢\" \\\\", "it's $HOME Á ü 漢 \\\n", 0),
        ("cat <<'END'\na 'b'\n\n  c\nEND", "a 'b'\n\n  c\n", 0),
        ("[[ x == x ]] && echo \"$PAGER $TQDM_DISABLE $BASH_ENV\"", "cat 1 /root/.bashrc\n", 0),
        ("export A=1; cd /; B=2", "", 0),
        ("echo \"[$A$B]\"; pwd; echo \"[$store$tag$home]\"", "[]\n/testbed\n[]\n", 0),
        (
            "echo 'done 1 0'; echo out 3 3 0; echo stopped; echo ready",
            "done 1 0\nout 3 3 0\nstopped\nready\n",
            0,
        ),
        ("kill 0", "Terminated\n", 143),
        ("(sleep 30; echo late) & echo now", "now\n", 0),
    ] {
        let mut found = run(&mut environment, command).await;
        if command == "kill 0" {
            // Whether the shell beside it says so depends on the shell.
            found.output = text.to_owned();
        }
        assert_eq!(found, seen(text, status), "{command}");
    }
    let missing = run(&mut environment, "no-such-program").await;
    assert_eq!(missing.exit_code, Some(127));
    assert_eq!(run(&mut environment, "echo \0").await.exit_code, Some(126));
    let long = format!("true {}", "x".repeat(200_000));
    assert_eq!(run(&mut environment, &long).await.exit_code, Some(126));
    assert_eq!(output(&mut environment, "echo still here").await, "still here\n");
    environment.close().await.unwrap();
}

#[tokio::test]
async fn the_tag_of_answers_in_an_output_is_only_output() {
    let Some(engine) = engine() else { return };
    let provider = provider(engine).await;
    let mut environment = provider.open(&task()).await.unwrap();
    // Whoever is root may look for the tag in the shell's memory; to write it is of no use.
    let tags = "for i in 1 2 3; do printf '%s done %s 0\\n' 0123456789abcdef $i; done; yes 'x out 1 1 0' | head -n 2000";
    let seen = run(&mut environment, tags).await;
    assert_eq!(seen.exit_code, Some(0));
    assert!(seen.output.starts_with("0123456789abcdef done 1 0\n"), "{seen:?}");
    assert_eq!(seen.elided_bytes, 78 + 2000 * 12 - (16 << 10));
    assert_eq!(output(&mut environment, "echo ok").await, "ok\n");
}

#[tokio::test]
async fn long_outputs_are_cut_in_the_middle_and_floods_are_stopped() {
    let Some(engine) = engine() else { return };
    let limits = ContainerLimits { output_bytes: 20, flood_bytes: 1 << 20, ..config(engine).limits };
    let provider = ContainerProvider::new(ContainerConfig { limits, ..config(engine) }).await.unwrap();
    let mut environment = provider.open(&task()).await.unwrap();
    let cut = run(&mut environment, "seq 1000").await;
    assert_eq!(cut.elided_bytes, 3893 - 20);
    assert_eq!(cut.output, "1\n2\n3\n4\n5\n\n[... 3873 bytes left out ...]\n\n999\n1000\n");
    let flood = run(&mut environment, "yes; echo never").await;
    assert_eq!((flood.exit_code, flood.timed_out), (None, false));
    assert!(flood.elided_bytes > 1 << 19, "{flood:?}");
    assert_eq!(output(&mut environment, "echo ok").await, "ok\n");
}

#[tokio::test]
async fn an_action_that_takes_too_long_is_killed_with_all_it_started() {
    let Some(engine) = engine() else { return };
    let limits = ContainerLimits { action_ms: 700, ..config(engine).limits };
    let provider = ContainerProvider::new(ContainerConfig { limits, ..config(engine) }).await.unwrap();
    let mut environment = provider.open(&task()).await.unwrap();
    let stubborn = "trap '' TERM HUP INT; setsid sh -c 'trap \"\" TERM; sleep 4711' & \
        (setsid sleep 4711 &) ; python3 -c 'import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n\
        os.setsid() if os.fork() == 0 else None\ntime.sleep(4711)' & echo part; sleep 4711";
    let clock = Instant::now();
    let seen = run(&mut environment, stubborn).await;
    assert!(clock.elapsed() < Duration::from_secs(15), "{:?}", clock.elapsed());
    let part = Observation { output: "part\n".to_owned(), timed_out: true, ..Observation::default() };
    assert_eq!(seen, part);
    let left = "grep -la '471[1]' /proc/[0-9]*/cmdline | wc -l";
    let left = run(&mut environment, left).await.output;
    assert_eq!(left, "0\n");
    assert_eq!(output(&mut environment, "echo ok").await, "ok\n");
}

#[tokio::test]
async fn an_action_that_kills_the_shell_beside_it_is_an_observation() {
    let Some(engine) = engine() else { return };
    let provider = provider(engine).await;
    let mut environment = provider.open(&task()).await.unwrap();
    let seen = run(&mut environment, "echo before; sleep 0.2; kill -9 -1; sleep 5").await;
    assert_eq!((seen.output.as_str(), seen.exit_code), ("before\n", Some(137)));
    assert_eq!(output(&mut environment, "echo after; pwd").await, "after\n/testbed\n");
    assert_eq!(environment.patch().await.unwrap(), "");
}

#[tokio::test]
async fn there_is_no_network_and_no_more_than_its_share() {
    let Some(engine) = engine() else { return };
    let provider = provider(engine).await;
    let facts = &provider.protection().facts;
    let fact = |name: &str| facts.iter().find(|(known, _)| known == name).unwrap().1.clone();
    assert_eq!(provider.protection().kind, "container");
    assert_eq!(fact("network"), "none but its own loopback");
    assert!(fact("engine").starts_with("podman "), "{facts:?}");
    let mut environment = provider.open(&task()).await.unwrap();
    let interfaces =
        output(&mut environment, "grep -c : /proc/net/dev; grep -o '[a-z0-9]*:' /proc/net/dev").await;
    assert_eq!(interfaces, "1\nlo:\n");
    let connect =
        "python3 -c 'import socket; socket.create_connection((\"192.0.2.1\", 80), 2)' 2>&1 | tail -n 1";
    assert!(output(&mut environment, connect).await.contains("unreachable"));
    assert_eq!(output(&mut environment, "grep NoNewPrivs /proc/self/status").await, "NoNewPrivs:\t1\n");
    if fact("memory") != "not limited" {
        let hog = run(&mut environment, "python3 -c 'x = bytearray(700 << 20); print(len(x))'").await;
        assert_ne!(hog.exit_code, Some(0), "{hog:?}");
    }
    if fact("processes") != "not limited" {
        let many = "for i in $(seq 200); do sleep 3 & done 2>/dev/null; ls -d /proc/[0-9]* | wc -l";
        let seen = run(&mut environment, many).await;
        let count = seen.output.lines().last().and_then(|line| line.trim().parse().ok()).unwrap_or(0);
        assert!(count <= 128, "{seen:?}");
    }
}
