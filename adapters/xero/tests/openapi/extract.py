#!/usr/bin/env python3
"""Writes accounting.json: what Xero's own OpenAPI file says of the calls that the adapter makes.

    python3 extract.py xero_accounting.yaml > accounting.json

The file is at https://github.com/XeroAPI/Xero-OpenAPI (MIT). What only people read is left out; `nullable` becomes a
type of JSON Schema. Needs PyYAML.
"""
import json
import re
import sys

import yaml

FAMILIES = (
    "Accounts BrandingThemes Contacts CreditNotes Currencies Invoices Items Organisation Overpayments Payments"
    " Prepayments PurchaseOrders TaxRates TrackingCategories"
).split()
FOR_PEOPLE = {"description", "example", "externalDocs", "deprecated", "title", "readOnly", "format"}


def schema(node, named=False):
    """A schema without what only people read; in a map of properties every name stays."""
    if isinstance(node, list):
        return [schema(part) for part in node]
    if not isinstance(node, dict):
        return node
    out = {}
    for key, value in node.items():
        if named:
            out[key] = schema(value)
        elif key in FOR_PEOPLE or key.startswith("x-") or key == "nullable":
            continue
        else:
            out[key] = schema(value, named=key == "properties")
    if not named and node.get("nullable") and "type" in out:
        out["type"] = [out["type"], "null"]
        if "enum" in out:
            out["enum"] = out["enum"] + [None]
    return out


def body(node, components):
    """The schema of a body, which may be named elsewhere."""
    if not node:
        return None
    if "$ref" in node:
        kind, name = node["$ref"].rsplit("/", 2)[1:]
        node = components[kind][name]
    return schema(node.get("content", {}).get("application/json", {}).get("schema")) or None


def main(path):
    api = yaml.safe_load(open(path, encoding="utf-8"))
    parameters = api["components"]["parameters"]

    def named(entries):
        for entry in entries:
            entry = parameters[entry["$ref"].rsplit("/", 1)[1]] if "$ref" in entry else entry
            if entry["in"] == "query":
                yield entry["name"]

    operations = {}
    for path, methods in api["paths"].items():
        if path.split("/")[1] not in FAMILIES:
            continue
        for method in ("get", "put", "post", "delete"):
            if method not in methods:
                continue
            one = methods[method]
            query = list(named(methods.get("parameters", []))) + list(named(one.get("parameters", [])))
            responses = {code: body(reply, api["components"]) for code, reply in one["responses"].items()}
            operations[f"{method.upper()} {path}"] = {
                "query": sorted(set(query)),
                "request": body(one.get("requestBody"), api["components"]),
                "responses": {code: reply for code, reply in responses.items() if reply},
            }
    schemas, wanted = {}, operations
    while True:
        names = set(re.findall(r'#/components/schemas/(\w+)"', json.dumps(wanted))) - set(schemas)
        if not names:
            break
        wanted = {name: schema(api["components"]["schemas"][name]) for name in sorted(names)}
        schemas.update(wanted)
    out = {
        "source": "https://github.com/XeroAPI/Xero-OpenAPI, xero_accounting.yaml, MIT License, (c) 2017 Xero Developer API",
        "version": api["info"]["version"],
        "operations": operations,
        "components": {"schemas": dict(sorted(schemas.items()))},
    }
    json.dump(out, sys.stdout, indent=1, sort_keys=False, ensure_ascii=False)
    print()


main(sys.argv[1])
