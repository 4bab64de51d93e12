"""The demo department's teams, agents and accounts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from db.demo.stage import Stage, insert_rows
from db.models import Agent, Team, User, UserTeam

DEMO_PASSWORD = "demo-desk-2026"

# username, role, what it is for (zh, en); in the order they are shown.
DEMO_SIGN_INS: tuple[tuple[str, str, str, str], ...] = (
    (
        "supervisor",
        "supervisor",
        "主管：售后服务一组的待办、投诉、回访、维修",
        "Supervisor of the after-sales team",
    ),
    (
        "supervisor2",
        "supervisor",
        "主管：健康回访二组与物业客服三组",
        "Supervisor of the hospital and property teams",
    ),
    (
        "qa",
        "qa",
        "质检员：上传录音、复核标记的通话",
        "QA reviewer: uploads recordings, reviews flagged calls",
    ),
    ("qa2", "qa", "质检员：第二位复核人", "QA reviewer: the second pair of ears"),
    (
        "manager",
        "manager",
        "部门经理：全部小组与月度会议",
        "Department manager: all teams and the monthly meeting",
    ),
    (
        "director",
        "executive",
        "公司领导：全部小组、上报批示、较大金额审批",
        "Company leadership: all teams, instructions, larger approvals",
    ),
    (
        "gm",
        "top",
        "总经理：最高一级审批",
        "General manager: the last level of approval",
    ),
    (
        "agent",
        "agent",
        "客服 K1004：登记投诉，只看自己的工作",
        "Agent K1004: registers complaints, sees own work",
    ),
    (
        "admin",
        "administrator",
        "系统管理员：账号、数据导入、规则",
        "Administrator: accounts, imports, rulebook",
    ),
)

_DISPLAY_NAMES = {
    "supervisor": "罗文静",
    "supervisor2": "贺建国",
    "qa": "沈若兰",
    "qa2": "丁海峰",
    "manager": "秦岚",
    "director": "顾明远",
    "gm": "程立",
    "agent": "吴晓彤",
    "admin": "系统管理员",
}
_SUPERVISED = {"supervisor": ("goods",), "supervisor2": ("hospital", "property")}


@dataclass(frozen=True)
class DemoTeam:
    """A team as written here, before it has a row."""

    code: str
    name: str
    agents: tuple[tuple[str, str], ...]  # staff number, name


TEAMS = (
    DemoTeam(
        "goods",
        "售后服务一组",
        (
            ("K1001", "林小雨"),
            ("K1002", "陈思远"),
            ("K1003", "赵立强"),
            ("K1004", "吴晓彤"),
            ("K1005", "周子豪"),
            ("K1006", "黄婷婷"),
            ("K1007", "徐志鹏"),
            ("K1008", "孙一鸣"),
            ("K1009", "马晓东"),
            ("K1010", "朱梦瑶"),
        ),
    ),
    DemoTeam(
        "hospital",
        "健康回访二组",
        (
            ("K2001", "何雅琴"),
            ("K2002", "郭欣怡"),
            ("K2003", "高玉洁"),
            ("K2004", "谢安琪"),
            ("K2005", "韩冰"),
            ("K2006", "唐诗涵"),
            ("K2007", "冯丽华"),
        ),
    ),
    DemoTeam(
        "property",
        "物业客服三组",
        (
            ("K3001", "邓伟民"),
            ("K3002", "曹静怡"),
            ("K3003", "彭飞"),
            ("K3004", "曾凡"),
            ("K3005", "肖雪梅"),
            ("K3006", "田家栋"),
            ("K3007", "董佳宁"),
        ),
    ),
)


@dataclass(frozen=True)
class Personas:
    """Who should catch the eye, by staff number; the tests look for exactly these."""

    rude: str = "K1003"
    promising: str = "K1004"
    chronic_latecomer: str = "K1008"
    absent: str = "K1009"
    newcomer: str = "K1010"
    forgets_to_punch: str = "K2005"
    severely_late: str = "K3004"
    month_end_batcher: str = "K3006"


PERSONAS = Personas()
_LEVELS = ("实习客服", "初级客服", "中级客服", "高级客服", "资深客服")


@dataclass(frozen=True)
class Person:
    """An agent with the id of his row."""

    id: int
    number: str
    name: str
    team: str
    team_id: int
    place: int  # position in the team, from 0
    hired_on: date


def fill_people(session: Session, stage: Stage) -> list[Person]:
    """Teams, agents and accounts; the people for the other parts to work with."""
    dice = stage.dice("people")
    people: list[Person] = []
    agents: list[dict[str, object]] = []
    for team_id, team in enumerate(TEAMS, start=1):
        for place, (number, name) in enumerate(team.agents):
            years = dice.uniform(1.2, 6.5)
            hired_on = stage.today - timedelta(days=round(years * 365))
            if number == PERSONAS.newcomer:
                years, hired_on = 0.2, max(stage.start, stage.today - timedelta(days=75))
            person = Person(len(people) + 1, number, name, team.code, team_id, place, hired_on)
            people.append(person)
            agents.append(
                {
                    "id": person.id,
                    "number": number,
                    "name": name,
                    "team_id": team_id,
                    "post": "team_lead" if place == 0 else "agent",
                    "level": _LEVELS[min(len(_LEVELS) - 1, round(years / 1.6))],
                    "phone": f"8{number[1:]}",
                    "hired_on": hired_on,
                    "is_active": True,
                }
            )
    insert_rows(
        session, Team, [{"id": i, "code": t.code, "name": t.name} for i, t in enumerate(TEAMS, start=1)]
    )
    insert_rows(session, Agent, agents)
    _fill_users(session, stage, people)
    return people


def _fill_users(session: Session, stage: Stage, people: list[Person]) -> None:
    # One hash for all demo accounts: the password is public. A salt from the seed keeps the rows repeatable.
    salt = hashlib.sha256(f"demo/{stage.seed}".encode()).digest()[:16]
    password_hash = PasswordHasher().hash(DEMO_PASSWORD, salt=salt)
    by_number = {person.number: person.id for person in people}
    users = [
        {
            "id": user_id,
            "username": username,
            "display_name": _DISPLAY_NAMES[username],
            "password_hash": password_hash,
            "role": role,
            "agent_id": by_number[PERSONAS.promising] if role == "agent" else None,
            "language": "zh",
            "is_active": True,
            "is_demo": True,
            "created_at": stage.at(stage.start, 9),
            "failed_sign_ins": 0,
            "locked_until": None,
        }
        for user_id, (username, role, _, _) in enumerate(DEMO_SIGN_INS, start=1)
    ]
    insert_rows(session, User, users)
    team_ids = {team.code: i for i, team in enumerate(TEAMS, start=1)}
    insert_rows(
        session,
        UserTeam,
        [
            {"user_id": user["id"], "team_id": team_ids[code]}
            for user in users
            for code in _SUPERVISED.get(str(user["username"]), ())
        ],
    )
