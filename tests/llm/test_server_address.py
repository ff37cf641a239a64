import pytest

from erc_engine.errors import InputError, RefusedError
from erc_engine.llm.server_address import find_servers
from erc_engine.settings import Endpoint

LAB = Endpoint("lab", "https://lab.example.org/v1/", key_env="LAB_KEY", local=True, timeout_seconds=30)
OPEN = Endpoint("open", "http://127.0.0.1:8000/v1")


def find(written: str, **more):
    [server] = find_servers(written, {"lab": LAB, "open": OPEN}, {"LAB_KEY": " sesame\n"}, **more)
    return server


def test_a_named_endpoint_has_its_key_and_its_settings():
    server = find("lab#org/qwen3-4b")
    assert (server.url, server.model, server.key) == ("https://lab.example.org/v1", "org/qwen3-4b", "sesame")
    assert (server.local, server.loopback, server.timeout_seconds) == (True, False, 30)


def test_a_key_is_not_shown():
    assert "sesame" not in repr(find("lab#m"))


def test_only_the_configuration_makes_a_named_endpoint_local():
    assert (find("open#m").local, find("open#m").loopback, find("open#m").key) == (False, True, None)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000", "127.8.9.1"])
def test_a_typed_address_on_this_machine_is_fine_and_local(host):
    server = find(f"http://{host}/v1#m")
    assert (server.url, server.local, server.key) == (f"http://{host}/v1", True, None)


@pytest.mark.parametrize(
    "host", ["10.0.0.5:8000", "localhost.example.org", "127.0.0.1.example.org", "0.0.0.0:8000", "lab.example.org"]
)
def test_a_typed_address_elsewhere_is_refused_until_allowed(host):
    with pytest.raises(RefusedError, match="is not this machine") as caught:
        find(f"http://{host}/v1#m")
    assert "config.toml" in caught.value.hint
    server = find(f"http://{host}/v1#m", allow_address=True)
    assert (server.local, server.loopback, server.key) == (False, False, None)


@pytest.mark.parametrize("written", ["", "lab", "lab#", "#m", "http://127.0.0.1:8000/v1", "lab# "])
def test_a_server_without_a_model_is_incomplete(written):
    with pytest.raises(InputError, match="does not name a server and a model"):
        find(written)


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1", "http://", "http:///v1", "http://127.0.0.1:port", "http://127.0.0.1:99999", "http://a b"]
)
def test_what_is_no_address_is_said_to_be_none(url):
    with pytest.raises(InputError, match="is no address"):
        find(f"{url}#m")


@pytest.mark.parametrize("url", ["http://me:secret@127.0.0.1", "http://sk@127.0.0.1", "http://127.0.0.1/v1?key=sk"])
def test_a_key_in_an_address_is_refused_without_repeating_it(url):
    with pytest.raises(InputError, match="carries no user") as caught:
        find(f"{url}#m")
    assert "secret" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("written", ["http://me:secret@host:port#m", "ftp://a?key=secret#m", "http://me:secret@host"])
def test_a_password_is_not_repeated_by_any_complaint(written):
    with pytest.raises(InputError) as caught:
        find(written)
    assert "secret" not in caught.value.message + caught.value.hint


def test_an_unknown_name_is_told_the_known_ones():
    with pytest.raises(InputError, match="no endpoint is named 'gone'") as caught:
        find("gone#m")
    assert "lab, open" in caught.value.hint


@pytest.mark.parametrize("environment", [{}, {"LAB_KEY": "  "}, {"LAB_KEY": "a\nb"}, {"LAB_KEY": "clé"}])
def test_a_key_that_is_missing_or_unusable_is_said_before_anything_is_sent(environment):
    with pytest.raises(InputError, match="LAB_KEY") as caught:
        find_servers("lab#m", {"lab": LAB}, environment)
    assert "export LAB_KEY=" in caught.value.hint
