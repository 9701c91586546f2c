"""Revise: (last generated, the person's, newly generated) Markdown -> one text that has lost nothing of the person's.

In: texts. Out: texts, and what did not fit. This room knows nothing of drafts, files or simulators.

In reading order: `blocks` (a page cut up and put together), `matching` (which block is which), `labelling` (their ids),
`words` (two changes of one block), `merging` (the laws, and how they are kept), with `weaving`, `footnoting` and
`endings`; `reconciling` (two people's versions of one text); `freshening` (only what rests on changed lines), `ledger`
(who wrote what).
"""

from scribe.revise.blocks import Block, Page, id_of, labels, marked, split, without_marks
from scribe.revise.endings import Ending
from scribe.revise.freshening import freshened, stale
from scribe.revise.labelling import labelled
from scribe.revise.ledger import Ledger, Share, ledger
from scribe.revise.merging import Merged, Proposal, key_of, merge
from scribe.revise.reconciling import Reconciled, reconcile

__all__ = [
    "Block",
    "Ending",
    "Ledger",
    "Merged",
    "Page",
    "Proposal",
    "Reconciled",
    "Share",
    "freshened",
    "id_of",
    "key_of",
    "labelled",
    "labels",
    "ledger",
    "marked",
    "merge",
    "reconcile",
    "split",
    "stale",
    "without_marks",
]
