"""Watching for surges: which alerts the complaints received of late raise, or keep up.

Judged at every arrival by `regulations.surge.judge`: in the transaction that registers a complaint, after an
import, and by the sweep. Whoever judges takes his turn, so that two registrations at once raise one alert. Only
what the comparison needs is read, by the indexed day of receipt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db import audit
from db.engine import take_write_lock
from db.models import Complaint, SurgeAlert, SurgeCase
from db.refusals import CLOCK_SKEW
from db.surge_arrivals import Arrival, arrivals_of, group_of, key_of, known_since, times_of
from regulations import surge as rules
from regulations import surge_steps
from regulations.access import SYSTEM
from regulations.rulebook import Rulebook
from regulations.surge import Group, Judgement, Terms
from regulations.verdict import Step
from regulations.worktime import WorkCalendar, add

_TURN = 5_310_110  # the advisory lock of PostgreSQL that whoever judges holds until his commit


@dataclass(frozen=True, slots=True)
class Watch:
    """What is watched, and since when windows can be judged; `terms` None: the rulebook watches nothing."""

    terms: Terms | None
    known_since: datetime | None  # None: there is no complaint yet
    ready_at: datetime | None


def watch_state(session: Session, book: Rulebook, now: datetime) -> Watch:
    """Whether surges can be told at `now`."""
    terms, since = rules.terms_of(book, now), known_since(session)
    ready = None if terms is None or since is None else rules.ready_at(since, terms)
    return Watch(terms, since, ready)


def check_after_receipt(
    session: Session, complaint: Complaint, book: Rulebook, now: datetime
) -> SurgeAlert | None:
    """The alert that a complaint just recorded raises or belongs to; None when there is none.

    It counts when it was received: recorded late, it may fill windows that ended since. One received longer
    ago than `surge.look_back` raises nothing. The caller commits.
    """
    terms = rules.terms_of(book, now)
    received_at = complaint.received_at
    if terms is None or received_at <= now - terms.look_back:
        return None
    _take_turn(session)
    session.flush()
    arrivals = arrivals_of(session, received_at - terms.window, received_at + terms.window, terms, book)
    mine = {group for arrival in arrivals if arrival.id == complaint.id for group in arrival.groups}
    for alert in _Watcher(session, terms, book, now).look_at(arrivals, received_at, mine):
        if session.get(SurgeCase, (alert.id, complaint.id)) is not None:
            return alert
    return None


def check_recent(session: Session, book: Rulebook, now: datetime) -> list[SurgeAlert]:
    """Judge everything received within `surge.look_back`; the alerts that were raised. The caller commits.

    Doing it again changes nothing.
    """
    terms = rules.terms_of(book, now)
    if terms is None:
        return []
    _take_turn(session)
    session.flush()
    begins = now - terms.look_back
    arrivals = arrivals_of(session, begins - terms.window, now + CLOCK_SKEW, terms, book)
    watcher = _Watcher(session, terms, book, now)
    watcher.look_at(arrivals, begins, {group for arrival in arrivals for group in arrival.groups})
    return watcher.raised


def _take_turn(session: Session) -> None:
    """Judge alone from here to the commit: what another registration has just written is then seen."""
    connection = session.connection()
    take_write_lock(connection)
    if connection.dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_TURN)))


@dataclass
class _Watcher:
    """One look at recent arrivals: the alerts that are there, and the history as far as it was needed."""

    session: Session
    terms: Terms
    book: Rulebook
    now: datetime
    raised: list[SurgeAlert] = field(default_factory=list)
    _alerts: list[SurgeAlert] = field(default_factory=list)
    _history: dict[Group, list[datetime]] = field(default_factory=dict)
    _since: datetime | None = None

    def look_at(
        self, arrivals: Sequence[Arrival], begins: datetime, groups: Iterable[Group]
    ) -> list[SurgeAlert]:
        """Judge the windows of these groups that end at arrivals from `begins` on; the alerts that concern them."""
        wanted = set(groups)
        by_group: dict[Group, list[Arrival]] = {}
        for arrival in arrivals:
            for group in arrival.groups:
                if group in wanted:
                    by_group.setdefault(group, []).append(arrival)
        full: list[tuple[datetime, int, Group, Arrival, int]] = []
        for group, members in by_group.items():
            times = [member.at for member in members]
            for member in members:
                count = rules.count_within(times, member.at - self.terms.window, member.at)
                if member.at >= begins and count >= self.terms.min_count:
                    width = sum(
                        not value for _name, value in group
                    )  # at one instant the narrowest speaks first
                    full.append((member.at, width, group, member, count))
        self._load_alerts(begins, is_needed=bool(full))
        for at, _width, group, member, count in sorted(full, key=lambda f: (f[0], f[1], f[3].id)):
            self._weigh(group, member, at, count, begins)
        self._keep_cases(arrivals)
        return [alert for alert in self._alerts if any(rules.are_related(group_of(alert), g) for g in wanted)]

    def _load_alerts(self, begins: datetime, is_needed: bool) -> None:
        quiet = self.terms.window + self.terms.cooldown
        query = select(SurgeAlert).where(
            SurgeAlert.closed_at.is_(None) | (SurgeAlert.closed_at >= begins - quiet)
        )
        self._alerts = list(
            self.session.scalars(
                query.order_by(SurgeAlert.started_at).execution_options(populate_existing=True)
            )
        )
        if is_needed and self._since is None:
            self._since = known_since(self.session)

    def _weigh(self, group: Group, member: Arrival, at: datetime, count: int, begins: datetime) -> None:
        """What one full window means: a new alert, one that goes on, or nothing new."""
        alert = self._alert_about(group, at)
        if alert is None:
            judged = self._judge(group, at, begins)
            if judged.is_surge:
                self._raise(group, member, judged)
            return
        if alert.closed_at is not None:
            return  # told of already, and the quiet time is not over
        is_quiet = at > alert.last_at + self.terms.cooldown  # as regulations.surge.stretches has it
        is_covered = rules.is_within(group, group_of(alert))
        if is_quiet and (alert.acknowledged_at is not None or not is_covered):
            judged = self._judge(group, at, begins)
            if judged.is_surge:
                if alert.acknowledged_at is not None:
                    self._supersede(alert)
                self._raise(group, member, judged)
            return
        if not is_covered or (at <= alert.last_at and count <= alert.count):
            return
        judged = self._judge(group, at, begins)
        if judged.is_surge:
            self._extend(alert, group, judged)

    def _alert_about(self, group: Group, at: datetime) -> SurgeAlert | None:
        """The alert a window belongs to: one of the group, of a wider or a narrower one, open or just closed."""
        quiet = self.terms.window + self.terms.cooldown
        near = [
            alert
            for alert in self._alerts
            if rules.are_related(group, group_of(alert))
            and at > alert.started_at - quiet
            and (alert.closed_at is None or at <= alert.closed_at + self.terms.cooldown)
        ]
        return max(
            near,
            key=lambda alert: (
                alert.started_at <= at,
                rules.is_within(group, group_of(alert)),
                alert.closed_at is None,
                alert.started_at,
            ),
            default=None,
        )

    def _judge(self, group: Group, at: datetime, begins: datetime) -> Judgement:
        if group not in self._history:
            reach = self.terms.reach + timedelta(days=1)  # a day of room for zones with summer time
            until = max(self.now + CLOCK_SKEW, at)
            self._history[group] = times_of(self.session, group, begins - reach, until, self.book)
        zone = WorkCalendar.from_rulebook(self.book).timezone
        since = self._since or at
        return rules.judge(self._history[group], at, self.terms, zone, since)

    def _steps(self, group: Group, judged: Judgement) -> tuple[Step, ...]:
        names = {"zh": surge_steps.group_text(group, "zh"), "en": surge_steps.group_text(group, "en")}
        zone = WorkCalendar.from_rulebook(self.book).timezone
        return rules.explain(judged, names, self.terms, self.book, zone)

    def _raise(self, group: Group, member: Arrival, judged: Judgement) -> None:
        calendar = WorkCalendar.from_rulebook(self.book)
        limit = self.book.duration("surge.acknowledge_within")
        due_at = None if limit is None else add(self.now.replace(microsecond=0), limit, calendar).at
        role = self.book.role("surge.alert_role")
        titles: Mapping[str, str] = {
            "zh": self.book.role_title(role, "zh") if role else "负责人",
            "en": self.book.role_title(role, "en") if role else "whoever is in charge",
        }
        told = surge_steps.told(due_at, titles, calendar.timezone, self.book)
        steps = (*self._steps(group, judged), told)
        assert judged.mean is not None
        alert = SurgeAlert(
            group_key=key_of(group),
            group=dict(group),
            started_at=judged.at,
            started_on=calendar.day_of(judged.at),
            last_at=judged.at,
            peak_at=judged.at,
            window_seconds=round(self.terms.window.total_seconds()),
            raised_at=self.now,
            tipped_by_id=member.id,
            count=judged.count,
            baseline=float(judged.mean),
            probability=judged.probability,
            acknowledge_due_at=due_at,
            clauses=list(rules.clauses_of(steps, self.book)),
            steps=[step.as_record() for step in steps],
            rulebook_version=self.book.version,
        )
        try:
            with self.session.begin_nested():
                self.session.add(alert)
                self.session.flush()
        except IntegrityError:  # somebody without our lock was quicker: his alert stands
            return
        self._alerts.append(alert)
        self.raised.append(alert)
        detail = {"group": dict(group), "count": judged.count, "number": alert.id}
        audit.record(self.session, SYSTEM, "surge.raised", "surge", alert.id, detail, at=self.now)

    def _extend(self, alert: SurgeAlert, group: Group, judged: Judgement) -> None:
        """The alert goes on. Not through the mapper: `row_version` is for what people decide."""
        values: dict[str, object] = {"last_at": max(alert.last_at, judged.at)}
        if group == group_of(alert) and judged.count > alert.count:
            assert judged.mean is not None
            kept = [step for step in alert.steps if not step.get("is_peak")]
            zone = WorkCalendar.from_rulebook(self.book).timezone
            assert judged.probability is not None
            top = surge_steps.peak(
                judged.at, judged.count, self.terms.window, judged.mean, judged.probability, zone, self.book
            )
            values |= {
                "count": judged.count,
                "peak_at": judged.at,
                "baseline": float(judged.mean),
                "probability": judged.probability,
                "steps": [*kept, top.as_record() | {"is_peak": True}],
            }
        self._write(alert, values)

    def _supersede(self, alert: SurgeAlert) -> None:
        """It was dealt with and had gone quiet, only nobody closed it: the next surge is told as a new one."""
        self._write(alert, {"closed_at": self.now, "closed_by": SYSTEM.actor})
        audit.record(self.session, SYSTEM, "surge.closed", "surge", alert.id, {"by": "next"}, at=self.now)

    def _write(self, alert: SurgeAlert, values: dict[str, object]) -> None:
        self.session.execute(
            update(SurgeAlert)
            .where(SurgeAlert.id == alert.id)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        self.session.refresh(alert)

    def _keep_cases(self, arrivals: Sequence[Arrival]) -> None:
        """Note which complaints each alert is about: those from its first window to one window after its last."""
        if not self._alerts or not arrivals:
            return
        ids = [alert.id for alert in self._alerts]
        kept = set(
            self.session.execute(
                select(SurgeCase.alert_id, SurgeCase.complaint_id).where(SurgeCase.alert_id.in_(ids))
            ).tuples()
        )
        missing = [
            {"alert_id": alert.id, "complaint_id": arrival.id}
            for alert in self._alerts
            for arrival in arrivals
            if (alert.id, arrival.id) not in kept and self._concerns(alert, arrival)
        ]
        if missing:
            self.session.execute(insert(SurgeCase), missing)

    @staticmethod
    def _concerns(alert: SurgeAlert, arrival: Arrival) -> bool:
        window = timedelta(seconds=alert.window_seconds)
        until = alert.last_at + window
        if alert.closed_at is not None:
            until = min(until, alert.closed_at)
        if not min(alert.started_at, alert.peak_at) - window < arrival.at <= until:
            return False
        return any(rules.is_within(group, group_of(alert)) for group in arrival.groups)
