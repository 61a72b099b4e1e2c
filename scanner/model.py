"""The words that every stage shares: spans, trails, values, declarations, resources, flows.

Imports nothing of ours. All types are frozen; a stage makes new ones, it never edits.

A *value* is what an attribute holds after evaluation: ``None``, ``bool``, ``int``, ``float``,
``str``, ``list`` or ``dict`` of values, or `Unknown`. Nested blocks are lists of dicts, as in
``terraform show -json``.

An *attribute path* is a string: ``rule[0].destination[0].bucket``; a key that is not
``[A-Za-z0-9_-]+`` stands in brackets and double quotes: ``metadata.labels["a.b/c"]``.
`scanner.paths` reads and writes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, Protocol, Union

from msgspec import Struct, field

Value = Union[None, bool, int, float, str, "list[Value]", "dict[str, Value]", "Unknown"]
"""What an attribute holds after evaluation."""

Scope = Literal["zone", "region", "multi-region", "global", "edge"]
Role = Literal["primary", "replica", "backup", "failover", "processing", "metadata"]
Status = Literal["known", "candidate", "unknown"]
Carries = Literal["content", "metadata", "keys", "telemetry", "credentials"]
Border = Literal["country", "jurisdiction", "control"]
Certainty = Literal["certain", "possible"]

KINDS = (
    "compute", "container", "function", "cluster", "database", "object_store", "block_store",
    "file_store", "cache", "queue", "stream", "warehouse", "search", "ai_training",
    "ai_inference", "ai_data", "network", "load_balancer", "dns", "cdn", "gateway", "identity",
    "key", "secret", "registry", "backup", "logging", "monitoring", "workflow", "state_backend",
    "module", "other",
)  # fmt: skip
"""The shared vocabulary of `Resource.kind`."""


class Span(Struct, frozen=True, order=True):
    """A place in a file. Lines and columns count from 1, columns in code points.

    ``file`` is relative to the scan's working directory with ``/`` separators;
    ``end_column`` is the column after the last character.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class Hop(Struct, frozen=True):
    """One step of a trail: where it stands and what it says, one line without a full stop."""

    span: Span
    text: str


Trail = tuple[Hop, ...]
"""The ordered steps that explain a value: the place where it was written first."""


class Unknown(Struct, frozen=True):
    """A value that the source alone does not decide. A value, never an exception.

    ``reason`` is a phrase for people ("variable has no default"), ``expression`` the source
    text that could not be decided, ``candidates`` the values that it can take, or None when
    they are not bounded.
    """

    reason: str
    expression: str = ""
    candidates: tuple[Any, ...] | None = None


class Reference(Struct, frozen=True):
    """An attribute that points at another declaration.

    ``path`` is the attribute of the one that refers, ``target`` the address of the other in
    the same unit (an instance, or a whole resource when the key is unknown), its id when it is
    in another unit, ``attribute`` what is read of it (``arn``, ``id``, or an empty string for
    the whole).
    """

    path: str
    target: str
    attribute: str

    def id(self, unit: str) -> str:
        """Return the id of the target, given the unit of the one that refers."""
        head = self.target.partition("[")[0]  # a key may hold any character
        return self.target if "#" in head else f"{unit}#{self.target}"


class Origin(Protocol):
    """Where the attributes of one declaration are written, and why they have their values."""

    def span(self, path: str) -> Span:
        """Return the span of the written attribute; of its nearest written parent if the
        attribute itself is not written; of the header line for ``""``.
        """

    def trail(self, path: str) -> Trail:
        """Return the steps from the place where the value was first written to here."""

    def references(self) -> Iterable[Reference]:
        """Return every reference of the declaration's attributes."""


class Written(Struct, frozen=True):
    """The `Origin` of something that is written out as it is: a manifest, a plan."""

    header: Span
    spans: Mapping[str, Span] = field(default_factory=dict)

    def span(self, path: str) -> Span:
        while path:
            found = self.spans.get(path)
            if found is not None:
                return found
            cut = max(path.rfind("."), path.rfind("["))
            path = path[:cut] if cut > 0 else ""
        return self.header

    def trail(self, path: str) -> Trail:
        return (Hop(self.span(path), path or "declared here"),)

    def references(self) -> Iterable[Reference]:
        return ()


class Binding(Struct, frozen=True):
    """The provider configuration that a declaration uses.

    ``configuration`` is the declaration of the ``provider`` block, or None when the source
    does not show one; then ``reason`` says why. ``trail`` holds the hops through which a
    module was given it, the outermost first. ``implied``: Terraform makes a default itself
    where no block is written.
    """

    provider: str
    configuration: Declaration | None
    trail: Trail = ()
    reason: str = ""
    implied: bool = False


