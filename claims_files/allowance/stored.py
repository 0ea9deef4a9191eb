"""Figures as JSON and back: what was reckoned is kept with all that explains it. Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from claims_files.allowance.figures import Figure, Rounding, Unit, Way


def kept(figure: Figure) -> dict[str, Any]:
    """The figure and everything behind it, as JSON holds it; amounts as text, so that no digit is lost."""
    found: dict[str, Any] = {
        "name": figure.name,
        "value": str(figure.value),
        "unit": str(figure.unit),
        "rule": figure.rule,
        "source": figure.source,
        "inputs": [kept(each) for each in figure.inputs],
    }
    if figure.exact is not None and figure.rounding is not None:
        rounding = {"step": str(figure.rounding.step), "way": str(figure.rounding.way)}
        found |= {"exact": str(figure.exact), "rounding": rounding}
    return found


def read(stored: dict[str, Any]) -> Figure:
    """The figure that `kept` wrote."""
    unit, rounding = Unit(stored["unit"]), stored.get("rounding")
    value = stored["value"]
    return Figure(
        name=stored["name"],
        value=date.fromisoformat(value) if unit is Unit.DATE else Decimal(value),
        unit=unit,
        rule=stored["rule"],
        inputs=tuple(read(each) for each in stored["inputs"]),
        source=stored["source"],
        exact=Decimal(stored["exact"]) if rounding else None,
        rounding=Rounding(Decimal(rounding["step"]), Way(rounding["way"])) if rounding else None,
    )
