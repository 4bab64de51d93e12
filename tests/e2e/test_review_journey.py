"""A reviewer works through twenty calls with the keyboard alone; two reviewers at the same call; a blind call tells nothing."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from db import people, rulebooks, samples, scorecards
from db.engine import session_scope
from db.models import (
    AddedFinding,
    Call,
    CallNote,
    CallReview,
    Finding,
    FindingReview,
    Inspection,
    Sample,
    SampleCall,
    User,
)
from tests.e2e.steps import open_page, settled, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.e2e.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

CALLS = 20
COLLEAGUE = "qa2"
WORK = ".st-key-review_card, .st-key-review_receipt, .st-key-review_queue"
CHANGED = """([selector, before]) => {
  const e = document.querySelector(selector);
  return e && e.innerText !== before && !e.querySelector('[data-stale=true]');
}"""


@pytest.fixture(scope="module")
def url(desk: Desk) -> str:
    """The desk's database, with this month's sample drawn."""
    address = f"sqlite:///{desk.data_dir / 'desk.sqlite3'}"
    now = datetime.now(UTC)
    with session_scope(address) as session:
        scorecards.ship_cards(session, now)
        book = rulebooks.in_force(session)
        month = now.date().replace(day=1)
        if session.scalar(select(Sample).where(Sample.month == month)) is None:
            manager = session.scalars(select(User).where(User.role == "manager")).first()
            assert manager is not None
            samples.draw_month(session, people.scope_of(manager), month, book=book, now=now, seed="journey")
    return address


@pytest.fixture
def colleague(browser: Browser) -> Iterator[Page]:
    """Another reviewer's tab."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def finished(url: str) -> list[CallReview]:
    with session_scope(url) as session:
        return list(session.scalars(select(CallReview).where(CallReview.state == "finished")))


def key(page: Page, name: str) -> float:
    """Press a key; the seconds until what is worked on looks different."""
    shown = page.locator(WORK).first
    before, began = shown.inner_text(), time.perf_counter()
    page.keyboard.press(name)
    page.wait_for_function(CHANGED, arg=[WORK, before], polling=10)
    return time.perf_counter() - began


def there(page: Page, name: str) -> bool:
    return page.locator(f".st-key-review_{name} button").count() > 0


def test_twenty_calls_with_the_keyboard_alone(page: Page, desk: Desk, url: str) -> None:
    before = {review.id for review in finished(url)}
    sign_in(page, desk, "qa", "review")
    decisions: list[float] = []
    began, calls, overturned = time.perf_counter(), 0, 0
    key(page, "g")
    write_everything(page, url)
    while calls < CALLS:
        settled_enough(page)
        if there(page, "confirm"):
            if len(decisions) % 4 == 3:
                key(page, "n")
                decisions.append(key(page, "1"))
                overturned += 1
            else:
                decisions.append(key(page, "y"))
        elif there(page, "all_best"):
            decisions.append(key(page, "2") if len(decisions) % 5 == 4 else key(page, "a"))
        elif there(page, "answer_1"):
            decisions.append(key(page, "1"))
        elif there(page, "finish"):
            key(page, "f")
        else:
            assert there(page, "next"), page.locator(WORK).first.inner_text()
            calls += 1
            if calls < CALLS:
                key(page, "g")
    took = time.perf_counter() - began
    mean = sum(decisions) / len(decisions)
    print(
        f"\n{CALLS} calls by keyboard: {took:.1f} s, {took / CALLS:.1f} s a call; {len(decisions)} decisions,"
        f" from key to next mean {mean:.3f} s, median {sorted(decisions)[len(decisions) // 2]:.3f} s,"
        f" slowest {max(decisions):.3f} s; overturned {overturned}"
    )
    done = [review for review in finished(url) if review.id not in before]
    assert len(done) == CALLS
    assert all(review.stands and review.score is not None and review.receipt for review in done)
    with session_scope(url) as session:
        open_flags = session.scalars(
            select(Finding.id).where(
                Finding.inspection_id.in_([review.inspection_id for review in done]),
                Finding.verdict.in_(("hit", "absent")),
                Finding.decision.is_(None),
            )
        ).all()
    assert open_flags == []


def write_everything(page: Page, url: str) -> None:
    """What the machine missed, a comment, coaching, and a reason of one's own: all of it without the mouse."""
    page.keyboard.press("m")
    page.locator(".st-key-review_what input:focus").wait_for()
    page.keyboard.type("冷语")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Enter")
    for _ in range(8):  # past the sentence and the words, to the remark
        page.keyboard.press("Tab")
        if page.locator(".st-key-review_why input:focus").count():
            break
    page.keyboard.type("键盘补充")
    page.keyboard.press("Enter")
    page.get_by_text("已补充：冷语相对").wait_for()
    page.locator(".st-key-review_why").wait_for(
        state="detached"
    )  # a letter typed before would go into the field
    for letter, words in (("t", "键盘备注"), ("h", "键盘辅导")):
        page.keyboard.press(letter)
        page.locator(".st-key-review_text input:focus").wait_for()
        page.keyboard.type(words)
        page.keyboard.press("Enter")
        page.locator(".st-key-review_all").get_by_text(words).wait_for()
        page.locator(".st-key-review_text").wait_for(state="detached")
    settled_enough(page)
    assert there(page, "confirm"), "the queue begins with a call in which something is undecided"
    key(page, "n")
    page.keyboard.press("0")
    page.locator(".st-key-review_reason input:focus").wait_for()
    page.keyboard.type("键盘理由")
    page.keyboard.press("Enter")
    page.locator(".st-key-review_reason").wait_for(state="detached")
    with session_scope(url) as session:
        added = session.scalars(select(AddedFinding).where(AddedFinding.note == "键盘补充")).one()
        assert added.category == "cold"
        notes = session.scalars(select(CallNote).where(CallNote.call_id == added.call_id)).all()
        assert {("comment", "键盘备注"), ("coaching", "键盘辅导")} <= {(n.kind, n.text) for n in notes}
        reason = select(FindingReview.decision).where(FindingReview.reason == "键盘理由")
        assert session.scalars(reason).all() == ["overturned"]


