#!/usr/bin/env python3
"""A product that keeps tieout's host contract over HTTP, with nothing but Python's standard library.

    HOST_KEY=secret python3 host.py 8700                      # serves http://127.0.0.1:8700
    TIEOUT_HOST_KEY=secret tieout conform host http://127.0.0.1:8700 --invoice 1001

With HOST_FILE=state.json its records and what it was told outlive a restart. With HOST_PUSH_URL (such as
http://127.0.0.1:8481/hooks/sample) and HOST_PUSH_SECRET (whsec_...) it pushes a signed event for each change.
POST /demo/invoices/ID makes or changes an invoice and DELETE deletes it: your product has screens for that.
"""
import base64, hashlib, hmac, json, os, re, sys, threading, time, urllib.request, uuid
from datetime import datetime, timezone
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

KEY = os.environ.get("HOST_KEY", "")
FILE = os.environ.get("HOST_FILE")
PUSH_URL, PUSH_SECRET = os.environ.get("HOST_PUSH_URL"), os.environ.get("HOST_PUSH_SECRET", "")
PAGE_MAX = 200
LOCK = threading.Lock()  # One request after the other: a database would lock the invoice instead.

def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

class Store:
    """Invoices in the order of their changes, and what was told about each."""

    def __init__(self):
        self.changes, self.invoices, self.told = 0, {}, {}
        if FILE and os.path.exists(FILE):
            with open(FILE) as file:
                self.changes, self.invoices, self.told = json.load(file)

    def save(self):
        if FILE:
            with open(FILE + ".tmp", "w") as file:
                json.dump([self.changes, self.invoices, self.told], file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(FILE + ".tmp", FILE)

    def put(self, invoice):
        """A change moves the invoice to the end of the list, with a revision of its own."""
        before = self.invoices.get(invoice["id"], {"record": {"revision": 0}})
        invoice["revision"] = before["record"]["revision"] + 1
        self.changes += 1
        self.invoices[invoice["id"]] = {"place": self.changes, "record": invoice}
        self.save()

    def page(self, after, since, limit):
        rows = sorted((row for row in self.invoices.values() if row["place"] > after), key=lambda row: row["place"])
        if since:
            rows = [row for row in rows if (row["record"].get("removed_at") or row["record"]["updated_at"]) >= since]
        page = rows[:limit]
        return {
            "data": [row["record"] for row in page],
            # The place of the last record: good for ever, whoever asks, also when nothing is left.
            "next_cursor": "after-%d" % (page[-1]["place"] if page else after), "has_more": len(rows) > limit}

    def tell(self, invoice, what, body):
        """Keeps the highest revision of a payment or a settlement; a posting is simply the latest word. Gives what is held."""
        held = self.told.setdefault(invoice, {}).get(what)
        if held and held.get("revision", 0) > body.get("revision", 0):
            return held
        if what.startswith("payments/"):
            # Our own identifier of it: whoever sends a payment again sees that it is the same one.
            body["host_payment_id"] = held["host_payment_id"] if held else str(uuid.uuid4())
        self.told[invoice][what] = body
        self.save()
        return body

def sample_invoice(id, quantity):
    """Each line is rounded to the cent, and the totals are the sums of what is printed."""
    net = (Decimal(quantity) * Decimal("225.40")).quantize(Decimal("0.01"))
    tax = (net * Decimal("0.10")).quantize(Decimal("0.01"))
    return {
        "id": id, "kind": "sales", "number": "SAMPLE-" + id, "status": "final", "issue_date": "2026-11-02",
        "due_date": "2026-11-16", "currency": "AUD", "amounts_are": "tax_exclusive",
        "bill_to": {"name": "Banksia Workers Underwriting Pty Ltd", "email": "accounts@banksiaworkers.example"},
        "lines": [{"id": id + "-1", "description": "Initial needs assessment", "quantity": quantity,
                   "unit_price": "225.40", "net_amount": str(net), "tax_code": "GST", "tax_amount": str(tax)}],
        "totals": {"net": str(net), "tax": str(tax), "gross": str(net + tax)}, "updated_at": now(),
    }

def push(kind, record):
    """Standard Webhooks round a CloudEvent. A thin event is enough; what is lost is seen by the next look anyway."""
    event = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": "urn:sample-host", "type": kind, "time": now(),
             "subject": "invoice/" + record["id"], "data": {"id": record["id"], "revision": record["revision"]}}
    body, secret = json.dumps(event).encode(), base64.b64decode(PUSH_SECRET.removeprefix("whsec_"))
    for wait in (0, 1, 5, 30):  # A product keeps what failed and goes on for days; a sample gives up.
        time.sleep(wait)
        stamp = str(int(time.time()))  # Signed anew each time: after five minutes a signature is too old.
        signed = b".".join([event["id"].encode(), stamp.encode(), body])
        signature = "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
        headers = {"content-type": "application/cloudevents+json", "webhook-id": event["id"],
                   "webhook-timestamp": stamp, "webhook-signature": signature}
        try:
            return urllib.request.urlopen(urllib.request.Request(PUSH_URL, body, headers), timeout=15).close()
        except OSError as error:
            print("push:", error, file=sys.stderr)

