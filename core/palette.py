"""Colour tokens of the interface, generated in OKLCH so that contrast follows from lightness.

The insurer chooses one hue (0–359) and, if wanted, a chroma factor. The lightness ladder is fixed,
therefore every hue keeps the WCAG AA contrast of the default. `PAIRS` is the list of pairs that the
interface really uses; `failures()` measures them.
"""

import math
from functools import lru_cache

NEUTRAL_HUE = 215
BRAND_HUE = 205

# Foreground token, background token, smallest contrast ratio (WCAG 2.2: 4.5 text, 3 controls and graphics).
PAIRS = (
    ("text", "bg", 4.5),
    ("text", "surface", 7),
    ("text-2", "surface", 4.5),
    ("text-2", "surface-2", 4.5),
    ("text-2", "bg", 4.5),
    ("text-2", "sunken", 4.5),
    ("text-3", "surface", 4.5),
    ("text-3", "bg", 4.5),
    ("link", "surface", 4.5),
    ("link", "surface-2", 4.5),
    ("link", "bg", 4.5),
    ("link", "brand-tint", 4.5),
    ("brand-ink", "brand-tint", 4.5),
    ("text", "brand-tint", 4.5),
    ("text-2", "brand-tint", 4.5),
    ("on-brand", "brand", 4.5),
    ("on-brand", "brand-hover", 4.5),
    ("brand", "surface", 3),
    ("line-strong", "surface", 3),
    ("line-strong", "bg", 3),
    ("focus", "surface", 3),
    ("focus", "bg", 3),
    ("ok-ink", "ok-tint", 4.5),
    ("warn-ink", "warn-tint", 4.5),
    ("err-ink", "err-tint", 4.5),
    ("err-ink", "surface", 4.5),
    ("info-ink", "info-tint", 4.5),
    ("wait-ink", "wait-tint", 4.5),
    ("mute-ink", "mute-tint", 4.5),
    ("ok-solid", "surface", 3),
    ("err-solid", "surface", 3),
    ("info-solid", "surface", 3),
    ("on-err", "err-solid", 4.5),
    ("text", "ok-tint", 4.5),
    ("text", "info-tint", 4.5),
    ("text", "warn-tint", 4.5),
    ("text", "err-tint", 4.5),
)


def _linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """Linear-light sRGB of an OKLCH colour, unclipped (matrices of Björn Ottosson's OKLab)."""
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _encoded(channel: float) -> float:
    """Gamma-encoded sRGB channel (0–1) of a linear one."""
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


def oklch(lightness: float, chroma: float, hue: float) -> str:
    """Hex colour of an OKLCH triple; chroma is lowered until the colour fits into sRGB."""

    def fits(candidate: float) -> bool:
        return all(-0.0005 <= channel <= 1.0005 for channel in _linear(lightness, candidate, hue))

    low, high = 0.0, chroma
    if not fits(chroma):
        for _ in range(24):
            middle = (low + high) / 2
            low, high = (middle, high) if fits(middle) else (low, middle)
        chroma = low
    channels = (min(1.0, max(0.0, channel)) for channel in _linear(lightness, chroma, hue))
    return "#" + "".join(f"{round(_encoded(channel) * 255):02x}" for channel in channels)


def contrast(first: str, second: str) -> float:
    """WCAG 2 contrast ratio (1–21) of two hex colours."""

    def luminance(colour: str) -> float:
        parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    bright, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _light(hue: float, factor: float) -> dict[str, str]:
    n = NEUTRAL_HUE
    return {
        "bg": oklch(0.972, 0.004, n),
        "surface": "#ffffff",
        "surface-2": oklch(0.987, 0.002, n),
        "sunken": oklch(0.945, 0.006, n),
        "text": oklch(0.185, 0.015, n),
        "text-2": oklch(0.495, 0.020, n),
        "text-3": oklch(0.545, 0.018, n),
        "line": oklch(0.905, 0.008, n),
        "line-strong": oklch(0.605, 0.018, n),
        "brand": oklch(0.440, 0.080 * factor, hue),
        "brand-hover": oklch(0.370, 0.067 * factor, hue),
        "brand-ink": oklch(0.370, 0.067 * factor, hue),
        "brand-tint": oklch(0.965, 0.016 * factor, hue),
        "brand-line": oklch(0.800, 0.080 * factor, hue),
        "on-brand": "#ffffff",
        "link": oklch(0.440, 0.080 * factor, hue),
        "focus": oklch(0.500, 0.200, 285),
        "ok-ink": oklch(0.375, 0.085, 152),
        "ok-tint": oklch(0.930, 0.050, 152),
        "ok-solid": oklch(0.515, 0.125, 152),
        "warn-ink": oklch(0.375, 0.080, 75),
        "warn-tint": oklch(0.930, 0.065, 75),
        "warn-solid": oklch(0.700, 0.150, 75),
        "err-ink": oklch(0.445, 0.165, 25),
        "err-tint": oklch(0.965, 0.018, 25),
        "err-solid": oklch(0.515, 0.190, 25),
        "on-err": "#ffffff",
        "info-ink": oklch(0.375, 0.110, 255),
        "info-tint": oklch(0.930, 0.036, 255),
        "info-solid": oklch(0.515, 0.155, 255),
        "wait-ink": oklch(0.375, 0.110, 300),
        "wait-tint": oklch(0.930, 0.036, 300),
        "mute-ink": oklch(0.405, 0.021, n),
        "mute-tint": oklch(0.945, 0.006, n),
    }


