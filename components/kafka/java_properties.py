"""The text of a Java properties file."""

from collections.abc import Mapping

# https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)
_VALUE = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"}
_KEY = {**_VALUE, " ": "\\ ", ":": "\\:", "=": "\\=", "#": "\\#", "!": "\\!"}


def properties_text(properties: Mapping[str, str]) -> str:
    """`properties` as a file that `java.util.Properties.load` reads back exactly, one line for each, sorted by key."""
    return "".join(f"{_escaped(key, _KEY)}={property_value(properties[key])}\n" for key in sorted(properties))


def property_value(text: str) -> str:
    """`text` as it stands behind the `=`: on one line, backslashes doubled, leading blanks kept."""
    escaped = _escaped(text, _VALUE)
    blanks = len(escaped) - len(escaped.lstrip(" "))
    return "\\ " * blanks + escaped[blanks:]


def _escaped(text: str, table: Mapping[str, str]) -> str:
    return "".join(_unicode(table.get(character, character)) for character in text)


def _unicode(text: str) -> str:
    """The loader of a stream reads ISO 8859-1; everything above ASCII is written as UTF-16 code units."""
    if text.isascii():
        return text
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
