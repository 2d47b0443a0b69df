"""Published weights on the way to a network: found in torch hub's cache, fetched from a server that dies half-way, refused when they are others.

The file is a real one, EfficientNet-Lite0's, whose hash is published in its name. No network is used but a server on this machine.
Run: python scripts/verification/weights.py [FILE] > docs/verification/weights.md     (FILE: else Thaw's cache; `thaw fetch efficientnet_lite0` puts it there)
"""
import hashlib, http.server, os, re, shutil, subprocess, sys, tempfile, threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
THAW = os.environ.get("THAW", str(ROOT / ".build/release/thaw"))
NAME = "efficientnet-lite0-57934424.pth"
CELL = "net = efficientnet_lite0(weights=imagenet)"
NOBODY = "http://127.0.0.1:9"


class Server:
    """Serves one file with ranges; each answer may break off after some bytes. Stopped, it refuses connections."""

    def __init__(self, content, breaks):
        requests = self.requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                start = int((re.match(r"bytes=(\d+)-", self.headers.get("Range", "")) or [0, 0])[1])
                cut = breaks[len(requests)] if len(requests) < len(breaks) else None
                body = content[start:] if cut is None else content[start:start + cut]
                requests.append((start, len(body)))
                self.send_response(206 if start else 200)
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
                self.send_header("Content-Length", str(len(content) - start))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Home:
    """A home of its own for each case, so that no other cache is found."""

    def __init__(self, folder, name):
        self.path = Path(folder) / name
        self.cache = self.path / ".cache/thaw/weights"
        self.hub = self.path / ".cache/torch/hub/checkpoints"
        self.cache.mkdir(parents=True)
        self.hub.mkdir(parents=True)

    def run(self, mirror):
        (self.path / "cells.thaw").write_text(CELL + "\n")
        clean = {k: v for k, v in os.environ.items() if k not in ("XDG_CACHE_HOME", "THAW_CACHE", "TORCH_HOME", "THAW_HOME")}
        done = subprocess.run([THAW, "run", "cells.thaw"], cwd=self.path, capture_output=True, text=True,
                              env={**clean, "HOME": str(self.path), "THAW_WEIGHTS_URL": mirror})
        text = (done.stdout + done.stderr).replace(str(self.path), "~")
        return done.returncode, re.sub(r"127\.0\.0\.1:\d{2,}", "127.0.0.1:PORT", text).strip()

    def files(self):
        return sorted((p.name, p.stat().st_size) for p in self.cache.iterdir())

    def listed(self):
        return ", ".join(f"`{name}` ({size:,} bytes)" for name, size in self.files()) or "nothing"


def show(title, text, facts, checks):
    print(f"## {title}\n\n```\n> {CELL}\n{text}\n```\n")
    for fact in facts:
        print(f"- {fact}")
    bad = [what for what, holds in checks if not holds]
    print(f"- **{'as it should be' if not bad else 'WRONG: ' + '; '.join(bad)}**\n", flush=True)
    return not bad


def main():
    source = Path(sys.argv[1] if len(sys.argv) > 1 else Path.home() / ".cache/thaw/weights" / NAME)
    content = source.read_bytes()
    digest, half = hashlib.sha256(content).hexdigest(), len(content) // 2
    print(f"# Where published weights come from\n\n`{NAME}`, {len(content):,} bytes, SHA-256 `{digest}`. Made by `scripts/verification/weights.py`.\n")
    same = lambda home: hashlib.sha256((home.cache / NAME).read_bytes()).hexdigest() == digest
    asked = lambda server: ", then ".join(f"from byte {start:,} ({sent:,} bytes came)" for start, sent in server.requests)
    good = True
    with tempfile.TemporaryDirectory() as folder:
        home = Home(folder, "hub")
        shutil.copy(source, home.hub / NAME)
        code, text = home.run(NOBODY)
        good &= show("Found in torch hub's cache", text, [f"Thaw's own cache afterwards: {home.listed()}"],
                     [("refused", code == 0), ("not said", "torch/hub/checkpoints" in text), ("copied", not home.files())])

        home, server = Home(folder, "cut"), Server(content, [half])
        code, text = home.run(server.address)
        server.stop()
        good &= show("A server that breaks the connection off half-way", text, [f"asked {asked(server)}"],
                     [("failed", code == 0), ("not resumed", server.requests == [(0, half), (half, len(content) - half)]), ("other bytes", same(home))])

        home, server = Home(folder, "dead"), Server(content, [half, 0, 0, 0, 0, 0, 0])
        code, text = home.run(server.address)
        server.stop()
        good &= show("A server that dies half-way and sends nothing more", text, [f"left behind: {home.listed()}"],
                     [("no error", code != 0), ("lost", home.files() == [(NAME + ".part", half)])])
        server = Server(content, [])
        code, text = home.run(server.address)
        server.stop()
        good &= show("The same cell later, the server being back", text, [f"asked {asked(server)}"],
                     [("failed", code == 0), ("not resumed", server.requests == [(half, len(content) - half)]), ("other bytes", same(home))])

        home = Home(folder, "offline")
        code, text = home.run(NOBODY)
        good &= show("Nobody answers", text, [], [("no error", code != 0), ("no way out", f"put it at ~/.cache/thaw/weights/{NAME}" in text),
                                                   ("said more than once", text.count("Failed to connect") == 1)])

        home, server = Home(folder, "other"), Server(content[:-1] + bytes([content[-1] ^ 1]), [])
        code, text = home.run(server.address)
        server.stop()
        good &= show("One bit is another", text, [f"kept: {home.listed()}"], [("no error", code != 0), ("kept", not home.files())])
    return good


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
