"""The premium of a group of persons: payroll times rate, rounded as the rule of the day says."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def premium(payroll: Decimal, rate_percent: Decimal, step: Decimal) -> Decimal:
    """Francs with two decimals: `payroll` francs at `rate_percent`, rounded half up to multiples of `step` (0.05)."""
    steps = (payroll * rate_percent / 100 / step).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return (steps * step).quantize(CENT)
