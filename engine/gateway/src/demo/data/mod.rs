//! The sample data: about 50,000 rows in five tables, the same rows for the same seed, every planted value labelled.
//!
//! `Sample::generate` is pure; `super::database` loads it with COPY, `super::verdict` checks with its labels
//! that nothing planted came back through the gateway.

mod locale;
mod numbers;
mod person;
mod random;
mod table;
mod text;

use person::Person;
use random::Random;
pub use table::{Column, Entity, Table};

/// The whole sample.
#[derive(Debug)]
pub struct Sample {
    /// Tables in the order in which they are loaded (referenced ones first).
    pub tables: Vec<Table>,
}

impl Sample {
    /// Generates the sample. Takes some 100 ms in a release build.
    pub fn generate(seed: u64) -> Sample {
        let mut random = Random::new(seed);
        let people: Vec<Person> = (1..=CUSTOMERS)
            .map(|number| Person::invent(&mut random, number))
            .collect();
        // A stream of its own for each table: a change in one does not move the others.
        let tables = vec![
            customers(&mut Random::new(seed ^ 1), &people),
            payments(&mut Random::new(seed ^ 2), &people),
            tickets(&mut Random::new(seed ^ 3), &people),
            employees(&mut Random::new(seed ^ 4)),
            events(&mut Random::new(seed ^ 5), &people),
        ];
        Sample { tables }
    }

