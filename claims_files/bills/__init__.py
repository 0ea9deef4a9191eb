"""Bills and receipts: what an insured person sends to be paid, and what the insurer makes of it."""
