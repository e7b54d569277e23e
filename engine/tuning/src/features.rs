//! What the distinct values of a column look like, counted once.

use crate::dictionary::Look;
use crate::lexicon::Form;
use crate::sample::Column;
use crate::text::{fold, words};
use serde::Serialize;

/// Counts over the distinct values of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Features {
    /// Distinct values that were looked at.
    pub values: u64,
    /// Look like names of persons or of other things that have names.
    pub name_shaped: u64,
    /// Hold a given or a family name.
    pub persons: u64,
    /// Hold a given name.
    pub first: u64,
    /// Hold a family name.
    pub last: u64,
    /// Of the values with one word, those with a name; of one word.
    pub single: u64,
    /// Are cities.
    pub cities: u64,
    /// Bear the mark of a company.
    pub companies: u64,
    /// Street word and number.
    pub streets: u64,
    /// Number and words.
    pub street_shaped: u64,
    /// More than 60 characters, or more than eight words.
    pub long: u64,
    /// Words of gender.
    pub genders: u64,
    /// Names that look like streets are no names.
    pub words: u64,
    /// What browsers call themselves.
    pub agents: u64,
    /// A name at a host, which needs no dot inside a network.
    pub mailboxes: u64,
    /// As long as most.
    pub commonest_length: u64,
    emails: u64,
    phones: u64,
    postcodes: u64,
    days: u64,
    numbers: u64,
    word: u64,
    short: u64,
    ages: u64,
    degrees: u64,
    /// Decimal numbers, and those of them with a fraction.
    decimals: u64,
    fractions: u64,
    lettered: u64,
    flags: u64,
    cells: u64,
    short_cells: u64,
    octets_small: u64,
    octets: u64,
}

const GENDERS: &[&str] = &[
    "m",
    "f",
    "w",
    "d",
    "x",
    "male",
    "female",
    "man",
    "woman",
    "other",
    "diverse",
    "nonbinary",
    "non-binary",
    "unknown",
    "mannlich",
    "weiblich",
    "divers",
    "homme",
    "femme",
    "hombre",
    "mujer",
    "masculino",
    "femenino",
    "feminino",
    "maschio",
    "femmina",
    "vrouw",
    "mezczyzna",
    "kobieta",
    "kvinna",
    "erkek",
    "kadin",
    "u",
    "n/a",
];

/// Answers to a question.
const FLAGS: &[&str] = &[
    "0", "1", "t", "f", "true", "false", "y", "n", "yes", "no", "-1",
];

/// Words of gender that mean nothing else.
const GENDER_WORDS: &[&str] = &[
    "male",
    "female",
    "mannlich",
    "weiblich",
    "homme",
    "femme",
    "hombre",
    "mujer",
    "masculino",
    "femenino",
    "feminino",
    "maschio",
    "femmina",
    "vrouw",
    "mezczyzna",
    "kobieta",
    "kvinna",
    "erkek",
    "kadin",
];

impl Features {
    /// Looks at every kept value of a column.
    pub fn of(column: &Column) -> Self {
        let mut features = Self::default();
        let mut folded = String::new();
        let mut lengths = [0_u64; 129];
        for (value, count) in column.values() {
            let value = String::from_utf8_lossy(value);
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            features.cells += count;
            features.short_cells += if value.chars().count() <= 2 { count } else { 0 };
            folded.clear();
            fold(value, &mut folded);
            features.add(value, &folded);
            lengths[value.chars().count().min(128)] += 1;
        }
        features.commonest_length = lengths.into_iter().max().unwrap_or(0);
        features
    }

