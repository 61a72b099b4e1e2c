"""Areas of a policy: what is inside, what is outside, and what cannot be said."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.geography import Area, UnknownPlace, locate, lookup, tables
from scanner.geography.jurisdictions import group_names, members
from scanner.model import Location

COUNTRIES = sorted(row["code"] for row in tables.read("countries.csv"))
GLOBAL = Location("aws", countries=("*",), scope="global")
NOWHERE = Location("aws", status="unknown")


def at(provider: str, text: str, service: str = "") -> Location:
    return locate(lookup(provider, text, service))


@pytest.mark.parametrize(
    ("terms", "location", "expected"),
    [
        (["EEA"], at("aws", "eu-west-1"), True),
        (["EEA"], at("aws", "eu-west-2"), False),
        (["EEA", "GB"], at("aws", "eu-west-2"), True),
        (["EEA"], at("aws", "eu-central-2"), False),
        (["EEA", "CH"], at("aws", "eu-central-2a"), True),
        (["EU"], at("azure", "norwayeast"), False),
        (["EEA"], at("azure", "norwayeast"), True),
        (["EU"], at("google", "EU", "gcs"), True),
        (["DE"], at("google", "EU", "gcs"), None),
        (["US"], at("google", "EU", "gcs"), False),
        (["FI"], at("hetzner", "eu-central"), False),
        (["FI", "DE"], at("hetzner", "eu-central"), True),
        (["EU"], at("google", "eur5", "spanner"), False),
        (["DE"], at("google", "europe-west3-a"), True),
        (["aws:eu-west-1"], at("aws", "eu-west-1"), True),
        (["aws:eu-west-1"], at("aws", "eu-west-1c"), True),
        (["aws:eu-west-1"], at("aws", "eu-central-1"), False),
        (["aws:eu-west-1"], at("alibaba", "eu-west-1"), False),
        (["EEA"], at("azure", "europe"), None),
        (["EEA"], GLOBAL, None),
        (["*"], GLOBAL, True),
        (["EEA"], NOWHERE, None),
        (["aws:eu-west-1"], NOWHERE, None),
        ([], at("aws", "eu-west-1"), False),
        (["CN"], at("alibaba", "cn-hongkong"), False),
    ],
)
def test_holds(terms: list[str], location: Location, expected: bool | None) -> None:
    assert Area.parse(terms).holds(location) is expected


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        (["eea", "ch"], "EEA or CH"),
        (["Germany"], "DE"),
        (["United Kingdom", "uk", "GB"], "GB"),
        (["EU", "CH", "aws:Europe (Ireland)"], "EU, CH or aws:eu-west-1"),
        (["azurerm:West Europe"], "azure:westeurope"),
        (["adequacy:EU"], "EU-ADEQUACY"),
        (["*"], "*"),
        ([], "nowhere"),
    ],
)
def test_terms_are_written_one_way(terms: list[str], text: str) -> None:
    assert Area.parse(terms).text() == text


def test_the_fields_are_expanded() -> None:
    area = Area.parse(["EEA", "CH", "aws:us-east-1"])
    assert area.countries == {member.country for member in members("EEA")} | {"CH"}
    assert area.groups == {"EEA"}
    assert area.regions == {"aws:us-east-1"}


@pytest.mark.parametrize(
    ("term", "near"),
    [
        ("EAA", "EEA"),
        ("Germny", "Germany"),
        ("eu-west-1", "aws:eu-west-1"),
        ("aws:eu-wst-1", "aws:eu-west-1"),
        ("westeurope", "azure:westeurope"),
        ("aws:eu-west-1a", None),
        ("zzzzzz", None),
        ("", None),
    ],
)
def test_an_unknown_term_names_the_nearest(term: str, near: str | None) -> None:
    with pytest.raises(UnknownPlace) as caught:
        Area.parse(["EEA", term])
    assert caught.value.term == term
    assert caught.value.nearest == near
    assert f"'{term}'" in str(caught.value)


def test_some_recipients_of_a_country_are_neither_in_nor_out() -> None:
    area = Area.parse(["adequacy:EU"], date(2026, 6, 1))
    assert area.holds(at("aws", "ap-northeast-1")) is True
    assert area.holds(at("aws", "us-east-1")) is None
    assert area.has("CN") is False
    assert Area.parse(["adequacy:EU", "US"]).holds(at("aws", "us-east-1")) is True


def test_a_day_before_a_decision_it_does_not_count() -> None:
    dated = [
        (group, member.country, member.since)
        for group in group_names()
        for member in members(group)
        if member.since is not None and not member.conditional
    ]
    group, country, since = dated[0]
    assert country in Area.parse([group], since).countries
    assert country not in Area.parse([group], date(1950, 1, 1)).countries


@given(st.lists(st.sampled_from(COUNTRIES), unique=True), st.sampled_from(COUNTRIES))
def test_countries_are_a_set(terms: list[str], country: str) -> None:
    area = Area.parse(terms)
    here = Location("aws", countries=(country,))
    assert area.holds(here) is (country in terms)
    assert Area.parse([*terms, country]).holds(here) is True


@given(
    st.lists(st.sampled_from(COUNTRIES), max_size=6),
    st.lists(st.sampled_from([*COUNTRIES, *group_names()]), max_size=3),
    st.lists(st.sampled_from(COUNTRIES), min_size=1, max_size=3),
)
def test_a_larger_area_never_holds_less(
    terms: list[str], more: list[str], countries: list[str]
) -> None:
    where = Location("aws", countries=tuple(countries))
    if Area.parse(terms).holds(where) is True:
        assert Area.parse([*terms, *more]).holds(where) is True


@given(st.lists(st.sampled_from([*COUNTRIES, *group_names(), "*"]), max_size=5))
def test_an_area_reads_its_own_words(terms: list[str]) -> None:
    area = Area.parse(terms)
    assert Area.parse(area.terms) == area
