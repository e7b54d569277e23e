//! Messages of both sides made from a few bytes each, so that a fuzzer gets deep into a session.

use super::Input;
use crate::frontend as f;

/// A value that is planted in columns and fields; it must not be seen where a rule protects it.
pub const CANARY: &[u8] = b"kestrel-canary-5519";

const NAMES: [&str; 3] = ["", "a", "b"];

/// Statements; the first ones touch the protected table.
const STATEMENTS: [&str; 12] = [
    "select name, salary from customer",
    "select upper(name) from customer",
    "copy customer to stdout",
    "copy customer to stdout (format csv)", // a header would be the first row, as it comes
    "copy customer to stdout (format binary)",
    "this does not parse",
    "copy (select name from customer) to stdout",
    "begin",
    "select 1",
    "select note from orders; copy orders to stdout; select 2",
    "copy orders from stdin",
    "copy customer (name, id) to stdout (format csv, header)",
];

/// How much of the statements and shapes a script may use.
#[derive(Clone, Copy, PartialEq)]
pub enum World {
    /// All, raw bytes too.
    Any,
    /// Only what is protected: every row holds the canary.
    Protected,
}

/// One message of a client.
pub fn from_client(input: &mut Input<'_>, world: World) -> Vec<u8> {
    let statement = |input: &mut Input<'_>| match world {
        World::Any => input.pick(&STATEMENTS),
        World::Protected => input.pick(&STATEMENTS[..7]),
    };
    match input.byte() % 16 {
        0 | 1 => f::query(statement(input)),
        2 => f::parse(input.pick(&NAMES), statement(input)),
        3 => f::bind(
            input.pick(&NAMES),
            input.pick(&NAMES),
            &[],
            &[u16::from(input.byte() & 1)],
        ),
        4 => f::describe(b'P', input.pick(&NAMES)),
        5 => f::describe(b'S', input.pick(&NAMES)),
        6 => f::execute(input.pick(&NAMES), u32::from(input.byte() & 1)),
        7 => f::sync(),
        8 => f::flush(),
        9 => f::close(input.pick(b"SP"), input.pick(&NAMES)),
        10 => f::function_call(9, &["x"]),
        11 => f::message(b'd', input.pick(&[&b"1\tx\n"[..], b"", b"\\.\n"])),
        12 => f::message(input.pick(b"cf"), b""),
        // The whole of an ordinary execution.
        13 | 14 => [
            f::parse("", statement(input)),
            f::bind("", "", &[], &[u16::from(input.byte() & 1)]),
            f::execute("", 0),
            f::sync(),
        ]
        .concat(),
        _ if world == World::Any => raw(input),
        _ => f::terminate(),
    }
}

/// One message of an upstream.
pub fn from_upstream(input: &mut Input<'_>, world: World) -> Vec<u8> {
    match input.byte() % 20 {
        0..=2 => description(input, world),
        3..=6 => row(input),
        7 => f::message(
            b'C',
            input.pick(&[
                &b"SELECT 1\0"[..],
                b"COMMIT\0",
                b"CREATE TABLE\0",
                b"COPY 1\0",
            ]),
        ),
        8 | 9 => f::message(b'Z', &[input.pick(b"IITE")]),
        10 => f::message(input.pick(b"123"), b""),
        11 => f::message(input.pick(b"nsIc"), b""),
        12 => f::message(b't', &[0, 0]),
        13 => error(b'E', input),
        14 => f::message(
            b'H',
            input.pick(&[
                &b"\0\0\x03\0\0\0\0\0\0"[..],
                b"\x01\0\x03\0\x01\0\x01\0\x01",
                b"\0\0\x02\0\0\0\0",
            ]),
        ),
        15 | 16 => copy_data(input),
        17 => f::message(b'G', b"\0\0\x01\0\0"),
        // The whole of an ordinary answer.
        18 => [
            f::message(b'1', b""),
            f::message(b'2', b""),
            description(input, world),
            row(input),
            f::message(b'C', b"SELECT 1\0"),
            f::message(b'Z', b"I"),
        ]
        .concat(),
        _ if world == World::Any => match input.byte() % 4 {
            0 => f::message(b'S', &[&b"application_name\0"[..], CANARY, b"\0"].concat()),
            1 => f::message(b'A', &[&b"\0\0\0\x01ch\0"[..], CANARY, b"\0"].concat()),
            2 => error(b'N', input),
            _ => raw(input),
        },
        _ => f::message(b'V', &[&19_u32.to_be_bytes()[..], CANARY].concat()),
    }
}

