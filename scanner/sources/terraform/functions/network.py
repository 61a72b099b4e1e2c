"""IP network functions."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from scanner.sources.terraform.functions.table import Functions
from scanner.sources.terraform.values import (
    EvaluationError,
    ListValue,
    Undecided,
    to_int,
    to_string,
    to_whole,
)

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


def _subnet(network: Network, bits: int, number: int) -> str:
    """Return a subnet as Terraform's library writes it, which minds no sign."""
    length = network.prefixlen + bits
    if length > network.max_prefixlen:
        raise EvaluationError("not enough address bits for the subnet")
    if length < 0:
        raise Undecided("a prefix of less than no bits")
    limit = 1 << bits if 0 <= bits < 64 else 1 << 64
    if abs(number) % (1 << 64) >= limit:
        raise EvaluationError("the subnet number does not fit")
    base = abs(int(network.network_address) | (number << (network.max_prefixlen - length)))
    try:
        address = type(network.network_address)(base)
    except ValueError:
        raise Undecided("the subnet number does not fit") from None
    return f"{address}/{length}"


@FUNCTIONS
def cidrsubnet(prefix: Any, bits: Any, number: Any) -> str:
    """``cidrsubnet(prefix, newbits, netnum)``."""
    return _subnet(_network(prefix), to_int(bits), to_whole(number))


@FUNCTIONS
def cidrsubnets(prefix: Any, *bits: Any) -> list[str]:
    """``cidrsubnets(prefix, newbits…)``."""
    network, result = _network(prefix), ListValue()
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
    outer, text = _network(prefix), to_string(address)
    if "/" not in text:
        text += "/128" if ":" in text else "/32"
    inner = _network(text)
    if outer.version != inner.version:
        raise EvaluationError("the prefix and the address are of different families")
    return int(outer.network_address) <= int(inner.network_address) and int(
        inner.broadcast_address
    ) <= int(outer.broadcast_address)
