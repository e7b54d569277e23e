//! The scanner's backends: each finds in any values what the portable one finds.

use std::cell::RefCell;
use std::fmt::Write;
use std::rc::Rc;
use std::sync::OnceLock;

use wiremask_rules::{
    Backend, ColumnContext, CompileOptions, FieldRef, Gather, Keys, Match, PackSource, Ruleset,
    builtin,
};

use super::Input;

/// Values of one input at most.
const VALUES: usize = 64;

/// Bytes of one value at most; several pieces of a kernel.
const VALUE_LEN: usize = 8192;

/// Packs beside the starter pack. Compiling one takes longer than scanning a thousand inputs, so they are
/// few, and all of them stay compiled.
const WRITTEN: u8 = 16;

const COLUMNS: [(&str, &str); 8] = [
    ("", "text"),
    ("one", "text"),
    ("two", "text"),
    ("one_two", "jsonb"),
    ("phone", "text"),
    ("card_no", "int8"),
    ("ssn", "text"),
    ("gtin", "text"),
];

/// The portable one first.
type Rulesets = Rc<Vec<Ruleset>>;

/// The portable backend and all others find the same, with the starter pack or with one that nobody wrote.
///
/// # Panics
/// When the property does not hold.
pub fn backends(data: &[u8]) {
    let mut input = Input(data);
    let text = match input.byte() {
        0..160 => builtin("starter").unwrap_or_default().to_owned(),
        number => written(number % WRITTEN),
    };
    let layout = input.byte();
    let values = values(&mut input);
    let Some(rulesets) = compiled(&text) else {
        return;
    };
    let expected = matches(&rulesets[0], &values, 0);
    for ruleset in &rulesets[1..] {
        let found = matches(ruleset, &values, layout);
        assert_eq!(found, expected, "{}", ruleset.scanner());
    }
}

/// The pack on every backend that this machine has.
fn compiled(text: &str) -> Option<Rulesets> {
    thread_local! {
        static LAST: RefCell<Vec<(String, Option<Rulesets>)>> = const { RefCell::new(Vec::new()) };
    }
    LAST.with_borrow_mut(|last| {
        if let Some(at) = last.iter().position(|(known, _)| known == text) {
            last[..=at].rotate_right(1);
        } else {
            last.insert(0, (text.to_owned(), compile(text).map(Rc::new)));
        }
        last[0].1.clone()
    })
}

/// Nothing when the portable one refuses the pack; a pack that is too large for another is not compared
/// with that one.
fn compile(text: &str) -> Option<Vec<Ruleset>> {
    let on = |backend| {
        let source = PackSource {
            name: "fuzz.toml".into(),
            text: text.into(),
        };
        let options = CompileOptions {
            backend,
            examples: false,
            ..CompileOptions::default()
        };
        Ruleset::compile(&[source], &Keys::from_secret("k", b"s"), options).ok()
    };
    let others = [
        Backend::Avx512Windows,
        Backend::Avx2Windows,
        Backend::ScalarWindows,
        Backend::Hyperscan,
    ];
    let mut rulesets = vec![on(Backend::Portable)?];
    rulesets.extend(others.into_iter().filter_map(on));
    Some(rulesets)
}

/// One of the packs that nobody wrote.
fn written(number: u8) -> String {
    let mut state = u32::from(number);
    let bytes = [0_u8; 256].map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    let input = &mut Input(&bytes);
    let detectors = input.byte() % 3 + 1;
    let mut text = "[pack]\nname = 'p'\nversion = '1'\n".to_owned();
    for number in 0..detectors {
        let patterns: Vec<_> = (0..input.byte() % 2 + 1).map(|_| pattern(input)).collect();
        let boundary = input.pick(&["none", "digit", "word", "whole-field"]);
        let validate = input.pick(&["", "", "", "'luhn'", "'email'"]);
        let mode = input.pick(&["enforce", "enforce", "enforce", "shadow"]);
        let priority = input.byte() % 3;
        let context = input.pick(&[
            "",
            "columns = ['one']\nnot_columns = ['two']",
            "columns = ['two']\nwords = { any = ['a', 'b0', '@'], before = 3, after = 5 }\nrequired = true",
            "words = { any = ['id'], before = 256, after = 9 }\nrequired = true",
        ]);
        let allowed = input.pick(&[
            "",
            "",
            "values = ['a@0']",
            "prefix = ['0']",
            "suffix = ['a']",
        ]);
        let _ = write!(
            text,
            "[[detector]]\nname = 'd{number}'\nentity = 'X'\nclass = 'distinctive'\n\
             match = {patterns:?}\nboundary = '{boundary}'\nvalidate = [{validate}]\nmode = '{mode}'\n\
             priority = {priority}\nmask = {{ operator = 'redact' }}\n[detector.context]\n{context}\n"
        );
        if !allowed.is_empty() {
            let _ = write!(
                text,
                "[[allow]]\ndetector = 'd{number}'\n{allowed}\nreason = 'chance'\n"
            );
        }
    }
    text
}

