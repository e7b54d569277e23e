//! What only looks sensitive.

use super::person::day;
use super::random::Random;
use super::{Spec, number};
use crate::labels::Strength;

type Value = fn(&mut Random, u64) -> String;

fn specs(columns: &[(&'static str, &'static str, Value)]) -> Vec<Spec> {
    let spec = |(column, type_name, value): &(&'static str, &'static str, Value)| {
        Spec::new((column, type_name, ""), Strength::None, *value)
    };
    columns.iter().map(spec).collect()
}

/// Tables in which nothing is sensitive.
pub(super) fn tables() -> Vec<(&'static str, Vec<Spec>)> {
    vec![
        ("catalog", catalog()),
        ("orders", orders()),
        ("telemetry", telemetry()),
        ("releases", releases()),
        ("ledger", ledger()),
    ]
}

fn catalog() -> Vec<Spec> {
    specs(&[
        ("gtin13", "text", |random, _| number::gtin(random, 13)),
        ("gtin14", "text", |random, _| number::gtin(random, 14)),
        ("upc", "text", |random, _| number::gtin(random, 12)),
        ("ean8", "text", |random, _| number::gtin(random, 8)),
        ("isbn10", "text", |random, _| number::isbn10(random)),
        ("isbn13", "text", |random, _| {
            let body = random.pattern("978#########");
            let sum: u32 = body
                .chars()
                .filter_map(|c| c.to_digit(10))
                .enumerate()
                .map(|(at, d)| if at.is_multiple_of(2) { d } else { 3 * d })
                .sum();
            format!("{body}{}", (10 - sum % 10) % 10)
        }),
        ("sku", "text", |random, _| random.pattern("SKU-???-#####")),
        ("part_number", "text", |random, _| {
            random.pattern("%##-##-####")
        }),
        ("serial_no", "text", |random, _| {
            random.pattern("??##########")
        }),
        ("model", "text", |random, _| random.pattern("??-####?")),
        ("product_name", "text", |random, _| {
            let words = [
                ["Ergonomic", "Rustic", "Sleek", "Compact", "Heavy", "Smart"],
                ["Steel", "Oak", "Cotton", "Granite", "Rubber", "Glass"],
                ["Chair", "Lamp", "Keyboard", "Table", "Bottle", "Bench"],
            ];
            words.map(|of| random.pick(&of)).join(" ")
        }),
        ("brand_name", "text", |random, _| {
            format!(
                "{} {}",
                random.pick(&[
                    "Acme", "Nordwind", "Solaris", "Vertex", "Kestrel", "Bluepeak"
                ]),
                random.pick(&["Ltd", "GmbH", "Inc", "S.A.", "Group"])
            )
        }),
        ("category", "text", |random, _| {
            random
                .pick(&["Garden", "Kitchen", "Office", "Toys", "Sports", "Books"])
                .to_owned()
        }),
        ("color", "text", |random, _| {
            random
                .pick(&["red", "teal", "amber", "ivory", "navy", "olive"])
                .to_owned()
        }),
        ("dimensions", "text", |random, _| {
            random.pattern("%#x%#x%# cm")
        }),
        ("batch_no", "text", |random, _| random.pattern("#########")),
        ("price", "numeric", |random, _| random.pattern("%#.##")),
        ("rating", "numeric", |random, _| random.pattern("%.#")),
    ])
}

fn orders() -> Vec<Spec> {
    specs(&[
        ("order_number", "text", |random, _| {
            random.pattern("ORD-2024-######")
        }),
        ("order_ref", "text", |random, _| {
            random.pattern("%#########")
        }),
        ("invoice_no", "text", |random, _| {
            random.pattern("INV%########")
        }),
        ("tracking_number", "text", |random, _| {
            random.pattern("1Z???########%%##")
        }),
        ("tracking_digits", "text", |random, _| {
            random.pattern("94001%################")
        }),
        ("external_id", "int8", |random, _| {
            random.pattern("%##########")
        }),
        ("bigint_id", "int8", |random, _| {
            random.pattern("%###############")
        }),
        ("sequence", "int8", |_, row| {
            (4_000_000_000 + row).to_string()
        }),
        ("warehouse_code", "text", |random, _| {
            random.pattern("WH-??-##")
        }),
        ("status", "text", |random, _| {
            random
                .pick(&["pending", "shipped", "cancelled", "delivered"])
                .to_owned()
        }),
        ("created_at", "timestamptz", |random, _| {
            format!(
                "{} {:02}:{:02}:{:02}+00",
                day(random, 2019, 2025),
                random.range(0, 24),
                random.range(0, 60),
                random.range(0, 60)
            )
        }),
        ("order_date", "date", |random, _| day(random, 2019, 2025)),
        ("delivery_slot", "text", |random, _| {
            format!(
                "{:02}:00-{:02}:00",
                random.range(8, 12),
                random.range(13, 20)
            )
        }),
        ("quantity", "int4", |random, _| {
            random.range(1, 400).to_string()
        }),
        ("discount_code", "text", |random, _| {
            random.pattern("SAVE##??")
        }),
        ("email_verified", "bool", |random, _| {
            random.pick(&["t", "f"]).to_owned()
        }),
        ("address_id", "int8", |random, _| {
            random.pattern("%########")
        }),
        ("phone_type", "text", |random, _| {
            random.pick(&["home", "work", "mobile"]).to_owned()
        }),
        ("customer_count", "int4", |random, _| random.pattern("%##")),
    ])
}

