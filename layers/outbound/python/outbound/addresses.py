"""Which addresses a stranger's URL may reach.

The attacks that this stops, each of them a test of the same name:

- the machine itself: 127.0.0.0/8, ::1, the unspecified 0.0.0.0 and ::
- neighbours: private networks (RFC 1918), unique local IPv6 (fc00::/7), carrier-grade NAT
  (100.64.0.0/10), link-local addresses, benchmarking and documentation networks
- metadata services: 169.254.169.254 and its kin, fd00:ec2::254, Oracle's 192.0.0.192, Alibaba's
  100.100.100.200, and Azure's 168.63.129.16, which looks public
- many at once: multicast, broadcast
- IPv4 in an IPv6 disguise: mapped ::ffff:a.b.c.d, compatible ::a.b.c.d, NAT64 64:ff9b::/96 and
  64:ff9b:1::/48, 6to4 2002::/16, Teredo 2001::/32, ISATAP's ::5efe:a.b.c.d below any prefix
- other services: every port but 80 and 443
- spelling: 0x7f.1, 2130706433, 127.1 and names that resolve inwards, because what is judged is
  never the URL but the address about to be dialled
- a name that answers differently the second time (DNS rebinding): the address that was judged is
  the address that is dialled

Python's own ``is_global`` is not asked: its tables differ between versions, and those of 3.11 let
64:ff9b::/96, ::a.b.c.d, 6to4 and multicast through.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Network = IPv4Network | IPv6Network

PORTS = frozenset({80, 443})
"""Where the public web is served."""

_NOT_PUBLIC_4 = tuple(
    IPv4Network(network)
    for network in (
        # IANA's special-purpose registry (RFC 6890 and its updates)
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        # Azure's host, which serves each virtual machine on a public address
        "168.63.129.16/32",
    )
)

_GLOBAL_6 = IPv6Network("2000::/3")
"""All that IANA has handed out as global unicast; whatever lies outside is not the internet."""

_NOT_PUBLIC_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: IPv4 inside, its relays long gone (RFC 7526)
        "3fff::/20",  # documentation (RFC 9637)
    )
)

_CARRIES_4 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
"""Disguises with honest uses (dual-stack sockets, DNS64): judged by the IPv4 address inside."""

_ISATAP = (0x00005EFE, 0x02005EFE)
"""Upper half of an interface identifier whose lower half is an IPv4 address (RFC 5214)."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether ``address`` belongs to the public internet, seen through every disguise."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    inside = _carried(address)
    if inside is not None:
        return is_public(inside)
    if address not in _GLOBAL_6 or any(address in network for network in _NOT_PUBLIC_6):
        return False
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return True


def _carried(address: IPv6Address) -> IPv4Address | None:
    if any(address in network for network in _CARRIES_4):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def parse_networks(text: str) -> tuple[Network, ...]:
    """Reads comma-separated networks in CIDR notation; an empty text names none.

    Raises:
        ValueError: names the part that is no network.
    """
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


@dataclass(frozen=True)
class Guard:
    """Judges addresses before they are dialled.

    Args:
        allowed: networks that may be reached although they are not public, on any port.
    """

    allowed: tuple[Network, ...] = ()

    def permits(self, host: str, port: int) -> bool:
        """Whether a connection may be opened.

        Args:
            host: an address as ``getaddrinfo`` answers it; IPv6 may have a zone (``fe80::1%eth0``).
        """
        address = ip_address(host.partition("%")[0])
        if self._allows(address):
            return True
        return "%" not in host and port in PORTS and is_public(address)

    def permitted(self, answers: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
        """Those of a lookup's answers that may be dialled, in the resolver's order."""
        return [(host, port) for host, port in answers if self.permits(host, port)]

    def _allows(self, address: IPv4Address | IPv6Address) -> bool:
        inside = _carried(address) if isinstance(address, IPv6Address) else None
        seen = inside or address
        return any(seen.version == network.version and seen in network for network in self.allowed)
