#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""toml-differential.py - sbox's TOML parser against Python's tomllib

Makes documents, from a grammar and by spoiling others, and gives each to both
parsers: both must accept it and agree on every value, its type and the order,
or both must refuse it. Where we differ on purpose, the referee is corrected:

  - a NUL in a string or key, written as an escape: we refuse it
  - an integer beyond 64 bits, which the specification lets nobody round: refused
  - arrays and tables more than TOML_MAX_DEPTH deep: refused
  - the second 60, a leap second in RFC 3339, which Python's datetime cannot hold

usage: toml-differential.py [--dump PROGRAM] [--seed N] [DOCUMENTS]
"""
import argparse
import datetime
import json
import math
import os
import pathlib
import random
import re
import subprocess
import sys

SKIPPED = 77
BATCH = 500
MAX_DEPTH = 64
CORPUS = pathlib.Path(__file__).resolve().parent.parent / "fuzz" / "corpus" / "toml"

try:
    import tomllib
except ImportError:
    print("1..0 # SKIP no tomllib: python 3.11 or newer is needed")
    sys.exit(1 if os.environ.get("SBOX_TEST_MUST_WORK") == "1" else SKIPPED)


class Refused(Exception):
    pass


# What tomllib says, in a form that can be compared.

def canon_float(value):
    return "nan" if math.isnan(value) else value.hex()


def canon(value, depth=0):
    """[type, value]; a table is a list of its pairs, so that their order counts."""
    if isinstance(value, (dict, list)) and depth > MAX_DEPTH:
        raise Refused("depth")
    if isinstance(value, dict):
        if any("\0" in key for key in value):
            raise Refused("NUL in a key")
        return ["table", [[key, canon(v, depth + 1)] for key, v in value.items()]]
    if isinstance(value, list):
        return ["array", [canon(v, depth + 1) for v in value]]
    if isinstance(value, bool):
        return ["bool", "true" if value else "false"]
    if isinstance(value, int):
        if not -2**63 <= value < 2**63:
            raise Refused("integer")
        return ["integer", str(value)]
    if isinstance(value, float):
        return ["float", canon_float(value)]
    if isinstance(value, str):
        if "\0" in value:
            raise Refused("NUL in a string")
        return ["string", value]
    if isinstance(value, datetime.datetime):
        return ["datetime" if value.tzinfo else "datetime-local", value.isoformat()]
    if isinstance(value, datetime.date):
        return ["date-local", value.isoformat()]
    return ["time-local", value.isoformat()]


LEAP = re.compile(r"([0-9]{2}:[0-9]{2}):60")


def referee(document):
    """The tree; None if it is refused; True if it is accepted with whatever values."""
    try:
        text = document.decode()
        whole = LEAP.sub(r"\1:59", text)
        tree = canon(tomllib.loads(whole))
    except (Refused, UnicodeDecodeError, ValueError):
        return None
    return tree if whole == text else True


# What we say.

def iso(text):
    """The text of a date or time as Python's isoformat() writes it."""
    text = text.upper().replace(" ", "T").replace("Z", "+00:00")
    text = re.sub("-00:00$", "+00:00", text)
    fraction = re.search(r"\.([0-9]+)", text)
    if fraction:
        micros = fraction.group(1)[:6].ljust(6, "0")
        text = text.replace(fraction.group(), "" if micros == "000000" else "." + micros)
    return text


def canon_ours(value):
    """The same from the JSON of toml-dump, in which tables are lists of pairs."""
    if isinstance(value, list):
        return ["array", [canon_ours(v) for v in value]]
    if [key for key, _ in value.pairs] == ["type", "value"] and isinstance(
            value.pairs[0][1], str):
        kind, text = value.pairs[0][1], value.pairs[1][1]
        if kind == "float":
            return [kind, canon_float(float(text))]
        return [kind, iso(text) if "date" in kind or "time" in kind else text]
    return ["table", [[key, canon_ours(v)] for key, v in value.pairs]]


class Table:
    def __init__(self, pairs):
        self.pairs = pairs


