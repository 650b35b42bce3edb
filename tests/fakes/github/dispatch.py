"""From a raw request to an answer: routing, faults, rights, limits, the operation, the judge.

Performs no I/O but git's; the server writes the answer to the wire.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from fakes.github import operations
from fakes.github.access import authenticate_app, authenticate_token, check_permission, may_see
from fakes.github.errors import DOCUMENTATION_URL, ApiError, not_found
from fakes.github.graphql import change_auto_merge
from fakes.github.limits import WRITES
from fakes.github.pages import entity_tag
from fakes.github.registry import HANDLERS, JSON_TYPE, Request, Response
from fakes.github.wire import MESSAGES, NOT_JSON, Call, WireAnswer, read_json, to_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fakes.github.description import Description, Operation
    from fakes.github.faults import Fault, Faults
    from fakes.github.state import Installation, Repository, Token
    from fakes.github.world import World

__all__ = ["Dispatcher"]

assert operations.__all__, "importing the operations fills the table"

API_VERSIONS = frozenset({"2022-11-28", "2026-03-10"})

UNKNOWN_ROUTE = 501
"""GitHub would say 404; a fake that did so would hide that it lacks the operation."""


class Dispatcher:
    """Answers requests. Every fault of the contract goes to `violations`."""

    def __init__(
        self, world: World, description: Description, faults: Faults, violations: list[str]
    ) -> None:
        self.world = world
        self.calls: list[Call] = []
        self._description = description
        self._faults = faults
        self._violations = violations

    def answer(
        self, method: str, raw_target: str, headers: dict[str, str], data: bytes
    ) -> WireAnswer:
        """Answer one request; `raw_target` is as on the wire, header names are in lower case."""
        raw_path, _, raw_query = raw_target.partition("?")
        raw_path = self._without_prefix(raw_path)
        found = self._description.match(method, raw_path)
        query = dict(parse_qsl(raw_query, keep_blank_values=True))
        body = read_json(data)
        call = Call(
            number=len(self.calls) + 1,
            method=method,
            path=raw_path,
            operation=found[0].id if found else "",
            query=query,
            body=body,
            headers=headers,
        )
        self.calls.append(call)
        if found is None and (method, raw_path) == ("POST", "/graphql"):
            call.operation = "graphql"
            return self._mutate(call)
        if found is None:
            self._violations.append(f"unknown route: {method} {raw_path}")
            error = ApiError(UNKNOWN_ROUTE, f"the fake knows no route {method} {raw_path}")
            return self._write(call, Response(error.status, error.body()), {}, "")
        hits = self._faults.next(call.operation, method, raw_path)
        for fault in hits:
            if fault.do is not None:
                fault.do()
        before = next((one for one in hits if one.outcome and not one.after_effect), None)
        if before is not None:
            return self._fail(call, before)
        answer = self._carry_out(call, *found, data)
        after = next((one for one in hits if one.outcome and one.after_effect), None)
        return answer if after is None else self._fail(call, after)

    def _without_prefix(self, raw_path: str) -> str:
        path = raw_path.removeprefix(self.world.path_prefix)
        parts = path.split("/")
        if len(parts) > 2 and parts[1] == "repositories" and parts[2].isdigit():
            for repository in self.world.repositories:
                if repository.id == int(parts[2]) and not repository.deleted:
                    return "/".join(["", "repos", repository.full_name, *parts[3:]])
        return path

    def _fail(self, call: Call, fault: Fault) -> WireAnswer:
        if isinstance(fault.outcome, str):
            return WireAnswer(0, b"", {}, misfortune=fault.outcome)
        assert fault.outcome is not None
        call.status = fault.outcome
        message = fault.message or MESSAGES.get(fault.outcome, "Server Error")
        body = {"message": message, "documentation_url": DOCUMENTATION_URL}
        installation = self._installation(call)
        headers = {
            "Content-Type": f"{JSON_TYPE}; charset=utf-8",
            **self.world.limiter.headers(installation),
            **fault.headers,
        }
        return WireAnswer(fault.outcome, json.dumps(body).encode(), headers)

    def _installation(self, call: Call) -> Installation | None:
        credential = call.headers.get("authorization", "").partition(" ")[2]
        token = self.world.tokens.get(credential)
        return token.installation if token else None

    def _carry_out(
        self, call: Call, operation: Operation, parameters: dict[str, str], data: bytes
    ) -> WireAnswer:
        world = self.world
        handler = HANDLERS[operation.id]
        installation = self._installation(call)
        credential = call.headers.get("authorization", "")
        limits: dict[str, str] = {}
        try:
            _check_headers(call)
            token: Token | None = None
            if handler.credential == "app":
                authenticate_app(world, credential)
            elif handler.credential == "installation":
                token = authenticate_token(world, credential)
            if operation.id != "rate-limit/get":
                content = call.method in WRITES and call.path.startswith("/repos/")
                world.limiter.check(installation, call.method, content=content)
            limits = world.limiter.headers(installation)
            self._judge_request(call, operation, has_body=bool(data))
            request = Request(
                world=world,
                operation=operation,
                parameters=parameters,
                query=call.query,
                headers=call.headers,
                body=call.body,
                path=call.path,
                token=token,
            )
            if "repo" in parameters:
                request.found = self._find_repository(parameters, token)
            if token is not None:
                check_permission(world, token, request.found, handler)
            if call.method in WRITES and request.found is not None and request.found.archived:
                raise ApiError(403, "Repository was archived so is read-only.")  # noqa: TRY301
            response = handler.handle(request)
            call.done = call.method != "GET"
        except _Moved as moved:
            response = self._redirect(call, moved.repository)
        except ApiError as error:
            limits = limits or world.limiter.headers(installation)
            response = Response(error.status, error.body(), headers=dict(error.headers))
        self._judge_response(operation, response)
        return self._write(call, response, limits, credential, installation)

    def _mutate(self, call: Call) -> WireAnswer:
        """Carry out a GraphQL mutation; what is wrong with it is in the answer, whose status is 200."""
        credential = call.headers.get("authorization", "")
        try:
            token = authenticate_token(self.world, credential)
            body = change_auto_merge(self.world, token, call.body)
            response = Response(body=body)
            call.done = True
        except ApiError as error:
            response = Response(error.status, error.body(), headers=dict(error.headers))
        return self._write(call, response, {}, credential, self._installation(call))

    def _find_repository(self, parameters: dict[str, str], token: Token | None) -> Repository:
        full_name = f"{parameters['owner']}/{parameters['repo']}"
        found = self.world.repository(full_name)
        if found is not None:
            return found
        moved = self.world.moved.get(full_name.lower())
        if moved is None or moved.deleted or (token and not may_see(self.world, token, moved)):
            raise not_found()
        raise _Moved(moved)

    def _redirect(self, call: Call, repository: Repository) -> Response:
        """Return a redirect to a repository that was renamed: 307 keeps method and body.

        https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
        """
        rest = "/".join(call.path.split("/")[4:])
        url = f"{self.world.origin}{self.world.path_prefix}/repositories/{repository.id}"
        url += f"/{rest}" if rest else ""
        if call.query:
            url += f"?{urlencode(call.query)}"
        status = 301 if call.method == "GET" else 307
        body = {"message": "Moved Permanently", "url": url, "documentation_url": DOCUMENTATION_URL}
        return Response(status, body, headers={"Location": url})

    def _judge_request(self, call: Call, operation: Operation, *, has_body: bool) -> None:
        if call.body is NOT_JSON:
            self._violations.append(f"{operation.id}: request: body is not JSON")
            raise ApiError(400, "Problems parsing JSON")
        faults = self._description.request_faults(
            operation, call.query, call.body, has_body=has_body
        )
        if faults:
            self._violations += [f"{operation.id}: request: {fault}" for fault in faults]
            raise ApiError(422, "Invalid request.\n\n" + "\n".join(faults))

    def _judge_response(self, operation: Operation, response: Response) -> None:
        body = response.body
        if response.media_type not in {None, JSON_TYPE}:
            return
        faults: Sequence[str] = self._description.response_faults(
            operation, response.status, response.media_type, body
        )
        self._violations += [f"{operation.id}: {fault}" for fault in faults]

    def _write(
        self,
        call: Call,
        response: Response,
        limits: dict[str, str],
        credential: str,
        installation: Installation | None = None,
    ) -> WireAnswer:
        headers = {
            "Date": self.world.clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT"),
            "X-GitHub-Request-Id": f"{call.number:04X}:FAKE",
            "X-GitHub-Api-Version-Selected": "2022-11-28",
            **limits,
            **response.headers,
        }
        data = b""
        if response.media_type is not None:
            headers["Content-Type"] = f"{response.media_type}; charset=utf-8"
            data = to_bytes(response.body)
        status = response.status
        if call.method == "GET" and status == 200:
            tag = entity_tag(data, credential)
            headers |= {"ETag": tag, "Cache-Control": "private, max-age=60, s-maxage=60"}
            headers["Vary"] = "Accept, Authorization, Cookie, X-GitHub-OTP"
            given = call.headers.get("if-none-match", "")
            if tag in [one.strip() for one in given.split(",")]:
                self.world.limiter.refund(installation)
                headers |= self.world.limiter.headers(installation)
                del headers["Content-Type"]
                status, data = 304, b""
        call.status = status
        return WireAnswer(status, data, headers)


class _Moved(Exception):  # noqa: N818
    """The repository has another name now."""

    def __init__(self, repository: Repository) -> None:
        super().__init__(repository.full_name)
        self.repository = repository


def _check_headers(call: Call) -> None:
    if not call.headers.get("user-agent"):
        # https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api
        raise ApiError(403, "Request forbidden by administrative rules. Please add a User-Agent.")
    version = call.headers.get("x-github-api-version", "2022-11-28")
    if version not in API_VERSIONS:
        raise ApiError(400, f"'{version}' is not a supported API version")
