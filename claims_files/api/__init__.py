"""Claim files over the REST API."""
