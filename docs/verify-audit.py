#!/usr/bin/env python3
"""Verify the audit of countersign without countersign.

usage: verify-audit.py [--key FINGERPRINT] [--heads FILE]... FILE...

Each FILE is an export ("countersign audit export > audit.jsonl") or the queue
itself (queue.db, with audit-heads.log beside it). --heads names further
checkpoints, which were kept elsewhere; --key is the fingerprint of the key that
has to have signed all of them. It needs Python 3.8 and nothing else.

It says for each file whether it is intact, and ends with 0 if all are, 1 if one is
not, and 2 if it was not called as it should be.

What it cannot see: entries after the newest checkpoint that were cut off, and a
chain that was written anew by somebody who holds the signing key (see audit.md).
"""

import base64
import hashlib
import json
import os
import re
import sqlite3
import struct
import sys
from datetime import datetime, timedelta, timezone


class Broken(Exception):
    """What does not fit, and the entry in which it shows, 0 for none."""

    def __init__(self, seq, problem):
        super().__init__(problem)
        self.seq = seq


# What a line that was not written by countersign can end in.
UNREADABLE = ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, struct.error


# ed25519 (RFC 8032), for checking signatures only.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def point(encoded):
    """Return the point of 32 bytes, or None if they are none."""
    number = int.from_bytes(encoded, "little")
    y, odd = number & (2**255 - 1), number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and odd):
        return None
    if x & 1 != odd:
        x = P - x
    return x, y, 1, x * y % P


def plus(a, b):
    left = (a[1] - a[0]) * (b[1] - b[0]) % P
    right = (a[1] + a[0]) * (b[1] + b[0]) % P
    both, twice = 2 * D * a[3] * b[3] % P, 2 * a[2] * b[2] % P
    e, f, g, h = right - left, twice - both, twice + both, right + left
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, a):
    total = (0, 1, 1, 0)
    while n:
        if n & 1:
            total = plus(total, a)
        a, n = plus(a, a), n >> 1
    return total


