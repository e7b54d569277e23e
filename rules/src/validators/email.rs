//! E-mail address: lengths of RFC 5321, no dot at an edge or twice in a row, a top-level domain
//! of letters.

pub(super) fn check(span: &[u8]) -> bool {
    let Some(at) = memchr::memrchr(b'@', span) else {
        return false;
    };
    let (local, domain) = (&span[..at], &span[at + 1..]);
    let top = domain
        .rsplit(|byte| *byte == b'.')
        .next()
        .unwrap_or_default();
    let dotted = |part: &[u8]| {
        part.first() == Some(&b'.')
            || part.last() == Some(&b'.')
            || part.windows(2).any(|pair| pair == b"..")
    };
    (1..=64).contains(&local.len())
        && (3..=255).contains(&domain.len())
        && !dotted(domain)
        && local.last() != Some(&b'.')
        && top.len() >= 2
}

#[cfg(test)]
#[test]
fn known_addresses() {
    let bad = ["a@b", "a@b..com", "a@.com", "a.@b.com", "@b.com", "x"];
    super::table(
        check,
        &["jo@example.com", "j.o+tag@mail.example.co.uk"],
        &bad,
    );
}
