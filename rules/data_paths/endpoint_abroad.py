from collections.abc import Iterator

from scanner.flows import leaving
from scanner.graph import Graph
from scanner.model import Flow
from scanner.policy import Policy
from scanner.rule import Problem, Severity, rule


@rule(
    id="DOM202",
    severity=Severity.MEDIUM,
    flows=[
        "endpoint",
        "telemetry",
        "inference",
        "event-forwarding",
        "peering",
        "edge",
        "geo-routing",
    ],
    controls=["GDPR:Art.44"],
    tags=["data-paths"],
)
def endpoint_abroad(flow: Flow, graph: Graph, policy: Policy) -> Iterator[Problem]:
    """Data is sent to a service abroad.

    ## Why
    A workload in Frankfurt that calls a model, a log collector or a queue in Virginia sends its
    users' data there with every request. The address stands in an environment variable or in a
    model id, where no review of regions looks.

    A network that is joined with one abroad and content that is served from everywhere are of
    low severity: they are ways that data may take.

    ## Fix
    Use the vendor's address in a region under the same law:

        env:
          - name: DD_SITE
            value: datadoghq.eu # was datadoghq.com

    or record the transfer, its recipient and its legal basis under `transfers:` in
    `domicile.yaml`.
    """
    way = Severity.LOW if flow.kind in ("peering", "edge", "geo-routing") else None
    yield from leaving.problems(flow, graph, policy, way)
