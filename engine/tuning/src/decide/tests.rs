#![allow(clippy::unwrap_used)]
use super::*;
use wiremask_rules::{Backend, Keys, PackSource, builtin};

fn rules() -> &'static Ruleset {
    static RULES: std::sync::OnceLock<Ruleset> = std::sync::OnceLock::new();
    RULES.get_or_init(compiled)
}

fn compiled() -> Ruleset {
    let pack = PackSource {
        name: "starter".to_owned(),
        text: builtin("starter").unwrap().to_owned(),
    };
    let keys = Keys::from_secret("test", b"a secret of a test");
    Ruleset::compile(&[pack], &keys, Backend::Portable).unwrap()
}

fn column(table: &str, name: &str, type_name: &str, values: &[&str]) -> Column {
    let facts = ColumnFacts {
        table: table.to_owned(),
        column: name.to_owned(),
        type_name: type_name.to_owned(),
        ..ColumnFacts::default()
    };
    let mut column = Column::new(facts, 400);
    values
        .iter()
        .for_each(|value| column.push(Some(value.as_bytes())));
    column
}

fn verdicts(columns: Vec<Column>, names: bool) -> Vec<(Verdict, String)> {
    let options = Options {
        names,
        ..Options::default()
    };
    let decisions = decide_table(rules(), &Table { columns }, options);
    decisions
        .into_iter()
        .map(|decision| (decision.verdict, decision.entity))
        .collect()
}

const PERSONS: [&str; 10] = [
    "Jane Doe",
    "Robert Brown",
    "Łukasz Nowak",
    "Zoë Quix",
    "Hans Meier",
    "Aiko Xu",
    "Marie Blanc",
    "Tom Zzyzx",
    "Ana Lima",
    "Uwe Roth",
];

const GTINS: [&str; 10] = [
    "04012345123456",
    "04012345678901",
    "05012345678900",
    "07612345678900",
    "08712345678906",
    "03012345678902",
    "09312345678907",
    "04512345678906",
    "06112345678903",
    "02012345678905",
];

#[test]
fn a_strong_name_masks_what_fails_its_checksum() {
    let cards: Vec<String> = (0..40)
        .map(|at| format!("41111111111{:05}", 7 * at + 3))
        .collect();
    let cards: Vec<&str> = cards.iter().map(String::as_str).collect();
    let named = verdicts(vec![column("payment", "card_number", "text", &cards)], true);
    assert_eq!(named, [(Verdict::Mask, "CREDIT_CARD".to_owned())]);
    let unnamed = verdicts(vec![column("t", "c", "text", &cards)], true);
    assert_ne!(unnamed[0].0, Verdict::Mask);
}

#[test]
fn valid_values_need_no_name() {
    // Bank cards of a test range, made valid by their last digit.
    let cards: Vec<String> = (0..30)
        .flat_map(|at| (0..10).map(move |check| format!("41111111111{at:04}{check}")))
        .filter(|card| rules().fit(card_rule(), card.as_bytes()) == Fit::Valid)
        .collect();
    let cards: Vec<&str> = cards.iter().map(String::as_str).collect();
    assert_eq!(cards.len(), 30);
    let decided = verdicts(vec![column("t", "c7", "text", &cards)], false);
    assert_eq!(decided, [(Verdict::Mask, "CREDIT_CARD".to_owned())]);
}

fn card_rule() -> RuleId {
    let at = rules()
        .rules()
        .iter()
        .position(|rule| rule.name == "credit-card");
    RuleId(u16::try_from(at.unwrap()).unwrap())
}

#[test]
fn persons_are_found_by_lists_and_things_are_not() {
    let persons = verdicts(vec![column("t", "c1", "text", &PERSONS)], false);
    assert_eq!(persons, [(Verdict::Mask, "PERSON".to_owned())]);
    let products = [
        "Steel Chair",
        "Oak Table",
        "Blue Lamp",
        "Wool Carpet",
        "Glass Vase",
        "Tin Bucket",
        "Red Kettle",
        "Iron Pan",
        "Silk Scarf",
    ];
    let things = verdicts(vec![column("product", "name", "text", &products)], true);
    assert_eq!(things[0].0, Verdict::Scan);
    let things = verdicts(vec![column("t", "c1", "text", &products)], false);
    assert_ne!(things[0].0, Verdict::Mask);
}

#[test]
fn columns_about_something_are_not_it() {
    let flags = verdicts(
        vec![
            column("users", "email_verified", "text", &["yes", "no"]),
            column("users", "is_phone", "bool", &["t", "f"]),
        ],
        true,
    );
    assert!(
        flags.iter().all(|(verdict, _)| *verdict == Verdict::Scan),
        "{flags:?}"
    );
    let codes = verdicts(vec![column("product", "gtin", "text", &GTINS)], true);
    assert_ne!(codes[0].0, Verdict::Mask);
}

#[test]
fn a_city_is_somebodys_beside_a_street() {
    let cities = [
        "Berlin", "Paris", "Oslo", "Rome", "Leeds", "Lyon", "Porto", "Graz", "Bonn",
    ];
    let streets = [
        "1 Main Street",
        "2 Oak Road",
        "3 Mill Lane",
        "4 High Street",
        "5 Park Avenue",
        "6 Elm Drive",
        "7 Bay Court",
        "8 Hill Road",
        "9 Dale Close",
    ];
    let alone = verdicts(vec![column("city", "city", "text", &cities)], true);
    assert_eq!(alone[0].0, Verdict::Ask);
    let beside = verdicts(
        vec![
            column("customer", "city", "text", &cities),
            column("customer", "street", "text", &streets),
        ],
        true,
    );
    assert_eq!(beside[0], (Verdict::Mask, "CITY".to_owned()));
}

#[test]
fn reports_hold_no_value() {
    let decisions = decide_table(
        rules(),
        &Table {
            columns: vec![column("customer", "name", "text", &PERSONS)],
        },
        Options::default(),
    );
    let text = serde_json::to_string(&decisions).unwrap() + &crate::overlay("x", &[], &decisions);
    assert!(
        PERSONS
            .iter()
            .flat_map(|name| name.split(' '))
            .all(|word| !text.contains(word)),
        "{text}"
    );
}

#[test]
fn the_overlay_compiles_and_protects_what_was_decided() {
    let columns = vec![column("customer", "full \"name\"", "text", &PERSONS)];
    let decisions = decide_table(
        rules(),
        &Table { columns },
        Options {
            names: false,
            ..Options::default()
        },
    );
    let text = crate::overlay("shop", &[], &decisions);
    let pack = PackSource {
        name: "shop".to_owned(),
        text,
    };
    let keys = Keys::from_secret("test", b"a secret of a test");
    let compiled = Ruleset::compile(&[pack], &keys, Backend::Portable).unwrap();
    let name = wiremask_rules::ColumnName {
        table: "customer",
        column: "full \"name\"",
        type_name: "text",
        ..Default::default()
    };
    assert!(compiled.column_rule(&name).is_some());
}