def packed(a):
    inverse = pow(a[2], P - 2, P)
    x, y = a[0] * inverse % P, a[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(key, message, signature):
    """Report whether the signature of the message is the key's."""
    holder = point(key) if len(key) == 32 else None
    if holder is None or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    k = int.from_bytes(digest, "little") % ORDER
    away = (P - holder[0], holder[1], 1, P - holder[3])
    return packed(plus(times(s, BASE), times(k, away))) == signature[:32]


# Checkpoints: the end of the chain at a time, signed.


def microseconds(text):
    """Read a time as RFC 3339 writes it."""
    parts = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", text)
    if parts is None:
        raise ValueError(text)
    at = datetime.strptime(parts[1], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    if parts[3] != "Z":
        away = timedelta(hours=int(parts[3][1:3]), minutes=int(parts[3][4:]))
        at += away if parts[3][0] == "-" else -away
    whole = (at - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(seconds=1)
    return whole * 1000000 + int(((parts[2] or "") + "000000")[:6])


def told(at):
    """Write a time as the chain keeps it."""
    return (datetime(1970, 1, 1) + timedelta(microseconds=at)).isoformat() + "Z"


def fingerprint(key):
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


class Head:
    """A checkpoint."""

    checked = {}  # what was found already, since files hold the same ones

    def __init__(self, fields):
        self.seq, self.hash = int(fields["seq"]), fields["hash"]
        self.key = base64.b64decode(fields["key"], validate=True)
        self.signature = base64.b64decode(fields["sig"], validate=True)
        text = "countersign audit head 1\n%d\n%s\n%d\n" % (self.seq, self.hash, microseconds(fields["at"]))
        self.message, self.at = text.encode(), fields["at"]

    def valid(self):
        about = (self.key, self.message, self.signature)
        if about not in Head.checked:
            Head.checked[about] = signed(*about)
        return Head.checked[about]


def heads_in(path):
    """Read the checkpoints of a file; other lines are left out."""
    heads = []
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                heads.append(Head(json.loads(line)))
            except UNREADABLE:
                continue
    return [head for head in heads if head.seq > 0]


# The chain.


def field(value):
    """A value with its length before it, so that none can move into the next."""
    return struct.pack(">Q", len(value)) + value


def link_hash(entry):
    content = field(b"countersign audit 1") + field(entry["prev"]) + struct.pack(">qq", entry["seq"], entry["at"])
    for name in ("actor", "action", "object", "detail", "commitments", "correlation"):
        content += field(entry[name])
    return hashlib.sha256(content).digest()


def commitment(salt, name, text):
    return hashlib.sha256(field(b"countersign text 1") + field(salt) + field(name) + field(text)).hexdigest()


def commitments(entry):
    """Return what an entry says about its texts, by name."""
    if not entry["commitments"]:
        return {}
    try:
        return {c["name"].encode(): c["hash"] for c in json.loads(entry["commitments"])}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Broken(entry["seq"], "its commitments cannot be read") from None


def verify(entries, heads, start, end, key):
    """Check a chain. start is the number that it has to begin with, 0 for any; end
    is when it ends on purpose, None for never."""
    wanted = key or (fingerprint(heads[0].key) if heads else "")
    heads = sorted(heads, key=lambda head: head.seq)
    for head in heads:
        if fingerprint(head.key) != wanted or not head.valid():
            raise Broken(0, "the checkpoint of entry %d is not signed by the key %s" % (head.seq, wanted))
    if key and not heads:
        raise Broken(0, "there is no checkpoint")
    last, previous, first, at, text = max(start - 1, 0), bytes(32), 0, 0, None
    for entry in entries:
        if not first:
            first = entry["seq"]
            if first != 1 and start != 1:  # what it follows is seen by the checkpoints alone
                last, previous = start - 1 if start else first - 1, entry["prev"]
                while at < len(heads) and heads[at].seq < first:
                    if heads[at].seq == first - 1 and heads[at].hash != previous.hex():
                        raise Broken(first, "it does not follow the entry that was signed at %s" % heads[at].at)
                    at += 1
        if entry["seq"] != last + 1:
            raise Broken(last + 1, "entry %d is missing" % (last + 1))
        if entry["prev"] != previous:
            raise Broken(entry["seq"], "it does not follow the one before it")
        if entry["hash"] != entry["made"]:
            raise Broken(entry["seq"], "it was changed")
        last, previous = entry["seq"], entry["hash"]
        text = text or bad_text(entry)
        while at < len(heads) and heads[at].seq == last:
            if heads[at].hash != previous.hex():
                raise Broken(last, "it is not the one that was signed at %s" % heads[at].at)
            at += 1
    if text:  # a fault of the chain itself is told first
        raise text
    if not first:  # of what lies before nothing can be said
        at = len(heads) if not start else sum(head.seq < start for head in heads)
    left = [head for head in heads[at:] if end is None or microseconds(head.at) < end]
    if left:
        raise Broken(last + 1, "entry %d was there at %s: the end was cut off" % (left[-1].seq, left[-1].at))
    return first, last, heads[:at], len(heads) - at, wanted


def bad_text(entry):
    """Return what does not fit of an entry's texts, None if all do."""
    said = commitments(entry)
    for name, salt, text in entry["texts"]:
        if said.get(name) != commitment(salt, name, text):
            return Broken(entry["seq"], "its text %s is not the one that was written" % ascii(name.decode("utf-8", "replace")))
    return None


# The two places that a chain can be read from.


def in_queue(path):
    """Yield the entries of a queue with their texts."""
    db = sqlite3.connect("file:%s?mode=ro" % path.replace("%", "%25").replace("?", "%3f").replace("#", "%23"), uri=True)
    db.text_factory = bytes
    names = ("seq", "at", "actor", "action", "object", "detail", "commitments", "correlation", "prev", "hash")
    try:
        db.execute("BEGIN")
        texts = db.execute("SELECT seq, name, salt, text FROM audit_text ORDER BY seq, name")
        text = texts.fetchone()
        for row in db.execute("SELECT seq, at, actor, action, object, detail, texts, correlation, prev, hash FROM audit ORDER BY seq"):
            entry = dict(zip(names, row), texts=[])
            try:
                entry["made"] = link_hash(entry)
            except UNREADABLE:  # a column of another type than was written
                entry["made"] = None
            while text is not None and text[0] <= entry["seq"]:
                entry["texts"].append(text[1:])
                text = texts.fetchone()
            yield entry
    finally:
        db.close()


def in_export(path):
    """Yield the entries of an export with their texts, and find it whole."""
    entries = checkpoints = 0
    end = None
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                fields = json.loads(line)
                if end is not None:
                    raise Broken(0, "line %d stands behind the end" % number)
                if fields["type"] == "end":
                    end = fields["entries"], fields["checkpoints"]
                elif fields["type"] == "checkpoint":
                    Head(fields)  # it was read before; here it is only seen to be one
                    checkpoints += 1
                if fields["type"] != "entry":
                    continue
                entries += 1
                entry = {name: fields[name].encode() for name in ("actor", "action", "object", "detail", "commitments", "correlation")}
                entry.update(seq=fields["seq"], at=fields["at"], prev=bytes.fromhex(fields["prev"]), hash=bytes.fromhex(fields["hash"]))
                entry["texts"] = [(t["name"].encode(), bytes.fromhex(t["salt"]), t["text"].encode()) for t in fields.get("texts", ())]
                entry["made"] = link_hash(entry)
            except UNREADABLE:
                raise Broken(0, "line %d cannot be read" % number) from None
            yield entry
    if end is None:
        raise Broken(0, "the export is cut short: its last line is missing")
    if end != (entries, checkpoints):
        raise Broken(0, "the export had %d entries and %d checkpoints, here are %d and %d" % (*end, entries, checkpoints))


def bounds_of(path):
    """Return where an export has to begin, 0 for anywhere, and when it ends on purpose, None for never."""
    with open(path, encoding="utf-8", errors="replace") as lines:
        try:
            fields = json.loads(lines.readline())
            if fields["type"] != "export":
                raise Broken(0, "its first line does not say what it is an export of")
            start = int(fields.get("after", 0)) + 1
            return 0 if "from" in fields else start, microseconds(fields["to"]) if "to" in fields else None
        except UNREADABLE:
            raise Broken(0, "line 1 cannot be read") from None


def check(path, kept, key):
    with open(path, "rb") as file:
        queue = file.read(16) == b"SQLite format 3\0"
    if queue:
        beside = os.path.join(os.path.dirname(path), "audit-heads.log")
        entries, heads, start, end = in_queue(path), heads_in(beside) if os.path.exists(beside) else [], 1, None
    else:
        entries, heads, (start, end) = in_export(path), heads_in(path), bounds_of(path)
    first, last, compared, later, signer = verify(entries, heads + kept, start, end, key)
    says = "intact: entries %d to %d" % (first, last) if first else "intact: no entries"
    newest = compared[-1].seq if compared else 0
    if newest:
        says += ", %d checkpoints, signed to entry %d by %s" % (len(compared), newest, signer)
    if not newest and last:
        says += "; none of them is signed: some could have been cut off unseen"
    elif newest < last:
        says += "; entries after %d are not signed: some could have been cut off unseen" % newest
    if end is not None:
        says += "; it says that it ends before %s on purpose, and %d checkpoints are later" % (told(end), later)
    return says


def main(arguments):
    key, kept, files = "", [], []
    arguments = list(arguments)
    while arguments:
        argument = arguments.pop(0)
        if argument in ("--key", "--heads") and arguments:
            value = arguments.pop(0)
            if argument == "--key":
                key = value
            else:
                kept += heads_in(value)
        elif argument.startswith("-"):
            files = []
            break
        else:
            files.append(argument)
    if not files:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    broken = False
    for path in files:
        try:
            print("%s: %s" % (path, check(path, kept, key)))
        except Broken as problem:
            broken = True
            where = "entry %d: " % problem.seq if problem.seq else ""
            print("%s: broken: %s%s" % (path, where, problem))
        except (OSError, UnicodeDecodeError, sqlite3.Error) as problem:
            broken = True
            print("%s: broken: it cannot be read: %s" % (path, problem))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
