"""The demo's surge alerts: raised by the real watch as the complaints came in, the old ones dealt with."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import surge_arrivals, surges
from db.demo.people import DEMO_SIGN_INS
from db.demo.stage import Stage
from db.models import SurgeAlert, User
from db.people import scope_of
from regulations import surge as rules

_STILL_OPEN = timedelta(hours=4)  # a surge of the last hours waits for the viewer
_SOON = timedelta(seconds=20)
_WORDS: dict[str, tuple[str, str]] = {
    "delivery": (
        "已联系物流配送部：分拨中心系统故障，当日件顺延一天。统一口径：致歉，说明明日送达，可改约时间。",
        "物流系统次日上午恢复，积压件两日内送完；客户均已回访。",
    ),
    "refund": (
        "财务结算部核实为退款批次失败，今日重发。统一口径：退款将于 24 小时内原路到账，无需重复申请。",
        "批次重发成功，客户均已到账。建议电商运营部增加批次失败告警。",
    ),
    "installation": (
        "安装维修部临时增派三组师傅。统一口径：高温订单集中，最迟次日 18 时前上门，客户可优先改约。",
        "两日内全部完成安装；已向安装维修部提出旺季排班建议。",
    ),
}
_OTHER = (
    "已通知责任部门排查。统一口径：已记录并加急处理，24 小时内回复。",
    "责任部门已处理完毕，后续无新增。",
)


def fill_surges(session: Session, stage: Stage) -> int:
    """Let the watch look when each surge of the demo arose; how many alerts there are then."""
    terms = rules.terms_of(stage.book, stage.now)
    if terms is None:
        return 0
    session.flush()
    received = [
        (at, surge_arrivals.key_of(group))
        for at, values in surge_arrivals.everything_received(session, terms.fields)
        for group in rules.groups_of(values, terms.fields)
    ]
    found = rules.surges(received, stage.book, stage.now)
    for surge in found:
        for looked_at in (surge.started_at, surge.last_at):
            surges.check_recent(session, stage.book, min(looked_at + _SOON, stage.now))
        _deal_with(session, stage)
    return len(session.scalars(select(SurgeAlert.id)).all())


def _deal_with(session: Session, stage: Stage) -> None:
    """What nobody has taken charge of yet was acknowledged within minutes and closed the day after."""
    dice = stage.dice("surges")
    user = session.scalars(select(User).where(User.username == DEMO_SIGN_INS[0][0])).one()
    in_charge = scope_of(user)
    for alert in surges.list_alerts(session, in_charge, open_only=True):
        if stage.now - alert.last_at < _STILL_OPEN:
            continue
        plan, outcome = _WORDS.get(str(alert.group.get("category")), _OTHER)
        taken_at = alert.raised_at + timedelta(minutes=dice.randint(4, 38))
        closed_at = min(alert.last_at + timedelta(hours=dice.randint(20, 26)), stage.now)
        version = alert.row_version
        surges.acknowledge(session, in_charge, alert.id, plan=plan, expected_version=version, now=taken_at)
        surges.close(
            session, in_charge, alert.id, outcome=outcome, expected_version=version + 1, now=closed_at
        )
