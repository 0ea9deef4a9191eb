"""Measuring lists on a large data set: `make bench`."""