    fn add(&mut self, value: &str, folded: &str) {
        let mut count =
            |counter: fn(&mut Self) -> &mut u64, yes: bool| *counter(self) += u64::from(yes);
        let look = Look::of(value, folded);
        let length = value.chars().count();
        let digits = value.chars().filter(char::is_ascii_digit).count();
        let letters = value.chars().filter(|c| c.is_alphabetic()).count();
        count(|f| &mut f.values, true);
        count(|f| &mut f.name_shaped, look.name_shaped);
        count(|f| &mut f.persons, look.person());
        count(|f| &mut f.first, look.first);
        count(|f| &mut f.last, look.last);
        count(|f| &mut f.single, look.name_shaped && !look.several_words);
        count(|f| &mut f.cities, look.city);
        count(|f| &mut f.companies, look.company);
        count(|f| &mut f.streets, look.street);
        count(|f| &mut f.street_shaped, look.street_shaped || look.street);
        count(|f| &mut f.long, length > 60 || words(folded).count() > 8);
        count(|f| &mut f.genders, GENDER_WORDS.contains(&folded));
        count(|f| &mut f.words, letters >= 2 && letters > digits);
        count(
            |f| &mut f.agents,
            value.starts_with("Mozilla/") || value.starts_with("Opera/"),
        );
        count(|f| &mut f.emails, is_email(value));
        count(|f| &mut f.mailboxes, is_mailbox(value));
        count(|f| &mut f.phones, is_phone(value, digits, letters));
        count(
            |f| &mut f.postcodes,
            length <= 10 && digits >= 2 && letters <= 5,
        );
        count(|f| &mut f.days, is_day(value, digits));
        count(
            |f| &mut f.numbers,
            digits >= 3 && length <= 64 && value.split_whitespace().count() <= 8,
        );
        count(
            |f| &mut f.word,
            length <= 128 && value.split_whitespace().count() <= 2,
        );
        count(
            |f| &mut f.short,
            length <= 24 && (GENDERS.contains(&folded) || letters > 0 || length == 1),
        );
        let number = value.parse::<f64>();
        count(
            |f| &mut f.ages,
            number.as_ref().is_ok_and(|age| (0.0..=130.0).contains(age)),
        );
        count(
            |f| &mut f.degrees,
            number.is_ok_and(|degrees| (-180.0..=180.0).contains(&degrees)) && value.contains('.'),
        );
        let decimal = decimal(value);
        count(|f| &mut f.decimals, decimal.is_some());
        count(|f| &mut f.fractions, decimal == Some(true));
        count(|f| &mut f.lettered, letters > 0);
        count(|f| &mut f.flags, FLAGS.contains(&folded));
        if let Some(octets) = octets(value) {
            count(|f| &mut f.octets, true);
            count(
                |f| &mut f.octets_small,
                octets.iter().all(|octet| *octet <= 40),
            );
        }
    }

    /// The share of the values that has a form; 1 of no values.
    #[allow(clippy::cast_precision_loss)]
    pub fn share(&self, form: Form) -> f64 {
        let hits = match form {
            Form::Name => self.name_shaped,
            Form::Words => self.words,
            Form::Street => self.street_shaped.max(self.words),
            Form::Postcode => self.postcodes,
            Form::Day => self.days,
            Form::Phone => self.phones,
            Form::Email => self.emails,
            Form::Number => self.numbers,
            Form::Word => self.word,
            Form::Choice => self.short,
            Form::Age => self.ages,
            Form::Degrees => self.degrees,
            Form::Any => self.values,
        };
        self.rate(hits)
    }

    /// `hits` of all values; 1 where there is none, because nothing speaks against.
    #[allow(clippy::cast_precision_loss)]
    pub fn rate(&self, hits: u64) -> f64 {
        if self.values == 0 {
            1.0
        } else {
            hits as f64 / self.values as f64
        }
    }

    /// Are there values, all of which say yes or no?
    pub fn flags(&self) -> bool {
        self.values > 0 && self.flags == self.values
    }

    /// Have nine of ten cells, of enough of them, at most two characters: answers, counts, and nobody's number?
    pub fn answers(&self) -> bool {
        self.cells >= 30 && self.short_cells * 10 >= self.cells * 9
    }

    /// Are values measured, and not given out: decimal numbers, most of them with a fraction?
    pub fn measured(&self) -> bool {
        self.values > 0
            && self.decimals * 20 >= self.values * 19
            && self.fractions * 2 >= self.values
    }

    /// Are values with four numbers between dots rather versions than addresses?
    pub fn versions(&self) -> bool {
        self.octets > 0 && self.octets_small * 10 >= self.octets * 8
    }
}

