"""The servers of the browser tests: web/serve.py and faults. Addresses below /fault/ misbehave:

/fault/cut/KEY/TIMES/PATH       the first TIMES answers (0: all) break off in the middle
/fault/status/CODE/KEY/TIMES/PATH   the first TIMES answers have this status
/fault/later/CODE/KEY/TIMES/PATH    all but the first TIMES answers have this status
/fault/norange/CODE/KEY/PATH    the first answer breaks off; who then asks for the rest gets this status, with 206 the beginning
/fault/type/MAJOR/MINOR/PATH    another media type
/fault/slow/MS/PATH             the answer begins so much later
/fault/cors/PATH                for any origin, and always compressed
/fault/lacks/NAME/PATH          scripts run without this global: Atomics.waitAsync; KEY is the script's name
/log/KEY                        what was asked for with KEY: a line a request, its Range or '-'
/nodelay                        1 if the connection sends at once what it is given
/pages/PATH                     tests/web/pages; /extra/PATH: what the tests have made; /source/PATH: runtime/js"""
import argparse
import gzip
import importlib.util
import os
import socket
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

spec = importlib.util.spec_from_file_location("serve", os.path.join(ROOT, "web", "serve.py"))
serve = importlib.util.module_from_spec(spec)
spec.loader.exec_module(serve)


class FaultyHandler(serve.Handler):
    requests = {}  # by KEY
    lock = threading.Lock()
    cut = False
    type_ = None
    lacks = None
    norange = None
    cors = False

    def count(self, key):
        with self.lock:
            asked = self.requests.setdefault(key, [])
            asked.append(self.headers.get("Range", "-"))
            return len(asked)

    def do_GET(self):
        self.cut, self.type_, self.lacks, self.norange, self.cors = False, None, None, None, False
        words = self.path.split("/")[1:]
        if words[0] == "log":
            self.refuse(200, "\n".join(self.requests.get(words[1], [])))
            return
        if words[0] == "nodelay":
            self.refuse(200, str(int(self.connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0)))
            return
        if words[:2] == ["fault", "cut"]:
            self.cut = self.count(words[2]) <= int(words[3]) or words[3] == "0"
            self.path = "/" + "/".join(words[4:])
        elif words[0] == "fault" and words[1] in ("status", "later"):
            first = self.count(words[3]) <= int(words[4])
            if first == (words[1] == "status") or words[4] == "0":
                self.refuse(int(words[2]), "as asked for")
                return
            self.path = "/" + "/".join(words[5:])
        elif words[:2] == ["fault", "norange"]:
            self.cut = self.count(words[3]) == 1
            self.norange = int(words[2]) if "Range" in self.headers else None
            self.path = "/" + "/".join(words[4:])
        elif words[:2] == ["fault", "cors"]:
            self.cors = True
            self.path = "/" + "/".join(words[2:])
        elif words[:2] == ["fault", "type"]:
            self.type_ = "/".join(words[2:4])
            self.path = "/" + "/".join(words[4:])
        elif words[:2] == ["fault", "slow"]:
            time.sleep(int(words[2]) / 1000)
            self.path = "/" + "/".join(words[3:])
        elif words[:2] == ["fault", "lacks"]:
            self.lacks = words[2]
            self.path = "/" + "/".join(words[3:])
        super().do_GET()

    def file_path(self):
        for prefix, folder in (("/pages/", os.path.join(HERE, "pages")), ("/extra/", self.options.extra),
                               ("/source/", os.path.join(ROOT, "runtime", "js"))):
            if self.path.startswith(prefix):
                path = os.path.join(folder, os.path.normpath(self.path[len(prefix):].split("?")[0]))
                return path if os.path.isfile(path) else None
        return super().file_path()

    def content_type(self, path):
        return self.type_ or super().content_type(path)

    def serve_file(self, path, f, stat):
        if self.lacks and path.endswith(".mjs"):
            self.count(os.path.basename(path))
            script = b"delete globalThis.%s;\n%s" % (self.lacks.encode(), f.read())
            headers = {"Content-Type": self.content_type(path), "ETag": '"lacks-%s"' % self.lacks}
            self.reply(200, headers, script, 0, len(script))
        elif self.cors:
            packed = gzip.compress(f.read(), 1)
            headers = {"Content-Type": self.content_type(path), "ETag": '"packed"', "Content-Encoding": "gzip",
                       "Access-Control-Allow-Origin": "*"}
            self.reply(200, headers, packed, 0, len(packed))
        elif self.norange == 206:
            headers = {"Content-Type": self.content_type(path), "Content-Range": "bytes 0-%d/%d" % (stat.st_size - 1, stat.st_size)}
            self.reply(206, headers, f, 0, stat.st_size)
        elif self.norange:
            self.refuse(self.norange, "as asked for")
        else:
            super().serve_file(path, f, stat)

    def send_body(self, source, offset, length):
        if self.cut:
            self.close_connection = True
            length //= 2
            source = source[:length] if isinstance(source, bytes) else source
        super().send_body(source, offset, length)


def start(root, extra, **options):
    """A server in a thread; its address, without a slash at the end."""
    values = {"root": root, "extra": extra, "port": 0, "isolation": True, "csp": False, "verbose": False, **options}
    server = serve.make_server(argparse.Namespace(**values), FaultyHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return "http://127.0.0.1:%d" % server.server_address[1]
