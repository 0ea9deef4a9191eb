"""What the customer reports: drafts with their parts, sending, receipts."""
