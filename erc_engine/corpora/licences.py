"""Under what terms each benchmark comes, and whether its text may be sent to another machine.

MELD.may_leave_machine        # False: the annotation is free, the television text under it is not cleared
EMOTIONLINES.derivatives      # False: nothing made from its rows may be exported
"""

from __future__ import annotations

from erc_engine.domain.conversation import Licence

MELD = Licence(
    "GPL-3.0",
    may_leave_machine=False,
    note="GPL-3.0 covers the annotation; the text is from Friends transcripts (Warner Bros.), not cleared by it",
)
EMORYNLP = Licence(
    "Apache-2.0",
    may_leave_machine=False,
    note="Apache-2.0 covers the annotation; the text is from Friends transcripts (Warner Bros.), not cleared by it",
)
EMOTIONLINES = Licence(
    "CC BY-NC-ND 4.0",
    may_leave_machine=False,
    derivatives=False,
    note="non-commercial, no derivatives: may be read here, nothing made from its rows may be handed on",
)
