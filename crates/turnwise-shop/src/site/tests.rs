//! Pages are short and answer every request, whatever is in it.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::Arc,
};

use super::{Ask, Body, Shop, Store};
use crate::{
    catalogue::{Catalogue, Query},
    task::{Goal, Imperfection, ShopSetup, SoldOut},
};

fn setup(imperfection: Imperfection) -> ShopSetup {
    let goal = Goal {
        kind: "rug".to_owned(),
        attributes: vec!["wool".to_owned()],
        options: [("colour".to_owned(), "grey".to_owned())].into(),
        max_price: 10_000,
        amount: 1,
    };
    ShopSetup { catalogue: 1, goal, imperfection }
}

fn store(imperfection: Imperfection) -> Store {
    Store::new(Arc::new(Catalogue::generate(1).unwrap()), &setup(imperfection))
}

/// A page's visible lines: what stands between tags.
fn lines(html: &str) -> Vec<String> {
    let body = html.split_once("<body>").unwrap().1;
    let mut text = String::new();
    for part in body.split('<').skip(1) {
        let (tag, after) = part.split_once('>').unwrap();
        if tag == "p" || tag == "li" || tag == "nav" {
            text.push('\n');
        }
        text.push_str(after.trim_matches('\n'));
    }
    text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

#[track_caller]
fn show(store: &mut Store, ask: &Ask) -> (u16, String) {
    let reply = store.answer(ask);
    match reply.body {
        Body::Html(html) => (reply.status, html),
        Body::Next(next) => (reply.status, next.href()),
    }
}

#[test]
fn pages_fit_a_small_context() {
    let mut store = store(Imperfection::Plain);
    let catalogue = Arc::clone(&store.catalogue);
    let check = |store: &mut Store, ask: &Ask, most: usize| {
        let (status, html) = show(store, ask);
        let lines = lines(&html);
        assert_eq!(status, 200, "{ask:?}");
        assert!(lines.len() <= most && !lines.is_empty(), "{ask:?}: {lines:?}");
        assert!(lines.iter().all(|line| line.chars().count() <= 110), "{ask:?}: {lines:?}");
    };
    check(&mut store, &Ask::Home, 12);
    for kind in &catalogue.kinds {
        let query = Query { words: kind.noun.clone(), ..Query::default() };
        for page in 1..=7 {
            check(&mut store, &Ask::Search(query.clone(), page), 25);
        }
    }
    for product in &catalogue.products {
        check(&mut store, &Ask::Item(product.id), 20);
        check(&mut store, &Ask::About(product.id), 6);
        check(&mut store, &Ask::Reviews(product.id), 6);
    }
}

#[test]
fn an_order_goes_through_the_basket() {
    let mut store = store(Imperfection::Plain);
    assert_eq!(show(&mut store, &Ask::Order), (404, show(&mut store, &Ask::Order).1));
    assert_eq!(store.work(), [""; 0]);
    assert_eq!(show(&mut store, &Ask::Add(7, [].into())), (303, "/basket".to_owned()));
    assert_eq!(show(&mut store, &Ask::Add(7, [].into())), (303, "/basket".to_owned()));
    assert_eq!(show(&mut store, &Ask::Add(8, [].into())), (303, "/basket".to_owned()));
    assert!(store.work()[0].contains(" × 2; ") && store.work().len() == 2, "{:?}", store.work());
    assert_eq!(show(&mut store, &Ask::Change(1, 0)), (303, "/basket".to_owned()));
    assert_eq!(show(&mut store, &Ask::Change(0, 1)), (303, "/basket".to_owned()));
    assert_eq!(show(&mut store, &Ask::Change(1, 1)).0, 404);
    assert_eq!(show(&mut store, &Ask::Change(0, 100)).0, 400);
    assert_eq!(show(&mut store, &Ask::Place), (303, "/order".to_owned()));
    assert_eq!(show(&mut store, &Ask::Place).0, 400);
    assert_eq!(show(&mut store, &Ask::Add(8, [].into())).0, 400);
    assert!(store.work()[0].starts_with("order: #") && store.work().len() == 1, "{:?}", store.work());
    assert_eq!(store.order().unwrap()[0].item, 7);
    store.reset();
    assert_eq!((store.work().len(), show(&mut store, &Ask::Checkout).0), (0, 400));
}

#[test]
fn every_third_page_fails_or_is_late() {
    let mut failing = store(Imperfection::Errors { every: 3 });
    let statuses: Vec<u16> = (0..7).map(|_| show(&mut failing, &Ask::Home).0).collect();
    assert_eq!(statuses, [200, 200, 500, 200, 200, 500, 200]);
    // What a form does never fails.
    for _ in 0..7 {
        assert_eq!(show(&mut failing, &Ask::Add(1, [].into())).0, 303);
    }
    let mut slow = store(Imperfection::Slow { every: 3, millis: 40 });
    let pauses: Vec<u64> = (0..6).map(|_| slow.answer(&Ask::Home).pause).collect();
    assert_eq!(pauses, [0, 0, 40, 0, 0, 40]);
}

#[test]
fn what_is_sold_out_cannot_be_had() {
    let catalogue = Catalogue::generate(1).unwrap();
    let product = &catalogue.products[0];
    let (name, values) = product.options.iter().next().unwrap();
    let gone = (name.clone(), values[0].value.clone());
    let item = SoldOut { item: 1, option: gone.0.clone(), value: gone.1.clone() };
    let mut store = store(Imperfection::SoldOut { items: vec![item] });
    let (_, html) = show(&mut store, &Ask::Item(1));
    assert!(html.contains(&format!("<p>Sold out: {} {}</p>", gone.0, gone.1)), "{html}");
    assert!(!html.contains(&format!("<option>{}</option>", gone.1)), "{html}");
    assert_eq!(show(&mut store, &Ask::Add(1, [gone].into())).0, 400);
    // The first value that can be had is the one that a browser shows as chosen.
    assert_eq!(show(&mut store, &Ask::Add(1, [].into())).0, 303);
    assert_eq!(store.state.basket[0].options[name], values[1].value);
}

#[test]
fn who_orders_signs_in_where_that_is_needed() {
    let login = Imperfection::Login { user: "anna".to_owned(), password: "tulip".to_owned() };
    let mut store = store(login);
    let sign_in = |password: &str| Ask::SignIn { user: "anna".to_owned(), password: password.to_owned() };
    show(&mut store, &Ask::Add(1, [].into()));
    assert_eq!(show(&mut store, &Ask::Checkout), (303, "/login".to_owned()));
    assert_eq!(show(&mut store, &Ask::Place), (303, "/login".to_owned()));
    assert_eq!(show(&mut store, &Ask::Login).0, 200);
    assert_eq!(show(&mut store, &sign_in("rose")).0, 400);
    assert_eq!(show(&mut store, &sign_in("tulip")), (303, "/checkout".to_owned()));
    assert_eq!(show(&mut store, &Ask::Place), (303, "/order".to_owned()));
}

/// Sends a request as a browser would; gives the status and the rest.
fn send(address: SocketAddr, head: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let kind = "content-type: application/x-www-form-urlencoded";
    write!(stream, "{head} HTTP/1.1\r\nhost: shop.test\r\n{kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    (text[9..12].parse().unwrap(), text)
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_get_a_page_that_says_why() {
    let catalogue = Arc::new(Catalogue::generate(1).unwrap());
    let shop = Shop::open(catalogue, &setup(Imperfection::Plain)).await.unwrap();
    let table = [
        ("GET /item/0", "", 404, "There is no product 0."),
        ("GET /item/1201", "", 404, "There is no product 1201."),
        ("GET /item/%3Cb%3E", "", 404, "There is no product &lt;b&gt;."),
        ("GET /item/99999999999", "", 404, "There is no product 99999999999."),
        ("GET /item/%FF", "", 400, "Invalid UTF-8 in `id`"),
        ("GET /item/1/price", "", 404, "There is no such page."),
        ("GET /nowhere", "", 404, "There is no such page."),
        ("DELETE /basket", "", 404, "There is no such page."),
        ("GET /search?q=rug&max=cheap", "", 400, "The highest price has to be whole dollars, such as 80."),
        ("GET /search?q=rug&page=0", "", 400, "The page has to be a number from 1 on."),
        ("GET /search?q=rug&page=x", "", 400, "The page has to be a number from 1 on."),
        ("GET /search?q=rug&page=4294967295", "", 200, "Nothing found. Try fewer words."),
        ("GET /search?category=cars", "", 404, "There is no category cars."),
        ("GET /search?q=%FF%2F", "", 200, "1 to 8 of 1200"),
        ("POST /basket", "item=5000", 404, "There is no product 5000."),
        ("POST /basket", "", 404, "There is no product ."),
        (
            "POST /basket",
            "item=1&colour=plaid&persons=0&size=0&volume=0&width=0&height=0",
            400,
            "cannot be had. Choose another.",
        ),
        ("POST /basket/1", "amount=2", 404, "This is not in the basket."),
        ("POST /basket/0", "amount=2", 404, "This is not in the basket."),
        ("POST /basket/x", "amount=2", 404, "This is not in the basket."),
        ("POST /basket/1", "amount=many", 400, "The amount has to be a number from 0 to 99."),
        ("POST /basket/1", "amount=-1", 400, "The amount has to be a number from 0 to 99."),
        ("POST /checkout", "", 400, "The basket is empty. Nothing was ordered."),
        ("GET /checkout", "", 400, "The basket is empty. Nothing can be ordered."),
        ("GET /login", "", 404, "One need not sign in here."),
        ("POST /login", "user=a", 404, "One need not sign in here."),
        ("GET /order", "", 404, "There is no order yet."),
    ];
    for (head, body, status, line) in table {
        let (got, text) = send(shop.address(), head, body);
        assert_eq!(got, status, "{head}: {text}");
        assert!(text.contains(line), "{head}: {text}");
    }
    assert_eq!(shop.work(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_serves_until_it_is_dropped() {
    let catalogue = Arc::new(Catalogue::generate(1).unwrap());
    let shop = Shop::open(catalogue, &setup(Imperfection::Plain)).await.unwrap();
    let address = shop.address();
    let (status, text) = send(address, "POST /basket", "item=3");
    assert!(status == 303 && text.contains("location: /basket\r\n"), "{text}");
    assert_eq!(send(address, "POST /basket/1", "amount=1&remove=1").0, 303);
    assert_eq!(send(address, "POST /basket", "item=3").0, 303);
    assert_eq!(send(address, "POST /checkout", "").0, 303);
    assert!(shop.work()[0].starts_with("order: #"));
    assert_eq!(shop.grade().tests.len(), 5);
    // A connection that is kept open does not keep the shop open.
    let mut idle = TcpStream::connect(address).unwrap();
    write!(idle, "GET / HTTP/1.1\r\nhost: shop.test\r\n\r\n").unwrap();
    assert!(idle.read(&mut [0; 4096]).unwrap() > 0);
    drop(shop);
    idle.read_to_end(&mut Vec::new()).unwrap();
    for _ in 0..500 {
        if TcpStream::connect(address).is_err() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the shop still listens");
}
