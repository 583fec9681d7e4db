//! The shop on the network: addresses and forms become requests to the store, its answers become HTTP.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Form, Router,
    extract::{Path, Query as Parameters, State, rejection::FormRejection, rejection::QueryRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{
    ask::Ask,
    pages::Refusal,
    store::{Body, Reply, Store},
};
use crate::catalogue::Query;

/// A store that requests share.
pub(super) type Shared = Arc<Mutex<Store>>;
type Fields = BTreeMap<String, String>;

/// The routes of a store.
pub(super) fn router(store: Shared) -> Router {
    Router::new()
        .route("/", get(|State(store): State<Shared>| async move { send(&store, Ok(Ask::Home)).await }))
        .route("/search", get(search))
        .route("/item/{id}", get(item))
        .route("/item/{id}/{part}", get(part))
        .route(
            "/basket",
            get(|State(store): State<Shared>| async move { send(&store, Ok(Ask::Basket)).await }).post(add),
        )
        .route("/basket/{line}", axum::routing::post(change))
        .route(
            "/checkout",
            get(|State(store): State<Shared>| async move { send(&store, Ok(Ask::Checkout)).await })
                .post(|State(store): State<Shared>| async move { send(&store, Ok(Ask::Place)).await }),
        )
        .route(
            "/login",
            get(|State(store): State<Shared>| async move { send(&store, Ok(Ask::Login)).await })
                .post(sign_in),
        )
        .route("/order", get(|State(store): State<Shared>| async move { send(&store, Ok(Ask::Order)).await }))
        .fallback(|State(store): State<Shared>| async move { send(&store, Err(no_page())).await })
        .method_not_allowed_fallback(|State(store): State<Shared>| async move {
            send(&store, Err(no_page())).await
        })
        .with_state(store)
}

async fn search(State(store): State<Shared>, fields: Result<Parameters<Fields>, QueryRejection>) -> Response {
    let fields = fields.map(|Parameters(fields)| fields).map_err(|_| unreadable());
    send(&store, fields.and_then(|fields| query(&fields))).await
}

async fn item(State(store): State<Shared>, Path(id): Path<String>) -> Response {
    send(&store, number(&id).map(Ask::Item)).await
}

async fn part(State(store): State<Shared>, Path((id, part)): Path<(String, String)>) -> Response {
    let ask = number(&id).and_then(|id| match part.as_str() {
        "about" => Ok(Ask::About(id)),
        "reviews" => Ok(Ask::Reviews(id)),
        _ => Err(no_page()),
    });
    send(&store, ask).await
}

async fn add(State(store): State<Shared>, form: Result<Form<Fields>, FormRejection>) -> Response {
    let ask = read(form).and_then(|mut fields| {
        let id = fields.remove("item").unwrap_or_default();
        Ok(Ask::Add(number(&id)?, fields))
    });
    send(&store, ask).await
}

async fn change(
    State(store): State<Shared>,
    Path(line): Path<String>,
    form: Result<Form<Fields>, FormRejection>,
) -> Response {
    let ask = read(form).and_then(|fields| {
        let line = line.parse::<usize>().ok().and_then(|line| line.checked_sub(1));
        let line = line.ok_or_else(|| Refusal::missing("This is not in the basket."))?;
        let amount = if fields.contains_key("remove") {
            "0"
        } else {
            fields.get("amount").map_or("", |text| text.trim())
        };
        let amount =
            amount.parse().map_err(|_| Refusal::bad("The amount has to be a number from 0 to 99."))?;
        Ok(Ask::Change(line, amount))
    });
    send(&store, ask).await
}

async fn sign_in(State(store): State<Shared>, form: Result<Form<Fields>, FormRejection>) -> Response {
    let ask = read(form).map(|mut fields| {
        let mut field = |name| fields.remove(name).unwrap_or_default();
        Ask::SignIn { user: field("user"), password: field("password") }
    });
    send(&store, ask).await
}

/// What a search asks for.
fn query(fields: &Fields) -> Result<Ask, Refusal> {
    let given = |name| fields.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    let page = given("page").map_or(Ok(1), str::parse).unwrap_or(0);
    if page == 0 {
        return Err(Refusal::bad("The page has to be a number from 1 on."));
    }
    let max = given("max").map(|text| text.trim_start_matches('$').parse::<u32>()).transpose();
    let max = max.map_err(|_| Refusal::bad("The highest price has to be whole dollars, such as 80."))?;
    let words = given("q").unwrap_or_default().to_owned();
    Ok(Ask::Search(Query { words, category: given("category").map(str::to_owned), max }, page))
}

fn number(text: &str) -> Result<u32, Refusal> {
    text.parse().map_err(|_| Refusal::missing(&format!("There is no product {text}.")))
}

fn read(form: Result<Form<Fields>, FormRejection>) -> Result<Fields, Refusal> {
    form.map(|Form(fields)| fields).map_err(|_| unreadable())
}

fn unreadable() -> Refusal {
    Refusal::bad("The shop cannot read this form.")
}

fn no_page() -> Refusal {
    Refusal::missing("There is no such page.")
}

/// Answers a request; what could not be read is refused without the store's doing anything.
async fn send(store: &Shared, ask: Result<Ask, Refusal>) -> Response {
    let reply = {
        let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
        match ask {
            Ok(ask) => store.answer(&ask),
            Err(refusal) => store.refuse(&refusal),
        }
    };
    if reply.pause > 0 {
        tokio::time::sleep(Duration::from_millis(reply.pause)).await;
    }
    respond(reply)
}

fn respond(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match reply.body {
        Body::Html(html) => {
            (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
        }
        Body::Next(next) => (status, [(header::LOCATION, next.href())]).into_response(),
    }
}
