//! How many pages a second the shop serves: `cargo run --release -p turnwise-shop --example pages`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measure for people to read")]

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::Arc,
    time::Instant,
};

use turnwise_shop::{
    catalogue::{Catalogue, Catalogues},
    site::{Ask, Shop, Store},
    task::{Recipe, ShopSetup},
};

const PAGES: u32 = 300;

#[tokio::main]
async fn main() {
    let began = Instant::now();
    let catalogue = Arc::new(Catalogue::generate(51).unwrap());
    println!("catalogue: {:?}", began.elapsed());
    let catalogues = Catalogues::default();
    let recipe = Recipe { name: "shop".to_owned(), seed: 51 };
    let task = recipe.task(0, &catalogues).unwrap();
    let began = Instant::now();
    for number in 0..60 {
        recipe.task(number, &catalogues).unwrap();
    }
    println!("tasks a second: {:.0}", 60.0 / began.elapsed().as_secs_f64());
    let setup: ShopSetup = serde_json::from_str(&task.web.unwrap().settings).unwrap();
    let mut store = Store::new(Arc::clone(&catalogue), &setup);
    let began = Instant::now();
    for id in 1..=PAGES {
        store.answer(&Ask::Item(id));
    }
    println!("in memory: {:.0} pages a second", f64::from(PAGES) / began.elapsed().as_secs_f64());
    let shop = Shop::open(catalogue, &setup).await.unwrap();
    let began = Instant::now();
    for id in 1..=PAGES {
        let mut stream = TcpStream::connect(shop.address()).unwrap();
        write!(stream, "GET /item/{id} HTTP/1.1\r\nhost: shop.test\r\nconnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("HTTP/1.1 200"));
    }
    println!(
        "by HTTP, a connection each: {:.0} pages a second",
        f64::from(PAGES) / began.elapsed().as_secs_f64()
    );
}
