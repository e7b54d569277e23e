//! What entries say of their operators is so.

use super::*;

#[test]
fn every_example_is_what_the_operator_does() {
    let mut wrong = String::new();
    for entry in OPERATORS {
        for example in entry.examples {
            let now = reference::run(example);
            if now != example.masked {
                wrong += &format!(
                    "{} | {} | {} | {now}\n",
                    entry.name, example.mask, example.masked
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_committed_reference_is_the_generated_one() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../docs/reference/operators.md"
    );
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == reference::markdown(),
        "run `cargo run -p wiremask-rules --example operators > docs/reference/operators.md`"
    );
}

#[test]
fn every_operator_documents_the_options_that_it_reads() {
    let source = Source {
        name: String::new(),
        text: String::new(),
    };
    let site = Site {
        source: Arc::new(source),
        span: 0..0,
    };
    let (errors, keys) = (Errors::default(), Keys::from_secret("k", b"s"));
    for entry in OPERATORS {
        let mut options = Options {
            given: &[],
            site: &site,
            errors: &errors,
            entity: "X",
            keys: &keys,
            asked: Vec::new(),
            key_id: None,
        };
        drop((entry.build)(&mut options));
        let read: BTreeSet<&str> = options.asked.into_iter().collect();
        let documented: BTreeSet<&str> = entry.options.iter().map(|option| option.name).collect();
        assert_eq!(read, documented, "{}", entry.name);
        assert_eq!(
            entry.properties.keyed,
            options.key_id.is_some(),
            "{}",
            entry.name
        );
    }
}

#[test]
fn kinds_without_a_meaning_of_their_own_are_redacted() {
    let labels = labels();
    let cx = MaskContext {
        enum_labels: &labels,
        row: Some(Value::Int { value: 7, width: 4 }),
        ..MaskContext::default()
    };
    for entry in OPERATORS
        .iter()
        .filter(|entry| entry.kinds.len() < entry::Kind::ALL.len())
    {
        let (ruleset, rule) = masker("X", entry.examples[0].mask);
        for (kind, value) in reference::samples() {
            let (mut out, mut neutral) = (Vec::new(), Vec::new());
            let masked = ruleset.masker(rule).mask(value, &cx, &mut out);
            let redacted = redact::neutral(value, b'*', &cx, &mut neutral);
            if !entry.kinds.contains(&kind) {
                assert_eq!(
                    (masked, out),
                    (redacted, neutral),
                    "{} {}",
                    entry.name,
                    kind.word()
                );
            }
        }
    }
}

#[test]
fn what_is_known_of_a_mask_holds_no_key() {
    let secret = "[secret]";
    for entry in OPERATORS.iter().filter(|entry| entry.properties.keyed) {
        let (ruleset, rule) = masker("X", entry.examples[0].mask);
        let shown = format!("{:?}", ruleset.masker(rule));
        // A list of numbers would be bytes of a key.
        assert!(!shown.contains("[1") && !shown.contains(", 1"), "{shown}");
        assert!(shown.contains(secret) || shown.contains(".."), "{shown}");
        assert_eq!(ruleset.masker(rule).key_id(), Some("k"));
    }
}

#[test]
fn only_reversible_masks_are_revealed() {
    for entry in OPERATORS {
        let (ruleset, rule) = masker("X", entry.examples[0].mask);
        let mut out = Vec::new();
        let (value, cx) = (Value::Text(b"no such value"), MaskContext::default());
        let revealed = ruleset.masker(rule).reveal(value, &cx, &mut out);
        let expected = match entry.properties.reversible {
            true => RevealError::NotMasked,
            false => RevealError::Irreversible,
        };
        assert_eq!(
            (revealed, out),
            (Err(expected), Vec::new()),
            "{}",
            entry.name
        );
    }
}

#[test]
fn keys_and_tenants_separate_masks_and_an_unknown_key_is_an_error() {
    let pack = |mask: &str| PackSource {
        name: "t.toml".to_owned(),
        text: format!(
            "[pack]\nname = \"t\"\nversion = \"1\"\n[[dataset]]\nselect = {{ column = \"c\" }}\n\
             set = {{ entity = \"X\", mask = {{ {mask} }} }}\n"
        ),
    };
    let masked = |mask: &str, keys: &Keys| {
        let ruleset = Ruleset::compile(&[pack(mask)], keys, Backend::Portable).unwrap();
        let mut out = Vec::new();
        let cx = MaskContext::default();
        ruleset
            .masker(crate::RuleId(0))
            .mask(Value::Text(b"4111111111111111"), &cx, &mut out);
        let id = ruleset.masker(crate::RuleId(0)).key_id().map(str::to_owned);
        (out, id, ruleset.content_hash())
    };
    for operator in ["hash", "fpe", "tokenize", "test-card"] {
        let mask = format!("operator = \"{operator}\"");
        let pinned = format!("{mask}, key = \"old\"");
        let old = Keys::from_secret("old", b"1");
        let mut new = Keys::from_secret("new", b"2");
        new.add("old", b"1").unwrap();
        assert_ne!(masked(&mask, &new).0, masked(&mask, &old).0, "{operator}");
        assert_eq!(masked(&pinned, &new).0, masked(&mask, &old).0, "{operator}");
        assert_eq!(masked(&pinned, &new).1.as_deref(), Some("old"));
        let mut other = Keys::from_secret("old", b"1");
        other.set_tenant("acme");
        assert_ne!(masked(&mask, &other).0, masked(&mask, &old).0, "{operator}");
        assert_ne!(masked(&mask, &other).2, masked(&mask, &old).2, "{operator}");
        let unknown = pack(&format!("{mask}, key = \"odl\""));
        let error = Ruleset::compile(&[unknown], &old, Backend::Portable).unwrap_err();
        assert!(
            error.to_string().contains("no key has the id `odl`"),
            "{error}"
        );
    }
}

#[test]
fn what_entries_claim_of_length_and_uniqueness_holds() {
    let texts = |number: u32| {
        let digits = format!("{:010}", number.wrapping_mul(2_654_435_761));
        let address = std::net::Ipv4Addr::from(number.wrapping_mul(40_503_001));
        [
            digits.clone(),
            format!("4111-{digits}-22"),
            address.to_string(),
            format!("jane.{number}@example.com"),
            format!("{:04}-02-1{}", 1900 + number % 200, number % 10),
        ]
    };
    for entry in OPERATORS {
        let (ruleset, rule) = masker("X", entry.examples[0].mask);
        let masker = ruleset.masker(rule);
        let properties = masker.properties();
        for kind in 0..5 {
            let mut seen = BTreeSet::new();
            for number in 0..200 {
                let (value, mut out) = (&texts(number)[kind], Vec::new());
                masker.mask(
                    Value::Text(value.as_bytes()),
                    &MaskContext::default(),
                    &mut out,
                );
                if properties.length_kept {
                    assert_eq!(out.len(), value.len(), "{} {value}", entry.name);
                }
                // What has no meaning for the operator is redacted, all alike.
                if out.iter().any(|byte| *byte != b'*') {
                    let is_new = seen.insert(out);
                    let is_unique = properties.uniqueness == Uniqueness::Preserved;
                    assert!(is_new || !is_unique, "{} {value}", entry.name);
                }
            }
        }
    }
}
