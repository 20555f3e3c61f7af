"""
The one kind of error that a user sees: something was refused, and this is what to do about it.
"""

from collections.abc import Callable


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "translate later"; the extractor looks for it
    """
    Mark a text for translation without translating it: engines know no language.
    """
    return text


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """
    A request that cannot be fulfilled, told to the user in words that say what to do.

    ``text`` is an English sentence with ``%(name)s`` places, marked by :func:`N_`; ``values`` fill them. The interface
    translates ``text`` first and fills it afterwards, so that a refusal can be stored and shown in either language.
    """

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text, values)
        self.text = text
        self.values = values

    def __str__(self) -> str:
        return self.text % self.values if self.values else self.text

    def __reduce__(self) -> "tuple[Callable[..., Refused], tuple[type[Refused], str, dict[str, object]], dict[str, object]]":
        return _again, (type(self), self.text, self.values), self.__dict__  # so that it comes back from a worker's process


def _again(kind: type[Refused], text: str, values: dict[str, object]) -> Refused:
    refused = kind.__new__(kind)
    Refused.__init__(refused, text, **values)
    return refused
