//! tokio-postgres with masking on: every result in binary, from statements prepared once and run often.
//!
//! The schema, the canaries and the pack are those of `tests/clients`. Each masked value is decoded by
//! postgres-protocol, down into arrays, composites, ranges and domains; a byte too many or too few fails.
#![allow(clippy::unwrap_used)]

use std::error::Error;
use std::process::Command;

use fallible_iterator::FallibleIterator as _;
use postgres_protocol::types as wire;
use tokio_postgres::types::{FromSql, Kind, Type};
use tokio_postgres::{Client, NoTls, Row};
use wiremask_tests::{
    Chunks, Cluster, ClusterOptions, Forwarder, Gateway, GatewayOptions, leaks, repository,
};

type Fallible<T> = Result<T, Box<dyn Error + Sync + Send>>;

/// The bytes of a value of any type.
struct Raw(Vec<u8>);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Fallible<Self> {
        Ok(Self(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// What `tests/clients` prints: `schema` or `pack`.
fn printed(what: &str) -> String {
    let script = repository().join("tests/clients/run");
    let done = Command::new("python3")
        .arg(script)
        .args(["--print", what])
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8(done.stdout).unwrap()
}

/// Decodes strictly and shows the value; an error when the bytes are not one of this type.
fn show(kind: &Type, raw: &[u8]) -> Fallible<String> {
    match kind.kind() {
        Kind::Domain(inner) => return show(inner, raw),
        Kind::Array(inner) => return show_array(inner, raw),
        Kind::Range(inner) => return show_range(inner, raw),
        Kind::Composite(fields) => {
            let types: Vec<Type> = fields.iter().map(|field| field.type_().clone()).collect();
            return show_composite(&types, raw);
        }
        Kind::Enum(labels) => {
            let label = wire::text_from_sql(raw)?;
            assert!(
                labels.iter().any(|known| known == label),
                "an unknown label of {kind}"
            );
            return Ok(label.to_owned());
        }
        _ => {}
    }
    Ok(match *kind {
        Type::BOOL => wire::bool_from_sql(raw)?.to_string(),
        Type::INT2 => wire::int2_from_sql(raw)?.to_string(),
        Type::INT4 => wire::int4_from_sql(raw)?.to_string(),
        Type::INT8 => wire::int8_from_sql(raw)?.to_string(),
        Type::FLOAT4 => wire::float4_from_sql(raw)?.to_string(),
        Type::FLOAT8 => wire::float8_from_sql(raw)?.to_string(),
        Type::NUMERIC => numeric(raw)?,
        Type::DATE => format!("day {}", wire::date_from_sql(raw)?),
        Type::TIME => format!("time {}", wire::time_from_sql(raw)?),
        Type::TIMETZ => exactly(raw, 12)?,
        Type::INTERVAL => exactly(raw, 16)?,
        Type::TIMESTAMP | Type::TIMESTAMPTZ => format!("at {}", wire::timestamp_from_sql(raw)?),
        Type::UUID => format!("{:02x?}", wire::uuid_from_sql(raw)?),
        Type::INET | Type::CIDR => {
            let address = wire::inet_from_sql(raw)?;
            format!("{}/{}", address.addr(), address.netmask())
        }
        Type::MACADDR => format!("{:02x?}", wire::macaddr_from_sql(raw)?),
        Type::MACADDR8 => exactly(raw, 8)?,
        Type::BYTEA => format!("{:02x?} {}", raw, String::from_utf8_lossy(raw)),
        Type::JSONB => {
            let text = raw.strip_prefix(&[1]).ok_or("jsonb without its version")?;
            wire::text_from_sql(text)?.to_owned()
        }
        _ if kind.name() == "hstore" => {
            let pairs: Vec<(&str, Option<&str>)> = wire::hstore_from_sql(raw)?.collect()?;
            format!("{pairs:?}")
        }
        // text, varchar, bpchar, name, citext, json, xml
        _ => wire::text_from_sql(raw)?.to_owned(),
    })
}

fn show_array(inner: &Type, raw: &[u8]) -> Fallible<String> {
    let array = wire::array_from_sql(raw)?;
    assert_eq!(
        array.element_type(),
        inner.oid(),
        "an array of other elements than its type says"
    );
    let expected = array
        .dimensions()
        .map(|dimension| Ok(dimension.len))
        .collect::<Vec<_>>()?;
    let values = array
        .values()
        .map(|value| value.map_or(Ok("null".to_owned()), |value| show(inner, value)))
        .collect::<Vec<_>>()?;
    let count: i32 = if expected.is_empty() {
        0
    } else {
        expected.iter().product()
    };
    assert_eq!(
        i32::try_from(values.len())?,
        count,
        "elements and dimensions disagree"
    );
    Ok(format!("{values:?}"))
}

fn show_range(inner: &Type, raw: &[u8]) -> Fallible<String> {
    let bound = |bound: wire::RangeBound<Option<&[u8]>>| match bound {
        wire::RangeBound::Inclusive(Some(value)) | wire::RangeBound::Exclusive(Some(value)) => {
            show(inner, value)
        }
        _ => Ok("unbounded".to_owned()),
    };
    Ok(match wire::range_from_sql(raw)? {
        wire::Range::Empty => "empty".to_owned(),
        wire::Range::Nonempty(lower, upper) => format!("{}, {}", bound(lower)?, bound(upper)?),
    })
}

fn show_composite(types: &[Type], raw: &[u8]) -> Fallible<String> {
    let mut rest = raw;
    assert_eq!(
        take_i32(&mut rest)?,
        i32::try_from(types.len())?,
        "number of fields"
    );
    let mut shown = Vec::new();
    for kind in types {
        assert_eq!(
            take_i32(&mut rest)?.cast_unsigned(),
            kind.oid(),
            "type of a field"
        );
        shown.push(match take_i32(&mut rest)? {
            -1 => "null".to_owned(),
            size => {
                let (value, after) = rest
                    .split_at_checked(usize::try_from(size)?)
                    .ok_or("a field too short")?;
                rest = after;
                show(kind, value)?
            }
        });
    }
    assert!(rest.is_empty(), "bytes behind the last field");
    Ok(shown.join(", "))
}

/// Digits to the base of 10,000, checked against what the server accepts from a client.
fn numeric(raw: &[u8]) -> Fallible<String> {
    let words: Vec<u16> = raw
        .chunks(2)
        .map(|pair| Ok(u16::from_be_bytes(pair.try_into()?)))
        .collect::<Fallible<_>>()?;
    let [count, weight, sign, scale, digits @ ..] = &words[..] else {
        return Err("numeric without its head".into());
    };
    assert!(
        matches!(sign, 0 | 0x4000 | 0xc000 | 0xd000 | 0xf000),
        "sign of a numeric"
    );
    assert!(*scale <= 0x3fff, "scale of a numeric");
    assert_eq!(usize::from(*count), digits.len(), "digits of a numeric");
    assert!(
        digits.iter().all(|digit| *digit < 10_000),
        "a digit of a numeric"
    );
    let digits: String = digits.iter().map(|digit| format!("{digit:04}")).collect();
    Ok(format!("{digits} weight {weight} scale {scale}"))
}

fn exactly(raw: &[u8], size: usize) -> Fallible<String> {
    assert_eq!(raw.len(), size);
    Ok(format!("{raw:02x?}"))
}

fn take_i32(rest: &mut &[u8]) -> Fallible<i32> {
    let (head, after) = rest
        .split_first_chunk::<4>()
        .ok_or("a composite too short")?;
    *rest = after;
    Ok(i32::from_be_bytes(*head))
}

/// All cells of a row, decoded.
fn cells(row: &Row) -> Vec<Option<String>> {
    row.columns()
        .iter()
        .enumerate()
        .map(|(place, column)| {
            let raw: Option<Raw> = row.try_get(place).unwrap();
            raw.map(|Raw(raw)| {
                show(column.type_(), &raw)
                    .unwrap_or_else(|error| panic!("{} does not decode: {error}", column.name()))
            })
        })
        .collect()
}

async fn connect(port: u16) -> Client {
    let dsn = format!("host=127.0.0.1 port={port} user=postgres dbname=clients");
    let (client, connection) = tokio_postgres::connect(&dsn, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Statements over the protected table; each is prepared once and run three times. In the view every
/// column is masked, in the others the first one is an unprotected key.
const QUERIES: &[&str] = &[
    "select * from vault order by id",
    "select v.* from (select * from vault) v join vault w using (id) order by id",
    VIEW,
    "with w as (select id, c_text as renamed, c_people from vault) select * from w order by id",
];
const VIEW: &str = "select * from vault_view order by id";

async fn every_cell(client: &Client) -> Vec<(bool, Vec<Option<String>>)> {
    let mut all = Vec::new();
    for query in QUERIES {
        let statement = client.prepare(query).await.unwrap();
        for _ in 0..3 {
            let rows = client.query(&statement, &[]).await.unwrap();
            assert_eq!(rows.len(), 3, "{query}");
            all.extend(rows.iter().map(|row| (*query != VIEW, cells(row))));
        }
    }
    all
}

#[test]
fn tokio_postgres_decodes_every_masked_value_and_sees_no_canary() {
    let cluster = Cluster::start(&ClusterOptions::default()).unwrap();
    cluster.sql("postgres", "create database clients").unwrap();
    cluster.sql("clients", &printed("schema")).unwrap();
    let key = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(key.path(), "0123456789abcdef0123456789abcdef\n").unwrap();
    let rules = format!("key = {{ file = \"{}\" }}", key.path().display());
    let pack = printed("pack");
    let options = GatewayOptions {
        pack: Some(&pack),
        rules: &rules,
        ..GatewayOptions::default()
    };
    let gateway = Gateway::start(cluster.address(), &options).unwrap();
    let any = "127.0.0.1:0".parse().unwrap();
    let capture = Forwarder::start(any, gateway.address(), Chunks::Whole, true).unwrap();

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let (direct, masked) = runtime.block_on(async {
        let direct = every_cell(&connect(cluster.address().port()).await).await;
        (
            direct,
            every_cell(&connect(capture.address().port()).await).await,
        )
    });

    assert_eq!(direct.len(), masked.len());
    for ((keyed, before), (_, after)) in direct.iter().zip(&masked) {
        assert!(
            !keyed || before[0] == after[0],
            "the unprotected key changed"
        );
        let nulls = |row: &[Option<String>]| row.iter().map(Option::is_none).collect::<Vec<_>>();
        assert_eq!(
            nulls(before),
            nulls(after),
            "nulls stay nulls, and only they"
        );
    }
    let canaries = [
        "kestrel-c_text-5519",
        "osprey-texts-7723",
        "kestrel-composite-5519",
        "kestrel-jsonb-5519",
        "kestrel-people-5519",
        "osprey-hstore-7723",
        "kestrel-bytea-5519",
        "kestrel.note@example.org",
    ];
    let shown = |rows: &[(bool, Vec<Option<String>>)]| format!("{rows:?}").into_bytes();
    let received = capture.recordings()[0].to_client();
    for canary in canaries {
        assert!(
            !leaks(&shown(&direct), canary).is_empty(),
            "{canary} must be seen directly"
        );
        for (place, bytes) in [
            ("values", shown(&masked)),
            ("wire", received.clone()),
            ("log", gateway.log().into()),
            ("events", gateway.events().into()),
        ] {
            assert_eq!(
                leaks(&bytes, canary),
                Vec::<String>::new(),
                "{canary} in the {place}"
            );
        }
    }
}
