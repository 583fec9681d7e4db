//! A served model from outside: the protocol, its errors, and the same turns as in the process.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::symlink,
    path::Path,
    process::Child,
    thread,
    time::Duration,
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
    let content = whole["choices"][0]["message"]["content"].as_str().unwrap();
    assert_eq!(streamed_text(&events), content);
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

/// The text of a streamed reply.
fn streamed_text(events: &str) -> String {
    let pieces = events.lines().filter_map(|line| line.strip_prefix("data: {"));
    let pieces = pieces.map(|rest| serde_json::from_str::<Value>(&format!("{{{rest}")).unwrap());
    pieces.filter_map(|piece| piece["choices"][0]["delta"]["content"].as_str().map(str::to_owned)).collect()
}

#[test]
fn tokens_are_told_as_they_come_and_with_their_log_probabilities() {
    let served = Served::new(&place(), "");
    let said = json!([{ "role": "user", "content": "Repair f." }]);
    let request = json!({
        "messages": said, "max_tokens": 12, "seed": 3, "logprobs": true, "top_logprobs": 20, "min_p": 0.01, "top_k": 50,
    });
    let (_, whole) = served.chat(&request);
    let told = whole["choices"][0]["logprobs"]["content"].as_array().unwrap();
    assert_eq!(json!(told.len()), whole["usage"]["completion_tokens"], "{whole}");
    let logprobs: Vec<f64> = told.iter().map(|token| token["logprob"].as_f64().unwrap()).collect();
    let mean = logprobs.iter().sum::<f64>() / logprobs.len() as f64;
    assert!((mean - whole["turnwise"]["logprob_mean"].as_f64().unwrap()).abs() < 1e-9);
    for token in told {
        let likeliest = token["top_logprobs"].as_array().unwrap();
        let probability: f64 = likeliest.iter().map(|it| it["logprob"].as_f64().unwrap().exp()).sum();
        assert!(likeliest.len() == 20 && probability <= 1.0 + 1e-6, "{token}");
    }
    let mut streamed = request;
    streamed["stream"] = json!(true);
    let (_, events) = served.ask("POST /v1/chat/completions", &streamed.to_string());
    assert_eq!(streamed_text(&events), whole["choices"][0]["message"]["content"].as_str().unwrap());
    assert!(events.matches("\"content\":").count() > 6, "{events}");
    streamed["top_logprobs"] = json!(21);
    let (line, error) = served.chat(&streamed);
    assert!(line.contains("400") && error["error"]["message"].as_str().unwrap().contains("top_logprobs"));
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

/// What an endpoint does when it is asked for a reply.
#[derive(Clone, Copy)]
enum Mood {
    /// Replies with this text.
    Says(&'static str),
    /// Sends half a JSON.
    Mumbles,
    /// Breaks its stream off.
    BreaksOff,
    /// Says nothing for a while.
    KeepsSilent,
    /// Refuses.
    Refuses,
}

impl Mood {
    fn answer(self, mut stream: TcpStream) {
        let whole = |status: &str, body: &str| {
            format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        };
        let answer = match self {
            Self::Says(text) => {
                let choice = json!({ "message": { "content": text }, "finish_reason": "stop" });
                whole("200 OK", &json!({ "choices": [choice] }).to_string())
            }
            Self::Mumbles => whole("200 OK", "{\"choices\": ["),
            Self::BreaksOff => {
                let piece = json!({ "choices": [{ "delta": { "content": "l" } }] });
                format!(
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/event-stream\r\n\r\ndata: {piece}\n\n"
                )
            }
            Self::KeepsSilent => {
                thread::spawn(move || {
                    thread::sleep(Duration::from_secs(5));
                    drop(stream);
                });
                return;
            }
            Self::Refuses => whole("403 Forbidden", "{\"error\": {\"message\": \"no more\"}}"),
        };
        // A client that gave up needs no answer.
        drop(stream.write_all(answer.as_bytes()));
    }
}

/// An endpoint that lists no models and is in these moods, one after another, and then in the last one.
fn endpoint(moods: &[Mood]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let mut moods = moods.to_vec();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            if request_of(&mut stream).starts_with("GET") {
                let listed =
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 12\r\n\r\n{\"data\": []}";
                stream.get_mut().write_all(listed.as_bytes()).unwrap();
                continue;
            }
            let mood = if moods.len() > 1 { moods.remove(0) } else { moods[0] };
            mood.answer(stream.into_inner());
        }
    });
    url
}

#[test]
fn an_endpoint_that_fails_loses_nothing() {
    for (mood, says) in [
        (Mood::Mumbles, "is no chat completion"),
        (Mood::BreaksOff, "ended its stream in the middle of a reply"),
        (Mood::KeepsSilent, "sent nothing for 1s"),
        (Mood::Refuses, "answered 403: no more; set OPENAI_API_KEY"),
    ] {
        let place = Place::new("ls");
        let url = endpoint(&[Mood::Says("cat lib.py"), mood, Mood::Says("submit")]);
        let line = format!(
            "run toy.jsonl --limit 1 --model openai:{url}#m --profile pocket --request-retries 0 --reply-timeout 5 \
             --sandbox {}",
            sandbox()
        );
        let ran = place.turnwise(&line);
        assert_eq!(ran.code, Some(3), "{}", ran.err);
        let told: Vec<&str> = ran.err.lines().filter(|line| line.contains(says)).collect();
        assert!(told.len() == 1 && told[0].contains(&url), "{}", ran.err);
        assert_eq!(place.ask("SELECT ending, turns FROM v_trials"), ["infra_error,1"]);
        // The same command goes on with what was recorded.
        assert_eq!(place.turnwise(&line).code, Some(0));
        assert_eq!(place.ask("SELECT ending, turns FROM v_trials"), ["submitted,2"]);
        assert_eq!(place.ask("SELECT action FROM v_turns ORDER BY turn"), ["cat lib.py", "submit"]);
    }
}

#[test]
fn an_endpoint_where_nobody_is_is_no_model() {
    let place = Place::new("ls");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (spec, says) in [
        (format!("openai:http://{free}/v1#m"), "cannot be reached; start the server or check the address"),
        (format!("openai:http://{free}/v1"), "names no model"),
    ] {
        let ran = place.turnwise(&format!("run toy.jsonl --model {spec}"));
        assert_eq!((ran.code, ran.err.lines().count()), (Some(10), 1), "{}", ran.err);
        assert!(ran.err.contains(says), "{}", ran.err);
    }
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
