//! What single values, rows of a copy, errors, packs and statements are read as.

use wiremask_protocols::postgres::copy as rows;
use wiremask_protocols::postgres::error::{Fields, write_field};
use wiremask_protocols::postgres::value::{
    BuiltinTypes, Encoding, Format, JsonWindow, LeafMasker, LeafSite, Masked, PlainWindow,
    Rewritten, Scalar, Scratch, Settings, Type, Window, builtin, rewrite,
};
use wiremask_protocols::sql::{self, CopyFormat, CopyOptions};
use wiremask_rules::{Backend, Keys, PackSource, Ruleset};

use super::Input;

/// OIDs with codecs, one of each kind, and arrays, ranges and multiranges of some.
const OIDS: [u32; 52] = [
    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 30, 114, 142, 650, 700, 701, 774, 790, 829, 869,
    1042, 1043, 1082, 1083, 1114, 1184, 1186, 1266, 1560, 1700, 2249, 2287, 2950, 3614, 3802, 4072,
    5069, 1000, 1007, 1009, 1231, 1185, 1187, 3807, 3904, 3906, 3908, 3912, 4451, 4535, 600,
];

struct By<F>(F);

impl<F: FnMut(LeafSite<'_>, Scalar<'_>, &mut Vec<u8>) -> Masked> LeafMasker for By<F> {
    fn leaf(&mut self, site: LeafSite<'_>, value: Scalar<'_>, out: &mut Vec<u8>) -> Masked {
        (self.0)(site, value, out)
    }
}

/// Keeping every leaf changes nothing; masking gives a value of the same type, or NULL.
///
/// # Panics
/// When the property does not hold.
pub fn value(data: &[u8]) {
    let mut input = Input(data);
    let oid = input.pick(&OIDS);
    let options = input.byte();
    let bytes = input.0;
    let ty = match options >> 4 & 3 {
        0 => Type::Hstore,
        1 => Type::composite([Type::Text, Type::Int4, Type::Jsonb]),
        2 => Type::enumeration([&b"sparrow"[..], b"kestrel"]),
        _ => builtin(oid).unwrap_or(Type::Opaque),
    };
    let format = if options & 1 == 0 {
        Format::Text
    } else {
        Format::Binary
    };
    let mut settings = Settings::default();
    let style: &[u8] = [
        &b"ISO, MDY"[..],
        b"German, DMY",
        b"SQL, DMY",
        b"Postgres, MDY",
    ][usize::from(options >> 1 & 3)];
    settings.apply(b"DateStyle", style);
    if options & 8 != 0 {
        settings.apply(b"client_encoding", b"SJIS");
    }
    let encoding = Encoding {
        format,
        settings: &settings,
        types: &BuiltinTypes,
    };
    let mut scratch = Scratch::new();
    let mut out = b"before".to_vec();
    let mut leaves = 0_usize;
    let keep = &mut By(|_: LeafSite<'_>, _: Scalar<'_>, _: &mut Vec<u8>| {
        leaves += 1;
        Masked::Keep
    });
    let kept = rewrite(&ty, encoding, bytes, keep, &mut scratch, &mut out);
    assert_eq!(
        out, b"before",
        "nothing was changed, and yet something is written"
    );
    let Ok(Rewritten::Unchanged) = kept else {
        assert!(kept.is_err(), "keeping everything gives {kept:?}");
        return;
    };
    let mask = &mut By(masked);
    let result = rewrite(&ty, encoding, bytes, mask, &mut scratch, &mut out);
    assert!(out.starts_with(b"before"));
    match result {
        Ok(Rewritten::Changed) => {
            let new = out.split_off(6);
            let keep = &mut By(|_: LeafSite<'_>, _: Scalar<'_>, _: &mut Vec<u8>| Masked::Keep);
            let again = rewrite(&ty, encoding, &new, keep, &mut scratch, &mut out);
            assert_eq!(
                again,
                Ok(Rewritten::Unchanged),
                "a masked {ty:?} does not decode"
            );
        }
        Ok(Rewritten::Null) => assert_eq!(out, b"before"),
        Ok(Rewritten::Unchanged) => {
            assert_eq!(out, b"before");
            assert_eq!(leaves, 0, "a value with leaves passes unmasked");
        }
        Err(error) => panic!("what can be kept cannot be masked: {error:?}"),
    }
}

