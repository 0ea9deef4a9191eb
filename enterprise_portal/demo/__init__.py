"""The demo's people and data; the tests know the same people."""
