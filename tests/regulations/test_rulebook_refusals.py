"""What is refused, with file, key and reason, and all of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.rulebook import RulebookError, check_file, load_rulebook
from regulations.scalars import Refused
from regulations.schema import SPECS
from regulations.typed import read_value

WELL = 'source = []\nstatus = "product_choice"\n'


def problems_of(tmp_path: Path, text: str | bytes) -> list[tuple[str, str]]:
    file = tmp_path / "site.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    found = check_file(file)
    assert all(p.file == str(file) for p in found), found
    return [(p.key, p.reason) for p in found]


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        # keys
        ("[complaint.answer_within]\nvalue = 1\n", "complaint.answer_within", "unknown parameter"),
        ("[complaints.forward_within]\nvalue = 1\n", "complaints", "unknown section"),
        ("forward_within = 4\n", "forward_within", "stand in tables"),
        ("[complaint]\nforward_within = 4\n", "complaint.forward_within", "must be a table"),
        (f"[qa.pass_score]\nvalue = 80\nvalu = 81\n{WELL}", "qa.pass_score", "unknown key 'valu'"),
        # types
        (f'[qa.pass_score]\nvalue = "80"\n{WELL}', "qa.pass_score", "must be a number"),
        (f"[qa.pass_score]\nvalue = true\n{WELL}", "qa.pass_score", "must be a number"),
        (f"[qa.pass_score]\nvalue = nan\n{WELL}", "qa.pass_score", "finite"),
        (f"[qa.pass_score]\nvalue = inf\n{WELL}", "qa.pass_score", "finite"),
        (f"[qa.pass_score]\nvalue = 1e999999\n{WELL}", "qa.pass_score", "too large"),
        (f"[qa.pass_score]\nvalue = 1e-999999\n{WELL}", "qa.pass_score", "six decimal places"),
        (f"[qa.pass_score]\nvalue = 101\n{WELL}", "qa.pass_score", "not be above 100"),
        (f"[surge.min_count]\nvalue = 2.5\n{WELL}", "surge.min_count", "whole number"),
        (f"[surge.min_count]\nvalue = 0\n{WELL}", "surge.min_count", "not be below 1"),
        (f"[complaint.warn_at_fraction]\nvalue = 101\n{WELL}", "complaint.warn_at_fraction", "not be above 100"),
        (f"[complaint.warn_at_fraction]\nvalue = -1\n{WELL}", "complaint.warn_at_fraction", "not be below 0"),
        (f"[call.require_greeting]\nvalue = 1\n{WELL}", "call.require_greeting", "true or false"),
        (f'[complaint.hours_clock]\nvalue = "sun"\n{WELL}', "complaint.hours_clock", "one of wall, service_hours"),
        (f'[complaint.decision_role]\nvalue = "boss"\n{WELL}', "complaint.decision_role", "one of agent"),
        (f'[escalation.difficult_customer]\nvalue = ["boss"]\n{WELL}', "escalation.difficult_customer", "element 1"),
        (f'[complaint.case_form]\nvalue = " "\n{WELL}', "complaint.case_form", "empty"),
        (f'[complaint.case_form]\nvalue = "a\\u0007"\n{WELL}', "complaint.case_form", "control characters"),
        (f'[complaint.case_form]\nvalue = "{"长" * 501}"\n{WELL}', "complaint.case_form", "longer than 500"),
        (f'[survey.grades]\nvalue = "好"\n{WELL}', "survey.grades", "must be a list"),
        (f'[swap.approvers]\nvalue = []\n{WELL}', "swap.approvers", "at least one"),
        (f'[swap.approvers]\nvalue = ["supervisor", "supervisor"]\n{WELL}', "swap.approvers", "twice"),
        (f'[calendar.timezone]\nvalue = "Mars/Base"\n{WELL}', "calendar.timezone", "not a time zone"),
        (f'[calendar.timezone]\nvalue = "../../etc/passwd"\n{WELL}', "calendar.timezone", "not a time zone"),
        (f"[calendar.workdays]\nvalue = []\n{WELL}", "calendar.workdays", "at least one"),
        (f'[calendar.workdays]\nvalue = ["monday"]\n{WELL}', "calendar.workdays", "one of mon"),
        (f'[calendar.holidays]\nvalue = ["2026-02-30"]\n{WELL}', "calendar.holidays", "must be a date"),
        (f'[leave.night_cutoff]\nvalue = "25:00"\n{WELL}', "leave.night_cutoff", "must be a time"),
        (f"[leave.night_cutoff]\nvalue = 12:00:30\n{WELL}", "leave.night_cutoff", "must be a time"),
        # units
        (f"[complaint.forward_within]\nvalue = 4\n{WELL}", "complaint.forward_within", "needs its unit"),
        (f'[complaint.forward_within]\nvalue = 4\nunit = "fortnight"\n{WELL}', "complaint.forward_within", "unit must be one of"),
        (f'[complaint.forward_within]\nvalue = 4\nunit = 4\n{WELL}', "complaint.forward_within", "unit must be one of"),
        (f'[attendance.late_grace]\nvalue = 1\nunit = "month"\n{WELL}', "attendance.late_grace", "one of minute, hour"),
        (f'[complaint.final_feedback_within]\nvalue = 1.5\nunit = "working_day"\n{WELL}', "complaint.final_feedback_within", "whole working_days"),
        (f'[complaint.forward_within]\nvalue = -4\nunit = "hour"\n{WELL}', "complaint.forward_within", "negative"),
        (f'[complaint.forward_within]\nvalue = 999999999\nunit = "hour"\n{WELL}', "complaint.forward_within", "hundred years"),
        (f'[complaint.progress_interval]\nvalue = 0\nunit = "hour"\n{WELL}', "complaint.progress_interval", "more than 0"),
        (f'[qa.pass_score]\nvalue = 80\nunit = "hour"\n{WELL}', "qa.pass_score", "unit 'hour' is wrong"),
        (f'[call.require_greeting]\nvalue = true\nunit = "hour"\n{WELL}', "call.require_greeting", "has no unit"),
        (f'[meeting.late_fine]\nvalue = 10\nunit = "USD"\n{WELL}', "meeting.late_fine", "its unit is 'CNY'"),
        (f'[leave.tiers]\nvalue = [{{ role = "manager" }}]\n{WELL}', "leave.tiers", "need their unit"),
        # provenance
        ("[qa.pass_score]\nvalue = 80\nstatus = \"product_choice\"\n", "qa.pass_score", "source is missing"),
        ("[qa.pass_score]\nvalue = 80\nsource = []\n", "qa.pass_score", "status is missing"),
        ('[qa.pass_score]\nvalue = 80\nsource = []\nstatus = "sure"\n', "qa.pass_score", "status must be one of"),
        ('[qa.pass_score]\nvalue = 80\nsource = []\nstatus = "stated"\n', "qa.pass_score", "stated needs a source"),
        ('[qa.pass_score]\nvalue = 80\nsource = []\nstatus = ["stated"]\n', "qa.pass_score", "status must be one of"),
        ('[qa.pass_score]\nvalue = 80\nsource = "A6.22"\nstatus = "stated"\n', "qa.pass_score", "source must be a list"),
        ('[qa.pass_score]\nvalue = 80\nsource = ["A6-22"]\nstatus = "stated"\n', "qa.pass_score", "not a clause id"),
        ('[qa.pass_score]\nvalue = 80\nsource = ["A6.31"]\nstatus = "stated"\n', "qa.pass_score", "only 30 clauses"),
        ('[qa.pass_score]\nvalue = 80\nsource = ["F2.1"]\nstatus = "stated"\n', "qa.pass_score", "no regulation set F2"),
        ("[qa.pass_score]\nvalue = 80\nsource = [6.22]\nstatus = \"stated\"\n", "qa.pass_score", "not a clause id"),
        # states
        (f'[qa.pass_score]\nvalue = 80\nstate = "off"\n{WELL}', "qa.pass_score", "state 'off' has no value"),
        ('[qa.pass_score]\nstate = "none"\n', "qa.pass_score", "state must be one of"),
        (f"[qa.pass_score]\n{WELL}", "qa.pass_score", "value is missing"),
        ('[qa.pass_score]\nstate = "off"\nunless_stated = "yes"\n', "qa.pass_score", "unless_stated must be"),
        # kinds
        (f'[qa.pass_score]\nvalue = 80\nkinds = ["repair"]\n{WELL}', "qa.pass_score", "single kinds"),
        (f"[callback.skip_holidays]\nvalue = true\nkinds = []\n{WELL}", "callback.skip_holidays", "not empty"),
        (f'[callback.skip_holidays]\nvalue = true\nkinds = ["dentist"]\n{WELL}', "callback.skip_holidays", "no callback category dentist"),
        (f'[call.small_talk]\nvalue = "banned"\nkinds = ["tea"]\n{WELL}', "call.small_talk", "kinds must be one of"),
        (
            f'[[callback.skip_holidays]]\nvalue = true\nkinds = ["repair"]\n{WELL}[[callback.skip_holidays]]\nvalue = false\nkinds = ["repair"]\n{WELL}',
            "callback.skip_holidays",
            "stands twice for the kind repair",
        ),
        # structured values
        (f'[leave.tiers]\nvalue = [{{ upto = 3, role = "supervisor" }}]\nunit = "calendar_day"\n{WELL}', "leave.tiers", "last tier must be open"),
        (f'[leave.tiers]\nvalue = []\nunit = "calendar_day"\n{WELL}', "leave.tiers", "last tier must be open"),
        (
            f'[leave.tiers]\nvalue = [{{ upto = 3, role = "supervisor" }}, {{ upto = 3, role = "manager" }}, {{ role = "top" }}]\nunit = "calendar_day"\n{WELL}',
            "leave.tiers",
            "tiers must ascend",
        ),
        (f'[leave.tiers]\nvalue = [{{ upto = 3, role = "chef" }}, {{ role = "top" }}]\nunit = "calendar_day"\n{WELL}', "leave.tiers", "element 1"),
        (f'[callback.windows]\nvalue = [{{ start = "10:00", end = "12:00" }}, {{ start = "11:59", end = "13:00" }}]\n{WELL}', "callback.windows", "overlap"),
        (f'[callback.windows]\nvalue = [{{ start = "12:00", end = "10:00" }}]\n{WELL}', "callback.windows", "ends before it starts"),
        (f'[callback.windows]\nvalue = [{{ start = "12:00", end = "12:00" }}]\n{WELL}', "callback.windows", "ends before it starts"),
        (f"[callback.windows]\nvalue = []\n{WELL}", "callback.windows", "needs one at least"),
        (f'[callback.windows]\nvalue = [{{ start = "10:00" }}]\n{WELL}', "callback.windows", "lacks end"),
        (f'[shift.definitions]\nvalue = [{{ code = "a", start = "09:00", end = "09:00" }}]\n{WELL}', "shift.definitions", "same time"),
        (
            f'[shift.definitions]\nvalue = [{{ code = "a", start = "09:00", end = "12:00", breaks = [{{ start = "11:30", end = "12:30" }}] }}]\n{WELL}',
            "shift.definitions",
            "outside the shift",
        ),
        (
            f'[shift.definitions]\nvalue = [{{ code = "a", start = "09:00", end = "12:00" }}, {{ code = "a", start = "12:00", end = "15:00" }}]\n{WELL}',
            "shift.definitions",
            "same code",
        ),
        (f'[security.retention]\nvalue = [{{ what = "calls", keep = 30 }}]\n{WELL}', "security.retention", "must be a table"),
        (f'[security.retention]\nvalue = [{{ what = "calls" }}]\n{WELL}', "security.retention", "lacks keep"),
        # contradictions
        (f'[complaint.first_feedback_within]\nvalue = 8\nunit = "working_day"\n{WELL}', "complaint.first_feedback_within", "is longer than complaint.final_feedback_within"),
        (
            f'[complaint.final_feedback_within]\nvalue = 24\nunit = "hour"\n{WELL}',
            "complaint.final_feedback_within",
            "complaint.first_feedback_within (2 calendar days) is longer",
        ),
        (f'[survey.grades]\nvalue = ["好", "不好"]\n{WELL}', "survey.grades", "4 grade values for 2 grades"),
        (f"[fee.notice_print]\nvalue = 25\n{WELL}", "fee.notice_print", "before they are printed"),
        (
            f'[calendar.holidays]\nvalue = ["2026-12-24"]\n{WELL}[calendar.makeup_workdays]\nvalue = [2026-12-24]\n{WELL}',
            "calendar.makeup_workdays",
            "both a holiday and a make-up",
        ),
        (f'[qa.critical_categories]\nvalue = ["swearing"]\n{WELL}', "qa.critical_categories", "no category 'swearing'"),
        # roles
        ('[roles.boss]\nzh = "老板"\n', "roles.boss", "unknown role"),
        ('[roles]\nmanager = "经理"\n', "roles.manager", "table with zh and en"),
        ("[roles.manager]\nzh = 3\n", "roles.manager", "must be a text"),
        # the header
        ('[preset]\nid = "X Y"\ntitle = "t"\n', "preset", "code in lower-case"),
        ('[preset]\nid = "x"\n', "preset", "title is missing"),
        ('[preset]\nid = "x"\ntitle = "t"\nextends = "nothing"\n', "preset", "no such preset"),
        ('[preset]\nid = "x"\ntitle = "t"\nauthor = "me"\n', "preset", "unknown key 'author'"),
        ('preset = "x"\n', "preset", "must be a table"),
    ],
)  # fmt: skip
def test_a_hostile_parameter_is_refused_with_its_key_and_the_reason(
    tmp_path: Path, text: str, key: str, reason: str
) -> None:
    found = problems_of(tmp_path, text)
    assert [k for k, _ in found] == [key], found
    assert reason in found[0][1]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ('id = "x"\ncategory = "cold"\ntexts = []\n', "at least"),
        ('id = "x"\ncategory = "cold"\n', "texts is missing"),
        ('id = "x"\ntexts = ["走开"]\n', "category is missing"),
        ('category = "cold"\ntexts = ["走开"]\n', "id is missing"),
        ('id = "X!"\ncategory = "cold"\ntexts = ["走开"]\n', "id must be a code"),
        ('id = "x"\ncategory = "cold"\ntexts = ["走开", ""]\n', "is empty"),
        ('id = "x"\ncategory = "cold"\ntexts = ["走开"]\nchannel = ["pigeon"]\n', "channel"),
        ('id = "x"\ncategory = "cold"\ntexts = ["走开"]\nphase = "end"\n', "phase must be one of"),
        ('id = "x"\ncategory = "cold"\ntexts = ["走开"]\nseverity = "awful"\n', "severity must be one of"),
        ('id = "x"\ncategory = "cold"\ntexts = ["走开"]\nmatch = "regex"\n', "match must be one of"),
        ('id = "x"\ncategory = "cold"\ntexts = ["走开"]\npoints = -1\n', "points must not be negative"),
        ('id = "x"\ncategory = "cold"\ntexts = ["走开"]\nneeds_review = "no"\n', "needs_review must be"),
        ('id = "x"\ncategory = "cold"\ntexts = ["走开"]\ncondition = "on_hold"\n', "has no condition"),
        (
            'id = "x"\ncategory = "cold"\ntexts = ["走开"]\nallow = ["请坐"]\n',
            "must contain one of the texts",
        ),
        ('id = "x"\ncategory = "cold"\ntexts = ["走开"]\nallow = ["走开"]\n', "be longer"),
        ('id = "x"\ncategory = "cold"\ntexts = ["走开"]\nkind = "required"\n', "contradicts"),
        ('id = "x"\ncategory = "cold"\ntexts = ["走开"]\nregex = "a"\n', "unknown key 'regex'"),
    ],
)
def test_a_hostile_phrase_is_refused(tmp_path: Path, record: str, reason: str) -> None:
    found = problems_of(tmp_path, f"[[phrase.banned]]\n{record}{WELL}")
    assert all(key.startswith("phrase.banned[") for key, _ in found)
    assert any(reason in r for _, r in found), found


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ('[[penalty.rules]]\ntrigger = "late"\nsubject = "boss"\nkind = "money"\n', "subject must be one of"),
        ('[[penalty.rules]]\ntrigger = "late"\nsubject = "agent"\nkind = "prison"\n', "kind must be one of"),
        (
            '[[penalty.rules]]\ntrigger = "late"\nsubject = "agent"\nkind = "money"\namount = -5\n',
            "not be negative",
        ),
        (
            '[[penalty.rules]]\ntrigger = "late"\nsubject = "agent"\nkind = "warning"\namount = 5\n',
            "has no amount",
        ),
        ('[[callback.categories]]\ncode = "x"\nstart_event = "e"\ntarget = 101\n', "between 0 and 100"),
        (
            '[[callback.categories]]\ncode = "x"\nstart_event = "e"\ntarget = 90\noffset = 7\n',
            "must be a table",
        ),
        (
            '[[callback.categories]]\ncode = "x"\nstart_event = "e"\ntarget = 90\noffset = { value = 7 }\n',
            "lacks unit",
        ),
        (
            '[[callback.categories]]\ncode = "x"\nstart_event = "e"\ntarget = 90\nunless_stated = true\n',
            "only a record that is off",
        ),
        ('[[callback.categories]]\ncode = "x"\nstate = "off"\nunless_stated = 1\n', "true or false"),
        ('[[meeting.list]]\ncode = "m"\ntitle = "会"\nevery = "fortnightly"\n', "every must be one of"),
        ('[[meeting.list]]\ncode = "m"\ntitle = "会"\nevery = "monthly"\nday = 32\n', "day of the month"),
        ('[[report.list]]\ncode = "m"\ntitle = "表"\nevery = "weekly"\nweekday = "friday"\n', "one of mon"),
    ],
)
def test_a_hostile_record_is_refused(tmp_path: Path, record: str, reason: str) -> None:
    found = problems_of(tmp_path, record + WELL)
    assert any(reason in r for _, r in found), found


def test_a_collection_written_as_one_table_is_refused(tmp_path: Path) -> None:
    assert problems_of(tmp_path, f"[penalty.rules]\nvalue = []\n{WELL}") == [
        ("penalty.rules", "is a list of records, each written as [[penalty.rules]]")
    ]


def test_a_record_that_stands_twice_is_refused(tmp_path: Path) -> None:
    rule = f'[[phrase.banned]]\nid = "x"\ncategory = "cold"\ntexts = ["走开"]\n{WELL}'
    assert problems_of(tmp_path, rule + rule) == [("phrase.banned[x]", "stands twice in this file")]


def test_a_phrase_that_is_required_and_banned_in_the_same_contacts_is_refused(tmp_path: Path) -> None:
    rule = f'[[phrase.banned]]\nid = "x"\ncategory = "cold"\ntexts = ["再见!"]\nchannel = ["{{}}"]\n{WELL}'
    (found,) = problems_of(tmp_path, rule.format("phone"))
    assert found[0] == "phrase.banned[x]"
    assert "required by phrase.required[closing]" in found[1]
    assert problems_of(tmp_path, rule.format("chat")) == []


def test_a_phrase_id_in_both_lists_is_refused(tmp_path: Path) -> None:
    rule = f'[[phrase.banned]]\nid = "closing"\ncategory = "cold"\ntexts = ["走开"]\n{WELL}'
    assert problems_of(tmp_path, rule) == [
        ("phrase.banned[closing]", "this id stands among the required phrases too")
    ]


def test_limits_that_cannot_be_compared_do_not_contradict_each_other(tmp_path: Path) -> None:
    text = f'[complaint.first_feedback_within]\nvalue = 12\nunit = "calendar_day"\n{WELL}'
    assert problems_of(tmp_path, text) == []  # against 7 working days


def test_all_problems_of_a_file_are_reported_at_once(tmp_path: Path) -> None:
    found = problems_of(
        tmp_path,
        """
