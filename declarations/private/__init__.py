"""The insured person's own part of a report: between him and the insurer, whoever reported the case."""
