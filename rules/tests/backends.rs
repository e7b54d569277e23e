//! The fast backends find what the portable one finds: with packs that nobody wrote, and with values
//! that are laid out in every way a caller may use.

#![allow(clippy::unwrap_used, missing_docs)]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use wiremask_rules::{
    Backend, ColumnContext, CompileOptions, Gather, Keys, Match, PackSource, Route, Ruleset,
};

/// A piece of a pattern. NUL, DEL and bytes above are where the backends differ inside.
fn piece() -> impl Strategy<Value = String> {
    const ATOMS: &[&str] = &[
        "a",
        "@",
        "-",
        "0-",
        "a@",
        r"\x00",
        r"\xff",
        r"\x7f",
        r"\d",
        r"\w",
        "[^a]",
        "[01@]",
        r"[\x00-1]",
        r"[\x7e-\x81]",
        r"[\x80-\xff]",
        "(?s:.)",
        "(?i:ab)",
        "[1-9][0-9]{3}",
    ];
    let atom = select(ATOMS).prop_map(str::to_owned);
    atom.prop_recursive(2, 8, 3, |inner| {
        const TIMES: &[&str] = &["?", "*", "+", "{2}", "{0,3}", "{1,6}", "{2,}"];
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(|parts| parts.concat()),
            vec(inner.clone(), 2..3).prop_map(|parts| format!("(?:{})", parts.join("|"))),
            (inner, select(TIMES)).prop_map(|(part, times)| format!("(?:{part}){times}")),
        ]
    })
}

/// A pattern; some begin with something that is everywhere, in front of a literal that is not.
fn pattern() -> impl Strategy<Value = String> {
    const LEFT: &[&str] = &[
        "",
        "",
        "[ab01@-]{1,9}@",
        "[^ ]{0,6}@",
        "[a-z0-9@]+0@",
        r"[\x00-\xff]{2,}\xff",
    ];
    (
        select(LEFT),
        vec(piece(), 1..4),
        select(vec!["a", "0", "@"]),
    )
        .prop_map(|(left, parts, last)| format!("{left}{}{last}", parts.concat()))
}

/// The text of a detector, but for its name, and its patterns.
fn detector() -> impl Strategy<Value = (String, Vec<String>)> {
    const CONTEXT: &[&str] = &[
        "",
        "columns = ['one']\nnot_columns = ['two']",
        "columns = ['two']\nwords = { any = ['a', 'b0', '@'], before = 3, after = 5 }\nrequired = true",
    ];
    (
        vec(pattern(), 1..4),
        select(vec!["none", "digit", "word", "whole-field"]),
        select(vec!["", "", "'luhn'", "'email'"]),
        0..3,
        select(CONTEXT),
    )
        .prop_map(|(patterns, boundary, validator, priority, context)| {
            let text = format!(
                "entity = 'X'\nclass = 'distinctive'\nmatch = {patterns:?}\nboundary = '{boundary}'\n\
                 validate = [{validator}]\npriority = {priority}\nmask = {{ operator = 'redact' }}\n\
                 [detector.context]\n{context}\n"
            );
            (text, patterns)
        })
}

/// Something like what one of the patterns matches.
fn value(patterns: &[String]) -> impl Strategy<Value = Vec<u8>> + use<> {
    let matching = patterns.iter().map(|pattern| {
        proptest::string::bytes_regex(&format!("(?s-u){pattern}"))
            .unwrap()
            .boxed()
    });
    let matching = proptest::strategy::Union::new(matching);
    let noise = || vec(select(b"ab01@- \0\xff\x80\x7f~".as_slice()), 0..5);
    let whole = vec(
        (noise(), matching, any::<prop::sample::Index>(), 0..5),
        1..4,
    )
    .prop_map(|parts| {
        let parts = parts.into_iter().map(|(noise, mut matching, at, cut)| {
            if cut == 0 && !matching.is_empty() {
                matching.truncate(at.index(matching.len()));
            }
            [noise, matching].concat()
        });
        parts.collect::<Vec<_>>().concat()
    });
    prop_oneof![4 => whole, 1 => noise(), 1 => vec(any::<u8>(), 0..30)]
}

