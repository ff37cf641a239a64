from erc_engine.llm.health import look_at
from erc_engine.llm.server_address import Server
from tests.llm.fake_server import hangs_up, raw, status, trickles, whole

KEY = "sk-Zq81TfW0pLx7"


def at(server, key: str | None = None) -> Server:
    return Server(server.url, "", True, True, 20.0, key)


def test_a_server_that_answers_tells_its_models_and_how_long_it_took(server):
    server.will(whole({"object": "list", "data": [{"id": "qwen3-4b"}, {"id": "llama"}, {"no": "id"}]}))
    health = look_at(at(server, KEY))
    assert (health.models, health.trouble) == (("qwen3-4b", "llama"), "")
    assert health.seconds is not None
    assert 0 < health.seconds < 5
    assert server.seen[0].path == "/v1/models"
    assert server.seen[0].headers["Authorization"] == f"Bearer {KEY}"


def test_what_is_wrong_is_said_without_the_key(server):
    for behaviour, words in (
        (status(401, {"error": {"message": f"bad key {KEY}"}}), "HTTP 401: bad key [key]"),
        (raw(b"<html>" + KEY.encode(), kind="text/html"), "[key]"),
        (status(302, headers={"Location": "http://elsewhere.example.org"}), "HTTP 302"),
        (hangs_up, "disconnected"),
    ):
        server.will(behaviour)
        health = look_at(at(server, KEY))
        assert words in health.trouble
        assert KEY not in f"{health}"


def test_a_server_that_trickles_is_not_waited_for(server):
    server.will(trickles("HTTP/1.1 200 OK\r\nX-Slow: ", every=0.05))
    assert look_at(at(server), seconds=0.4).trouble == "did not answer within 0.4 s"


def test_a_server_that_is_not_there_is_in_trouble(server):
    address = at(server)
    server.__exit__()
    assert "refused" in look_at(address).trouble
