//! The packs that the backends scan with: the starter pack, and any number that nobody wrote.
//!
//! Both are read from their text, so that the values of a pack come from its own syntax trees.

use super::random::Random;
use super::values;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;
use std::fmt::Write;
use wiremask_rules::{Backend, CompileOptions, Keys, PackSource, Ruleset, builtin};

/// A pack, as far as values are made from it.
pub struct Pack {
    pub name: String,
    /// Of one that nobody wrote.
    pub seed: Option<u64>,
    pub text: String,
    pub detectors: Vec<Detector>,
    /// Columns, by name and type.
    pub columns: Vec<(String, &'static str)>,
    /// For each column the detectors that are named for it.
    pub named: Vec<Vec<usize>>,
}

pub struct Detector {
    pub name: String,
    pub patterns: Vec<Hir>,
    pub words: Vec<String>,
    pub examples: Vec<Vec<u8>>,
    /// Names of columns where the form of a value is enough.
    pub columns: Vec<String>,
    /// Is a value of any column a match, or one near a word?
    pub anywhere: bool,
}

impl Pack {
    /// The built-in one, in columns of every name that it knows.
    pub fn starter() -> Pack {
        let text = builtin("starter").unwrap().to_owned();
        let pack = Pack::read(None, text);
        let named = pack.detectors.iter().flat_map(|each| &each.columns);
        let mut names: Vec<_> = named.cloned().collect();
        names.sort();
        names.dedup();
        names.extend(["version", "gtin", "sku", "hash", "user_agent"].map(str::to_owned));
        let mut columns: Vec<_> = names.into_iter().map(|name| (name, "text")).collect();
        let plain = ["text", "text", "jsonb", "int8", "inet", "xml"].map(|ty| (String::new(), ty));
        // Half of all columns have a name that says nothing.
        let count = columns.len();
        columns.extend(plain.into_iter().cycle().take(count));
        pack.with(columns)
    }

    /// One that nobody wrote.
    pub fn random(seed: u64) -> Pack {
        let random = &mut Random::new(1, seed);
        let mut text = "[pack]\nname = 'p'\nversion = '1'\n".to_owned();
        let detectors = match random.below(8) {
            0 => random.between(20, 60),
            _ => random.between(1, 9),
        };
        for number in 0..detectors {
            let patterns: Vec<_> = (0..random.between(1, 3)).map(|_| pattern(random)).collect();
            detector(random, number, &patterns, &mut text);
            if random.one_in(4) {
                allow(random, number, &patterns, &mut text);
            }
        }
        let pack = Pack::read(Some(seed), text);
        let names = ["", "", "one", "two", "one_two"];
        let types = ["text", "text", "text", "jsonb", "int8"];
        let column = |name: &str| types.map(|ty| (name.to_owned(), ty));
        pack.with(names.iter().flat_map(|name| column(name)).collect())
    }

    fn read(seed: Option<u64>, text: String) -> Pack {
        let table: toml::Table = text.parse().unwrap();
        let detectors = table["detector"].as_array().unwrap();
        Pack {
            name: seed.map_or("starter".to_owned(), |seed| format!("of seed {seed}")),
            seed,
            detectors: detectors.iter().map(Detector::read).collect(),
            columns: Vec::new(),
            named: Vec::new(),
            text,
        }
    }