/// Values of one column: gathered one by one or together, then perhaps forgotten.
type Run = (usize, Vec<Vec<u8>>, bool, bool, (u32, u32));

/// Detectors whose windows stand everywhere, and with a literal at their end.
const COMMON: [(&str, &str); 3] = [
    ("[a-z0-9 ]{3,40}(?:_KEY|_TOK)", "boundary = 'word'"),
    (
        "(?:[a-z]+ ?){1,9}(?:~b0|~1)[01]*",
        "boundary = 'none'\nvalidate = ['luhn']",
    ),
    (
        "[a-z0-9@ -]{2,}(?:##|%%)",
        "boundary = 'digit'\n[detector.context]\ncolumns = ['two']\n\
         words = { any = ['a', 'b0', '@'], before = 3, after = 5 }\nrequired = true",
    ),
];

/// The text of a common detector, but for its name, and its patterns.
fn common((pattern, rest): (&str, &str)) -> (String, Vec<String>) {
    let text = format!(
        "entity = 'X'\nclass = 'distinctive'\nmatch = ['{pattern}']\n\
         mask = {{ operator = 'redact' }}\n{rest}\n"
    );
    (text, vec![pattern.to_owned()])
}

/// A pack and batches of values for it. Such detectors come in front of those that nobody wrote.
fn case(first: &'static [(&str, &str)]) -> impl Strategy<Value = (String, Vec<Vec<Run>>)> {
    vec(detector(), 1..5).prop_flat_map(|others| {
        let detectors: Vec<_> = first.iter().map(|one| common(*one)).chain(others).collect();
        let mut pack = "[pack]\nname = 'p'\nversion = '1'\n".to_owned();
        for (number, (text, _)) in detectors.iter().enumerate() {
            pack = format!("{pack}\n[[detector]]\nname = 'd{number}'\n{text}");
        }
        let patterns: Vec<_> = detectors
            .into_iter()
            .flat_map(|(_, patterns)| patterns)
            .collect();
        let values = vec(value(&patterns), 0..8);
        let run = (
            0..COLUMNS.len(),
            values,
            any::<bool>(),
            prop::bool::weighted(0.1),
            any::<(u32, u32)>(),
        );
        (Just(pack), vec(vec(run, 1..5), 1..6))
    })
}

/// Those that are compared with the portable one, where the machine has them.
const BACKENDS: [Backend; 4] = [
    Backend::Avx512Windows,
    Backend::Avx2Windows,
    Backend::ScalarWindows,
    Backend::Hyperscan,
];

const COLUMNS: [&str; 4] = ["", "one", "two", "one_two"];

fn compiled(pack: &str, backend: Backend) -> Option<Ruleset> {
    let pack = PackSource {
        name: "p".to_owned(),
        text: pack.to_owned(),
    };
    let options = CompileOptions {
        backend,
        examples: false,
        ..CompileOptions::default()
    };
    Ruleset::compile(&[pack], &Keys::from_secret("k", b"s"), options).ok()
}

/// Adds the values of a run as the data path does.
fn add(
    ruleset: &Ruleset,
    gather: &mut Gather,
    (column, values, together, forget, (owner, step)): &Run,
) {
    let context = ColumnContext {
        name: COLUMNS[*column],
        type_name: "text",
    };
    let set = ruleset.detector_set(&context);
    let mark = gather.mark();
    if *together {
        let mut buffer = Vec::new();
        let mut spans = Vec::new();
        for value in values {
            buffer.extend_from_slice(b"\0\0\0\x09");
            let len = i32::try_from(value.len()).unwrap();
            spans.push((u32::try_from(buffer.len()).unwrap(), len));
            buffer.extend_from_slice(value);
        }
        let len_min = ruleset.match_len_min(set).max(1);
        gather.add_all(&buffer, spans.into_iter(), (set, len_min), (*owner, *step));
    } else {
        for (number, value) in (0..).zip(values) {
            gather.add(value, set, owner.wrapping_add(step.wrapping_mul(number)));
        }
    }
    if *forget {
        gather.back_to(mark);
    }
}

