"""The refusals of a Bot API: a code, Telegram's own description text, and what a client may do about it."""


class ApiError(Exception):
    """A call was refused; `parameters` travels to the client as ResponseParameters."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad_request(text: str) -> ApiError:
    """400: the call itself is wrong. Telegram writes the first letter small, unless it begins a CODE."""
    return ApiError(400, f"Bad Request: {text[0].lower() if text[1:2].islower() else text[0]}{text[1:]}")


def forbidden(text: str) -> ApiError:
    """403: the call is right, the person does not want it."""
    return ApiError(403, f"Forbidden: {text}")


def conflict(text: str) -> ApiError:
    """409: two ways of fetching updates at once."""
    return ApiError(409, f"Conflict: {text}")
