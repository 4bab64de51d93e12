"""The steps of a callback's script on the call page."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from db.engine import session_scope
from db.models import Call, Inspection
from tests.pages.conftest import words

OpenPage = Callable[..., AppTest]


def a_call(url: str, kind: str) -> tuple[str, list[dict[str, object]]]:
    """A call of this kind, and the steps of the script that its inspection looked for."""
    with session_scope(url) as session:
        query = (
            select(Call.call_id, Inspection.checks)
            .join(Inspection, Inspection.call_id == Call.id)
            .where(Inspection.is_current, Call.kind == kind)
            .order_by(Call.started_at.desc())
        )
        call_id, checks = session.execute(query).first() or ("", [])
        return call_id, [c for c in checks if c["category"] == "flow"]


def test_a_callback_shows_the_nine_steps_and_no_step_counts_as_a_courtesy(
    open_page: OpenPage, demo_url: str
) -> None:
    call_id, steps = a_call(demo_url, "callback_inpatient")
    assert [s["title"] for s in steps][:2] == ["礼貌问候", "自我介绍"] and len(steps) == 9
    tested = open_page(demo_url, "call", "qa", call=call_id)
    assert not tested.exception
    heard = sum(s["verdict"] == "hit" for s in steps)
    assert f"规定流程（应有 8 步，按顺序听到 {heard} 步）" in [e.label for e in tested.expander]
    assert "只作提示" in words(tested)
    assert not any("流程顺序" in str(frame.value) for frame in tested.dataframe)


def test_a_call_without_a_script_shows_none(open_page: OpenPage, demo_url: str) -> None:
    call_id, steps = a_call(demo_url, "inbound_service")
    assert steps == []
    tested = open_page(demo_url, "call", "qa", call=call_id)
    assert not tested.exception and not any("规定流程" in e.label for e in tested.expander)