/// What the oracle finds when each value is all there is.
fn expected(oracle: &Ruleset, batch: &[Run]) -> Vec<Match> {
    let mut matches = Vec::new();
    for (column, values, _, _, (owner, step)) in batch.iter().filter(|run| !run.3) {
        for (number, value) in (0..).zip(values) {
            let owner = owner.wrapping_add(step.wrapping_mul(number));
            let mut gather = Gather::default();
            add(
                oracle,
                &mut gather,
                &(*column, vec![value.clone()], false, false, (owner, 0)),
            );
            oracle.scan_gathered(&mut oracle.scratch(), &mut gather, &mut matches);
        }
    }
    matches
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn all_backends_find_the_same_with_any_pack((pack, batches) in case(&[])) {
        let oracle = compiled(&pack, Backend::Portable);
        prop_assume!(oracle.is_some(), "too large");
        let oracle = oracle.unwrap();
        let backends = BACKENDS.into_iter().filter(|backend| backend.available().is_ok());
        for ruleset in backends.filter_map(|backend| compiled(&pack, backend)) {
            let (mut scratch, mut gather) = (ruleset.scratch(), Gather::default());
            for batch in &batches {
                gather.clear();
                batch.iter().for_each(|run| add(&ruleset, &mut gather, run));
                let mut matches = Vec::new();
                ruleset.scan_gathered(&mut scratch, &mut gather, &mut matches);
                prop_assert_eq!(matches, expected(&oracle, batch), "{}", ruleset.scanner());
            }
        }
    }

    #[test]
    fn hyperscan_beside_windows_finds_the_same((pack, batches) in case(&COMMON)) {
        if Backend::Hyperscan.available().is_err() {
            return Ok(());
        }
        let oracle = compiled(&pack, Backend::Portable);
        let ruleset = compiled(&pack, Backend::Auto);
        prop_assume!(oracle.is_some() && ruleset.is_some(), "too large");
        let (oracle, ruleset) = (oracle.unwrap(), ruleset.unwrap());
        prop_assert!(ruleset.scanner().ends_with(" and hyperscan"), "{}", ruleset.scanner());
        let (mut scratch, mut gather) = (ruleset.scratch(), Gather::default());
        for batch in &batches {
            gather.clear();
            batch.iter().for_each(|run| add(&ruleset, &mut gather, run));
            let mut matches = Vec::new();
            ruleset.scan_gathered(&mut scratch, &mut gather, &mut matches);
            prop_assert_eq!(matches, expected(&oracle, batch));
        }
    }
}

#[test]
fn detectors_with_rare_windows_and_with_common_ones_are_found_in_one_pass() {
    let mut pack = "[pack]\nname = 'p'\nversion = '1'\n".to_owned();
    let rare = ("[0-9]{3}-[0-9]{2}-[0-9]{4}", "boundary = 'digit'");
    for (number, one) in [COMMON[0], rare].into_iter().enumerate() {
        pack = format!(
            "{pack}\n[[detector]]\nname = 'd{number}'\n{}",
            common(one).0
        );
    }
    let values = [
        "some words_KEY",
        "123-45-6789",
        "123-45-6789; some words_KEY",
    ];
    let spans = |ruleset: &Ruleset| {
        let mut gather = Gather::default();
        let context = ColumnContext {
            name: "",
            type_name: "text",
        };
        let set = ruleset.detector_set(&context);
        for (number, value) in (0..).zip(values) {
            gather.add(value.as_bytes(), set, number);
        }
        let mut matches = Vec::new();
        ruleset.scan_gathered(&mut ruleset.scratch(), &mut gather, &mut matches);
        let span = |found: &Match| (found.field, found.start, found.end, found.rule.0);
        matches.iter().map(span).collect::<Vec<_>>()
    };
    let ruleset = compiled(&pack, Backend::Auto).unwrap();
    assert_eq!(
        spans(&ruleset),
        [(0, 0, 14, 0), (1, 0, 11, 1), (2, 0, 11, 1), (2, 12, 27, 0)]
    );
    let plan = ruleset.scan_plan();
    let routes: Vec<Route> = plan.iter().map(|plan| plan.route).collect();
    if Backend::Hyperscan.available().is_ok() {
        assert_eq!(routes, [Route::Hyperscan, Route::Windows]);
        assert_eq!((plan[0].windows, &plan[0].warning), (0, &None));
    } else {
        assert_eq!(routes, [Route::Windows, Route::Windows]);
    }
    assert!(plan[1].windows > 0 && plan[1].buckets > 0);
    assert_eq!(
        plan[1].candidates_per_mib, 0,
        "no such number in ordinary data"
    );

    // One that is asked for scans alone, and says what that costs.
    let alone = compiled(&pack, Backend::ScalarWindows).unwrap();
    assert_eq!(spans(&alone), spans(&ruleset));
    let warnings = alone.scan_plan().iter().map(|plan| plan.warning.as_ref());
    let messages: Vec<_> = warnings.flatten().map(|warning| &warning.message).collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].contains("`d0` is slow"), "{messages:?}");
}

