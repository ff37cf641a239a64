import importlib.util

import numpy as np
import pytest

from erc_engine.curation.encoders import HashingEncoder
from erc_engine.curation.neighbour_map import MOST_POINTS, installed, neighbour_map
from erc_engine.errors import InputError, UnavailableError

needs_umap = pytest.mark.skipif(not installed(), reason='umap-learn is not installed: pip install "erc-studio[umap]"')


@needs_umap
@pytest.mark.timeout(600)  # the first use compiles it
def test_what_is_spelt_alike_lies_together_and_a_seed_repeats_the_map():
    ferries = [f"the ferry to island {n} was early and nobody was on the pier" for n in range(20)]
    soups = [f"somebody put {n} spoons of cinnamon into my lentil soup again" for n in range(20)]
    vectors = HashingEncoder().encode([*ferries, *soups])
    points = neighbour_map(vectors, seed=3)
    assert points.shape == (40, 2)
    nearest = [np.argsort(np.hypot(*(points - p).T))[1] for p in points]
    same = np.mean([(n < 20) == (other < 20) for n, other in enumerate(nearest)])
    assert same == 1.0
    assert np.array_equal(points, neighbour_map(vectors, seed=3))


@needs_umap
@pytest.mark.parametrize("rows", [0, 1, 3, 4, 6])
def test_a_handful_of_dialogues_gives_finite_points(rows):
    vectors = HashingEncoder().encode([f"turn number {n} of a very short day" for n in range(rows)])
    points = neighbour_map(vectors)
    assert points.shape == (rows, 2)
    assert np.isfinite(points).all()


def test_too_many_points_are_refused_before_anything_is_loaded():
    with pytest.raises(InputError, match="too many"):
        neighbour_map(np.zeros((MOST_POINTS + 1, 2), np.float32))


@pytest.mark.skipif(importlib.util.find_spec("umap") is not None, reason="umap-learn is installed here")
def test_its_absence_says_what_to_install():
    with pytest.raises(UnavailableError) as caught:
        neighbour_map(np.zeros((5, 2), np.float32))
    assert 'pip install "erc-studio[umap]"' in caught.value.hint
