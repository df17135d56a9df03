#!/usr/bin/python3
"""Serves Weft's page, build/web, on 127.0.0.1: with the headers that make it cross-origin isolated, media types, ranges
and compression. For trying and for tests; docs/embedding.md says what another server needs."""
import argparse
import email.utils
import gzip
import http.server
import os
import re
import socket
import sys
import urllib.parse

TYPES = {
    ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript",
    ".mjs": "text/javascript", ".json": "application/json", ".map": "application/json", ".wasm": "application/wasm",
    ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".txt": "text/plain; charset=utf-8",
    ".ts": "text/plain; charset=utf-8", ".md": "text/plain; charset=utf-8",
}
COMPRESSED = {".html", ".css", ".js", ".mjs", ".json", ".wasm", ".svg", ".ts", ".md", ".txt", ".map"}
ISOLATION = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp",
             "Cross-Origin-Resource-Policy": "same-origin"}
STRICT_CSP = ("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; "
              "style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'")

# Bytes of a file that browsers are told not to keep: from the same machine it comes sooner than from their disk, and what
# they write beside the download delays that (31 MB in Chromium: 0.2 s, and 0.1 without). But they keep compiled code with .wasm.
LARGE = 1 << 20

compressed = {}  # by path: (identity of the file, its gzip)


def parse_range(text, size):
    """(first, last) of a Range header, None if there is none that we serve, False if it cannot be satisfied."""
    match = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", text or "")
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first == "":
        return (max(size - int(last), 0), size - 1) if int(last) and size else False
    first, last = int(first), min(int(last), size - 1) if last else size - 1
    return (first, last) if first <= last else False


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are two packets: the body would wait for the head's acknowledgement, which comes after 40 ms.
    disable_nagle_algorithm = True
    server_version = "weft-serve"
    options = None  # set by serve()

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        if self.options.verbose:
            super().log_message(format, *args)

    def end_headers(self):
        if self.options.isolation:
            for name, value in ISOLATION.items():
                self.send_header(name, value)
        if self.options.csp:
            self.send_header("Content-Security-Policy", STRICT_CSP)
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def refuse(self, status, text):
        body = (text + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def file_path(self):
        """The file that the address names, below the root; None if there is none."""
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        if "\0" in path:
            return None
        full = os.path.realpath(os.path.join(self.options.root, path.lstrip("/")))
        if os.path.isdir(full):
            full = os.path.join(full, "index.html")
        inside = full.startswith(os.path.realpath(self.options.root) + os.sep) or self.is_linked(path)
        return full if inside and os.path.isfile(full) else None

    def is_linked(self, path):
        """Does the address, taken literally, stay below the root? Symbolic links in it are its owner's will."""
        return ".." not in path.split("/")

    def content_type(self, path):
        return TYPES.get(os.path.splitext(path)[1], "application/octet-stream")

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = self.file_path()
        if not path:
            self.refuse(404, "there is no %s here" % self.path)
            return
        try:
            f = open(path, "rb")
        except OSError as e:
            self.refuse(403 if isinstance(e, PermissionError) else 404, "%s cannot be read: %s" % (self.path, e.strerror))
            return
        with f:
            self.serve_file(path, f, os.fstat(f.fileno()))

    def serve_file(self, path, f, stat):
        tag = '"%x-%x"' % (stat.st_mtime_ns, stat.st_size)
        packed = os.path.splitext(path)[1] in COMPRESSED
        headers = {"Content-Type": self.content_type(path), "Accept-Ranges": "bytes",
                   "Cache-Control": "no-store" if stat.st_size > LARGE and not packed else "no-cache",
                   "Last-Modified": email.utils.formatdate(stat.st_mtime, usegmt=True)}
        if packed:
            headers["Vary"] = "Accept-Encoding"
        wants_part = "Range" in self.headers and self.headers.get("If-Range", tag) == tag
        if packed and not wants_part and re.search(r"\bgzip\b", self.headers.get("Accept-Encoding", "")):
            headers["ETag"] = tag[:-1] + '-gzip"'
            headers["Content-Encoding"] = "gzip"
            known, body = compressed.get(path, (None, None))
            if known != tag:
                body = gzip.compress(f.read(), 9)
                compressed[path] = (tag, body)
            self.reply(200, headers, body, 0, len(body))
            return
        headers["ETag"] = tag
        part = parse_range(self.headers["Range"], stat.st_size) if wants_part else None
        if part is False:
            self.send_response(416)
            self.send_header("Content-Range", "bytes */%d" % stat.st_size)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif part:
            headers["Content-Range"] = "bytes %d-%d/%d" % (*part, stat.st_size)
            self.reply(206, headers, f, part[0], part[1] - part[0] + 1)
        else:
            self.reply(200, headers, f, 0, stat.st_size)

    def reply(self, status, headers, source, offset, length):
        """Headers, then length bytes of a file from offset on, or all of a bytes object."""
        if status == 200 and self.headers.get("If-None-Match") == headers["ETag"]:
            status, headers = 304, {k: v for k, v in headers.items() if k in ("ETag", "Vary", "Cache-Control")}
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        if status == 304 or self.command == "HEAD":
            return
        try:
            self.send_body(source, offset, length)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the browser does not want it any more

    def send_body(self, source, offset, length):
        if isinstance(source, bytes):
            self.wfile.write(source)
            return
        if length and self.connection.sendfile(source, offset, length) < length:
            self.close_connection = True  # it shrank: the other side sees fewer bytes than announced


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def make_server(options, handler=Handler):
    """A server with these options (root, port, isolation, csp, verbose); port 0 takes any that is free."""
    bound = type("Bound", (handler,), {"options": options})
    return Server(("127.0.0.1", options.port), bound)


def main():
    parser = argparse.ArgumentParser(description=" ".join(__doc__.split()))
    parser.add_argument("--root", default=os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), "web"),
                        help="what to serve (build/web)")
    parser.add_argument("--port", type=int, default=8080, help="0 takes any that is free (8080)")
    parser.add_argument("--no-isolation", dest="isolation", action="store_false",
                        help="leave out the headers that allow shared memory: as on a plain web server")
    parser.add_argument("--csp", action="store_true", help="send a strict Content-Security-Policy")
    parser.add_argument("--verbose", action="store_true", help="log requests")
    options = parser.parse_args()
    if not os.path.isdir(options.root):
        sys.exit("serve: %s does not exist: run 'make web'" % options.root)
    try:
        server = make_server(options)
    except (OSError, OverflowError, socket.error) as e:
        sys.exit("serve: port %d of 127.0.0.1: %s (--port takes another)" % (options.port, e))
    print("http://127.0.0.1:%d/" % server.server_address[1], flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
