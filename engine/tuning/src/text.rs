//! Folding of case and accents, and the words of values and of names.

/// Lower case without the accents of Latin letters: `Élodie` is `elodie`, `Straße` is `strasse`.
/// Other scripts keep their letters. Appends to `out`.
pub fn fold(text: &str, out: &mut String) {
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => out.push('a'),
            'ç' | 'ć' | 'č' => out.push('c'),
            'ď' | 'đ' | 'ð' => out.push('d'),
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => out.push('e'),
            'ğ' | 'ģ' => out.push('g'),
            'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => out.push('i'),
            'ķ' => out.push('k'),
            'ĺ' | 'ļ' | 'ľ' | 'ł' => out.push('l'),
            'ñ' | 'ń' | 'ņ' | 'ň' => out.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ő' | 'ō' => out.push('o'),
            'ŕ' | 'ř' => out.push('r'),
            'ś' | 'š' | 'ş' | 'ș' => out.push('s'),
            'ť' | 'ţ' | 'ț' => out.push('t'),
            'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' | 'ų' => out.push('u'),
            'ý' | 'ÿ' => out.push('y'),
            'ź' | 'ż' | 'ž' => out.push('z'),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            // What is left of `İ` in lower case, and other combining marks.
            '\u{300}'..='\u{36f}' => {}
            other => out.push(other),
        }
    }
}

/// [`fold`] into a string of its own.
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold(text, &mut out);
    out
}

/// The words of a folded value: runs of letters and digits.
pub fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// The tokens of a name, folded: `cardNo2`, `card_no_2` and `CARD-NO-2` are `card`, `no`, `2`.
pub fn tokens(name: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut previous = ' ';
    let mut characters = name.chars().peekable();
    while let Some(c) = characters.next() {
        if c.is_alphanumeric() {
            let next_lower = characters.peek().is_some_and(|n| n.is_lowercase());
            let camel = c.is_uppercase()
                && (previous.is_lowercase() || (next_lower && previous.is_uppercase()));
            let digit = c.is_ascii_digit() != previous.is_ascii_digit();
            if !previous.is_alphanumeric() || camel || digit {
                tokens.push(String::new());
            }
            if let Some(token) = tokens.last_mut() {
                fold(c.encode_utf8(&mut [0; 4]), token);
            }
        }
        previous = c;
    }
    tokens
}

/// A value with its letters and digits hidden: `X` for a capital, `x` for another letter, `d` for a
/// digit; the rest stays. Runs of more than eight are written as `x{12}`, and all of it is cut at
/// 48 characters. This is how values are shown.
pub fn shape(value: &str) -> String {
    let class = |c: char| match c {
        c if c.is_numeric() => 'd',
        c if c.is_uppercase() => 'X',
        c if c.is_alphabetic() => 'x',
        c if c.is_ascii_punctuation() || c == ' ' => c,
        _ => '?',
    };
    let mut shape = String::new();
    let mut rest = value.chars().map(class).peekable();
    while let Some(c) = rest.next() {
        let mut run = 1;
        while rest.next_if_eq(&c).is_some() {
            run += 1;
        }
        if run > 8 {
            shape += &format!("{c}{{{run}}}");
        } else {
            shape.extend(std::iter::repeat_n(c, run));
        }
        if shape.len() > 48 {
            shape.truncate(48);
            shape.push('…');
            break;
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_case_fold() {
        for (text, want) in [
            ("Élodie MÜLLER-Straße", "elodie muller-strasse"),
            ("Łukasz Ørsted", "lukasz orsted"),
            ("İstanbul Iğdır", "istanbul igdir"),
            ("Иванов 東京", "иванов 東京"),
        ] {
            assert_eq!(folded(text), want);
        }
    }

    #[test]
    fn names_split_into_tokens() {
        for (name, want) in [
            ("cardNo2", vec!["card", "no", "2"]),
            ("SSNNumber", vec!["ssn", "number"]),
            ("E-Mail", vec!["e", "mail"]),
            ("CUSTOMER_NAME", vec!["customer", "name"]),
            ("AddressLine1", vec!["address", "line", "1"]),
            ("código_postal", vec!["codigo", "postal"]),
        ] {
            assert_eq!(tokens(name), want, "{name}");
        }
    }

    #[test]
    fn shapes_hold_no_letter_and_no_digit_of_the_value() {
        assert_eq!(shape("Jane.Doe@x.io 42"), "Xxxx.Xxx@x.xx dd");
        assert_eq!(shape("123456789012"), "d{12}");
        assert!(shape(&"ab, ".repeat(50)).chars().count() <= 49);
    }
}
