//! What is sensitive in the lab: customers of a locale, and numbers and secrets of many kinds.

use super::locale::Locale;
use super::random::Random;
use super::{Spec, number};
use crate::labels::Strength::{Format, Named, None as Innocent, Strong, Weak};
use crate::text::folded;

/// A table of customers.
pub(super) fn customer(locale: &'static Locale) -> Vec<Spec> {
    let [
        first,
        last,
        full,
        street,
        city,
        postcode,
        phone,
        birth,
        email,
    ] = locale.columns;
    vec![
        Spec::new(("customer_id", "int8", ""), Innocent, |_, row| {
            (100_000 + row * 3).to_string()
        }),
        Spec::new((first, "text", "FIRST_NAME"), Named, |random, _| {
            locale.first(random)
        }),
        Spec::new((last, "text", "LAST_NAME"), Named, |random, _| {
            locale.last(random)
        }),
        Spec::new((full, "text", "PERSON"), Named, |random, _| {
            format!("{} {}", locale.first(random), locale.last(random))
        }),
        Spec::new((street, "text", "STREET_ADDRESS"), Named, |random, _| {
            locale.street(random)
        }),
        Spec::new((city, "text", "CITY"), Weak, |random, _| {
            locale.city(random)
        }),
        Spec::new((postcode, "text", "POSTAL_CODE"), Weak, |random, _| {
            random.pattern(locale.postcode)
        }),
        Spec::new(
            (phone, "text", "PHONE_NUMBER"),
            if locale.phone_is_distinct() {
                Strong
            } else {
                Format
            },
            |random, _| random.pattern(locale.phone),
        ),
        Spec::new((birth, "date", "DATE_OF_BIRTH"), Weak, |random, _| {
            day(random, 1940, 2006)
        }),
        Spec::new((email, "text", "EMAIL_ADDRESS"), Strong, |random, _| {
            mail(locale, random)
        }),
    ]
}

fn mail(locale: &Locale, random: &mut Random) -> String {
    let name = folded(&format!("{}.{}", locale.first(random), locale.last(random)));
    let name: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '.')
        .collect();
    let host = random.pick(&[
        "example.com",
        "mail.example.org",
        "post.example.net",
        "firma.example",
    ]);
    format!("{name}{}@{host}", random.range(1, 99))
}

/// `YYYY-MM-DD`
pub(super) fn day(random: &mut Random, from: u64, to: u64) -> String {
    format!(
        "{:04}-{:02}-{:02}",
        random.range(from, to),
        random.range(1, 13),
        random.range(1, 29)
    )
}