def settled_enough(page: Page) -> None:
    """Wait until one of the things a reviewer may do next stands there."""
    page.locator(
        ", ".join(f".st-key-review_{name} button" for name in ("confirm", "answer_1", "finish", "next"))
    ).first.wait_for()


def a_waiting_call(url: str) -> str:
    """A flagged call that nobody has in hand, reviewed, or is to hear blind."""
    with session_scope(url) as session:
        taken = select(CallReview.call_id)
        drawn = select(SampleCall.call_id).where(SampleCall.is_drawn)
        return session.scalars(
            select(Call.call_id)
            .join(Inspection, Inspection.call_id == Call.id)
            .join(Finding, Finding.inspection_id == Inspection.id)
            .where(
                Inspection.is_current,
                Finding.verdict == "hit",
                Finding.decision.is_(None),
                Call.id.not_in(taken),
                Call.id.not_in(drawn),
            )
            .order_by(Call.started_at.desc())
            .limit(1)
        ).one()


def test_of_two_browsers_at_the_same_call_one_gets_it(
    page: Page, colleague: Page, desk: Desk, url: str
) -> None:
    wanted = a_waiting_call(url)
    sign_in(page, desk, "qa", "review")
    sign_in(colleague, desk, COLLEAGUE, "review")
    for one in (page, colleague):  # both are on their way before either has arrived
        one.goto(f"{desk.address}/review?call={wanted}", wait_until="commit")
    for one in (page, colleague):
        settled(one)
    shown = [one.locator("[data-testid=stMain]").inner_text() for one in (page, colleague)]
    told = [f"通话 {wanted} 正由" in text for text in shown]
    assert sorted(told) == [False, True]
    winner, loser = (shown[0], shown[1]) if told[1] else (shown[1], shown[0])
    assert wanted in winner
    assert "已为你换成队列中的下一通" in loser
    with session_scope(url) as session:
        held = session.scalars(
            select(CallReview).join(Call).where(Call.call_id == wanted, CallReview.state == "claimed")
        ).all()
    assert len(held) == 1


def test_a_blind_call_tells_nothing_of_the_machine_in_the_page_s_source(
    page: Page, desk: Desk, url: str
) -> None:
    with session_scope(url) as session:
        qa = select(User.id).where(User.username == "qa").scalar_subquery()
        decided = select(Finding.inspection_id).join(FindingReview).where(FindingReview.reviewer_id == qa)
        row = session.execute(
            select(Call.call_id, Inspection.id, Inspection.call_id.label("row_id"))
            .join(Inspection, Inspection.call_id == Call.id)
            .where(
                Inspection.is_current,
                Call.id.not_in(select(CallReview.call_id)),
                Inspection.id.in_(
                    select(Finding.inspection_id).where(Finding.verdict.in_(("hit", "absent")))
                ),
                Inspection.id.not_in(decided),
            )
            .order_by(Call.started_at.desc())
            .limit(1)
        ).first()
        assert row is not None, "every call in which something was found has been reviewed"
        drawn = session.scalars(select(SampleCall).where(SampleCall.call_id == row.row_id)).first()
        if drawn is None:
            sample = session.scalars(select(Sample).order_by(Sample.month)).first()
            assert sample is not None
            drawn = SampleCall(
                sample_id=sample.id, call_id=row.row_id, stratum="journey", wave=1, number=0.5, weight=1.0,
                probability=1.0,
            )  # fmt: skip
            session.add(drawn)
        drawn.is_drawn = drawn.is_blind = True
        findings = session.scalars(select(Finding).where(Finding.inspection_id == row.id)).all()
        steps = [step["zh"] for finding in findings for step in finding.steps if len(step["zh"]) > 8]
    received: list[str] = []
    page.on(
        "websocket",
        lambda socket: socket.on(
            "framereceived",
            lambda frame: received.append(
                frame.decode("utf-8", "replace") if isinstance(frame, bytes) else frame
            ),
        ),
    )
    sign_in(page, desk, "qa", "review")
    if there(page, "give_back"):
        key(page, "b")
    received.clear()
    open_page(page, desk, "review", f"call={row.call_id}")
    page.get_by_text("盲审").first.wait_for()
    sent = page.content() + "".join(received)
    assert row.call_id in sent
    assert [step for step in steps if step in sent] == []
    assert "-background[**" not in sent and "认定成立" not in sent and "目前得分" not in sent
    open_page(page, desk, "call", f"call={row.call_id}")
    page.get_by_text("这通通话要盲审").wait_for()
    assert [step for step in steps if step in page.content() + "".join(received)] == []
