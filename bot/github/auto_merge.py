"""GitHub's own auto-merge, which only its GraphQL API turns on and off.

It merges once the rules of the repository (reviews, required checks) are met. It looks at required checks
alone, so it is turned on for a commit whose checks have all passed, and off before the branch gets another.
https://docs.github.com/graphql/reference/mutations#enablepullrequestautomerge
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

from bot.github.wire import GRAPHQL

if TYPE_CHECKING:
    from bot.github.client import Client

__all__ = ["disable_auto_merge", "enable_auto_merge"]

_ENABLE: Final = """\
mutation($pull: ID!, $head: GitObjectID!, $method: PullRequestMergeMethod!) {
  enablePullRequestAutoMerge(
    input: {pullRequestId: $pull, expectedHeadOid: $head, mergeMethod: $method}
  ) { clientMutationId }
}"""

_DISABLE: Final = """\
mutation($pull: ID!) {
  disablePullRequestAutoMerge(input: {pullRequestId: $pull}) { clientMutationId }
}"""


class _Fault(msgspec.Struct, frozen=True):
    message: str = ""


class _Answer(msgspec.Struct, frozen=True):
    errors: list[_Fault] = []


async def enable_auto_merge(
    client: Client, node_id: str, head_sha: str, method: Literal["squash", "merge", "rebase"]
) -> bool:
    """Turn it on for exactly this commit; False: GitHub does not want to."""
    variables = {"pull": node_id, "head": head_sha, "method": method.upper()}
    return await _mutate(client, _ENABLE, variables)


async def disable_auto_merge(client: Client, node_id: str) -> bool:
    """Turn it off; False: it was not on."""
    return await _mutate(client, _DISABLE, {"pull": node_id})


async def _mutate(client: Client, query: str, variables: dict[str, str]) -> bool:
    body = {"query": query, "variables": variables}
    answer = await client.write("POST", GRAPHQL, body, _Answer, repeatable=True)
    return not answer.errors
