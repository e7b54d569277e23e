//! The canonical form of a text before it is keyed, so that one thing written in two ways masks
//! alike: `Jo@Example.com ` and `jo@example.com`, `4111 1111 …` and `41111111…`.

/// How a text is brought into canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Canonical {
    /// Without white space around it.
    Trim,
    /// Without white space around it, letters in lower case.
    Fold,
    /// ASCII letters and digits only, in lower case.
    Alnum,
}

impl Canonical {
    /// The form of an entity class: e-mail addresses fold, numbers lose their separators.
    pub(crate) fn of_entity(entity: &str) -> Canonical {
        let has = |part: &str| entity.split('_').any(|p| p.eq_ignore_ascii_case(part));
        if has("EMAIL") {
            Canonical::Fold
        } else if NUMBERS.iter().any(|part| has(part)) || is_national(entity) {
            Canonical::Alnum
        } else {
            Canonical::Trim
        }
    }

    /// Appends the canonical form of `text`.
    pub(crate) fn push(self, text: &[u8], out: &mut Vec<u8>) {
        let trimmed = text.trim_ascii();
        match self {
            Canonical::Trim => out.extend_from_slice(trimmed),
            Canonical::Fold => fold(trimmed, out),
            Canonical::Alnum => out.extend(
                trimmed
                    .iter()
                    .filter(|b| b.is_ascii_alphanumeric())
                    .map(u8::to_ascii_lowercase),
            ),
        }
        // A text of separators only has no other form than its own.
        if self == Canonical::Alnum && !trimmed.iter().any(u8::is_ascii_alphanumeric) {
            out.extend_from_slice(trimmed);
        }
    }
}

/// Appends a text in lower case; what is not UTF-8 folds as ASCII.
fn fold(text: &[u8], out: &mut Vec<u8>) {
    match std::str::from_utf8(text) {
        Ok(text) if !text.is_ascii() => {
            for c in text.chars().flat_map(char::to_lowercase) {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        _ => out.extend(text.iter().map(u8::to_ascii_lowercase)),
    }
}

/// Does the name begin with a country, as those of national numbers do (`PL_PESEL`, `BR_RG`)?
fn is_national(entity: &str) -> bool {
    entity.split_once('_').is_some_and(|(country, _)| {
        let is_country = |known: &str| known.eq_ignore_ascii_case(country);
        COUNTRIES.split(' ').any(is_country)
    })
}

/// Countries whose numbers detectors know, and then some; `IP`, `ID` and `PHONE` must not be among them.
const COUNTRIES: &str = "AE AR AT AU BE BG BR CA CH CL CN CO CY CZ DE DK EE EG ES FI FR GB GR HK HR HU IE IL \
                         IN IS IT JP KE KR KZ LT LU LV MA MT MX MY NG NL NO NZ PE PH PK PL PT RO RU SA SE \
                         SG SI SK TH TR TW UA UK US UY VN YU ZA";

/// Parts of entity names whose values are numbers with optional separators.
const NUMBERS: &[&str] = &[
    "CARD",
    "PHONE",
    "IBAN",
    "SSN",
    "ITIN",
    "EIN",
    "NPI",
    "ABA",
    "NINO",
    "NHS",
    "TAX",
    "NIR",
    "NIF",
    "CF",
    "BSN",
    "PESEL",
    "CPF",
    "CNPJ",
    "AADHAAR",
    "PAN",
    "IMEI",
    "VIN",
    "ACCOUNT",
    "MAC",
    "NIE",
    "NUSS",
    "SIREN",
    "SIRET",
    "VAT",
    "SIN",
    "TFN",
    "ABN",
    "ACN",
    "MBI",
    "DEA",
    "UTR",
    "PASSPORT",
    "LICENSE",
    "LICENCE",
    "NRIC",
    "UEN",
    "RRN",
    "CURP",
    "RUT",
    "CNH",
    "PIS",
    "GSTIN",
    "NIP",
    "REGON",
    "CNP",
    "EGN",
    "AMKA",
    "AHV",
    "SVNR",
    "PPS",
    "NRN",
    "CPR",
    "FISCAL",
    "BIC",
    "SWIFT",
    "ROUTING",
    "IMSI",
    "ICCID",
    "PLATE",
    "POSTCODE",
    "ZIP",
    "PIN",
    "BIRTHNUMBER",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_by_entity() {
        for (entity, text, form) in [
            ("EMAIL_ADDRESS", " Jo@Example.COM ", "jo@example.com"),
            ("CREDIT_CARD", "4111 1111-1111", "411111111111"),
            ("PERSON", " Ann ", "Ann"),
            ("PHONE", "--", "--"),
            ("BR_RG", "12.345.678-9", "123456789"),
            ("IP_ADDRESS", "10.0.0.1", "10.0.0.1"),
            ("AWS_SECRET_KEY", "aB/c", "aB/c"),
            ("UK_NHS_NUMBER", "943 476 5919", "9434765919"),
            ("EMAIL", "JÖRG@Example.com", "jörg@example.com"),
        ] {
            let mut out = Vec::new();
            Canonical::of_entity(entity).push(text.as_bytes(), &mut out);
            assert_eq!(out, form.as_bytes(), "{entity}");
        }
    }
}
