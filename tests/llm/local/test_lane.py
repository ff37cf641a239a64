"""Rows that are written together: as alone, whoever joins and leaves."""

import pytest
import torch
from transformers import AutoModelForCausalLM

from erc_engine.domain.generation import Sampling
from erc_engine.llm.local.lane import Lane, Writing


@pytest.fixture(scope="module")
def model(small_model):
    torch.set_num_threads(1)
    return AutoModelForCausalLM.from_pretrained(small_model, dtype=torch.float32).eval()


def asked(n: int, **more: object) -> Writing:
    """A prompt whose length and tokens differ with `n`."""
    return Writing(
        tuple(10 + (7 * n + k) % 200 for k in range(3 + 11 * (n % 5))), Sampling(0.0, 1.0, 5 + 9 * (n % 4)), n
    )


def written(model, writings, at_once: int) -> list[list[int]]:
    lane, waiting = Lane(model, end_tokens=set()), list(writings)
    while waiting or lane.writings:
        joining = [waiting.pop(0) for _ in range(min(len(waiting), at_once - len(lane.writings)))]
        if joining:
            lane.join(*joining)
        lane.step()
    return [w.tokens for w in writings]


def greedy_by_transformers(model, writing: Writing) -> list[int]:
    ids = torch.tensor([writing.prompt])
    most = writing.sampling.max_tokens
    out = model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=most, min_new_tokens=most, do_sample=False
    )
    return out[0, ids.shape[1] :].tolist()


def test_the_likeliest_tokens_are_those_that_transformers_itself_finds(model):
    model.generation_config.eos_token_id = None
    expected = [greedy_by_transformers(model, asked(n)) for n in range(12)]
    assert written(model, [asked(n) for n in range(12)], at_once=1) == expected
    assert written(model, [asked(n) for n in range(12)], at_once=5) == expected


def test_long_after_long_prompts_keep_their_places(model):
    """Rows that join late shift those that are there, and places that nobody uses any more are taken back."""
    long = [
        Writing(tuple(10 + (n + k) % 200 for k in range(20 + 37 * n)), Sampling(0.0, 1.0, 150), n) for n in range(7)
    ]
    model.generation_config.eos_token_id = None
    expected = [greedy_by_transformers(model, w) for w in long]
    assert written(model, long, at_once=3) == expected


def test_an_end_token_ends_a_row_and_is_no_part_of_it(model):
    free = asked(3)
    written(model, [free], at_once=1)
    ending = asked(3)
    lane = Lane(model, end_tokens={free.tokens[4]})
    lane.join(ending)
    while lane.writings:
        lane.step()
    first = free.tokens.index(free.tokens[4])
    assert (ending.tokens, ending.finish) == (free.tokens[:first], "stop")
    assert free.finish == "length"


def test_rows_that_gave_up_their_memory_go_on_where_they_were(model):
    whole = [Writing((11, 12, 13 + n), Sampling(0.9, 0.95, 30), n) for n in range(4)]
    expected = written(model, whole, at_once=1)
    lane = Lane(model, end_tokens=set())
    again = [Writing((11, 12, 13 + n), Sampling(0.9, 0.95, 30), n) for n in range(4)]
    for writing in again:
        lane.join(writing)
    for _ in range(9):
        lane.step()
    given_up = lane.empty()
    assert [len(w.tokens) for w in given_up] == [10] * 4
    assert lane.writings == []
    for writing in given_up:
        lane.join(writing)
    while lane.writings:
        lane.step()
    assert [w.tokens for w in again] == expected


def test_a_cancelled_row_leaves_at_the_next_step(model):
    lane = Lane(model, end_tokens=set())
    kept, left = asked(1), asked(2)
    lane.join(kept)
    lane.join(left)
    left.cancelled = True
    lane.step()
    assert lane.writings == [kept]
