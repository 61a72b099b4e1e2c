"""IP network functions."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from scanner.sources.terraform.functions.table import Functions
from scanner.sources.terraform.values import EvaluationError, to_string, to_whole

FUNCTIONS = Functions()

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


_ZEROS = re.compile(r"(?<![0-9a-fA-F:.])0+(?=\d)|(?<=\.)0+(?=\d)")


def _network(text: Any) -> Network:
    source = to_string(text)
    address, slash, length = source.partition("/")
    if not slash or not (length.isascii() and length.isdigit()) or "%" in address:
        raise EvaluationError("not a network in CIDR notation")
    try:
        # Terraform still reads leading zeros of a part, as decimal.
        plain = address if ":" in address else _ZEROS.sub("", address)
        return ipaddress.ip_network(f"{plain}/{int(length)}", strict=False)
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
    return str(_subnet(_network(prefix), to_whole(bits), to_whole(number)))


@FUNCTIONS
def cidrsubnets(prefix: Any, *bits: Any) -> list[str]:
    """``cidrsubnets(prefix, newbits…)``."""
    network, result = _network(prefix), []
    position = int(network.network_address)
    for step in bits:
        length = network.prefixlen + to_whole(step)
        if not network.prefixlen < length <= min(network.max_prefixlen, network.prefixlen + 32):
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
    network, host = _network(prefix), to_whole(number)
    size = network.num_addresses
    if not -size <= host < size:
        raise EvaluationError("the host number does not fit")
    return str(network[host])


@FUNCTIONS
def cidrnetmask(prefix: Any) -> str:
    """``cidrnetmask(prefix)``; there is no such notation for IPv6."""
    network = _network(prefix)
    if network.version != 4:
        raise EvaluationError("IPv6 knows no netmask")
    return str(network.netmask)


@FUNCTIONS
def cidrcontains(prefix: Any, address: Any) -> bool:
    """``cidrcontains(prefix, address or prefix)`` of OpenTofu."""
    outer, inner = _network(prefix), _network(address)
    if outer.version != inner.version:
        return False
    return int(outer.network_address) <= int(inner.network_address) and int(
        inner.broadcast_address
    ) <= int(outer.broadcast_address)
