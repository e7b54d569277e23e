"""Foreign test suites run against PostgreSQL directly and through Wiremask; standard library only."""
