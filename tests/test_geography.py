"""Where names are: the tables are sound, and names of every cloud mean what their makers say."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.geography import jurisdictions, locate, lookup, nearest, operator, tables
from scanner.geography.jurisdictions import group_names, members
from scanner.geography.places import Place
from scanner.geography.words import key

DATA = Path(tables.__file__).parent / "data"
PROVIDERS = sorted(path.stem for path in (DATA / "regions").glob("*.csv"))
COUNTRIES = {row["code"] for row in tables.read("countries.csv")}
KINDS = {
    "region", "local-zone", "wavelength-zone", "zone-pattern", "multi-region", "dual-region",
    "geography", "global", "sovereign",
}  # fmt: skip
AVAILABILITY = {"ga", "announced", "restricted", "retired", "internal", "unconfirmed"}


def rows(name: str) -> list[dict[str, str]]:
    return list(tables.read(name))


# What each name means, written by hand from the providers' own lists.
KNOWN = [
    ("aws", "eu-west-1", "", "eu-west-1", ("IE",)),
    ("aws", "eu-west-2", "", "eu-west-2", ("GB",)),
    ("aws", "eu-central-1", "", "eu-central-1", ("DE",)),
    ("aws", "eu-central-2", "", "eu-central-2", ("CH",)),
    ("aws", "us-east-1", "", "us-east-1", ("US",)),
    ("aws", "ca-central-1", "", "ca-central-1", ("CA",)),
    ("aws", "ap-southeast-1", "", "ap-southeast-1", ("SG",)),
    ("aws", "ap-east-1", "", "ap-east-1", ("HK",)),
    ("aws", "me-central-1", "", "me-central-1", ("AE",)),
    ("aws", "us-gov-west-1", "", "us-gov-west-1", ("US",)),
    ("aws", "cn-north-1", "", "cn-north-1", ("CN",)),
    ("aws", "eusc-de-east-1", "", "eusc-de-east-1", ("DE",)),
    ("aws", "eu-west-1a", "", "eu-west-1", ("IE",)),
    ("aws", "use1-az4", "", "us-east-1", ("US",)),
    ("aws", "us-east-1-scl-1a", "", "us-east-1-scl-1", ("CL",)),
    ("aws", "eu-central-1-waw-1a", "", "eu-central-1-waw-1", ("PL",)),
    ("aws", "Europe (Frankfurt)", "", "eu-central-1", ("DE",)),
    ("aws", "South America (São Paulo)", "", "sa-east-1", ("BR",)),
    ("aws", "South America (Sao Paulo)", "", "sa-east-1", ("BR",)),
    ("aws", "arn:aws:sqs:eu-north-1:111122223333:jobs", "", "eu-north-1", ("SE",)),
    ("aws", "dynamodb.eu-west-3.amazonaws.com", "", "eu-west-3", ("FR",)),
    ("awscc", "eu-south-2", "", "eu-south-2", ("ES",)),
    ("azurerm", "westeurope", "", "westeurope", ("NL",)),
    ("azurerm", "West Europe", "", "westeurope", ("NL",)),
    ("azurerm", "(Europe) North Europe", "", "northeurope", ("IE",)),
    ("azure", "EastUs", "", "eastus", ("US",)),
    ("azure", "switzerlandnorth", "", "switzerlandnorth", ("CH",)),
    ("azure", "uksouth", "", "uksouth", ("GB",)),
    ("azure", "germanywc", "", "germanywestcentral", ("DE",)),
    ("azure", "norwayeast", "", "norwayeast", ("NO",)),
    ("azure", "brazilsouth", "", "brazilsouth", ("BR",)),
    ("azure", "westeurope-1", "", "westeurope", ("NL",)),
    ("azure", "chinanorth3", "", "chinanorth3", ("CN",)),
    ("gcp", "europe-west1", "", "europe-west1", ("BE",)),
    ("google", "europe-west1-b", "", "europe-west1", ("BE",)),
    ("google", "europe-west2", "", "europe-west2", ("GB",)),
    ("google", "europe-west3", "", "europe-west3", ("DE",)),
    ("google", "europe-west6-a", "", "europe-west6", ("CH",)),
    ("google-beta", "US-CENTRAL1", "gcs", "us-central1", ("US",)),
    ("google", "europe-north1", "", "europe-north1", ("FI",)),
    ("google", "regional-europe-west4", "spanner", "europe-west4", ("NL",)),
    ("google", "EUR4", "gcs", "EUR4", ("FI", "NL")),
    ("google", "europe-west", "appengine", "europe-west", ("BE",)),
    ("google", "projects/p/locations/asia-northeast1/keyRings/k", "", "asia-northeast1", ("JP",)),
    ("oci", "eu-frankfurt-1", "", "eu-frankfurt-1", ("DE",)),
    ("oci", "eu-zurich-1", "", "eu-zurich-1", ("CH",)),
    ("oci", "Uocm:EU-FRANKFURT-1-AD-1", "", "eu-frankfurt-1", ("DE",)),
    ("oci", "xxxx:PHX-AD-1", "", "us-phoenix-1", ("US",)),
    ("alicloud", "eu-central-1", "", "eu-central-1", ("DE",)),
    ("alicloud", "eu-west-1", "", "eu-west-1", ("GB",)),
    ("alicloud", "me-central-1", "", "me-central-1", ("SA",)),
    ("alicloud", "cn-hangzhou-h", "", "cn-hangzhou", ("CN",)),
    ("alicloud", "cn-hongkong", "", "cn-hongkong", ("HK",)),
    ("alicloud", "ap-southeast-1a", "", "ap-southeast-1", ("SG",)),
    ("ibm", "eu-de-1", "", "eu-de", ("DE",)),
    ("ibm", "lon04", "", "lon04", ("GB",)),
    ("ibm", "dal09", "", "us-south", ("US",)),
    ("huaweicloud", "ap-southeast-1", "", "ap-southeast-1", ("HK",)),
    ("tencentcloud", "ap-guangzhou-3", "", "ap-guangzhou", ("CN",)),
    ("ovh", "GRA11", "", "GRA", ("FR",)),
    ("ovh", "BHS5", "", "BHS", ("CA",)),
    ("ovh", "DE1", "", "DE", ("DE",)),
    ("hcloud", "nbg1-dc3", "", "nbg1", ("DE",)),
    ("hcloud", "hel1", "", "hel1", ("FI",)),
    ("hcloud", "eu-central", "", "eu-central", ("DE", "FI")),
    ("scaleway", "fr-par-2", "", "fr-par", ("FR",)),
    ("scaleway", "nl-ams", "", "nl-ams", ("NL",)),
    ("outscale", "eu-west-2a", "", "eu-west-2", ("FR",)),
    ("stackit", "eu01-1", "", "eu01", ("DE",)),
    ("opentelekomcloud", "eu-de-03", "", "eu-de", ("DE",)),
    ("yandex", "ru-central1-d", "", "ru-central1", ("RU",)),
    ("ionoscloud", "de/fra/2", "", "de/fra/2", ("DE",)),
    ("exoscale", "ch-gva-2", "", "ch-gva-2", ("CH",)),
    ("exoscale", "at-vie-1", "", "at-vie-1", ("AT",)),
    ("upcloud", "fi-hel1", "", "fi-hel1", ("FI",)),
    ("digitalocean", "fra1", "", "fra1", ("DE",)),
    ("digitalocean", "ams3", "", "ams3", ("NL",)),
    ("linode", "ap-west", "", "ap-west", ("IN",)),
    ("aiven", "google-europe-west3", "", "europe-west3", ("DE",)),
    ("ec", "gcp-europe-west3", "", "europe-west3", ("DE",)),
    ("ec", "us-east-1", "", "us-east-1", ("US",)),
    ("snowflake", "AWS_EU_CENTRAL_1", "", "eu-central-1", ("DE",)),
    ("snowflake", "AZURE_WESTEUROPE", "", "westeurope", ("NL",)),
    ("snowflake", "GCP_EUROPE_WEST4", "", "europe-west4", ("NL",)),
    ("neon", "aws-eu-central-1", "", "eu-central-1", ("DE",)),
    ("azure", "x-1a2b.hcp.westeurope.azmk8s.io", "", "westeurope", ("NL",)),
    ("aws", "ABC.gr7.eu-west-1.eks.amazonaws.com", "", "eu-west-1", ("IE",)),
    ("aiven", "do-fra", "", "fra", ("DE",)),
]


@pytest.mark.parametrize(("provider", "text", "service", "region", "countries"), KNOWN)
def test_a_name_means_what_its_maker_says(
    provider: str, text: str, service: str, region: str, countries: tuple[str, ...]
) -> None:
    place = lookup(provider, text, service)
    assert place.status == "known"
    assert (place.region or "").lower() == region.lower()
    assert tuple(sorted(place.countries)) == countries


@pytest.mark.parametrize(
    ("provider", "text", "near"),
    [
        ("google", "us-centra1", "us-central1"),
        ("azure", "West Europ", "westeurope"),
        ("aws", "eu-wset-1", "eu-west-1"),
        ("aws", "westeurope", None),
        ("hetzner", "eu-west-1", None),
    ],
)
def test_a_misspelt_name_stays_unknown(provider: str, text: str, near: str | None) -> None:
    place = lookup(provider, text)
    assert (place.status, place.region, place.countries) == ("unknown", None, ())
    if near:
        assert key(place.nearest or "") == near


def test_an_unlisted_edge_zone_does_not_take_its_parents_country() -> None:
    assert lookup("aws", "eu-central-1-zzz-1a").status == "unknown"


def test_a_zone_is_kept_beside_its_region() -> None:
    place = lookup("aws", "eu-west-1b")
    assert (place.region, place.zone, place.scope) == ("eu-west-1", "eu-west-1b", "zone")


def test_a_multi_region_is_a_group_of_countries() -> None:
    place = lookup("google", "EU", "gcs")
    assert (place.scope, place.group) == ("multi-region", "EU")
    assert {"EU", "EEA"} <= set(place.jurisdictions)


def test_the_service_decides_where_a_multi_region_lies() -> None:
    spanner, gcs = lookup("google", "eur5", "spanner"), lookup("google", "EUR5", "gcs")
    assert "NL" in spanner.countries
    assert "NL" not in gcs.countries
    assert "EU" not in spanner.jurisdictions + gcs.jurisdictions  # both reach London
    assert lookup("google", "eur5@spanner") == spanner


def test_a_service_dependent_name_without_its_service_is_not_guessed() -> None:
    place = lookup("google", "eur7")
    assert place.status == "unknown"
    assert "@" in (place.nearest or "")


def test_same_code_other_country() -> None:
    for row in rows("collisions.csv"):
        place = lookup(row["provider"], row["region_code"])
        if row["country"].startswith("group:"):
            assert place.group == row["country"].removeprefix("group:"), row
        else:
            assert place.countries == tuple(row["country"].split(";")), row


def test_names_do_not_care_for_case_space_and_accents() -> None:
    assert key(" São  Paulo ") == key("sao paulo")


# --- the tables


@pytest.mark.parametrize("provider", PROVIDERS)
def test_region_rows_are_sound(provider: str) -> None:
    for row in rows(f"regions/{provider}.csv"):
        assert row["region"], row
        assert row["kind"] in KINDS, row
        assert row["status"] in AVAILABILITY, row
        assert row["source"], row
        country = row["country_iso2"]
        if country.startswith("group:"):
            for part in country.removeprefix("group:").replace("/", "|").split("|"):
                assert part in {*group_names(), *COUNTRIES, "ASIA", "EUROPE", "AFRICA"} or (
                    not members(part)
                ), row
        elif country not in ("", "*"):
            assert set(country.split(";")) <= COUNTRIES, row


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_region_finds_itself(provider: str) -> None:
    for row in rows(f"regions/{provider}.csv"):
        service = row["services"].split(";")[0]
        place = lookup(provider, row["region"], service)
        assert place.region == row["region"], row
        assert (place.status == "unknown") == (not row["country_iso2"]), row


@pytest.mark.parametrize("path", sorted((DATA / "aliases").glob("*.csv")), ids=lambda p: p.stem)
def test_every_alias_resolves(path: Path) -> None:
    known = {row["region"] for row in rows(f"regions/{path.stem}.csv")}
    for row in rows(f"aliases/{path.stem}.csv"):
        assert row["region"] in known, row
        service = row["services"].split(";")[0]
        place = lookup(path.stem, row["alias"], service)
        if not service and "@" not in row["alias"]:
            assert place.region is not None or place.nearest, row


def test_every_country_of_every_group_exists() -> None:
    for group in group_names():
        for member in members(group):
            assert member.country in COUNTRIES, (group, member)
    assert {row["group"] for row in rows("groups.csv")} >= {"EU", "EEA", "EU-ADEQUACY"}


def test_every_other_name_is_of_a_known_provider_or_a_known_vendor() -> None:
    for row in rows("providers.csv"):
        assert row["provider"] in tables.known_providers(), row
        assert tables.canonical(row["name"].upper()) == row["provider"]


def test_every_pair_and_edge_zone_is_a_region() -> None:
    for row in rows("azure_pairs.csv"):
        assert lookup("azure", row["region"]).region is not None, row
        if row["paired_region"]:
            assert lookup("azure", row["paired_region"]).region is not None, row
    for row in rows("aws_edge_zones.csv"):
        assert lookup("aws", row["zone_group"]).countries == (row["zone_country"],), row


def test_every_zone_pattern_gives_what_its_target_asks_for() -> None:
    others = {"aiven", "ec", "neon", "snowflake"}  # sell the regions of other clouds
    for row in rows("zones.csv"):
        assert row["provider"] in {*tables.known_providers(), *others}, row
        assert row["part"] in ("zone", "address"), row
        groups = re.compile(row["pattern"]).groupindex
        assert row["target"].format(**dict.fromkeys(groups, "x")) != row["target"], row


# --- jurisdictions


def test_the_members_of_the_union() -> None:
    eu = {member.country for member in members("EU")}
    assert len(eu) == 27
    assert {"IE", "DE", "HR", "CY"} <= eu
    assert eu.isdisjoint({"GB", "CH", "NO", "IS", "LI"})
    assert {m.country for m in members("EEA")} == eu | {"NO", "IS", "LI"}


@pytest.mark.parametrize(
    ("countries", "expected"),
    [
        (("IE",), {"EU", "EEA"}),
        (("NO",), {"EEA"}),
        (("GB",), set()),
        (("DE", "FI"), {"EU", "EEA"}),
        (("DE", "NO"), {"EEA"}),
        (("DE", "GB"), set()),
        (("*",), set()),
        ((), set()),
    ],
)
def test_jurisdictions_hold_all_countries(countries: tuple[str, ...], expected: set[str]) -> None:
    assert set(jurisdictions(countries)) == expected


def test_membership_has_dates() -> None:
    dated = [
        (group, member)
        for group in group_names()
        for member in members(group)
        if member.since is not None
    ]
    assert dated
    group, member = dated[0]
    assert member.since is not None
    assert member.on(member.since)
    assert not member.on(date(1900, 1, 1))
    assert member in members(group, member.since)


# --- operators


@pytest.mark.parametrize(
    ("provider", "partition", "region", "country"),
    [
        ("aws", "", "", "US"),
        ("aws", "aws-cn", "cn-north-1", "CN"),
        ("aws", "aws-us-gov", "", "US"),
        ("azurerm", "", "", "US"),
        ("azure", "AzureChinaCloud", "", "CN"),
        ("google", "", "", "US"),
        ("hcloud", "", "", "DE"),
        ("ovh", "", "", "FR"),
        ("scaleway", "", "", "FR"),
        ("alicloud", "", "", "CN"),
        ("yandex", "", "", "RU"),
        ("upcloud", "", "", "FI"),
        ("infomaniak", "", "", "CH"),
    ],
)
def test_who_operates(provider: str, partition: str, region: str, country: str) -> None:
    found = operator(provider, partition, region)
    assert found is not None
    assert found.country == country


def test_nobody_says_who_operates() -> None:
    assert operator("no-such-cloud") is None
    assert operator("aws", "aws-no-such-partition") is None


def test_every_operator_row_names_real_countries() -> None:
    for row in rows("operators.csv"):
        for country in filter(None, row["controlling_country"].split(";")):
            assert country in COUNTRIES, row


# --- locations


def test_an_unconfirmed_place_is_a_candidate_at_best() -> None:
    place = Place("x", region="r", countries=("DE",), status="known", confidence="unconfirmed")
    assert locate(place).status == "candidate"
    assert locate(Place("x", region="r")).status == "unknown"


@given(st.sampled_from(PROVIDERS), st.text(max_size=30))
def test_no_text_breaks_a_lookup_and_none_gives_half_an_answer(provider: str, text: str) -> None:
    place = lookup(provider, text)
    assert (place.status == "known") == bool(place.countries or place.group)
    assert place.region is not None or place.status == "unknown"


@given(st.sampled_from(KNOWN), st.booleans(), st.integers(0, 3))
def test_case_and_space_never_change_a_known_answer(
    row: tuple[str, str, str, str, tuple[str, ...]], upper: bool, spaces: int
) -> None:
    provider, text, service, _, countries = row
    typed = " " * spaces + (text.upper() if upper else text.lower())
    assert tuple(sorted(lookup(provider, typed, service).countries)) == countries


@given(st.text(min_size=1, max_size=12), st.lists(st.text(max_size=12), max_size=8))
def test_nearest_is_one_of_the_words(word: str, words: list[str]) -> None:
    found = nearest(word, words)
    assert found is None or found in words