class Declaration(Struct, frozen=True):
    """One thing that is written: a resource instance, a provider block, a manifest.

    ``mode`` is ``resource``, ``data``, ``module`` (a call whose source is not on disk),
    ``provider``, ``backend`` or ``object`` (a Kubernetes object). ``type`` is the Terraform
    type or the Kubernetes kind; ``api_version`` is Kubernetes' ``apiVersion`` (else empty).
    ``calls`` are the module calls that lead here, the innermost first.
    """

    mode: str
    address: str
    type: str
    name: str
    unit: str
    source: str
    attributes: dict[str, Any]
    span: Span
    origin: Origin
    binding: Binding | None = None
    api_version: str = ""
    calls: tuple[Span, ...] = ()

    @property
    def id(self) -> str:
        """The unit and the address: ``infra/prod#aws_s3_bucket.docs``."""
        return f"{self.unit}#{self.address}"


class WrittenString(Struct, frozen=True):
    """A string that stands in a scanned file, whoever uses it.

    ``key`` is the last name before the value (``password``, ``AWS_SECRET_ACCESS_KEY``),
    ``path`` the whole path from the top of the block or document, ``owner`` the id of the
    resource that it belongs to (empty for variables, locals and loose files), ``form`` what
    kind of place it is: ``attribute``, ``default``, ``tfvars``, ``local``, ``env``,
    ``secret`` (a Kubernetes Secret, already decoded), ``configmap``, ``text``. ``static`` is
    False when the text holds interpolations; each is one NUL character in ``value``.
    ``indent`` is how many columns stand in the file before each line of a text of several
    lines (a heredoc ``<<-``, a block scalar).
    """

    value: str
    span: Span
    key: str
    path: str
    form: str
    unit: str
    source: str
    type: str = ""
    owner: str = ""
    static: bool = True
    indent: int = 0


class Location(Struct, frozen=True):
    """One place where a resource is, may be, or that nobody can know from source.

    ``countries`` are ISO 3166 codes; ``("*",)`` means anywhere, ``()`` with ``group`` set
    means somewhere in that group, ``()`` without means unknown. ``jurisdictions`` are the
    groups of countries that hold all of them (``EU``, ``EEA``). ``path`` is the resource's own
    attribute that says so; empty when the place comes from elsewhere (a provider, a parent).
    """

    provider: str
    region: str | None = None
    zone: str | None = None
    countries: tuple[str, ...] = ()
    group: str = ""
    jurisdictions: tuple[str, ...] = ()
    scope: Scope = "region"
    role: Role = "primary"
    status: Status = "known"
    trail: Trail = ()
    path: str = ""


class Operator(Struct, frozen=True):
    """Who runs a service and the country whose law can compel them; both dated facts."""

    name: str
    country: str
    partition: str = ""
    reach: tuple[str, ...] = ()
    laws: str = ""
    confidence: str = ""


class Resource(Struct, frozen=True):
    """Something that will exist after deployment, in the one shape that rules see."""

    id: str
    address: str
    unit: str
    source: str
    provider: str
    type: str
    name: str
    kind: str
    span: Span
    origin: Origin
    attributes: dict[str, Any] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    locations: tuple[Location, ...] = ()
    operator: Operator | None = None
    labels: dict[str, str] = field(default_factory=dict)
    data_classes: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    def at(self, path: str) -> Span:
        """Return where the attribute is written, or the nearest parent, or the header."""
        return self.origin.span(path)


class Flow(Struct, frozen=True):
    """Data that moves from one place to another, and which borders it crosses.

    ``target`` is a resource id or None; ``endpoint`` a host, region or service name when the
    other end is no resource of the scan. Locations are the two ends' own.
    """

    id: str
    kind: str
    carries: Carries
    source: str
    target: str | None
    endpoint: str | None
    source_locations: tuple[Location, ...]
    target_locations: tuple[Location, ...]
    crosses: tuple[Border, ...]
    certainty: Certainty
    declared_by: str
    span: Span
    trail: Trail = ()


class Unit(Struct, frozen=True):
    """One thing that is deployed as a whole: a root module, a folder of manifests."""

    id: str
    source: str
    path: str
    environment: str | None = None


class Unread(Struct, frozen=True):
    """Something that the scan could not read, or only in part. Never a clean result."""

    path: str
    reason: str
    line: int | None = None
    hint: str = ""
