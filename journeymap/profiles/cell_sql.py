"""How ids and texts are written for others: hashed as ad platforms take them, and safe to open in a spreadsheet."""

from __future__ import annotations

from typing import Final

BLANKS: Final = "".join(
    map(
        chr,
        (
            *range(0x09, 0x0E), *range(0x1C, 0x21), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F,
            0x205F, 0x3000,
        ),
    )
)  # fmt: skip
"""Unicode's white space: what Python's ``str.strip`` takes off."""

FORMULA: Final = r"^[=+\-@\t\r\n＝＋－＠]"  # noqa: RUF001 - the wide signs begin a formula too
"""What a text begins with that a spreadsheet would run."""

NEGATIVE_NUMBER: Final = r"^-[0-9]+(\.[0-9]+)?\z"
"""A text that a spreadsheet takes for a number, and that nothing can hide in."""


def cell_values() -> dict[str, object]:
    """Give what the SQL of this module binds."""
    return {"blanks": BLANKS, "formula": FORMULA, "negative_number": NEGATIVE_NUMBER}


def trimmed_sql(text: str) -> str:
    """Write a text without the white space around it.

    Examples
    --------
    >>> trimmed_sql("email")
    'trim(email, $blanks)'
    """
    return f"trim({text}, $blanks)"


def hashed_sql(text: str) -> str:
    """Write the SHA-256, in hexadecimal digits, of a text that is trimmed and in lower case, as UTF-8.

    Each letter is put in lower case by itself, as Unicode says (so a Greek sigma at the end of a word is one within a
    word); the dotted capital I, the only letter that becomes two, is written out: engines differ in it.

    Examples
    --------
    >>> hashed_sql("email")
    "sha256(lower(replace(trim(email, $blanks), 'İ', 'i̇')))"
    """
    return f"sha256(lower(replace({trimmed_sql(text)}, 'İ', 'i\u0307')))"


def safe_sql(text: str) -> str:
    """Write a text so that no spreadsheet runs it: with a single quote before ``=``, ``+``, ``-``, ``@`` and the like.

    Plain negative numbers stay as they are.

    Examples
    --------
    >>> safe_sql("x")
    "CASE WHEN regexp_matches(x, $formula) AND NOT regexp_matches(x, $negative_number) THEN '''' || x ELSE x END"
    """
    return (
        f"CASE WHEN regexp_matches({text}, $formula) AND NOT regexp_matches({text}, $negative_number) "
        f"THEN '''' || {text} ELSE {text} END"
    )


def safe_name(name: str) -> str:
    r"""Write a column's name as :func:`safe_sql` writes a text.

    Examples
    --------
    >>> safe_name("=cmd"), safe_name("region"), safe_name("\tx")
    ("'=cmd", 'region', "'\tx")
    """
    import re

    return f"'{name}" if re.match(FORMULA, name) else name