def ours(program, documents):
    """One answer for each document, as referee(), and what was said about it."""
    given = b"".join(b"%d\n%s" % (len(d), d) for d in documents)
    done = subprocess.run([program, "--batch"], input=given, stdout=subprocess.PIPE,
                          check=False)
    answers = []
    for line in done.stdout.decode().splitlines():
        answer = json.loads(line, object_pairs_hook=Table)
        refused = isinstance(answer, list)
        answers.append((None if refused else canon_ours(answer), answer if refused else []))
    answers += [("no answer: status %d" % done.returncode, [])] * (
        len(documents) - len(answers))
    return answers


# Documents from a grammar. Few keys, so that they often meet.

STRING_PARTS = [
    "", "a", "b c", "#", "=", "[x]", "é", "\u2028", "\U0001f600", "\t", "\\n", '\\"', "\\\\",
    "\\t", "\\b\\f\\r", "\\u00e9", "\\U0001F600", "\\uD7FF", "\\ue000",
]
BAD_PARTS = [
    "\\q", "\\u12", "\\uD800", "\\U00110000", "\\u0000", "\0", "\x7f", "\r", "\n", "\x01",
    "\\x41", "\\e", "\\ ", "\\", '"', "'", "\\U0010FFFF", "\x85",
]
MULTI_PARTS = [
    "\n", "\r\n", '"', '""', "\\\n  ", "\\  \r\n\n\t", "'", "\n\n", "''",
]
NUMBERS = [
    "0", "-0", "+0", "1", "-17", "+99", "1_000", "9223372036854775807",
    "-9223372036854775808", "0xDEAD_beef", "0o755", "0b1101_0", "0x0", "0x7fffffffffffffff",
    "1.0", "-0.0", "3.141_5", "1e10", "1E-5", "6.02e+2_3", "5e0_1", "1e400", "1e-400", "inf",
    "-inf", "+nan", "nan", "0e0", "0.1", "4.9406564584124654e-324", "0.30000000000000004",
]
BAD_NUMBERS = [
    "00", "01", "1__0", "_1", "1_", "+0x1", "0x", "0X1", "0xg", "0b2", "0o8", "0x_1",
    "9223372036854775808", "-9223372036854775809", "0x8000000000000000", ".5", "5.", "1.e5",
    "1e", "1e+", "1_e5", "1._5", "+", "-", "--1", "1.2.3", "Inf", "NaN", "+true", "0_0",
    "1e5.5", "00.1", "-01", "inf_", "0xé", "1,5", "99999999999999999999999999", "1:2",
]
DATES = [
    "1979-05-27", "2000-02-29", "2024-02-29", "0001-01-01", "9999-12-31", "2023-04-30",
]
BAD_DATES = [
    "1900-02-29", "2023-02-29", "2023-13-01", "2023-00-10", "2023-04-31", "2023-01-00",
    "0000-01-01", "23-01-01", "2023-1-01", "2023-01-1", "2023-01-011", "02023-01-01",
]
TIMES = [
    "00:00:00", "23:59:59", "07:32:00.5", "12:30:45.123456789", "12:00:00.000000", "23:59:60",
]
BAD_TIMES = ["24:00:00", "12:60:00", "12:30:61", "12:30", "1:30:00", "12:30:00.", "12:30:0"]
OFFSETS = ["Z", "z", "+00:00", "-07:30", "+23:59", "-00:00"]
BAD_OFFSETS = ["+24:00", "+1:00", "+01", "+01:60", "ZZ", "+0100", "z1"]
WORDS = ["true", "false"]
BAD_WORDS = ["True", "yes", "nil", "tru", "trues", "a", "", "=", "]", "}", ",", "#", "é"]
KEYS = ["a", "b", "c", "d", "e", "-", "1", "true", "1979-05-27", '"a"', "'b'", '"\\u0063"',
        '""', "'x.y'", '"é"', "1.2"]
BAD_KEYS = ["é", '"""a"""', "''''''", "a b", "", "a.", ".a", "a..b", "+", "=", '"\n"', "a\n.b"]


