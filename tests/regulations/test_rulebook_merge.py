"""Laws of merging: what later files, inherit, off and kinds do, whatever the files say."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.layers import Entry, Layer, Slot, merge, over_base
from regulations.rulebook import RulebookError, diff, load_rulebook
from regulations.values import Unit

KEYS = ("a.one", "a.two")
KINDS = ("discharge", "repair")


@st.composite
def entries(draw: st.DrawFn, origin: str) -> Entry:
    value, yields = draw(st.none() | st.integers(0, 3)), draw(st.booleans())
    return Entry(value, "off" if value is None else "value", (), "product_choice", origin, yields=yields)


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    origin = draw(st.sampled_from("pqrs"))

    def slot() -> Slot:
        general = draw(st.none() | entries(origin))
        kinds = draw(st.sets(st.sampled_from(KINDS)))
        return Slot(general, {k: draw(entries(origin)) for k in kinds})

    slots = {k: slot() for k in draw(st.sets(st.sampled_from(KEYS)))}
    records = {"r": {k: draw(entries(origin)) for k in draw(st.sets(st.sampled_from(KINDS)))}}
    return Layer((origin,), ((origin, origin),), slots, records, {})


@settings(deadline=None)
@given(layers(), layers(), layers())
def test_merging_is_associative(a: Layer, b: Layer, c: Layer) -> None:
    assert merge(merge(a, b), c) == merge(a, merge(b, c))


@settings(deadline=None)
@given(layers())
def test_a_file_that_says_nothing_changes_nothing(a: Layer) -> None:
    assert merge(a, Layer()) == a
    assert merge(Layer(), a) == a


@settings(deadline=None)
@given(layers(), layers())
def test_what_the_later_file_states_for_all_kinds_stands(a: Layer, b: Layer) -> None:
    for key, slot in b.slots.items():
        if slot.general is not None and not slot.general.yields:
            assert merge(a, b).slots[key] == slot


@settings(deadline=None)
@given(layers(), layers())
def test_an_entry_that_yields_never_replaces_what_another_file_states(a: Layer, b: Layer) -> None:
    merged = merge(a, b)
    for key, slot in a.slots.items():
        other = b.slots.get(key)
        if slot.general is not None and (other is None or other.general is None or other.general.yields):
            assert merged.slots[key].general == slot.general


@settings(deadline=None)
@given(layers())
def test_over_the_base_even_an_entry_that_yields_replaces_the_default(stated: Layer) -> None:
    base = Layer(("base",), (), {k: Slot(Entry(9, "value", (), "stated", "base")) for k in KEYS})
    for key, slot in over_base(base, stated).slots.items():
        given = stated.slots.get(key, Slot()).general
        found = slot.general
        assert found is not None
        assert found.value == (9 if given is None else given.value)


def site(tmp_path: Path, text: str, name: str = "site.toml") -> Path:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


@settings(deadline=None)
@given(hours=st.integers(1, 24 * 7))
def test_the_site_always_wins(tmp_path_factory: pytest.TempPathFactory, hours: int) -> None:
    text = f'[complaint.forward_within]\nvalue = {hours}\nunit = "hour"\nsource = []\nstatus = "product_choice"\n'
    book = load_rulebook(["goods_sales"], site(tmp_path_factory.mktemp("site"), text))
    forward = book.duration("complaint.forward_within")
    assert forward is not None
    assert (forward.value, forward.unit) == (Decimal(hours), Unit.HOUR)
    assert book.parameter("complaint.forward_within").origin == "site"


def test_inherit_is_as_good_as_silence(tmp_path: Path) -> None:
    silent = load_rulebook(["goods_sales"])
    inherits = site(tmp_path, '[complaint.forward_within]\nstate = "inherit"\n')
    assert load_rulebook(["goods_sales"], inherits).version == silent.version
    assert (
        load_rulebook(["goods_sales"], inherits).parameter("complaint.forward_within").origin == "goods_sales"
    )


def test_off_is_not_zero(tmp_path: Path) -> None:
    off = load_rulebook([], site(tmp_path, '[attendance.late_grace]\nstate = "off"\n'))
    assert off.is_off("attendance.late_grace")
    assert off.duration("attendance.late_grace") is None
    base_grace = load_rulebook().duration("attendance.late_grace")
    assert base_grace is not None
    assert base_grace.value == 0


def test_an_off_that_only_fills_a_gap_keeps_a_stated_limit_in_either_order() -> None:
    for presets in (["goods_sales", "office_building_property"], ["office_building_property", "goods_sales"]):
        book = load_rulebook(presets)
        assert book.clauses("complaint.forward_within") == ("A6.22",)
        assert book.parameter("complaint.forward_within").origin == "goods_sales"
    assert load_rulebook(["office_building_property"]).is_off("complaint.forward_within")


def test_a_site_can_switch_off_firmly_what_a_preset_states(tmp_path: Path) -> None:
    book = load_rulebook(["goods_sales"], site(tmp_path, '[complaint.forward_within]\nstate = "off"\n'))
    assert book.is_off("complaint.forward_within")


def test_a_record_is_replaced_by_its_identity_and_removed_by_off(tmp_path: Path) -> None:
    file = site(
        tmp_path,
        """
