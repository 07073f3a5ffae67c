#!/usr/bin/env python3
"""validate.py SCHEMA FILE [NAME=JSON...]: each line of FILE is JSON that fits SCHEMA.

A FILE that ends with .toml is TOML and one value. Knows the part of JSON Schema that the
schemas of docs/ use, and fails on any other keyword. NAME=JSON: member NAME ("usage.wall") of the last line must have this value.
"""
import json
import re
import sys

TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "null": lambda v: v is None,
}
IGNORED = {"$schema", "$defs", "title", "description"}


class Bad(Exception):
    pass


def need(condition, where, text):
    if not condition:
        raise Bad(f"{where or '.'}: {text}")


def check_object(schema, value, where, root):
    for name in schema.get("required", []):
        need(name in value, where, f"has no {name}")
    for name, member in value.items():
        rest = schema.get("additionalProperties", True)
        known = name in schema.get("properties", {})
        need(known or rest is not False, where, f"{name} is not in the schema")
        if known or isinstance(rest, dict):
            check(schema["properties"][name] if known else rest, member, f"{where}.{name}", root)


def check_any(schemas, value, where, root):
    reasons = []
    for schema in schemas:
        try:
            check(schema, value, where, root)
            return
        except Bad as bad:
            reasons.append(str(bad))
    raise Bad(f"{where or '.'}: fits none: {'; '.join(reasons)}")


def check(schema, value, where, root):
    for word, rule in schema.items():
        if word in IGNORED or word in ("required", "properties", "additionalProperties"):
            continue
        if word == "$ref":
            check(root["$defs"][rule.rsplit("/", 1)[1]], value, where, root)
        elif word == "anyOf":
            check_any(rule, value, where, root)
        elif word == "type":
            names = rule if isinstance(rule, list) else [rule]
            need(any(TYPES[name](value) for name in names), where, f"{value!r} is no {rule}")
        elif word == "const":
            need(value == rule, where, f"{value!r} is not {rule!r}")
        elif word == "enum":
            need(value in rule, where, f"{value!r} is none of {rule}")
        elif word == "pattern":
            need(not isinstance(value, str) or re.search(rule, value), where, f"{value!r} is not like {rule}")
        elif word in ("minimum", "maximum"):
            low = word == "minimum"
            need(value is None or (value >= rule if low else value <= rule), where, f"{value} is beyond {rule}")
        elif word == "items":
            for n, item in enumerate(value or []):
                check(rule, item, f"{where}[{n}]", root)
        else:
            raise Bad(f"schema: keyword {word} is not known here")
    if isinstance(value, dict):
        check_object(schema, value, where, root)


def member(value, path):
    for name in path.split("."):
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


def read(file):
    if file.endswith(".toml"):
        import tomllib  # Python 3.11

        with open(file, "rb") as f:
            return [tomllib.load(f)]
    with open(file, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def main(schema_file, file, *wanted):
    with open(schema_file, encoding="utf-8") as f:
        root = json.load(f)
    lines = read(file)
    need(lines, file, "is empty")
    for line in lines:
        check(root, line, "", root)
    for want in wanted:
        path, _, text = want.partition("=")
        value = member(lines[-1], path)
        need(value == json.loads(text), path, f"{value!r}, not {text}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Bad as bad:
        sys.exit(str(bad))