    fn with(mut self, columns: Vec<(String, &'static str)>) -> Pack {
        let named = |(name, _): &(String, _)| {
            let all = self.detectors.iter().enumerate();
            let named = all.filter(|(_, each)| each.columns.contains(name));
            named.map(|(number, _)| number).collect()
        };
        self.named = columns.iter().map(named).collect();
        self.columns = columns;
        self
    }

    /// Compiled for a backend; what is wrong if it cannot be.
    pub fn compiled(&self, backend: Backend) -> Result<Ruleset, String> {
        let source = PackSource {
            name: self.name.clone(),
            text: self.text.clone(),
        };
        let options = CompileOptions {
            backend,
            examples: false,
            ..CompileOptions::default()
        };
        let compiled = Ruleset::compile(&[source], &Keys::from_secret("k", b"s"), options);
        compiled.map_err(|mistakes| mistakes.to_string())
    }
}

impl Detector {
    fn read(detector: &toml::Value) -> Detector {
        let strings = |value: Option<&toml::Value>| -> Vec<String> {
            let list = value.and_then(toml::Value::as_array);
            let items = list.into_iter().flatten();
            let text = |item: &toml::Value| match item.as_str() {
                Some(text) => text.to_owned(),
                None => item["value"].as_str().unwrap().to_owned(),
            };
            items.map(text).collect()
        };
        let context = detector.get("context");
        let of_context = |key: &str| context.and_then(|context| context.get(key));
        let examples = detector.get("examples");
        let examples = ["mask", "pass"].map(|kind| examples.and_then(|all| all.get(kind)));
        let words = strings(of_context("words").and_then(|words| words.get("any")));
        let required = of_context("required").and_then(toml::Value::as_bool);
        let off = detector.get("mode").and_then(toml::Value::as_str) == Some("off");
        Detector {
            name: detector["name"].as_str().unwrap().to_owned(),
            patterns: strings(detector.get("match"))
                .iter()
                .map(|text| parse(text))
                .collect(),
            examples: examples
                .into_iter()
                .flat_map(strings)
                .map(String::into_bytes)
                .collect(),
            columns: strings(of_context("columns")),
            anywhere: !off && (required != Some(true) || !words.is_empty()),
            words,
        }
    }
}

fn parse(pattern: &str) -> Hir {
    let mut parser = ParserBuilder::new().unicode(false).utf8(false).build();
    parser.parse(pattern).unwrap()
}

/// Appends a detector of these patterns.
fn detector(random: &mut Random, number: usize, patterns: &[String], text: &mut String) {
    const CONTEXTS: &[&str] = &[
        "",
        "",
        "columns = ['one']\nnot_columns = ['two']",
        "types = ['text', 'int8']",
        "columns = ['two']\nwords = { any = ['a', 'b0', '@'], before = 3, after = 5 }\nrequired = true",
        "words = { any = ['near', 'id'], before = 40, after = 10 }\nrequired = true",
        "columns = ['two']\nnot_columns = ['one']\nrequired = true",
        "words = { any = ['x y', '#'], before = 256, after = 256 }\nrequired = true",
    ];
    const VALIDATORS: &[&str] = &["luhn", "email", "verhoeff", "ipv4", "iin", "phone"];
    let boundary = random.pick(&["none", "none", "digit", "word", "whole-field"]);
    let validate = match random.below(8) {
        0 => format!("'{}'", random.pick(VALIDATORS)),
        _ => String::new(),
    };
    let mode = random.pick(&["enforce", "enforce", "enforce", "enforce", "shadow", "off"]);
    let priority = random.below(3);
    let context = random.pick(CONTEXTS);
    let patterns = format!("{patterns:?}");
    write!(
        text,
        "[[detector]]\nname = 'd{number}'\nentity = 'X'\nclass = 'distinctive'\nmatch = {patterns}\n\
         boundary = '{boundary}'\nvalidate = [{validate}]\nmode = '{mode}'\npriority = {priority}\n\
         mask = {{ operator = 'redact' }}\n[detector.context]\n{context}\n",
    )
    .unwrap();
}

/// Appends what may pass of a detector's matches: one of them, and the edges of others.
fn allow(random: &mut Random, number: usize, patterns: &[String], text: &mut String) {
    let pattern: &String = random.pick(patterns);
    let pattern = parse(pattern);
    let mut sample = || {
        let mut value = Vec::new();
        values::matching(random, &pattern, 3, &mut value);
        let fits = !value.is_empty() && value.iter().all(|b| matches!(b, b' '..=b'~'));
        fits.then(|| String::from_utf8(value).unwrap())
    };
    let (Some(value), Some(edges)) = (sample(), sample()) else {
        return;
    };
    let half = edges.len().div_ceil(2);
    let (prefix, suffix) = (&edges[..half], &edges[edges.len() - half..]);
    write!(
        text,
        "[[allow]]\ndetector = 'd{number}'\nvalues = [{value:?}]\nprefix = [{prefix:?}]\n\
         suffix = [{suffix:?}]\nreason = 'chance'\n"
    )
    .unwrap();
}

/// A pattern of at least one byte.
fn pattern(random: &mut Random) -> String {
    const LEFT: &[&str] = &[
        "",
        "",
        "",
        "[ab01@-]{1,9}@",
        "[^ ]{0,6}@",
        "[a-z0-9@]+0@",
        r"[\x00-\xff]{2,}\xff",
    ];
    // Like those that people write, by their parts.
    const WHOLE: &[&str] = &[
        r"\d{3}-\d{2}-\d{4}",
        r"\d{4}[ -]?\d{4}[ -]?\d{1,4}",
        "[a-z0-9.]{1,12}@[a-z0-9]{1,9}(?:\\.[a-z]{2,4}){1,3}",
        "(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{8,40}",
        "(?i:token|secret)[:=] ?[A-Za-z0-9+/]{10,60}",
        r"[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,5}",
        r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}",
        r"\d{1,3}(?:\.\d{1,3}){3}",
        "x[^y]*y",
        "[a-z]{3,}",
        r"\d+",
        r"\w+",
        r"(?s:.){2,9}",
        r"[\x80-\xff]{2,}",
        "\u{e9}t\u{e9}|\u{dc}ber",
        r"begin(?s:.)*end",
        r"[^\x00]{70,300}",
        r"(?:ab){1,40}c?",
        r"key-(?:[a-z]{3}-){1,30}\d",
    ];
    if random.one_in(3) {
        return (*random.pick(WHOLE)).to_owned();
    }
    let mut text = (*random.pick(LEFT)).to_owned();
    for _ in 0..random.between(1, 3) {
        piece(random, 2, &mut text);
    }
    text.push(*random.pick(&['a', '0', '@']));
    text
}

/// A piece of a pattern. NUL, DEL and bytes above are where the backends differ inside.
fn piece(random: &mut Random, depth: usize, text: &mut String) {
    const ATOMS: &[&str] = &[
        "a",
        "@",
        "-",
        "0-",
        "a@",
        "key",
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
        "[1-9][0-9]{3}",
        "[A-Z]{2,5}",
        r"\.",
        r"[ \t-]?",
        "\u{e9}",
    ];
    const TIMES: &[&str] = &[
        "?", "*", "+", "{2}", "{0,3}", "{1,6}", "{2,}", "{9}", "{5,20}", "+?",
    ];
    let kind = if depth == 0 { 0 } else { random.below(6) };
    match kind {
        0..=2 => text.push_str(ATOMS[random.below(ATOMS.len())]),
        3 => {
            for _ in 0..random.between(2, 3) {
                piece(random, depth - 1, text);
            }
        }
        _ => {
            text.push_str("(?:");
            piece(random, depth - 1, text);
            if kind == 4 {
                text.push('|');
                piece(random, depth - 1, text);
                text.push(')');
            } else {
                text.push(')');
                text.push_str(TIMES[random.below(TIMES.len())]);
            }
        }
    }
}