#[test]
fn a_pack_with_too_many_windows_is_scanned_all_the_same_unless_windows_were_asked_for() {
    let compiled = |backend| {
        let source = PackSource {
            name: "starter".into(),
            text: wiremask_rules::builtin("starter").unwrap().into(),
        };
        let options = CompileOptions {
            backend,
            windows_max: 10,
            ..CompileOptions::default()
        };
        Ruleset::compile(&[source], &Keys::from_secret("k", b"s"), options)
    };
    let expected = match Backend::Hyperscan.available() {
        Ok(()) => "hyperscan",
        Err(_) => "portable",
    };
    assert_eq!(compiled(Backend::Auto).unwrap().scanner(), expected);
    let errors = compiled(Backend::ScalarWindows).unwrap_err().to_string();
    assert!(errors.contains("class windows exceed 10"), "{errors}");
}

#[test]
fn a_detector_that_is_off_has_no_windows() {
    let off = common((COMMON[0].0, "boundary = 'word'\nmode = 'off'")).0;
    let pack = format!("[pack]\nname = 'p'\nversion = '1'\n[[detector]]\nname = 'off'\n{off}");
    for backend in BACKENDS
        .into_iter()
        .chain([Backend::Auto, Backend::Portable])
    {
        let Some(ruleset) = compiled(&pack, backend) else {
            assert!(backend.available().is_err());
            continue;
        };
        let plan = &ruleset.scan_plan()[0];
        assert_eq!((plan.detector.as_str(), plan.route), ("off", Route::Off));
        assert_eq!((plan.windows, plan.cost_ns_per_kib), (0, 0));
    }
}

#[test]
fn large_packs_find_the_same_on_every_route() {
    // More different windows than are compared with each other, some with a literal, some without.
    let mut pack = "[pack]\nname = 'p'\nversion = '1'\n".to_owned();
    let mut values = Vec::new();
    for number in 0..300_u32 {
        let letters: String = (0..3)
            .filter_map(|place| char::from_digit(10 + number / 17_u32.pow(place) % 17, 36))
            .collect();
        let digits = 1 + number % 7;
        let (pattern, example) = match number % 3 {
            0 => (
                format!("{letters}_[a-z0-9]{{9}}"),
                format!("{letters}_abc0123xy"),
            ),
            1 => (
                format!("{letters}[0-9]{{{digits}}}[x-z]"),
                format!("{letters}12345670"),
            ),
            _ => (
                format!("[{letters}]{{2}}[0-9]{{{}}}", digits + 3),
                format!("{letters}1234567"),
            ),
        };
        let one = common((&pattern, "boundary = 'word'")).0;
        pack = format!("{pack}\n[[detector]]\nname = 'd{number}'\n{one}");
        values.push(format!("{example} and {letters}{number}x").into_bytes());
    }
    let batch = [(0, values, false, false, (0, 1))];
    let oracle = compiled(&pack, Backend::Portable).unwrap();
    let matches = expected(&oracle, &batch);
    assert!(matches.len() > 100, "{}", matches.len());
    for backend in [Backend::Auto, Backend::ScalarWindows] {
        let ruleset = compiled(&pack, backend).unwrap();
        let (mut gather, mut found) = (Gather::default(), Vec::new());
        add(&ruleset, &mut gather, &batch[0]);
        ruleset.scan_gathered(&mut ruleset.scratch(), &mut gather, &mut found);
        assert_eq!(found, matches, "{}", ruleset.scanner());
    }
}
