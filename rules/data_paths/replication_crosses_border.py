from collections.abc import Iterator

from scanner.flows import leaving
from scanner.graph import Graph
from scanner.model import Flow
from scanner.policy import Policy
from scanner.rule import Problem, Severity, rule


@rule(
    id="DOM201",
    severity=Severity.HIGH,
    flows=[
        "replication",
        "read-replica",
        "backup-copy",
        "snapshot-copy",
        "image-copy",
        "key-replication",
        "data-transfer",
        "multi-region",
        "failover",
        "log-export",
    ],
    controls=["GDPR:Art.44"],
    tags=["data-paths"],
)
def replication_crosses_border(flow: Flow, graph: Graph, policy: Policy) -> Iterator[Problem]:
    """A copy of the data goes abroad.

    ## Why
    A replica, a backup or an exported log is the data, under the law of the place where the copy
    lies. Nobody looks at the copy when they look at where the database is.

    With a policy, the area that it allows for the data at the source decides. Without one, the
    data is at home where it lies today: a copy that leaves the EEA, or a country outside of it,
    is reported; one that goes to another country inside the EEA is of low severity.

    ## Fix
    Keep the copy in a region under the same law:

        provider "aws" {
          alias  = "replica"
          region = "eu-central-1" # was us-east-1
        }

    or record the transfer and its legal basis under `transfers:` in `domicile.yaml`.
    """
    metadata = Severity.MEDIUM if flow.carries in ("metadata", "telemetry") else None
    yield from leaving.problems(flow, graph, policy, metadata)
