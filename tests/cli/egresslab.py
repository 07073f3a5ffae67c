#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Servers that real clients speak to, and clients that look closer than those.

    egresslab.py serve DIR   on the Internet's second address (netlab.py), until it is killed
    egresslab.py CLIENT ...  see the functions below; prints what came, or the error

Names below shop.test lead to these servers. DIR/ca.pem vouches for them, DIR/www is what
they show; of them that are asked to connect (port 3128) each says so in DIR/proxied.

    80, 443  HTTP/1.1: /host, /count, /bytes/N, /upgrade, PUT /hash, /git/ by git
             http-backend, else a file of DIR/www
    3128     a proxy that takes CONNECT, and 3129 one for "user:pass" alone
    5432     speaks enough of PostgreSQL for one query
    9998     says datagrams back
"""

import base64
import hashlib
import http.server
import os
import pathlib
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import threading
import time
import urllib.parse

ADDRESSES = ("203.0.113.20", "2001:db8:1::20")
BLOCK = bytes(range(256)) * 4096  # 1 MiB
TIMEOUT = 10

# ------------------------------------------------------------------ servers


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 1000

    def __init__(self, address, port, handler, directory, tls=None):
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.directory, self.tls = directory, tls
        super().__init__((address, port), handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def get_request(self):
        sock, peer = super().get_request()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls and self.server_address[1] == 443:
            sock = self.tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return sock, peer

    def handle_error(self, request, client_address):
        """A client that goes away is no news."""


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    count = 0

    def log_message(self, *args):  # pylint: disable=arguments-differ
        pass

    def body(self):
        """What comes with the request, block by block."""
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length", 0))
        while left > 0 and (data := self.rfile.read(min(left, 1 << 20))):
            left -= len(data)
            yield data

    def answer(self, data, status=200, kind="application/octet-stream"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def answer_bytes(self, left):
        self.send_response(200)
        self.send_header("Content-Length", str(left))
        self.end_headers()
        while left > 0:
            self.wfile.write(BLOCK[:left])
            left -= len(BLOCK)

    def upgrade(self):
        """From here on all that comes is said back in capitals."""
        self.send_response(101)
        self.send_header("Connection", "Upgrade")
        self.send_header("Upgrade", "websocket")
        self.end_headers()
        while data := self.connection.recv(1 << 16):
            self.connection.sendall(data.upper())
        self.close_connection = True

    def git(self, path):
        parts = urllib.parse.urlsplit(path)
        env = {
            "PATH": os.environ["PATH"], "GIT_HTTP_EXPORT_ALL": "1", "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.receivepack", "GIT_CONFIG_VALUE_0": "true",
            "GIT_PROJECT_ROOT": f"{self.server.directory}/git",
            "PATH_INFO": parts.path.removeprefix("/git"), "QUERY_STRING": parts.query,
            "REQUEST_METHOD": self.command, "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }  # fmt: skip
        ran = subprocess.run(["git", "http-backend"], input=b"".join(self.body()), env=env,
                             stdout=subprocess.PIPE, check=True)  # fmt: skip
        head, _, data = ran.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(fields.pop("Status", "200").split()[0])
        self.answer(data, status, fields["Content-Type"])

    def file(self):
        path = pathlib.Path(f"{self.server.directory}/www{urllib.parse.unquote(self.path)}")
        if path.is_dir():
            path /= "index.html"
        if path.is_file():
            kind = {".html": "text/html", ".json": "application/json"}.get(path.suffix)
            self.answer(path.read_bytes(), kind=kind or "application/octet-stream")
        else:
            self.answer(b"no such file\n", 404)

    def do_GET(self):  # pylint: disable=invalid-name
        self.count += 1
        if self.path == "/host":
            self.answer(self.headers.get("Host", "").encode())
        elif self.path == "/count":
            self.answer(str(self.count).encode())
        elif self.path == "/upgrade":
            self.upgrade()
        elif self.path.startswith("/bytes/"):
            self.answer_bytes(int(self.path.split("/")[2]))
        elif self.path.startswith("/git/"):
            self.git(self.path)
        else:
            self.file()

    do_HEAD = do_GET

    def do_POST(self):  # pylint: disable=invalid-name
        self.count += 1
        if self.path.startswith("/git/"):
            self.git(self.path)
        else:
            self.do_PUT()

    def do_PUT(self):  # pylint: disable=invalid-name
        digest, length = hashlib.sha256(), 0
        if self.headers.get("Expect", "").lower() == "100-continue":
            pass  # http.server has said that already
        for data in self.body():
            digest.update(data)
            length += len(data)
        self.answer(f"{digest.hexdigest()} {length}".encode())


def copy(source, target):
    try:
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Proxy(socketserver.StreamRequestHandler):
    def handle(self):
        aim = self.rfile.readline().split()
        auth = ""
        while line := self.rfile.readline().strip().decode():
            if line.lower().startswith("proxy-authorization: basic "):
                auth = base64.b64decode(line.split()[2]).decode()
        with open(f"{self.server.directory}/proxied", "a", encoding="ascii") as file:
            file.write(f"{self.server.server_address[1]} {aim[1].decode()} {auth}\n")
        if self.server.server_address[1] == 3129 and auth != "user:pass":
            self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            return
        port = int(aim[1].rsplit(b":", 1)[1])
        with socket.create_connection((ADDRESSES[0], port)) as far:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nVia: lab\r\n\r\n")
            thread = threading.Thread(target=copy, args=(far, self.connection), daemon=True)
            thread.start()
            copy(self.connection, far)
            thread.join()


class Postgres(socketserver.StreamRequestHandler):
    def message(self, kind, data):
        self.wfile.write(kind + struct.pack("!I", len(data) + 4) + data)

    def startup(self):
        """The packet that begins a session, behind TLS if that is asked for."""
        length, code = struct.unpack("!II", self.rfile.read(8))
        if code == 80877103:  # SSLRequest
            self.wfile.write(b"S")
            self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
            self.rfile = self.connection.makefile("rb")
            self.wfile = self.connection.makefile("wb", buffering=0)
            length, code = struct.unpack("!II", self.rfile.read(8))
        self.rfile.read(length - 8)

    def handle(self):
        self.startup()
        self.message(b"R", struct.pack("!I", 0))
        self.message(b"S", b"client_encoding\0UTF8\0")
        self.message(b"Z", b"I")
        while (kind := self.rfile.read(1)) == b"Q":
            self.rfile.read(struct.unpack("!I", self.rfile.read(4))[0] - 4)
            column = b"answer\0" + struct.pack("!IhIhih", 0, 0, 25, -1, -1, 0)
            self.message(b"T", struct.pack("!h", 1) + column)
            self.message(b"D", struct.pack("!hI", 1, 2) + b"42")
            self.message(b"C", b"SELECT 1\0")
            self.message(b"Z", b"I")
        assert kind in (b"X", b"")


def echo(address):
    """From the address that was spoken to, as who has more than one has to."""
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, 9998))
    while True:
        sock.sendto(*sock.recvfrom(1 << 16))


def certify(directory):
    """DIR/ca.pem, and a certificate of it for all names below shop.test."""
    quiet = {"check": True, "cwd": directory, "stderr": subprocess.DEVNULL}
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "7"]
    subprocess.run(["openssl", "req", "-x509", *key, "-subj", "/CN=Lab CA", "-keyout", "ca.key",
                    "-out", "ca.pem"], **quiet)  # fmt: skip
    subprocess.run(["openssl", "req", "-x509", *key, "-subj", "/CN=shop", "-CA", "ca.pem",
                    "-CAkey", "ca.key", "-addext", "basicConstraints=CA:FALSE", "-addext",
                    "subjectAltName=DNS:shop.test,DNS:*.shop.test", "-keyout", "shop.key",
                    "-out", "shop.crt"], **quiet)  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{directory}/shop.crt", f"{directory}/shop.key")
    return context


def serve(directory):
    tls = certify(directory)
    for address in ADDRESSES:
        for port, handler in ((80, Web), (443, Web), (3128, Proxy), (3129, Proxy),
                              (5432, Postgres)):  # fmt: skip
            Server(address, port, handler, directory, tls)
    for address in ADDRESSES:
        threading.Thread(target=echo, args=(address,), daemon=True).start()
    threading.Event().wait()


# ------------------------------------------------------------------ clients


def said(host, port, words="", timeout=5):
    """What a connection says to @words: its first bytes, "reset", "refused", ..."""
    try:
        with socket.create_connection((host, int(port)), float(timeout)) as sock:
            sock.sendall(words.encode().decode("unicode_escape").encode("latin-1"))
            return repr(sock.recv(1 << 16))[2:-1] or "closed"
    except ConnectionResetError:
        return "reset"
    except ConnectionRefusedError:
        return "refused"
    except socket.timeout:
        return "nothing"


def dns(proto, server, name, kind):
    """The code of the answer and its addresses, "0 198.18.0.1"; kinds by number."""
    labels = b"".join(bytes([len(x)]) + x.encode() for x in name.split(".") if x)
    query = struct.pack("!6H", 258, 0x100, 1, 0, 0, 0) + labels + b"\0"
    query += struct.pack("!2H", int(kind), 1)
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, getattr(socket, f"SOCK_{proto}")) as sock:
        sock.settimeout(3)
        sock.connect((server, 53))
        sock.sendall((struct.pack("!H", len(query)) if proto == "STREAM" else b"") + query)
        got = sock.recv(4096)[2 if proto == "STREAM" else 0:]
    code, answers = got[3] & 15, struct.unpack("!H", got[6:8])[0]
    record = got[len(query):]
    if not answers:
        return f"{code}"
    kind, data = struct.unpack("!H", record[2:4])[0], record[12:]
    if kind in (1, 28):
        return f"{code} {socket.inet_ntop(socket.AF_INET if kind == 1 else 10, data)}"
    return f"{code} {data.decode('latin-1')!r}"


def twice(host, *paths):
    """Requests one behind the other in one connection, and their bodies."""
    bodies = []
    with socket.create_connection((host, 80), TIMEOUT) as sock:
        stream = sock.makefile("rb")
        for path in paths:
            name, _, other = path.partition("@")
            try:
                sock.sendall(f"GET {name} HTTP/1.1\r\nHost: {other or host}\r\n\r\n".encode())
                fields = {}
                if not stream.readline():
                    return " ".join(bodies + ["closed"])
                while line := stream.readline().strip():
                    key, _, value = line.decode().partition(": ")
                    fields[key.lower()] = value
                bodies.append(stream.read(int(fields["content-length"])).decode())
            except ConnectionResetError:
                return " ".join(bodies + ["reset"])
    return " ".join(bodies)


def upgrade(host, port):
    with socket.create_connection((host, int(port)), TIMEOUT) as sock:
        sock.sendall(f"GET /upgrade HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\n"
                     "Upgrade: websocket\r\n\r\n".encode())  # fmt: skip
        stream = sock.makefile("rb")
        status = stream.readline().split()[1].decode()
        while stream.readline().strip():
            pass
        got = []
        for words in (b"\0no request\r\n", b"GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n"):
            sock.sendall(words)
            got.append(stream.read(len(words)) == words.upper())
        return f"{status} {got}"


def socks(host, port, aim):
    """The code of SOCKS5's answer."""
    with socket.create_connection((host, int(port)), TIMEOUT) as sock:
        sock.sendall(b"\5\1\0")
        assert sock.recv(2) == b"\5\0"
        name, _, number = aim.rpartition(":")
        sock.sendall(b"\5\1\0\3" + bytes([len(name)]) + name.encode() +
                     struct.pack("!H", int(number)))  # fmt: skip
        return sock.recv(10)[1]


