"""`erc models`: endpoints of config.toml, looked at or not, and no secret in what is printed."""

import json

from erc_engine.cli.main import run
from tests.llm.fake_server import FakeServer, whole

KEY = "sk-Zq81TfW0pLx7"


def test_each_server_of_each_endpoint_is_listed_and_checked(tmp_path, monkeypatch, capsys):
    with FakeServer() as server, FakeServer() as gone:
        server.will(whole({"data": [{"id": "qwen3-4b"}]}))
        dead = gone.url
        gone.__exit__()
        (tmp_path / "config.toml").write_text(
            f'[endpoints.farm]\nurls = ["{server.url}", "{dead}"]\nkey_env = "FARM_KEY"\nmost_at_once = 64\n'
            '[endpoints.other]\nurl = "http://127.0.0.1:1/v1"\nkey_env = "NOT_SET"\n'
        )
        monkeypatch.setenv("ERC_HOME", str(tmp_path))
        monkeypatch.setenv("FARM_KEY", KEY)
        monkeypatch.delenv("NOT_SET", raising=False)
        assert run(["models", "--json"]) == 0
        listed = json.loads(capsys.readouterr().out)["endpoints"]
        assert [(line["name"], line["url"], line["most_at_once"], line["health"]) for line in listed[:2]] == [
            ("farm", server.url, 64, None),
            ("farm", dead, 64, None),
        ]
        assert server.seen == []
        assert run(["models", "--check", "--json"]) == 1
        printed = capsys.readouterr()
        first, second, third = (line["health"] for line in json.loads(printed.out)["endpoints"])
        assert (first["models"], first["trouble"]) == (["qwen3-4b"], "")
        assert "refused" in second["trouble"]
        assert "NOT_SET, which is not set" in third["trouble"]
        assert run(["models", "--check"]) == 1
        text = capsys.readouterr()
        assert "qwen3-4b" in text.out
        assert KEY not in printed.out + printed.err + text.out + text.err


def test_without_endpoints_it_says_where_to_write_one(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ERC_HOME", str(tmp_path))
    assert run(["models"]) == 0
    assert "[endpoints.NAME]" in capsys.readouterr().out
