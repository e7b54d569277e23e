//! Windows: what is found and masked does not depend on the chunks, and the document stays one.

use proptest::prelude::*;

use super::*;

const NEEDLES: [&str; 4] = ["secret", "4111", "é€💶", "\"\\\n"];

/// Streams `value` through a window, masking every needle, holding back as little as is safe.
fn stream(mut window: impl Window, chunks: &[&[u8]]) -> Result<Vec<u8>, Undecodable> {
    let longest = NEEDLES.iter().map(|needle| needle.len()).max().unwrap();
    let mut out = Vec::new();
    for chunk in chunks {
        window.push(chunk)?;
        for needle in NEEDLES.map(str::as_bytes) {
            let shown = window.decoded().to_vec();
            for at in memchr::memmem::find_iter(&shown, needle) {
                window.mask(at..at + needle.len());
            }
            assert_eq!(window.decoded(), shown, "what is shown is what stood there");
        }
        let end = window.decoded().len();
        window.release(
            window.settled().max(end.saturating_sub(longest - 1)),
            &mut out,
        );
    }
    window.finish(&mut out)?;
    Ok(out)
}

fn split<'a>(value: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(value.len() + 1)).collect();
    cuts.extend([0, value.len()]);
    cuts.sort_unstable();
    cuts.windows(2)
        .map(|pair| &value[pair[0]..pair[1]])
        .collect()
}

/// Pieces of strings: needles, escapes of every kind, halves of surrogate pairs.
fn string() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "secret",
        "\\u0073ecret",
        "sec",
        "ret",
        "4111",
        "é€💶",
        "é\\u20ac\\ud83d\\udcb6",
        "é",
        "💶",
        "\\\"\\\\\\n",
        "\\u0022\\u005C\\u000a",
        "\\ud83d",
        "\\udcb6",
        "\\/",
        " ",
        "x",
        "",
    ]);
    prop::collection::vec(piece, 0..6).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn document() -> impl Strategy<Value = String> {
    let number = prop::sample::select(vec![
        "0",
        "-41110",
        "1.4111e+4111",
        "4e-7",
        "123",
        "-0.4111",
    ]);
    let leaf = prop_oneof![
        string(),
        number.prop_map(str::to_owned),
        prop::sample::select(vec!["true", "null", "[]", "{}", " { } "]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|v| format!("[{}]", v.join(" , "))),
            prop::collection::vec((string(), inner), 0..5).prop_map(|pairs| {
                let pairs: Vec<_> = pairs.iter().map(|(k, v)| format!("{k}: {v}")).collect();
                format!("{{{}}}", pairs.join(",\n"))
            }),
        ]
    })
}

/// What a masked document must decode to, by the walker.
fn leaves_of(json: &[u8]) -> Vec<String> {
    leaves(&Type::Json, (Format::Text, &Settings::default()), json).unwrap()
}

proptest! {
    #[test]
    fn any_chunks_of_a_document_give_the_same_masked_document(
        json in document(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        context in 0..40_usize,
    ) {
        let whole = stream(JsonWindow::new(0), &[json.as_bytes()]).unwrap();
        prop_assert_eq!(whole.len(), json.len());
        let before = leaves_of(json.as_bytes());
        let after = leaves_of(&whole);
        prop_assert_eq!(before.len(), after.len());
        for (before, after) in before.iter().zip(&after) {
            if NEEDLES.iter().any(|needle| before.contains(needle)) {
                // A number in decimals may show digits that its text has elsewhere.
                prop_assert!(before != after);
                prop_assert!(!NEEDLES.iter().any(|needle| after.contains(needle)), "{}", after);
            }
        }
        let split = stream(JsonWindow::new(context), &split(json.as_bytes(), &cuts)).unwrap();
        prop_assert_eq!(String::from_utf8(split).unwrap(), String::from_utf8(whole.clone()).unwrap());
        let bytes: Vec<_> = json.as_bytes().chunks(1).collect();
        prop_assert_eq!(stream(JsonWindow::new(context), &bytes).unwrap(), whole);
    }

    #[test]
    fn any_chunks_of_a_text_give_the_same_masked_text(
        text in "(secret|é€💶|4111|[a-zé€💶]){0,20}",
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        context in 0..40_usize,
    ) {
        let expected = NEEDLES.iter().fold(text.clone(), |text, needle| {
            text.replace(needle, &"*".repeat(needle.len()))
        });
        let out = stream(PlainWindow::new(context), &split(text.as_bytes(), &cuts)).unwrap();
        prop_assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}

#[test]
fn a_document_without_matches_passes_byte_for_byte() {
    let json = b" {\"a\" : [1.50e-3, \"x\\u0041\\/\", true, {}, \"\"]}\n ";
    for size in 1..json.len() {
        let chunks: Vec<_> = json.chunks(size).collect();
        assert_eq!(stream(JsonWindow::new(8), &chunks).unwrap(), json);
    }
}

#[test]
fn structure_alone_holds_nothing_back() {
    let mut window = JsonWindow::new(16);
    let mut out = Vec::new();
    window.push(b"[\"x\"").unwrap();
    for _ in 0..1000 {
        window.push(b", [], {}").unwrap();
        window.release(window.settled(), &mut out);
        assert!(window.decoded().len() <= 16);
    }
    assert_eq!(out.len(), 4 + 1000 * 8);
}

#[test]
fn a_string_without_end_and_a_broken_escape_are_refused() {
    let mut out = Vec::new();
    let mut window = JsonWindow::new(0);
    window.push(b"[\"secret").unwrap();
    assert_eq!(window.finish(&mut out), Err(Undecodable::Json));
    assert_eq!(out, b"");
    assert_eq!(JsonWindow::new(0).push(b"\"\\x"), Err(Undecodable::Json));
    assert_eq!(
        JsonWindow::new(0).push(b"\"\\u12x4"),
        Err(Undecodable::Json)
    );
}