fn telemetry() -> Vec<Spec> {
    specs(&[
        ("ts_ms", "int8", |random, _| {
            (1_700_000_000_000 + random.range(0, 60_000_000_000)).to_string()
        }),
        ("epoch", "int8", |random, _| {
            (1_700_000_000 + random.range(0, 60_000_000)).to_string()
        }),
        ("event_micros", "int8", |random, _| {
            (1_700_000_000_000_000 + random.range(0, 60_000_000_000_000)).to_string()
        }),
        ("trace_id", "text", |random, _| {
            random.pattern("^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^")
        }),
        ("span_id", "text", |random, _| {
            random.pattern("^^^^^^^^^^^^^^^^")
        }),
        ("sha256", "text", |random, _| {
            random.pattern(&"^".repeat(64))
        }),
        ("md5", "text", |random, _| random.pattern(&"^".repeat(32))),
        ("request_uuid", "text", |random, _| {
            random.pattern("^^^^^^^^-^^^^-4^^^-a^^^-^^^^^^^^^^^^")
        }),
        ("site_coordinates", "text", |random, _| {
            format!(
                "{}.{},{}.{}",
                random.range(30, 60),
                random.pattern("######"),
                random.range(1, 20),
                random.pattern("######")
            )
        }),
        ("sensor_reading", "float8", |random, _| {
            random.pattern("%#.####")
        }),
        ("duration_ns", "int8", |random, _| {
            random.pattern("%########")
        }),
        ("bytes_sent", "int8", |random, _| random.pattern("%#######")),
        ("http_status", "int4", |random, _| {
            random.pick(&["200", "301", "404", "500"]).to_owned()
        }),
        ("hex_color", "text", |random, _| random.pattern("#^^^^^^")),
        ("user_agent", "text", |random, _| {
            format!(
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/{}.0.{}.{} Safari/537.36",
                random.range(90, 130),
                random.range(4000, 6000),
                random.range(10, 200)
            )
        }),
        ("log_level", "text", |random, _| {
            random.pick(&["info", "warn", "error", "debug"]).to_owned()
        }),
        ("metric_name", "text", |random, _| {
            format!(
                "{}.{}.{}",
                random.pick(&["cpu", "disk", "net"]),
                random.pick(&["load", "wait", "queue"]),
                random.pick(&["avg", "p99", "max"])
            )
        }),
    ])
}

fn releases() -> Vec<Spec> {
    specs(&[
        ("version", "text", |random, _| {
            format!(
                "{}.{}.{}.{}",
                random.range(0, 12),
                random.range(0, 20),
                random.range(0, 30),
                random.range(0, 40)
            )
        }),
        ("semver", "text", |random, _| {
            format!(
                "{}.{}.{}",
                random.range(0, 12),
                random.range(0, 20),
                random.range(0, 30)
            )
        }),
        ("commit_sha", "text", |random, _| {
            random.pattern(&"^".repeat(40))
        }),
        ("build_number", "int8", |random, _| {
            random.pattern("2024######")
        }),
        ("file_name", "text", |random, _| {
            format!(
                "report-{}.{}",
                random.pattern("####"),
                random.pick(&["pdf", "csv", "txt"])
            )
        }),
        ("file_path", "text", |random, _| {
            format!(
                "/srv/{}/{}",
                random.pick(&["data", "app", "logs"]),
                random.pattern("^^^^^^")
            )
        }),
        ("host_name", "text", |random, _| {
            format!(
                "{}-{:02}.dc{}.internal",
                random.pick(&["web", "db", "cache", "mail"]),
                random.range(1, 40),
                random.range(1, 4)
            )
        }),
        ("cron", "text", |random, _| {
            format!(
                "{} {} * * {}",
                random.range(0, 60),
                random.range(0, 24),
                random.range(0, 7)
            )
        }),
        ("mime_type", "text", |random, _| {
            random
                .pick(&["text/html", "image/png", "application/json"])
                .to_owned()
        }),
        ("release_date", "date", |random, _| day(random, 2015, 2025)),
        ("checksum_crc", "text", |random, _| {
            random.pattern("^^^^^^^^")
        }),
    ])
}

fn ledger() -> Vec<Spec> {
    specs(&[
        ("ledger_account", "text", |random, _| {
            random.pattern("%###-##-##")
        }),
        ("cost_center", "text", |random, _| {
            random.pattern("CC######")
        }),
        ("amount_minor", "int8", |random, _| {
            random.pattern("%#######")
        }),
        ("currency", "text", |random, _| {
            random.pick(&["EUR", "USD", "GBP", "PLN", "SEK"]).to_owned()
        }),
        ("exchange_rate", "numeric", |random, _| {
            random.pattern("%.####")
        }),
        ("fiscal_period", "text", |random, _| {
            format!("{}-Q{}", random.range(2015, 2026), random.range(1, 5))
        }),
        ("journal_no", "text", |random, _| {
            random.pattern("###########")
        }),
        ("contract_no", "text", |random, _| {
            random.pattern("V-##.###.###")
        }),
        ("country_code", "text", |random, _| {
            random
                .pick(&["DE", "FR", "US", "PL", "BR", "IN"])
                .to_owned()
        }),
        ("department", "text", |random, _| {
            random
                .pick(&["Sales", "Finance", "Logistics", "Legal"])
                .to_owned()
        }),
        ("job_title", "text", |random, _| {
            random
                .pick(&["Clerk", "Engineer", "Analyst", "Director"])
                .to_owned()
        }),
        ("percentage", "numeric", |random, _| random.pattern("#.##")),
    ])
}
