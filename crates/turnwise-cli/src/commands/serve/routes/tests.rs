//! The routes over a real connection, with a model that writes what it is told to, one character a token.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
};
use turnwise_core::{
    BoxFuture, Conversation, Likely, Message, ModelError, ModelInfo, Outlook, Role, Sampling, Seen,
    SessionSpec, Style, Task, Tool, ToolCall,
};
use turnwise_engine::{RemoteModel, RemoteOptions};
use turnwise_testkit::said;

use super::*;

/// What the model does when it has written everything that is told before this mark: it waits to be let go on.
const PAUSE: char = '…';

/// A model that writes a text, the calls in it included.
struct Writer {
    info: ModelInfo,
    text: &'static str,
    calls: Vec<ToolCall>,
    state: Arc<Pen>,
}

#[derive(Default)]
struct Pen {
    go_on: Notify,
    /// Replies that were begun and not brought to their end.
    under_way: AtomicUsize,
}

struct Page {
    text: &'static str,
    calls: Vec<ToolCall>,
    state: Arc<Pen>,
    watcher: Option<SharedWatcher>,
}

/// Counts a reply as under way until it is dropped.
struct UnderWay(Arc<Pen>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Relaxed);
    }
}

impl Page {
    async fn write(&self) -> Reply {
        self.state.under_way.fetch_add(1, Relaxed);
        let _under_way = UnderWay(Arc::clone(&self.state));
        for (index, letter) in self.text.chars().enumerate() {
            if letter == PAUSE {
                self.state.go_on.notified().await;
                continue;
            }
            let Some(watcher) = &self.watcher else { continue };
            let (text, token) = (letter.to_string(), u32::from(letter));
            let likeliest = [Likely { token, text: text.clone(), logprob: -0.5 }];
            let mut watcher = watcher.lock().unwrap();
            let likeliest = &likeliest[..watcher.likeliest().min(1)];
            let (text, adds) = (&*text, &*text);
            let seen = Seen {
                token,
                text,
                adds,
                index,
                logprob: -0.5,
                entropy: 0.25,
                likeliest,
                logprobs: &[],
                hidden: &[],
            };
            assert_eq!(watcher.token(&seen), Outlook::Continue);
        }
        let usage = turnwise_core::Usage { prompt_tokens: 9, prefill_tokens: 4, decode_tokens: 7 };
        let text = self.text.replace(PAUSE, "");
        Reply { tool_calls: self.calls.clone(), usage, ..said(&text, &[]) }
    }
}

impl Conversation for Page {
    fn push(&mut self, _message: Message) {}
    fn reply(&mut self) -> BoxFuture<'_, Result<Reply, ModelError>> {
        Box::pin(async { Ok(self.write().await) })
    }
    fn restore(&mut self, _reply: &Reply) {}
    fn rebuild(&mut self, _said: &[turnwise_core::Said]) {}
    fn watch(&mut self, watcher: Option<SharedWatcher>) -> bool {
        self.watcher = watcher;
        true
    }
}

impl Model for Writer {
    fn info(&self) -> &ModelInfo {
        &self.info
    }
    fn open(&self, _spec: SessionSpec<'_>) -> Result<Box<dyn Conversation>, ModelError> {
        let (calls, state) = (self.calls.clone(), Arc::clone(&self.state));
        Ok(Box::new(Page { text: self.text, calls, state, watcher: None }))
    }
}

/// A server with the writer behind it.
struct Place {
    address: SocketAddr,
    state: Arc<Pen>,
}

async fn serve(text: &'static str, calls: Vec<ToolCall>) -> Place {
    let info = ModelInfo {
        name: "writer".into(),
        spec: "writer".into(),
        hash: String::new(),
        device: "none".into(),
        context: Some(99),
        profile: "pocket".into(),
    };
    let state = Arc::<Pen>::default();
    let model = Writer { info, text, calls, state: Arc::clone(&state) };
    let source = ProfileSource { name: "pocket".into(), file: "pocket.toml".into(), text: String::new() };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, app(Service::new(Arc::new(model), source))).into_future());
    Place { address, state }
}

impl Place {
    async fn begin(&self, request: &Value) -> TcpStream {
        let mut request = request.clone();
        request["messages"] = json!([{ "role": "user", "content": "u" }]);
        let body = request.to_string();
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let head = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }

    async fn ask(&self, request: &Value) -> String {
        let mut answer = String::new();
        self.begin(request).await.read_to_string(&mut answer).await.unwrap();
        answer
    }

    /// The pieces of a streamed reply.
    async fn pieces(&self, request: Value) -> Vec<Value> {
        let mut request = request;
        request["stream"] = json!(true);
        let answer = self.ask(&request).await;
        assert!(answer.contains("data: [DONE]"), "{answer}");
        let data = answer.lines().filter_map(|line| line.strip_prefix("data: {"));
        data.map(|rest| serde_json::from_str(&format!("{{{rest}")).unwrap()).collect()
    }

    async fn whole(&self, request: Value) -> Value {
        let answer = self.ask(&request).await;
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    async fn until_idle(&self) {
        let idle = async {
            while self.state.under_way.load(Relaxed) > 0 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), idle).await.unwrap();
    }
}

fn texts(pieces: &[Value]) -> Vec<&str> {
    pieces.iter().filter_map(|piece| piece["choices"][0]["delta"]["content"].as_str()).collect()
}

fn call() -> ToolCall {
    ToolCall { id: "c00010001".into(), name: "bash".into(), arguments: "{\"command\":\"ls\"}".into() }
}

const CALLING: &str = "so\n<tool_call>{\"name\": \"bash\", \"arguments\": {\"command\": \"ls\"}}</tool_call>";

