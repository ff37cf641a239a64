"""A model trained from nothing is a model like any other: it loads, and it has learned."""

import pytest
import torch

from erc_engine.domain.generation import ChatMessage, ChatRequest, Sampling
from erc_engine.llm.local.loading import load
from erc_engine.llm.local.local_model import open_local
from erc_engine.llm.local.spec import parse_spec
from erc_engine.llm.local.training import SmallModel, train

WORDS = ("ferry", "lamp", "kettle", "bridge", "garden")
PAIRS = [((ChatMessage("user", f"Say {word}."),), f"1. Ana [joy]: {word}!") for word in WORDS]
SHAPE = SmallModel(hidden=64, layers=2, heads=4, vocabulary=300, context=64, epochs=150, tokens_per_step=64, seed=3)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("trained") / "model"
    said: list[str] = []
    texts = [text for messages, reply in PAIRS for text in (messages[0].content, reply)]
    outcome = train(lambda epoch: PAIRS, PAIRS, folder, SHAPE, texts=texts, say=said.append)
    return outcome, said


def test_it_learns_what_it_is_taught_and_says_how_it_goes(trained):
    outcome, said = trained
    assert outcome.epochs == 150
    assert outcome.loss < 0.1
    assert outcome.held_out_loss == pytest.approx(outcome.loss, abs=0.1)
    assert len(said) == 151
    assert "epoch 1 of 150" in said[1]


def test_it_answers_as_taught_and_ends(trained, model_hosts):
    outcome, _ = trained
    model = open_local(f"hf:{outcome.folder}", models={}, environment=model_hosts, repeatable=True)
    try:
        request = ChatRequest("r", PAIRS[2][0], Sampling(0.0, 1.0, 40), 1)
        reply = model.complete(request)
    finally:
        model.close()
    assert (reply.text, reply.finish) == ("1. Ana [joy]: kettle!", "stop")


def test_its_folder_is_safe_and_has_a_chat_template(trained):
    outcome, _ = trained
    loaded = load(parse_spec(f"hf:{outcome.folder}", {}))
    assert loaded.about["chat_template"] == "its own chat template"
    assert int(loaded.about["parameters"]) == outcome.parameters
    assert not list(outcome.folder.glob("*.bin"))


def test_minutes_end_it_early(tmp_path):
    short = SmallModel(**{**vars(SHAPE), "minutes": 1e-9})
    outcome = train(lambda epoch: PAIRS, PAIRS, tmp_path / "short", short, texts=["Say ferry."], say=lambda text: None)
    assert outcome.epochs <= 1
    assert (outcome.folder / "model.safetensors").is_file()