/// Tables of numbers and secrets.
///
/// Three digits, ten digits, a letter and seven digits, a password: no value tells these from codes and orders
/// that are nobody's, so that their truth is [`Format`] and not [`Strong`].
pub(super) fn numbers() -> Vec<(&'static str, Vec<Spec>)> {
    let base64 = |random: &mut Random, length: usize| -> String {
        const LETTERS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        (0..length)
            .map(|_| char::from(LETTERS[usize::try_from(random.next() % 62).unwrap_or(0)]))
            .collect()
    };
    vec![
        (
            "payment",
            vec![
                Spec::new(("payment_id", "int8", ""), Innocent, |_, row| {
                    (9_000_000 + row).to_string()
                }),
                Spec::new(
                    ("card_number", "text", "CREDIT_CARD"),
                    Strong,
                    |random, _| number::card(random),
                ),
                Spec::new(("iban", "text", "IBAN_CODE"), Strong, |random, _| {
                    number::iban(random)
                }),
                Spec::new(
                    ("routing_number", "text", "ABA_ROUTING_NUMBER"),
                    Strong,
                    |random, _| number::aba(random),
                ),
                Spec::new(("cvv", "text", "CARD_SECURITY"), Format, |random, _| {
                    random.pattern("###")
                }),
                Spec::new(
                    ("account_number", "text", "BANK_ACCOUNT"),
                    Format,
                    |random, _| random.pattern("%#########"),
                ),
                Spec::new(("amount", "numeric", ""), Innocent, |random, _| {
                    random.pattern("%##.##")
                }),
            ],
        ),
        (
            "national_ids",
            vec![
                Spec::new(("ssn", "text", "US_SSN"), Strong, |random, _| {
                    number::ssn(random)
                }),
                Spec::new(("nhs_number", "text", "UK_NHS"), Strong, |random, _| {
                    number::nhs(random)
                }),
                Spec::new(("cpf", "text", "BR_CPF"), Strong, |random, _| {
                    number::cpf(random)
                }),
                Spec::new(("pesel", "text", "PL_PESEL"), Strong, |random, _| {
                    number::pesel(random)
                }),
                Spec::new(("nif", "text", "ES_NIF"), Strong, |random, _| {
                    number::nif(random)
                }),
                Spec::new(("bsn", "text", "NL_BSN"), Strong, |random, _| {
                    number::bsn(random)
                }),
                Spec::new(("numero_secu", "text", "FR_NIR"), Strong, |random, _| {
                    number::nir(random)
                }),
                Spec::new(("aadhaar_no", "text", "IN_AADHAAR"), Strong, |random, _| {
                    number::aadhaar(random)
                }),
                Spec::new(("pan_number", "text", "IN_PAN"), Strong, |random, _| {
                    random.pattern("???P?####?")
                }),
                Spec::new(
                    ("passport_number", "text", "PASSPORT"),
                    Format,
                    |random, _| random.pattern("?########"),
                ),
                Spec::new(
                    ("drivers_license", "text", "DRIVER_LICENSE"),
                    Format,
                    |random, _| random.pattern("?#######"),
                ),
            ],
        ),
        (
            "patient_record",
            vec![
                Spec::new(("mrn", "text", "MEDICAL_RECORD"), Strong, |random, _| {
                    random.pattern("MRN-########")
                }),
                Spec::new(("npi", "text", "US_NPI"), Strong, |random, _| {
                    number::npi(random)
                }),
                Spec::new(("blood_type", "text", "MEDICAL"), Weak, |random, _| {
                    random.pick(&["A+", "0-", "B+", "AB-"]).to_owned()
                }),
                Spec::new(("gender", "text", "GENDER"), Weak, |random, _| {
                    random.pick(&["female", "male", "other"]).to_owned()
                }),
            ],
        ),
        (
            "device",
            vec![
                Spec::new(("client_ip", "text", "IP_ADDRESS"), Strong, |random, _| {
                    format!(
                        "{}.{}.{}.{}",
                        random.range(41, 223),
                        random.range(0, 256),
                        random.range(0, 256),
                        random.range(1, 255)
                    )
                }),
                Spec::new(("ip_v6", "text", "IP_ADDRESS"), Strong, |random, _| {
                    random.pattern("2001:db8:^^^^:^^^^:^^^^:^^^^:^^^^:^^^^")
                }),
                Spec::new(
                    ("mac_address", "text", "MAC_ADDRESS"),
                    Strong,
                    |random, _| random.pattern("3c:^^:^^:^^:^^:^^"),
                ),
                Spec::new(("imei", "text", "IMEI"), Strong, |random, _| {
                    number::luhn(&random.pattern("35############"))
                }),
                Spec::new(("vin", "text", "VIN"), Strong, |random, _| {
                    number::vin(random)
                }),
                Spec::new(("username", "text", "USERNAME"), Weak, |random, _| {
                    random.pattern("user_^^^^##")
                }),
            ],
        ),
        (
            "integration",
            vec![
                Spec::new(("aws_access_key", "text", "SECRET"), Strong, |random, _| {
                    random.pattern("AKIA????????????????")
                }),
                Spec::new(("api_token", "text", "SECRET"), Strong, move |random, _| {
                    format!("ghp_{}", base64(random, 36).replace(['-', '_'], "a"))
                }),
                Spec::new(("password", "text", "PASSWORD"), Format, |random, _| {
                    random.pattern("?^^^#^^?!^#")
                }),
                Spec::new(
                    ("contact_phone", "text", "PHONE_NUMBER"),
                    Strong,
                    |random, _| random.pattern("+4930%#######"),
                ),
            ],
        ),
    ]
}
