//! RowDescription: reading the columns, and writing it again when a name must not be shown.

use crate::session::{Column, Format};
use crate::wire::{Cursor, Truncated, message};

/// Reads the body of a RowDescription into `columns`, which borrow it.
///
/// # Errors
/// [`Truncated`] if the body is not what it announces, or a format is neither text nor binary.
pub(super) fn parse<'a>(body: &'a [u8], columns: &mut Vec<Column<'a>>) -> Result<(), Truncated> {
    columns.clear();
    let mut cursor = Cursor::new(body);
    let count = cursor.u16()?;
    for _ in 0..count {
        let name = cursor.c_str()?;
        let table_oid = cursor.u32()?;
        let attribute = cursor.i16()?;
        let type_oid = cursor.u32()?;
        let _type_size = cursor.i16()?;
        let type_modifier = cursor.i32()?;
        let format = match cursor.i16()? {
            0 => Format::Text,
            1 => Format::Binary,
            _ => return Err(Truncated),
        };
        columns.push(Column {
            name,
            table_oid,
            attribute,
            type_oid,
            type_modifier,
            format,
        });
    }
    if cursor.is_empty() {
        Ok(())
    } else {
        Err(Truncated)
    }
}

/// The number of columns of the RowDescription in `body`.
///
/// # Errors
/// [`Truncated`] if there is none.
pub(super) fn count(body: &[u8]) -> Result<usize, Truncated> {
    Ok(usize::from(Cursor::new(body).u16()?))
}

/// Appends the RowDescription in `body` with other names: `rename` writes the name of a column to its
/// argument and returns true, or returns false to keep it. The body was accepted by [`parse`].
pub(super) fn write_renamed(
    body: &[u8],
    columns: &[Column<'_>],
    mut rename: impl FnMut(&[u8], &mut Vec<u8>) -> bool,
    out: &mut Vec<u8>,
) {
    const FIXED: usize = 18; // table, attribute, type, size, modifier, format
    message(out, b'T', |out| {
        out.extend_from_slice(&body[..2]);
        let mut at = 2;
        for column in columns {
            if !rename(column.name, out) {
                out.extend_from_slice(column.name);
            }
            out.push(0);
            at += column.name.len() + 1;
            out.extend_from_slice(&body[at..at + FIXED]);
            at += FIXED;
        }
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn body() -> Vec<u8> {
        let mut body = vec![0, 2];
        for (name, format) in [("id", 1u8), ("a@b.example", 0)] {
            body.extend_from_slice(name.as_bytes());
            body.push(0);
            body.extend_from_slice(&[
                0, 0, 0, 9, 0, 3, 0, 0, 0, 23, 0, 4, 0xff, 0xff, 0xff, 0xff, 0, format,
            ]);
        }
        body
    }

    #[test]
    fn names_origin_type_and_format_are_read() {
        let body = body();
        let mut columns = Vec::new();
        parse(&body, &mut columns).unwrap();
        let id = Column {
            name: b"id",
            table_oid: 9,
            attribute: 3,
            type_oid: 23,
            type_modifier: -1,
            format: Format::Binary,
        };
        assert_eq!(
            columns,
            [
                id,
                Column {
                    name: b"a@b.example",
                    format: Format::Text,
                    ..id
                }
            ]
        );
        for cut in 0..body.len() {
            assert_eq!(
                parse(&body[..cut], &mut Vec::new()),
                Err(Truncated),
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn renaming_changes_only_the_name() {
        let body = body();
        let mut columns = Vec::new();
        parse(&body, &mut columns).unwrap();
        let mut out = Vec::new();
        write_renamed(&body, &columns, |_, _| false, &mut out);
        assert_eq!(out[5..], body);
        out.clear();
        write_renamed(
            &body,
            &columns,
            |name, out| {
                let hit = name.contains(&b'@');
                if hit {
                    out.extend_from_slice(b"?column?");
                }
                hit
            },
            &mut out,
        );
        let mut renamed = Vec::new();
        parse(&out[5..], &mut renamed).unwrap();
        assert_eq!(renamed[0], columns[0]);
        assert_eq!(
            renamed[1],
            Column {
                name: b"?column?",
                ..columns[1]
            }
        );
    }
}
