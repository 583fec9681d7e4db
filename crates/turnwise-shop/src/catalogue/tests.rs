//! Catalogues are the same everywhere, and what they hold makes sense.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::{Catalogue, Query};

#[test]
fn a_seed_gives_the_same_catalogue_on_every_machine() {
    let catalogue = Catalogue::generate(1).unwrap();
    let text = serde_json::to_string(&(&catalogue.kinds, &catalogue.products)).unwrap();
    let hash: String =
        Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, "6f3c359f7867f97e");
    assert_ne!(catalogue.products, Catalogue::generate(2).unwrap().products);
}

#[test]
fn products_differ_and_have_what_a_page_needs() {
    let catalogue = Catalogue::generate(1).unwrap();
    assert_eq!((catalogue.products.len(), catalogue.kinds.len(), catalogue.categories.len()), (1200, 25, 6));
    let names: BTreeSet<&str> = catalogue.products.iter().map(|product| product.name.as_str()).collect();
    assert_eq!(names.len(), 1200);
    for product in &catalogue.products {
        assert_eq!(catalogue.product(product.id), Some(product));
        assert!((3..=5).contains(&product.attributes().count()), "{product:?}");
        assert!(product.attributes().collect::<BTreeSet<_>>().len() == product.attributes().count());
        assert!((1..=2).contains(&product.options.len()) && product.price >= 750, "{product:?}");
        assert!(product.options.values().all(|values| (2..=5).contains(&values.len())), "{product:?}");
    }
    assert_eq!((catalogue.product(0), catalogue.product(1201)), (None, None));
}

#[test]
fn a_search_puts_first_what_holds_the_most_words() {
    let catalogue = Catalogue::generate(1).unwrap();
    let query = |words: &str| Query { words: words.to_owned(), ..Query::default() };
    for product in &catalogue.products {
        let kind = catalogue.kind_of(product);
        let found = catalogue.search(&query(&format!("{} {}", product.features.join(" "), kind.noun)));
        let place = found.iter().position(|other| other.id == product.id);
        assert!(place.is_some_and(|place| place < 8), "{} is at {place:?}", product.name);
    }
    assert_eq!(catalogue.search(&query("")).len(), 1200);
    assert_eq!(catalogue.search(&query("unicorn")).len(), 0);
    let cheap = Query { category: Some("home".to_owned()), max: Some(30), ..Query::default() };
    let found = catalogue.search(&cheap);
    assert!(!found.is_empty());
    for product in found {
        assert!(product.price <= 3000 && catalogue.kind_of(product).category == "home");
    }
}
