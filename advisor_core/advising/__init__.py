"""From a target to advice: the best stack that knowledge, units and scores lead to, with its proof.

    advised = advise_target(target, access=..., settings=AdviceInputs(...))
    advised.outcome        # a LockOutcome: the lockfile proposed, or the conflict
    advised.outcome.advice # the Advice: stack, score, bound, reasons, alternatives

Performs no I/O of its own: index answers come through `IndexAccess`, knowledge through ports.
"""

from __future__ import annotations
