//! Bytes that a PostgreSQL client sends; each function returns one whole message.

/// Protocol 3.0.
pub const PROTOCOL_3_0: u32 = 196_608;
/// Protocol 3.2.
pub const PROTOCOL_3_2: u32 = 196_610;

/// A message with type byte `tag`.
#[must_use]
pub fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    out.extend_from_slice(&untyped(body));
    out
}

/// A message without a type byte, as before authentication.
#[must_use]
pub fn untyped(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], body].concat()
}

/// StartupMessage with `pairs` of parameters in the given order.
#[must_use]
pub fn startup(protocol: u32, pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut body = protocol.to_be_bytes().to_vec();
    for (key, value) in pairs {
        for text in [key, value] {
            body.extend_from_slice(text.as_bytes());
            body.push(0);
        }
    }
    body.push(0);
    untyped(&body)
}

/// SSLRequest.
#[must_use]
pub fn ssl_request() -> Vec<u8> {
    untyped(&80_877_103_u32.to_be_bytes())
}

/// GSSENCRequest.
#[must_use]
pub fn gssenc_request() -> Vec<u8> {
    untyped(&80_877_104_u32.to_be_bytes())
}

/// CancelRequest; `key` is 4 bytes in protocol 3.0 and up to 256 in 3.2.
#[must_use]
pub fn cancel_request(pid: u32, key: &[u8]) -> Vec<u8> {
    untyped(&[&80_877_102_u32.to_be_bytes()[..], &pid.to_be_bytes(), key].concat())
}

/// Query: one or several statements in the simple protocol.
#[must_use]
pub fn query(sql: &str) -> Vec<u8> {
    message(b'Q', &[sql.as_bytes(), b"\0"].concat())
}

/// Parse of `sql` as statement `name` (empty: the unnamed one), parameter types left to the server.
#[must_use]
pub fn parse(name: &str, sql: &str) -> Vec<u8> {
    message(
        b'P',
        &[name.as_bytes(), b"\0", sql.as_bytes(), b"\0\0\0"].concat(),
    )
}

/// Bind of text parameters to `portal`, with these result formats (0 text, 1 binary).
#[must_use]
pub fn bind(
    portal: &str,
    statement: &str,
    parameters: &[Option<&str>],
    formats: &[u16],
) -> Vec<u8> {
    let mut body = [portal.as_bytes(), b"\0", statement.as_bytes(), b"\0\0\0"].concat();
    body.extend_from_slice(&count(parameters.len()));
    for parameter in parameters {
        match parameter {
            None => body.extend_from_slice(&(-1_i32).to_be_bytes()),
            Some(text) => {
                body.extend_from_slice(
                    &u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes(),
                );
                body.extend_from_slice(text.as_bytes());
            }
        }
    }
    body.extend_from_slice(&count(formats.len()));
    for format in formats {
        body.extend_from_slice(&format.to_be_bytes());
    }
    message(b'B', &body)
}

/// Describe of a statement (`S`) or a portal (`P`).
#[must_use]
pub fn describe(kind: u8, name: &str) -> Vec<u8> {
    message(b'D', &[&[kind], name.as_bytes(), b"\0"].concat())
}

/// Execute of `portal`, `rows` at most (0: all).
#[must_use]
pub fn execute(portal: &str, rows: u32) -> Vec<u8> {
    message(
        b'E',
        &[portal.as_bytes(), b"\0", &rows.to_be_bytes()].concat(),
    )
}

/// Close of a statement (`S`) or a portal (`P`).
#[must_use]
pub fn close(kind: u8, name: &str) -> Vec<u8> {
    message(b'C', &[&[kind], name.as_bytes(), b"\0"].concat())
}

/// Sync.
#[must_use]
pub fn sync() -> Vec<u8> {
    message(b'S', b"")
}

/// Flush.
#[must_use]
pub fn flush() -> Vec<u8> {
    message(b'H', b"")
}

/// Terminate.
#[must_use]
pub fn terminate() -> Vec<u8> {
    message(b'X', b"")
}

/// FunctionCall (the fast path) with text arguments and a text result.
#[must_use]
pub fn function_call(function: u32, arguments: &[&str]) -> Vec<u8> {
    let mut body = [&function.to_be_bytes()[..], &[0, 0]].concat();
    body.extend_from_slice(&count(arguments.len()));
    for argument in arguments {
        body.extend_from_slice(
            &u32::try_from(argument.len())
                .unwrap_or(u32::MAX)
                .to_be_bytes(),
        );
        body.extend_from_slice(argument.as_bytes());
    }
    body.extend_from_slice(&[0, 0]);
    message(b'F', &body)
}

fn count(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_be_bytes()
}