class Writer:
    def __init__(self, rnd, spoil):
        self.rnd = rnd
        self.spoil = spoil  # how likely a part is made wrong

    def pick(self, good, bad):
        return self.rnd.choice(bad if self.rnd.random() < self.spoil else good)

    def chance(self, likely):
        return self.rnd.random() < likely

    def blank(self):
        return self.pick(["", "", "", " ", "\t", "  "], ["\n", "\r", "\f", "\u00a0", " # c\n"])

    def newline(self):
        return self.pick(["\n", "\n", "\n", "\r\n"], ["\r", "", "\n\r", "\v"])

    def comment(self):
        return "#" + self.pick(["", " note", " é\t", '"""', "[x]"], ["\x01", "\r", "\x7f", "\0"])

    def key(self):
        parts = [self.pick(KEYS, BAD_KEYS)]
        while self.chance(0.35) and len(parts) < 4:
            parts.append(self.pick(KEYS, BAD_KEYS))
        return self.blank().join(
            part + ("." if i + 1 < len(parts) else "") for i, part in enumerate(parts))

    def string(self):
        quote = self.rnd.choice(['"', "'", '"""', "'''"])
        parts = STRING_PARTS if '"' in quote else STRING_PARTS[:10]
        if len(quote) == 3:
            other = "'" if '"' in quote else '"'
            parts = parts + [p for p in MULTI_PARTS if "\\" not in p or other == "'"]
        text = "".join(self.pick(parts, BAD_PARTS) for _ in range(self.rnd.randrange(5)))
        if len(quote) == 1 and quote in text.replace('\\"', ""):
            text = text.replace(quote, "")
        return quote + text + self.pick([quote], [quote[1:], quote + quote[0], ""])

    def date(self):
        kind = self.rnd.randrange(4)
        date, time = self.pick(DATES, BAD_DATES), self.pick(TIMES, BAD_TIMES)
        if kind == 0:
            return date
        if kind == 1:
            return time
        text = date + self.pick(["T", "t", " "], ["  ", "_", "", "\t"]) + time
        return text + self.pick(OFFSETS, BAD_OFFSETS) if kind == 2 else text

    def gap(self):
        text = self.blank()
        while self.chance(0.15):
            text += (self.comment() if self.chance(0.3) else "") + self.newline() + self.blank()
        return text

    def array(self, depth):
        text = "["
        for i in range(self.rnd.randrange(4)):
            text += self.gap() + ("," if i else "") + self.gap() + self.value(depth + 1)
        return text + self.gap() + self.pick(["", ","] if len(text) > 1 else [""], [",,"]) + (
            self.gap() + self.pick(["]"], ["", "}", "]]"]))

    def inline(self, depth):
        pairs = [self.pair(depth + 1) for _ in range(self.rnd.randrange(4))]
        return "{" + self.blank() + self.pick([","], [",\n", ";", ",,", ""]).join(pairs) + (
            self.pick(["}"], ["", ",}", "\n}", "]"]))

    def value(self, depth=0):
        kind = self.rnd.randrange(8 if depth < 4 else 6)
        if kind < 2:
            return self.string()
        if kind < 4:
            return self.pick(NUMBERS, BAD_NUMBERS)
        if kind < 5:
            return self.date()
        if kind < 6:
            return self.pick(WORDS, BAD_WORDS)
        return self.array(depth) if kind == 6 else self.inline(depth)

    def pair(self, depth=0):
        return (self.blank() + self.key() + self.blank() + self.pick(["="], ["", ":", "=="]) +
                self.blank() + self.value(depth) + self.blank())

    def header(self):
        tables = self.chance(0.3)
        key = self.blank() + self.key() + self.blank()
        if tables:
            return "[[" + key + self.pick(["]]"], ["]", "] ]", ""])
        return "[" + key + self.pick(["]"], ["", "]]", "}"])

    def statement(self):
        kind = self.rnd.randrange(10)
        if kind == 0:
            return self.comment()
        if kind < 4:
            return self.header()
        return self.pair() + (self.comment() if self.chance(0.1) else "")

    def document(self):
        lines = [self.statement() for _ in range(self.rnd.randrange(1, 12))]
        return "".join(line + self.newline() for line in lines).encode()

    def tables(self):
        """Only which tables and keys are defined where, in very few names."""
        def key():
            return ".".join(self.rnd.choice("aabbc") for _ in range(self.rnd.choice([1, 2, 2, 3])))

        def line():
            kind = self.rnd.randrange(8)
            if kind < 3:
                return "[%s]" % key()
            if kind < 4:
                return "[[%s]]" % key()
            values = ["1", "{}", "[]", "[{}]", "{%s=1}", "{%s=1, %s=2}", "[{%s=1}]"]
            return key() + "=" + re.sub("%s", lambda _: key(), self.rnd.choice(values))

        return "\n".join(line() for _ in range(self.rnd.randrange(3, 7))).encode()


