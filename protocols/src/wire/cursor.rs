//! A bounds-checked cursor. Nested lengths get a cursor of their own ([`Cursor::sub`]), so an inner
//! length can never reach outside the outer one.

/// The message ended before the value it announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truncated;

/// Reads big-endian values from the front of a slice that the caller keeps alive.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Cursor<'a> {
    /// A cursor at the start of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Bytes read so far: `position() <= bytes.len()`.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// Bytes not yet read.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        &self.bytes[self.position..]
    }

    /// Is everything read?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.position == self.bytes.len()
    }

    /// The next `len` bytes.
    ///
    /// # Errors
    /// [`Truncated`] if fewer are left; the cursor does not move then.
    pub fn take(&mut self, len: usize) -> Result<&'a [u8], Truncated> {
        let taken = self.rest().get(..len).ok_or(Truncated)?;
        self.position += len;
        Ok(taken)
    }

    /// A cursor over the next `len` bytes, which this cursor skips.
    ///
    /// # Errors
    /// [`Truncated`] if fewer are left.
    pub fn sub(&mut self, len: usize) -> Result<Cursor<'a>, Truncated> {
        self.take(len).map(Cursor::new)
    }

    /// One byte.
    ///
    /// # Errors
    /// [`Truncated`] at the end.
    pub fn u8(&mut self) -> Result<u8, Truncated> {
        self.take(1).map(|b| b[0])
    }

    /// A big-endian 16-bit unsigned integer.
    ///
    /// # Errors
    /// [`Truncated`] if fewer than two bytes are left.
    pub fn u16(&mut self) -> Result<u16, Truncated> {
        self.array().map(u16::from_be_bytes)
    }

    /// A big-endian 16-bit signed integer.
    ///
    /// # Errors
    /// [`Truncated`] if fewer than two bytes are left.
    pub fn i16(&mut self) -> Result<i16, Truncated> {
        self.array().map(i16::from_be_bytes)
    }

    /// A big-endian 32-bit unsigned integer.
    ///
    /// # Errors
    /// [`Truncated`] if fewer than four bytes are left.
    pub fn u32(&mut self) -> Result<u32, Truncated> {
        self.array().map(u32::from_be_bytes)
    }

    /// A big-endian 32-bit signed integer.
    ///
    /// # Errors
    /// [`Truncated`] if fewer than four bytes are left.
    pub fn i32(&mut self) -> Result<i32, Truncated> {
        self.array().map(i32::from_be_bytes)
    }

    /// A NUL-terminated string, without its NUL.
    ///
    /// # Errors
    /// [`Truncated`] if no NUL follows.
    pub fn c_str(&mut self) -> Result<&'a [u8], Truncated> {
        let len = memchr::memchr(0, self.rest()).ok_or(Truncated)?;
        let text = self.take(len)?;
        self.position += 1;
        Ok(text)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Truncated> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_sub_cursor_cannot_read_past_its_length() {
        let mut outer = Cursor::new(&[0, 0, 0, 2, b'a', b'b', b'c', 0]);
        let len = outer.u32().unwrap() as usize;
        let mut inner = outer.sub(len).unwrap();
        assert_eq!(inner.c_str(), Err(Truncated));
        assert_eq!(inner.take(3), Err(Truncated));
        assert_eq!(inner.take(2), Ok(&b"ab"[..]));
        assert_eq!(outer.c_str(), Ok(&b"c"[..]));
        assert!(outer.is_empty());
    }

    #[test]
    fn a_failed_read_does_not_move_the_cursor() {
        let mut cursor = Cursor::new(&[1, 2, 3]);
        assert_eq!(cursor.u32(), Err(Truncated));
        assert_eq!(cursor.position(), 0);
        assert_eq!(cursor.u16(), Ok(0x0102));
    }
}
