"""`manage.py approval`: who must sign, whether a level may, and refusals in one line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from manage import main


def ask(
    capsys: pytest.CaptureFixture[str], *options: str, status: int = 0, rulebook: str = "product_after_sales"
) -> dict[str, Any]:
    assert main(["approval", "--rulebook", rulebook, "--json", *options]) == status
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert set(document) == {"is_allowed", "required_role", "role_title", "violations", "clauses", "steps"}
    return document


@pytest.mark.parametrize(
    ("amount", "role", "title"),
    [
        ("1000", "manager", "销售部门经理"),
        ("1,000.01", "executive", "副总经理"),
        ("¥5000", "executive", "副总经理"),
        ("5000.01", "top", "总经理"),
    ],
)
def test_says_who_must_sign(capsys: pytest.CaptureFixture[str], amount: str, role: str, title: str) -> None:
    document = ask(capsys, "--kind", "compensation", "--amount", amount, "--role", role, "--lang", "zh")
    assert (document["is_allowed"], document["required_role"], document["role_title"]) == (True, role, title)
    assert document["clauses"][0] == "C4.27"
    assert document["steps"][0]["clause"] is None


def test_a_wrong_level_is_an_answer_with_its_clause(capsys: pytest.CaptureFixture[str]) -> None:
    document = ask(capsys, "--amount", "5000", "--role", "manager", "--lang", "en")
    assert document["is_allowed"] is False
    assert document["violations"] == [
        {
            "code": "level_too_low",
            "clause": "C4.27",
            "message": "Department manager may not decide this: it belongs to Deputy general manager.",
        }
    ]


def test_urgency_and_ones_own_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(capsys, "--amount", "10", "--role", "top")["is_allowed"] is False
    assert ask(capsys, "--amount", "10", "--role", "top", "--urgent")["is_allowed"] is True
    own = ask(capsys, "--amount", "10", "--role", "manager", "--requester")
    assert [violation["code"] for violation in own["violations"]] == ["own_request"]


def test_without_a_role_it_only_says_who(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(capsys, "--kind", "sanction_note")["required_role"] == "top"


def test_where_nothing_needs_approval_nobody_must_sign(capsys: pytest.CaptureFixture[str]) -> None:
    document = ask(capsys, "--kind", "return_note", "--role", "agent", rulebook="goods_sales")
    assert (document["is_allowed"], document["required_role"], document["role_title"]) == (True, None, None)


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "1e50", "0.001"])
def test_what_is_no_amount_ends_with_one_and_says_why(
    capsys: pytest.CaptureFixture[str], amount: str
) -> None:
    document = ask(capsys, f"--amount={amount}", status=1)
    assert document["violations"][0]["code"].startswith("amount_")


def test_what_cannot_be_read_could_not_start(capsys: pytest.CaptureFixture[str]) -> None:
    for options in (("--amount", "a lot"), ("--amount", ""), ("--rulebook", "no_such_preset")):
        assert main(["approval", *options]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert len(captured.err.strip().splitlines()) == 1


def test_without_json_the_reasoning_is_readable(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--amount", "1200", "--role", "manager", "--rulebook", "product_after_sales", "--lang", "zh"]
    assert main(["approval", *arguments]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "部门经理无权审批，须由副总经理审批。  [C4.27]"
    assert "  不超过 1,000 元的由销售部门经理审批；1,200 元超出此档  [C4.27]" in shown