SPLICES = [
    b'"', b"'", b'"""', b"'''", b"\\", b"\n", b"\r\n", b"\r", b"[", b"]", b"[[", b"]]", b"{",
    b"}", b",", b".", b"=", b"#", b"_", b"-", b"+", b"0", b"1", b"e", b"T", b"Z", b":", b" ",
    b"\t", b"\0", b"\x7f", b"\x80", b"\xc3", b"\xc3\xa9", b"\xed\xa0\x80", b"\xef\xbb\xbf",
    b"\xf4\x90\x80\x80", b"\xff", b"\\u0000", b"\\u", b"\\U0010ffff", b"inf", b"true", b"a",
    b"[a]\n", b"a=1\n", b"a.b=1\n", b"[[a]]\n",
]


def spoiled(rnd, document, others):
    """@document with a few bytes, lines or pieces of it changed."""
    data = bytearray(document)
    for _ in range(rnd.choice([1, 1, 1, 2, 3])):
        at = rnd.randrange(len(data) + 1)
        kind = rnd.randrange(6)
        if kind < 2:
            data[at:at] = rnd.choice(SPLICES)
        elif kind == 2:
            del data[at:at + rnd.choice([1, 1, 2, 8])]
        elif kind == 3:
            data[at:at + 1] = rnd.choice(SPLICES)
        elif kind == 4:
            lines = data.splitlines(True) or [b""]
            line = rnd.choice(lines)
            lines.insert(rnd.randrange(len(lines) + 1), line)
            data = bytearray(b"".join(lines))
        else:
            other = rnd.choice(others)
            data[at:at] = other[rnd.randrange(len(other) + 1):][:rnd.randrange(1, 40)]
    return bytes(data)


def make(rnd, corpus):
    kind = rnd.randrange(10)
    if kind < 3:
        return Writer(rnd, 0).document()
    if kind < 4:
        return Writer(rnd, 0.02).document()
    if kind < 7:
        return Writer(rnd, 0).tables()
    base = rnd.choice(corpus) if corpus and kind < 9 else Writer(rnd, 0).document()
    return spoiled(rnd, base, corpus or [base])


def compare(program, documents):
    """How many of @documents were accepted; None if the parsers disagree."""
    accepted, wrong = 0, 0
    for document, (answer, said) in zip(documents, ours(program, documents)):
        want = referee(document)
        accepted += want is not None
        if answer == want or (want is True and isinstance(answer, list)):
            continue
        wrong += 1
        if wrong <= 5:
            print("# document: %r" % document)
            print("#   tomllib: %s" % (json.dumps(want) if want else "refused"))
            print("#   ours:    %s" % (json.dumps(answer) if answer else said))
    return None if wrong else accepted


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dump", default=os.environ.get("TOML_DUMP", "tests/unit/toml-dump"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("documents", type=int, nargs="?", default=3000)
    options = parser.parse_args()
    rnd = random.Random(options.seed)
    corpus = [path.read_bytes() for path in sorted(CORPUS.glob("*"))]
    batches = [corpus] + [min(BATCH, options.documents - i)
                          for i in range(0, options.documents, BATCH)]
    failed = False
    print("1..%d" % len(batches))
    for number, batch in enumerate(batches, 1):
        documents = batch if number == 1 else [make(rnd, corpus) for _ in range(batch)]
        accepted = compare(options.dump, documents)
        failed = failed or accepted is None
        print("%s %d - %s agree with tomllib%s" % (
            "not ok" if accepted is None else "ok", number,
            "all files of the corpus" if number == 1 else "%d documents" % len(documents),
            "" if accepted is None else ", %d of them are accepted" % accepted), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
