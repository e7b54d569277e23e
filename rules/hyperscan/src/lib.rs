//! Wiremask.