class Refused(Exception):
    """With status, code and detail."""

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        try:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if not hmac.compare_digest(self.headers.get("authorization", "").encode(), ("Bearer " + KEY).encode()):
                raise Refused(401, "unauthorised", "The key is not right.")
            url = urlsplit(self.path)
            parts = [unquote(part) for part in url.path.strip("/").split("/")]
            query = {name: values[-1] for name, values in parse_qs(url.query).items()}
            with LOCK:
                status, answer = self.route(parts, query, body)
            self.answer(status, answer, "application/json")
        except Refused as refused:
            status, code, detail = refused.args
            problem = {"title": code.replace("_", " "), "status": status, "code": code, "detail": detail}
            self.answer(status, problem, "application/problem+json")

    do_GET = do_PUT = do_DELETE = do_POST = handle_any

    def route(self, parts, query, body):
        match (self.command, *parts):
            case ("GET", "capabilities"):
                return 200, {"contract_versions": ["1"], "documents": ["invoices"], "push": bool(PUSH_URL),
                             "write_backs": ["payments", "settlements", "postings"], "page_size_max": PAGE_MAX,
                             "time_zone": "Australia/Sydney", "currencies": ["AUD"]}
            case ("GET", "v1", "invoices"):
                after = re.fullmatch(r"after-(\d+)", query.get("cursor", "after-0"))
                if not after or int(after[1]) > STORE.changes:
                    raise Refused(400, "bad_cursor", "This cursor was not given out here.")
                limit = int(query["limit"]) if query.get("limit", "").isdigit() else PAGE_MAX
                return 200, STORE.page(int(after[1]), query.get("updated_since"), min(max(limit, 1), PAGE_MAX))
            case ("GET", "v1", "invoices", id):
                return 200, self.known(id)
            case ("PUT", "v1", "invoices", id, "payments", payment):
                told = self.read(body)
                if not re.fullmatch(r"-?\d+(\.\d+)?", str(told.get("amount"))):
                    raise Refused(422, "bad_amount", "`amount` is no decimal.")
                self.known(id)
                return 200, STORE.tell(id, "payments/" + payment, told)
            case ("DELETE", "v1", "invoices", id, "payments", payment):
                # What stays is the revision, so that an older payment that comes late does not bring it back.
                if id in STORE.invoices and query.get("revision", "").isdigit():
                    STORE.tell(id, "payments/" + payment, {"revision": int(query["revision"]), "deleted": True})
                return 204, None
            case ("PUT", "v1", "invoices", id, "settlement" | "posting" as what):
                self.known(id)
                return 200, STORE.tell(id, what, self.read(body))
            case ("POST", "demo", "invoices", id):
                quantity = self.read(body or b"{}").get("quantity", "1.00")
                return self.changed("invoice.updated", sample_invoice(id, quantity))
            case ("DELETE", "demo", "invoices", id):
                self.known(id)
                return self.changed("invoice.deleted", {"id": id, "kind": "sales", "removed_at": now()})
        raise Refused(404, "not_found", "There is nothing here.")

    def known(self, id):
        if id not in STORE.invoices:
            raise Refused(404, "invoice_unknown", "There is no such invoice.")
        return STORE.invoices[id]["record"]

    def changed(self, kind, invoice):
        STORE.put(invoice)
        if PUSH_URL:
            threading.Thread(target=push, args=(kind, invoice), daemon=True).start()
        return 200, invoice

    def read(self, body):
        try:
            told = json.loads(body)
            if isinstance(told.get("revision", 0), int):
                return told
        except (ValueError, AttributeError):
            pass
        raise Refused(422, "no_json", "The body is no JSON object, or its `revision` no number.")

    def answer(self, status, answer, media):
        content = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", media)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    log_message = lambda *_: None

STORE = Store()
if __name__ == "__main__":
    if not KEY:
        sys.exit("HOST_KEY is not set: it is what lets tieout in.")
    if not STORE.invoices:
        for number, quantity in enumerate(["3.50", "1.20", "0.80", "2.55"], 1001):
            STORE.put(sample_invoice(str(number), quantity))
        STORE.put({"id": "1002", "kind": "sales", "removed_at": now()})
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8700), Handler)
    print("http://127.0.0.1:%d" % server.server_port, flush=True)
    server.serve_forever()