/// Another value of the leaf's kind.
fn masked(_: LeafSite<'_>, value: Scalar<'_>, out: &mut Vec<u8>) -> Masked {
    match value {
        Scalar::Text(_) | Scalar::Bytes(_) => out.extend_from_slice(b"***"),
        Scalar::Enum(_) => out.extend_from_slice(b"sparrow"),
        Scalar::Numeric(_) => out.extend_from_slice(b"0.50"),
        Scalar::Int { .. } => return Masked::Int(7),
        Scalar::Float { .. } => return Masked::Float(0.5),
        Scalar::Bool(_) => return Masked::Bool(false),
        Scalar::Date(_) => return Masked::Date(365),
        Scalar::Timestamp { .. } => return Masked::Timestamp(86_400_000_000),
        Scalar::Time { zone_seconds, .. } => {
            return Masked::Time {
                micros: 1_000_000,
                zone_seconds,
            };
        }
        Scalar::Interval { .. } => {
            return Masked::Interval {
                months: 1,
                days: 2,
                micros: 3_000_000,
            };
        }
        Scalar::Uuid(_) => return Masked::Uuid([0x42; 16]),
        Scalar::Inet { len, prefix, .. } => {
            let address = [0; 16];
            return Masked::Inet {
                address,
                len,
                prefix,
            };
        }
        Scalar::Mac { len, .. } => {
            return Masked::Mac {
                address: [0; 8],
                len,
            };
        }
    }
    Masked::Out
}

/// A window shows the same text for every way of cutting, keeps the value's length, and what it
/// masks is not in what it releases.
///
/// # Panics
/// When the property does not hold.
pub fn value_window(data: &[u8]) {
    let mut input = Input(data);
    let (json, size) = (input.byte() & 1 == 1, usize::from(input.byte() % 16) + 1);
    let bytes = input.0;
    let whole = through(json, bytes, usize::MAX);
    let pieces = through(json, bytes, size);
    assert_eq!(whole, pieces, "pieces of {size} bytes change the value");
    if let Some(out) = whole {
        assert_eq!(
            out.len(),
            bytes.len(),
            "the announced length is no longer true"
        );
        if !json {
            let found = out.windows(6).any(|window| window == b"secret");
            assert!(!found, "what was masked is still there");
        }
    }
}

fn through(json: bool, bytes: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut json_window = JsonWindow::new(8);
    let mut plain_window = PlainWindow::new(8);
    if json {
        mask_all(&mut json_window, bytes, size)
    } else {
        mask_all(&mut plain_window, bytes, size)
    }
}

/// Masks every `secret`, holding back what could become one.
fn mask_all(window: &mut impl Window, bytes: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for chunk in bytes.chunks(size.min(bytes.len()).max(1)) {
        window.push(chunk).ok()?;
        mask_found(window);
        let until = window.decoded().len().saturating_sub(5).max(window.open());
        window.release(until, &mut out);
    }
    mask_found(window);
    window.finish(&mut out).ok()?;
    Some(out)
}

fn mask_found(window: &mut impl Window) {
    let mut at = window.open();
    while let Some(found) = window.decoded()[at..]
        .windows(6)
        .position(|w| w == b"secret")
    {
        window.mask(at + found..at + found + 6);
        at += found + 6;
    }
}

