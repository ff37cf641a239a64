"""Nucleus sampling, against probabilities worked out by hand."""

import math

import torch

from erc_engine.llm.local.sampling import LIKELIEST, next_tokens

# softmax of these is .1, .4, .3, .2
FOUR = [math.log(p) for p in (0.1, 0.4, 0.3, 0.2)]


def drawn(point: float, *, temperature: float = 1.0, top_p: float = 1.0) -> int:
    logits = torch.tensor([FOUR])
    return next_tokens(logits, temperatures=[temperature], top_ps=[top_p], points=[point])[0]


def test_a_point_falls_into_the_share_of_its_token_the_likeliest_first():
    # likeliest first: token 1 up to .4, token 2 up to .7, token 3 up to .9, token 0 up to 1
    assert [drawn(p) for p in (0.0, 0.39, 0.41, 0.69, 0.71, 0.89, 0.91, 0.999)] == [1, 1, 2, 2, 3, 3, 0, 0]


def test_the_nucleus_is_the_fewest_tokens_that_reach_top_p():
    # .4 + .3 reaches .65: tokens 1 and 2, of a mass of .7, so that token 1 ends at .4 / .7 = .571
    assert [drawn(p, top_p=0.65) for p in (0.56, 0.58, 0.999)] == [1, 2, 2]
    assert drawn(0.999, top_p=0.3) == 1


def test_a_low_temperature_sharpens():
    # at .5 the shares are squared: .01 .16 .09 .04 of .30, so that token 1 ends at .533
    assert [drawn(p, temperature=0.5) for p in (0.52, 0.54)] == [1, 2]


def test_temperature_zero_takes_the_likeliest_beside_rows_that_are_drawn():
    logits = torch.tensor([FOUR, FOUR])
    assert next_tokens(logits, temperatures=[0.0, 1.0], top_ps=[1.0, 1.0], points=[0.99, 0.99]) == [1, 0]
    assert next_tokens(logits, temperatures=[0.0, 0.0], top_ps=[1.0, 1.0], points=[0.99, 0.99]) == [1, 1]


def test_a_flat_distribution_is_sorted_as_a_whole():
    size = 4 * LIKELIEST
    logits = torch.zeros((1, size))
    found = {next_tokens(logits, temperatures=[1.0], top_ps=[1.0], points=[p])[0] for p in torch.linspace(0, 0.999, 97)}
    assert len(found) == 97
    assert max(found) > LIKELIEST


def test_many_draws_have_the_shares_of_the_distribution():
    points = [(n + 0.5) / 1000 for n in range(1000)]
    logits = torch.tensor([FOUR] * 1000)
    found = next_tokens(logits, temperatures=[1.0] * 1000, top_ps=[1.0] * 1000, points=points)
    assert [found.count(token) for token in range(4)] == [100, 400, 300, 200]
