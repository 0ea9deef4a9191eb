"""Pages of claim files."""
