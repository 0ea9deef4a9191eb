"""Builds static/icons.svg, the sprite of the icons in use, from the Lucide set (ISC licence): `python -m scripts.icons`."""

from importlib.resources import files
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

TARGET = Path(__file__).resolve().parent.parent / "static" / "icons.svg"
SVG = "{http://www.w3.org/2000/svg}"

NAMES = (
    "arrow-left",
    "arrow-right",
    "bell",
    "building-2",
    "calendar",
    "calendar-days",
    "camera",
    "check",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "chevron-up",
    "circle-alert",
    "circle-check",
    "circle-question-mark",
    "clock",
    "copy",
    "credit-card",
    "download",
    "ellipsis",
    "external-link",
    "eye",
    "eye-off",
    "file-check",
    "file-lock",
    "file-plus",
    "file-text",
    "fingerprint-pattern",
    "folder-open",
    "globe",
    "heart-pulse",
    "history",
    "house",
    "id-card",
    "image",
    "info",
    "key-round",
    "landmark",
    "languages",
    "laptop",
    "layers",
    "link",
    "list-checks",
    "lock",
    "log-out",
    "mail",
    "map-pin",
    "menu",
    "message-square",
    "minus",
    "paperclip",
    "pencil",
    "phone",
    "plus",
    "printer",
    "qr-code",
    "receipt",
    "refresh-cw",
    "rotate-cw",
    "scale",
    "search",
    "send",
    "settings",
    "shield",
    "shield-check",
    "sliders-horizontal",
    "smartphone",
    "sun",
    "trash-2",
    "triangle-alert",
    "upload",
    "user",
    "user-plus",
    "users",
    "wallet",
    "x",
)


def symbol(name: str, source: bytes) -> str:
    """One `<symbol>` with the drawing of a Lucide icon at stroke 1.75."""
    drawing = ElementTree.fromstring(source)
    parts = []
    for node in drawing:
        attributes = "".join(f' {key}="{value}"' for key, value in node.attrib.items())
        parts.append(f"<{node.tag.removeprefix(SVG)}{attributes}/>")
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
        f'stroke-linecap="round" stroke-linejoin="round">{"".join(parts)}</symbol>'
    )


def main() -> None:
    """Write the sprite; a name that the set lacks raises KeyError."""
    with ZipFile(BytesIO(files("lucide").joinpath("lucide.zip").read_bytes())) as archive:
        symbols = [symbol(name, archive.read(f"{name}.svg")) for name in NAMES]
    text = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET.name}: {len(symbols)} icons, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
