"""What a run says of tokens and cost: told ones summed, untold ones counted, nothing taken for 0."""

from dataclasses import replace

import pytest

from erc_engine.domain.generation_runs import Attempt, AttemptState, Usage
from erc_engine.settings import Endpoint, Price, Settings
from erc_engine.workflows.generation import generate
from erc_engine.workflows.usage import price_of, usage_of
from erc_engine.workflows.workspace import open_workspace
from tests.llm.fake_server import FakeServer
from tests.workflows.conftest import add_sitcom

ONE = Attempt("r", "p0", 0, 7, AttemptState.ACCEPTED, prompt_tokens=300, completion_tokens=100)
LEDGER = [
    ONE,
    replace(ONE, plan="p1", state=AttemptState.REJECTED),
    replace(ONE, plan="p2", prompt_tokens=None, completion_tokens=None),
    replace(ONE, plan="p3", completion_tokens=None),
    replace(ONE, plan="p4", state=AttemptState.FAILED, prompt_tokens=None, completion_tokens=None),
    replace(ONE, plan="p5", state=AttemptState.LOST, prompt_tokens=None, completion_tokens=None),
    replace(ONE, plan="p6", state=AttemptState.IN_FLIGHT, prompt_tokens=None, completion_tokens=None),
]


def test_tokens_of_refused_replies_count_and_untold_ones_are_counted_as_such():
    usage = usage_of(LEDGER, Price(prompt=1_000.0, completion=2_000.0))
    assert usage == Usage(4, 2, 2, 900, 200, pytest.approx(1.3))
    assert str(usage) == (
        "$1.30, 900 prompt + 200 completion tokens, 2 of 4 replies did not tell their tokens, "
        "2 requests without a reply are not counted"
    )


def test_without_a_price_no_cost_is_said_and_small_sums_keep_their_digits():
    assert str(usage_of([ONE], None)) == "300 prompt + 100 completion tokens"
    assert str(usage_of([ONE], Price(1.0, 10.0))).startswith("$0.0013, ")
    assert str(usage_of([], None)) == "no replies yet"
    silent = replace(ONE, prompt_tokens=None, completion_tokens=None)
    assert str(usage_of([silent], None)) == "1 of 1 replies did not tell their tokens"


def test_a_price_belongs_to_a_model_of_a_named_endpoint():
    lab = {"lab": Endpoint("lab", "http://127.0.0.1:1/v1", prices={"qwen": Price(1, 2)})}
    assert price_of("openai:lab#qwen", lab) == Price(1, 2)
    assert price_of("openai:lab#other", lab) is None
    assert price_of("openai:http://127.0.0.1:1/v1#qwen", lab) is None
    assert price_of("replay:", lab) is None


def test_without_a_window_a_run_has_as_many_requests_at_once_as_suit_its_servers(tmp_path, assets, capsys):
    with FakeServer() as server:
        (tmp_path / "config.toml").write_text(
            f'[endpoints.farm]\nurls = ["{server.url}", "{server.url}"]\nmost_at_once = 3\n'
            "[endpoints.farm.prices.tiny-chat]\nprompt = 1000\ncompletion = 0\n"
        )
        order = {"recipe": "meld-balanced", "like": "sitcom", "utterances": 20, "seed": 1, "max_attempts": 8}
        with open_workspace(Settings.from_environment({"ERC_HOME": str(tmp_path)})) as workspace:
            add_sitcom(workspace, assets)
            live = generate(workspace, model="openai:farm#tiny-chat", name="live", **order)
            recorded = generate(workspace, model="replay:", name="recorded", **order)
    assert (live.window, live.books.submitted, live.books.accepted) == (6, 8, 0)
    assert str(live.usage) == "$0.25, 248 prompt + 112 completion tokens"  # eight refused replies of 31 and 14
    assert (recorded.window, recorded.usage) == (1, None)