/// Up to three parts with something in front of them that is everywhere, and a literal behind them. More
/// would make automata that take longer than an input may.
fn pattern(input: &mut Input<'_>) -> String {
    const LEFT: [&str; 6] = ["", "", "", "[ab01@-]{1,9}@", "[^ ]{0,3}@", "[a-z0-9@]+0"];
    const ATOMS: [&str; 24] = [
        "a",
        "@",
        "-",
        "0-",
        "a@",
        "|a",
        r"\x00",
        r"\xff",
        r"\x7f",
        r"\d",
        r"\w",
        r"\s",
        "[^a]",
        "[01@]",
        r"[\x00-1]",
        r"[\x7e-\x81]",
        r"[\x80-\xff]",
        "(?s:.)",
        "(?i:ab)",
        "[1-9][0-9]",
        "x",
        "(?:a|0{2}|@-)",
        "(?:a1)",
        "\u{e9}",
    ];
    const TIMES: [&str; 8] = ["", "", "", "?", "+", "{2}", "{0,3}", "*"];
    let mut text = format!("{}(?:", input.pick(&LEFT));
    for _ in 0..input.byte() % 3 + 1 {
        let (atom, times) = (input.pick(&ATOMS), input.pick(&TIMES));
        match (atom, times) {
            ("|a", _) | (_, "") => text.push_str(atom),
            _ => {
                let _ = write!(text, "(?:{atom}){times}");
            }
        }
    }
    text.push(')');
    text.push(input.pick(&['a', '0', '@']));
    text
}

/// Values with the column of each.
fn values(input: &mut Input<'_>) -> Vec<(Vec<u8>, usize)> {
    let mut values: Vec<(Vec<u8>, usize)> = vec![(Vec::new(), 0)];
    while !input.0.is_empty() {
        let (kind, last) = (input.byte(), values.len() - 1);
        let value = &mut values[last].0;
        match kind % 8 {
            0 | 1 => {
                if values.len() == VALUES {
                    break;
                }
                let column = usize::from(kind >> 3) % COLUMNS.len();
                values.push((Vec::new(), column));
            }
            2 | 3 => {
                let len = usize::from(kind >> 3);
                value.extend_from_slice(input.take(len));
            }
            4 | 5 => value.extend_from_slice(example(input.byte())),
            6 => {
                let len = 64 * usize::from(kind >> 3) + usize::from(input.byte() % 64);
                let byte = input.byte();
                value.resize(value.len() + len, byte);
            }
            _ => {
                let at = usize::from(kind >> 3) % value.len().max(1);
                let byte = input.byte();
                value.get_mut(at).into_iter().for_each(|old| *old = byte);
            }
        }
        values[last].0.truncate(VALUE_LEN);
    }
    values
}

/// An example of the starter pack.
fn example(number: u8) -> &'static [u8] {
    static EXAMPLES: OnceLock<Vec<&str>> = OnceLock::new();
    let examples = EXAMPLES.get_or_init(|| {
        let starter = builtin("starter").unwrap_or_default();
        let lines = starter.lines().filter(|line| {
            let key = line.split(" = [").next();
            matches!(key, Some("mask" | "pass"))
        });
        let quoted = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
        quoted.collect()
    });
    examples[usize::from(number) % examples.len()].as_bytes()
}

/// What is found; the values lie in one buffer, or are gathered one by one or together.
fn matches(ruleset: &Ruleset, values: &[(Vec<u8>, usize)], layout: u8) -> Vec<Match> {
    let sets =
        COLUMNS.map(|(name, type_name)| ruleset.detector_set(&ColumnContext { name, type_name }));
    let (mut scratch, mut matches) = (ruleset.scratch(), Vec::new());
    let (mut buffer, mut fields) = (Vec::new(), Vec::new());
    let position = |at: usize| u32::try_from(at).expect("values are small");
    for (value, column) in values {
        buffer.extend_from_slice(&b"\0\0\0\x09"[..usize::from(layout >> 4 & 4)]);
        let (start, set) = (position(buffer.len()), sets[*column]);
        buffer.extend_from_slice(value);
        let end = position(buffer.len());
        fields.push(FieldRef { start, end, set });
    }
    if layout.is_multiple_of(4) {
        ruleset.scan(&mut scratch, &buffer, &fields, &mut matches);
        return matches;
    }
    let mut gather = Gather::default();
    let mut owner = 0;
    for run in fields.chunk_by(|a, b| a.set == b.set) {
        let set = run[0].set;
        if layout % 4 == 1 {
            for (owner, field) in (owner..).zip(run) {
                let value = &buffer[field.start as usize..field.end as usize];
                gather.add(value, set, owner);
            }
        } else {
            let len_min = ruleset.match_len_min(set).max(1);
            let len = |field: &FieldRef| (field.end - field.start).cast_signed();
            let spans = run.iter().map(|field| (field.start, len(field)));
            gather.add_all(&buffer, spans, (set, len_min), (owner, 1));
        }
        owner += position(run.len());
    }
    ruleset.scan_gathered(&mut scratch, &mut gather, &mut matches);
    matches
}
