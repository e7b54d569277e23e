//! What the name of a column says, given the name of its table.

use crate::lexicon::{ABOUT, ABOUT_BEFORE, CONCEPTS, Concept, PERSON_TABLES, THINGS, Weight};
use crate::text::tokens;
use std::collections::HashMap;
use std::sync::OnceLock;

/// One meaning that a name may have.
#[derive(Clone, Copy, Debug)]
pub struct Meaning {
    /// What it means.
    pub concept: &'static Concept,
    /// Does the name leave little doubt?
    pub strong: bool,
}

/// What a name says.
#[derive(Clone, Debug, Default)]
pub struct Naming {
    /// What it may mean, the likeliest first.
    pub meanings: Vec<Meaning>,
    /// The name is about such a thing and not the thing: `email_verified`.
    pub about: bool,
    /// The name means something that is nobody's: `product_name`.
    pub innocent: bool,
    /// Rows of the table are persons, or the name says that it is a person's.
    pub person: bool,
}

/// Reads the name of a column.
///
/// The last phrase of a name is what it names (`email_domain` is a domain), so that meanings stand
/// in the order of their phrases from the last on.
pub fn naming(table: &str, column: &str) -> Naming {
    let of_table = tokens(table);
    let of_column = tokens(column);
    let person_table = of_table
        .iter()
        .any(|token| PERSON_TABLES.contains(&token.as_str()));
    let mut naming = Naming {
        person: person_table,
        ..Naming::default()
    };
    let mut at = 0;
    while at < of_column.len() {
        let Some((length, meaning)) = longest(&of_column[at..]) else {
            at += 1;
            continue;
        };
        let (before, behind) = (&of_column[..at], &of_column[at + length..]);
        let meaning = in_context(meaning, before, behind, person_table, &of_table);
        naming.about = behind.iter().any(|token| ABOUT.contains(&token.as_str()))
            || before
                .iter()
                .any(|token| ABOUT_BEFORE.contains(&token.as_str()));
        naming.innocent = meaning.concept.weight == Weight::Innocent;
        naming.meanings.insert(0, meaning);
        at += length;
    }
    let of_person = |token: &String| PERSON_TABLES.contains(&token.as_str());
    naming.person |= of_column.iter().any(of_person);
    naming
}

/// The longest phrase that begins here, and how many tokens it takes.
fn longest(tokens: &[String]) -> Option<(usize, Meaning)> {
    let phrases = phrases();
    let mut joined = String::new();
    let mut found = None;
    for (count, token) in (1..=5).zip(tokens) {
        joined += token;
        let singular = joined.strip_suffix('s').unwrap_or(&joined);
        let meaning = phrases
            .get(joined.as_str())
            .or_else(|| phrases.get(singular));
        found = meaning.map(|meaning| (count, *meaning)).or(found);
    }
    found
}

/// `name` is a person's in a table of persons, a thing's behind the word for a thing.
fn in_context(
    meaning: Meaning,
    before: &[String],
    behind: &[String],
    person_table: bool,
    table: &[String],
) -> Meaning {
    if meaning.strong || meaning.concept.weight == Weight::Innocent {
        return meaning;
    }
    let thing = |token: &String| THINGS.contains(&token.as_str());
    let of_person = |token: &String| PERSON_TABLES.contains(&token.as_str());
    let innocent = || Meaning {
        concept: innocent_concept(),
        strong: true,
    };
    let beside = || before.iter().chain(behind);
    let is_name = matches!(
        meaning.concept.entity,
        "PERSON" | "FIRST_NAME" | "LAST_NAME"
    );
    if is_name && beside().any(thing) {
        return innocent();
    }
    let thing_table = |token: &String| {
        thing(token)
            || THINGS
                .iter()
                .any(|word| word.len() >= 4 && token.len() > word.len() && token.ends_with(word))
    };
    if is_name && before.is_empty() && !person_table && table.iter().any(thing_table) {
        return innocent();
    }
    let strong = person_table
        || beside().any(of_person)
        || (is_name && beside().any(|token| token == "name"));
    Meaning { strong, ..meaning }
}

fn innocent_concept() -> &'static Concept {
    let business = |concept: &&Concept| concept.entity == "BUSINESS";
    CONCEPTS.iter().find(business).unwrap_or(&CONCEPTS[0])
}

fn phrases() -> &'static HashMap<&'static str, Meaning> {
    static PHRASES: OnceLock<HashMap<&'static str, Meaning>> = OnceLock::new();
    PHRASES.get_or_init(|| {
        let meanings = CONCEPTS.iter().flat_map(|concept| {
            let strong = concept.strong.iter().map(move |phrase| (*phrase, true));
            let weak = concept.weak.iter().map(move |phrase| (*phrase, false));
            strong
                .chain(weak)
                .map(move |(phrase, strong)| (phrase, Meaning { concept, strong }))
        });
        meanings.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(table: &str, column: &str) -> (String, bool) {
        let naming = naming(table, column);
        match naming.meanings.first() {
            _ if naming.about => ("about".to_owned(), true),
            Some(meaning) => (meaning.concept.entity.to_owned(), meaning.strong),
            None => (String::new(), false),
        }
    }

    #[test]
    fn phrases_are_whole_tokens_and_the_last_one_counts() {
        for (table, column, entity, strong) in [
            ("customer", "first_name", "FIRST_NAME", true),
            ("Customer", "FirstName", "FIRST_NAME", true),
            ("customer", "name", "PERSON", true),
            ("product", "name", "BUSINESS", true),
            ("t", "name", "PERSON", false),
            ("orders", "customer_name", "PERSON", true),
            ("t", "company_name", "BUSINESS", true),
            ("t", "email_verified", "about", true),
            ("t", "email_domain", "BUSINESS", true),
            ("t", "mac_address", "DEVICE_ID", true),
            ("t", "address_id", "about", true),
            ("kunden", "Straße", "STREET_ADDRESS", true),
            ("t", "código_postal", "POSTAL_CODE", true),
            ("t", "phone_numbers", "PHONE_NUMBER", true),
            ("t", "company", "BUSINESS", true),
            ("t", "discard", "", false),
            ("address", "address2", "STREET_ADDRESS", true),
        ] {
            assert_eq!(
                read(table, column),
                (entity.to_owned(), strong),
                "{table}.{column}"
            );
        }
    }

    #[test]
    fn a_phrase_has_one_meaning() {
        let count: usize = CONCEPTS
            .iter()
            .map(|concept| concept.strong.len() + concept.weak.len())
            .sum();
        assert_eq!(phrases().len(), count);
    }
}
