"""Addresses that somebody else chose: public ones, and no way around to others."""

import pytest

from core.networks import PrivateAddress, demand_public, is_public, parse_networks


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_public_addresses_may_be_connected_to(address: str) -> None:
    assert is_public(address)
    demand_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0",
        "fd00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a00:1",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe", "2001:db8::1",
        "fec0::1", "3fff::1", "192.88.99.1", "192.0.0.8", "192.0.0.9", "64:ff9b:1::7f00:1", "::ffff:192.88.99.1",
    ],
)  # fmt: skip
def test_every_other_address_is_refused(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(PrivateAddress):
        demand_public(address)


def test_an_operator_may_allow_networks_of_their_own() -> None:
    allowed = parse_networks(["10.1.0.0/16", "::1"])
    demand_public("10.1.2.3", allowed)
    demand_public("::1", allowed)
    with pytest.raises(PrivateAddress):
        demand_public("10.2.0.1", allowed)
