//! People: everything about one invented person agrees (country, telephone prefix, postcode, national id, account).

use super::locale::LOCALES;
use super::numbers;
use super::random::Random;

/// One invented person.
#[derive(Clone, Debug)]
pub struct Person {
    /// First and family name.
    pub full_name: String,
    /// Mail address, unique in the sample by its number.
    pub email: String,
    /// Telephone number in international form.
    pub phone: String,
    /// Birth date as year, month, day.
    pub birth: (u32, u32, u32),
    /// Street with house number.
    pub street: String,
    /// Town.
    pub town: String,
    /// Postcode.
    pub postcode: String,
    /// ISO 3166 code.
    pub country: &'static str,
    /// National id in the country's own form, check digits valid.
    pub national_id: String,
    /// IBAN; of the country where it uses IBANs, otherwise a German one.
    pub iban: String,
    /// Public IPv4 address the person was last seen at.
    pub ip: String,
}

impl Person {
    /// Invents person number `number`.
    pub fn invent(random: &mut Random, number: u32) -> Person {
        let locale = if random.chance(35) {
            &LOCALES[random.below(2) as usize]
        } else {
            random.pick(LOCALES)
        };
        let (first, last) = (
            random.pick_word(locale.first),
            random.pick_word(locale.last),
        );
        let birth = (
            random.between(1948, 2004),
            random.between(1, 12),
            random.between(1, 28),
        );
        let house = random.between(1, 199);
        let street = random.pick_word(locale.streets);
        Person {
            full_name: format!("{first} {last}"),
            email: email(random, first, last, number),
            phone: fill(random, locale.phone),
            birth,
            street: if locale.number_first {
                format!("{house} {street}")
            } else {
                format!("{street} {house}")
            },
            town: random.pick_word(locale.towns).to_owned(),
            postcode: fill(random, locale.postcode),
            country: locale.country,
            national_id: numbers::national_id(random, locale.country, birth),
            iban: numbers::iban(random, locale.country),
            ip: ipv4(random),
        }
    }

    /// The birth date as PostgreSQL writes it.
    pub fn birth_date(&self) -> String {
        let (year, month, day) = self.birth;
        format!("{year}-{month:02}-{day:02}")
    }
}

/// Mail domains reserved for examples (RFC 2606), so that no planted address belongs to anybody.
const DOMAINS: &[&str] = &[
    "example.com",
    "example.org",
    "example.net",
    "mail.example.com",
    "post.example.org",
];

fn email(random: &mut Random, first: &str, last: &str, number: u32) -> String {
    let (first, last) = (ascii(first), ascii(last));
    let domain = random.pick(DOMAINS);
    match random.below(4) {
        0 => format!("{first}.{last}{number}@{domain}"),
        1 => format!("{last}_{number}@{domain}"),
        2 => format!("{first}{number}+news@{domain}"),
        _ => format!("{}.{last}.{number}@{domain}", &first[..1]),
    }
}

/// Lower-case ASCII letters of a name: accents are dropped as people do in addresses.
fn ascii(name: &str) -> String {
    name.chars()
        .filter_map(|letter| {
            Some(match letter.to_lowercase().next()? {
                plain @ 'a'..='z' => plain,
                'à' | 'á' | 'â' | 'ã' | 'ä' | 'ą' => 'a',
                'ç' | 'ć' => 'c',
                'è' | 'é' | 'ê' | 'ë' | 'ę' => 'e',
                'ì' | 'í' | 'î' | 'ï' => 'i',
                'ł' => 'l',
                'ñ' | 'ń' => 'n',
                'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'œ' => 'o',
                'ś' | 'ß' => 's',
                'ù' | 'ú' | 'û' | 'ü' => 'u',
                'ź' | 'ż' => 'z',
                _ => return None,
            })
        })
        .collect()
}

/// Fills a shape: `#` becomes a digit, `A` a capital letter.
fn fill(random: &mut Random, shape: &str) -> String {
    shape
        .chars()
        .map(|place| match place {
            '#' => char::from(b'0' + u8::try_from(random.below(10)).unwrap_or(0)),
            'A' => char::from(*random.pick(b"ABCDEFGHJKLMNPRSTUWXYZ")),
            other => other,
        })
        .collect()
}

/// A public-looking IPv4 address: outside private, loopback, link-local, shared and multicast ranges.
fn ipv4(random: &mut Random) -> String {
    let first = *random.pick(&[31, 46, 62, 77, 81, 91, 109, 151, 178, 185, 203, 212]);
    format!(
        "{first}.{}.{}.{}",
        random.between(1, 254),
        random.between(1, 254),
        random.between(1, 254)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_addresses_are_plain_ascii_and_distinct() {
        let mut random = Random::new(5);
        let mut seen = std::collections::HashSet::new();
        for number in 1..3_000 {
            let person = Person::invent(&mut random, number);
            assert!(person.email.is_ascii(), "{}", person.email);
            assert!(seen.insert(person.email));
        }
    }

    #[test]
    fn every_country_is_used_and_every_name_has_an_ascii_form() {
        for locale in LOCALES {
            for name in locale.first.split('|').chain(locale.last.split('|')) {
                assert!(ascii(name).len() >= 2, "{name}");
            }
        }
        let mut random = Random::new(6);
        let countries: std::collections::HashSet<_> = (0..1_000)
            .map(|number| Person::invent(&mut random, number).country)
            .collect();
        assert_eq!(countries.len(), LOCALES.len());
    }
}
