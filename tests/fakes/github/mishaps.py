"""What tests let go wrong: the part of `FakeGitHub` that scripts misfortune."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.github.faults import Fault, Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fakes.github.faults import Outcome
    from fakes.github.installation import FakeInstallation
    from fakes.github.limits import RateLimiter
    from fakes.github.world import World

__all__ = ["Mishaps"]


class Mishaps:
    """Lets calls fail, and changes the world under them."""

    limiter: RateLimiter
    _faults: Faults
    _world: World

    def fail(
        self,
        outcome: Outcome,
        *,
        operation: str | None = None,
        method: str | None = None,
        path: str | None = None,
        nth: int = 1,
        times: int | None = 1,
        after_effect: bool = False,
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
        message: str | None = None,
    ) -> Fault:
        """Let the n-th matching request from now on end in a status, a `timeout` or a `cut`.

        `operation` (like `pulls/create`) and `path` may hold `*`. Nothing given: any request.
        `after_effect`: the request is carried out, only its answer is lost.
        """
        more = {} if retry_after is None else {"retry-after": str(retry_after)}
        return self._add_fault(
            Fault(
                outcome,
                operation=operation,
                method=method,
                path=path,
                nth=nth,
                times=times,
                after_effect=after_effect,
                headers={**more, **(headers or {})},
                message=message,
            )
        )

    def before_call(
        self,
        do: Callable[[], object],
        *,
        operation: str | None = None,
        method: str | None = None,
        path: str | None = None,
        nth: int = 1,
    ) -> Fault:
        """Change the world just before the n-th matching request from now on is looked at."""
        return self._add_fault(
            Fault(None, operation=operation, method=method, path=path, nth=nth, do=do)
        )

    def _add_fault(self, fault: Fault) -> Fault:
        with self._world.lock:
            return self._faults.add(fault)

    def revoke_tokens(self) -> None:
        """End all installation tokens."""
        with self._world.lock:
            for token in self._world.tokens.values():
                token.revoked = True

    def exhaust_rate_limit(self, installation: FakeInstallation) -> None:
        """Use up an installation's primary limit of this hour."""
        with self._world.lock:
            self.limiter.exhaust(installation.state)
