"""`erc app` before the server starts: where it may listen, and what it says where it cannot."""

from __future__ import annotations

import socket

from tests.cli.conftest import Erc


def test_a_port_in_use_is_said_with_a_way_out(erc: Erc) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, told = erc("app", "--port", str(port))
    assert code == 1
    assert told["error"]["code"] == "conflict"
    assert told["error"]["message"] == f"something serves on port {port} of 127.0.0.1 already"
    assert f"erc app --port {port + 1}" in told["error"]["hint"]


def test_an_address_of_another_machine_is_refused_without_a_trace(erc: Erc) -> None:
    code, told = erc("app", "--address", "192.0.2.1", "--anyone")  # an address reserved for documentation
    assert code == 1
    assert told["error"]["code"] == "input"
    assert "of 192.0.2.1: Cannot assign requested address" in told["error"]["message"]


def test_an_address_that_others_reach_needs_a_word(erc: Erc) -> None:
    code, told = erc("app", "--address", "0.0.0.0")
    assert code == 1
    assert told["error"]["code"] == "refused"
    assert "--anyone" in told["error"]["hint"]
