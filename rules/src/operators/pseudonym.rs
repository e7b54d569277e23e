//! `pseudonym`: a made-up value that looks real, the same one for the same value every time.
//!
//! `kind` names what text becomes: `first-name`, `last-name`, `full-name`, `email`, `city`,
//! `street`, `company`, or `shape` (the default): letters become letters of the same case, digits
//! become digits, everything else stays, so lengths and formats survive; the parts of a network
//! address stay what an address may have. Dictionaries are small, so different values may meet. Every other kind of value gets one of its own type; see `keyed`.

use super::keyed::{DigitStream, word};
use super::{Operator, Options, keyed};
use crate::canonical::Canonical;
use crate::keys::{EntityKey, Tag};
use crate::value::{MaskContext, Masked, Value};

pub(super) fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
    let kinds = [
        ("first-name", Kind::FirstName),
        ("last-name", Kind::LastName),
        ("full-name", Kind::FullName),
        ("email", Kind::Email),
        ("city", Kind::City),
        ("street", Kind::Street),
        ("company", Kind::Company),
        ("shape", Kind::Shape),
    ];
    let kind = options.word("kind", &kinds).unwrap_or(Kind::Shape);
    let canonical = match (kind, Canonical::of_entity(options.entity)) {
        (Kind::Shape, canonical @ (Canonical::Fold | Canonical::Alnum)) => canonical,
        (Kind::Shape, Canonical::Trim) => Canonical::Trim,
        _ => Canonical::Fold,
    };
    let is_address = |part: &str| ["IP", "MAC"].iter().any(|p| part.eq_ignore_ascii_case(p));
    Box::new(Pseudonym {
        key: options.key.clone(),
        kind,
        canonical,
        address: options.entity.split('_').any(is_address),
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    FirstName,
    LastName,
    FullName,
    Email,
    City,
    Street,
    Company,
    Shape,
}

#[derive(Debug)]
struct Pseudonym {
    key: EntityKey,
    kind: Kind,
    canonical: Canonical,
    /// Are the values addresses of a network?
    address: bool,
}

impl Operator for Pseudonym {
    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        let Value::Text(text) = value else {
            return keyed::replace(&self.key, value, cx, out);
        };
        // `out` doubles as scratch for the canonical form, so that nothing is allocated.
        let from = out.len();
        self.canonical.push(text, out);
        if self.kind == Kind::Shape {
            let mut stream = DigitStream::new(&self.key, Tag::Text, &out[from..]);
            out.truncate(from);
            match self.address {
                true => shape_of_address(text, &mut stream, out),
                false => shape(text, &mut stream, out),
            }
            return Masked::Out;
        }
        let mac = self.key.mac(Tag::Text, &out[from..]);
        out.truncate(from);
        let first = || pick(FIRST_NAMES, word(&mac, 0));
        let last = || pick(LAST_NAMES, word(&mac, 1));
        let number = word(&mac, 2);
        match self.kind {
            Kind::FirstName => push(out, &[first()]),
            Kind::LastName => push(out, &[last()]),
            Kind::FullName => push(out, &[first(), " ", last()]),
            Kind::City => push(out, &[pick(CITIES, word(&mac, 3))]),
            Kind::Company => push(out, &[last(), " ", pick(COMPANIES, number)]),
            Kind::Street => {
                decimal(1 + number % 199, out);
                push(
                    out,
                    &[
                        " ",
                        pick(STREETS, word(&mac, 3)),
                        " ",
                        pick(WAYS, word(&mac, 4)),
                    ],
                );
            }
            Kind::Email => {
                push(out, &[first(), ".", last()]);
                out[from..].make_ascii_lowercase();
                // Four random hexadecimal digits keep most addresses apart.
                out.extend(
                    (0..6).map(|at| b"0123456789abcdef"[(number >> (4 * at) & 15) as usize]),
                );
                push(out, &["@example.com"]);
            }
            Kind::Shape => {}
        }
        Masked::Out
    }
}

/// Letters become letters of the same case, digits become digits; separators stay, and what is
/// not ASCII becomes a lower-case letter for each code point.
fn shape(text: &[u8], stream: &mut DigitStream<'_>, out: &mut Vec<u8>) {
    out.extend(text.iter().filter_map(|byte| match byte {
        b'0'..=b'9' => Some(b'0' + stream.below(10)),
        b'a'..=b'z' => Some(b'a' + stream.below(26)),
        b'A'..=b'Z' => Some(b'A' + stream.below(26)),
        0..=0x7f => Some(*byte),
        0x80..=0xbf => None,
        0xc0.. => Some(b'a' + stream.below(26)),
    }));
}

/// Like [`shape`], but hexadecimal digits become hexadecimal ones, and a decimal part beside a dot stays
/// below 256 and gets no leading zero.
fn shape_of_address(text: &[u8], stream: &mut DigitStream<'_>, out: &mut Vec<u8>) {
    let mut end = 0;
    for part in text.chunk_by(|a, b| a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric()) {
        let before = end;
        end += part.len();
        let beside_dot = text[..before].ends_with(b".") || text[end..].starts_with(b".");
        if beside_dot && part.len() <= 3 && part.iter().all(u8::is_ascii_digit) {
            let (least, count) = [(0, 10), (10, 90), (100, 156)][part.len() - 1];
            let number = least + stream.below(count);
            decimal(u64::from(number), out);
            continue;
        }
        for byte in part {
            let letter = match byte {
                b'a'..=b'f' => b'a',
                b'A'..=b'F' => b'A',
                byte => {
                    shape(&[*byte], stream, out);
                    continue;
                }
            };
            out.push(letter + stream.below(6));
        }
    }
}

