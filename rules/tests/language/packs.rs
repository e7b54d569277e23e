//! Packs as a whole: examples, layers, hashes, names.

use super::*;

#[test]
fn examples_can_be_run_again_one_by_one() {
    let results = sound("").run_examples();
    let shown: Vec<_> = results
        .iter()
        .map(|r| (r.detector.as_str(), r.place.line, r.passed))
        .collect();
    let expected = [
        ("ticket", 14, Some(true)),
        ("ticket", 15, Some(true)),
        ("lot", 30, Some(true)),
        ("lot", 30, Some(true)),
        ("lot", 31, Some(true)),
    ];
    assert_eq!(shown, expected);
}

#[test]
fn what_overlays_allow_or_take_over_does_not_spoil_the_examples_of_the_base() {
    let taken = BASE.replace("name = \"base\"", "name = \"more\"");
    let taken = taken.replace("name = \"ticket\"", "name = \"ours\"\npriority = 900");
    let taken = taken.replace("name = \"lot\"", "name = \"our-lot\"");
    let allow = "[[allow]]\ndetector = \"lot\"\nvalues = [\"12345674\"]\nreason = \"r\"\n";
    let more = source("more.toml", &format!("{taken}{allow}"));
    let rules = compile(&[source("base.toml", BASE), more]);
    assert!(rules.is_ok(), "{}", rules.map(|_| ()).unwrap_err());
}

#[test]
fn an_example_that_fails_says_what_was_missing() {
    for (example, cause) in [
        ("mask = [\"12345678\"]", "it matched, failed luhn"),
        (
            "mask = [\"x123456745\"]",
            "it matched, failed boundary digit",
        ),
        (
            "mask = [{ column = \"stamp\", value = \"12345674\" }]",
            "the column's name speaks against it",
        ),
        ("mask = [\"nothing\"]", "its pattern matches nothing of it"),
    ] {
        let bad = BASE.replace(
            "mask = [\"12345674\", { column = \"lot_no\", value = \"12345678\" }]",
            example,
        );
        let wrong = compile(&[source("base.toml", &bad)])
            .map(|_| ())
            .unwrap_err();
        assert!(wrong.to_string().contains(cause), "{example}: {wrong}");
    }
}

#[test]
fn the_hash_is_that_of_what_the_packs_say() {
    let hash = |text: &str| compile(&[source("any name", text)]).unwrap().content_hash();
    let written = BASE.replace("version = \"3\"", "version='3' # three");
    assert_eq!(hash(BASE), hash(&written));
    assert_ne!(hash(BASE), hash(&BASE.replace("count = 2", "count = 3")));
}

#[test]
fn a_pack_that_is_extended_without_a_version_is_warned_about() {
    let rules = compile(&[
        source("base.toml", BASE),
        source(
            "o.toml",
            "[pack]\nname = \"o\"\nversion = \"1\"\nextends = [\"base\"]\n",
        ),
    ])
    .unwrap();
    let shown = rules.warnings().to_string();
    assert!(
        shown.starts_with("warning: `base` is extended in whatever version"),
        "{shown}"
    );
    assert!(
        shown.contains("o.toml:4:12") && shown.contains("pin it: `base@3`"),
        "{shown}"
    );
    assert!(sound("").warnings().is_empty());
}

#[test]
fn rules_have_names_of_their_own() {
    let entry = "[[dataset]]\nselect = { table = \"t\", column = \"c\" }\n";
    let mask = "set = { detectors = \"lot\", mask = { operator = \"null\" } }\n";
    let whole = "set = { entity = \"W\" }\n";
    let rules = sound(&format!(
        "{entry}{mask}{entry}{whole}{entry}{mask}{entry}{whole}"
    ));
    let mut names: Vec<&str> = rules
        .rules()
        .iter()
        .map(|rule| rule.name.as_str())
        .collect();
    names.sort_unstable();
    let expected = [
        "*.*.t.c",
        "*.*.t.c #2",
        "lot",
        "lot/*.*.t.c",
        "lot/*.*.t.c #2",
        "ticket",
    ];
    assert_eq!(names, expected);
    let overruled = rules.warnings().to_string();
    assert!(
        overruled.contains("never decides") && overruled.contains("over.toml:8:1"),
        "{overruled}"
    );
}