    /// Rows of all tables.
    pub fn rows(&self) -> usize {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// Planted values of all tables.
    pub fn planted(&self) -> usize {
        self.tables.iter().map(|table| table.planted.len()).sum()
    }

    /// The table `pii_labels`: which column holds what, and how many values are planted in it.
    /// It names places only and holds no planted value.
    pub fn labels(&self) -> Table {
        let mut labels = Table::new("pii_labels", LABELS_DDL, LABELS_COLUMNS);
        for table in &self.tables {
            for (at, column) in table.columns.iter().enumerate() {
                let Some(entity) = column.entity else {
                    continue;
                };
                let planted = table
                    .planted
                    .iter()
                    .filter(|planted| planted.column == at)
                    .count();
                labels
                    .begin()
                    .cell("public")
                    .cell(table.name)
                    .cell(column.name)
                    .cell(entity.name())
                    .cell(planted)
                    .end();
            }
        }
        labels
    }
}

const CUSTOMERS: u32 = 12_000;
const PAYMENTS: u32 = 20_000;
const TICKETS: u32 = 6_000;
const EMPLOYEES: u32 = 1_200;
const EVENTS: u32 = 11_000;

const fn plain(name: &'static str) -> Column {
    Column { name, entity: None }
}

const fn labelled(name: &'static str, entity: Entity) -> Column {
    Column {
        name,
        entity: Some(entity),
    }
}

const LABELS_DDL: &str = "CREATE TABLE pii_labels (id int PRIMARY KEY, schema_name text NOT NULL, table_name text NOT NULL, \
     column_name text NOT NULL, entity text NOT NULL, planted int NOT NULL)";
const LABELS_COLUMNS: &[Column] = &[
    plain("id"),
    plain("schema_name"),
    plain("table_name"),
    plain("column_name"),
    plain("entity"),
    plain("planted"),
];

fn customers(random: &mut Random, people: &[Person]) -> Table {
    let ddl = "CREATE TABLE customers (id int PRIMARY KEY, full_name text NOT NULL, email text NOT NULL UNIQUE, \
         phone text, birth_date date, street text, postcode text, town text, country char(2), national_id text, \
         last_ip inet, points int, newsletter boolean, created_at timestamptz)";
    const COLUMNS: &[Column] = &[
        plain("id"),
        labelled("full_name", Entity::Person),
        labelled("email", Entity::Email),
        labelled("phone", Entity::Phone),
        labelled("birth_date", Entity::BirthDate),
        labelled("street", Entity::Street),
        labelled("postcode", Entity::Postcode),
        plain("town"),
        plain("country"),
        labelled("national_id", Entity::NationalId),
        labelled("last_ip", Entity::Ip),
        plain("points"),
        plain("newsletter"),
        plain("created_at"),
    ];
    let mut table = Table::new("customers", ddl, COLUMNS);
    for person in people {
        table.begin().plant(&person.full_name).plant(&person.email);
        if random.chance(92) {
            table.plant(&person.phone)
        } else {
            table.null()
        };
        table
            .plant(&person.birth_date())
            .plant(&person.street)
            .plant(&person.postcode);
        table
            .cell(&person.town)
            .cell(person.country)
            .plant(&person.national_id)
            .plant(&person.ip);
        table
            .cell(random.below(9_000))
            .cell(if random.chance(40) { 't' } else { 'f' })
            .cell(moment(random))
            .end();
    }
    table
}

fn payments(random: &mut Random, people: &[Person]) -> Table {
    let ddl = "CREATE TYPE payment_status AS ENUM ('settled', 'pending', 'refunded', 'disputed');
         CREATE TABLE payments (id bigint PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, order_no text NOT NULL, \
         card_number text, iban text, amount numeric(10,2) NOT NULL, currency char(3) NOT NULL, status payment_status NOT NULL, \
         trace bigint NOT NULL, paid_at timestamptz NOT NULL)";
    const COLUMNS: &[Column] = &[
        plain("id"),
        plain("customer_id"),
        plain("order_no"),
        labelled("card_number", Entity::Card),
        labelled("iban", Entity::Iban),
        plain("amount"),
        plain("currency"),
        plain("status"),
        plain("trace"),
        plain("paid_at"),
    ];
    let mut table = Table::new("payments", ddl, COLUMNS);
    for number in 1..=PAYMENTS {
        let customer = random.below(CUSTOMERS);
        table
            .begin()
            .cell(customer + 1)
            .cell(format_args!("ORD-2024-{number:06}"));
        if random.chance(75) {
            table.plant(&numbers::card(random)).null();
        } else {
            table.null().plant(&people[customer as usize].iban);
        }
        table.cell(format_args!(
            "{}.{:02}",
            random.between(3, 1_900),
            random.below(100)
        ));
        table.cell(random.pick(&["EUR", "USD", "GBP", "PLN", "BRL", "INR"]));
        table.cell(random.pick(&[
            "settled", "settled", "settled", "pending", "refunded", "disputed",
        ]));
        // Thirteen digits beginning with 17, as epoch milliseconds do: it resembles a card number and is none.
        table
            .cell(format_args!("17{}", random.digits(11)))
            .cell(moment(random))
            .end();
    }
    table
}

fn tickets(random: &mut Random, people: &[Person]) -> Table {
    let ddl = "CREATE TABLE tickets (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, subject text NOT NULL, \
         body text NOT NULL, state text NOT NULL, opened_at timestamptz NOT NULL)";
    const COLUMNS: &[Column] = &[
        plain("id"),
        plain("customer_id"),
        plain("subject"),
        labelled("body", Entity::FreeText),
        plain("state"),
        plain("opened_at"),
    ];
    const SUBJECTS: &[&str] = &[
        "login",
        "refund",
        "delivery",
        "change of details",
        "question",
        "complaint",
        "security",
    ];
    let mut table = Table::new("tickets", ddl, COLUMNS);
    for _ in 0..TICKETS {
        let customer = random.below(CUSTOMERS);
        let (body, spans) = text::ticket(random, &people[customer as usize]);
        table
            .begin()
            .cell(customer + 1)
            .cell(random.pick(SUBJECTS))
            .plant_spans(&body, &spans);
        table
            .cell(random.pick(&["open", "waiting", "closed"]))
            .cell(moment(random))
            .end();
    }
    table
}

fn employees(random: &mut Random) -> Table {
    let ddl = "CREATE TABLE employees (id int PRIMARY KEY, full_name text NOT NULL, work_email text NOT NULL, phones text[], \
         ssn text, birth_date date, salary numeric(10,2), title text, badge uuid, manager_id int, hired_on date)";
    const COLUMNS: &[Column] = &[
        plain("id"),
        labelled("full_name", Entity::Person),
        labelled("work_email", Entity::Email),
        labelled("phones", Entity::Phone),
        labelled("ssn", Entity::NationalId),
        labelled("birth_date", Entity::BirthDate),
        labelled("salary", Entity::Salary),
        plain("title"),
        plain("badge"),
        plain("manager_id"),
        plain("hired_on"),
    ];
    const TITLES: &[&str] = &[
        "engineer",
        "clerk",
        "analyst",
        "driver",
        "team lead",
        "buyer",
        "accountant",
        "support agent",
    ];
    let mut table = Table::new("employees", ddl, COLUMNS);
    for number in 1..=EMPLOYEES {
        let person = Person::invent(random, CUSTOMERS + number);
        let second = Person::invent(random, number);
        let phones = vec![
            (Entity::Phone, person.phone.clone()),
            (Entity::Phone, second.phone),
        ];
        let literal = format!("{{\"{}\",\"{}\"}}", phones[0].1, phones[1].1);
        // Never a multiple of 100: a rounded salary always differs from the planted one.
        let salary = format!(
            "{}{:02}.{:02}",
            random.between(240, 1_900),
            random.between(1, 99),
            random.below(100)
        );
        table
            .begin()
            .plant(&person.full_name)
            .plant(&person.email)
            .plant_spans(&literal, &phones);
        table
            .plant(&numbers::us_ssn(random))
            .plant(&person.birth_date())
            .plant(&salary)
            .cell(random.pick(TITLES));
        table.cell(uuid(random));
        if number == 1 {
            table.null()
        } else {
            table.cell(random.between(1, number - 1))
        };
        table
            .cell(format_args!(
                "20{:02}-{:02}-01",
                random.between(8, 24),
                random.between(1, 12)
            ))
            .end();
    }
    table
}

fn events(random: &mut Random, people: &[Person]) -> Table {
    let ddl = "CREATE TABLE events (id bigint PRIMARY KEY, happened_at timestamptz NOT NULL, kind text NOT NULL, payload jsonb NOT NULL)";
    const COLUMNS: &[Column] = &[
        plain("id"),
        plain("happened_at"),
        plain("kind"),
        labelled("payload", Entity::FreeText),
    ];
    let mut table = Table::new("events", ddl, COLUMNS);
    for _ in 0..EVENTS {
        let customer = random.below(CUSTOMERS);
        let person = &people[customer as usize];
        let kind = *random.pick(&["login", "view", "purchase", "newsletter"]);
        let id = customer + 1;
        let (payload, spans) = match kind {
            "login" => (
                // The escape is how some encoders write the at sign: jsonb decodes it, and so must the masker.
                format!(
                    r#"{{"user": {{"id": {id}, "email": "{}", "ip": "{}"}}, "ok": true}}"#,
                    person.email.replace('@', "\\u0040"),
                    person.ip
                ),
                vec![
                    (Entity::Email, person.email.clone()),
                    (Entity::Ip, person.ip.clone()),
                ],
            ),
            "purchase" => {
                let card = numbers::card(random);
                let cents = random.between(300, 190_000);
                (
                    format!(
                        r#"{{"user": {{"id": {id}}}, "payment": {{"card": "{card}", "amount": {}.{:02}}}, "items": {}}}"#,
                        cents / 100,
                        cents % 100,
                        random.between(1, 9)
                    ),
                    vec![(Entity::Card, card)],
                )
            }
            "newsletter" => (
                format!(
                    r#"{{"recipients": ["{}"], "campaign": "spring-2024"}}"#,
                    person.email
                ),
                vec![(Entity::Email, person.email.clone())],
            ),
            _ => (
                format!(
                    r#"{{"user": {{"id": {id}}}, "page": "/items/{}", "ms": {}}}"#,
                    random.below(900),
                    random.below(4_000)
                ),
                Vec::new(),
            ),
        };
        table
            .begin()
            .cell(moment(random))
            .cell(kind)
            .plant_spans(&payload, &spans)
            .end();
    }
    table
}

/// A moment of 2024 in UTC.
fn moment(random: &mut Random) -> String {
    format!(
        "2024-{:02}-{:02} {:02}:{:02}:{:02}+00",
        random.between(1, 12),
        random.between(1, 28),
        random.below(24),
        random.below(60),
        random.below(60)
    )
}

fn uuid(random: &mut Random) -> String {
    let (high, low) = (random.bits(), random.bits());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xFFFF,
        high & 0xFFF,
        (low >> 48) & 0x3FFF | 0x8000,
        low & 0xFFFF_FFFF_FFFF
    )
}

#[cfg(test)]
mod tests;