/// Any bytes, as the body of any message or without a frame.
fn raw(input: &mut Input<'_>) -> Vec<u8> {
    let (tag, size) = (input.byte(), usize::from(input.byte()));
    let body = input.take(size);
    if tag == 0 {
        body.to_vec()
    } else {
        f::message(tag, body)
    }
}

/// (table, attribute, type) of columns; the first ones are protected.
const COLUMNS: [(u32, u16, u32); 14] = [
    (20000, 2, 25),
    (20000, 3, 1700),
    (20000, 2, 17),
    (20000, 2, 3802),
    (20000, 2, 1009),
    (20001, 2, 1043),
    (20002, 1, 25),
    (20000, 2, 40000),
    (20000, 2, 2249),
    (30000, 1, 25),
    (20003, 2, 25),
    (0, 0, 25),
    (20003, 1, 23),
    (20000, 1, 23),
];

fn description(input: &mut Input<'_>, world: World) -> Vec<u8> {
    let count = input.byte() % 4;
    let mut body = vec![0, count];
    for _ in 0..count {
        let (table, attribute, kind) = match world {
            World::Any => input.pick(&COLUMNS),
            World::Protected => input.pick(&COLUMNS[..10]),
        };
        body.extend_from_slice(b"name\0");
        body.extend_from_slice(&table.to_be_bytes());
        body.extend_from_slice(&attribute.to_be_bytes());
        body.extend_from_slice(&kind.to_be_bytes());
        body.extend_from_slice(&[0xff; 6]);
        body.extend_from_slice(&[0, input.byte() & 1]);
    }
    f::message(b'T', &body)
}

/// A row of values that hold the canary, in several encodings, and sometimes large.
fn row(input: &mut Input<'_>) -> Vec<u8> {
    let count = input.byte() % 4;
    let mut body = vec![0, count];
    for _ in 0..count {
        let choice = input.byte();
        let mut value = match choice % 6 {
            0 => {
                body.extend_from_slice(&[0xff; 4]);
                continue;
            }
            1 => [b"{\"k\": \"", CANARY, b"\"}"].concat(),
            2 => [b"\x01{\"k\": \"", CANARY, b"\"}"].concat(),
            3 => [b"{", CANARY, b"}"].concat(),
            4 => [b"(", CANARY, b",1)"].concat(),
            _ => CANARY.to_vec(),
        };
        if choice & 0xc0 == 0xc0 {
            value = [&b"x ".repeat(usize::from(choice) * 40)[..], &value].concat();
        }
        body.extend_from_slice(&u32::try_from(value.len()).unwrap_or(0).to_be_bytes());
        body.extend_from_slice(&value);
    }
    f::message(b'D', &body)
}

fn copy_data(input: &mut Input<'_>) -> Vec<u8> {
    let choice = input.byte();
    let mut body = match choice % 8 {
        0 => [b"1\t", CANARY, b"\t5\n"].concat(),
        1 => [b"1,", CANARY, b",5\n"].concat(),
        2 => [b"\"", CANARY, b"\",\"a\"\n"].concat(),
        3 => [
            &b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0\0\x02\0\0\0\x13"[..],
            CANARY,
            b"\xff\xff\xff\xff",
        ]
        .concat(),
        4 => [
            &b"\0\x03\xff\xff\xff\xff\0\0\0\x13"[..],
            CANARY,
            b"\xff\xff\xff\xff",
        ]
        .concat(),
        5 => b"\xff\xff".to_vec(),
        6 => [CANARY, b"\n"].concat(),
        _ => CANARY.to_vec(),
    };
    if choice & 0xc0 == 0xc0 {
        body = [&b"x".repeat(usize::from(choice) * 40)[..], &body].concat();
    }
    f::message(b'd', &body)
}

fn error(tag: u8, input: &mut Input<'_>) -> Vec<u8> {
    let mut body = b"SERROR\0VERROR\0C".to_vec();
    body.extend_from_slice(input.pick(&[&b"22P02"[..], b"42703", b"23505", b"A1B2C"]));
    body.push(0);
    for _ in 0..=input.byte() % 3 {
        body.push(input.pick(b"MDHWqstcdn"));
        body.extend_from_slice(CANARY);
        body.push(0);
    }
    body.push(0);
    f::message(tag, &body)
}
