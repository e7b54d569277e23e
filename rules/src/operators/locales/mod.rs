//! What invented people are made of, by language: one file each.

mod de;
mod en;
mod es;
mod fr;
mod hi_latin;
mod it;
mod ja_latin;
mod nl;
mod pl;
mod pt;
mod sv;
mod tr;

/// The material of one language. Lists are separated by `|`.
pub(super) struct Locale {
    /// The name that packs use: a language, with `-latin` where its script is another.
    pub(super) code: &'static str,
    first: &'static str,
    last: &'static str,
    cities: &'static str,
    /// Streets with their kind: `Oak Avenue`, `rue des Lilas`.
    streets: &'static str,
    /// Does the house number stand in front of the street?
    number_first: bool,
    /// What follows a family name in the name of a company.
    companies: &'static str,
    /// `#` is a digit, `A` a capital letter, everything else itself.
    postcode: &'static str,
    /// Numbers that reach nobody; `#` is a digit.
    phones: &'static str,
}

/// Every language.
pub(super) static LOCALES: &[&Locale] = &[
    &de::LOCALE,
    &en::LOCALE,
    &es::LOCALE,
    &fr::LOCALE,
    &hi_latin::LOCALE,
    &it::LOCALE,
    &ja_latin::LOCALE,
    &nl::LOCALE,
    &pl::LOCALE,
    &pt::LOCALE,
    &sv::LOCALE,
    &tr::LOCALE,
];

/// A locale, split into words once.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) first: Box<[&'static str]>,
    pub(super) last: Box<[&'static str]>,
    pub(super) cities: Box<[&'static str]>,
    pub(super) streets: Box<[&'static str]>,
    pub(super) number_first: bool,
    pub(super) companies: Box<[&'static str]>,
    pub(super) postcode: &'static str,
    pub(super) phones: Box<[&'static str]>,
}

impl Words {
    pub(super) fn of(locale: &Locale) -> Words {
        let split = |list: &'static str| list.split('|').collect();
        Words {
            first: split(locale.first),
            last: split(locale.last),
            cities: split(locale.cities),
            streets: split(locale.streets),
            number_first: locale.number_first,
            companies: split(locale.companies),
            postcode: locale.postcode,
            phones: split(locale.phones),
        }
    }
}

/// One of several words.
pub(super) fn pick(words: &[&'static str], random: u64) -> &'static str {
    let count = u64::try_from(words.len()).unwrap_or(1).max(1);
    let at = usize::try_from(random % count).unwrap_or(0);
    words.get(at).copied().unwrap_or("")
}

/// A letter of a name as it stands in addresses: ASCII and lower case, nothing for what is no letter.
pub(super) fn plain(c: char) -> Option<&'static str> {
    const ASCII: &str = "abcdefghijklmnopqrstuvwxyz";
    let lower = c.to_lowercase().next()?;
    if lower.is_ascii_lowercase() {
        let at = usize::from(u8::try_from(lower).ok()? - b'a');
        return ASCII.get(at..=at);
    }
    Some(match lower {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ą' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ę' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' => "o",
        'ö' | 'œ' => "oe",
        'ś' | 'ş' => "s",
        'ß' => "ss",
        'ù' | 'ú' | 'û' => "u",
        'ü' => "ue",
        'ý' => "y",
        'ź' | 'ż' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn lists_are_long_and_hold_nothing_twice() {
        for locale in LOCALES {
            let words = Words::of(locale);
            for (list, least) in [
                (&words.first, 70),
                (&words.last, 70),
                (&words.cities, 20),
                (&words.streets, 18),
                (&words.companies, 6),
                (&words.phones, 1),
            ] {
                let distinct: HashSet<&str> = list.iter().copied().collect();
                assert_eq!(distinct.len(), list.len(), "{}", locale.code);
                assert!(list.len() >= least, "{} {}", locale.code, list[0]);
                assert!(
                    list.iter()
                        .all(|word| word.trim() == *word && !word.is_empty())
                );
            }
        }
    }

    #[test]
    fn every_letter_of_a_name_has_a_plain_form() {
        for locale in LOCALES {
            let words = Words::of(locale);
            let names = words.first.iter().chain(&*words.last);
            for c in names
                .flat_map(|name| name.chars())
                .filter(|c| c.is_alphabetic())
            {
                assert!(plain(c).is_some(), "{c} in {}", locale.code);
            }
        }
    }
}
