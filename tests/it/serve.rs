//! A served model from outside: the protocol, its errors, and the same turns as in the process.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::symlink,
    path::Path,
    process::Child,
    thread,
};

use serde_json::{Value, json};

use crate::place::{Place, sandbox, signal};

/// A server, ended when it is dropped.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn new(place: &Place, words: &str) -> Self {
        let mut child = place.begin(&format!("serve {words}"));
        let mut url = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        Self { child, url: url.trim().to_owned() }
    }

    fn spec(&self, model: &str) -> String {
        format!("openai:{}#{model}", self.url)
    }

    /// A request as it goes over the wire; gives the status line and the body.
    fn ask(&self, request: &str, body: &str) -> (String, String) {
        let (host, _) = self.url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let length = body.len();
        write!(
            stream,
            "{request} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), body.to_owned())
    }

    fn chat(&self, body: &Value) -> (String, Value) {
        let (status, body) = self.ask("POST /v1/chat/completions", &body.to_string());
        (status, serde_json::from_str(&body).unwrap())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // A test that failed is told of already.
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// A folder with the tasks of the pocket suite.
fn place() -> Place {
    let place = Place::new("ls");
    let tasks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tasks").canonicalize().unwrap();
    symlink(tasks, place.path("tasks")).unwrap();
    place
}

#[test]
fn a_served_model_takes_the_same_turns_as_in_the_process() {
    const TURNS: &str = "SELECT u.turn, u.thought, u.action, u.observation, u.prompt_tokens, u.decode_tokens, \
                         round(u.entropy_mean, 9), round(u.logprob_mean, 9) \
                         FROM v_turns u JOIN v_trials r USING (trial_id) WHERE r.model = 'pocket' ORDER BY r.task, u.turn";
    let run = |place: &Place, model: &str, more: &str| {
        let ran = place.turnwise(&format!(
            "run pocket --limit 2 --turn-limit 6 -q --model {model} --sandbox {} {more}",
            sandbox()
        ));
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        place.ask(TURNS)
    };
    for more in ["", "--seed 3 --set sampling.temperature=0.8"] {
        let (here, there) = (place(), place());
        let inside = run(&here, "pocket", more);
        let served = Served::new(&there, "");
        assert_eq!(run(&there, &served.spec("pocket"), more), inside);
        assert!(inside.len() > 2);
        // A turn costs its new tokens and no more, as in the process.
        let computed = "SELECT sum(prefill_tokens) FROM v_trials";
        assert_eq!(there.ask(computed), here.ask(computed));
        assert_eq!(there.ask("SELECT DISTINCT model FROM v_trials"), ["pocket"]);
    }
}

#[test]
fn the_protocol_is_spoken_and_mistakes_are_told_in_its_words() {
    let place = place();
    let served = Served::new(&place, "");
    let (status, models) = served.ask("GET /v1/models", "");
    let models: Value = serde_json::from_str(&models).unwrap();
    assert!(status.contains("200") && models["data"][0]["id"] == "pocket");
    let said = json!([{ "role": "user", "content": "Repair f." }]);
    let (status, whole) =
        served.chat(&json!({ "messages": said, "temperature": 0, "max_tokens": 3, "model": "pocket" }));
    assert!(status.contains("200"), "{whole}");
    assert_eq!(whole["usage"]["completion_tokens"], 3);
    assert_eq!(whole["choices"][0]["finish_reason"], "length");
    let streamed = json!({
        "messages": said, "temperature": 0, "max_tokens": 3, "stream": true, "stream_options": { "include_usage": true },
    });
    let (_, events) = served.ask("POST /v1/chat/completions", &streamed.to_string());
    let content = whole["choices"][0]["message"]["content"].to_string();
    assert!(events.contains(&format!("\"content\":{content}")), "{events}");
    assert!(events.contains("\"completion_tokens\":3") && events.contains("data: [DONE]"), "{events}");

    let endless = json!([{ "role": "user", "content": "word ".repeat(20_000) }]);
    for (request, status, says) in [
        (json!({ "messages": said, "model": "other" }), "404", "`pocket` is served"),
        (json!({ "messages": [] }), "400", "`messages` is empty"),
        (json!({ "messages": endless }), "400", "context length"),
        (json!({ "messages": endless, "stream": true }), "400", "context length"),
    ] {
        let (line, error) = served.chat(&request);
        assert!(
            line.contains(status) && error["error"]["message"].as_str().unwrap().contains(says),
            "{line} {error}"
        );
    }
    let (line, error) = served.ask("POST /v1/chat/completions", "{\"messages\"");
    assert!(line.contains("400") && error.contains("invalid_request_error"), "{line} {error}");
    let (line, error) = served.ask("GET /v1/completions", "");
    assert!(line.contains("404") && error.contains("POST /v1/chat/completions"), "{line} {error}");
}

#[test]
fn tools_are_called_through_the_protocol() {
    let place = Place::new("ls");
    let called = |command: &str| {
        let call = json!({ "name": "bash", "arguments": { "command": command } });
        format!("so\n<tool_call>\n{call}\n</tool_call>")
    };
    let replies = [
        "hm".to_owned(),
        called("echo 'def f(x): return x + 1' > lib.py && cat lib.py"),
        called("echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"),
    ];
    fs::write(place.path("script.jsonl"), json!({ "task": "*", "replies": replies }).to_string()).unwrap();
    let served = Served::new(&place, "--model scripted:script.jsonl --profile mini-tool");
    let line =
        format!("run -q --limit 1 toy.jsonl --sandbox {} --model {}", sandbox(), served.spec("scripted"));
    let ran = place.turnwise(&line);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(place.ask("SELECT ending, solved, turns FROM v_trials"), ["submitted,1,3"]);
    assert_eq!(place.ask("SELECT model_profile FROM runs"), ["mini-tool"]);
    assert_eq!(place.ask("SELECT thought FROM v_turns WHERE turn = 2"), ["so"]);
}

#[test]
fn a_profile_of_the_users_own_is_told_and_messages_that_the_template_refuses_are_the_clients_mistake() {
    let place = place();
    let checkpoint =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../turnwise-pocket/model").canonicalize().unwrap();
    fs::create_dir(place.path("strict")).unwrap();
    for file in fs::read_dir(checkpoint).unwrap() {
        let file = file.unwrap();
        symlink(file.path(), place.path("strict").join(file.file_name())).unwrap();
    }
    fs::write(place.path("strict/chat_template.jinja"), "{{ raise_exception('roles must alternate') }}")
        .unwrap();
    let source = place.turnwise("model profiles mini-text --source").out;
    fs::write(place.path("mine.toml"), source.replacen("summary = \"", "summary = \"mine: ", 1)).unwrap();
    let served = Served::new(&place, "--model strict --profile mine.toml --kv-memory 64M");
    let said = json!([{ "role": "user", "content": "Repair f." }]);
    for stream in [false, true] {
        let (line, error) = served.chat(&json!({ "messages": said, "stream": stream }));
        assert!(line.contains("400"), "{line}");
        assert!(error["error"]["message"].as_str().unwrap().contains("roles must alternate"), "{error}");
    }
    let shown = place.turnwise(&format!("model show --model {}", served.spec("strict")));
    assert!(shown.out.contains("mine"), "{}{}", shown.out, shown.err);
}

#[test]
fn an_interruption_ends_the_server_in_peace() {
    let place = place();
    let mut served = Served::new(&place, "--model scripted:script.jsonl");
    let checked = place.turnwise(&format!("model check --model {}", served.spec("scripted")));
    assert!(checked.code == Some(0) && checked.err.contains("the endpoint answers"), "{}", checked.err);
    signal(&served.child, "-INT");
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
}

#[test]
fn an_endpoint_that_fails_loses_nothing() {
    let place = place();
    // It lists its model, and answers everything else with half a JSON.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let lists = request_of(&mut stream).starts_with("GET");
            let body = if lists { "{\"data\": []}" } else { "{\"choices\": [" };
            let length = body.len();
            let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
            stream.get_mut().write_all((head + body).as_bytes()).unwrap();
        }
    });
    let ran = place.turnwise(&format!("run pocket --limit 1 --model openai:{url}#m --sandbox {}", sandbox()));
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains("is no chat completion") && ran.err.contains(&url), "{}", ran.err);
    assert_eq!(place.ask("SELECT ending FROM v_trials"), ["infra_error"]);
}

/// The head of a request; its body is read, too, as a connection closed too early is reset.
fn request_of(stream: &mut impl BufRead) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(stream.read_line(&mut head).unwrap() > 0);
    }
    let length = head
        .to_lowercase()
        .split_once("content-length: ")
        .map_or(0, |(_, rest)| rest.lines().next().unwrap().parse().unwrap());
    stream.read_exact(&mut vec![0; length]).unwrap();
    head
}

#[test]
fn prices_come_from_a_file_of_the_user() {
    let place = place();
    let served = Served::new(&place, "");
    fs::write(place.path("prices.toml"), "[[price]]\nmodel = 'po*'\ninput = 1.5\noutput = 6").unwrap();
    let show = |prices: &str| {
        let prices = place.path(prices);
        place.turnwise_in(
            &[("TURNWISE_PRICES", prices.as_os_str())],
            &format!("model show --model {}", served.spec("pocket")),
        )
    };
    let shown = show("prices.toml");
    assert!(shown.out.contains("1.5 in, 6 out, per million tokens"), "{}{}", shown.out, shown.err);
    assert_eq!(show("script.jsonl").code, Some(13));
}
