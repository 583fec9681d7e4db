//! Tasks on the web from end to end: the shop, pages of one's own with a recording, and both kinds of task in one run.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde_json::{Value, json};

use crate::place::{Place, Ran, sandbox};

fn ok(place: &Place, line: &str) -> Ran {
    let ran = place.turnwise(line);
    assert_eq!(ran.code, Some(0), "{line}: {}", ran.err);
    ran
}

#[test]
fn the_shop_is_checked_run_shown_replayed_and_graded_again() {
    let place = Place::with_shipped_suites();
    ok(&place, "suite check shop --limit 16");
    let compared =
        ok(&place, "compare shop --limit 8 --model gold --policies unlimited,fixed --json -q").json();
    let solved = |at: usize| compared["policies"][at]["solved"].as_u64().unwrap();
    // A limit at the 75th percentile cuts some of the longest off.
    assert!(solved(0) == 8 && solved(1) >= 6, "{compared}");
    let run = compared["run_id"].as_str().unwrap();
    // The work is what the shop says of it, turn by turn; the order is the last of it.
    let changes = "SELECT count(*) > 8, min(patch_lines), max(patch_lines) FROM v_turns";
    assert_eq!(place.ask(changes), ["1,0,1"]);
    let first =
        place.ask("SELECT trial_id FROM v_trials WHERE policy = 'unlimited' ORDER BY task LIMIT 1").remove(0);
    let shown = ok(&place, &format!("show {first}")).out;
    assert!(shown.contains("shop.test") && shown.contains("click "), "{shown}");
    ok(&place, &format!("replay {run} --check -q"));
    let graded = ok(&place, &format!("grade {run} --every-turn --json -q")).json();
    assert_eq!(
        (graded["solved_at_the_end"].as_u64(), graded["failed"].as_u64()),
        (Some(8 + solved(1)), Some(0)),
        "{graded}"
    );
    let sooner = "SELECT count(*) FROM v_trials WHERE solved = 1 AND (sufficient_turn IS NULL OR sufficient_turn > turns)";
    assert_eq!(place.ask(sooner), ["0"]);
    let lost = ok(&place, "run shop --limit 8 --model nop --json -q").json();
    assert_eq!(lost["solved"].as_u64(), Some(0), "{lost}");
    assert_eq!(place.ask("SELECT DISTINCT score FROM v_trials WHERE model = 'nop'"), ["0"]);
}

#[test]
fn the_shipped_model_repairs_and_buys_in_one_run() {
    let place = Place::with_shipped_suites();
    let line = format!("run pocket shop --limit 4 --sandbox {} --json -q", sandbox());
    let ran = ok(&place, &line).json();
    let solved = |suite: &str| {
        let sql = format!("SELECT sum(solved) FROM v_trials WHERE suite = '{suite}'");
        place.ask(&sql)[0].parse::<u64>().unwrap()
    };
    // Processors round differently, so all four of both are not promised.
    assert!(solved("pocket") >= 2 && solved("shop") >= 2, "{ran}");
}

#[test]
fn tasks_with_files_and_tasks_with_pages_share_a_run() {
    let place = Place::with_shipped_suites();
    let line = format!("run pocket shop --limit 2 --model gold --sandbox {} --json -q", sandbox());
    assert_eq!(ok(&place, &line).json()["solved"].as_u64(), Some(4));
    let facts: Value = serde_json::from_str(
        &place.ask("SELECT protection FROM sessions")[0].trim_matches('"').replace("\"\"", "\""),
    )
    .unwrap();
    assert!(facts.to_string().contains("web: network"), "{facts}");
}

/// A site of one page that says how often it was asked.
fn site() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, asked) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let count = Arc::clone(&count);
            thread::spawn(move || answer(stream, &count));
        }
    });
    (format!("http://{address}/"), asked)
}

fn answer(mut stream: TcpStream, asked: &AtomicUsize) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let path = lines.next().unwrap_or_default();
    let _headers = lines.take_while(|line| !line.is_empty()).count();
    let body = match path.contains("/robots.txt") {
        true => String::new(),
        false => {
            let number = asked.fetch_add(1, Ordering::SeqCst) + 40;
            format!("<title>Oslo</title><p>It is {number} degrees.</p>")
        }
    };
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length:";
    let _gone = write!(stream, "{head} {}\r\n\r\n{body}", body.len());
}

fn weather(place: &Place, start: &str) {
    let task = |id: &str, site: &str, settings: Value| {
        json!({ "instance_id": id, "problem_statement": "How warm is it?",
            "web": { "site": site, "settings": settings, "gold": ["open /", "answer \"40\""] } })
        .to_string()
    };
    let answer = json!({ "number": { "value": 40, "tolerance": 0.5 } });
    let host = start.trim_start_matches("http://").trim_end_matches('/');
    let here = json!({ "start": start, "hosts": [host], "private": [host], "answer": answer });
    let away = json!({ "start": start, "hosts": [host], "answer": answer });
    let lines = [task("here", "http", here), task("away", "http", away)];
    fs::write(place.path("weather.jsonl"), lines.join("\n")).unwrap();
    fs::write(place.path("unknown.jsonl"), task("x", "gopher", json!({}))).unwrap();
}

#[test]
fn pages_of_others_are_recorded_and_a_run_is_repeated_without_them() {
    let place = Place::new("ls");
    let (start, asked) = site();
    weather(&place, &start);
    let seen = "SELECT observation FROM v_turns WHERE trial_id LIKE '%-1' AND turn = 1";
    let run = "run weather.jsonl --model gold -i here --json -q";
    ok(&place, &format!("{run} --record-web pages.har"));
    let (live, count) = (place.ask(seen), asked.load(Ordering::SeqCst));
    assert!(live.concat().contains("It is 40 degrees."), "{live:?}");
    assert_eq!(place.ask("SELECT solved, score FROM v_trials"), ["1,1"]);
    ok(&place, &format!("{run} --replay-web pages.har --redo-existing"));
    assert_eq!((place.ask(seen), asked.load(Ordering::SeqCst)), (live, count));

    // What is not in the recording is the harness's failure, and so is a kind of site that there is not.
    let other =
        place.turnwise("run weather.jsonl --model gold -i here --replay-web none.har --redo-existing -q");
    assert_eq!(other.code, Some(13), "{}", other.err);
    let unknown = place.turnwise("run unknown.jsonl --model gold");
    assert_eq!(unknown.code, Some(3), "{}", unknown.err);
    assert!(unknown.err.contains("there is no kind of site `gopher`; known are: "), "{}", unknown.err);
    // A private address that the task does not name is out of its reach, and the model is told so.
    ok(&place, "run weather.jsonl --model gold -i away -q");
    let refused = place.ask(
        "SELECT observation, exit_code FROM v_turns WHERE trial_id IN \
        (SELECT trial_id FROM v_trials WHERE task = 'away') AND turn = 1",
    );
    assert!(refused.concat().contains("error"), "{refused:?}");
    assert_eq!(asked.load(Ordering::SeqCst), count);
}
