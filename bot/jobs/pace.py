"""The pace of writing to GitHub over all workers, by the database."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from advisor_core.errors import StoreError
from bot.github.pace import SECONDS_BETWEEN_WRITES, WRITES_EACH, Wait, most_an_hour
from bot.logs import get_log
from bot.store.paces import TakenTurn

if TYPE_CHECKING:
    from bot.github.pace import Turn
    from bot.store.paces import Paces

__all__ = ["SharedPace"]

_log = get_log(__name__)


@dataclass(slots=True)
class SharedPace:
    """One installation's. A `Pace`; for one event loop."""

    paces: Paces
    installation_id: int
    holder: str
    """The name of this worker: when it dies, its turn ends."""
    _telling: set[asyncio.Task[None]] = field(default_factory=set)

    async def take(self, *, urgent: bool = False) -> Turn | Wait:
        """Take a turn, and count a write; or tell how long to wait. Raises StoreError."""
        found = await asyncio.to_thread(
            self.paces.take,
            self.installation_id,
            self.holder,
            between_seconds=SECONDS_BETWEEN_WRITES,
            most_an_hour=most_an_hour(urgent=urgent),
            writes_each=WRITES_EACH,
        )
        if isinstance(found, TakenTurn):
            return _SharedTurn(self.paces, found)
        return Wait(found.seconds, found.is_writing, found.room_seconds)

    async def closed_until(self) -> float:
        """Return before when any worker has learnt that nothing may be sent. Raises StoreError."""
        return await asyncio.to_thread(self.paces.closed_until, self.installation_id)

    def close(self, until: float) -> None:
        """Let the other workers know that nothing may be sent before a moment."""
        telling = asyncio.ensure_future(self._tell(until))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _tell(self, until: float) -> None:
        try:
            await asyncio.to_thread(self.paces.close, self.installation_id, until)
        except StoreError as error:
            # They will meet the limit themselves.
            _log.warning("a limit of GitHub's could not be told to others", reason=str(error))


@dataclass(frozen=True, slots=True)
class _SharedTurn:
    paces: Paces
    turn: TakenTurn

    async def is_ours(self) -> bool:
        return await asyncio.to_thread(self.paces.holds, self.turn)

    async def give_back(self) -> None:
        # Shielded: a job that is cancelled must not keep the others waiting.
        await asyncio.shield(self._give_back())

    async def _give_back(self) -> None:
        try:
            await asyncio.to_thread(self.paces.give_back, self.turn)
        except StoreError as error:
            # It ends by itself.
            _log.warning("a turn to write could not be given back", reason=str(error))
