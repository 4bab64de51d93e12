"""On the attendance page: a device whose clock was wrong, and days worked without a shift."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from db.engine import session_scope
from db.models import Agent, Punch, Shift, Team
from tests.pages.conftest import OpenPage, press, words

_ZONE = ZoneInfo("Asia/Shanghai")
DEVICE = "三楼考勤机"


def yesterday_at(hour: int, minute: int) -> datetime:
    on = datetime.now(_ZONE).date() - timedelta(days=1)
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=_ZONE)


@pytest.fixture
def device_url(demo_url: str) -> str:
    """The demo department, and two readings that a device on the third floor took yesterday."""
    with session_scope(demo_url) as session:
        agent = session.scalars(select(Agent).order_by(Agent.number)).first()
        assert agent is not None
        for minute in (7, 9):
            at = yesterday_at(13, minute)
            session.add(Punch(agent_id=agent.id, at=at, kind="in", device=DEVICE, recorded_at=at))
    return demo_url


def fill(tested: object, minutes: int, reason: str) -> None:
    tested.selectbox(key="device_clock_device").set_value(DEVICE)  # type: ignore[attr-defined]
    tested.date_input(key="device_clock_on").set_value(yesterday_at(0, 0).date())  # type: ignore[attr-defined]
    tested.number_input(key="device_clock_minutes").set_value(minutes)  # type: ignore[attr-defined]
    tested.text_area(key="device_clock_reason").set_value(reason)  # type: ignore[attr-defined]
    tested.run()  # type: ignore[attr-defined]


def readings(url: str) -> list[tuple[str, int]]:
    with session_scope(url) as session:
        rows = session.scalars(select(Punch).where(Punch.device == DEVICE).order_by(Punch.id))
        return [(row.source, row.at.minute) for row in rows]


def test_its_readings_are_put_right_together(device_url: str, open_page: OpenPage) -> None:
    tested = open_page(device_url, "attendance", "manager")
    fill(tested, 7, "与手机时间核对，快 7 分钟")
    assert "1 人共 2 条打卡，时间调整 −7" in words(tested)
    press(tested, "更正打卡")
    assert not tested.exception
    assert "打卡已更正" in words(tested)
    assert readings(device_url) == [("import", 7), ("import", 9), ("device_clock", 0), ("device_clock", 2)]


@pytest.mark.parametrize(("minutes", "reason", "said"), [(0, "慢", "偏差"), (7, "", "请写明设备时间有误")])
def test_what_cannot_be_is_refused_with_a_sentence(
    device_url: str, open_page: OpenPage, minutes: int, reason: str, said: str
) -> None:
    tested = open_page(device_url, "attendance", "manager")
    fill(tested, minutes, reason)
    press(tested, "更正打卡")
    assert said in words(tested)
    assert len(readings(device_url)) == 2


@pytest.mark.parametrize(
    ("who", "is_offered"), [("supervisor", True), ("manager", True), ("executive", False)]
)
def test_only_who_records_attendance_is_offered_it(
    device_url: str, open_page: OpenPage, who: str, is_offered: bool
) -> None:
    tested = open_page(device_url, "attendance", who)
    assert not tested.exception
    assert ("device_clock_save" in {button.key for button in tested.button}) is is_offered


def test_a_day_worked_without_a_shift_is_listed_with_the_month(demo_url: str, open_page: OpenPage) -> None:
    with session_scope(demo_url) as session:
        agent = session.scalars(select(Agent).join(Team).order_by(Agent.number)).first()
        assert agent is not None
        on = yesterday_at(0, 0).date()
        for shift in session.scalars(
            select(Shift).where(
                Shift.agent_id == agent.id,
                Shift.work_on.between(on - timedelta(days=1), on + timedelta(days=1)),
            )
        ):
            session.delete(shift)
        for hour, kind in ((10, "in"), (15, "out")):
            at = yesterday_at(hour, 11)
            session.add(Punch(agent_id=agent.id, at=at, kind=kind, device="", recorded_at=at))
        name = agent.name
    tested = open_page(demo_url, "attendance", "manager", view="month", month=f"{on:%Y-%m}")
    assert not tested.exception
    assert "无班次到岗" in words(tested)
    listed = [frame.value for frame in tested.dataframe if "approved" in frame.value]
    assert name in set(listed[0]["person"])
