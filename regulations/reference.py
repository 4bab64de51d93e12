"""The table of every parameter in docs/rulebook.md, made from the declarations and the base.

`python -m regulations.reference` writes it into the document anew; a test holds the two together.
"""

from __future__ import annotations

import json
from pathlib import Path

from regulations.parameter import Parameter
from regulations.records import COLLECTIONS
from regulations.rulebook import load_rulebook
from regulations.schema import SPECS, ParameterSpec
from regulations.values import Duration

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "rulebook.md"
BEGIN, END = "<!-- parameters: made by python -m regulations.reference -->", "<!-- end of parameters -->"

_SHOWN = 60  # characters of a default that is a list


def parameter_table() -> str:
    """Markdown: one table for each section, one row for each parameter with its default in the base."""
    book = load_rulebook()
    lines: list[str] = []
    for section in dict.fromkeys(spec.section for spec in SPECS.values()):
        lines += [
            f"### {section}",
            "",
            "| key | type | unit | default | clauses | meaning |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_row(s, book.parameter(s.key)) for s in SPECS.values() if s.section == section]
        lines.append("")
    return "\n".join(lines)


def _row(spec: ParameterSpec, default: Parameter) -> str:
    kind = spec.type + (f": {' '.join(spec.choices)}" if spec.choices else "")
    unit = " ".join(u.value for u in spec.units) if spec.units else spec.unit or ""
    if spec.kinds:
        kind += f"; by {spec.kinds} kind"
    clauses = " ".join(default.clauses) if len(default.clauses) <= 8 else "many clauses"
    origin = f"{clauses} ({default.status})" if clauses else f"({default.status})"
    return f"| `{spec.key}` | {kind} | {unit} | {_default(default)} | {origin} | {spec.en} · {spec.zh} |"


def _default(p: Parameter) -> str:
    if p.state == "off":
        return "off"
    if isinstance(p.value, Duration):
        return p.value.text("en")
    if p.key == "phrase.banned":
        return "regulations/lexicon"
    if p.key in COLLECTIONS:
        return f"{len(p.value)} records"
    written = p.as_json()["value"]
    shown = written if isinstance(written, str) else json.dumps(written, ensure_ascii=False)
    return (shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…").replace("|", "\\|")


def with_table(document: str) -> str:
    """The document with the table between its two marks made anew."""
    before, rest = document.split(BEGIN, 1)
    return f"{before}{BEGIN}\n\n{parameter_table()}\n{END}{rest.split(END, 1)[1]}"


if __name__ == "__main__":
    DOCUMENT.write_text(with_table(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
