//! Remote models against servers on this machine that answer well, badly, late or not at all.

mod server;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use turnwise_core::{
    Conversation, Earlier, Finish, Message, Model, ModelError, Reply, Role, Said, Sampling, SessionSpec,
    Style, Usage,
};

use self::server::{Answers, Server};
use super::{ApiKey, RemoteError, RemoteModel, RemoteOptions};
use crate::fixture;

const KEY: &str = "sk-secret";

fn options() -> RemoteOptions {
    let (reply_timeout, first_wait) = (Duration::from_secs(20), Duration::from_millis(4));
    RemoteOptions { reply_timeout, retries: 3, first_wait }
}

fn connect(server: &Server, options: &RemoteOptions) -> RemoteModel {
    RemoteModel::connect(&server.spec(), ApiKey::new(KEY), options).unwrap()
}

fn open(model: &RemoteModel) -> Box<dyn Conversation> {
    let task = fixture::task("t", None);
    let (sampling, style) = (Sampling::greedy(64), &Style::PLAIN);
    let mut conversation = model.open(SessionSpec { task: &task, sampling, seed: 5, style }).unwrap();
    conversation.push(Message::new(Role::System, "be brief"));
    conversation.push(Message::new(Role::User, "list the files"));
    conversation
}

async fn ask(server: &Server, options: &RemoteOptions) -> Result<Reply, ModelError> {
    open(&connect(server, options)).reply().await
}

