import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erc_engine.domain.generation import Protocol
from erc_engine.errors import InputError, ModelError
from erc_engine.llm.replay import ReplayModel
from tests.llm.conftest import asked

TEST_TEXT = "Nobody told me that the last bus leaves before the film ends"


def test_a_recording_is_served_as_it_is_and_nothing_of_the_prompt_matters(recordings):
    reply = ReplayModel("replay:", recordings).complete(asked("meld-matched-0000"))
    first, *_, last = reply.text.splitlines()
    assert first.startswith("1. Farid [surprise]: Five stars!")
    assert last.startswith("7. Farid [joy]: A week!")
    assert (reply.finish, reply.model, reply.injected, reply.completion_tokens) == ("stop", "replay:", None, None)


def test_the_menu_of_a_set_can_be_served_in_both_protocols(recordings):
    model = ReplayModel("replay:", recordings)
    for item in model.menu("meld-matched"):
        lines = model.complete(asked(item.recording)).text
        assert len(lines.splitlines()) == item.turns
        assert model.complete(asked(item.recording, protocol=Protocol.JSON)).text.count('"speaker"') == item.turns


def test_a_menu_of_an_unknown_set_is_refused(recordings):
    with pytest.raises(InputError, match="no recordings named 'friends'"):
        ReplayModel("replay:", recordings).menu("friends")


def test_a_delay_is_waited_for_and_counted(recordings):
    waited: list[float] = []
    model = ReplayModel("replay:?delay_ms=5", recordings, sleep=waited.append)
    assert model.complete(asked()).seconds == 0.005
    assert len(list(model.stream(asked()))) > 20
    assert waited[0] == 0.005
    assert sum(waited[1:]) == pytest.approx(0.005)  # spread over the words


def test_an_injected_failure_says_so_and_may_pass_at_the_next_try(recordings):
    model = ReplayModel("replay:?faults=rate_limited:0.5", recordings)
    with pytest.raises(ModelError) as caught:
        model.complete(asked(seed=0, failures=2))
    assert (caught.value.code, caught.value.retryable) == ("rate_limited", True)
    assert caught.value.injected == "rate_limited"
    tries = []
    for failures in range(8):
        try:
            tries.append(model.complete(asked(seed=0, failures=failures)).finish)
        except ModelError as error:
            tries.append(error.code)
    assert {"stop", "rate_limited"} == set(tries)


def test_an_injected_fault_is_marked_in_the_completion(recordings):
    model = ReplayModel("replay:?faults=refusal:1", recordings)
    assert model.complete(asked()).injected == "refusal"


def test_texts_too_short_or_too_long_are_not_planted(recordings):
    with pytest.raises(InputError, match="plants texts"):
        ReplayModel("replay:?faults=copy_verbatim:1", recordings, plant=["Oh my!", "no " * 41])
    model = ReplayModel("replay:?faults=copy_verbatim:1", recordings, plant=["Oh my!", TEST_TEXT])
    assert all(TEST_TEXT in model.complete(asked(seed=seed)).text for seed in range(20))


@pytest.mark.parametrize(
    "spec",
    ["replay:x", "replay:?", "replay:?speed=5", "replay:?delay_ms=", "replay:?delay_ms=-1", "replay:?delay_ms=nan"],
)
def test_an_option_that_it_does_not_have_is_refused(recordings, spec):
    with pytest.raises(InputError) as caught:
        ReplayModel(spec, recordings)
    assert caught.value.hint


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**64),
    failures=st.integers(0, 3),
    number=st.integers(0, 119),
    protocol=st.sampled_from(Protocol),
)
def test_the_reply_is_a_function_of_the_request_alone(assets, seed, failures, number, protocol):
    spec = "replay:?faults=all:0.8,noise_markdown:0.1,noise_quotes:0.1"
    request = asked(f"meld-matched-{number:04}", seed=seed, failures=failures, protocol=protocol)

    def reply(model: ReplayModel) -> object:
        try:
            return model.complete(request)
        except ModelError as error:
            return error.code

    used = ReplayModel(spec, assets / "recordings", plant=[TEST_TEXT])
    reply(used)
    assert reply(used) == reply(ReplayModel(spec, assets / "recordings", plant=[TEST_TEXT]))
