//! Free text as people write it into a support form, with sensitive values planted in the middle of sentences.
//!
//! Names of people are deliberately not planted in free text: no pattern finds them there, and the demo
//! claims only what the starter pack can hold.

use super::numbers;
use super::person::Person;
use super::random::Random;
use super::table::Entity;

/// A ticket text about `person`, and the values planted in it. About two of three texts carry some.
pub fn ticket(random: &mut Random, person: &Person) -> (String, Vec<(Entity, String)>) {
    let template = if random.chance(62) {
        random.pick(SENSITIVE)
    } else {
        random.pick(PLAIN)
    };
    fill(random, person, template)
}

/// Texts without anything sensitive, with numbers that resemble something sensitive.
const PLAIN: &[&str] = &[
    "The parcel for order {order} arrived with a dent. Tracking shows 3 attempts on 2024-05-17.",
    "App version 4.11.2 crashes on the checkout page, see trace {trace}.",
    "Please cancel order {order}; I chose size 42 instead of 43.",
    "Die Lieferung {order} ist seit 14 Tagen unterwegs. Bitte um Rückmeldung.",
    "Le colis {order} n'est jamais arrivé, merci de vérifier auprès du transporteur.",
    "¿Cuándo vuelve a estar disponible el artículo 88-1204? Pedido {order}.",
    "Zwrot zamówienia {order} wysłany, etykieta nr {trace}.",
    "The discount code SPRING-2024 was not applied, total was 129.90 instead of 116.91.",
];

/// Texts with planted values.
const SENSITIVE: &[&str] = &[
    "Hello, I can no longer log in with {email}. Please reset it.",
    "You charged my card {card} twice for order {order}. Refund one of the payments, please.",
    "Please call me back, my phone is {phone}, best after 18:00.",
    "Bitte erstatten Sie den Betrag auf mein Konto IBAN {iban}. Danke! Bestellung {order}",
    "Mon adresse e-mail a changé : {email} au lieu de l'ancienne. Téléphone {phone}.",
    "The verification asked for my social security number, SSN {ssn}. Is that normal?",
    "Paid with visa card {card_spaced}, exp 09/27, and the page froze. Order {order}.",
    "Quiero cambiar la cuenta bancaria: IBAN {iban_spaced}. Mi correo es {email}.",
    "Someone logged in from IP address {ip} and changed my password! Write to {email} at once.",
    "forwarded message:\n> from: {email}\n> card number: {card_dashed}\n> tel: {phone}\nplease handle",
    "Moje konto: {iban}, telefon {phone}. Prosze o szybki kontakt w sprawie {order}.",
    "Contact: {email} / {phone}",
];

fn fill(random: &mut Random, person: &Person, template: &str) -> (String, Vec<(Entity, String)>) {
    let mut text = String::with_capacity(template.len() + 64);
    let mut planted = Vec::new();
    let mut rest = template;
    while let Some((before, from)) = rest.split_once('{') {
        let Some((place, after)) = from.split_once('}') else {
            break;
        };
        text.push_str(before);
        let (entity, value) = value(random, person, place);
        text.push_str(&value);
        if let Some(entity) = entity {
            planted.push((entity, value));
        }
        rest = after;
    }
    text.push_str(rest);
    (text, planted)
}

fn value(random: &mut Random, person: &Person, place: &str) -> (Option<Entity>, String) {
    match place {
        "email" => (Some(Entity::Email), person.email.clone()),
        "phone" => (Some(Entity::Phone), person.phone.clone()),
        "card" => (Some(Entity::Card), numbers::card(random)),
        "card_spaced" => (
            Some(Entity::Card),
            numbers::card_grouped(&numbers::card(random), ' '),
        ),
        "card_dashed" => (
            Some(Entity::Card),
            numbers::card_grouped(&numbers::card(random), '-'),
        ),
        "iban" => (Some(Entity::Iban), person.iban.clone()),
        "iban_spaced" => (Some(Entity::Iban), numbers::iban_grouped(&person.iban)),
        "ssn" => (Some(Entity::NationalId), numbers::us_ssn(random)),
        "ip" => (Some(Entity::Ip), person.ip.clone()),
        "trace" => (None, format!("17{}", random.digits(11))),
        _ => (None, format!("ORD-2024-{:06}", random.between(1, 20_000))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_filled_and_every_planted_value_is_in_the_text() {
        let mut random = Random::new(11);
        let person = Person::invent(&mut random, 1);
        for template in PLAIN.iter().chain(SENSITIVE) {
            let (text, planted) = fill(&mut random, &person, template);
            assert!(!text.contains(['{', '}']), "{text}");
            assert!(
                planted.iter().all(|(_, value)| text.contains(value)),
                "{text}"
            );
            assert_eq!(planted.is_empty(), PLAIN.contains(template), "{template}");
        }
    }
}