/// An error with its causes, as it is shown.
fn in_words(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(|cause| format!(": {}", in_words(cause)));
    format!("{error}{}", cause.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_sends_its_whole_history_and_the_key() {
    let server = Server::start(vec![Answers::stream("ls"), Answers::stream("submit")]).await;
    let model = connect(&server, &options());
    assert!(!format!("{model:?}").contains(KEY));
    let mut conversation = open(&model);
    let reply = conversation.reply().await.unwrap();
    assert_eq!((&*reply.text, reply.finish), ("ls", Finish::Stop));
    assert_eq!(reply.usage, Usage { prompt_tokens: 20, prefill_tokens: 8, decode_tokens: 3 });
    assert_eq!(reply.stats.logprob_mean, Some(-0.25));
    conversation.push(Message::new(Role::Tool, "lib.py"));
    assert_eq!(conversation.reply().await.unwrap().text, "submit");
    let requests = server.requests();
    assert!(requests.iter().all(|request| request.key == format!("Bearer {KEY}")));
    let roles: Vec<&str> = requests[1].body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["role"].as_str().unwrap())
        .collect();
    // What the environment says is the user's where a tool's role belongs to calls of tools.
    assert_eq!(roles, ["system", "user", "assistant", "user"]);
    assert_eq!((&requests[1].body["seed"], &requests[1].body["max_tokens"]), (&json!(5), &json!(64)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_conversation_goes_on_as_it_would_have() {
    let server = Server::start(vec![Answers::stream("ls"), Answers::stream("b"), Answers::stream("b")]).await;
    let model = RemoteModel::connect(&server.spec(), None, &options()).unwrap();
    let (mut live, mut restored) = (open(&model), open(&model));
    let first = live.reply().await.unwrap();
    restored.restore(&first);
    for conversation in [&mut live, &mut restored] {
        conversation.push(Message::new(Role::Tool, "x"));
        conversation.reply().await.unwrap();
    }
    let requests = server.requests();
    assert_eq!(requests[1].body, requests[2].body);
    assert_eq!(requests[0].key, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_anew_takes_the_place_of_the_history() {
    let server = Server::start(vec![Answers::stream("ls"), Answers::stream("b")]).await;
    let mut conversation = open(&connect(&server, &options()));
    let first = conversation.reply().await.unwrap();
    let told = |role, text: &str| Said::Told(Message::new(role, text));
    conversation.rebuild(&[told(Role::User, "hi"), told(Role::Assistant, "so"), Said::Replied(first)]);
    conversation.push(Message::new(Role::User, "x"));
    conversation.reply().await.unwrap();
    let sent = server.requests()[1].body["messages"].clone();
    let said = |role: &str, text: &str| json!({ "role": role, "content": text });
    assert_eq!(
        sent,
        json!([said("user", "hi"), said("assistant", "so"), said("assistant", "ls"), said("user", "x")])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_tools_are_kept_and_a_fork_goes_its_own_way() {
    let called = |text: &str| {
        let function = json!({ "name": "bash", "arguments": "{}" });
        let message =
            json!({ "content": text, "tool_calls": [{ "type": "function", "function": function }] });
        let choice = json!({ "message": message, "finish_reason": "tool_calls" });
        Answers::Whole(json!({ "choices": [choice] }).to_string())
    };
    let server = Server::start(vec![called("so"), called("on"), called("up")]).await;
    let mut first = open(&connect(&server, &options()));
    let reply = first.reply().await.unwrap();
    // Servers that give calls no name leave that to us.
    assert_eq!((reply.finish, &*reply.tool_calls[0].id), (Finish::Stop, "c00010001"));
    let mut second = first.fork(9).unwrap();
    first.push(Message::answer("c00010001", "x"));
    second.push(Message::answer("c00010001", "y"));
    assert_eq!(first.reply().await.unwrap().tool_calls[0].id, "c00020001");
    assert_eq!(second.reply().await.unwrap().text, "up");
    let requests = server.requests();
    let said = |request: usize| &requests[request].body["messages"];
    assert_eq!(said(1)[2]["tool_calls"][0]["id"], "c00010001");
    assert_eq!(said(1)[3], json!({ "role": "tool", "content": "x", "tool_call_id": "c00010001" }));
    assert_eq!((&said(2)[3]["content"], said(2).as_array().unwrap().len()), (&json!("y"), 4));
    assert_eq!((&requests[1].body["seed"], &requests[2].body["seed"]), (&json!(5), &json!(9)));
}

fn thinking(field: &str, thought: &str, text: &str) -> Answers {
    let message = json!({ "content": text, field: thought });
    Answers::Whole(json!({ "choices": [{ "message": message, "finish_reason": "stop" }] }).to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn earlier_thinking_goes_back_in_its_field_as_far_as_the_profile_says() {
    for (field, earlier, kept) in [
        ("reasoning_content", Earlier::AsWritten, [true, true]),
        ("reasoning", Earlier::ByTemplate, [false, true]),
    ] {
        let answers = ["1", "2", "3"].map(|number| thinking(field, &format!("t{number}"), number));
        let server = Server::start(answers.to_vec()).await;
        let task = fixture::task("t", None);
        let style = Style { earlier, ..Style::PLAIN };
        let spec = SessionSpec { task: &task, sampling: Sampling::greedy(64), seed: 5, style: &style };
        let mut conversation = connect(&server, &options()).open(spec).unwrap();
        conversation.push(Message::new(Role::User, "u"));
        assert_eq!(conversation.reply().await.unwrap().text, "<think>t1</think>\n1");
        conversation.push(Message::new(Role::User, "v"));
        conversation.reply().await.unwrap();
        conversation.push(Message::answer("c", "w"));
        conversation.reply().await.unwrap();
        let said = |at: usize, thought: &str, is_kept: bool| {
            let mut message = json!({ "role": "assistant", "content": format!("{at}") });
            if is_kept {
                message[field] = json!(thought);
            }
            message
        };
        let messages = &server.requests()[2].body["messages"];
        assert_eq!([&messages[1], &messages[3]], [&said(1, "t1", kept[0]), &said(2, "t2", kept[1])]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn thinking_that_an_endpoint_does_not_take_back_is_left_out() {
    let refused = json!({ "error": { "message": "messages.1: reasoning_content is not supported" } });
    let answers = vec![
        thinking("reasoning_content", "t1", "1"),
        Answers::status(400, &refused.to_string()),
        thinking("reasoning_content", "t2", "2"),
        thinking("reasoning_content", "t3", "3"),
    ];
    let server = Server::start(answers).await;
    let mut conversation = open(&connect(&server, &options()));
    for _ in 0..3 {
        conversation.reply().await.unwrap();
    }
    let requests = server.requests();
    assert_eq!(requests[1].body["messages"][2]["reasoning_content"], "t1");
    for request in &requests[2..] {
        assert_eq!(request.body["messages"][2], json!({ "role": "assistant", "content": "1" }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_that_pass_are_waited_for() {
    let failures = [
        Answers::status(500, "oops"),
        Answers::status(503, "loading"),
        Answers::Cut("l"),
        Answers::stream_of(&[&json!({ "error": { "message": "out of memory", "code": 500 } }).to_string()]),
        // Ends in order, but in the middle of a reply.
        Answers::stream_of(&[&json!({ "choices": [{ "delta": { "content": "l" } }] }).to_string()]),
    ];
    for failure in failures {
        let server = Server::start(vec![failure.clone(), failure, Answers::stream("ls")]).await;
        assert_eq!(ask(&server, &options()).await.unwrap().text, "ls");
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_says_when_it_wants_to_be_asked_again() {
    let busy = Answers::Status { status: 429, body: "slow down".into(), retry_after: Some("1") };
    let server = Server::start(vec![busy, Answers::stream("ls")]).await;
    let began = Instant::now();
    assert_eq!(ask(&server, &options()).await.unwrap().text, "ls");
    assert!(began.elapsed() >= Duration::from_secs(1));
    // Longer than a reply may take: not waited for at all.
    let closed = Answers::Status { status: 429, body: "come tomorrow".into(), retry_after: Some("86400") };
    let server = Server::start(vec![closed]).await;
    let error = in_words(&ask(&server, &options()).await.unwrap_err());
    assert!(error.contains("answered 429: come tomorrow; lower --workers"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_end_it_gives_up_and_says_where_and_why() {
    let said = json!({ "error": { "message": format!("no luck with {KEY}") } }).to_string();
    let server = Server::start(vec![Answers::status(500, &said); 4]).await;
    let error = in_words(&ask(&server, &options()).await.unwrap_err());
    let url = format!("{}/chat/completions", server.base());
    let expected = format!(
        "model `m` failed to reply: 4 tries in a row failed: {url} answered 500: no luck with …; look at the server's \
         log; the same command goes on when it works again"
    );
    assert_eq!(error, expected);
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_will_not_pass_is_not_tried_again() {
    let quota = json!({ "error": { "message": "no credit", "code": "insufficient_quota" } }).to_string();
    for (answer, says) in [
        (Answers::status(404, "no such model"), "check the address"),
        (Answers::status(401, "who are you"), "set OPENAI_API_KEY"),
        (Answers::status(429, &quota), "no credit left"),
        (Answers::Whole("{\"choices\": [{".into()), "which is no chat completion"),
        (Answers::Whole("<html>It works!</html>".into()), "<html>It works!</html>"),
        (Answers::stream_of(&["{\"choices\": [{]"]), "which is no chat completion"),
        (Answers::Whole("{\"object\": \"list\"}".into()), "it has no choices"),
    ] {
        let server = Server::start(vec![answer]).await;
        let error = in_words(&ask(&server, &options()).await.unwrap_err());
        assert!(error.contains(says) && error.contains(&server.base()), "{error}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_server_is_waited_for_as_long_as_it_sends_something() {
    let pause = Duration::from_millis(150);
    let patient = RemoteOptions { reply_timeout: Duration::from_secs(5), retries: 0, ..options() };
    let server = Server::start(vec![Answers::Slow("one two three four five six seven eight", pause)]).await;
    let began = Instant::now();
    assert_eq!(ask(&server, &patient).await.unwrap().text, "one two three four five six seven eight");
    assert!(began.elapsed() > Duration::from_secs(1));

    let hasty = RemoteOptions { reply_timeout: Duration::from_millis(2_500), ..patient.clone() };
    let server = Server::start(vec![Answers::Slow("one two", Duration::from_secs(30))]).await;
    let error = in_words(&ask(&server, &hasty).await.unwrap_err());
    assert!(error.contains("sent nothing for 500ms"), "{error}");

    let trickle =
        Answers::Slow("a b c d e f g h i j k l m n o p q r s t u v w x y z", Duration::from_millis(100));
    let server = Server::start(vec![trickle]).await;
    let error = in_words(
        &ask(&server, &RemoteOptions { reply_timeout: Duration::from_secs(1), ..patient }).await.unwrap_err(),
    );
    assert!(
        error.contains("gave no reply within 1s; look at the server's log or raise --reply-timeout"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_context_is_an_ending_and_no_failure() {
    for refusal in [
        r#"{"error": {"message": "too long", "type": "invalid_request_error", "code": "context_length_exceeded"}}"#,
        r#"{"error": {"code": 400, "message": "the request exceeds the available context size", "type": "exceed_context_size_error"}}"#,
        r#"{"object": "error", "message": "This model's maximum context length is 4096 tokens.", "code": 400}"#,
    ] {
        let server = Server::start(vec![Answers::status(400, refusal)]).await;
        let reply = ask(&server, &options()).await.unwrap();
        assert_eq!((reply.finish, &*reply.text), (Finish::ContextFull, ""));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_knows_no_streams_counts_or_new_words_will_do() {
    let whole =
        json!({ "choices": [{ "message": { "content": "ls" }, "finish_reason": "length" }] }).to_string();
    let refuses = |said: &str| Answers::status(400, &json!({ "error": { "message": said } }).to_string());
    let answers = vec![
        refuses("'max_tokens' is not supported, use 'max_completion_tokens'"),
        refuses("logprobs are not supported"),
        Answers::Whole(whole.clone()),
        Answers::Whole(whole),
    ];
    let server = Server::start(answers).await;
    let model = connect(&server, &RemoteOptions { retries: 0, ..options() });
    let reply = open(&model).reply().await.unwrap();
    assert_eq!((reply.finish, reply.usage), (Finish::Length, Usage::default()));
    open(&model).reply().await.unwrap();
    let requests = server.requests();
    // What was learnt once holds for every conversation.
    assert_eq!(requests.len(), 4);
    assert_eq!(requests[2].body, requests[3].body);
    assert_eq!(requests[3].body["max_completion_tokens"], 64);
    assert_eq!([&requests[3].body["max_tokens"], &requests[3].body["logprobs"]], [&Value::Null; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_endpoint_says_of_its_model_is_taken_up() {
    let plain = Server::start(vec![]).await;
    let info = connect(&plain, &options()).info().clone();
    assert_eq!(
        (&*info.name, &*info.device, info.context, &*info.profile),
        ("m", "remote", None, "mini-tool")
    );
    let served = json!({ "profile": "tiny", "own_profile": "summary = ''", "hash": "ab" });
    let entry = json!({ "id": "m", "max_model_len": 4096, "turnwise": served });
    let server = Server::listing(200, &json!({ "data": [{ "id": "x" }, entry] }).to_string()).await;
    let model = connect(&server, &options());
    assert_eq!((model.info().context, &*model.info().profile), (Some(4096), "tiny"));
    assert_eq!(model.own_profile(), Some("summary = ''"));
    assert_ne!(model.info().hash, info.hash);
    for (status, list) in [(404, "nothing here"), (200, "{\"models\": []}"), (200, "{\"data\": []}")] {
        let server = Server::listing(status, list).await;
        assert_eq!(connect(&server, &options()).info().profile, "mini-tool");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_cannot_be_used_is_no_model() {
    let fails = |spec: &str| in_words(&RemoteModel::connect(spec, ApiKey::new(KEY), &options()).unwrap_err());
    let locked = Server::listing(401, &format!("{{\"error\": {{\"message\": \"not {KEY}\"}}}}")).await;
    let error = fails(&locked.spec());
    assert!(error.contains("/models answered 401: not …; set OPENAI_API_KEY"), "{error}");
    let gone = Server::start(vec![]).await;
    let spec = gone.spec();
    gone.stop().await;
    let error = fails(&spec);
    assert!(error.contains("/v1/models cannot be reached; start the server or check the address"), "{error}");
    for (spec, says) in [
        ("openai:http://127.0.0.1:1/v1", "names no model"),
        ("openai:http://127.0.0.1:1/v1#", "names no model"),
        ("openai:127.0.0.1:8000/v1#m", "is no URL"),
        ("openai:ftp://127.0.0.1/v1#m", "neither http:// nor https://"),
        ("openai:http://me:secret@127.0.0.1/v1#m", "a key belongs into OPENAI_API_KEY"),
    ] {
        let error = fails(spec);
        assert!(error.contains(says) && !error.contains("secret@"), "{spec}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_away_is_a_failure_of_the_harness() {
    let server = Server::start(vec![]).await;
    let model = connect(&server, &RemoteOptions { retries: 1, ..options() });
    server.stop().await;
    let error = open(&model).reply().await.unwrap_err();
    let ModelError::Failed { source, .. } = &error else { panic!("{error}") };
    let source = source.downcast_ref::<RemoteError>().unwrap();
    assert!(matches!(source, RemoteError::GaveUp { tries: 2, .. }), "{source}");
    assert!(in_words(&error).contains("cannot be reached"));
}
