"""The house rules of docs/architecture.md, held by reading the code."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("regulations", "quality", "inspection", "db", "jobs", "dashboard", "pages", "commands", "demo")

# Who may import whom, among our own packages (and itself, always).
ALLOWED: dict[str, set[str]] = {
    "regulations": set(),
    "quality": {"regulations"},
    "inspection": {"regulations"},
    "demo": {"inspection"},  # its recordings speak with the demo voice
    "db": {"regulations", "quality", "settings"},
    "jobs": {"regulations", "quality", "inspection", "db", "settings"},
    "dashboard": {"regulations", "quality", "inspection", "db", "jobs", "settings"},
    "pages": {"regulations", "quality", "db", "dashboard", "jobs", "settings"},
    "commands": {"regulations", "quality", "inspection", "db", "jobs", "dashboard", "settings", "demo"},
}
OUR_MODULES = {*PACKAGES, "settings", "app", "manage"}


def modules(package: str) -> list[Path]:
    return [p for p in sorted((ROOT / package).rglob("*.py")) if "versions" not in p.parts]


@cache
def imported(path: Path) -> set[str]:
    """The top-level names a file imports, wherever in the file it does so."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_it_may(package: str) -> None:
    for path in modules(package):
        ours = imported(path) & OUR_MODULES
        assert ours <= ALLOWED[package] | {package}, path


@pytest.mark.parametrize("package", PACKAGES)
def test_each_library_stays_where_it_belongs(package: str) -> None:
    for path in modules(package):
        names = imported(path)
        if package not in {"dashboard", "pages"}:
            assert "streamlit" not in names, path
        if package not in {"db", "jobs", "commands", "dashboard"}:
            assert "sqlalchemy" not in names, path
        if path.relative_to(ROOT).parts[:2] not in {("inspection", "speech"), ("inspection", "demo_voice")}:
            assert not names & {"whisper", "faster_whisper", "ctranslate2"}, path


@pytest.mark.parametrize("package", ["jobs", "dashboard", "pages", "commands"])
def test_sql_is_spoken_only_in_db(package: str) -> None:
    """Outside db, sqlalchemy gives sessions and engines, never statements."""
    for path in modules(package):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
                taken = {alias.name for alias in node.names}
                assert taken <= {
                    "Session",
                    "sessionmaker",
                    "Engine",
                    "SQLAlchemyError",
                    "OperationalError",
                }, path


def test_the_pure_rules_do_not_look_at_the_clock() -> None:
    clock = re.compile(r"\b(datetime\.now|datetime\.utcnow|date\.today|time\.time)\(")
    for path in [*modules("regulations"), *(ROOT / "inspection").glob("*.py")]:
        if path.name == "pipeline.py":
            continue
        assert not clock.search(path.read_text(encoding="utf-8")), path


def test_no_file_named_like_a_standard_module_stands_beside_the_entry_script() -> None:
    """The entry script's folder comes first on sys.path."""
    import sys

    for path in (ROOT / "dashboard").glob("*.py"):
        assert path.stem == "__init__" or path.stem not in sys.stdlib_module_names, path


def test_every_page_asks_who_is_looking_before_anything_else() -> None:
    for path in (ROOT / "pages").glob("*.py"):
        assert re.search(r"\brequire\(", path.read_text(encoding="utf-8")), path


def test_each_requirement_is_pinned_and_says_what_it_is_for() -> None:
    for name in ("requirements.txt", "requirements-test.txt", "requirements-faster.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith(("#", "-r ")):
                assert re.match(r"^[A-Za-z0-9_.\[\]-]+==[^ ]+\s+# \S", line), line


def submits(block: ast.AST) -> int:
    """How many buttons a form has; one in a loop is several."""
    return sum(
        2 if any(_within(node, loop) for loop in ast.walk(block) if isinstance(loop, ast.For)) else 1
        for node in ast.walk(block)
        if isinstance(node, ast.Call) and _called(node) == "form_submit_button"
    )


def _within(node: ast.AST, block: ast.AST) -> bool:
    return any(one is node for one in ast.walk(block))


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def heedless(source: str) -> list[int]:
    """Lines of forms with several buttons in which Enter presses the first of them."""
    found = []
    for block in ast.walk(ast.parse(source)):
        if not isinstance(block, ast.With) or submits(block) < 2:
            continue
        for item in block.items:
            form = item.context_expr
            if isinstance(form, ast.Call) and _called(form) == "form":
                said = {key.arg: key.value for key in form.keywords}.get("enter_to_submit")
                if not (isinstance(said, ast.Constant) and said.value is False):
                    found.append(form.lineno)
    return found


@pytest.mark.parametrize("package", ["dashboard", "pages"])
def test_the_enter_key_decides_nothing(package: str) -> None:
    """In a form with several buttons Enter would press the first: a reason typed for a refusal would approve."""
    for path in modules(package):
        assert not heedless(path.read_text(encoding="utf-8")), path


def test_forms_in_which_enter_would_decide_are_found() -> None:
    two = "with st.form('a'{more}):\n    for x in (1, 2):\n        st.form_submit_button(x)\n"
    assert heedless(two.format(more="")) == [1]
    assert heedless(two.format(more=", enter_to_submit=True")) == [1]
    assert heedless(two.format(more=", enter_to_submit=False")) == []
    assert heedless("with st.form('a'):\n    st.form_submit_button('b')\n") == []
