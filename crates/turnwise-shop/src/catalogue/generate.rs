//! How a catalogue follows from its seed.

use std::collections::BTreeMap;

use rand::{Rng, RngExt as _, SeedableRng as _, seq::IndexedRandom as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;

use super::{
    Catalogue, Choice, Kind, Product, Review,
    product::capital,
    search::split,
    words::{KindWords, Words, WordsError, words},
};

/// How many products there are of each type. A type has more brands and materials than that, so names are unique.
const EACH: usize = 48;

/// What a value of an option may add to the price, in cents; most add nothing.
const EXTRAS: [u32; 6] = [0, 0, 0, 0, 300, 500];

/// Generates the catalogue of a seed.
pub(super) fn generate(seed: u64) -> Result<Catalogue, WordsError> {
    let words = words()?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut kinds = Vec::new();
    let mut products = Vec::new();
    for category in &words.category {
        for kind in &category.kinds {
            let names = names(&mut rng, words, kind);
            products
                .extend(names.into_iter().map(|name| product(&mut rng, words, kind, (kinds.len(), name))));
            kinds.push(Kind {
                noun: kind.noun.clone(),
                article: kind.article.clone(),
                category: category.name.clone(),
            });
        }
    }
    // Numbers say nothing of types: a model cannot guess an address.
    products.shuffle(&mut rng);
    for (product, id) in products.iter_mut().zip(1..) {
        product.id = id;
    }
    let categories = words.category.iter().map(|category| category.name.clone()).collect();
    let index = index(&kinds, &products);
    Ok(Catalogue { seed, categories, kinds, products, index })
}

/// Brands and materials of the products of a type, no two the same.
fn names<'a>(rng: &mut impl Rng, words: &'a Words, kind: &'a KindWords) -> Vec<(&'a str, &'a str)> {
    let pairs: Vec<(&str, &str)> = words
        .brands
        .iter()
        .flat_map(|brand| kind.materials.iter().map(move |material| (brand.as_str(), material.as_str())))
        .collect();
    pairs.sample(rng, EACH).copied().collect()
}

fn product(
    rng: &mut impl Rng,
    words: &Words,
    kind: &KindWords,
    (index, (brand, material)): (usize, (&str, &str)),
) -> Product {
    let n_features = rng.random_range(2..=3);
    let mut features = vec![material.to_owned()];
    for feature in kind.features.sample(rng, kind.features.len()) {
        if features.len() <= n_features && !features.iter().any(|known| opposed(words, known, feature)) {
            features.push(feature.clone());
        }
    }
    let n_details = usize::from(rng.random_bool(0.7));
    let name = format!("{brand} {} {}", capital(material), title(&kind.noun));
    let (low, high) = kind.price;
    Product {
        id: 0,
        kind: index,
        name,
        features,
        details: kind.details.sample(rng, n_details).cloned().collect(),
        options: kind
            .options
            .iter()
            .map(|(name, values)| (name.clone(), choices(rng, name, values)))
            .collect(),
        price: rng.random_range(low..=high) * 100 - [0, 0, 0, 50][rng.random_range(0..4)],
        rating: rng.random_range(25..=50),
        reviews: reviews(rng, words),
        sentence: words.sentences.choose(rng).cloned().unwrap_or_default(),
    }
}

/// The values of an option that a product has, in the order of its type: two at least.
fn choices(rng: &mut impl Rng, name: &str, values: &[String]) -> Vec<Choice> {
    let n = rng.random_range(2..=values.len().min(5));
    let mut chosen: Vec<usize> = (0..values.len()).collect::<Vec<_>>().sample(rng, n).copied().collect();
    chosen.sort_unstable();
    // Colours cost nothing: what a size adds is enough to look out for. The first value, which a page shows as chosen, costs
    // nothing either: nobody pays for what was not asked for.
    let mut extra = |place: usize| match name {
        "colour" => 0,
        _ if place == 0 => 0,
        _ => EXTRAS[rng.random_range(0..EXTRAS.len())],
    };
    let choice = |(place, at): (usize, usize)| Choice { value: values[at].clone(), extra: extra(place) };
    chosen.into_iter().enumerate().map(choice).collect()
}

fn reviews(rng: &mut impl Rng, words: &Words) -> Vec<Review> {
    let n = rng.random_range(0..=3);
    let texts: Vec<String> = words.reviews.sample(rng, n).cloned().collect();
    texts.into_iter().map(|text| Review { stars: rng.random_range(1..=5), text }).collect()
}

fn opposed(words: &Words, one: &str, other: &str) -> bool {
    words.opposites.iter().any(|(a, b)| (a == one && b == other) || (a == other && b == one))
}

/// Every word with a capital letter in front.
fn title(words: &str) -> String {
    words.split(' ').map(capital).collect::<Vec<_>>().join(" ")
}

/// Products by the words that a search looks at.
fn index(kinds: &[Kind], products: &[Product]) -> BTreeMap<String, Vec<(u32, u32)>> {
    let mut index: BTreeMap<String, Vec<(u32, u32)>> = BTreeMap::new();
    for product in products {
        let mut weights: BTreeMap<String, u32> = BTreeMap::new();
        let features = product.features.iter().flat_map(|feature| split(feature));
        let category = split(&kinds[product.kind].category);
        weights.extend(features.chain(category).map(|word| (word, 1)));
        weights.extend(split(&product.name).map(|word| (word, 2)));
        for (word, weight) in weights {
            index.entry(word).or_default().push((product.id, weight));
        }
    }
    index
}
