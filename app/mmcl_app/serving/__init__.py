"""The laboratory for a class: addresses, limits, a log without personal data."""
