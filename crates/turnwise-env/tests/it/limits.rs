//! What happens to a command that wants too much.

use std::time::{Duration, Instant};

use turnwise_core::Observation;
use turnwise_env::Limits;

use crate::{environment, has_namespaces, output, run};

/// Runs a command, then another one in the same sandbox: whatever the first did, the second must work.
async fn then_alive(limits: Limits, command: &str) -> Observation {
    let mut environment = environment(limits).await;
    let observation = environment.execute(command).await.unwrap();
    let after = environment.execute("echo alive").await.unwrap();
    assert_eq!(after.output, "alive\n");
    environment.close().await.unwrap();
    observation
}

fn quick(action_ms: u64) -> Limits {
    Limits { action_ms, ..Limits::standard() }
}

#[tokio::test]
async fn fifty_megabytes_of_output_keep_their_ends() {
    let seen = then_alive(
        Limits::standard(),
        "echo first; head -c 50000000 /dev/zero | tr '\\0' x; echo; echo last",
    )
    .await;
    assert_eq!(seen.exit_code, Some(0));
    assert!(seen.output.starts_with("first\nxxx") && seen.output.ends_with("xxx\nlast\n"));
    assert!(seen.output.len() < 17_000, "{}", seen.output.len());
    let shown =
        seen.output.len() as u64 - format!("\n[... {} bytes left out ...]\n", seen.elided_bytes).len() as u64;
    assert_eq!(shown + seen.elided_bytes, 50_000_000 + 12);
}

#[tokio::test]
async fn output_without_end_is_cut_off() {
    let limits = Limits { flood_bytes: 20 << 20, ..Limits::standard() };
    let seen = then_alive(limits, "yes").await;
    assert_eq!((seen.exit_code, seen.timed_out), (None, false));
    assert!(seen.elided_bytes >= 19 << 20);
}

#[tokio::test]
async fn a_command_that_never_ends_is_killed_with_all_it_started() {
    if !has_namespaces().await {
        return;
    }
    for command in [
        "sleep 7001",
        "sleep 7001; true",
        "echo out; trap '' TERM INT HUP; (trap '' TERM; sleep 7001) & wait",
    ] {
        let clock = Instant::now();
        let seen = then_alive(quick(800), command).await;
        assert_eq!((seen.exit_code, seen.timed_out), (None, true), "{command}");
        assert_eq!(seen.output.starts_with("out\n"), command.starts_with("echo"));
        assert!(clock.elapsed() < Duration::from_secs(5));
    }
    let mut environment = environment(quick(800)).await;
    assert!(environment.execute("setsid sh -c 'sleep 7001' & sleep 7002").await.unwrap().timed_out);
    assert_eq!(environment.execute("pgrep sleep").await.unwrap().output, "");
}

#[tokio::test]
async fn a_daemon_that_holds_the_output_holds_nothing_up() {
    if !has_namespaces().await {
        return;
    }
    for command in ["sleep 7001 & echo started", "setsid nohup sleep 7001 & echo started"] {
        let clock = Instant::now();
        let seen = then_alive(Limits::standard(), command).await;
        assert_eq!((seen.output.as_str(), seen.exit_code), ("started\n", Some(0)));
        assert!(clock.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn a_daemon_lives_on_and_may_write_what_nobody_reads() {
    if !has_namespaces().await {
        return;
    }
    let mut environment = environment(Limits::standard()).await;
    let daemon = "(while true; do echo noise noise noise; touch beat; sleep 0.01; done) & echo $!";
    let seen = environment.execute(daemon).await.unwrap();
    assert_eq!(seen.exit_code, Some(0));
    for _ in 0..3 {
        let beats = environment.execute("rm -f beat; sleep 0.5; [ -e beat ] && echo beats").await.unwrap();
        assert_eq!((beats.output.as_str(), beats.exit_code), ("beats\n", Some(0)));
    }
}

#[tokio::test]
async fn a_fork_bomb_stays_inside_its_limit() {
    if !has_namespaces().await {
        return;
    }
    let limits = Limits { processes: 40, ..quick(3000) };
    let bomb = "bomb() { bomb | bomb & }; bomb; sleep 1; ls /proc | grep -c '^[0-9]'; sleep 30";
    // The shell itself may be among those that cannot fork, and end early.
    let seen = then_alive(limits, bomb).await;
    assert!(seen.output.contains("Cannot fork") || seen.output.contains("fork: "), "{}", seen.output);
}

#[tokio::test]
async fn memory_files_and_tmp_are_limited() {
    if !has_namespaces().await {
        return;
    }
    assert!(output("python3 -c 'x = bytearray(2 << 30)'").await.contains("MemoryError"));
    let big = run("head -c 300M /dev/zero > big").await;
    assert_ne!(big.exit_code, Some(0));
    let limits = Limits { tmp_bytes: 4 << 20, ..Limits::standard() };
    let mut environment = environment(limits).await;
    let full = environment.execute("head -c 8M /dev/zero > /tmp/big").await.unwrap();
    assert!(full.output.contains("No space left"), "{}", full.output);
    let open =
        environment.execute("python3 -c 'f = [open(\"/dev/null\") for _ in range(2000)]'").await.unwrap();
    assert!(open.output.contains("Too many open files"), "{}", open.output);
}

#[tokio::test]
async fn processor_time_is_limited() {
    let limits = Limits { cpu_s: 1, ..Limits::standard() };
    let seen = then_alive(limits, "sh -c 'while :; do :; done'").await;
    assert_eq!((seen.exit_code, seen.timed_out), (Some(137), false));
}

#[tokio::test]
async fn broken_text_is_repaired_and_statuses_are_the_shells() {
    assert_eq!(output("printf 'a\\377b\\n'").await, "a\u{fffd}b\n");
    assert_eq!(run("exit 7").await.exit_code, Some(7));
    assert_eq!(run("kill -SEGV $$").await.exit_code, Some(139));
    assert_eq!(run("nosuchprogram").await.exit_code, Some(127));
    assert_eq!(run("echo out; echo err >&2").await.output, "out\nerr\n");
    assert_eq!(run("").await, Observation { exit_code: Some(0), ..Observation::default() });
}

#[tokio::test]
async fn a_command_without_a_shell_is_as_with_one() {
    let mut environment = environment(Limits::standard()).await;
    let programs = "printf 'import sys; print(sys.argv)' > a.py; echo 'import os; os.abort()' > abort.py; \
        echo 'import os; print(os.getppid(), sorted(os.environ))' > env.py; mkdir d; touch .hidden";
    environment.execute(programs).await.unwrap();
    for command in [
        "ls",
        "ls -a d x",
        "cat a.py",
        "python3 a.py -x y=1",
        "python3 abort.py",
        "python3 env.py",
        "id -u",
        "nosuch a",
        "grep -c x a.py",
    ] {
        let direct = environment.execute(command).await.unwrap();
        // A shell replaces itself by the last command, and then nobody speaks for it.
        let shell = environment.execute(&format!("{command}; exit $?")).await.unwrap();
        if command.contains("env") {
            assert_eq!(direct.output.split_once(' ').unwrap().1, shell.output.split_once(' ').unwrap().1);
        } else {
            assert_eq!(direct, shell, "{command}");
        }
    }
}

#[tokio::test]
async fn a_command_that_cannot_be_one_is_an_observation() {
    let huge = format!("echo {}", "x".repeat(200_000));
    assert_eq!(then_alive(Limits::standard(), &huge).await.exit_code, Some(126));
    assert_eq!(then_alive(Limits::standard(), "echo a\0b").await.exit_code, Some(126));
}