[[callback.categories]]
code = "complaint"
start_event = "resolved"
offset = { value = 2, unit = "working_day" }
target = 90
source = ["S.3"]
status = "stated"

[[callback.categories]]
code = "repair"
state = "off"
""",
    )
    categories = {c.code: c for c in load_rulebook([], file).callback_categories()}
    assert set(categories) == {"complaint"}
    assert categories["complaint"].target == 90
    assert categories["complaint"].clauses == ("S.3",)


def test_a_record_that_is_off_unless_stated_removes_the_default_only(tmp_path: Path) -> None:
    quiet = site(tmp_path, '[[callback.categories]]\ncode = "repair"\nstate = "off"\nunless_stated = true\n')

    def codes(*presets: str | Path) -> set[str]:
        return {c.code for c in load_rulebook(presets).callback_categories()}

    assert codes(quiet) == {"complaint"}
    assert codes(quiet, "office_building_property") == codes("office_building_property", quiet)
    assert "repair" in codes("office_building_property", quiet)


def test_a_phrase_without_points_takes_the_weight_of_the_rulebook(tmp_path: Path) -> None:
    rule = """
[[phrase.banned]]
id = "site-own"
category = "cold"
texts = ["哦是吗"]
source = []
status = "product_choice"
"""
    weighted = '[qa.banned_weight]\nvalue = 7.5\nsource = []\nstatus = "product_choice"\n'
    points = {
        weight: next(
            p.points for p in load_rulebook([], site(tmp_path, text)).banned_phrases() if p.id == "site-own"
        )
        for weight, text in (("own", weighted + rule), ("base", rule))
    }
    assert points == {"own": Decimal("7.5"), "base": Decimal(10)}


def test_the_hours_of_a_hospital_hold_for_its_own_callbacks_in_a_merged_department() -> None:
    presets = ["goods_sales", "office_building_property", "hospital_callback"]
    for order in (presets, presets[::-1], [presets[2], presets[0], presets[1]]):
        book = load_rulebook(order)
        for kind in ("discharge", "specialist_first_visit", "basic_first_visit"):
            found = book.callback_windows(kind)
            assert found is not None
            assert [(f"{w.start:%H:%M}", f"{w.end:%H:%M}") for w in found] == [
                ("10:00", "12:00"),
                ("15:00", "17:00"),
            ]
            assert book.callback_skips_holidays(kind)
            assert book.clauses("callback.windows", kind) == ("E5.8",)
        for kind in ("complaint", "repair", "unresolved", "long_term_visit", "occasional_call"):
            assert book.callback_windows(kind) is None
            assert not book.callback_skips_holidays(kind)


def test_a_hospital_alone_keeps_its_hours_for_every_callback() -> None:
    book = load_rulebook(["hospital_callback"])
    assert (
        book.callback_windows("complaint")
        == book.callback_windows("discharge")
        == book.windows("callback.windows")
    )


def test_a_site_that_states_hours_for_all_kinds_overrides_single_kinds_too(tmp_path: Path) -> None:
    own = '[callback.windows]\nvalue = [{ start = "09:00", end = "24:00" }]\nsource = ["S.1"]\nstatus = "stated"\n'
    book = load_rulebook(["hospital_callback"], site(tmp_path, own))
    assert book.kinds_of("callback.windows") == ()
    assert book.clauses("callback.windows", "discharge") == ("S.1",)


def test_a_module_lets_the_titles_of_an_operational_preset_stand() -> None:
    alone = load_rulebook(["hospital_callback"])
    assert (alone.role_title("agent"), alone.role_title("agent", "en")) == ("回访员", "Callback officer")
    for order in (
        ["office_building_property", "hospital_callback"],
        ["hospital_callback", "office_building_property"],
    ):
        assert load_rulebook(order).role_title("agent") == "客服助理"
    assert load_rulebook(["ecommerce_shop"]).role_title("team_lead") == "组长"


def test_a_file_can_extend_a_preset(tmp_path: Path) -> None:
    text = '[preset]\nid = "branch"\ntitle = "分店"\nextends = "goods_sales"\n'
    book = load_rulebook([site(tmp_path, text, "branch.toml")])
    assert book.preset_ids == ("goods_sales", "branch")
    assert book.clause("complaint.leadership_submit_within") == "A6.23"
    assert book.title() == "商品销售公司 + 分店"


def test_an_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(RulebookError, match=r"there is no such preset; shipped are .*goods_sales"):
        load_rulebook(["../settings"])


def test_diff_names_what_differs_and_nothing_else(tmp_path: Path) -> None:
    before = load_rulebook(["goods_sales"])
    after = load_rulebook(
        ["goods_sales"],
        site(
            tmp_path,
            '[complaint.forward_within]\nvalue = 4\nunit = "hour"\nsource = ["S.2"]\nstatus = "stated"\n'
            '[[phrase.banned]]\nid = "profanity-gun"\nstate = "off"\n',
        ),
    )
    found = {d.key: d for d in diff(before, after)}
    assert set(found) == {"complaint.forward_within", "phrase.banned[profanity-gun]"}
    changed, removed = found["complaint.forward_within"], found["phrase.banned[profanity-gun]"]
    assert changed.before is not None
    assert changed.after is not None
    assert (changed.before.clauses, changed.after.clauses) == (("A6.22",), ("S.2",))
    assert removed.after is None
    assert diff(before, before) == ()
