//! Lines of a basket or an order as text that is recorded, and back: an order can be graded from the record, without a shop.

use std::collections::BTreeMap;

use crate::{
    catalogue::{Product, dollars},
    reward::Line,
};

/// What begins the recorded line of an order.
const ORDER: &str = "order: ";

/// A line as text: `#2041 × 1; Norsa Oak Bookshelf; size = M; $32.00`.
pub(super) fn text(line: &Line, product: &Product) -> String {
    let options: String = line.options.iter().map(|(name, value)| format!("; {name} = {value}")).collect();
    let price = dollars(product.price_with(&line.options) * line.amount);
    format!("#{} × {}; {}{options}; {price}", line.item, line.amount, product.name)
}

/// The order of recorded work, in its order; nothing where nothing was ordered.
pub(crate) fn order(work: &[&str]) -> Vec<Line> {
    work.iter().filter_map(|line| read(line.strip_prefix(ORDER)?)).collect()
}

fn read(text: &str) -> Option<Line> {
    let mut parts = text.split("; ");
    let (item, amount) = parts.next()?.strip_prefix('#')?.split_once(" × ")?;
    let _name = parts.next()?;
    let options: BTreeMap<String, String> = parts
        .filter_map(|part| part.split_once(" = "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Some(Line { item: item.parse().ok()?, options, amount: amount.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogues;

    #[test]
    fn every_line_reads_back_as_itself() {
        let catalogue = Catalogues::default().get(51).unwrap();
        for product in &catalogue.products {
            let options =
                product.options.iter().map(|(name, choices)| (name.clone(), choices[0].value.clone()));
            let line = Line { item: product.id, options: options.collect(), amount: 2 };
            let order_line = format!("{ORDER}{}", text(&line, product));
            assert_eq!(order(&[&order_line.replace(ORDER, "basket: "), &order_line]), [line]);
        }
    }

    #[test]
    fn other_words_are_no_order() {
        assert_eq!(
            order(&["", "order: ", "order: #x × 1; a; $1", "order: #1 × ; a", "answer: #1 × 1; a"]),
            []
        );
    }
}
