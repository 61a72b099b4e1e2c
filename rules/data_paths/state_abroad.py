from collections.abc import Iterator

from scanner.flows import leaving
from scanner.graph import Graph
from scanner.model import Flow
from scanner.policy import Policy
from scanner.rule import Problem, Severity, rule


@rule(
    id="DOM203",
    severity=Severity.MEDIUM,
    flows=["state"],
    tags=["data-paths"],
)
def state_abroad(flow: Flow, graph: Graph, policy: Policy) -> Iterator[Problem]:
    """The Terraform state is kept abroad.

    ## Why
    A state holds every attribute of every resource in plain text: passwords, keys, addresses,
    names. It is often the only thing that lies in another country, because the first bucket was
    made where the provider's default is.

    ## Fix
    Keep the state where the resources are:

        terraform {
          backend "s3" {
            bucket = "example-state"
            key    = "prod.tfstate"
            region = "eu-central-1" # was us-east-1
          }
        }

    and run `terraform init -migrate-state`.
    """
    yield from leaving.problems(flow, graph, policy)