/// The pack of the design, but for its header, the detector that it allows values of, and a number that its
/// pattern does not match.
#[test]
fn the_pack_of_the_design_compiles_and_does_what_it_says() {
    let rules = compile(&[source(
        "design.toml",
        r#"
[pack]
name = "design"
version = "1"

[[detector]]
name = "email"
entity = "EMAIL"
class = "distinctive"
match = ['[a-z.]+@[a-z]+\.example']
[detector.examples]
mask = ["jane@acme.example"]

[[detector]]
name     = "credit-card"
entity   = "CREDIT_CARD"
class    = "checksum"                     # distinctive | checksum | format | semantic
match    = ['[2-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}']
boundary = "digit"                        # no digit may touch the match; also: word, whole-field
validate = ["iin", "luhn"]                # all must pass
chance   = 0.02                           # checked by `rules eval --chance`
mask     = { operator = "keep-last", count = 4 }

[detector.context]
columns     = ["card_no", "card_number", "pan", "cc_num"]     # whole tokens, snake and camel case
not_columns = ["gtin", "ean", "trace", "epoch", "ts_ms"]
words       = { any = ["card", "visa"], before = 40, after = 10 }   # inside text and JSON
types       = ["text", "varchar", "bpchar", "numeric", "int8", "json", "jsonb"]
required    = false                        # true: never fires on a value alone

[detector.examples]
pass = ["1748503543012", "00012345600012", { column = "gtin", value = "04012345123456" }]
mask = ["4111 1111 1111 1111", "2223003122003222", { column = "pan", value = "4234567890123456" }]

[[allow]]
detector = "email"
suffix   = ["@acme.example"]
datasets = ["shop.public.staff"]
reason   = "role addresses"               # required; unused entries are reported
expires  = 2027-06-30

[[dataset]]
select = { database = "shop", table = "customer", column = ["first_name", "last_name"] }
set    = { entity = "PERSON", mask = { operator = "pseudonym", kind = "first-name" } }

[[dataset]]
select = { type = ["jsonb"], path = "$.user.email" }
set    = { entity = "EMAIL", mask = { operator = "email-keep-domain" } }

[[dataset]]
select = { database = "shop", table = "notes", column = "body" }
mode   = "shadow"                          # enforce | shadow | off
"#,
    )]);
    let rules = rules.unwrap_or_else(|wrong| panic!("{wrong}"));
    for (at, text, new) in [
        (
            "shop.public.staff.contact",
            "ops@acme.example",
            "ops@acme.example",
        ),
        (
            "shop.public.other.contact",
            "ops@acme.example",
            "****************",
        ),
        (
            "shop.public.notes.body",
            "ops@acme.example",
            "ops@acme.example",
        ),
        (
            "shop.public.notes.title",
            "pan 4111 1111 1111 1111",
            "pan **** **** **** 1111",
        ),
    ] {
        assert_eq!(value(&rules, at, text), new, "{at}");
    }
    let whole = rules
        .effective(&column("shop.public.customer.last_name"))
        .decision;
    assert!(matches!(whole, Decision::Masked(rule) if rule.entity == "PERSON"));
}

#[test]
fn a_detector_that_is_silent_in_text_finds_by_words_where_it_is_not() {
    let word = BASE.replace("chance = 0.1", "chance = 0.1\nthreshold = 1.0\n");
    let word = word.replace("mask = [\"12345674\", ", "mask = [");
    let typed = BASE.replace(
        "[detector.context]\n",
        "[detector.context]\ntypes = [\"varchar\"]\nrequired = true\n",
    );
    let typed = typed.replace(
        "mask = [\"12345674\", { column = \"lot_no\", value = \"12345678\" }]",
        "mask = [{ value = \"lot 12345674\", type = \"varchar\" }]",
    );
    let overlay = "[pack]\nname = \"o\"\nversion = \"1\"\n\
                   [[dataset]]\nselect = { table = \"t\" }\nset = { threshold = 0.95 }\n";
    let lowered = compile(&[source("base.toml", &word), source("o.toml", overlay)]);
    let lowered = lowered.unwrap_or_else(|wrong| panic!("{wrong}"));
    assert_eq!(value(&lowered, "d.s.t.c", "lot 12345674"), "lot ********");
    assert_eq!(value(&lowered, "d.s.u.c", "lot 12345674"), "lot 12345674");
    let typed = compile(&[source("base.toml", &typed)]).unwrap_or_else(|wrong| panic!("{wrong}"));
    for (type_name, new) in [("varchar", "lot ********"), ("text", "lot 12345674")] {
        let name = ColumnName {
            type_name,
            ..column("d.s.t.c")
        };
        assert_eq!(masked(&typed, &name, "lot 12345674").0, new, "{type_name}");
    }
}