def datagrams(host, *sizes):
    """Datagrams of these sizes to an echo server, all of them back from where they went."""
    family, *_, aim = socket.getaddrinfo(host, 9998, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.5)
        for size in map(int, sizes):
            sent = os.urandom(size)
            sock.sendto(sent, aim)
            if sock.recvfrom(1 << 16) != (sent, aim):
                return "others"
    return "echo"


def slow(host, port, seconds):
    """Is silent for a time, then asks."""
    with socket.create_connection((host, int(port)), TIMEOUT) as sock:
        time.sleep(float(seconds))
        sock.sendall(f"GET /host HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        return sock.makefile("rb").read().decode().split("\r\n\r\n")[1]


def pieces(host, port):
    """A request in single bytes."""
    with socket.create_connection((host, int(port)), TIMEOUT) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in f"GET /host HTTP/1.0\r\nHost: {host}\r\n\r\n".encode():
            sock.sendall(bytes([byte]))
            time.sleep(0.001)
        return sock.makefile("rb").read().decode().split("\r\n\r\n")[1]


def main():
    todo = (serve, said, dns, twice, upgrade, socks, datagrams, slow, pieces)
    try:
        print({f.__name__: f for f in todo}[sys.argv[1]](*sys.argv[2:]), flush=True)
    except OSError as error:
        print(error.strerror or error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
