"""What a generated set should look like when only the published counts of its benchmark are at hand.

    target = published_target(version, scheme("iemocap"), TargetMode.MATCHED)
    target.shares["frustrated"]     # 0.251: of the published train split
    target.own, target.places       # {}: nobody published them, so labels are drawn alone

Published are dialogues, utterances and labels. Of lengths that is a mean alone, so plans have the lengths of LENGTHS
equally often; a dialogue as long as IEMOCAP's (48 turns) is more than a small model writes at once. Numbers of speakers
are those of SPEAKERS, and who speaks after whom is left open: nobody twice in a row.
"""

from __future__ import annotations

from collections.abc import Mapping

from erc_engine.corpora.published import Version
from erc_engine.domain.conversation import Split
from erc_engine.domain.generation import LabelTarget, TargetMode
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import InputError
from erc_engine.generation.label_target import given_shares

LENGTHS = range(6, 15)  # turns
SPEAKERS: Mapping[str, tuple[int, ...]] = {"iemocap": (2,)}  # two actors in every session
OTHERWISE = (2, 3)


def published_target(
    version: Version, scheme: LabelScheme, mode: TargetMode, shares: Mapping[str, float] | None = None
) -> LabelTarget:
    """Label shares by mode; a repair needs the train split itself and is an InputError."""
    where = f"published counts of {version.benchmark} ({version.name}), train"
    if mode is TargetMode.REPAIR:
        raise InputError(f"{where} cannot be repaired", hint="import the benchmark, or choose another target")
    counts = version.splits[Split.TRAIN].labels
    if mode is TargetMode.BALANCED:
        wanted, source = dict.fromkeys(scheme.names, 1 / len(scheme.names)), "uniform"
    elif mode is TargetMode.MATCHED:
        wanted, source = given_shares(scheme, counts), where
    else:
        wanted, source = given_shares(scheme, shares), "given shares"
    speakers = SPEAKERS.get(version.benchmark, OTHERWISE)
    return LabelTarget(
        scheme=scheme,
        shares=wanted,
        lengths=dict.fromkeys(LENGTHS, 1 / len(LENGTHS)),
        speakers=dict.fromkeys(speakers, 1 / len(speakers)),
        same_speaker=0.0,
        source=source,
    )
