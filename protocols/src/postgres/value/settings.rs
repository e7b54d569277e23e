//! Session settings that change how the server prints values.
//!
//! They are read from ParameterStatus, which arrives only after the statement that changed them.
//! Decoding therefore trusts the value first (`31/12/2020` is SQL style whatever was announced) and
//! asks the settings only where a text is ambiguous: day before month, and `04:05:06` as interval.

/// How dates and timestamps are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateStyle {
    /// The layout.
    pub format: DateFormat,
    /// Does the day come before the month (`DMY`)? Matters to SQL and Postgres layouts only.
    pub day_first: bool,
}

/// The layout part of `DateStyle`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateFormat {
    /// `2020-12-31 13:14:15+01`.
    Iso,
    /// `12/31/2020 13:14:15 CET`.
    Sql,
    /// `Thu Dec 31 13:14:15 2020 CET`.
    Postgres,
    /// `31.12.2020 13:14:15 CET`.
    German,
}

/// How intervals are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalStyle {
    /// `1 year 2 mons 3 days 04:05:06`.
    Postgres,
    /// `@ 1 year 2 mons 3 days 4 hours 5 mins 6 secs`.
    PostgresVerbose,
    /// `+1-2 +3 +4:05:06`.
    SqlStandard,
    /// `P1Y2M3DT4H5M6S`.
    Iso8601,
}

/// Families of encodings, UTF-8 apart, whose bytes below 0x80 are always ASCII.
const ASCII_SAFE: [&[u8]; 6] = [
    b"SQL_ASCII",
    b"LATIN",
    b"ISO_8859_",
    b"WIN",
    b"KOI8",
    b"EUC_",
];

/// What ParameterStatus has announced so far; starts as a server's defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `DateStyle`.
    pub date_style: DateStyle,
    /// `IntervalStyle`.
    pub interval_style: IntervalStyle,
    /// Is `client_encoding` UTF8? If not, masked text has `?` for every byte outside ASCII.
    pub client_encoding_is_utf8: bool,
    /// Do ASCII bytes always mean themselves in `client_encoding`? Not so in SJIS, BIG5, GBK, UHC,
    /// GB18030 and JOHAB: there, structured values with other bytes cannot be read.
    pub client_encoding_is_ascii_safe: bool,
    /// `integer_datetimes`: off means binary date/time values that cannot be read.
    pub integer_datetimes: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            date_style: DateStyle {
                format: DateFormat::Iso,
                day_first: false,
            },
            interval_style: IntervalStyle::Postgres,
            client_encoding_is_utf8: true,
            client_encoding_is_ascii_safe: true,
            integer_datetimes: true,
        }
    }
}

impl Settings {
    /// Takes over one ParameterStatus; names compare without case, unknown names and values that
    /// no server sends change nothing. Tells whether the name is one of ours.
    pub fn apply(&mut self, name: &[u8], value: &[u8]) -> bool {
        if name.eq_ignore_ascii_case(b"DateStyle") {
            self.apply_date_style(value);
        } else if name.eq_ignore_ascii_case(b"IntervalStyle") {
            self.interval_style = match value.to_ascii_lowercase().as_slice() {
                b"postgres_verbose" => IntervalStyle::PostgresVerbose,
                b"sql_standard" => IntervalStyle::SqlStandard,
                b"iso_8601" => IntervalStyle::Iso8601,
                b"postgres" => IntervalStyle::Postgres,
                _ => self.interval_style,
            };
        } else if name.eq_ignore_ascii_case(b"client_encoding") {
            let name = value.to_ascii_uppercase();
            self.client_encoding_is_utf8 = [&b"UTF8"[..], b"UTF-8", b"UNICODE"].contains(&&*name);
            self.client_encoding_is_ascii_safe = self.client_encoding_is_utf8
                || ASCII_SAFE.iter().any(|family| name.starts_with(family));
        } else if name.eq_ignore_ascii_case(b"integer_datetimes") {
            self.integer_datetimes = value == b"on";
        } else {
            return false;
        }
        true
    }

    fn apply_date_style(&mut self, value: &[u8]) {
        for word in value.split(|&b| b == b',').map(<[u8]>::trim_ascii) {
            match word.to_ascii_lowercase().as_slice() {
                b"iso" => self.date_style.format = DateFormat::Iso,
                b"sql" => self.date_style.format = DateFormat::Sql,
                b"postgres" => self.date_style.format = DateFormat::Postgres,
                b"german" => self.date_style.format = DateFormat::German,
                b"dmy" => self.date_style.day_first = true,
                b"mdy" | b"ymd" => self.date_style.day_first = false,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_date_style_a_server_announces_is_understood() {
        let table = [
            (&b"ISO, MDY"[..], DateFormat::Iso, false),
            (b"ISO, DMY", DateFormat::Iso, true),
            (b"SQL, DMY", DateFormat::Sql, true),
            (b"Postgres, YMD", DateFormat::Postgres, false),
            (b"German, DMY", DateFormat::German, true),
        ];
        for (value, format, day_first) in table {
            let mut settings = Settings::default();
            assert!(settings.apply(b"datestyle", value));
            assert_eq!(settings.date_style, DateStyle { format, day_first });
        }
    }

    #[test]
    fn other_parameters_are_not_ours() {
        let mut settings = Settings::default();
        assert!(!settings.apply(b"TimeZone", b"Europe/Berlin"));
        assert_eq!(settings, Settings::default());
        assert!(settings.apply(b"client_encoding", b"LATIN1"));
        assert!(settings.apply(b"integer_datetimes", b"off"));
        assert!(settings.apply(b"IntervalStyle", b"iso_8601"));
        assert!(!settings.client_encoding_is_utf8 && !settings.integer_datetimes);
        assert!(settings.client_encoding_is_ascii_safe);
        settings.apply(b"client_encoding", b"SJIS");
        assert!(!settings.client_encoding_is_ascii_safe);
        assert_eq!(settings.interval_style, IntervalStyle::Iso8601);
    }
}
