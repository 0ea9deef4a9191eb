"""Return-to-work plans: steps that insured person, company and insurer share; nothing medical stands in them."""