/// A row that reads is written back so that it reads the same, with every value replaced as well.
///
/// # Panics
/// When the property does not hold.
pub fn copy(data: &[u8]) {
    let mut input = Input(data);
    let format = input.pick(&[CopyFormat::Text, CopyFormat::Csv, CopyFormat::Binary]);
    let mut options = CopyOptions::defaults(format);
    let flags = input.byte();
    if flags & 1 != 0 {
        options.delimiter = input.pick(b";|:~");
    }
    if flags & 2 != 0 {
        options.null = input.pick(&[&b"nil"[..], b"", b"\\N", b"x"]).to_vec();
    }
    if flags & 4 != 0 {
        options.quote = b'\'';
    }
    if flags & 8 != 0 {
        options.escape = b'\\';
    }
    let line = input.0;
    let read = |line: &[u8], columns: usize| {
        let mut row = rows::CopyRows::default();
        let body = 0..u32::try_from(line.len()).unwrap_or(0);
        let read = row.read(line, &[body], columns, &options, &mut false);
        read.is_ok().then_some(row)
    };
    let Some((columns, row)) = (1..9).find_map(|n| Some((n, read(line, n)?))) else {
        return;
    };
    let mut end = 0;
    for raw in (0..row.len()).map(|field| row.raw(field)) {
        assert!(end <= raw.start && raw.end <= line.len(), "fields overlap");
        end = raw.end;
    }
    let values = |data: &[u8], row: &rows::CopyRows| -> Vec<Option<Vec<u8>>> {
        (0..row.len())
            .map(|field| row.value(data, field).map(<[u8]>::to_vec))
            .collect()
    };
    let before = values(line, &row);
    let replaced = |value: &Option<Vec<u8>>| value.as_ref().map(|_| b"a\"b\\c;,\td\n".to_vec());
    for expected in [before.clone(), before.iter().map(replaced).collect()] {
        let mut again = Vec::new();
        let mut at = 0;
        for (field, value) in expected.iter().enumerate() {
            let raw = row.raw(field);
            again.extend_from_slice(&line[at..raw.start]);
            rows::write(value.as_deref(), &options, &mut again);
            at = raw.end;
        }
        again.extend_from_slice(&line[at..]);
        let Some(reread) = read(&again, columns) else {
            panic!("what was written cannot be read: {again:?}");
        };
        assert_eq!(
            values(&again, &reread),
            expected,
            "what was written reads otherwise: {again:?}"
        );
    }
}

/// Fields of an error that read are written back the same.
///
/// # Panics
/// When the property does not hold.
pub fn error_fields(data: &[u8]) {
    let mut fields = Fields::new(data);
    let mut out = Vec::new();
    while let Ok(Some((code, text))) = fields.next_field() {
        assert!(code != 0 && !text.contains(&0));
        assert!(Fields::new(data).find(code).is_some());
        write_field(&mut out, code, text);
    }
    assert!(
        data.starts_with(&out),
        "fields change when they are written"
    );
}

/// Any text is a pack or a list of mistakes; what compiles scans and is the same when compiled again.
///
/// # Panics
/// When the property does not hold.
pub fn packs(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let keys = Keys::from_secret("k1", b"a secret of at least thirty-two bytes");
    let compile = || {
        let source = PackSource {
            name: "fuzz.toml".into(),
            text: text.into(),
        };
        Ruleset::compile(&[source], &keys, Backend::Portable)
    };
    match compile() {
        Ok(rules) => {
            let again = compile().map_err(|mistakes| mistakes.to_string());
            assert_eq!(again.map(|r| r.content_hash()), Ok(rules.content_hash()));
        }
        Err(mistakes) => {
            assert!(mistakes.iter().next().is_some(), "refused without a reason");
            assert!(!mistakes.to_string().is_empty());
        }
    }
}

/// A statement has facts or not, always the same ones, and reading it ends.
///
/// # Panics
/// When the property does not hold.
pub fn sql_facts(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let facts = sql::facts(text);
    assert_eq!(format!("{facts:?}"), format!("{:?}", sql::facts(text)));
    if let Ok(facts) = facts {
        assert_eq!(facts.len, text.len());
    }
}