#[tokio::test]
async fn text_is_told_while_it_is_written() {
    let place = serve("aä…b", vec![]).await;
    let mut stream = place.begin(&json!({ "stream": true })).await;
    let mut heard = String::new();
    let mut bytes = [0; 4096];
    while !heard.contains("\"content\":\"ä\"") {
        let read = stream.read(&mut bytes).await.unwrap();
        heard.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
    }
    assert!(!heard.contains("finish_reason\":\"stop") && place.state.under_way.load(Relaxed) == 1);
    place.state.go_on.notify_one();
    stream.read_to_string(&mut heard).await.unwrap();
    assert!(heard.contains("\"content\":\"b\"") && heard.contains("finish_reason\":\"stop"), "{heard}");
}

#[tokio::test]
async fn pieces_make_the_whole_and_usage_is_told_where_it_is_wanted() {
    let place = serve("ab cd", vec![]).await;
    let whole = place.whole(json!({})).await;
    assert_eq!(whole["choices"][0]["message"]["content"], "ab cd");
    let pieces = place.pieces(json!({ "stream_options": { "include_usage": true } })).await;
    assert_eq!(texts(&pieces), ["", "a", "b", " ", "c", "d"]);
    assert_eq!(pieces.last().unwrap()["usage"], whole["usage"]);
    let pieces = place.pieces(json!({})).await;
    assert!(pieces.iter().all(|piece| piece["usage"].is_null()));
    // What ends the reply is not told, and neither is what only looked like it.
    let pieces = place.pieces(json!({ "stop": ["cx", "d"] })).await;
    assert_eq!(texts(&pieces), ["", "a", "b", " ", "c"]);
    assert_eq!(place.whole(json!({ "stop": "b c" })).await["choices"][0]["message"]["content"], "a");
}

#[tokio::test]
async fn calls_are_told_beside_the_text_when_they_are_known() {
    let place = serve(CALLING, vec![call()]).await;
    let tools = json!([{ "type": "function", "function": { "name": "bash" } }]);
    let pieces = place.pieces(json!({ "tools": tools })).await;
    assert_eq!(texts(&pieces), ["", "s", "o"]);
    let [.., calls, last] = &pieces[..] else { panic!("{pieces:?}") };
    let told = &calls["choices"][0]["delta"]["tool_calls"][0];
    assert_eq!((&told["index"], &told["id"]), (&json!(0), &json!("c00010001")));
    assert_eq!(told["function"], json!({ "name": "bash", "arguments": "{\"command\":\"ls\"}" }));
    assert_eq!(last["choices"][0]["finish_reason"], "tool_calls");
    let whole = place.whole(json!({ "tools": tools })).await;
    assert_eq!(whole["choices"][0]["message"]["tool_calls"][0]["function"], told["function"]);
    assert_eq!(whole["choices"][0]["message"]["content"], "so");
}

#[tokio::test]
async fn tokens_are_told_with_their_log_probabilities() {
    let place = serve("aé", vec![]).await;
    let whole = place.whole(json!({ "logprobs": true, "top_logprobs": 1 })).await;
    let content = &whole["choices"][0]["logprobs"]["content"];
    let told = |text: &str| {
        let token = json!({ "token": text, "logprob": -0.5, "bytes": text.as_bytes() });
        let mut with_top = token.clone();
        with_top["top_logprobs"] = json!([token]);
        with_top
    };
    assert_eq!(*content, json!([told("a"), told("é")]));
    let pieces = place.pieces(json!({ "logprobs": true, "top_logprobs": 1 })).await;
    let pieced = pieces.iter().filter_map(|piece| piece["choices"][0]["logprobs"]["content"].as_array());
    assert_eq!(json!(pieced.flatten().collect::<Vec<_>>()), *content);
    let plain = place.whole(json!({ "logprobs": true })).await;
    assert_eq!(plain["choices"][0]["logprobs"]["content"][0]["top_logprobs"], json!([]));
}

#[tokio::test]
async fn a_client_that_goes_away_abandons_its_reply() {
    for stream in [true, false] {
        let place = serve("a…b", vec![]).await;
        let mut client = place.begin(&json!({ "stream": stream })).await;
        if stream {
            client.read_exact(&mut [0; 64]).await.unwrap();
        }
        while place.state.under_way.load(Relaxed) == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        drop(client);
        place.until_idle().await;
        // Its conversation is gone; another takes its place.
        place.state.go_on.notify_one();
        assert_eq!(texts(&place.pieces(json!({})).await).concat(), "ab");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_client_understands_our_own_server() {
    let tool = Tool { name: "bash".into(), description: String::new(), parameters: "{}".into() };
    let with_tools = Style { tools: vec![tool], ..Style::PLAIN };
    for (text, calls, style, expected) in
        [("aäb", vec![], Style::PLAIN, "aäb"), (CALLING, vec![call()], with_tools, "so")]
    {
        let place = serve(text, calls.clone()).await;
        let spec = format!("openai:http://{}/v1#writer", place.address);
        let options = RemoteOptions { retries: 0, ..RemoteOptions::standard() };
        let model = RemoteModel::connect(&spec, None, &options).unwrap();
        let session =
            SessionSpec { task: &Task::default(), sampling: Sampling::greedy(64), seed: 0, style: &style };
        let mut conversation = model.open(session).unwrap();
        conversation.push(Message::new(Role::User, "u"));
        let reply = conversation.reply().await.unwrap();
        assert_eq!((&*reply.text, &reply.tool_calls), (expected, &calls));
        assert_eq!((reply.usage.prompt_tokens, reply.usage.prefill_tokens), (9, 4));
        assert_eq!(reply.usage.decode_tokens, 7);
    }
}
