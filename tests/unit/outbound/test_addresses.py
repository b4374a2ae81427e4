"""Which addresses are judged public, attack by attack and in general."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbound.addresses import Guard, is_public, parse_networks

NOT_PUBLIC = {
    "loopback": "127.0.0.1",
    "loopback's other end": "127.255.255.254",
    "loopback v6": "::1",
    "unspecified": "0.0.0.0",
    "unspecified v6": "::",
    "this network": "0.1.2.3",
    "private class A": "10.0.0.1",
    "private class B": "172.16.0.1",
    "private class B's end": "172.31.255.255",
    "private class C": "192.168.1.1",
    "carrier-grade NAT": "100.64.0.1",
    "link-local": "169.254.1.1",
    "link-local v6": "fe80::1",
    "site-local v6": "fec0::1",
    "unique local v6": "fd12:3456:789a::1",
    "AWS metadata": "169.254.169.254",
    "AWS metadata v6": "fd00:ec2::254",
    "AWS container credentials": "169.254.170.2",
    "AWS resolver": "169.254.169.253",
    "Alibaba metadata": "100.100.100.200",
    "Oracle metadata": "192.0.0.192",
    "Azure host": "168.63.129.16",
    "protocol assignments": "192.0.0.8",
    "documentation 1": "192.0.2.1",
    "documentation 2": "198.51.100.1",
    "documentation 3": "203.0.113.1",
    "documentation v6": "2001:db8::1",
    "documentation v6, new": "3fff::1",
    "6to4 relay": "192.88.99.1",
    "benchmarking": "198.18.0.1",
    "benchmarking v6": "2001:2::1",
    "multicast": "224.0.0.1",
    "multicast v6": "ff02::1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped metadata": "::ffff:169.254.169.254",
    "compatible loopback": "::127.0.0.1",
    "compatible public": "::8.8.8.8",
    "NAT64 of loopback": "64:ff9b::127.0.0.1",
    "NAT64 of metadata": "64:ff9b::a9fe:a9fe",
    "local NAT64": "64:ff9b:1::8.8.8.8",
    "6to4 of private": "2002:0a00:0001::1",
    "6to4 of public": "2002:0808:0808::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "ISATAP of private": "2a00:1450::5efe:10.0.0.1",
    "ISATAP of private, universal": "2a00:1450::200:5efe:10.0.0.1",
    "discard-only": "100::1",
    "segment routing": "5f00::1",
}

PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "168.63.129.17", "2a00:1450:4001::1"]


@pytest.mark.parametrize("address", NOT_PUBLIC.values(), ids=NOT_PUBLIC.keys())
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not Guard().permits(address, 443)


@pytest.mark.parametrize("address", [*PUBLIC, "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_a_public_address_is_permitted(address: str) -> None:
    assert Guard().permits(address, 443)
    assert Guard().permits(address, 80)


@pytest.mark.parametrize("port", [0, 22, 25, 443 + 65536, 6379, 8080, 9200])
def test_only_the_webs_ports_are_permitted(port: int) -> None:
    assert not Guard().permits("8.8.8.8", port)


def test_a_zone_never_makes_an_address_public() -> None:
    assert not Guard().permits("fe80::1%eth0", 80)
    assert not Guard().permits("2a00:1450:4001::1%eth0", 80)


def test_an_allowed_network_is_reached_on_any_port_and_in_a_mapped_disguise() -> None:
    guard = Guard(parse_networks("127.0.0.0/8, ::1/128"))
    assert guard.permits("127.0.0.1", 8080)
    assert guard.permits("::ffff:127.0.0.1", 8080)
    assert guard.permits("::1", 8080)
    assert not guard.permits("10.0.0.1", 80)
    assert not guard.permits("::2", 80)


def test_an_empty_setting_allows_nothing() -> None:
    assert parse_networks("") == ()
    assert parse_networks(" , ") == ()


def test_a_setting_that_is_no_network_is_named() -> None:
    with pytest.raises(ValueError, match="localhost"):
        parse_networks("127.0.0.0/8,localhost")


@given(st.ip_addresses())
def test_whatever_is_public_to_us_is_global_to_python(address: IPv4Address | IPv6Address) -> None:
    inside = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    if is_public(address) and address not in parse_networks("64:ff9b::/96")[0]:
        assert (inside or address).is_global


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:0:0", "64:ff9b::"]))
def test_a_disguise_is_judged_by_the_address_inside(inside: IPv4Address, prefix: str) -> None:
    disguised = IPv6Address(int(IPv6Address(prefix)) | int(inside))
    assert is_public(disguised) == is_public(inside)


@given(
    st.ip_addresses(v=4),
    st.sampled_from(
        [
            int,
            lambda inside: int(IPv6Address("64:ff9b:1::")) | int(inside),
            lambda inside: int(IPv6Address("2002::")) | int(inside) << 80 | 1,
            lambda inside: int(IPv6Address("2001::")) | (int(inside) ^ 0xFFFFFFFF),
        ]
    ),
)
def test_an_obsolete_disguise_is_refused_whatever_is_inside(
    inside: IPv4Address, disguise: Callable[[IPv4Address], int]
) -> None:
    assert not is_public(IPv6Address(disguise(inside)))
