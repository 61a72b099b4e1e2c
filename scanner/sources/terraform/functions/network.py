"""IP network functions."""

from __future__ import annotations

import ipaddress
from typing import Any

from scanner.sources.terraform.functions.table import Functions
from scanner.sources.terraform.values import EvaluationError, to_number, to_string

FUNCTIONS = Functions()

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(text: Any) -> Network:
    try:
        return ipaddress.ip_network(to_string(text), strict=False)
    except ValueError:
        raise EvaluationError("not a network in CIDR notation") from None


def _subnet(network: Network, bits: int, number: int) -> Network:
    length = network.prefixlen + bits
    if bits < 0 or length > network.max_prefixlen:
        raise EvaluationError("not enough address bits for the subnet")
    if number < 0:
        number += 1 << bits
    if not 0 <= number < 1 << bits:
        raise EvaluationError("the subnet number does not fit")
    base = int(network.network_address) + (number << (network.max_prefixlen - length))
    kind = type(network)
    return kind((base, length))


@FUNCTIONS
def cidrsubnet(prefix: Any, bits: Any, number: Any) -> str:
    """``cidrsubnet(prefix, newbits, netnum)``."""
    return str(_subnet(_network(prefix), int(to_number(bits)), int(to_number(number))))


@FUNCTIONS
def cidrsubnets(prefix: Any, *bits: Any) -> list[str]:
    """``cidrsubnets(prefix, newbits…)``."""
    network, result = _network(prefix), []
    position = int(network.network_address)
    for step in bits:
        length = network.prefixlen + int(to_number(step))
        if not network.prefixlen < length <= network.max_prefixlen:
            raise EvaluationError("not enough address bits for the subnet")
        size = 1 << (network.max_prefixlen - length)
        position = -(-position // size) * size
        if position + size - 1 > int(network.broadcast_address):
            raise EvaluationError("not enough addresses for the subnets")
        result.append(str(type(network)((position, length))))
        position += size
    return result


@FUNCTIONS
def cidrhost(prefix: Any, number: Any) -> str:
    """``cidrhost(prefix, hostnum)``."""
    network, host = _network(prefix), int(to_number(number))
    size = network.num_addresses
    if not -size <= host < size:
        raise EvaluationError("the host number does not fit")
    return str(network[host])


@FUNCTIONS
def cidrnetmask(prefix: Any) -> str:
    """``cidrnetmask(prefix)``."""
    return str(_network(prefix).netmask)


@FUNCTIONS
def cidrcontains(prefix: Any, address: Any) -> bool:
    """``cidrcontains(prefix, address or prefix)`` of OpenTofu."""
    outer, inner = _network(prefix), _network(address)
    if outer.version != inner.version:
        return False
    return int(outer.network_address) <= int(inner.network_address) and int(
        inner.broadcast_address
    ) <= int(outer.broadcast_address)