def _dark(hue: float, factor: float) -> dict[str, str]:
    n = NEUTRAL_HUE
    return {
        "bg": oklch(0.175, 0.012, n),
        "surface": oklch(0.215, 0.014, n),
        "surface-2": oklch(0.245, 0.015, n),
        "sunken": oklch(0.150, 0.010, n),
        "text": oklch(0.945, 0.006, n),
        "text-2": oklch(0.775, 0.012, n),
        "text-3": oklch(0.700, 0.014, n),
        "line": oklch(0.325, 0.016, n),
        "line-strong": oklch(0.575, 0.018, n),
        "brand": oklch(0.780, 0.095 * factor, hue - 5),
        "brand-hover": oklch(0.840, 0.085 * factor, hue - 5),
        "brand-ink": oklch(0.840, 0.085 * factor, hue - 5),
        "brand-tint": oklch(0.285, 0.040 * factor, hue),
        "brand-line": oklch(0.450, 0.070 * factor, hue),
        "on-brand": oklch(0.185, 0.030, hue),
        "link": oklch(0.800, 0.095 * factor, hue - 5),
        "focus": oklch(0.820, 0.120, 285),
        "ok-ink": oklch(0.860, 0.120, 152),
        "ok-tint": oklch(0.300, 0.050, 152),
        "ok-solid": oklch(0.740, 0.140, 152),
        "warn-ink": oklch(0.880, 0.110, 80),
        "warn-tint": oklch(0.310, 0.050, 75),
        "warn-solid": oklch(0.800, 0.140, 75),
        "err-ink": oklch(0.830, 0.100, 22),
        "err-tint": oklch(0.300, 0.065, 25),
        "err-solid": oklch(0.720, 0.150, 25),
        "on-err": oklch(0.185, 0.030, 25),
        "info-ink": oklch(0.860, 0.080, 255),
        "info-tint": oklch(0.300, 0.060, 255),
        "info-solid": oklch(0.740, 0.120, 255),
        "wait-ink": oklch(0.860, 0.080, 300),
        "wait-tint": oklch(0.300, 0.060, 300),
        "mute-ink": oklch(0.830, 0.010, n),
        "mute-tint": oklch(0.295, 0.014, n),
    }


@lru_cache(maxsize=32)
def themes(hue: int = BRAND_HUE, factor: float = 1.0) -> dict[str, dict[str, str]]:
    """Tokens of both themes, `{"light": {token: hex}, "dark": …}`.

    `hue` is the brand hue in degrees, `factor` scales the chroma of the brand (0 grey – 1.5 vivid).
    Raises ValueError outside these ranges.
    """
    if not 0 <= hue <= 359 or not 0 <= factor <= 1.5:
        raise ValueError("The hue lies between 0 and 359, the chroma factor between 0 and 1.5.")
    return {"light": _light(hue, factor), "dark": _dark(hue, factor)}


def failures(hue: int = BRAND_HUE, factor: float = 1.0) -> list[tuple[str, str, str, float]]:
    """Pairs of `PAIRS` below their smallest contrast: (theme, foreground, background, ratio)."""
    return [
        (theme, front, back, round(ratio, 2))
        for theme, tokens in themes(hue, factor).items()
        for front, back, least in PAIRS
        if (ratio := contrast(tokens[front], tokens[back])) < least
    ]


def stylesheet(hue: int = BRAND_HUE, factor: float = 1.0) -> str:
    """The style sheet of the tokens: light, dark by preference, dark by choice (`data-theme`)."""
    both = themes(hue, factor)

    def block(theme: str, indent: str) -> str:
        return "\n".join(f"{indent}--c-{name}: {value};" for name, value in both[theme].items())

    # Paper is white: the dark values are for screens only.
    return (
        "@layer tokens {\n"
        "  :root {\n    color-scheme: light dark;\n" + block("light", "    ") + "\n  }\n"
        "  @media screen and (prefers-color-scheme: dark) {\n"
        "    :root:not([data-theme=light]) {\n" + block("dark", "      ") + "\n    }\n  }\n"
        "  @media screen {\n"
        "    :root[data-theme=dark] {\n      color-scheme: dark;\n" + block("dark", "      ") + "\n    }\n"
        "    :root[data-theme=light] {\n      color-scheme: light;\n    }\n  }\n"
        "}\n"
    )
