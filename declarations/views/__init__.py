"""Pages of claim reports."""
