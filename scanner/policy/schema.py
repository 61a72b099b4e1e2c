"""The keys of the policy file: what may stand where. `scanner.policy.shapes` reads by it."""

from __future__ import annotations

from scanner.model import KINDS
from scanner.policy.shapes import (
    Day,
    Entries,
    Key,
    List,
    Named,
    Path,
    Places,
    RuleName,
    Table,
    Text,
)

VERSION = "1"

DATA_CLASS = Table(
    {"labels": Key(Named(List())), "addresses": Key(List())},
    one_of=("labels", "addresses"),
)

WHERE = Table(
    {
        "paths": Key(List(Path())),
        "environments": Key(List()),
        "kinds": Key(List(Text(KINDS))),
    },
    one_of=("paths", "environments", "kinds"),
)

RESIDENCY = Table(
    {
        "name": Key(Text(), required=True),
        "data": Key(List()),
        "where": Key(WHERE),
        "allow": Key(Places(), required=True),
        "control": Key(Places(law=True)),
        "unknown": Key(Text(("fail", "warn", "allow"))),
    }
)

TRANSFER = Table(
    {
        "from": Key(Places(), required=True),
        "to": Key(Places(), required=True),
        "data": Key(List()),
        "recipient": Key(Text()),
        "basis": Key(Text(), required=True),
        "reference": Key(Text()),
        "owner": Key(Text()),
        "expires": Key(Day()),
    }
)

WAIVER = Table(
    {
        "rule": Key(List(RuleName()), required=True),
        "address": Key(List()),
        "paths": Key(List(Path())),
        "reason": Key(Text(), required=True),
        "owner": Key(Text()),
        "expires": Key(Day(), required=True),
    },
    one_of=("address", "paths"),
)

CLUSTER = Table(
    {
        "paths": Key(List(Path()), required=True),
        "provider": Key(Text(), required=True),
        "region": Key(Text(), required=True),
    }
)

TERRAFORM = Table(
    {
        "root": Key(Path(), required=True),
        "environments": Key(Named(List(Path(upwards=True))), required=True),
    }
)

POLICY = Table(
    {
        "version": Key(Text((VERSION,)), required=True, missing=f"; write 'version: {VERSION}'"),
        "packs": Key(List(may_be_empty=True)),
        "data_classes": Key(Named(DATA_CLASS)),
        "residency": Key(Entries(RESIDENCY)),
        "transfers": Key(Entries(TRANSFER)),
        "waivers": Key(Entries(WAIVER)),
        "clusters": Key(Entries(CLUSTER)),
        "terraform": Key(Entries(TERRAFORM)),
    }
)