fn pick(words: &'static [&'static str], random: u64) -> &'static str {
    let count = u64::try_from(words.len()).unwrap_or(1);
    usize::try_from(random % count).map_or("", |at| words[at])
}

fn push(out: &mut Vec<u8>, parts: &[&str]) {
    parts
        .iter()
        .for_each(|part| out.extend_from_slice(part.as_bytes()));
}

/// Appends a number below 1000.
fn decimal(number: u64, out: &mut Vec<u8>) {
    let digits = [number / 100 % 10, number / 10 % 10, number % 10];
    let skip = if number >= 100 {
        0
    } else if number >= 10 {
        1
    } else {
        2
    };
    out.extend(
        digits
            .iter()
            .skip(skip)
            .map(|digit| b'0' + digit.to_le_bytes()[0]),
    );
}

const FIRST_NAMES: &[&str] = &[
    "Ada", "Alan", "Alice", "Amara", "Anna", "Ben", "Boris", "Carla", "Carmen", "Chen", "Clara",
    "Dana", "David", "Diego", "Elena", "Elias", "Emil", "Emma", "Erik", "Esra", "Eva", "Fatima",
    "Felix", "Fiona", "Frank", "Greta", "Hana", "Hugo", "Ida", "Igor", "Ines", "Iris", "Ivan",
    "Jack", "Jana", "Jonas", "Julia", "Karim", "Kira", "Lara", "Lea", "Leo", "Lina", "Luca",
    "Luis", "Mara", "Marco", "Maria", "Max", "Maya", "Mila", "Nadia", "Nina", "Noah", "Nora",
    "Olga", "Oscar", "Otto", "Paula", "Pedro", "Petra", "Rosa", "Sam", "Sara", "Simon", "Sofia",
    "Tara", "Theo", "Tom", "Uma", "Vera", "Victor", "Wanda", "Yara", "Yusuf", "Zoe",
];
const LAST_NAMES: &[&str] = &[
    "Abbott",
    "Adler",
    "Ahmed",
    "Andersen",
    "Baker",
    "Bauer",
    "Becker",
    "Bell",
    "Berg",
    "Bianchi",
    "Blake",
    "Bloom",
    "Brandt",
    "Brown",
    "Castro",
    "Chen",
    "Cole",
    "Costa",
    "Cruz",
    "Dalton",
    "Diaz",
    "Dubois",
    "Eklund",
    "Evans",
    "Faber",
    "Ferrari",
    "Fischer",
    "Fox",
    "Garcia",
    "Grant",
    "Gray",
    "Haas",
    "Hansen",
    "Hart",
    "Hoffmann",
    "Horvat",
    "Ito",
    "Jansen",
    "Keller",
    "Kim",
    "Klein",
    "Kovacs",
    "Kowalski",
    "Lang",
    "Larsen",
    "Laurent",
    "Lee",
    "Lindqvist",
    "Lopez",
    "Marino",
    "Martin",
    "Mason",
    "Meyer",
    "Moreau",
    "Nagy",
    "Novak",
    "Olsen",
    "Ortiz",
    "Park",
    "Patel",
    "Pereira",
    "Popescu",
    "Reed",
    "Ricci",
    "Roth",
    "Russo",
    "Santos",
    "Sato",
    "Silva",
    "Singh",
    "Stein",
    "Tanaka",
    "Varga",
    "Vogel",
    "Walsh",
    "Weber",
    "Wood",
    "Young",
    "Zhang",
];
const CITIES: &[&str] = &[
    "Ashford",
    "Birchwood",
    "Brookfield",
    "Cedarville",
    "Clearwater",
    "Eastport",
    "Elmhurst",
    "Fairview",
    "Glendale",
    "Greenfield",
    "Harborview",
    "Highland",
    "Kingsbridge",
    "Lakeside",
    "Linden",
    "Maplewood",
    "Millbrook",
    "Northfield",
    "Oakdale",
    "Pinehurst",
    "Ravenwood",
    "Riverton",
    "Rosewood",
    "Silverton",
    "Southport",
    "Springdale",
    "Stonebridge",
    "Westbrook",
    "Willowdale",
    "Woodbury",
];
const STREETS: &[&str] = &[
    "Acorn", "Birch", "Cedar", "Cherry", "Church", "Elm", "Forest", "Garden", "Hazel", "Hill",
    "Lake", "Linden", "Maple", "Meadow", "Mill", "Oak", "Orchard", "Park", "Pine", "River", "Rose",
    "School", "Spring", "Station", "Sunset", "Valley", "Walnut", "Willow",
];
const WAYS: &[&str] = &["Street", "Road", "Lane", "Avenue", "Drive", "Way"];
const COMPANIES: &[&str] = &[
    "Ltd",
    "Group",
    "Partners",
    "Industries",
    "Labs",
    "Trading",
    "Works",
];
