"""A taken port is said in one sentence that names the way out."""

import socket

import pytest

from backend.config.ports import PortTaken, check_port


def a_listener(address: str = "127.0.0.1", number: int = 0) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.create_server((address, number), family=family)


class TestCheckPort:
    def test_lets_a_free_port_pass(self):
        with a_listener() as listener:
            number = listener.getsockname()[1]

        check_port(number=number, variable="PORT")

    def test_names_the_port_and_the_variable_of_a_taken_one(self):
        with a_listener() as listener:
            number = listener.getsockname()[1]

            with pytest.raises(PortTaken) as refusal:
                check_port(number=number, variable="SANDBOX_PORT")

        assert str(refusal.value) == (
            f"Port {number} is taken by another program: choose another one, for example"
            f" `make demo SANDBOX_PORT={number + 1}`."
        )

    def test_sees_who_listens_on_every_address(self):
        with a_listener("0.0.0.0") as listener, pytest.raises(PortTaken):  # noqa: S104  the case
            check_port(number=listener.getsockname()[1], variable="PORT")

    @pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
    def test_sees_who_listens_where_a_browser_also_looks_for_localhost(self):
        with a_listener("::1") as listener, pytest.raises(PortTaken):
            check_port(number=listener.getsockname()[1], variable="PORT")

    def test_sees_who_holds_the_port_without_listening(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))

            with pytest.raises(PortTaken):
                check_port(number=holder.getsockname()[1], variable="PORT")