/// Is it a decimal number of at most nine digits in front of the point, and has it a fraction?
fn decimal(value: &str) -> Option<bool> {
    let unsigned = value.strip_prefix(['-', '+']).unwrap_or(value);
    let number = unsigned.split(['e', 'E']).next().unwrap_or_default();
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = whole.len() <= 9 && !number.is_empty() && digits(whole) && digits(fraction);
    (fits && value.parse::<f64>().is_ok()).then_some(!fraction.is_empty())
}

fn is_email(value: &str) -> bool {
    value.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && host.contains('.') && !value.contains("://")
    })
}

/// `name@host`, of which `package@1.2.3` is none.
fn is_mailbox(value: &str) -> bool {
    let part = |text: &str, more: &str| {
        text.starts_with(|c: char| c.is_alphabetic())
            && text
                .chars()
                .all(|c| c.is_alphanumeric() || more.contains(c))
    };
    value
        .split_once('@')
        .is_some_and(|(name, host)| host.len() >= 3 && part(name, "._-+'") && part(host, ".-"))
}

fn is_phone(value: &str, digits: usize, letters: usize) -> bool {
    let allowed = |c: char| c.is_ascii_digit() || " +-./()extEXT#*\u{a0}".contains(c);
    (5..=20).contains(&digits)
        && value.chars().count() <= 32
        && letters <= 3
        && value.chars().all(allowed)
}

fn is_day(value: &str, digits: usize) -> bool {
    let separated = value.bytes().filter(|byte| b"-/.".contains(byte)).count() >= 2;
    let year = value.len() == 4
        && value
            .parse::<u16>()
            .is_ok_and(|year| (1880..=2100).contains(&year));
    let compact = value.len() == 8 && digits == 8;
    year || compact
        || ((4..=20).contains(&digits) && (separated || value.contains(' ')) && value.len() <= 40)
}

/// Four numbers up to 255 between dots.
fn octets(value: &str) -> Option<[u8; 4]> {
    let mut parts = value.split('.');
    let mut octets = [0; 4];
    for octet in &mut octets {
        *octet = parts.next()?.parse().ok()?;
    }
    parts.next().is_none().then_some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::ColumnFacts;

    fn features(values: &[&str]) -> Features {
        let mut column = Column::new(ColumnFacts::default(), 100);
        values
            .iter()
            .for_each(|value| column.push(Some(value.as_bytes())));
        Features::of(&column)
    }

    #[test]
    fn measured_values_have_fractions() {
        assert!(features(&["1.5", "-0.041111111111111111", "3", "1.2e-7"]).measured());
        for values in [
            &["1", "2", "3.5"][..],
            &["4111111111111111", "1.5", "2.5"],
            &["1.2.3", "1.5", "2.5"],
            &["10.0.0.1", "10.0.0.2"],
            &["12.5 kg", "1.5"],
            &[],
        ] {
            assert!(!features(values).measured(), "{values:?}");
        }
    }

    #[test]
    fn forms_are_what_values_look_like() {
        let full = 1.0;
        for (values, form) in [
            (&["jane@x.io", "a.b@c.example"][..], Form::Email),
            (&["+1 (415) 555-0132", "030/123456"], Form::Phone),
            (&["1984-02-29", "29.02.1984", "1984"], Form::Day),
            (&["SW1A 1AA", "10115"], Form::Postcode),
            (&["Jane Doe", "Müller"], Form::Name),
            (&["12 Main Street", "Ringweg 4"], Form::Street),
            (&["52.5200", "-13.405"], Form::Degrees),
        ] {
            assert!(
                (features(values).share(form) - full).abs() < 1e-9,
                "{form:?}"
            );
        }
        assert!(features(&["true", "false"]).share(Form::Email) < 0.1);
        assert_eq!(
            features(&["jane@intern", "left-pad@1.3.0", "@jane"]).mailboxes,
            1
        );
        assert!(features(&["1.2.3.4", "10.0.19.1"]).versions());
        assert!(!features(&["192.168.1.4", "8.8.8.8", "81.2.69.142"]).versions());
    }
}
