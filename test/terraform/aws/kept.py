"""What the stand-in keeps by itself: resources of AWS whose calls moto does not know."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timezone

from moto.core.exceptions import ServiceException

ACCOUNT = "123456789012"


class Fault(ServiceException):
    """An error of AWS; of this module, since moto looks up those of its own in a service of that name."""


_answers = {}
_kept = {}
_tags = {}


@dataclass(frozen=True)
class Call:
    """A call, its parameters named as AWS's own model names them and checked against it."""

    service: str
    operation: str
    region: str
    params: dict

    def __getitem__(self, name):
        return self.params[name]

    def get(self, name, default=None):
        return self.params.get(name, default)

    def only(self, *names):
        return {name: self.params[name] for name in names if name in self.params}

    def arn(self, rest, service=None):
        return f"arn:aws:{service or self.service}:{self.region}:{ACCOUNT}:{rest}"

    def shelf(self, kind):
        """Resources of a kind in the call's region, by key."""
        return _kept.setdefault((self.service, self.region, kind), {})

    def find(self, kind, key, code="ResourceNotFoundException"):
        found = self.shelf(kind).get(key)
        if found is None:
            raise Fault(code, f"no {kind} {key}")
        return found

    def take(self, kind, key, code="ResourceNotFoundException"):
        self.find(kind, key, code)
        return self.shelf(kind).pop(key)


def answers(service, *operations):
    """Marks what answers operations of a service."""

    def mark(function):
        for operation in operations:
            _answers[service, operation] = function
        return function

    return mark


def answer_of(service, operation):
    return _answers.get((service, operation))


def identifier(prefix=""):
    return f"{prefix}{secrets.token_hex(8)}"


def now():
    return datetime.now(timezone.utc)


def keep_tags(arn, tags):
    """Makes a resource one whose tags are kept here. Tags are a list of Key and Value, or a map."""
    _tags[arn] = as_map(tags)


def as_map(tags):
    return dict(tags) if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags or []}


def as_list(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tags_of(arn):
    return _tags.get(arn)
