"""What goes wrong: for the client (`ApiError`), or in the test itself (`ContractViolation`)."""

from __future__ import annotations

from typing import Any

__all__ = ["ApiError", "ContractViolation", "not_found", "validation_failed"]

DOCUMENTATION_URL = "https://docs.github.com/rest"


class ApiError(Exception):
    """An answer of 4xx, as GitHub words it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
        documentation_url: str = DOCUMENTATION_URL,
    ) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = headers or {}
        self.documentation_url = documentation_url

    def body(self) -> dict[str, Any]:
        """Return the JSON body."""
        body: dict[str, Any] = {"message": self.message}
        if self.errors is not None:
            body["errors"] = self.errors
        body["documentation_url"] = self.documentation_url
        body["status"] = str(self.status)
        return body


class ContractViolation(AssertionError):  # noqa: N818 - a failed assertion about the contract
    """The client or the fake broke GitHub's own REST description: all cases, one a line."""

    def __init__(self, violations: list[str]) -> None:
        super().__init__("\n".join(violations))
        self.violations = violations


def not_found() -> ApiError:
    """Return the answer for what does not exist or may not be seen."""
    return ApiError(404, "Not Found")


def validation_failed(
    resource: str, field: str | None, code: str, message: str | None = None
) -> ApiError:
    """Return a 422.

    https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed
    """
    error: dict[str, Any] = {"resource": resource, "code": code}
    if field is not None:
        error["field"] = field
    if message is not None:
        error["message"] = message
    return ApiError(422, "Validation Failed", errors=[error])