[complaint.forward_within]
value = "four"
unit = "hours"
source = ["A6.99"]
status = "certain"

[complaint.nonsense]
value = 1

[roles.boss]
zh = "老板"

[[phrase.banned]]
id = "x"
texts = []
""",
    )
    keys = [key for key, _ in found]
    assert {"complaint.forward_within", "complaint.nonsense", "roles.boss", "phrase.banned[x]"} == set(keys)
    assert keys.count("complaint.forward_within") >= 3
    assert keys.count("phrase.banned[x]") >= 3


def test_problems_of_several_files_are_reported_together(tmp_path: Path) -> None:
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text("[x]\n")
    two.write_text("[y]\n")
    with pytest.raises(RulebookError) as refused:
        load_rulebook([one, "nowhere", two])
    assert [Path(p.file).name for p in refused.value.problems] == ["one.toml", "nowhere", "two.toml"]
    assert len(str(refused.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[complaint\n", "line 1: not valid TOML"),
        (b"a = 1\nb = = 2\n", "line 2: not valid TOML"),
        (b"a = 1\na = 2\n", "not valid TOML"),
        ("[complaint.case_form]\nvalue = \"投诉单\"\n".encode("gb18030"), "line 2: not UTF-8"),
        (b"\xff\xfe\x00", "line 1: not UTF-8"),
        (b"a = " + b"[" * 20_000 + b"]" * 20_000, "not valid TOML"),
        (b"a = \x00", "not valid TOML"),
        (b"# " + b"x" * 1_000_001, "larger than"),
    ],
    ids=["open table", "second line", "twice", "gbk", "utf-16", "deep", "nul", "large"],
)  # fmt: skip
def test_a_broken_file_is_refused_with_its_line(tmp_path: Path, content: bytes, reason: str) -> None:
    (found,) = problems_of(tmp_path, content)
    assert reason in found[1]


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.toml", tmp_path, Path("a\0b.toml")):
        (problem,) = check_file(path)
        assert "cannot be read" in problem.reason


def test_an_empty_file_is_fine(tmp_path: Path) -> None:
    assert problems_of(tmp_path, "") == []


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_whatever_gives_anything_but_problems(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    file = tmp_path_factory.mktemp("any") / "any.toml"
    file.write_text(text, encoding="utf-8", errors="ignore")
    assert isinstance(check_file(file), tuple)


@settings(deadline=None)
@given(
    st.recursive(
        st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3),
        max_leaves=6,
    )
)
def test_no_value_whatever_of_any_parameter_gives_anything_but_a_reason(value: object) -> None:
    for spec in SPECS.values():
        if spec.type.endswith("_rules") or spec.type == "schedules":
            continue
        try:
            read_value(spec, value, "hour")
        except Refused as refused:
            assert refused.reasons
