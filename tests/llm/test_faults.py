from collections import Counter

import pytest

from erc_engine.domain.generation import FailReason, RejectReason
from erc_engine.errors import InputError
from erc_engine.llm.faults import COPY_FAULTS, FAIL_FAULTS, FAULT_KINDS, NOISE_FAULTS, REJECT_FAULTS, parse_faults

PLANT = ["I would not go there for all the tea in that shop"]


def test_every_reason_of_a_rejection_and_of_a_failure_on_the_way_has_a_fault():
    assert set(REJECT_FAULTS) == {*RejectReason} - {RejectReason.UNVERIFIED}
    assert set(FAIL_FAULTS) == {*FailReason} - {FailReason.REFUSED_REQUEST}


def test_faults_come_at_their_rates():
    faults = parse_faults("truncated:0.2, timeout:0.1")
    drawn = Counter(faults.draw(seed, 0) for seed in range(10_000))
    # standard errors .004 and .003: five of them
    assert drawn["truncated"] / 10_000 == pytest.approx(0.2, abs=0.02)
    assert drawn["timeout"] / 10_000 == pytest.approx(0.1, abs=0.015)
    assert set(drawn) == {"truncated", "timeout", None}


def test_a_request_draws_the_same_fault_again_and_another_one_after_a_failure():
    faults = parse_faults("timeout:0.5")
    first = [faults.draw(seed, 0) for seed in range(50)]
    assert first == [faults.draw(seed, 0) for seed in range(50)]
    assert first != [faults.draw(seed, 1) for seed in range(50)]


def test_the_draw_is_the_same_on_every_machine():
    # blake2b of "fault/7/0" and "fault/8/0" over 2**64: .540 and .018
    assert [parse_faults("refusal:0.5,timeout:0.5").draw(seed, 0) for seed in (7, 8)] == ["timeout", "refusal"]


def test_all_spreads_a_rate_evenly_over_what_can_be_made():
    without = dict(parse_faults("all:0.19").rates)
    assert set(without) == {*REJECT_FAULTS, *FAIL_FAULTS} - {"contaminated"}
    assert set(without.values()) == {0.19 / 19}
    planted = dict(parse_faults("all:0.46", plant=PLANT).rates)
    assert set(planted) == {*REJECT_FAULTS, *FAIL_FAULTS, *COPY_FAULTS}
    assert set(planted.values()) == {0.46 / 23}


def test_a_kind_named_beside_all_comes_on_top():
    rates = dict(parse_faults("all:0.19,refusal:0.1,noise_quotes:0.3").rates)
    assert rates["refusal"] == pytest.approx(0.11)
    assert rates["noise_quotes"] == 0.3
    assert not set(NOISE_FAULTS) - {"noise_quotes"} & set(rates)


@pytest.mark.parametrize("written", ["", " ", "refusal:0", "all:0"])
def test_nothing_asked_for_is_nothing_injected(written):
    assert parse_faults(written).draw(1, 0) is None


@pytest.mark.parametrize("written", ["nonsense:0.1", "refused_request:0.1", ":0.1", "Truncated:0.1"])
def test_an_unknown_kind_is_told_the_known_ones(written):
    with pytest.raises(InputError, match="is not known") as caught:
        parse_faults(written)
    assert all(kind in caught.value.hint for kind in FAULT_KINDS)


@pytest.mark.parametrize("rate", ["", "x", "-0.1", "1.01", "nan", "inf", "0.1:0.2"])
def test_a_rate_outside_0_to_1_is_refused(rate):
    with pytest.raises(InputError, match="no rate between 0 and 1") as caught:
        parse_faults(f"truncated:{rate}")
    assert "truncated" in caught.value.hint


def test_rates_over_1_are_refused_and_1_is_not():
    assert parse_faults(",".join(f"{kind}:0.1" for kind in REJECT_FAULTS[:10])).draw(3, 0) is not None
    with pytest.raises(InputError, match=r"sum to 1\.1"):
        parse_faults("truncated:0.6,refusal:0.5")


@pytest.mark.parametrize("kind", ["contaminated", *COPY_FAULTS])
def test_planting_needs_texts_to_plant(kind):
    with pytest.raises(InputError, match="plants texts"):
        parse_faults(f"{kind}:0.1")
    assert parse_faults(f"{kind}:1", plant=PLANT).draw(1, 0) == kind
